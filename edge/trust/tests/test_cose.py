"""COSE_Sign1: the working group's vector, our own both ways, and everything that must be refused."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.message.cbor import byte_string, encode
from edge.trust import cose
from edge.trust.algorithms import CRV, EC2, EDDSA, ES256, HALF, KTY, ORDER, P256, X, Y, key_of
from edge.trust.cose import ALG, CRIT, HEAD, KID, TAG, TYP, Refusal, Refused
from edge.trust.keys import PrivateKey, Registry, make, named, named_private

TYPE = "application/test"
KEY = make("lamp-1")
CURVE_KEY = make("lamp-1", ES256)
REGISTRY = Registry([KEY.public, CURVE_KEY.public])
GOOD = cose.sign(b"payload", TYPE, KEY)

# github.com/cose-wg/Examples, eddsa-examples/eddsa-sig-01.json (public domain); the key is RFC 8032's test 1
SECRET = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
SIGNED = bytes.fromhex(
    "D28445A201270300A10442313154546869732069732074686520636F6E74656E742E58407142FD2FF96D56DB85BEE905A76BA1D0B7321A95"
    "C8C4D3607C5781932B7AFB8711497DFA751BF40B58B3BCC32300B1487F3DB34085EEF013BF08F4A44D6FEF0D"
)
TO_BE_SIGNED = bytes.fromhex("846A5369676E61747572653145A2012703004054546869732069732074686520636F6E74656E742E")

# RFC 9052, appendix C.2.1, and its key "11" of appendix C.7.1
CURVE_X = bytes.fromhex("BAC5B11CAD8F99F9C72B05CF4B9E26D244DC189F745228255A219A86D6A09EFF")
CURVE_Y = bytes.fromhex("20138BF82DC1B6D562BE0FA54AB7804A3A64B6D72CCFED6B6FB6ED28BBFC117E")
SIGNED_BY_CURVE = bytes.fromhex(
    "D28443A10126A10442313154546869732069732074686520636F6E74656E742E58408EB33E4CA31D1C465AB05AAC34CC6B23D58FEF5C0831"
    "06C4D25A91AEF0B0117E2AF9A291AA32E14AB834DC56ED2A223444547E01F11D3B0916E5A4C345CACB36"
)


def test_the_working_groups_ed25519_vector_is_taken_apart_and_verified() -> None:
    sign1 = cose.parse(SIGNED)
    assert sign1.payload == b"This is the content."
    headers = cose.headers_of(sign1.protected, sign1.unprotected)
    assert headers == {ALG: EDDSA, 3: 0, KID: b"11"}
    assert sign1.to_be_signed() == TO_BE_SIGNED
    cose.check(sign1, headers, named(Ed25519PublicKey.from_public_bytes(PUBLIC), "rfc8032"))


def test_the_ecdsa_example_of_rfc_9052_is_verified() -> None:
    sign1 = cose.parse(SIGNED_BY_CURVE)
    key = named(key_of({KTY: EC2, CRV: P256, X: CURVE_X, Y: CURVE_Y}), "11")
    cose.check(sign1, cose.headers_of(sign1.protected, sign1.unprotected), key)


def test_the_working_groups_signature_is_made_byte_for_byte() -> None:
    key = named_private(Ed25519PrivateKey.from_private_bytes(SECRET), "rfc8032")
    assert key.sign(TO_BE_SIGNED) == cose.parse(SIGNED).signature


def test_a_map_of_no_headers_is_signed_as_no_bytes() -> None:
    assert cose.to_be_signed(b"\xa0", b"payload") == cose.to_be_signed(b"", b"payload")  # RFC 9052, 4.4


@pytest.mark.parametrize("key", [KEY, CURVE_KEY], ids=["Ed25519", "P-256"])
def test_what_we_sign_we_verify_and_twice_it_is_the_same(key: PrivateKey) -> None:
    data = cose.sign(b"payload", TYPE, key)
    assert cose.verify(data, TYPE, REGISTRY) == (b"payload", key.public)
    assert cose.sign(b"payload", TYPE, key) == data


@pytest.mark.parametrize("size", [0, 23, 24, 255, 256, 65535, 65536])
def test_payloads_of_each_length_of_length_come_back(size: int) -> None:
    assert cose.verify(cose.sign(bytes(size), TYPE, KEY), TYPE, REGISTRY) == (bytes(size), KEY.public)


def signed(
    protected: object, unprotected: object | None = None, payload: object = b"payload", key: PrivateKey = KEY
) -> bytes:
    """A message signed as it should be, whatever its headers say."""
    raw = protected if isinstance(protected, bytes) else encode(protected)
    signature = key.sign(cose.to_be_signed(raw, payload if isinstance(payload, bytes) else b""))
    return TAG + encode([raw, {} if unprotected is None else unprotected, payload, signature])


def parts(data: bytes) -> tuple[bytes, bytes, bytes]:
    """Protected headers, payload and signature of a message."""
    sign1 = cose.parse(data)
    return sign1.protected, sign1.payload, sign1.signature


def whole(protected: bytes, middle: bytes, payload: bytes, signature: bytes) -> bytes:
    return HEAD + protected + middle + payload + signature


def twin_of(data: bytes) -> bytes:
    """The same message with the other of the two signatures that ECDSA has."""
    protected, payload, signature = parts(data)
    s = ORDER - int.from_bytes(signature[HALF:], "big")
    return TAG + encode([protected, {}, payload, signature[:HALF] + s.to_bytes(HALF, "big")])


RIGHT: dict[int, object] = {ALG: EDDSA, KID: KEY.kid, TYP: TYPE}
WITHOUT_ALG = {KID: KEY.kid, TYP: TYPE}
DUPLICATE = encode(RIGHT).replace(b"\xa3", b"\xa4", 1) + encode(ALG) + encode(EDDSA)
UNSORTED = b"\xa3" + b"".join(encode(label) + encode(RIGHT[label]) for label in (KID, ALG, TYP))
LONG_LABEL = encode(RIGHT).replace(b"\xa3\x01", b"\xa3\x18\x01", 1)
P, PAYLOAD, SIG = (byte_string(part) for part in parts(GOOD))
LONG = b"\x59" + len(parts(GOOD)[0]).to_bytes(2, "big") + parts(GOOD)[0]  # a length of two bytes that needs one
PIECES = b"\x5f" + PAYLOAD + b"\xff"

REFUSED = [
    ("nothing", b"", Refusal.FORM),
    ("no tag", GOOD[1:], Refusal.FORM),
    ("another tag", b"\xd1" + GOOD[1:], Refusal.FORM),
    ("the tag in a longer form", b"\xd8\x12" + GOOD[1:], Refusal.FORM),
    ("five items", TAG + encode([b"", {}, b"", b"", b""]), Refusal.FORM),
    ("three items", TAG + encode([b"", {}, b""]), Refusal.FORM),
    ("detached payload", signed(RIGHT, payload=None), Refusal.FORM),
    ("payload of text", signed(RIGHT, payload="text"), Refusal.FORM),
    ("payload of a reserved form", whole(P, b"\xa0", b"\x5c" + PAYLOAD, SIG), Refusal.FORM),
    ("unprotected headers are no map", signed(RIGHT, [1]), Refusal.FORM),
    ("protected headers are not CBOR", signed(b"\xff"), Refusal.FORM),
    ("cut in the signature", GOOD[:-1], Refusal.TRUNCATED),
    ("cut before the signature", whole(P, b"\xa0", PAYLOAD, b""), Refusal.TRUNCATED),
    ("cut in a length", whole(P, b"\xa0", b"", b"\x59\x01"), Refusal.TRUNCATED),
    ("cut in the protected headers", signed(encode(RIGHT)[:-1]), Refusal.TRUNCATED),
    ("a length of an exabyte", whole(P, b"\xa0", b"", b"\x5b" + b"\x0f" * 8), Refusal.TRUNCATED),
    ("trailing bytes", GOOD + b"\x00", Refusal.TRAILING),
    ("two messages", GOOD + GOOD, Refusal.TRAILING),
    ("trailing bytes in the protected headers", signed(encode(RIGHT) + b"\x00"), Refusal.TRAILING),
    ("larger than a message may be", GOOD + bytes(cose.MAX_BYTES), Refusal.SIZE),
    ("protected headers without end", signed({**RIGHT, 99: bytes(cose.MAX_HEADER_BYTES)}), Refusal.SIZE),
    ("unprotected headers without end", signed(RIGHT, {99: bytes(cose.MAX_HEADER_BYTES)}), Refusal.SIZE),
    ("deep nesting", whole(P, b"\xa1\x00" + b"\x81" * 50, PAYLOAD, SIG), Refusal.DEPTH),
    ("deep nesting of protected headers", signed(b"\xa1\x00" + b"\x81" * 50), Refusal.DEPTH),
    ("duplicate label in protected", signed(DUPLICATE), Refusal.DUPLICATE),
    ("duplicate label in unprotected", whole(P, b"\xa2\x05\x00\x05\x00", PAYLOAD, SIG), Refusal.DUPLICATE),
    ("indefinite array", TAG + b"\x9f" + GOOD[2:] + b"\xff", Refusal.FORM),
    ("indefinite payload", whole(P, b"\xa0", PIECES, SIG), Refusal.INDEFINITE),
    ("indefinite unprotected map", whole(P, b"\xbf\xff", PAYLOAD, SIG), Refusal.INDEFINITE),
    ("indefinite protected map", signed(b"\xbf" + encode(RIGHT)[1:] + b"\xff"), Refusal.INDEFINITE),
    ("a tag in protected headers", signed(b"\xa1\x01\xc0\x60"), Refusal.TAG),
    ("a length in a longer form", whole(LONG, b"\xa0", PAYLOAD, SIG), Refusal.NOT_SHORTEST),
    ("a label in a longer form", signed(LONG_LABEL), Refusal.NOT_SHORTEST),
    ("protected headers in another order", signed(UNSORTED), Refusal.UNSORTED),
    ("same label in both buckets", signed(RIGHT, {KID: KEY.kid}), Refusal.HEADER),
    ("protected headers are no map", signed(encode([1])), Refusal.HEADER),
    ("a label that is neither number nor text", signed({**RIGHT, False: 1}), Refusal.HEADER),
    ("crit names an unknown header", signed({**RIGHT, CRIT: [99], 99: 1}), Refusal.CRITICAL),
    ("crit in unprotected", signed(RIGHT, {CRIT: [1]}), Refusal.CRITICAL),
    ("alg only in unprotected", signed(WITHOUT_ALG, {ALG: EDDSA}), Refusal.UNSIGNED),
    ("type only in unprotected", signed({ALG: EDDSA, KID: KEY.kid}, {TYP: TYPE}), Refusal.UNSIGNED),
    ("a header that was put in on the way", whole(P, b"\xa1\x05\x00", PAYLOAD, SIG), Refusal.UNSIGNED),
    ("another type", signed({**RIGHT, TYP: "application/other"}), Refusal.TYPE),
    ("a type that is no text", signed({**RIGHT, TYP: [TYPE]}), Refusal.TYPE),
    ("no type", signed({ALG: EDDSA, KID: KEY.kid}), Refusal.TYPE),
    ("a key that nobody enrolled", cose.sign(b"payload", TYPE, make("lamp-1")), Refusal.UNKNOWN_KEY),
    ("no key id", signed({ALG: EDDSA, TYP: TYPE}), Refusal.UNKNOWN_KEY),
    ("key id of another kind", signed({**RIGHT, KID: [5]}), Refusal.UNKNOWN_KEY),
    ("no alg anywhere", signed(WITHOUT_ALG), Refusal.ALGORITHM),
    ("alg says ES256 with an Ed25519 key", signed({**RIGHT, ALG: ES256}), Refusal.ALGORITHM),
    ("alg says Ed25519 where the key is pinned to EdDSA", signed({**RIGHT, ALG: -19}), Refusal.ALGORITHM),
    ("alg says HMAC, with the public key as its secret", signed({**RIGHT, ALG: 5}), Refusal.ALGORITHM),
    ("alg by its name", signed({**RIGHT, ALG: "EdDSA"}), Refusal.ALGORITHM),
    ("alg says EdDSA with a P-256 key", signed({**RIGHT, KID: CURVE_KEY.kid}, key=CURVE_KEY), Refusal.ALGORITHM),
    ("signed by another enrolled key", signed({**RIGHT, ALG: ES256, KID: CURVE_KEY.kid}), Refusal.SIGNATURE),
    ("no signature", whole(P, b"\xa0", PAYLOAD, b"\x40"), Refusal.SIGNATURE),
    ("a signature of zeros", whole(P, b"\xa0", PAYLOAD, byte_string(bytes(64))), Refusal.SIGNATURE),
    ("another payload", whole(P, b"\xa0", byte_string(b"Payload"), SIG), Refusal.SIGNATURE),
    ("the other of two signatures", twin_of(cose.sign(b"payload", TYPE, CURVE_KEY)), Refusal.TWIN),
]


@pytest.mark.parametrize(("data", "refusal"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED])
def test_what_must_be_refused_is_refused_for_its_own_reason(data: bytes, refusal: Refusal) -> None:
    with pytest.raises(Refused) as caught:
        cose.verify(data, TYPE, REGISTRY)
    assert caught.value.refusal is refusal, caught.value


def test_each_of_these_messages_would_be_believed_but_for_what_its_name_says() -> None:
    assert whole(P, b"\xa0", PAYLOAD, SIG) == signed(RIGHT) == GOOD
    assert twin_of(twin_of(cose.sign(b"payload", TYPE, CURVE_KEY))) == cose.sign(b"payload", TYPE, CURVE_KEY)


@pytest.mark.parametrize("data", [GOOD, cose.sign(b"payload", TYPE, CURVE_KEY)], ids=["Ed25519", "P-256"])
def test_no_bit_of_a_message_can_be_flipped_and_no_truncation_is_believed(data: bytes) -> None:
    for position in range(len(data) * 8):
        changed = bytearray(data)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(Refused):
            cose.verify(bytes(changed), TYPE, REGISTRY)
    for length in range(len(data)):
        with pytest.raises(Refused):
            cose.verify(data[:length], TYPE, REGISTRY)


# The lengths of a message in other forms, and one more map: what a carrier could change without the key.
LENGTHS = st.sampled_from([b"", b"\x58", b"\x59", b"\x5a", b"\x5b"])


@given(st.tuples(LENGTHS, LENGTHS, LENGTHS), st.dictionaries(st.integers(-20, 20), st.integers(), max_size=2))
def test_nobody_on_the_way_can_make_a_second_form_of_what_is_believed(
    lengths: tuple[bytes, bytes, bytes], unprotected: dict[int, int]
) -> None:
    def said(part: bytes, length: bytes) -> bytes:
        return length + len(part).to_bytes(1 << length[0] - 0x58, "big") + part if length else byte_string(part)

    try:
        first, payload, signature = (said(*pair) for pair in zip(parts(GOOD), lengths, strict=True))
    except OverflowError:
        return
    data = whole(first, encode(unprotected), payload, signature)
    with suppress(Refused):
        cose.verify(data, TYPE, REGISTRY)
        assert data == GOOD


@settings(max_examples=300)
@given(st.binary(max_size=120).map(lambda rest: TAG + rest))
def test_arbitrary_bytes_are_refused_and_never_crash(data: bytes) -> None:
    with pytest.raises(Refused):
        cose.verify(data, TYPE, REGISTRY)


def test_a_key_of_another_name_does_not_speak_for_a_node(message_of: Callable[[str], bytes]) -> None:
    from edge.trust.verifier import verify_message

    with pytest.raises(Refused) as caught:
        verify_message(message_of("lamp-2"), REGISTRY)
    assert caught.value.refusal is Refusal.NODE


@pytest.fixture
def message_of() -> Callable[[str], bytes]:
    from edge.message import body as b
    from edge.trust.verifier import sign_message

    quality = b.TimeQuality(b.TimeSource.FREE, b.NO_BOUND_NS, 0)

    def sign(node: str) -> bytes:
        return sign_message(b.Message(node, bytes(8), 1, b.GENESIS, 0, quality, b.Dropped(((1, 2),), 2, "full")), KEY)

    return sign


def test_a_payload_that_is_no_message_is_refused_though_well_signed() -> None:
    from edge.trust.verifier import verify_message

    with pytest.raises(Refused) as caught:
        verify_message(cose.sign(b"\x01", cose.MESSAGE_TYPE, KEY), REGISTRY)
    assert caught.value.refusal is Refusal.SCHEMA


def test_a_message_cannot_be_passed_off_as_a_receipt(message_of: Callable[[str], bytes]) -> None:
    from edge.trust.verifier import verify_receipt

    with pytest.raises(Refused) as caught:
        verify_receipt(message_of("lamp-1"), REGISTRY, "lamp-1")
    assert caught.value.refusal is Refusal.TYPE
