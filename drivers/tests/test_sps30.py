"""Sensirion SPS30, against captures of PyPMS (github.com/avaldebe/PyPMS, tests/captured_data, MIT) and its manual."""

import csv
import re
import struct
from pathlib import Path
from typing import Any

import pytest
from sensirion_shdlc_driver.commands import device_info
from sensirion_shdlc_driver.serial_frame_builder import ShdlcSerialMisoFrameBuilder

from drivers._shdlc import framed
from drivers._types import Gap, Item, Note, Reading, Request, Why
from drivers.sps30 import QUANTITIES, SHEET, Decoder

THEIR_ANSWER: Any = ShdlcSerialMisoFrameBuilder  # without types
THEIR_COMMANDS: Any = device_info
CAPTURES = Path(__file__).parents[2].parent / "shared/data/serial/captures"

# SPS30.hexdump, first and third frame: the third has three stuffed bytes
PLAIN = bytes.fromhex(
    "7e0003002840a78320411777bb414a5f8341548ddd41d2833e427d33fc85422617224229a4d9422a29bc3f55b7e79e7e"
)
STUFFED = bytes.fromhex(
    "7e0003002840df03da417d3162ae41279e32412c107d5e42307d5ed34255c04c425e0908425fa28a425fe4433f40fa1fff7e"
)
STREAM = PLAIN + STUFFED
VALUES = [5.2, 9.5, 12.6, 13.3, 26.31, 37.00, 41.52, 42.41, 42.54, 0.8]  # SPS30.csv, first row

WAKE = bytes.fromhex("ff7e007d3100ee7e")
START = bytes.fromhex("7e0000020103f97e")  # PyPMS sps30.py; datasheet, 5.3
PRODUCT, SERIAL, VERSION = (
    bytes.fromhex("7e00d001002e7e"),
    bytes.fromhex("7e00d001032b7e"),
    bytes.fromhex("7e00d1002e7e"),
)
READ, STATUS = bytes.fromhex("7e000300fc7e"), bytes.fromhex("7e00d201002c7e")
REFUSED = bytes.fromhex("7e00004300bc7e")  # frames.json: the answer to a start while it measures
NOT_MEASURING = bytes.fromhex("7e00034300b97e")


def answer(number: int, data: bytes = b"", state: int = 0) -> bytes:
    return framed(bytes((0, number, state, len(data))) + data)


ANSWERS = {
    WAKE: answer(0x11, state=0x43),
    START: REFUSED,
    PRODUCT: answer(0xD0, b"00080000\0"),
    SERIAL: answer(0xD0, b"8FDDDF0CA5A8A2E6\0"),
    VERSION: answer(0xD1, bytes((2, 2, 0, 7, 0, 2, 0))),
    READ: PLAIN,
    STATUS: answer(0xD2, bytes(5)),
}


def readings(items: list[Item]) -> list[Reading]:
    return [item for item in items if isinstance(item, Reading)]


def talked(decoder: Decoder, seconds: float, answers: dict[bytes, bytes], from_s: float = 0.0) -> list[Item]:
    """Requests and what their answers say, ten looks a second."""
    out: list[Item] = []
    for tenth in range(round(from_s * 10), round((from_s + seconds) * 10)):
        for item in decoder.tick(tenth / 10):
            out.append(item)
            if isinstance(item, Request):
                out += decoder.feed(answers.get(item.data, b""))
    return out


def said(items: list[Item]) -> list[bytes]:
    return [item.data for item in items if isinstance(item, Request)]


def test_a_real_frame_reads_as_pypms_reads_it() -> None:
    items = readings(Decoder().feed(PLAIN))
    assert [item.quantity for item in items] == list(QUANTITIES)
    assert [item.value for item in items] == pytest.approx(VALUES, abs=0.051)  # a tenth is what the table tells
    assert {item.unit for item in items} == {"ug/m3", "/cm3", "um"}


def test_a_real_frame_with_stuffed_bytes_reads_as_pypms_reads_it() -> None:
    values = [item.value for item in readings(Decoder().feed(STUFFED))]
    assert values[:4] == pytest.approx([7.0, 9.1, 10.5, 10.8], abs=0.051)


@pytest.mark.skipif(not CAPTURES.exists(), reason="shared/data/serial/captures is missing")
def test_a_capture_reads_as_the_values_beside_it() -> None:
    lines = (CAPTURES / "SPS30.hexdump").read_text().splitlines()
    stream = b"".join(bytes.fromhex(re.split(r"\s{2,}", line[10:])[0]) for line in lines)
    with (CAPTURES / "SPS30.csv").open() as table:
        rows = [[float(value) for value in row[1:]] for row in list(csv.reader(table))[1:]]
    items = Decoder().feed(stream)
    assert len(items) == 10 * len(rows) == 100
    assert [item.value for item in readings(items)] == pytest.approx([v for row in rows for v in row], abs=0.051)


def test_sensirions_own_driver_reads_the_same_bytes() -> None:
    theirs = THEIR_ANSWER()
    theirs.add_data(STUFFED)
    _, number, state, data = theirs.interpret_data()
    assert (number, state) == (3, 0)
    assert [item.value for item in readings(Decoder().feed(STUFFED))] == list(struct.unpack(">10f", data))


def test_it_wakes_starts_and_asks_who_it_is_and_then_for_values_each_second() -> None:
    items = talked(Decoder(), 3.0, ANSWERS)
    assert said(items) == [WAKE, START, PRODUCT, SERIAL, VERSION, READ, STATUS, READ, READ]
    assert [item for item in items if isinstance(item, Note)] == [
        Note("product_type", "00080000"),
        Note("unique_id", "8FDDDF0CA5A8A2E6"),
        Note("firmware", "2.2"),
        Note("hardware", "7"),
    ]
    assert not [item for item in items if isinstance(item, Gap)]


def test_it_says_nothing_but_what_this_list_names() -> None:
    """Fan cleaning (56, 80), reset (D3), sleep (10) and whatever it keeps without power are never sent."""
    assert set(said(talked(Decoder(), 600.0, ANSWERS))) == set(ANSWERS)


@pytest.mark.parametrize(("ours", "theirs"), [(PRODUCT, "ShdlcCmdGetProductType"), (SERIAL, "ShdlcCmdGetSerialNumber")])
def test_questions_of_who_it_is_are_those_of_sensirions_driver(ours: bytes, theirs: str) -> None:
    command = getattr(THEIR_COMMANDS, theirs)()
    assert ours == framed(bytes((0, command.id, len(command.data))) + command.data)


def test_after_its_power_failed_it_is_started_again() -> None:
    decoder = Decoder()
    talked(decoder, 2.0, ANSWERS)
    items = talked(decoder, 3.0, {**ANSWERS, READ: NOT_MEASURING}, from_s=2.0)
    assert next(item for item in items if isinstance(item, Gap)).why is Why.RESTART
    assert said(items)[:3] == [READ, WAKE, START]


def test_an_older_firmware_that_knows_less_still_measures() -> None:
    unknown = {WAKE: answer(0x11, state=2), PRODUCT: answer(0xD0, state=4), STATUS: answer(0xD2, state=2)}
    items = talked(Decoder(), 3.0, {**ANSWERS, **unknown})
    assert not [item for item in items if isinstance(item, Gap)]
    assert readings(items)


def test_no_new_value_is_nothing() -> None:
    assert Decoder().feed(answer(3)) == []


def test_what_somebody_else_started_in_whole_numbers_is_read_too() -> None:
    data = struct.pack(">10H", 5, 10, 13, 13, 26, 37, 42, 42, 43, 835)
    values = [item.value for item in readings(Decoder().feed(answer(3, data)))]
    assert values == [5, 10, 13, 13, 26, 37, 42, 42, 43, 0.835]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_a_gap(value: float) -> None:
    (gap,) = Decoder().feed(answer(3, struct.pack(">10f", 1, value, *[1] * 8)))
    assert isinstance(gap, Gap)
    assert gap.why is Why.INVALID


def test_values_of_a_sensor_that_has_an_error_are_a_gap() -> None:
    frame = answer(3, struct.pack(">10f", *VALUES), state=0x80)
    assert Decoder().feed(frame) == [Gap(Why.INVALID, "no values: an error of its own")]


@pytest.mark.parametrize(
    ("bit", "words"),
    [(4, "its fan stands still"), (5, "its laser fails"), (21, "its fan is too fast or too slow")],
)
def test_a_status_that_tells_of_a_fault_is_a_gap(bit: int, words: str) -> None:
    assert Decoder().feed(answer(0xD2, struct.pack(">IB", 1 << bit, 0))) == [Gap(Why.INVALID, words)]


def test_another_product_of_sensirion_is_not_taken_for_one() -> None:
    (gap,) = Decoder().feed(answer(0xD0, b"00090001\0"))
    assert gap == Gap(Why.INVALID, "product type '00090001'; an SPS30 says '00080000'")


def test_the_probe_asks_for_the_product_type() -> None:
    assert SHEET.probes == (PRODUCT,)
    assert Decoder().feed(ANSWERS[PRODUCT]) == [Note("product_type", "00080000")]


def test_an_order_that_is_not_obeyed_is_told() -> None:
    assert Decoder().feed(answer(0, state=4)) == [Gap(Why.INVALID, "it does not obey: illegal parameter")]


@pytest.mark.parametrize("bit", range(8, 8 * len(PLAIN) - 8))
def test_a_turned_bit_never_gives_a_reading(bit: int) -> None:
    frame = bytearray(PLAIN)
    frame[bit // 8] ^= 1 << bit % 8
    items = Decoder().feed(bytes(frame) + STUFFED)
    assert readings(items) == readings(Decoder().feed(STUFFED))
