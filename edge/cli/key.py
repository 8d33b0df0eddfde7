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

CURVES = {-8: "Ed25519", -19: "Ed25519", -7: "P-256", -9: "P-256", -25: "X25519"}  # by COSE algorithm
ALGORITHMS = {"ed25519": -8, "es256": -7}  # for signing


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
    kinds = "how it signs: ed25519 (the default), or es256, which secure elements and TPMs know"
    make.add_argument("--algorithm", choices=ALGORITHMS, help=kinds)
    enrol = command(actions, "enrol", _enrol, "add a public key in PEM to a COSE_KeySet, under a name")
    enrol.add_argument("name", metavar="NAME", help="whom the key speaks for")
    enrol.add_argument("file", metavar="FILE", type=Path, help="public key, PEM")
    enrol.add_argument("--enrol", type=Path, metavar="KEYS", required=True, help="add it to this COSE_KeySet")
    pem = command(actions, "pem", _pem, "print the public keys of a file in PEM, which other programs read")
    pem.add_argument("file", metavar="FILE", type=Path)
    show = command(actions, "show", _show, "show the keys in files")
    show.add_argument("files", metavar="FILE", type=Path, nargs="+", help="COSE_KeySet, COSE_Key or private key")
    fingerprint = command(actions, "fingerprint", _fingerprint, "print a key's thumbprint (RFC 9679), nothing else")
    fingerprint.add_argument("file", metavar="FILE", type=Path)


def _make(arguments: argparse.Namespace) -> int:
    name = _name(arguments.name)
    path = arguments.out or Path(f"{name}.pem")
    made: PublicKey | Recipient
    if arguments.kind == "signing":
        made = _make_signing(name, ALGORITHMS[arguments.algorithm or "ed25519"], path, arguments.enrol)
    elif arguments.algorithm is None:
        made = _make_evidence(name, path, arguments.enrol)
    else:
        raise UserError("a key of the kind evidence signs nothing", "leave --algorithm away")
    _tell(Output(arguments.json), made, path, "private")
    return 0


def _name(name: str) -> str:
    from edge.message.body import NAME

    if not NAME.fullmatch(name):
        raise UserError(f"{name!r} is no name", "use letters, digits and : . _ -, at most 64")
    return name


def _enrolled(path: Path | None) -> "list[PublicKey]":
    from edge.trust.keys import Registry

    return list(Registry.load(path)) if path is not None and path.exists() else []


def _make_signing(name: str, alg: int, path: Path, enrol: Path | None) -> "PublicKey":
    from edge.trust import keys

    enrolled = _enrolled(enrol)  # read first: a wrong file stops before a key is made
    made = keys.make(name, alg)
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


def _enrol(arguments: argparse.Namespace) -> int:
    from edge.trust import keys

    enrolled, key = _enrolled(arguments.enrol), keys.load_public_pem(arguments.file, _name(arguments.name))
    if known := next((one for one in enrolled if one.kid == key.kid), None):
        raise UserError(f"{arguments.enrol} has this key, of {known.name}", "a key speaks for one name")
    keys.save_public([*enrolled, key], arguments.enrol)
    _tell(Output(arguments.json), key, arguments.enrol, "public")
    return 0


def _pem(arguments: argparse.Namespace) -> int:
    from edge.trust.keys import PublicKey, pem_of

    output = Output(arguments.json)
    for key, _ in _keys(arguments.file):
        if not isinstance(key, PublicKey):
            raise UserError(f"{arguments.file} holds a key to encrypt to", "name keys to verify with")
        output.line({"name": key.name, "kid": key.kid.hex(), "pem": pem_of(key)}, pem_of(key).rstrip())
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


def _keys(path: Path) -> "list[tuple[PublicKey | Recipient, str]]":
    from edge.trust.keys import PEM_BEGIN, PEM_PUBLIC, load_public_pem

    try:
        with path.open("rb") as file:
            head = file.read(len(PEM_PUBLIC))
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}", "name a key file") from error
    if head == PEM_PUBLIC:
        return [(load_public_pem(path, path.stem), "public")]
    if head.startswith(PEM_BEGIN):
        return [(_private(path), "private")]
    return [(key, "public") for key in _public(path)]


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
