"""Sealed clips: what they say of themselves is bound to their samples, and a lie about them is found."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.message.body import Clip
from edge.message.cbor import encode
from edge.trust import encrypt, recipient
from edge.trust.clip import CLIP, CLIP_TYPE, NODE, Labelled, label_of, open_clip, seal_clip
from edge.trust.cose import TYP, Refusal, Refused

CITY = recipient.make("city")
PCM = bytes(range(60))  # ten samples of two channels
PART, WHOLE = hashlib.sha256(PCM[:24]).digest(), hashlib.sha256(PCM).digest()
CLIP_OF_PCM = Clip("mic", "gunshot", 1_795_439_000_000_000_000, 1, 500, 48_000.0, 2, 4, PART, 10, WHOLE)
LABEL = Labelled("lamp-1", CLIP_OF_PCM)


def test_a_clip_is_opened_with_its_label_and_only_by_the_citys_key() -> None:
    sealed = seal_clip(LABEL, PCM, CITY.public)
    assert open_clip(sealed, CITY) == (LABEL, PCM)
    with pytest.raises(Refused, match="not to this one"):
        open_clip(sealed, recipient.make("thief"))


def test_its_label_is_read_without_any_key_from_its_first_bytes() -> None:
    assert label_of(seal_clip(LABEL, bytes(10**6), CITY.public)[: encrypt.HEAD_BYTES]) == LABEL


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"part": WHOLE}, "the part says SHA-256"),
        ({"whole": PART}, "the whole says SHA-256"),
        ({"samples": 9}, "says it has 4 and 9 samples of 2 channels; found 60 bytes"),
        ({"channels": 3}, "of 3 channels; found 60 bytes"),
        ({"part_samples": 11}, "says it has 11 and 10 samples"),
        ({"part_samples": 5}, "the part says SHA-256"),
    ],
)
def test_a_label_that_is_not_true_of_the_samples_is_refused(change: dict[str, object], words: str) -> None:
    label = replace(LABEL, clip=replace(CLIP_OF_PCM, **change))  # type: ignore[arg-type]  # fields of the table above
    with pytest.raises(Refused, match=words):
        open_clip(seal_clip(label, PCM, CITY.public), CITY)


@pytest.mark.parametrize(
    ("headers", "typ", "refusal"),
    [
        ({}, "application/other", Refusal.TYPE),
        ({}, CLIP_TYPE, Refusal.SCHEMA),
        ({NODE: 1}, CLIP_TYPE, Refusal.SCHEMA),
        ({NODE: "lamp-1"}, CLIP_TYPE, Refusal.SCHEMA),
        ({NODE: "lamp-1", CLIP: {0: "mic"}}, CLIP_TYPE, Refusal.SCHEMA),
    ],
)
def test_what_is_no_clip_is_refused_opened_or_not(headers: dict[int, object], typ: str, refusal: Refusal) -> None:
    sealed = encrypt.seal(PCM, typ, headers, CITY.public)
    for read in (label_of, lambda data: open_clip(data, CITY)):
        with pytest.raises(Refused) as caught:
            read(sealed)
        assert caught.value.refusal is refusal


@given(st.binary(max_size=80).map(lambda rest: encrypt.TAG + b"\x84" + rest) | st.binary(max_size=80))
def test_arbitrary_bytes_are_no_clip_and_never_crash(data: bytes) -> None:
    with pytest.raises(Refused):
        label_of(data)
    with pytest.raises(Refused):
        open_clip(data, CITY)


@given(st.dictionaries(st.integers(0, 12), st.integers() | st.binary(max_size=33) | st.text(max_size=3), max_size=13))
def test_arbitrary_labels_are_refused_and_never_crash(clip: dict[int, object]) -> None:
    protected = encode({TYP: CLIP_TYPE, NODE: "lamp-1", CLIP: clip})
    with pytest.raises(Refused):
        label_of(encrypt.TAG + b"\x84" + encode(protected))
