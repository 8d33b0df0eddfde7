"""Keys: made, kept, shown, and pinned to a name.

A private key is PKCS #8 in PEM, readable by its owner alone. A public key is a COSE_Key (RFC 9052, section 7), many are
a COSE_KeySet; beside the standard's labels ours carries the name that the key speaks for. A key's id is its thumbprint
(RFC 9679): whoever holds the key can compute it, nobody can choose it.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from edge.errors import UserError
from edge.message.cbor import CborError, decode, encode

# Labels of COSE_Key: RFC 9052, table 4; of an octet key pair: RFC 9053, table 20
KTY, KID, ALG, CRV, X = 1, 2, 3, -1, -2
NAME = -70001  # private use (below -65536): the name that the key speaks for
OKP, ED25519 = 1, 6
EDDSA = -8  # RFC 9053, table 2

MAX_KEY_FILE_BYTES = 4 << 20  # some 30,000 public keys
OWNER_ONLY = 0o600
ENROL = "public keys come from: lamppost key make NAME --enrol FILE"


class Signer(Protocol):
    """What signs: a key in a file, later a secure element."""

    @property
    def alg(self) -> int:
        """COSE algorithm."""
        ...

    @property
    def kid(self) -> bytes:
        """Thumbprint of the public key."""
        ...

    def sign(self, to_be_signed: bytes) -> bytes:
        """The signature."""
        ...


class Public(Protocol):
    """What a file of public keys holds."""

    def cose_key(self) -> dict[int, object]:
        """The key as COSE_Key."""
        ...


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An Ed25519 public key and the name it speaks for; ``x`` is its 32 bytes."""

    name: str
    x: bytes
    alg: int = EDDSA

    @property
    def kid(self) -> bytes:
        """The thumbprint: SHA-256 of the required members (RFC 9679, sections 3 and 4)."""
        return thumbprint({KTY: OKP, CRV: ED25519, X: self.x})

    def verifies(self, signature: bytes, to_be_signed: bytes) -> bool:
        """Whether this key made ``signature`` over ``to_be_signed``."""
        try:
            Ed25519PublicKey.from_public_bytes(self.x).verify(signature, to_be_signed)
        except InvalidSignature:
            return False
        return True

    def cose_key(self) -> dict[int, object]:
        """The key as COSE_Key."""
        return {KTY: OKP, KID: self.kid, ALG: self.alg, CRV: ED25519, X: self.x, NAME: self.name}


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """An Ed25519 key in this process's memory; a Signer."""

    key: Ed25519PrivateKey
    public: PublicKey

    @property
    def alg(self) -> int:
        """EdDSA."""
        return self.public.alg

    @property
    def kid(self) -> bytes:
        """Thumbprint of the public key."""
        return self.public.kid

    def sign(self, to_be_signed: bytes) -> bytes:
        """Ed25519 (RFC 8032)."""
        return self.key.sign(to_be_signed)


def thumbprint(required: Mapping[int, object]) -> bytes:
    """Key id: SHA-256 of the deterministic encoding of a COSE_Key's required members (RFC 9679)."""
    return hashlib.sha256(encode(dict(required))).digest()


def _named(key: Ed25519PrivateKey, name: str) -> PrivateKey:
    return PrivateKey(key, PublicKey(name, key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)))


def make(name: str) -> PrivateKey:
    """A new key that speaks for ``name``."""
    return _named(Ed25519PrivateKey.generate(), name)


def save_private(key: PrivateKey, path: Path) -> None:
    """Writes a private key, for its owner's eyes. UserError if the file exists: a key is never overwritten."""
    save_pem(key.key, path)


def save_pem(key: Ed25519PrivateKey | X25519PrivateKey, path: Path) -> None:
    """The same of a key without a name."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except FileExistsError as error:
        raise UserError(f"{path} exists; a key is never overwritten", "name another file, or move it away") from error
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}", "name a folder that you may write to") from error
    with open(descriptor, "wb") as file:  # noqa: PTH123  a descriptor, which Path cannot open
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())


def load_private(path: Path, name: str) -> PrivateKey:
    """The key of ``path``, speaking for ``name``. UserError says what is wrong with the file, or with its mode."""
    key = load_pem(path, name)
    if not isinstance(key, Ed25519PrivateKey):
        raise UserError(f"{path} holds a {type(key).__name__}; expected Ed25519", "make one with: lamppost key make")
    return _named(key, name)


def load_pem(path: Path, name: str) -> PrivateKeyTypes:
    """The private key of ``path``, of whatever kind; ``name`` is what the hint calls it. UserError as above."""
    pem = _read(path, f"make it with: lamppost key make {name}")
    if path.stat().st_mode & 0o077:
        raise UserError(f"{path} can be read by others (mode {path.stat().st_mode & 0o777:o})", f"chmod 600 {path}")
    try:
        return load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise UserError(
            f"{path} holds no private key in PEM without a password", "make one with: lamppost key make"
        ) from error


def _read(path: Path, hint: str) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_KEY_FILE_BYTES + 1)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}", hint) from error
    if len(data) > MAX_KEY_FILE_BYTES:
        raise UserError(f"{path} is larger than {MAX_KEY_FILE_BYTES} bytes; no key file is", "name a key file")
    return data


def parse_public(item: object) -> PublicKey:
    """The public key in a decoded COSE_Key; ValueError says what it should be."""
    if not isinstance(item, Mapping):
        raise ValueError(f"a COSE_Key is a map; found {type(item).__name__}")
    if item.get(KTY) != OKP or item.get(CRV) != ED25519 or item.get(ALG, EDDSA) != EDDSA:
        raise ValueError(f"expected an Ed25519 key (kty 1, crv 6, alg -8); found {dict(item)}")
    x, name = item.get(X), item.get(NAME)
    if not isinstance(x, bytes) or len(x) != 32 or not isinstance(name, str):
        raise ValueError(f"expected 32 bytes of key and a name (label {NAME}); found {x!r} and {name!r}")
    key = PublicKey(name, x)
    if item.get(KID, key.kid) != key.kid:
        raise ValueError(f"the key id of {name} is not the key's thumbprint {key.kid.hex()}")
    return key


class Registry:
    """The keys that are believed, by key id. Each is pinned to its algorithm and to the name it speaks for."""

    def __init__(self, keys: Iterable[PublicKey]) -> None:
        self._keys = {key.kid: key for key in keys}

    def __iter__(self) -> Iterator[PublicKey]:
        return iter(self._keys.values())

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, kid: object) -> PublicKey | None:
        """The key of this id, if it is believed."""
        return self._keys.get(kid) if isinstance(kid, bytes) else None

    @classmethod
    def load(cls, path: Path) -> "Registry":
        """The keys of a file: a COSE_KeySet, or one COSE_Key. UserError says what was found instead."""
        try:
            return cls(parse_public(item) for item in public_items(path))
        except (CborError, ValueError) as error:
            raise UserError(f"{path} is no set of public keys (COSE_KeySet): {error}", ENROL) from error


def public_items(path: Path) -> list[object]:
    """What stands in a file of public keys, decoded and not yet checked. CborError if that is no CBOR."""
    found = decode(_read(path, ENROL))
    return list(found) if isinstance(found, (list, tuple)) else [found]


def save_public(keys: Iterable[Public], path: Path) -> None:
    """Writes a COSE_KeySet, whole or not at all."""
    written = path.with_name(path.name + ".new")
    try:
        written.write_bytes(encode([key.cose_key() for key in keys]))
        written.replace(path)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}", "name a folder that you may write to") from error
