"""COSE_Sign1: the working group's vector, our own both ways, and everything that must be refused."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.message.cbor import encode
from edge.trust import cose
from edge.trust.cose import ALG, CRIT, KID, TAG, TYP, Refusal, Refused
from edge.trust.keys import EDDSA, PrivateKey, PublicKey, Registry, make

TYPE = "application/test"
KEY = make("lamp-1")
REGISTRY = Registry([KEY.public])
GOOD = cose.sign(b"payload", TYPE, KEY)

# github.com/cose-wg/Examples, eddsa-examples/eddsa-sig-01.json (public domain); the key is RFC 8032's test 1
SECRET = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
SIGNED = bytes.fromhex(
    "D28445A201270300A10442313154546869732069732074686520636F6E74656E742E58407142FD2FF96D56DB85BEE905A76BA1D0B7321A95"
    "C8C4D3607C5781932B7AFB8711497DFA751BF40B58B3BCC32300B1487F3DB34085EEF013BF08F4A44D6FEF0D"
)
TO_BE_SIGNED = bytes.fromhex("846A5369676E61747572653145A2012703004054546869732069732074686520636F6E74656E742E")


def test_the_working_groups_ed25519_vector_is_taken_apart_and_verified() -> None:
    sign1 = cose.parse(SIGNED)
    assert sign1.payload == b"This is the content."
    assert sign1.headers == {ALG: EDDSA, 3: 0, KID: b"11"}
    assert sign1.to_be_signed() == TO_BE_SIGNED
    assert PublicKey("rfc8032", PUBLIC).verifies(sign1.signature, sign1.to_be_signed())


def test_the_working_groups_signature_is_made_byte_for_byte() -> None:
    key = PrivateKey(Ed25519PrivateKey.from_private_bytes(SECRET), PublicKey("rfc8032", PUBLIC))
    assert key.sign(TO_BE_SIGNED) == cose.parse(SIGNED).signature


def test_what_we_sign_we_verify() -> None:
    assert cose.verify(GOOD, TYPE, REGISTRY) == (b"payload", KEY.public)


def signed(protected: object, unprotected: object | None = None, payload: object = b"payload") -> bytes:
    """A message signed as it should be, whatever its headers say."""
    raw = protected if isinstance(protected, bytes) else encode(protected)
    signature = KEY.sign(cose.to_be_signed(raw, payload if isinstance(payload, bytes) else b""))
    return TAG + encode([raw, {} if unprotected is None else unprotected, payload, signature])


RIGHT: dict[int, object] = {ALG: EDDSA, KID: KEY.kid, TYP: TYPE}
WITHOUT_ALG = {KID: KEY.kid, TYP: TYPE}
DUPLICATE = encode(RIGHT).replace(b"\xa3", b"\xa4", 1) + encode(ALG) + encode(EDDSA)


@pytest.mark.parametrize(
    ("case", "data", "refusal"),
    [
        ("trailing bytes", GOOD + b"\x00", Refusal.FORM),
        ("duplicate label in protected", signed(DUPLICATE), Refusal.HEADER),
        ("same label in both buckets", signed(RIGHT, {KID: KEY.kid}), Refusal.HEADER),
        ("crit names an unknown header", signed({**RIGHT, CRIT: [99], 99: 1}), Refusal.HEADER),
        ("crit in unprotected", signed(RIGHT, {CRIT: [1]}), Refusal.HEADER),
        ("alg only in unprotected", signed(WITHOUT_ALG, {ALG: EDDSA}), Refusal.HEADER),
        ("type only in unprotected", signed({ALG: EDDSA, KID: KEY.kid}, {TYP: TYPE}), Refusal.HEADER),
        ("no alg anywhere", signed(WITHOUT_ALG), Refusal.ALGORITHM),
        ("alg says ES256 with an Ed25519 key", signed({**RIGHT, ALG: -7}), Refusal.ALGORITHM),
        ("another type", signed({**RIGHT, TYP: "application/other"}), Refusal.TYPE),
        ("no type", signed({ALG: EDDSA, KID: KEY.kid}), Refusal.TYPE),
        ("a key that nobody enrolled", cose.sign(b"payload", TYPE, make("lamp-1")), Refusal.UNKNOWN_KEY),
        ("no key id", signed({ALG: EDDSA, TYP: TYPE}), Refusal.UNKNOWN_KEY),
        ("key id of another kind", signed({**RIGHT, KID: 5}), Refusal.UNKNOWN_KEY),
        ("five items", TAG + encode([b"", {}, b"", b"", b""]), Refusal.FORM),
        ("detached payload", signed(RIGHT, payload=None), Refusal.FORM),
        ("payload of text", signed(RIGHT, payload="text"), Refusal.FORM),
        ("another tag", b"\xd1" + GOOD[1:], Refusal.FORM),
        ("no tag", GOOD[1:], Refusal.FORM),
        ("nothing", b"", Refusal.FORM),
        ("protected is no map", signed(encode([1])), Refusal.HEADER),
        ("protected is not CBOR", signed(b"\xff"), Refusal.HEADER),
        ("indefinite length", TAG + b"\x9f" + GOOD[2:] + b"\xff", Refusal.FORM),
        ("larger than a message may be", GOOD + bytes(cose.MAX_BYTES), Refusal.SIZE),
        ("deep nesting", TAG + b"\x81" * 50, Refusal.FORM),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else None,  # keys are new in each run, names are not
)
def test_what_must_be_refused_is_refused_for_its_own_reason(case: str, data: bytes, refusal: Refusal) -> None:
    with pytest.raises(Refused) as caught:
        cose.verify(data, TYPE, REGISTRY)
    assert caught.value.refusal is refusal, f"{case}: {caught.value}"


def test_no_bit_of_a_message_can_be_flipped() -> None:
    for position in range(len(GOOD) * 8):
        changed = bytearray(GOOD)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(Refused):
            cose.verify(bytes(changed), TYPE, REGISTRY)


def test_no_truncation_of_a_message_is_believed() -> None:
    for length in range(len(GOOD)):
        with pytest.raises(Refused):
            cose.verify(GOOD[:length], TYPE, REGISTRY)


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
