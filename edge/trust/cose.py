"""COSE_Sign1 (RFC 9052, section 4.2), signed and verified; nothing else of COSE.

    18([ protected: bstr .cbor {alg, kid, typ}, unprotected: {}, payload: bstr, signature: bstr ])
    Sig_structure = ["Signature1", protected, external_aad = h'', payload]

Encoded once: the very bytes that were signed are stored, sent and verified. The algorithm is pinned to the key by the
registry; what the message says of it must agree, and never decides.

A signature covers neither the unprotected headers nor the lengths between what it does cover, and ours is a chain of
hashes of the whole. So what we believe has one form alone, to the byte: nobody on the way can make a second one of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

from edge.message.cbor import CborError, Flaw, byte_string, byte_string_at, decode, decode_first, encode
from edge.message.deterministic import decode_deterministic
from edge.trust.algorithms import is_lowest
from edge.trust.keys import PublicKey, Registry, Signer

ALG, CRIT, KID, TYP = 1, 2, 4, 16  # RFC 9052, table 3; typ: RFC 9596
TAG = b"\xd2"  # CBOR tag 18, COSE_Sign1
ARRAY_OF_4, EMPTY_MAP = b"\x84", b"\xa0"
HEAD = TAG + ARRAY_OF_4
CONTEXT = encode("Signature1")
MAX_BYTES = 256 << 10  # a message; a minute of readings is a tenth of it, and a broker's usual limit is at least this
MAX_HEADER_BYTES = 1 << 10  # ours have some 80; what is read before the signature costs no more than this
REMEMBERED = 256  # protected headers that were read lately; those of a node are always the same

MESSAGE_TYPE = "application/vnd.lamppost.message+cbor"
RECEIPT_TYPE = "application/vnd.lamppost.receipt+cbor"
INCIDENT_TYPE = "application/vnd.lamppost.incident+cbor"
CALIBRATION_TYPE = "application/vnd.lamppost.calibration+cbor"


class Refusal(StrEnum):
    """Why a message is not believed: one word for each way to be wrong. The first ones are those of CBOR's flaws."""

    FORM = "form"  # no CBOR, or no COSE_Sign1
    TRUNCATED = "truncated"
    TRAILING = "trailing"  # more than the message
    DEPTH = "depth"
    DUPLICATE = "duplicate"  # a label twice in a map
    INDEFINITE = "indefinite"  # a length that is not told beforehand
    TAG = "tag"  # of CBOR, inside of the message
    LABEL = "label"  # neither a whole number nor a text
    UNSORTED = "unsorted"
    NOT_SHORTEST = "not-shortest"
    SIZE = "size"  # larger than a message may be
    HEADER = "header"  # headers that RFC 9052 forbids
    CRITICAL = "critical"  # a header that we must not overlook, and do not know
    UNSIGNED = "unsigned"  # headers outside of what is signed
    TYPE = "type"  # signed, but as something else than it is used for
    UNKNOWN_KEY = "unknown-key"
    ALGORITHM = "algorithm"  # not the one that the key is pinned to
    SIGNATURE = "signature"
    TWIN = "twin"  # the other of two signatures that are both right
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


def refused(error: CborError, what: str = "") -> Refused:
    """The refusal of what is no CBOR of the strict kind."""
    return Refused(Refusal(error.flaw), f"{what}: {error}" if what else str(error))


@dataclass(frozen=True, slots=True)
class Sign1:
    """A COSE_Sign1, taken apart and not yet believed."""

    protected: bytes
    unprotected: Mapping[object, object]
    payload: bytes
    signature: bytes

    def to_be_signed(self, external: bytes = b"") -> bytes:
        """The Sig_structure (RFC 9052, section 4.4); ``external`` is what both sides know and the message has not."""
        return to_be_signed(self.protected, self.payload, external)


def to_be_signed(protected: bytes, payload: bytes, external: bytes = b"") -> bytes:
    """The bytes that a Sign1's signature covers."""
    return ARRAY_OF_4 + CONTEXT + authenticated(protected, external) + byte_string(payload)


def authenticated(protected: bytes, external: bytes) -> bytes:
    """Headers as what is signed or encrypted has them: a map of none as no bytes (RFC 9052, 4.4 and 5.3)."""
    return byte_string(b"" if protected == EMPTY_MAP else protected) + byte_string(external)


@lru_cache(maxsize=REMEMBERED)
def _protected(alg: int, kid: bytes, typ: str) -> bytes:
    return encode({ALG: alg, KID: kid, TYP: typ})


def sign(payload: bytes, typ: str, signer: Signer) -> bytes:
    """A tagged COSE_Sign1 of ``payload``."""
    protected = _protected(signer.alg, signer.kid, typ)
    signature = signer.sign(to_be_signed(protected, payload))
    return HEAD + byte_string(protected) + EMPTY_MAP + byte_string(payload) + byte_string(signature)


def parse(data: bytes) -> Sign1:
    """Takes a tagged COSE_Sign1 apart, also one that is not ours. Refused if it is none."""
    if len(data) > MAX_BYTES:
        raise Refused(Refusal.SIZE, f"{len(data)} bytes; at most {MAX_BYTES}")
    if not data.startswith(HEAD):
        raise Refused(Refusal.FORM, f"begins with {data[:2].hex() or 'nothing'}; a COSE_Sign1 begins with {HEAD.hex()}")
    try:
        protected, at = byte_string_at(data, len(HEAD))
        unprotected, at = _map_at(data, at)
        payload, at = byte_string_at(data, at)
        signature, at = byte_string_at(data, at)
    except CborError as error:
        raise refused(error) from error
    if len(protected) > MAX_HEADER_BYTES:
        raise Refused(Refusal.SIZE, f"{len(protected)} bytes of protected headers; at most {MAX_HEADER_BYTES}")
    if at != len(data):
        raise Refused(Refusal.TRAILING, f"{len(data) - at} bytes follow the message of {at}")
    return Sign1(protected, unprotected, payload, signature)


def _map_at(data: bytes, at: int) -> tuple[Mapping[object, object], int]:
    if data.startswith(EMPTY_MAP, at):
        return {}, at + 1
    head = data[at : at + MAX_HEADER_BYTES]
    try:
        found, used = decode_first(head)
    except CborError as error:
        if error.flaw is Flaw.TRUNCATED and len(head) == MAX_HEADER_BYTES:
            raise Refused(Refusal.SIZE, f"unprotected headers of more than {MAX_HEADER_BYTES} bytes") from error
        raise
    if not isinstance(found, Mapping):
        raise CborError(f"unprotected headers are a {type(found).__name__}; expected a map")
    return found, at + used


def headers_of(protected: bytes, unprotected: Mapping[object, object]) -> Mapping[object, object]:
    """Both buckets as one. Refused if they break RFC 9052, sections 3 and 3.1."""
    try:
        found = decode(protected) if protected else {}
    except CborError as error:
        raise refused(error, "protected headers") from error
    if not isinstance(found, Mapping):
        raise Refused(Refusal.HEADER, f"protected headers are a {type(found).__name__}; expected a map")
    if both := set(found) & set(unprotected):
        raise Refused(Refusal.HEADER, f"labels {both} are in both buckets")
    if CRIT in found or CRIT in unprotected:
        raise Refused(Refusal.CRITICAL, "critical headers; none is understood here")
    headers = {**unprotected, **found}
    if odd := [label for label in headers if type(label) not in (int, str)]:
        raise Refused(Refusal.HEADER, f"labels {odd}; a label is a whole number or a text")
    return headers


def check(sign1: Sign1, headers: Mapping[object, object], key: PublicKey, external: bytes = b"") -> None:
    """Refused, unless ``key`` signed it with the algorithm that it is pinned to, and the headers say so."""
    if headers.get(ALG) != key.alg:
        raise Refused(Refusal.ALGORITHM, f"alg {headers.get(ALG)!r}; {key.name}'s key is pinned to {key.alg}")
    if not key.verifies(sign1.signature, sign1.to_be_signed(external)):
        raise Refused(Refusal.SIGNATURE, f"not by the key of {key.name}, or changed since")


def is_by(data: bytes, key: PublicKey) -> bool:
    """Whether ``data`` is a whole COSE_Sign1 by ``key``."""
    try:
        sign1 = parse(data)
        check(sign1, headers_of(sign1.protected, sign1.unprotected), key)
    except Refused:
        return False
    return True


def verify(data: bytes, typ: str, registry: Registry) -> tuple[bytes, PublicKey]:
    """The payload, and the key that signed it. Refused otherwise; nothing of the payload was looked at before."""
    sign1 = parse(data)
    if sign1.unprotected:
        headers_of(sign1.protected, sign1.unprotected)  # what RFC 9052 forbids has a reason of its own
        raise Refused(Refusal.UNSIGNED, f"headers {list(sign1.unprotected)} stand outside of what is signed")
    headers = _signed_headers(sign1.protected)
    if headers.get(TYP) != typ:
        raise Refused(Refusal.TYPE, f"signed as {headers.get(TYP)!r}; expected {typ!r}")
    kid = headers.get(KID)
    key = registry.find(kid)
    if key is None:
        raise Refused(Refusal.UNKNOWN_KEY, f"key {kid.hex() if isinstance(kid, bytes) else kid!r} is not enrolled")
    check(sign1, headers, key)
    if not is_lowest(key.alg, sign1.signature):
        raise Refused(Refusal.TWIN, "n-s for s; the lower of the two is believed")
    return sign1.payload, key


@lru_cache(maxsize=REMEMBERED)
def _signed_headers(protected: bytes) -> Mapping[object, object]:
    headers = headers_of(protected, {})
    try:
        decode_deterministic(protected)
    except CborError as error:
        raise refused(error, "protected headers") from error
    return MappingProxyType(dict(headers))
