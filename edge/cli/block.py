"""``lamppost block``: what each node of a simulated block of houses hears, and the truth about it."""

import argparse
from pathlib import Path

from edge.cli._block import EXAMPLE, load
from edge.cli._output import Commands, Output, command
from edge.errors import UserError

AFTER_S = 5  # a block wide, and its echoes
MOST_S = 86_400


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = command(
        commands, "block", _run, "write what each node of a simulated block of houses hears, and the truth"
    )
    parser.add_argument("file", nargs="?", type=Path, default=EXAMPLE, metavar="BLOCK.json", help="without, an example")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder for it")
    parser.add_argument("--seconds", type=int, metavar="S", help=f"so long (default: {AFTER_S} after the last event)")
    parser.add_argument(
        "--start", metavar="TIME", help="when the scene begins, RFC 3339 or seconds since 1970 (default: the scene's)"
    )


def _run(arguments: argparse.Namespace) -> int:
    from simulators.street import recording

    block = load(arguments.file, arguments.start)
    last_s = max((event.at for event in block.events), default=0.0)
    seconds = int(last_s) + AFTER_S if arguments.seconds is None else arguments.seconds
    if not 1 <= seconds <= MOST_S:
        raise UserError(f"--seconds {seconds}; expected 1 to {MOST_S}", "such as --seconds 30")
    output = Output(arguments.json)
    try:
        arguments.out.mkdir(parents=True)
        for file in recording.write(block, arguments.out, seconds):
            output.line({"file": str(file)}, str(file))
    except OSError as error:
        raise UserError(f"cannot write {arguments.out}: {error.strerror}", "name a new folder") from error
    return 0
