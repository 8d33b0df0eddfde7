"""The two ways to sign (RFC 9053, section 2), by the key that does it.

    curve     COSE_Key                  alg                           signature, 64 bytes
    Ed25519   OKP, crv 6, x             -8 EdDSA, -19 Ed25519         R ‖ S (RFC 8032)
    P-256     EC2, crv 1, x, y          -7 ES256, -9 ESP256           r ‖ s, SHA-256 (RFC 6979)

-19 and -9 are the names of RFC 9864, which say the curve too. A key is pinned to one number of its curve; we make keys
of -8 and -7, which every peer reads.

ECDSA has two signatures for each: (r, s) and (r, n-s). Whoever carries a message could turn one into the other, the
message's hash would change, and an honest node would seem to have told two truths. So we sign with the lower s, and
believe no other where the hash of what is signed counts (:func:`is_lowest`). Ed25519 has one alone (RFC 8032, 5.1.7).
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

# Labels of COSE_Key: RFC 9052, table 4; RFC 9053, tables 19 and 20
KTY, CRV, X, Y = 1, -1, -2, -3
OKP, EC2 = 1, 2
ED25519, P256 = 6, 1
EDDSA, ED25519_ALONE = -8, -19
ES256, ESP256 = -7, -9

ALGS = {ED25519: (EDDSA, ED25519_ALONE), P256: (ES256, ESP256)}  # by curve; the first is the one of keys made here
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # n of P-256: FIPS 186-5 and SEC 2, 2.4.2
HALF = 32  # bytes of a coordinate, of r, of s
SIGNATURE_BYTES = 2 * HALF

VerifyingKey: TypeAlias = Ed25519PublicKey | EllipticCurvePublicKey
SigningKey: TypeAlias = Ed25519PrivateKey | EllipticCurvePrivateKey

_SIGNING, _VERIFYING = ECDSA(SHA256(), deterministic_signing=True), ECDSA(SHA256())


def generate(alg: int) -> SigningKey:
    """A new key that signs by ``alg``."""
    return Ed25519PrivateKey.generate() if alg in ALGS[ED25519] else generate_private_key(SECP256R1())


def is_supported(key: object) -> bool:
    """Whether it is a key of one of the two curves."""
    if isinstance(key, (EllipticCurvePrivateKey, EllipticCurvePublicKey)):
        return isinstance(key.curve, SECP256R1)
    return isinstance(key, (Ed25519PrivateKey, Ed25519PublicKey))


def members(key: VerifyingKey) -> dict[int, object]:
    """The required members of the COSE_Key (RFC 9679, section 4)."""
    if isinstance(key, Ed25519PublicKey):
        return {KTY: OKP, CRV: ED25519, X: key.public_bytes(Encoding.Raw, PublicFormat.Raw)}
    numbers = key.public_numbers()
    return {KTY: EC2, CRV: P256, X: numbers.x.to_bytes(HALF, "big"), Y: numbers.y.to_bytes(HALF, "big")}


def key_of(item: Mapping[object, object]) -> VerifyingKey:
    """The key that a COSE_Key's members say, ``y`` also as the sign alone. ValueError if they say none of ours."""
    x, y = item.get(X), item.get(Y)
    match item.get(KTY), item.get(CRV):
        case (1, 6) if isinstance(x, bytes) and len(x) == HALF:
            return Ed25519PublicKey.from_public_bytes(x)
        case (2, 1) if isinstance(x, bytes) and len(x) == HALF and isinstance(y, bool):
            return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), bytes((2 + y,)) + x)
        case (2, 1) if isinstance(x, bytes) and isinstance(y, bytes) and len(x) == len(y) == HALF:
            numbers = EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), SECP256R1())
            return numbers.public_key()
    expected = f"an Ed25519 key (kty 1, crv 6, {HALF} bytes of x) or a P-256 key (kty 2, crv 1, x and y)"
    raise ValueError(f"expected {expected}; found {dict(item)}")


def sign(key: SigningKey, to_be_signed: bytes) -> bytes:
    """The signature, the same each time."""
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(to_be_signed)
    r, s = decode_dss_signature(key.sign(to_be_signed, _SIGNING))
    return r.to_bytes(HALF, "big") + min(s, ORDER - s).to_bytes(HALF, "big")


def verifies(alg: int, key: VerifyingKey, signature: bytes, to_be_signed: bytes) -> bool:
    """Whether ``key``, which is of ``alg``, made ``signature`` over ``to_be_signed``."""
    try:
        _VERIFY[alg](key, signature, to_be_signed)
    except InvalidSignature:
        return False
    return True


def _verify_ed25519(key: Ed25519PublicKey, signature: bytes, to_be_signed: bytes) -> None:
    key.verify(signature, to_be_signed)


def _verify_p256(key: EllipticCurvePublicKey, signature: bytes, to_be_signed: bytes) -> None:
    if len(signature) != SIGNATURE_BYTES:
        raise InvalidSignature
    r, s = int.from_bytes(signature[:HALF], "big"), int.from_bytes(signature[HALF:], "big")
    key.verify(encode_dss_signature(r, s), to_be_signed, _VERIFYING)


_VERIFY: Mapping[int, Callable[[Any, bytes, bytes], None]] = {
    **dict.fromkeys(ALGS[ED25519], _verify_ed25519),
    **dict.fromkeys(ALGS[P256], _verify_p256),
}


def is_lowest(alg: int, signature: bytes) -> bool:
    """Whether it is the one of its twins that we believe."""
    return alg in ALGS[ED25519] or int.from_bytes(signature[HALF:], "big") <= ORDER // 2
