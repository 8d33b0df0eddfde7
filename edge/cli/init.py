"""``lamppost init``: an annotated configuration to start from."""

import argparse
from importlib.resources import files
from pathlib import Path

from edge.cli._output import Commands, command
from edge.errors import UserError


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = command(commands, "init", _run, "write an annotated node.toml", reports=False)
    parser.add_argument("file", metavar="FILE", type=Path, nargs="?", default=Path("node.toml"))


def _run(arguments: argparse.Namespace) -> int:
    text = files("edge.cli").joinpath("node.toml").read_text(encoding="utf-8")
    try:
        with arguments.file.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise UserError(f"{arguments.file} exists and is not overwritten", "name another file") from error
    except OSError as error:
        raise UserError(f"cannot write {arguments.file}: {error.strerror}", "name a folder that exists") from error
    print(f"{arguments.file} is written; next: lamppost key make lamp-1 --enrol keys.cbor, then edit the file")
    return 0
