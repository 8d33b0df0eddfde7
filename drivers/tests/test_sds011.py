"""Nova SDS011, against captures of PyPMS (github.com/avaldebe/PyPMS, tests/captured_data, MIT)."""

import csv
from pathlib import Path

import pytest

from drivers._types import Gap, Note, Reading, Why
from drivers.sds011 import GREETING, Decoder

CAPTURES = Path(__file__).parents[2].parent / "shared/data/serial/captures"

# SDS01x.hexdump, first two frames
STREAM = bytes.fromhex("aac00600060058d93dab aac00900090058d943ab")
ID = Note("unique_id", "58d9")


def fine(pm2_5: float, pm10: float) -> list[Reading]:
    return [Reading("pm2_5", pm2_5, "ug/m3"), Reading("pm10", pm10, "ug/m3")]


def with_data(data: str, kind: str = "c0") -> bytes:
    body = bytes.fromhex(data)
    return bytes.fromhex("aa" + kind) + body + bytes((sum(body) % 256, 0xAB))


def test_real_frames_read_as_pypms_reads_them() -> None:
    assert Decoder().feed(STREAM) == [ID, *fine(0.6, 0.6), *fine(0.9, 0.9)]


def test_an_sds198_says_coarse_dust() -> None:
    """SDS198.hexdump: 16 ug/m3, device e905."""
    frame = bytes.fromhex("aacf0e001000e9050cab")
    assert Decoder().feed(frame) == [Note("unique_id", "e905"), Reading("pm100", 16.0, "ug/m3")]


def test_garbage_before_inside_and_after_costs_what_it_hit() -> None:
    items = Decoder().feed(b"\xaaxy" + STREAM[:10] + b"\xaa\xc0\x01" + STREAM[10:] + b"\xaa")
    noise = Gap(Why.NOISE, "3 bytes")
    assert items == [noise, ID, *fine(0.6, 0.6), noise, *fine(0.9, 0.9)]


@pytest.mark.parametrize("bit", range(80))
def test_a_turned_bit_never_gives_a_reading(bit: int) -> None:
    frame = bytearray(STREAM[:10])
    frame[bit // 8] ^= 1 << bit % 8
    items = Decoder().feed(bytes(frame) + STREAM[10:])
    assert items[1:] == [ID, *fine(0.9, 0.9)]
    assert isinstance(items[0], Gap)


def test_a_failed_sum_is_told_from_noise() -> None:
    damaged = STREAM[:8] + b"\x3e\xab"
    assert Decoder().feed(damaged + STREAM[10:])[0] == Gap(Why.CHECKSUM, "10 bytes")


def test_zero_of_both_is_a_gap_and_zero_of_one_a_value() -> None:
    gap, one = Decoder(), Decoder()
    assert gap.feed(with_data("0000000058d9"))[1] == Gap(
        Why.INVALID, "PM2.5 and PM10 are both 0: the fan runs up or is blocked"
    )
    assert one.feed(with_data("0000010058d9"))[1:] == fine(0.0, 0.1)


def test_a_value_beyond_the_range_is_a_gap() -> None:
    (gap,) = Decoder().feed(with_data("ffffffff58d9"))[1:]
    assert isinstance(gap, Gap)
    assert gap.why is Why.INVALID
    assert Decoder().feed(with_data("0f270f2758d9"))[1:] == fine(999.9, 999.9)


def test_another_device_on_the_line_is_noted() -> None:
    decoder = Decoder()
    decoder.feed(STREAM)
    assert decoder.feed(with_data("010002000102"))[0] == Note("unique_id", "0102")


@pytest.mark.parametrize(
    ("answer", "note"),
    [
        ("020100 00", Note("report mode", "active")),
        ("020001 00", Note("report mode", "on query")),
        ("060101 00", Note("state", "working")),
        ("060100 00", Note("state", "sleeping")),
        ("08010a 00", Note("duty period", "10 min")),
        ("07120b10", Note("firmware", "18-11-16")),
    ],
)
def test_answers_are_notes(answer: str, note: Note) -> None:
    assert Decoder().feed(with_data(answer + "58d9", "c5"))[1:] == [note]


def test_an_answer_that_is_not_known_says_nothing() -> None:
    assert Decoder().feed(with_data("05000000 58d9", "c5")) == [ID]


def test_the_greeting_wakes_sets_active_mode_and_ends_the_duty_cycle() -> None:
    """Laser Dust Sensor Control Protocol V1.3: commands 6, 2 and 8, to every sensor."""
    assert (
        bytes.fromhex(
            "aab4 060101 00000000000000000000 ffff 06ab"
            "aab4 020100 00000000000000000000 ffff 01ab"
            "aab4 080100 00000000000000000000 ffff 07ab"
        )
        == GREETING
    )


@pytest.mark.skipif(not CAPTURES.exists(), reason="shared/data/serial/captures is missing")
def test_a_capture_reads_as_the_values_beside_it() -> None:
    lines = (CAPTURES / "SDS01x.hexdump").read_text().splitlines()
    stream = b"".join(bytes.fromhex(line[10:39]) for line in lines)
    with (CAPTURES / "SDS01x.csv").open() as table:
        rows = [[float(value) for value in row[1:]] for row in list(csv.reader(table))[1:]]
    assert Decoder().feed(stream)[1:] == [value for row in rows for value in fine(*row)]
