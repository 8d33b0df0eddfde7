"""``lamppost drivers``: what each driver reads, how its sensor is wired, its traps, and what it was tested on."""

import argparse
import dataclasses
import math
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from edge import plugins
from edge.cli._output import Commands, Output, command

if TYPE_CHECKING:
    from drivers._sheet import Range
    from drivers._types import Driver, Line

HEAD = f"{'driver':11}{'tested on':13}{'talks':7}{'line':14}{'warm-up':>8}  sensors"
TESTED = {
    "recorded": "recordings or captured frames of the real device",
    "documented": "example frames of its manual alone",
    "constructed": "frames built after its description; nobody's device was heard",
}
WIDTH = 100


def add(commands: Commands) -> None:
    """The command's arguments."""
    words = "what each driver reads: units, wiring, speed, traps, and what it was tested on"
    parser = command(commands, "drivers", _run, words)
    parser.add_argument("names", metavar="NAME", nargs="*", help="tell all of these drivers; without: a line each")


def _run(arguments: argparse.Namespace) -> int:
    output = Output(arguments.json)
    if not arguments.names:
        output.say(HEAD)
    for name in arguments.names or plugins.names("drivers"):
        driver = cast("Driver", plugins.load("drivers", name))
        words = "\n".join(_page(name, driver)) if arguments.names else _row(name, driver)
        output.line(_object(name, driver), words)
    return 0


def _object(name: str, driver: "Driver") -> dict[str, object]:
    sheet = driver.SHEET
    return {
        "driver": name,
        "models": sheet.models,
        "tested_on": str(sheet.evidence),
        "reads": {quantity: _bounds(known) for quantity, known in sheet.reads.items()},
        "line": _line(driver.LINE),
        "asked": _asked(driver),
        "period_s": driver.PERIOD_S,
        "warm_up_s": sheet.warm_up_s,
        "check": sheet.check,
        "wiring": sheet.wiring,
        "traps": sheet.traps,
        "settings": _settings(driver),
    }


def _bounds(known: "Range") -> dict[str, object]:
    most = None if math.isinf(known.per_s) else known.per_s
    return {"unit": known.unit, "least": known.least, "most": known.most, "most_a_second": most}


def _line(line: "Line") -> str:
    return f"{line.baud} {line.bits}{line.parity}{line.stop_bits:g}"


def _asked(driver: "Driver") -> bool:
    from drivers._types import Asking

    return isinstance(driver.Decoder(), Asking)


def _settings(driver: "Driver") -> dict[str, str]:
    """The keys that only this driver knows, with what they are without."""
    kind = getattr(driver, "Settings", None)
    if kind is None:
        return {}
    default = kind()
    return {field.name: str(getattr(default, field.name)) for field in dataclasses.fields(kind)}


def _row(name: str, driver: "Driver") -> str:
    sheet, talks = driver.SHEET, "asked" if _asked(driver) else "itself"
    warm = f"{sheet.warm_up_s:g} s" if sheet.warm_up_s else "-"
    row = f"{name:11}{sheet.evidence:13}{talks:7}{_line(driver.LINE):14}{warm:>8}  "
    first, *more = textwrap.wrap(sheet.models, WIDTH - len(row), break_on_hyphens=False)
    return "\n".join([row + first, *(" " * len(row) + one for one in more)])


def _page(name: str, driver: "Driver") -> Iterator[str]:
    sheet = driver.SHEET
    warm = f"; {sheet.warm_up_s:g} s to warm up" if sheet.warm_up_s else ""
    talks = "is asked" if _asked(driver) else "talks by itself"
    yield textwrap.fill(sheet.models, WIDTH, initial_indent=f"{name}   ", subsequent_indent=" " * (len(name) + 3))
    facts = {
        "tested on": TESTED[sheet.evidence],
        "line": f"{_line(driver.LINE)}; {talks}, a reading each {driver.PERIOD_S:g} s or sooner{warm}",
        "frames": sheet.check,
        "wiring": sheet.wiring,
        "traps": sheet.traps,
        "settings": "; ".join(f"{key} = {value}" for key, value in _settings(driver).items()),
    }
    for key, words in facts.items():
        if words:
            yield textwrap.fill(words, WIDTH, initial_indent=f"  {key:12}", subsequent_indent=" " * 14)
    for quantity, known in sheet.reads.items():
        fast = "" if math.isinf(known.per_s) else f", at most {known.per_s:g} a second"
        yield f"  {quantity:24} {known.least:g} to {known.most:g} {known.unit}{fast}"
