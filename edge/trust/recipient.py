"""Whom something is encrypted to: an X25519 key, whose public half lies on nodes and whose private half never does.

Files are those of :mod:`edge.trust.keys`: PEM for the private half, a COSE_KeySet with one key for the public one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edge.errors import UserError
from edge.message.cbor import CborError
from edge.trust.algorithms import CRV, KTY, OKP, X
from edge.trust.keys import ALG, KID, NAME, load_pem, public_items, thumbprint

X25519 = 4  # curve: RFC 9053, table 18
ECDH_ES_HKDF_256 = -25  # RFC 9053, table 14
MAKE = "make one with: lamppost key make NAME --kind evidence --enrol FILE"


@dataclass(frozen=True, slots=True)
class Recipient:
    """An X25519 public key and whose it is; ``x`` is its 32 bytes."""

    name: str
    x: bytes
    alg: int = ECDH_ES_HKDF_256

    @property
    def kid(self) -> bytes:
        """The thumbprint (RFC 9679)."""
        return thumbprint({KTY: OKP, CRV: X25519, X: self.x})

    @property
    def key(self) -> X25519PublicKey:
        """The key as cryptography has it."""
        return X25519PublicKey.from_public_bytes(self.x)

    def cose_key(self) -> dict[int, object]:
        """The key as COSE_Key."""
        return {KTY: OKP, KID: self.kid, ALG: self.alg, CRV: X25519, X: self.x, NAME: self.name}


@dataclass(frozen=True, slots=True)
class RecipientKey:
    """The private half, in this process's memory."""

    key: X25519PrivateKey
    public: Recipient


def named(key: X25519PrivateKey, name: str) -> RecipientKey:
    """A private key, and whose it is."""
    return RecipientKey(key, Recipient(name, key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)))


def make(name: str) -> RecipientKey:
    """A new key of ``name``."""
    return named(X25519PrivateKey.generate(), name)


def load_private(path: Path) -> RecipientKey:
    """The private key of a PEM file. UserError says what is wrong with the file, or with its mode."""
    key = load_pem(path, path.stem)
    if not isinstance(key, X25519PrivateKey):
        raise UserError(f"{path} holds a {type(key).__name__}; expected X25519", MAKE)
    return named(key, path.stem)


def parse(item: object) -> Recipient:
    """The public key in a decoded COSE_Key; ValueError says what it should be."""
    if not isinstance(item, Mapping):
        raise ValueError(f"a COSE_Key is a map; found {type(item).__name__}")
    if item.get(KTY) != OKP or item.get(CRV) != X25519 or item.get(ALG, ECDH_ES_HKDF_256) != ECDH_ES_HKDF_256:
        raise ValueError(f"expected an X25519 key (kty 1, crv 4, alg -25); found {dict(item)}")
    x, name = item.get(X), item.get(NAME)
    if not isinstance(x, bytes) or len(x) != 32 or not isinstance(name, str):
        raise ValueError(f"expected 32 bytes of key and a name (label {NAME}); found {x!r} and {name!r}")
    key = Recipient(name, x)
    if item.get(KID, key.kid) != key.kid:
        raise ValueError(f"the key id of {name} is not the key's thumbprint {key.kid.hex()}")
    return key


def load(path: Path) -> Recipient:
    """The one public key in a file. UserError says what was found instead."""
    try:
        found = [parse(item) for item in public_items(path)]
    except (CborError, ValueError) as error:
        raise UserError(f"{path} is no public key to encrypt to: {error}", MAKE) from error
    if len(found) != 1:
        raise UserError(f"{path} holds {len(found)} keys; expected the one to encrypt to", MAKE)
    return found[0]


def is_in(path: Path) -> bool:
    """Whether a file of public keys begins with one to encrypt to. UserError if it cannot be read."""
    try:
        return any(isinstance(item, Mapping) and item.get(CRV) == X25519 for item in public_items(path)[:1])
    except CborError:
        return False
