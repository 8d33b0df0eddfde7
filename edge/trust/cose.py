"""COSE_Sign1 (RFC 9052, section 4.2), signed and verified; nothing else of COSE.

    18([ protected: bstr .cbor {alg, kid, typ}, unprotected: {}, payload: bstr, signature: bstr ])
    Sig_structure = ["Signature1", protected, external_aad = h'', payload]

Encoded once: the very bytes that were signed are stored, sent and verified. The algorithm is pinned to the key by the
registry; what the message says of it must agree, and never decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from edge.message.cbor import CborError, decode, encode
from edge.trust.keys import PublicKey, Registry, Signer

ALG, CRIT, KID, TYP = 1, 2, 4, 16  # RFC 9052, table 3; typ: RFC 9596
TAG = b"\xd2"  # CBOR tag 18, COSE_Sign1
MAX_BYTES = 256 << 10  # a message; a minute of readings is a tenth of it, and a broker's usual limit is at least this

MESSAGE_TYPE = "application/vnd.lamppost.message+cbor"
RECEIPT_TYPE = "application/vnd.lamppost.receipt+cbor"
INCIDENT_TYPE = "application/vnd.lamppost.incident+cbor"
CALIBRATION_TYPE = "application/vnd.lamppost.calibration+cbor"


class Refusal(StrEnum):
    """Why a message is not believed: one word for each way to be wrong."""

    SIZE = "size"  # larger than a message may be
    FORM = "form"  # no COSE_Sign1
    HEADER = "header"  # headers that RFC 9052 forbids, or that we must not overlook
    TYPE = "type"  # signed, but as something else than it is used for
    UNKNOWN_KEY = "unknown-key"
    ALGORITHM = "algorithm"  # not the one that the key is pinned to
    SIGNATURE = "signature"
    SEAL = "seal"  # encrypted to another key, or changed since
    SCHEMA = "schema"  # signed, and not what the schema says
    NODE = "node"  # signed by a key that does not speak for this node
    REPLAY = "replay"  # seen before, byte for byte
    FORK = "fork"  # another message stands, or stood, in its place in the chain


class Refused(Exception):  # noqa: N818  a refusal is an answer, not a fault of the program
    """A message that is not believed: the reason in one word, and the detail in more."""

    def __init__(self, refusal: Refusal, detail: str) -> None:
        super().__init__(refusal, detail)
        self.refusal = refusal
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.refusal}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Sign1:
    """A COSE_Sign1, taken apart and not yet believed."""

    headers: Mapping[object, object]  # protected and unprotected; no label is in both
    protected: bytes
    payload: bytes
    signature: bytes

    def to_be_signed(self) -> bytes:
        """The Sig_structure (RFC 9052, section 4.4)."""
        return to_be_signed(self.protected, self.payload)


def to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """The bytes that a Sign1's signature covers."""
    return encode(["Signature1", protected, b"", payload])


def sign(payload: bytes, typ: str, signer: Signer) -> bytes:
    """A tagged COSE_Sign1 of ``payload``."""
    protected = encode({ALG: signer.alg, KID: signer.kid, TYP: typ})
    signature = signer.sign(to_be_signed(protected, payload))
    return TAG + encode([protected, {}, payload, signature])


def parse(data: bytes) -> Sign1:
    """Takes a tagged COSE_Sign1 apart. Refused if it is none, or if its headers break RFC 9052, sections 3 and 3.1."""
    if len(data) > MAX_BYTES:
        raise Refused(Refusal.SIZE, f"{len(data)} bytes; at most {MAX_BYTES}")
    if data[:1] != TAG:
        raise Refused(Refusal.FORM, f"begins with {data[:1].hex() or 'nothing'}; a COSE_Sign1 begins with d2")
    protected, unprotected, payload, signature = _four(data[1:])
    headers = headers_of(protected, unprotected)
    return Sign1(headers, protected, payload, signature)


def _four(data: bytes) -> tuple[bytes, Mapping[object, object], bytes, bytes]:
    try:
        found = decode(data)
    except CborError as error:
        raise Refused(Refusal.FORM, str(error)) from error
    match found:
        case [bytes(protected), Mapping() as unprotected, bytes(payload), bytes(signature)]:
            return protected, unprotected, payload, signature
    raise Refused(Refusal.FORM, "expected [protected bytes, unprotected map, payload bytes, signature bytes]")


def headers_of(protected: bytes, unprotected: Mapping[object, object]) -> Mapping[object, object]:
    """Both buckets as one. Refused if they break RFC 9052, sections 3 and 3.1."""
    try:
        found = decode(protected) if protected else {}
    except CborError as error:
        raise Refused(Refusal.HEADER, f"protected headers: {error}") from error
    if not isinstance(found, Mapping):
        raise Refused(Refusal.HEADER, f"protected headers are a {type(found).__name__}; expected a map")
    if both := set(found) & set(unprotected):
        raise Refused(Refusal.HEADER, f"labels {both} are in both buckets")
    if CRIT in found or CRIT in unprotected:
        raise Refused(Refusal.HEADER, "critical headers; none is understood here")
    if misplaced := {ALG, TYP} & set(unprotected):
        raise Refused(Refusal.HEADER, f"labels {misplaced} stand outside of what is signed")
    return {**unprotected, **found}


def is_by(data: bytes, key: PublicKey) -> bool:
    """Whether ``data`` is a whole COSE_Sign1 by ``key``."""
    try:
        sign1 = parse(data)
    except Refused:
        return False
    return key.verifies(sign1.signature, sign1.to_be_signed())


def verify(data: bytes, typ: str, registry: Registry) -> tuple[bytes, PublicKey]:
    """The payload, and the key that signed it. Refused otherwise; nothing of the payload was looked at before."""
    sign1 = parse(data)
    if sign1.headers.get(TYP) != typ:
        raise Refused(Refusal.TYPE, f"signed as {sign1.headers.get(TYP)!r}; expected {typ!r}")
    kid = sign1.headers.get(KID)
    key = registry.find(kid)
    if key is None:
        raise Refused(Refusal.UNKNOWN_KEY, f"key {kid.hex() if isinstance(kid, bytes) else kid!r} is not enrolled")
    if sign1.headers.get(ALG) != key.alg:
        raise Refused(Refusal.ALGORITHM, f"alg {sign1.headers.get(ALG)!r}; {key.name}'s key is pinned to {key.alg}")
    if not key.verifies(sign1.signature, sign1.to_be_signed()):
        raise Refused(Refusal.SIGNATURE, f"not by the key of {key.name}, or changed since")
    return sign1.payload, key
