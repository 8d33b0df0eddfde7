"""YAMNet's classes beside our networks, on the same sounds and counted alike: a comparison, no part of what ships.

    python -m hil_tests.bench.yamnet PREPARED check            whether a clip of rain, speech, a siren … is called so
    python -m hil_tests.bench.yamnet PREPARED score [FOLD …]   what YAMNet says, to PREPARED/yamnet: 3 minutes a fold
    python -m hil_tests.bench.yamnet PREPARED table [--networks FOLDER] [--seeds SEED …]

PREPARED is what ``dsp.training`` made with the steps prepare, compose and fit. ``check`` and ``score`` need
``ai-edge-litert`` (of the extra ``bench``; wheels for Python 3.10 to 3.14 on x86-64 and aarch64) and the extra
``train``; ``table`` needs neither. Our networks never heard the fold that they judge; YAMNet, trained on AudioSet,
heard none of it, or so we take it: nobody can tell which of these sounds AudioSet has.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dsp.training.prepared import clips
from dsp.training.recordings import FOLDS
from edge.message.tests.shared import SHARED
from hil_tests.bench.yamnet import scores, tables
from hil_tests.bench.yamnet.counted import Ours
from hil_tests.bench.yamnet.network import RATE_HZ, Yamnet

CHECKED = {
    "rain": {283},
    "speech": {0, 1},
    "siren": {316, 317, 318, 319, 390},
    "thunder": {280, 281},
    "dog_bark": {69, 70},
}
"""Labels of our clips, and the classes of AudioSet of that name."""
CLIPS = 5  # of each label
TOP = 3


def check(prepared: Path, data: Path) -> Iterator[str]:
    """Whether the mean over a clip has its own class among the three on top."""
    network, all_ = Yamnet(data), clips(prepared)
    for label, named in CHECKED.items():
        for clip in [c for c in all_ if c.label == label][:CLIPS]:
            said = network.all_classes(scores.original(data, clip)[RATE_HZ:-RATE_HZ]).mean(axis=0)
            top = np.argsort(said)[::-1][:TOP]
            yield f"{label:10}{'right' if named & set(top) else 'WRONG':>6}  {top.tolist()}  {clip.file}"


def score(prepared: Path, data: Path, folds: list[int]) -> Iterator[str]:
    """Scores some folds, or all."""
    for fold in folds or range(FOLDS):
        scores.write(prepared, data, fold)
        yield f"fold {fold} scored"


def seeds_in(networks: Path) -> list[int]:
    """All seeds of a folder of networks."""
    names = (re.fullmatch(r"fold0-seed(\d+)\.npz", path.name) for path in networks.glob("*.npz"))
    return sorted(int(name[1]) for name in names if name)


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("prepared", type=Path)
    parser.add_argument("what", choices=("check", "score", "table"))
    parser.add_argument("folds", nargs="*", type=int, help="to score; all")
    parser.add_argument("--data", type=Path, default=SHARED, help="where the recordings and YAMNet lie")
    parser.add_argument("--networks", type=Path, help="where our networks' words lie; PREPARED/networks")
    parser.add_argument("--seeds", type=int, nargs="+", help="those of our networks; all that lie there")
    return parser.parse_args()


def rows(given: argparse.Namespace) -> Iterator[str]:
    """What was asked for, line by line."""
    if given.what == "check":
        return check(given.prepared, given.data)
    if given.what == "score":
        return score(given.prepared, given.data, given.folds)
    networks = given.networks or given.prepared / "networks"
    seeds = tuple(given.seeds or seeds_in(networks))
    if not seeds:
        raise FileNotFoundError(f"{networks} has no fold0-seed*.npz; fit them first: python -m dsp.training fit")
    return tables.table(given.prepared, Ours(given.prepared, networks, seeds))


def main() -> int:
    """The command."""
    try:
        for row in rows(arguments()):
            print(row, flush=True)
    except ImportError as error:
        return _refused(f"{error}; pip install 'lamppost[bench,train]'")
    except OSError as error:
        return _refused(str(error))
    return 0


def _refused(why: str) -> int:
    print(why, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
