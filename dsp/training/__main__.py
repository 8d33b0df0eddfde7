"""Makes the classifier: ``python -m dsp.training [--data ../shared/data] [--work training] [STEP …]``.

    prepare   recordings at 12 kHz, and what the trigger proposes in them
    compose   hours of street sound, of each fold's recordings
    fit       five folds and six seeds, and the six networks that ship: ten minutes on a data centre's GPU, days without
    report    the cross-validated figures
    ship      weights and card to dsp/models

Without a step, all of them. Seeds are fixed; what is there already in ``--work`` is not made again.
"""

import argparse
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve()
SHARED = HERE.parents[3] / "shared/data"
STEPS = ("prepare", "compose", "fit", "report", "ship")
SEEDS = (1, 2, 3, 7, 8, 9)  # 4 to 6 were fitted with changes that did not help
HOURS = 4  # composed of each fold
SECONDS = 3600


def main() -> int:
    """The steps that are named."""
    raw = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m dsp.training", description=__doc__, formatter_class=raw)
    parser.add_argument(
        "--data", type=Path, default=SHARED, help="where audio/ and ambience/ lie, with their manifests"
    )
    parser.add_argument("--work", type=Path, default=Path("training"), help="where what is made on the way is kept")
    parser.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2)), help="processes at a time")
    parser.add_argument("steps", nargs="*", metavar="STEP", help=", ".join(STEPS))
    arguments = parser.parse_args()
    unknown = set(arguments.steps) - set(STEPS)
    if unknown:
        parser.error(f"unknown step {', '.join(sorted(unknown))}; there are {', '.join(STEPS)}")
    for step in arguments.steps or STEPS:
        _run(step, arguments.data, arguments.work, arguments.workers)
    return 0


def _run(step: str, data: Path, work: Path, workers: int) -> None:
    if step == "prepare" and not (work / "index.json").exists():
        from dsp.training.prepared import prepare

        prepare(data, work, workers)
    elif step in ("compose", "fit"):
        from dsp.training import crossvalidate
        from dsp.training.fit import Plan

        if step == "compose":
            crossvalidate.all_hours(work, HOURS, SECONDS, workers)
        else:
            crossvalidate.all_networks(work, work / "networks", SEEDS, Plan(), workers)
    elif step == "report":
        from dsp.training import figures

        figures.write(work, SEEDS, sys.stdout)
    elif step == "ship":
        from dsp.training import card

        card.write(data, work, SEEDS, HERE.parents[1] / "models")


if __name__ == "__main__":
    sys.exit(main())
