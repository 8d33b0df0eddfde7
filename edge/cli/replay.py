"""``lamppost replay``: recordings through the detectors, as the node would hear them.

With ``--report``, a page for the person who decides about a detector is written beside what is printed.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli._output import Commands, Output, command, warn
from edge.errors import UserError

if TYPE_CHECKING:
    from edge.cli._report_files import Played
    from edge.cli._report_page import Target
    from edge.node.listening import Heard, Options


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = command(commands, "replay", _run, "run the detectors over recordings (wav, flac, ogg)")
    parser.add_argument("files", metavar="FILE", type=Path, nargs="*", help="recordings")
    parser.add_argument("-c", "--config", type=Path, metavar="NODE.toml", help="the detectors and options of this node")
    parser.add_argument("--all-scores", action="store_true", help="also what stayed below the threshold")
    parser.add_argument("--labels", type=Path, action="append", metavar="CSV", help="play a labelled manifest; report")
    parser.add_argument(
        "--groups", choices=("held-out", "development", "all"), default="held-out", help="of the labels"
    )
    parser.add_argument("--report", type=Path, metavar="OUT.html", help="write a page with pictures and reasons, too")


def _run(arguments: argparse.Namespace) -> int:
    detectors = _detectors(arguments.config, arguments.all_scores)
    output = Output(arguments.json)
    if not (arguments.files or arguments.labels):
        raise UserError("no recording is named", "lamppost replay FILE.wav …, or --labels manifest.csv")
    target = _target(arguments.report)
    if arguments.labels:
        from edge.cli._report_labels import report_on

        report_on(arguments.labels, arguments.groups, detectors, target, output)
        return 0
    if target:
        return _report(arguments.files, detectors, output, target)
    for path in arguments.files:
        _replay(path, detectors, output)
    return 0


def _target(report: Path | None) -> "Target | None":
    if report is None:
        return None
    from edge.cli._report_page import Target

    return Target.at(report)


def _report(files: Sequence[Path], detectors: "Mapping[str, Options]", output: Output, target: "Target") -> int:
    """Plays all that can be played; the page says of the others why not."""
    from edge.cli._report_files import report

    played, mistakes = [], []
    for path in files:
        try:
            played.append(_replay(path, detectors, output))
        except UserError as error:
            mistakes.append(error)
    if played:
        target.write(report(played, mistakes, detectors))
        output.say(f"{target.path} is written")
    for mistake in mistakes[:-1]:
        warn(f"{mistake.message}\n  {mistake.hint}")
    if mistakes:
        raise mistakes[-1]
    return 0


def _detectors(config: Path | None, all_scores: bool) -> "Mapping[str, Options]":
    """The detectors of a node, or all with their defaults."""
    from edge import plugins
    from edge.node import config as configuration
    from edge.node.listening import DETECTORS

    if config is None:
        found: dict[str, Options] = {kind: {} for kind in plugins.names(DETECTORS)}
    else:
        sensors = configuration.load(config).sensors.values()
        found = {kind: options for sensor in sensors for kind, options in sensor.options().items()}
        if not found:
            raise UserError(f"no sensor of {config} has a detector", "add a table [sensors.NAME.detectors.KIND]")
    return {kind: {**options, **({"all_scores": True} if all_scores else {})} for kind, options in found.items()}


def _replay(path: Path, detectors: "Mapping[str, Options]", output: Output) -> "Played":
    from edge.cli._recording import listen, open_recording, warn_of_loss
    from edge.cli._report_files import Played

    with open_recording(path) as recording:
        warn_of_loss(path, recording)
        told = []
        for heard in listen(recording, detectors):
            output.line(_found(path, heard, recording.rate_hz), _words(path, heard, recording.rate_hz))
            told.append(heard)
        return Played.of(path, recording, told)


def _found(path: Path, heard: "Heard", rate_hz: float) -> dict[str, object]:
    found = heard.detection
    return {
        "file": str(path),
        "channel": heard.channel,
        "kind": heard.kind,
        "start_s": round(found.start / rate_hz, 4),
        "stop_s": round(found.stop / rate_hz, 4),
        "score": round(found.score, 2),
        "measures": {name: round(value, 2) for name, value in found.measures.items()},
    }


def _words(path: Path, heard: "Heard", rate_hz: float) -> str:
    found = heard.detection
    sign = "≥" if found.score >= found.threshold else "<"
    score = f"score {found.score:.4g} {sign} {found.threshold:.4g}"
    head = f"{path.name} {heard.kind} at {found.start / rate_hz:.3f} s, {score}"
    return "\n    ".join([head, *found.reasons])
