"""Modbus RTU requests and answers, against minimalmodbus' recordings and pymodbus as a second implementation."""

import json
import math
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.client.mixin import ModbusClientMixin
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU
from pymodbus.pdu.register_message import ReadHoldingRegistersResponse, ReadInputRegistersResponse

from drivers._dialogue import Dialogue
from drivers._framing import Verdict
from drivers._modbus import AROUND_BYTES, HOLDING, INPUT, KINDS, Registers, checked, framed, number
from drivers._types import Gap, Item, Note, Request, Why

PAIRS = Path(__file__).parents[2].parent / "shared/data/serial/modbus/minimalmodbus_pairs.json"

READS = (HOLDING, INPUT)
REQUEST_BYTES = 8
ANSWERS = {HOLDING: ReadHoldingRegistersResponse, INPUT: ReadInputRegistersResponse}
ORACLE_KINDS = {
    "u16": ModbusClientMixin.DATATYPE.UINT16,
    "i16": ModbusClientMixin.DATATYPE.INT16,
    "u32": ModbusClientMixin.DATATYPE.UINT32,
    "i32": ModbusClientMixin.DATATYPE.INT32,
    "f32": ModbusClientMixin.DATATYPE.FLOAT32,
}
words = st.integers(0, 0xFFFF)


def told(data: bytes) -> list[Item]:
    return [Note("registers", data.hex())]


def registers_of(request: bytes) -> Registers:
    """What a recorded request asks for."""
    first, count = int.from_bytes(request[2:4], "big"), int.from_bytes(request[4:6], "big")
    return Registers(request[0], request[1], first, count, told)


def answered(asked: Registers, answer: bytes) -> list[Item]:
    """What the answer to a question says; a second later, what was left of it."""
    dialogue = Dialogue([asked.question(every_s=1.0, timeout_s=0.5)])
    dialogue.tick(0.0)
    items = dialogue.feed(answer)
    return items + [item for item in dialogue.tick(0.6) + dialogue.tick(2.0) if not isinstance(item, Request)]


def reads(pairs: list[list[str]]) -> list[tuple[bytes, bytes]]:
    """Those that ask for registers."""
    both = [(bytes.fromhex(request), bytes.fromhex(answer)) for request, answer in pairs]
    return [(request, answer) for request, answer in both if len(request) == REQUEST_BYTES and request[1] in READS]


def oracle(server: bool) -> FramerRTU:
    return FramerRTU(DecodePDU(is_server=server))


@pytest.fixture
def pairs() -> Any:
    if not PAIRS.exists():
        pytest.skip("shared/data/serial/modbus/minimalmodbus_pairs.json is missing")
    return json.loads(PAIRS.read_text())


def test_what_real_slaves_answered_is_read(pairs: Any) -> None:
    """37 of the 97 read registers: Omega CN7500, Delta DTB4824, and examples of the specification."""
    good = reads(pairs["good"])
    assert len(good) == 37
    for request, answer in good:
        asked = registers_of(request)
        assert asked.question(1.0, 0.5).request == request
        assert answered(asked, answer) == [Note("registers", answer[3:-2].hex())]


def test_the_checks_of_all_frames_that_were_recorded_hold(pairs: Any) -> None:
    frames = [bytes.fromhex(frame) for pair in pairs["good"] for frame in pair]
    assert len(frames) == 2 * 97
    assert [frame for frame in frames if checked(memoryview(frame), len(frame)) != len(frame)] == []
    assert [frame for frame in frames if framed(frame[:-2]) != frame] == []


def test_of_wrong_answers_nothing_is_read_but_a_whole_frame_behind_an_echo(pairs: Any) -> None:
    """Four of the 25 answer a reading of registers: two with a byte too many or too few, two with an echo before them.

    The first of those echoes is whole, and skipped; the second is damaged, and told.
    """
    found = [answered(registers_of(request), answer) for request, answer in reads(pairs["wrong"])]
    assert found == [
        [Gap(Why.SILENT, "no answer to 01 03 00 ca 00 01 a4 34 within 0.5 s"), Gap(Why.CHECKSUM, "8 bytes")],
        [Gap(Why.SILENT, "no answer to 01 03 00 cb 00 01 f5 f4 within 0.5 s"), Gap(Why.NOISE, "6 bytes")],
        [Note("registers", "0302")],
        [Gap(Why.NOISE, "8 bytes"), Note("registers", "0302")],
    ]


def test_ten_of_the_wrong_answers_fail_their_check(pairs: Any) -> None:
    """The other 15 answer what was not asked, and most of them a writing, which is never done."""
    answers = [bytes.fromhex(answer) for _, answer in pairs["wrong"]]
    assert len(answers) == 25
    failed = [
        answer for answer in answers if len(answer) < 4 or checked(memoryview(answer), len(answer)) != len(answer)
    ]
    assert len(failed) == 10


@given(
    slave=st.integers(1, 247),
    function=st.sampled_from(READS),
    first=st.integers(0, 65_000),
    count=st.integers(1, 125),
)
def test_pymodbus_understands_what_we_ask(slave: int, function: int, first: int, count: int) -> None:
    request = Registers(slave, function, first, count, told).question(1.0, 0.5).request
    used, asked = oracle(server=True).handleFrame(request, 0, 0)
    assert used == len(request)
    assert asked is not None
    found = asked.dev_id, asked.function_code, asked.address, asked.count
    assert found == (slave, function, first, count)


@given(slave=st.integers(1, 247), function=st.sampled_from(READS), values=st.lists(words, min_size=1, max_size=125))
def test_we_understand_what_pymodbus_answers(slave: int, function: int, values: list[int]) -> None:
    answer = oracle(server=True).buildFrame(ANSWERS[function](dev_id=slave, registers=values))
    expected = b"".join(value.to_bytes(2, "big") for value in values).hex()
    assert answered(Registers(slave, function, 0, len(values), told), answer) == [Note("registers", expected)]


@given(code=st.sampled_from(tuple(KINDS)), low_word_first=st.booleans(), data=st.binary(min_size=4, max_size=4))
def test_numbers_are_what_pymodbus_makes_of_them(code: str, low_word_first: bool, data: bytes) -> None:
    kind = KINDS[code]
    data = data[: 2 * kind.registers]
    registers = [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]
    order: Literal["little", "big"] = "little" if low_word_first else "big"
    expected = ModbusClientMixin.convert_from_registers(registers, ORACLE_KINDS[code], word_order=order)
    assert isinstance(expected, int | float)
    ours = number(data, kind, low_word_first)
    assert ours == expected or (math.isnan(ours) and math.isnan(expected))


ASKED = Registers(1, HOLDING, 0x10, 1, told)
ANSWER = bytes.fromhex("010302022638fe")


def test_an_echo_before_the_answer_is_skipped() -> None:
    request = ASKED.question(1.0, 0.5).request
    assert answered(ASKED, request + ANSWER) == [Note("registers", "0226")]


@pytest.mark.parametrize(
    "body",
    [
        "02 03 02 0226",  # another slave
        "01 04 02 0226",  # another function
        "01 03 04 0226 0000",  # another count of bytes
        "01 84 02",  # the refusal of another function
    ],
)
def test_an_answer_to_somebody_else_is_noise(body: str) -> None:
    frame = framed(bytes.fromhex(body))
    assert answered(ASKED, frame + ANSWER) == [Gap(Why.NOISE, f"{len(frame)} bytes"), Note("registers", "0226")]


@pytest.mark.parametrize("bit", range(8 * len(ANSWER)))
def test_a_turned_bit_never_gives_a_value(bit: int) -> None:
    frame = bytearray(ANSWER)
    frame[bit // 8] ^= 1 << bit % 8
    items = answered(ASKED, bytes(frame))
    assert items
    assert {type(item) for item in items} == {Gap}


@pytest.mark.parametrize(
    ("code", "words"), [(1, "illegal function"), (2, "illegal data address"), (11, "exception 11")]
)
def test_a_refusal_is_told_in_words(code: int, words: str) -> None:
    refusal = framed(bytes((1, HOLDING | 0x80, code)))
    assert answered(ASKED, refusal) == [Gap(Why.INVALID, f"slave 1 refuses register 16: {words}")]


def test_the_length_is_known_from_the_head() -> None:
    measure = ASKED.question(1.0, 0.5).measure
    assert [measure(memoryview(ANSWER[:n])) for n in range(1, AROUND_BYTES + 2)] == [Verdict.MORE] * 6
    assert measure(memoryview(ANSWER + b"\x01")) == len(ANSWER)
