"""``lamppost key``: make, show and fingerprint keys."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli._output import Commands, Output, command
from edge.errors import UserError

if TYPE_CHECKING:
    from edge.trust.keys import PublicKey


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = commands.add_parser(
        "key", help="make, show and fingerprint keys", description="Keys of nodes and gateways."
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    make = command(actions, "make", _make, "make a private key, and enrol its public half")
    make.add_argument("name", metavar="NAME", help="the node or gateway that the key speaks for")
    make.add_argument("--out", type=Path, metavar="FILE", help="private key, PEM (default: NAME.pem)")
    make.add_argument("--enrol", type=Path, metavar="KEYS", help="add the public key to this COSE_KeySet")
    show = command(actions, "show", _show, "show the keys in files")
    show.add_argument("files", metavar="FILE", type=Path, nargs="+", help="COSE_KeySet, COSE_Key or private key")
    fingerprint = command(actions, "fingerprint", _fingerprint, "print a key's thumbprint (RFC 9679), nothing else")
    fingerprint.add_argument("file", metavar="FILE", type=Path)


def _make(arguments: argparse.Namespace) -> int:
    from edge.message.body import NAME
    from edge.trust import keys

    if not NAME.fullmatch(arguments.name):
        raise UserError(f"{arguments.name!r} is no name", "use letters, digits and : . _ -, at most 64")
    enrolled = []
    if arguments.enrol is not None and arguments.enrol.exists():  # read first: a wrong file stops before a key is made
        enrolled = list(keys.Registry.load(arguments.enrol))
    made, path = keys.make(arguments.name), arguments.out or Path(f"{arguments.name}.pem")
    keys.save_private(made, path)
    if arguments.enrol is not None:
        keys.save_public([*enrolled, made.public], arguments.enrol)
    _tell(Output(arguments.json), made.public, path, "private")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    output = Output(arguments.json)
    for path in arguments.files:
        for key, half in _keys(path):
            _tell(output, key, path, half)
    return 0


def _fingerprint(arguments: argparse.Namespace) -> int:
    output = Output(arguments.json)
    for key, _ in _keys(arguments.file):
        output.line({"name": key.name, "kid": key.kid.hex()}, key.kid.hex())
    return 0


def _keys(path: Path) -> "list[tuple[PublicKey, str]]":
    from edge.trust import keys

    try:
        is_pem = path.read_bytes()[:10] == b"-----BEGIN"
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}", "name a key file") from error
    if is_pem:
        return [(keys.load_private(path, path.stem).public, "private")]
    return [(key, "public") for key in keys.Registry.load(path)]


def _tell(output: Output, key: "PublicKey", path: Path, half: str) -> None:
    found = {"name": key.name, "kid": key.kid.hex(), "alg": key.alg, "half": half, "file": str(path)}
    output.line(found, f"{key.name:20} {half:8} Ed25519  {key.kid.hex()}  {path}")
