"""CBOR against RFC 8949's own examples."""

import itertools
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.message.cbor import (
    MAX_DEPTH,
    CborError,
    Flaw,
    byte_string,
    byte_string_at,
    decode,
    decode_first,
    encode,
)
from edge.message.deterministic import decode_deterministic
from edge.message.tests.shared import SHARED


def test_map_keys_are_in_the_order_of_rfc_8949_4_2_1() -> None:
    keys = [10, 100, -1, "z", "aa", (100,), (-1,), False]  # the example of section 4.2.1, in its order
    shuffled = dict.fromkeys(reversed(keys), 0)
    expected = b"\xa8" + b"".join(bytes.fromhex(k) + b"\x00" for k in "0a 1864 20 617a 626161 811864 8120 f4".split())
    assert encode(shuffled) == expected


@pytest.mark.parametrize(
    ("value", "hexadecimal"),  # RFC 8949, appendix A; 65504.0 is the largest half float
    [(0, "00"), (23, "17"), (24, "1818"), (-1, "20"), (1.5, "f93e00"), (65504.0, "f97bff"), (1.1, "fb3ff199999999999a"),
     (100000.0, "fa47c35000"), ("IETF", "6449455446"), (b"\x01\x02\x03\x04", "4401020304"), ([1, [2, 3]], "8201820203"),
     (True, "f5"), (None, "f6"), (18446744073709551615, "1bffffffffffffffff")],
)  # fmt: skip
def test_values_take_their_shortest_form(value: object, hexadecimal: str) -> None:
    assert encode(value).hex() == hexadecimal
    assert decode(bytes.fromhex(hexadecimal)) == value


FLAWS = [
    ("nothing", "", Flaw.TRUNCATED),
    ("half an integer", "19 01", Flaw.TRUNCATED),
    ("half a map", "a2 01 01", Flaw.TRUNCATED),
    ("a map without its last value", "a1 01", Flaw.TRUNCATED),
    ("an array of two to the 64", "9b ffffffffffffffff", Flaw.TRUNCATED),
    ("a string of an exabyte", "5b 0fffffffffffffff", Flaw.TRUNCATED),
    ("two items", "00 00", Flaw.TRAILING),
    ("one level too deep", "81" * (MAX_DEPTH + 1) + "00", Flaw.DEPTH),
    ("one level too deep, in maps", "a100" * (MAX_DEPTH + 1) + "00", Flaw.DEPTH),
    ("a label twice", "a2 01 01 01 02", Flaw.DUPLICATE),
    ("an array that ends with a break", "9f 01 ff", Flaw.INDEFINITE),
    ("a map that ends with a break", "bf 01 01 ff", Flaw.INDEFINITE),
    ("bytes in pieces", "5f 41 01 ff", Flaw.INDEFINITE),
    ("text in pieces", "7f 61 61 ff", Flaw.INDEFINITE),
    ("a date", "c0 60", Flaw.TAG),
    ("an integer beyond 64 bits", "c2 49 010000000000000000", Flaw.TAG),
    ("a regular expression", "d823 61 61", Flaw.TAG),
    ("a value that may be referred to", "d81c 80", Flaw.TAG),
    ("a tag that nobody knows", "d9 ffff 00", Flaw.TAG),
    ("a tagged message", "d2 84 40 a0 40 40", Flaw.TAG),
    ("a break alone", "ff", Flaw.FORM),
    ("a reserved form", "1c", Flaw.FORM),
    ("text that is no UTF-8", "61 ff", Flaw.FORM),
    ("a simple value in two bytes that fits one", "f8 18", Flaw.FORM),
]  # fmt: skip
LESS_THAN_DETERMINISTIC = [
    ("an integer in a longer form", "18 01", Flaw.NOT_SHORTEST),
    ("a negative one", "39 0000", Flaw.NOT_SHORTEST),
    ("a length in a longer form", "58 01 00", Flaw.NOT_SHORTEST),
    ("a float that half a float says", "fa 3fc00000", Flaw.NOT_SHORTEST),
    ("one that a float of four bytes says", "fb 40f86a0000000000", Flaw.NOT_SHORTEST),
    ("another NaN", "f9 7e01", Flaw.NOT_SHORTEST),
    ("labels in the order of their lengths", "a2 20 00 1818 00", Flaw.UNSORTED),
    ("labels in no order", "a2 02 00 01 00", Flaw.UNSORTED),
    ("the same NaN in eight bytes", "fb 7ff8000000000000", Flaw.NOT_SHORTEST),
    ("an infinity in four bytes", "fa 7f800000", Flaw.NOT_SHORTEST),
    ("a label that is an array", "a1 80 00", Flaw.LABEL),
    ("a label that is a map", "a1 a0 00", Flaw.LABEL),
    ("a label that is a float", "a1 f9 3c00 00", Flaw.LABEL),
    ("a label that is true", "a1 f5 00", Flaw.LABEL),
    ("a label that is bytes", "a1 40 00", Flaw.LABEL),
]  # fmt: skip


@pytest.mark.parametrize(("hexadecimal", "flaw"), [pytest.param(*row[1:], id=row[0]) for row in FLAWS])
def test_what_a_careful_peer_never_sends_is_refused_for_its_own_reason(hexadecimal: str, flaw: Flaw) -> None:
    for read in (decode, decode_deterministic):
        with pytest.raises(CborError) as caught:
            read(bytes.fromhex(hexadecimal))
        assert caught.value.flaw is flaw, caught.value


@pytest.mark.parametrize(
    ("hexadecimal", "flaw"), [pytest.param(*row[1:], id=row[0]) for row in LESS_THAN_DETERMINISTIC]
)
def test_what_is_right_and_not_deterministic_is_told_where_that_counts(hexadecimal: str, flaw: Flaw) -> None:
    decode(bytes.fromhex(hexadecimal))
    with pytest.raises(CborError) as caught:
        decode_deterministic(bytes.fromhex(hexadecimal))
    assert caught.value.flaw is flaw, caught.value


def test_a_map_of_labels_whose_hashes_are_alike_takes_no_time() -> None:
    labels = [
        bytes((0x80 | 13, *signs)) for signs in itertools.product((0x20, 0x21), repeat=13)
    ]  # hash(-1) is hash(-2)
    data = b"\xb9" + len(labels).to_bytes(2, "big") + b"".join(label + b"\x00" for label in labels)
    begun_s = time.process_time()
    with pytest.raises(CborError, match="neither a whole number nor a text"):
        decode_deterministic(data)
    assert time.process_time() - begun_s < 0.5  # cbor2 alone takes seconds


@given(st.integers(0, 2**64 - 1), st.binary(max_size=9))
def test_no_tag_has_a_meaning(tag: int, content: bytes) -> None:
    head = encode(tag)
    with pytest.raises(CborError) as caught:
        decode(bytes((head[0] | 0xC0,)) + head[1:] + encode(content))
    assert caught.value.flaw is Flaw.TAG


@pytest.mark.parametrize("value", [object(), "\udc80", {"key": {1, object()}}])
def test_what_cbor_has_no_form_for_is_told(value: object) -> None:
    with pytest.raises(CborError, match="cannot be said in CBOR"):
        encode(value)


@given(st.binary(max_size=64), st.binary(max_size=8))
def test_the_first_item_ends_where_it_ends(first: bytes, rest: bytes) -> None:
    item = encode(first)
    assert decode_first(item + rest) == (first, len(item))


items = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64 - 1) | st.floats() | st.binary(max_size=30) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.integers(-300, 300) | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(items)
def test_each_value_has_one_encoding_and_it_is_read_back(value: object) -> None:
    data = encode(value)
    assert encode(decode_deterministic(data)) == data
    assert decode_first(data + b"rest")[1] == len(data)


@given(st.dictionaries(st.integers(-300, 300) | st.text(max_size=5), st.integers(), min_size=2, max_size=5), st.data())
def test_a_map_in_another_order_is_the_same_and_not_deterministic(
    value: dict[object, int], data: st.DataObject
) -> None:
    pairs = data.draw(st.permutations([(encode(key), encode(item)) for key, item in value.items()]))
    said = encode(value)[:1] + b"".join(key + item for key, item in pairs)
    if any(abs(item) >= 2**63 for item in value.values()):
        return
    assert decode(said) == value
    if said != encode(value):
        with pytest.raises(CborError) as caught:
            decode_deterministic(said)
        assert caught.value.flaw is Flaw.UNSORTED


@given(st.binary(max_size=300), st.integers(0, 40), st.binary(max_size=5))
def test_a_byte_string_by_hand_is_that_of_the_encoder_and_is_read_back(data: bytes, at: int, rest: bytes) -> None:
    assert byte_string(data) == encode(data)
    assert byte_string_at(bytes(at) + byte_string(data) + rest, at) == (data, at + len(byte_string(data)))


@pytest.mark.parametrize("size", [0, 23, 24, 255, 256, 65535, 65536])
def test_a_byte_string_of_each_length_of_length_is_that_of_the_encoder(size: int) -> None:
    assert byte_string(bytes(size)) == encode(bytes(size))
    assert byte_string_at(encode(bytes(size)), 0) == (bytes(size), len(encode(bytes(size))))


@given(st.sampled_from([b"", b"\x58", b"\x59", b"\x5a", b"\x5b", b"\x5c", b"\x5f", b"\x60"]), st.binary(max_size=40))
def test_arbitrary_bytes_are_a_byte_string_by_hand_if_they_are_one_to_the_decoder(head: bytes, rest: bytes) -> None:
    assert by_hand(head + rest) == by_the_decoder(head + rest)


def by_hand(data: bytes) -> bytes | None:
    try:
        return byte_string_at(data, 0)[0]
    except CborError:
        return None


def by_the_decoder(data: bytes) -> bytes | None:
    try:
        value = decode_deterministic(data[: decode_first(data)[1]])
    except CborError:
        return None
    return value if isinstance(value, bytes) else None


@given(st.binary(max_size=100))
def test_arbitrary_bytes_decode_or_are_refused(data: bytes) -> None:
    try:
        decode(data)
    except CborError as error:
        assert str(error)  # noqa: PT017  either outcome is right; a crash is not


@pytest.mark.skipif(not SHARED.exists(), reason="shared/data/cbor/appendix_a.json is not here")
def test_the_vectors_of_appendix_a_are_read_as_published_and_written_back_where_they_are_deterministic() -> None:
    vectors = json.loads((SHARED / "cbor/appendix_a.json").read_text())
    checked, told = 0, dict[str, Flaw]()
    for vector in vectors:
        data = bytes.fromhex(vector["hex"])
        try:
            value = decode_deterministic(data)
        except CborError as error:
            told[vector["hex"]] = error.flaw
            continue
        assert encode(value) == data
        if "decoded" in vector:
            assert value == vector["decoded"], vector["hex"]
            checked += 1
    assert checked == 47
    assert told.pop("f818") is Flaw.FORM  # RFC 8949, 3.3: simple values below 32 have one byte
    for hexadecimal, flaw in told.items():
        major = int(hexadecimal[0], 16) >> 1
        assert flaw is (Flaw.TAG if major == 6 else Flaw.NOT_SHORTEST if hexadecimal in LONGER else Flaw.INDEFINITE), (
            hexadecimal
        )
    assert len(vectors) == 82


LONGER = {"fa7f800000", "fa7fc00000", "faff800000", "fb7ff0000000000000", "fb7ff8000000000000", "fbfff0000000000000"}
