"""SHDLC, held against Sensirion's own sensirion-shdlc-driver."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sensirion_shdlc_driver.serial_frame_builder import ShdlcSerialMisoFrameBuilder, ShdlcSerialMosiFrameBuilder

from drivers._framing import Verdict
from drivers._shdlc import LONGEST_BYTES, Command, framed, unstuffed, words
from drivers._types import Item, Note

THEIR_REQUEST: Any = ShdlcSerialMosiFrameBuilder  # without types
THEIR_ANSWER: Any = ShdlcSerialMisoFrameBuilder

SPECIAL = b"\x7e\x7d\x11\x13\x5e\x5d\x31\x33"
DATA = st.binary(max_size=255) | st.lists(st.sampled_from(SPECIAL), max_size=255).map(bytes)


def said(state: int, data: bytes) -> list[Item]:
    return [Note(f"{state:02x}", data.hex())]


def command(number: int, data: bytes = b"") -> Command:
    return Command(number, data, range(256), said)


@given(st.integers(0, 255), DATA)
def test_a_request_is_what_sensirions_driver_sends(number: int, data: bytes) -> None:
    theirs = THEIR_REQUEST(0, number, data).to_bytes()
    assert command(number, data).question(1.0, 1.0).request == theirs


@given(st.integers(0, 255), st.integers(0, 255), DATA)
def test_an_answer_reads_as_sensirions_driver_reads_it(number: int, state: int, data: bytes) -> None:
    frame = framed(bytes((0, number, state, len(data))) + data)
    theirs = THEIR_ANSWER()
    assert theirs.add_data(frame)
    assert theirs.interpret_data() == (0, number, state, data)
    question = command(number).question(1.0, 1.0)
    assert question.measure(memoryview(frame)) == len(frame) <= LONGEST_BYTES
    assert question.decode(frame) == said(state, data)


def test_escapes_are_undone_byte_by_byte() -> None:
    """PyPMS replaces one after the other, and reads 7D 5D 31 as 11."""
    assert unstuffed(bytes.fromhex("7d5d31")) == bytes.fromhex("7d31")


@pytest.mark.parametrize("cut", range(1, 7))
def test_of_part_of_an_answer_more_is_awaited(cut: int) -> None:
    frame = framed(b"\x00\x03\x43\x00")
    assert command(3).question(1.0, 1.0).measure(memoryview(frame[:cut])) is Verdict.MORE


@pytest.mark.parametrize(
    ("frame", "verdict"),
    [
        ("7e7e", Verdict.NOISE),
        ("7e01", Verdict.NOISE),  # another address
        ("7e0004", Verdict.NOISE),  # another command
        ("7e000300fc7e", Verdict.DAMAGED),  # its own request
        ("7e00034300b87e", Verdict.DAMAGED),
        ("7e00034300b9b9b9", Verdict.DAMAGED),
    ],
)
def test_what_is_no_answer_is_not_taken_for_one(frame: str, verdict: Verdict) -> None:
    assert command(3).question(1.0, 1.0).measure(memoryview(bytes.fromhex(frame))) is verdict


def test_a_size_that_no_answer_has_is_noise_at_once() -> None:
    read = Command(3, b"", (0, 40), said).question(1.0, 1.0)
    assert read.measure(memoryview(bytes.fromhex("7e00030029"))) is Verdict.NOISE
    assert read.measure(memoryview(bytes.fromhex("7e00030028"))) is Verdict.MORE


def test_only_a_refusal_may_come_without_its_data() -> None:
    read = Command(3, b"", (40,), said).question(1.0, 1.0)
    refused, empty = framed(b"\x00\x03\x43\x00"), framed(b"\x00\x03\x80\x00")
    assert read.measure(memoryview(refused)) == len(refused)
    assert read.measure(memoryview(empty)) is Verdict.NOISE


@pytest.mark.parametrize(
    ("state", "told"),
    [(0, ""), (0x80, "an error of its own"), (0xC3, "not allowed in its current state"), (0x05, "error 0x05")],
)
def test_a_state_is_told_in_words(state: int, told: str) -> None:
    assert words(state) == told
