"""CBOR against RFC 8949's own examples."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.message.cbor import MAX_DEPTH, CborError, decode, decode_first, encode
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


@pytest.mark.parametrize(
    ("hexadecimal", "words"),
    [("0000", "1 bytes follow"), ("a2010201", "not CBOR"), ("a2010201 03", "uplicate"), ("9f01ff", "indefinite"),
     ("5f4101ff", "indefinite"), ("", "not CBOR"), ("81" * (MAX_DEPTH + 1) + "00", "not CBOR"), ("1c", "not CBOR"),
     ("61ff", "not CBOR")],
)  # fmt: skip
def test_what_a_careful_peer_never_sends_is_refused(hexadecimal: str, words: str) -> None:
    with pytest.raises(CborError, match=words):
        decode(bytes.fromhex(hexadecimal))


@pytest.mark.parametrize("value", [object(), "\udc80", {"key": {1, object()}}])
def test_what_cbor_has_no_form_for_is_told(value: object) -> None:
    with pytest.raises(CborError, match="cannot be said in CBOR"):
        encode(value)


@given(st.binary(max_size=64), st.binary(max_size=8))
def test_the_first_item_ends_where_it_ends(first: bytes, rest: bytes) -> None:
    item = encode(first)
    assert decode_first(item + rest) == (first, len(item))


@given(st.binary(max_size=100))
def test_arbitrary_bytes_decode_or_are_refused(data: bytes) -> None:
    try:
        decode(data)
    except CborError as error:
        assert str(error)  # noqa: PT017  either outcome is right; a crash is not


@pytest.mark.skipif(not SHARED.exists(), reason="shared/data/cbor/appendix_a.json is not here")
def test_the_vectors_of_appendix_a_decode_as_published() -> None:
    vectors = json.loads((SHARED / "cbor/appendix_a.json").read_text())
    checked = 0
    for vector in vectors:
        plain = "decoded" in vector and not {"5f", "7f", "9f", "bf"} & set(_pairs(vector["hex"]))
        if plain and vector["hex"][0] not in "cd" and vector["hex"] != "f818":  # tags; a simple value RFC 8949 forbids
            assert decode(bytes.fromhex(vector["hex"])) == vector["decoded"], vector["hex"]
            checked += 1
    assert checked > 40


def _pairs(hexadecimal: str) -> list[str]:
    return [hexadecimal[i : i + 2] for i in range(0, len(hexadecimal), 2)]
