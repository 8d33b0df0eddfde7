"""``lamppost decode``: a sensor's raw bytes to readings."""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

from edge import plugins
from edge.cli._output import Commands, Output, command, warn
from edge.errors import UserError

if TYPE_CHECKING:
    from drivers._types import Decoder, Driver

CHUNK_BYTES = 1 << 16


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = command(commands, "decode", _run, "raw bytes of a sensor to readings")
    parser.add_argument("driver", metavar="DRIVER", help=f"one of: {', '.join(plugins.names('drivers'))}")
    parser.add_argument("file", metavar="FILE", nargs="?", default="-", help="the bytes; - or nothing: standard input")
    parser.add_argument("-c", dest="config", type=Path, metavar="NODE.toml", help="a node's configuration …")
    parser.add_argument("--sensor", metavar="NAME", help="… with the settings of this sensor of it")
    parser.add_argument("--hex", action="store_true", help="the bytes are a hex dump (xxd, hexdump -C, or plain hex)")


def _run(arguments: argparse.Namespace) -> int:
    from drivers._types import Gap, Note, Request
    from edge.cli._decoded import told

    output, decoder = Output(arguments.json), _decoder(arguments)
    decoded, head = 0, b""
    for data in _chunks(arguments.file, arguments.hex):
        head = head or data[:80]
        for item in decoder.feed(data):
            if isinstance(item, Note):
                output.say(f"{item.topic}: {item.text}")
            elif not isinstance(item, Request):  # nobody is there to be told
                output.line(*told(item))
                decoded += not isinstance(item, Gap)
    if not decoded:
        hint = "; this looks like a hex dump: add --hex" if _looks_hex(head) and not arguments.hex else ""
        warn(f"no frame of {arguments.driver} in {(len(head) and 'these bytes') or 'nothing'}{hint}")
    return 0 if decoded else 1


def _decoder(arguments: argparse.Namespace) -> "Decoder":
    """The driver's decoder: as it is by itself, or as a node's configuration has it."""
    if arguments.config is None:
        return cast("Driver", plugins.load("drivers", arguments.driver)).Decoder()
    from edge.node.config import load
    from edge.node.model import Model

    sensors = load(arguments.config).sensors
    name = arguments.sensor or next((n for n, table in sensors.items() if table.driver == arguments.driver), "")
    if name not in sensors or sensors[name].driver != arguments.driver:
        hint = f"its sensors: {', '.join(f'{n} ({table.driver})' for n, table in sensors.items())}"
        raise UserError(
            f"{arguments.config} has no sensor {name} of driver {arguments.driver}".replace("  ", " "), hint
        )
    return Model.of(sensors[name]).decoder()


def _chunks(file: str, is_hex: bool) -> Iterator[bytes]:
    try:
        stream = sys.stdin.buffer if file == "-" else Path(file).open("rb")  # noqa: SIM115  closed below
        with stream:
            if is_hex:
                yield from (_octets(line, number) for number, line in enumerate(stream, 1))
            else:
                yield from iter(lambda: stream.read(CHUNK_BYTES), b"")
    except OSError as error:
        raise UserError(f"cannot read {file}: {error.strerror}", "name a file of raw bytes, or - for stdin") from error


def _octets(line: bytes, number: int) -> bytes:
    """The bytes of a line of a hex dump; offset before and characters behind are left out."""
    text = line.decode("ascii", "replace").split("|")[0].rstrip()
    _, colon, rest = text.partition(":")
    hexadecimal = re.split(r"\s{2,}", rest.strip())[0] if colon else re.sub(r"^[0-9a-fA-F]{7,8}\s+", "", text)
    try:
        return bytes.fromhex(hexadecimal)
    except ValueError as error:
        raise UserError(f"line {number} is no hex dump: {text[:60]!r}", "use xxd, hexdump -C, or plain hex") from error


def _looks_hex(head: bytes) -> bool:
    return re.fullmatch(rb"[0-9A-Fa-f:\s]{12,}[\s\S]*", head) is not None
