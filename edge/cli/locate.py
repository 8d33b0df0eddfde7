"""``lamppost locate``: where a sound was, by when it came to several nodes."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli._output import Commands, Output, command
from edge.errors import UserError

if TYPE_CHECKING:
    from dsp.locate.answer import Answer, Source
    from edge.cli._arrivals import Question


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = command(commands, "locate", _run, "source of one event from arrivals at several nodes")
    parser.add_argument("file", metavar="FILE.json", help="nodes and arrivals; - is standard input")
    parser.add_argument("--plot", type=Path, metavar="OUT.png", help="draw a map of it")


def _run(arguments: argparse.Namespace) -> int:
    from dsp.locate import locate
    from edge.cli import _sheets
    from edge.cli._arrivals import question
    from edge.gateway.plane import parsed

    output = Output(arguments.json)
    if arguments.plot:
        _sheets.check(arguments.plot)
    asked = question(parsed(_bytes(arguments.file), arguments.file), arguments.file)
    answer = locate(asked.site.plane.places, asked.arrivals, air=asked.site.air)
    for source in answer.sources:
        output.line(_found(source, answer, asked), _words(source, asked))
    if not output.as_json and answer.sources and answer.rejected:
        output.say(_rejected_in_words(answer, asked))
    if not answer.sources:
        why = answer.refused or "nothing was heard by enough nodes"
        output.line({"refused": why}, f"not located: {why}")
    if arguments.plot:
        from edge.cli._map import figure

        _sheets.write(figure(answer, asked), arguments.plot)
        output.say(f"{arguments.plot} is drawn")
    return 0 if answer.sources else 1


def _bytes(file: str) -> bytes:
    from edge.gateway.plane import MAX_FILE_BYTES

    try:
        stream = sys.stdin.buffer if file == "-" else Path(file).open("rb")  # noqa: SIM115  closed below
        with stream:
            return stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise UserError(f"cannot read {file}: {error.strerror}", "name a JSON file, or - for stdin") from error


def _found(source: "Source", answer: "Answer", asked: "Question") -> dict[str, object]:
    arrivals, ellipse = asked.arrivals, source.ellipse
    place = asked.site.plane.geodetic(source.x_m, source.y_m, source.z_m)
    geodetic = {"latitude": round(place.latitude_deg, 8), "longitude": round(place.longitude_deg, 8)} if place else {}
    return {
        "x": round(source.x_m, 3),
        "y": round(source.y_m, 3),
        "z": round(source.z_m, 3),
        **geodetic,
        "time": asked.form.told(asked.time_ns(source.time_s)),
        "error_m": round(source.error_m, 3),
        "ellipse": {
            "semi_major_m": round(ellipse.semi_major_m, 3),
            "semi_minor_m": round(ellipse.semi_minor_m, 3),
            "bearing_deg": round(ellipse.bearing_deg, 1),
        },
        "evidence": round(source.evidence, 2),
        "used": [{"arrival": at, "node": arrivals[at].node} for at in source.used],
        "rejected": [{"arrival": r.arrival, "node": arrivals[r.arrival].node, "why": r.why} for r in answer.rejected],
        "silent": list(source.silent),
    }


def _words(source: "Source", asked: "Question") -> str:
    ellipse = source.ellipse
    place = asked.site.plane.geodetic(source.x_m, source.y_m, source.z_m)
    degrees = f"{place.latitude_deg:.6f}, {place.longitude_deg:.6f}; " if place else ""
    used = ", ".join(f"{asked.arrivals[at].node} ({at})" for at in source.used)
    silent = f"; {', '.join(source.silent)} should have heard it and did not" if source.silent else ""
    return (
        f"{asked.form.told(asked.time_ns(source.time_s))}  {degrees}x {source.x_m:.1f} y {source.y_m:.1f}"
        f" z {source.z_m:.1f} m, good to {source.error_m:.1f} m\n"
        f"    95 % within an ellipse of {ellipse.semi_major_m:.1f} by {ellipse.semi_minor_m:.1f} m,"
        f" its long axis at {ellipse.bearing_deg:.0f}°\n"
        f"    by {len(source.used)} arrivals: {used}{silent}"
    )


def _rejected_in_words(answer: "Answer", asked: "Question") -> str:
    told = [f"{asked.arrivals[one.arrival].node} ({one.arrival}): {one.why}" for one in answer.rejected]
    return f"not used: {', '.join(told)}"
