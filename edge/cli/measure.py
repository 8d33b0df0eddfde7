"""``lamppost measure``: sound levels of recordings, as a sound level meter tells them."""

import argparse
import math
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli._output import Commands, Output, command, warn
from edge.errors import UserError

if TYPE_CHECKING:
    from edge.cli._measuring import Asked
    from edge.cli._sheets import Sheets

LONGEST_S = 100 * 365 * 86_400  # no recording is longer
YEARS = range(1970, 9_000)  # of the first sample: so that its last is one that a calendar has


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = command(commands, "measure", _run, "sound levels of recordings (wav, flac, ogg)")
    parser.add_argument("files", metavar="FILE", type=Path, nargs="+", help="recordings")
    parser.add_argument(
        "--calibration",
        metavar="DB",
        help="sound pressure level that an RMS of 1.0 stands for (default: full scale, 0)",
    )
    parser.add_argument("--lowest", metavar="DB", help="the lowest level that the instrument tells, on the same scale")
    parser.add_argument("--bands", choices=("third", "octave"), help="tell the bands too; --json has thirds anyway")
    parser.add_argument("--interval", metavar="S", help="tell each S seconds too")
    parser.add_argument(
        "--start",
        metavar="RFC3339",
        help="local time of the first sample: intervals of the clock, and Lden of whole days",
    )
    parser.add_argument(
        "--plot", type=Path, metavar="OUT.png", help="draw it; of more than one channel: OUT-FILE-CHANNEL.png"
    )


def _run(arguments: argparse.Namespace) -> int:
    from edge.cli._sheets import Sheets

    asked, output = _asked(arguments), Output(arguments.json)
    sheets = Sheets.at(arguments.plot, arguments.files) if arguments.plot else None
    mistakes = []
    for path in arguments.files:
        try:
            _measure(path, asked, output, sheets)
        except UserError as error:  # the others are measured all the same
            mistakes.append(error)
    for mistake in mistakes[:-1]:
        warn(f"{mistake.message}\n  {mistake.hint}")
    if mistakes:
        raise mistakes[-1]
    return 0


def _asked(arguments: argparse.Namespace) -> "Asked":
    from dsp.summary import SILENCE_DB
    from edge.cli._measuring import Asked

    calibrated = arguments.calibration is not None
    full_scale_db = _decibels("--calibration", arguments.calibration) if calibrated else 0.0
    lowest_db = full_scale_db + SILENCE_DB if arguments.lowest is None else _decibels("--lowest", arguments.lowest)
    return Asked(
        full_scale_db=full_scale_db,
        reference="20 µPa" if calibrated else "full scale",
        lowest_db=lowest_db,
        bands=arguments.bands or "",
        interval_s=_interval_s(arguments.interval) if arguments.interval is not None else 0,
        start=_start(arguments.start) if arguments.start is not None else None,
    )


def _decibels(option: str, text: str) -> float:
    try:
        level = float(text)
    except ValueError:
        level = math.nan
    if not math.isfinite(level):
        raise UserError(f"{option} {text} is no level", f"expected decibels, such as {option} 94")
    return level


def _interval_s(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text[:12]) <= LONGEST_S:
        raise UserError(f"--interval {text} is no interval", "expected whole seconds, 1 or more, such as --interval 60")
    return int(text)


def _start(text: str) -> datetime:
    mistake = UserError(f"--start {text} is no time", "expected RFC 3339, such as --start 2026-11-23T07:00:00+01:00")
    try:
        start = datetime.fromisoformat(text)
    except ValueError as error:
        raise mistake from error
    if start.year not in YEARS:
        raise mistake
    return start.replace(microsecond=0)


def _measure(path: Path, asked: "Asked", output: Output, sheets: "Sheets | None") -> None:
    from dsp.weighting import RATES_HZ
    from edge.cli._level_table import Table
    from edge.cli._measuring import Measuring
    from edge.cli._recording import open_recording, warn_of_loss

    with open_recording(path, RATES_HZ) as recording:
        warn_of_loss(path, recording)
        measuring = Measuring(recording.rate_hz, recording.channels, asked)
        table = Table(path, recording.rate_hz, recording.channels, asked)
        drawn = sheets.of(path, recording) if sheets else []
        for second in measuring.seconds(recording.blocks()):
            for sheet in drawn:
                sheet.history.add(second)
            for interval in measuring.add(second):
                output.line(*table.interval(interval))
        for interval in measuring.rest():
            output.line(*table.interval(interval))
    if not measuring.duration_s:
        raise UserError(f"{path} holds no sound", "name a recording that is longer than nothing")
    for whole in measuring.whole():
        output.line(*table.whole(whole))
    for sheet, whole in zip(drawn, measuring.whole(), strict=False):
        sheet.draw(whole, asked)
        output.say(f"{sheet.target} is drawn")
