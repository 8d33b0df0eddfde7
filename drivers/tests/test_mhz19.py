"""Winsen MH-Z19B, against captures of PyPMS (github.com/avaldebe/PyPMS, tests/captured_data and docs, MIT)."""

import csv
from pathlib import Path

import pytest

from drivers._screen import Screen
from drivers._types import Gap, Item, Reading, Request, Why
from drivers.mhz19 import PERIOD_S, SHEET, Decoder

CAPTURES = Path(__file__).parents[2].parent / "shared/data/serial/captures"

# tests/captured_data/MHZ19B.hexdump, 636 ppm; docs/sensors/Winsen.md, 650 ppm
STREAM = bytes.fromhex("ff86027c42000000ba ff86028a44000000aa")
ANSWER = STREAM[:9]
ASK = Request(bytes.fromhex("ff0186000000000079"))  # Winsen, MH-Z19B manual V1.6; ESPHome mhz19.cpp


def air(co2: float, board: float) -> list[Item]:
    return [Reading("co2", co2, "ppm"), Reading("board_temperature", board, "Cel")]


def answer(data: str) -> bytes:
    body = bytes.fromhex("86" + data)
    return b"\xff" + body + bytes((-sum(body) % 256,))


def test_real_answers_read_as_their_sources_say() -> None:
    assert Decoder().feed(STREAM) == [*air(636, 26), *air(650, 28)]


def test_it_asks_this_and_nothing_else() -> None:
    decoder, said = Decoder(), set[bytes]()
    for now_s in range(600):
        said |= {item.data for item in decoder.tick(float(now_s)) if isinstance(item, Request)}
    assert said == {ASK.data}
    assert SHEET.probes == (ASK.data,)


def test_an_answer_belongs_to_its_question() -> None:
    decoder = Decoder()
    assert decoder.tick(0.0) == [ASK]
    assert decoder.feed(ANSWER) == air(636, 26)
    assert decoder.tick(1.0) == []
    assert decoder.feed(ANSWER) == []
    assert decoder.tick(5.0) == [Gap(Why.NOISE, "9 bytes"), ASK]


@pytest.mark.parametrize("co2", ["019a", "01f4", "022b"], ids=["410 ppm", "500 ppm", "555 ppm"])
def test_while_it_boots_its_constant_is_a_restart(co2: str) -> None:
    booting = answer(co2 + "41003a98")
    words = "it boots, and has no value meanwhile"
    assert Decoder().feed(2 * booting + ANSWER + booting) == [
        Gap(Why.RESTART, words),
        Gap(Why.INVALID, words),
        *air(636, 26),
        Gap(Why.RESTART, words),
    ]


def test_a_restart_makes_it_cold_again() -> None:
    decoder, screen = Decoder(), Screen(SHEET, PERIOD_S)
    warm = screen.items(decoder.feed(ANSWER), 0.0) and screen.items(decoder.feed(ANSWER), 80.0)
    assert warm == air(636, 26)
    screen.items(decoder.feed(answer("019a41003a98")), 85.0)
    told = screen.items(decoder.feed(answer("01f441000000")), 90.0)
    assert {item.why for item in told if isinstance(item, Gap)} == {Why.WARMING}
    assert len(told) == 2


def test_no_value_is_a_gap() -> None:
    """PyPMS takes an answer without any data for warming up."""
    assert Decoder().feed(answer("000000000000")) == [Gap(Why.INVALID, "0 ppm: it has no value yet")]
    assert Decoder().feed(answer("000041000000")) == [Gap(Why.INVALID, "0 ppm: it has no value yet")]


def test_what_is_not_stable_is_a_gap() -> None:
    """ESPEasy, P049: s of an MH-Z19 is 64 when it is stable, and always 0 of an MH-Z19B."""
    assert Decoder().feed(answer("027c42100000")) == [Gap(Why.INVALID, "636 ppm is not stable: 16 of 64")]
    assert Decoder().feed(answer("027c42400000")) == air(636, 26)


def test_one_without_a_temperature_says_none() -> None:
    """An MH-Z14A: FF 86 02 20 00 00 00 00 58, example of its manual."""
    assert Decoder().feed(bytes.fromhex("ff8602200000000058")) == [Reading("co2", 544.0, "ppm")]


@pytest.mark.parametrize("bit", range(72))
def test_a_turned_bit_never_gives_a_reading(bit: int) -> None:
    damaged = bytearray(ANSWER)
    damaged[bit // 8] ^= 1 << bit % 8
    items = Decoder().feed(bytes(damaged) + STREAM[9:])
    assert items[1:] == air(650, 28)
    assert isinstance(items[0], Gap)


@pytest.mark.skipif(not CAPTURES.exists(), reason="shared/data/serial/captures is missing")
def test_a_capture_reads_as_the_values_beside_it() -> None:
    lines = (CAPTURES / "MHZ19B.hexdump").read_text().splitlines()
    stream = b"".join(bytes.fromhex(line[10:36]) for line in lines)
    with (CAPTURES / "MHZ19B.csv").open() as table:
        rows = [float(row[1]) for row in list(csv.reader(table))[1:]]
    items = Decoder().feed(stream)
    assert [item.value for item in items if isinstance(item, Reading) and item.quantity == "co2"] == rows
    assert len(rows) == 10
    assert not [item for item in items if isinstance(item, Gap)]
