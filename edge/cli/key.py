"""``lamppost key``: make, show and fingerprint keys."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli._output import Commands, Output, command
from edge.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge.trust.keys import PublicKey
    from edge.trust.recipient import Recipient

CURVES = {-8: "Ed25519", -25: "X25519"}  # by COSE algorithm


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = commands.add_parser(
        "key", help="make, show and fingerprint keys", description="Keys of nodes and gateways."
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    make = command(actions, "make", _make, "make a private key, and enrol its public half")
    make.add_argument("name", metavar="NAME", help="whose key it is: a node, a gateway, a city")
    make.add_argument("--out", type=Path, metavar="FILE", help="private key, PEM (default: NAME.pem)")
    make.add_argument("--enrol", type=Path, metavar="KEYS", help="add the public key to this COSE_KeySet")
    kinds = "signing: for a node or a gateway (the default); evidence: for the city, whom clips are sealed to"
    make.add_argument("--kind", choices=("signing", "evidence"), default="signing", help=kinds)
    show = command(actions, "show", _show, "show the keys in files")
    show.add_argument("files", metavar="FILE", type=Path, nargs="+", help="COSE_KeySet, COSE_Key or private key")
    fingerprint = command(actions, "fingerprint", _fingerprint, "print a key's thumbprint (RFC 9679), nothing else")
    fingerprint.add_argument("file", metavar="FILE", type=Path)


def _make(arguments: argparse.Namespace) -> int:
    from edge.message.body import NAME

    if not NAME.fullmatch(arguments.name):
        raise UserError(f"{arguments.name!r} is no name", "use letters, digits and : . _ -, at most 64")
    path = arguments.out or Path(f"{arguments.name}.pem")
    made = (_make_signing if arguments.kind == "signing" else _make_evidence)(arguments.name, path, arguments.enrol)
    _tell(Output(arguments.json), made, path, "private")
    return 0


def _make_signing(name: str, path: Path, enrol: Path | None) -> "PublicKey":
    from edge.trust import keys

    # read first: a wrong file stops before a key is made
    enrolled = list(keys.Registry.load(enrol)) if enrol is not None and enrol.exists() else []
    made = keys.make(name)
    keys.save_private(made, path)
    if enrol is not None:
        keys.save_public([*enrolled, made.public], enrol)
    return made.public


def _make_evidence(name: str, path: Path, enrol: Path | None) -> "Recipient":
    from edge.trust import keys, recipient

    if enrol is not None and enrol.exists():
        raise UserError(f"{enrol} exists; clips are sealed to one key", "name another file, or move it away")
    made = recipient.make(name)
    keys.save_pem(made.key, path)
    if enrol is not None:
        keys.save_public([made.public], enrol)
    return made.public


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


def _keys(path: Path) -> "list[tuple[PublicKey | Recipient, str]]":
    try:
        is_pem = path.read_bytes()[:10] == b"-----BEGIN"
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}", "name a key file") from error
    return [(_private(path), "private")] if is_pem else [(key, "public") for key in _public(path)]


def _private(path: Path) -> "PublicKey | Recipient":
    """The public half of a private key, of either kind."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    from edge.trust import keys, recipient

    if isinstance(keys.load_pem(path, path.stem), X25519PrivateKey):
        return recipient.load_private(path).public
    return keys.load_private(path, path.stem).public


def _public(path: Path) -> "Iterable[PublicKey | Recipient]":
    from edge.trust import keys, recipient

    if recipient.is_in(path):
        return [recipient.load(path)]
    return keys.Registry.load(path)


def _tell(output: Output, key: "PublicKey | Recipient", path: Path, half: str) -> None:
    found = {"name": key.name, "kid": key.kid.hex(), "alg": key.alg, "half": half, "file": str(path)}
    output.line(found, f"{key.name:20} {half:8} {CURVES[key.alg]:7}  {key.kid.hex()}  {path}")
