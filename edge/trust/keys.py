"""Keys: made, kept, shown, and pinned to a name.

A private key is PKCS #8 in PEM, readable by its owner alone. A public key is a COSE_Key (RFC 9052, section 7), many are
a COSE_KeySet; beside the standard's labels ours carries the name that the key speaks for. A key's id is its thumbprint
(RFC 9679): whoever holds the key can compute it, nobody can choose it.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from edge.errors import UserError
from edge.message.cbor import CborError, decode, encode
from edge.trust import algorithms
from edge.trust.algorithms import ALGS, CRV, EDDSA, SigningKey, VerifyingKey

KID, ALG = 2, 3  # of a COSE_Key, beside those of the algorithms: RFC 9052, table 4
NAME = -70001  # private use (below -65536): the name that the key speaks for

MAX_KEY_FILE_BYTES = 4 << 20  # some 30,000 public keys
OWNER_ONLY = 0o600
ENROL = "public keys come from: lamppost key make NAME --enrol FILE"
PEM_BEGIN, PEM_PUBLIC = b"-----BEGIN", b"-----BEGIN PUBLIC KEY-----"  # RFC 7468


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
    """A public key and the name it speaks for. ``kid`` is its thumbprint: two of one thumbprint are one key."""

    name: str
    key: VerifyingKey = field(compare=False, repr=False)
    alg: int
    kid: bytes

    def verifies(self, signature: bytes, to_be_signed: bytes) -> bool:
        """Whether this key made ``signature`` over ``to_be_signed``."""
        return algorithms.verifies(self.alg, self.key, signature, to_be_signed)

    def cose_key(self) -> dict[int, object]:
        """The key as COSE_Key."""
        return {**algorithms.members(self.key), KID: self.kid, ALG: self.alg, NAME: self.name}


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A key in this process's memory; a Signer."""

    key: SigningKey = field(repr=False)
    public: PublicKey

    @property
    def alg(self) -> int:
        """What the public key is pinned to."""
        return self.public.alg

    @property
    def kid(self) -> bytes:
        """Thumbprint of the public key."""
        return self.public.kid

    def sign(self, to_be_signed: bytes) -> bytes:
        """The signature, the same each time."""
        return algorithms.sign(self.key, to_be_signed)


def thumbprint(required: Mapping[int, object]) -> bytes:
    """Key id: SHA-256 of the deterministic encoding of a COSE_Key's required members (RFC 9679)."""
    return hashlib.sha256(encode(dict(required))).digest()


def named(key: VerifyingKey, name: str, alg: int | None = None) -> PublicKey:
    """A public key that speaks for ``name``, pinned to ``alg`` or the usual one. ValueError if that does not fit."""
    required = algorithms.members(key)
    fitting = ALGS[cast(int, required[CRV])]
    if alg is not None and alg not in fitting:
        raise ValueError(f"alg {alg!r} does not fit the key's curve; expected one of {fitting}")
    return PublicKey(name, key, fitting[0] if alg is None else alg, thumbprint(required))


def named_private(key: SigningKey, name: str) -> PrivateKey:
    """A private key that speaks for ``name``."""
    return PrivateKey(key, named(key.public_key(), name))


def make(name: str, alg: int = EDDSA) -> PrivateKey:
    """A new key that speaks for ``name``."""
    return named_private(algorithms.generate(alg), name)


def save_private(key: PrivateKey, path: Path) -> None:
    """Writes a private key, for its owner's eyes. UserError if the file exists: a key is never overwritten."""
    save_pem(key.key, path)


def save_pem(key: SigningKey | X25519PrivateKey, path: Path) -> None:
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
    if not algorithms.is_supported(key):
        expected = "expected Ed25519 or P-256"
        raise UserError(f"{path} holds a {type(key).__name__}; {expected}", "make one with: lamppost key make")
    return named_private(cast(SigningKey, key), name)


def load_pem(path: Path, name: str) -> PrivateKeyTypes:
    """The private key of ``path``, of whatever kind; ``name`` is what the hint calls it. UserError as above."""
    pem = _read(path, f"make it with: lamppost key make {name}")
    if path.stat().st_mode & 0o077:
        raise UserError(f"{path} can be read by others (mode {path.stat().st_mode & 0o777:o})", f"chmod 600 {path}")
    try:
        return load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
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
    name, alg = item.get(NAME), item.get(ALG)
    if not isinstance(name, str) or not isinstance(alg, int | None):
        raise ValueError(f"expected a name (label {NAME}) and an alg (label {ALG}); found {name!r} and {alg!r}")
    key = named(algorithms.key_of(item), name, alg)
    if item.get(KID, key.kid) != key.kid:
        raise ValueError(f"the key id of {name} is not the key's thumbprint {key.kid.hex()}")
    return key


def pem_of(key: PublicKey) -> str:
    """The key as a SubjectPublicKeyInfo (RFC 5280, 4.1) in PEM, which has no room for the name."""
    return key.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def load_public_pem(path: Path, name: str) -> PublicKey:
    """The public key of a PEM file, speaking for ``name``. UserError says what was found instead."""
    try:
        key = load_pem_public_key(_read(path, "name the PEM file of a public key"))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UserError(f"{path} holds no public key in PEM", "one begins with -----BEGIN PUBLIC KEY-----") from error
    if not algorithms.is_supported(key):
        raise UserError(f"{path} holds a {type(key).__name__}; expected Ed25519 or P-256", "name another file")
    return named(cast(VerifyingKey, key), name)


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
