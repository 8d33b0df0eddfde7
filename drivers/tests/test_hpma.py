"""Honeywell HPMA115: datasheet 32322550 issue F, PyPMS' captures (MIT), and a stream from forum.arduino.cc."""

import pytest

from drivers._types import Gap, Item, Reading, Why
from drivers.hpma import GREETING, SHEET, Decoder, Settings

# forum.arduino.cc, topic 471975: what a real HPMA115S0 sends by itself, PM2.5 1 and PM10 2
AUTO = bytes.fromhex("424d001c000000010002" + "00" * 18 + "510000ff")
# PyPMS (github.com/avaldebe/PyPMS), tests/captured_data/HPMA115C0.hexdump and .csv: ten answers of a real HPMA115C0
CAPTURED = {
    "400d0400040007000900170000000084": (4, 7, 9, 23),
    "400d04000300040004000400000000a0": (3, 4, 4, 4),
    "400d0400040006000600070000000098": (4, 6, 6, 7),
    "400d0400050006000600070000000097": (5, 6, 6, 7),
    "400d040004000500050005000000009c": (4, 5, 5, 5),
    "400d0400050006000600080000000096": (5, 6, 6, 8),
    "400d0400050007000700080000000094": (5, 7, 7, 8),
    "400d0400040006000700080000000096": (4, 6, 7, 8),
}
STREAM = AUTO + bytes.fromhex("".join(CAPTURED))
PLANTOWER = bytes.fromhex("424d001c00000008000800000008000800d20046002d001e00000000970002c5")


def dust(**values: float) -> list[Item]:
    return [Reading(name, value, "ug/m3") for name, value in values.items()]


def compact(values: tuple[int, ...]) -> list[Item]:
    return dust(**dict(zip(("pm1", "pm2_5", "pm4", "pm10"), map(float, values), strict=True)))


def auto(*values: int) -> bytes:
    words = [*values, *([0] * (12 - len(values))), 0x5100]
    body = bytes.fromhex("424d001c") + b"".join(word.to_bytes(2, "big") for word in words)
    return body + sum(body).to_bytes(2, "big")


def test_real_frames_read_as_their_sources_say() -> None:
    expected = [item for values in CAPTURED.values() for item in compact(values)]
    assert Decoder().feed(STREAM) == [*dust(pm2_5=1.0, pm10=2.0), *expected]


@pytest.mark.parametrize(
    ("answer", "items"),
    [
        ("4005040030003156", dust(pm2_5=48.0, pm10=49.0)),
        ("400d04003000310032003300000000e9", compact((48, 49, 50, 51))),
    ],
    ids=["standard, table 4", "compact, table 6"],
)
def test_the_datasheets_answers_read_as_it_says(answer: str, items: list[Item]) -> None:
    assert Decoder().feed(bytes.fromhex(answer)) == items


def test_a_compact_ones_stream_is_told_by_its_pm10() -> None:
    """Constructed after table 7."""
    assert Decoder().feed(auto(4, 7, 9, 23)) == compact((4, 7, 9, 23))


def test_a_variant_that_is_declared_is_believed() -> None:
    assert Decoder(Settings("standard")).feed(auto(4, 7, 9, 23)) == dust(pm2_5=7.0, pm10=9.0)
    assert Decoder(Settings("compact")).feed(AUTO) == compact((0, 1, 2, 0))
    with pytest.raises(ValueError, match="variant is 'S0'; expected one of: '', 'standard', 'compact'"):
        Settings("S0")


def test_a_plantower_is_not_a_honeywell() -> None:
    assert Decoder().feed(PLANTOWER + AUTO) == [Gap(Why.NOISE, "32 bytes"), *dust(pm2_5=1.0, pm10=2.0)]


@pytest.mark.parametrize("frame", [auto(), bytes.fromhex("40050400000000b7")], ids=["by itself", "asked"])
def test_no_dust_at_all_is_a_gap(frame: bytes) -> None:
    assert Decoder().feed(frame) == [Gap(Why.INVALID, "no dust at all: the fan runs up or is blocked")]


def test_that_it_does_as_told_says_nothing_and_that_it_does_not_is_a_gap() -> None:
    assert Decoder().feed(bytes.fromhex("a5a5a5a5")) == []
    assert Decoder().feed(bytes.fromhex("9696")) == [Gap(Why.INVALID, "it refuses what it was told")]


@pytest.mark.parametrize("bit", range(256))
def test_a_turned_bit_never_gives_a_reading(bit: int) -> None:
    frame = bytearray(auto(0, 8, 15))
    frame[bit // 8] ^= 1 << bit % 8
    items = Decoder().feed(bytes(frame) + AUTO + AUTO)
    assert items[-2:] == dust(pm2_5=1.0, pm10=2.0)
    assert isinstance(items[0], Gap)
    assert {item.value for item in items if isinstance(item, Reading)} == {1.0, 2.0}


@pytest.mark.parametrize("bit", range(128))
def test_a_turned_bit_of_an_answer_never_gives_a_reading(bit: int) -> None:
    frame = bytearray.fromhex("400d0400040007000900170000000084")
    frame[bit // 8] ^= 1 << bit % 8
    items = Decoder().feed(bytes(frame) + AUTO + AUTO)
    assert items[-2:] == dust(pm2_5=1.0, pm10=2.0)
    assert {item.value for item in items if isinstance(item, Reading)} == {1.0, 2.0}


def test_it_is_told_to_measure_and_to_send_and_nothing_else() -> None:
    """Tables 4 and 6: Start Particle Measurement, Enable Auto Send; Read Particle Measuring Results to recognise it."""
    assert bytes.fromhex("68010196 68014057") == GREETING
    assert SHEET.probes == (bytes.fromhex("68010493"),)
