"""``lamppost detectors``: what each detector hears, its options, and what its thresholds cost."""

import argparse
import inspect
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from edge import plugins
from edge.cli._output import Commands, Output, command

if TYPE_CHECKING:
    from types import ModuleType

    from dsp.classifier import Alarms

WIDTH = 100


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = command(commands, "detectors", _run, "what each detector hears, its options, what its thresholds cost")
    parser.add_argument("names", metavar="NAME", nargs="*", help="tell all of these; without: a line each")


def _run(arguments: argparse.Namespace) -> int:
    from edge.node.listening import DETECTORS, defaults

    output = Output(arguments.json)
    for name in arguments.names or plugins.names(DETECTORS):
        module, options = plugins.load(DETECTORS, name), defaults(name)
        told = {
            "detector": name,
            "hears": _subject(module),
            "options": options,
            "thresholds": [
                {"threshold": row.threshold, "false_alarms_a_day": row.a_day, "recall": row.recall}
                for row in _alarms(name)
            ],
        }
        words = "\n".join(_page(name, module, options)) if arguments.names else _row(name, module)
        output.line(told, words)
    return 0


def _alarms(name: str) -> "tuple[Alarms, ...]":
    """What thresholds of a detector that goes by the classifier cost; nothing is known of others."""
    from dsp.classifier import model

    scale = model().scales.get(name)
    return scale.alarms if scale else ()


def _subject(module: "ModuleType") -> str:
    return (inspect.getdoc(module) or "").splitlines()[0]


def _row(name: str, module: "ModuleType") -> str:
    return textwrap.fill(_subject(module), WIDTH, initial_indent=f"{name:14}", subsequent_indent=" " * 14)


def _page(name: str, module: "ModuleType", options: dict[str, object]) -> Iterator[str]:
    yield f"{name}   {_subject(module)}"
    for option, default in options.items():
        yield f"  {option:26}{default}"
    rows = _alarms(name)
    if rows:
        yield "  on sounds that the classifier had not heard:"
        yield f"  {'threshold':>10}{'false alarms a day':>20}{'found':>8}"
    for row in rows:
        yield f"  {row.threshold:>10.4f}{row.a_day:>20g}{row.recall:>8.3f}"
