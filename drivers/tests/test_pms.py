"""Plantower PMS…003, against captures of PyPMS (github.com/avaldebe/PyPMS, tests/captured_data and docs, MIT)."""

import csv
from pathlib import Path

import pytest

from drivers._types import Gap, Item, Note, Reading, Why
from drivers.pms import GREETING, MASSES, SIZES, Decoder, Settings

CAPTURES = Path(__file__).parents[2].parent / "shared/data/serial/captures"

# PMSx003.hexdump, the first and the last frame
STREAM = bytes.fromhex(
    "424d001c00000008000800000008000800d20046002d001e00000000970002c5"
    "424d001c000000050005000000050005008a002e0017000f0000000097000234"
)
FIRST, LAST = STREAM[:32], STREAM[32:]
VERSION = Note("firmware", "151")

# docs/sensors/Plantower.md, PMS5003T, first frame; its values: tests/captured_data/PMS5003T.csv, first row
T = bytes.fromhex("424d001c0017002700290016002300291008 04a90116000c00d400e09a0004aa")
# docs/sensors/Plantower.md, PMS3003, fifth frame and first
G3 = bytes.fromhex("424d0014000100010001000100010001000000000051 00fa")
G3_CLEAN = bytes.fromhex("424d0014000000000000000000000000000000000051 00f4")
# another PMS3003, as a comment in public code has it: PM1 26, PM2.5 36, PM10 47
G3_DUSTY = bytes.fromhex("424d0014001f00280030001a0024002f000000000054 01db")
# Winsen ZH03, from the tests of a public driver: PM1 13, PM2.5 17, PM10 19
ZH03 = bytes.fromhex("424d0014000d00110013000d00110013000000000000 0105")
# a PMS5003 whose fan does not yet turn, from public notes
ZERO = bytes.fromhex("424d001c" + "00" * 24 + "97000142")
# Honeywell HPMA115S0, forum.arduino.cc topic 471975: PM2.5 1, PM10 2
HONEYWELL = bytes.fromhex("424d001c000000010002" + "00" * 18 + "510000ff")


def dust(*values: float) -> list[Item]:
    return [Reading(name, value, "ug/m3") for name, value in zip(MASSES, values, strict=True)]


def particles(*values: float) -> list[Item]:
    return [Reading(name, value, "/cm3") for name, value in zip(SIZES, values, strict=False)]


def framed(words: list[int]) -> bytes:
    data = b"".join((word & 0xFFFF).to_bytes(2, "big") for word in words)
    body = b"BM" + (len(data) + 2).to_bytes(2, "big") + data
    return body + sum(body).to_bytes(2, "big")


def test_real_frames_read_as_pypms_reads_them() -> None:
    assert Decoder().feed(STREAM) == [
        VERSION,
        *dust(0, 8, 8, 0, 8, 8),
        *particles(2.1, 0.7, 0.45, 0.3, 0, 0),
        *dust(0, 5, 5, 0, 5, 5),
        *particles(1.38, 0.46, 0.23, 0.15, 0, 0),
    ]


def test_a_t_has_temperature_and_humidity_in_place_of_large_particles() -> None:
    assert Decoder(Settings("PMS5003T")).feed(T) == [
        Note("firmware", "154"),
        *dust(23, 39, 41, 22, 35, 41),
        *particles(41.04, 11.93, 2.78, 0.12),
        Reading("temperature", 21.2, "Cel"),
        Reading("humidity", 22.4, "%RH"),
    ]


def test_a_t_that_was_not_declared_is_a_gap_that_says_so() -> None:
    (gap,) = Decoder().feed(T)
    assert isinstance(gap, Gap)
    assert gap.why is Why.INVALID
    assert "PMS5003T" in gap.detail


def test_frost_is_below_zero() -> None:
    frost = framed([1, 2, 3, 1, 2, 3, 500, 200, 50, 5, -73, 815, 0x9700])
    assert Decoder(Settings("PMS5003T")).feed(frost)[-2:] == [
        Reading("temperature", -7.3, "Cel"),
        Reading("humidity", 81.5, "%RH"),
    ]


def test_an_s_has_formaldehyde_in_place_of_its_version() -> None:
    """Constructed after PyPMS, docs/sensors/Plantower.md; there is no capture of one."""
    frame = framed([1, 2, 3, 1, 2, 3, 500, 200, 50, 5, 2, 1, 18])
    assert Decoder(Settings("PMS5003S")).feed(frame)[-1] == Reading("hcho_mass", 18.0, "ug/m3")
    (gap,) = Decoder().feed(frame)
    assert gap == Gap(Why.INVALID, "it reports error 0x12, version 0: if it is a PMS5003S, set variant to that")


def test_an_st_is_told_by_its_length() -> None:
    """Constructed after ESPHome, components/pmsx003; there is no capture of one."""
    frame = framed([1, 2, 3, 1, 2, 3, 500, 200, 50, 5, 2, 1, 18, 213, 604, 0, 0x9100])
    assert Decoder().feed(frame)[-3:] == [
        Reading("hcho_mass", 18.0, "ug/m3"),
        Reading("temperature", 21.3, "Cel"),
        Reading("humidity", 60.4, "%RH"),
    ]


def test_a_pms3003_is_told_by_its_length_and_its_clean_air_is_a_value() -> None:
    assert Decoder().feed(G3 + G3_CLEAN + G3_DUSTY) == [
        *dust(1, 1, 1, 1, 1, 1),
        *dust(0, 0, 0, 0, 0, 0),
        *dust(31, 40, 48, 26, 36, 47),
    ]


def test_a_zh03_of_winsen_is_not_a_pms3003_unless_it_is_declared_to_be_one() -> None:
    assert Decoder().feed(ZH03 + G3)[0] == Gap(Why.NOISE, "24 bytes")
    assert Decoder(Settings("PMS3003")).feed(ZH03) == dust(13, 17, 19, 13, 17, 19)


@pytest.mark.parametrize("frame", [ZERO, HONEYWELL], ids=["its fan stands still", "it is Honeywell's"])
def test_no_particle_at_all_is_a_gap(frame: bytes) -> None:
    assert Decoder().feed(frame) == [Gap(Why.INVALID, "no particle at all: the fan runs up or is blocked")]


def test_a_pms3003_without_any_datum_is_a_gap() -> None:
    assert Decoder(Settings("PMS3003")).feed(framed([0] * 9)) == [
        Gap(Why.INVALID, "no particle at all: the fan runs up or is blocked")
    ]


def test_an_error_code_is_a_gap() -> None:
    frame = framed([1, 2, 3, 1, 2, 3, 500, 200, 50, 5, 2, 1, 0x9704])
    assert Decoder().feed(frame) == [Gap(Why.INVALID, "it reports error 0x04, version 151")]


@pytest.mark.parametrize("bit", range(256))
def test_a_turned_bit_never_gives_a_reading(bit: int) -> None:
    frame = bytearray(FIRST)
    frame[bit // 8] ^= 1 << bit % 8
    items = Decoder().feed(bytes(frame) + LAST + LAST)
    assert items[-12:] == [*dust(0, 5, 5, 0, 5, 5), *particles(1.38, 0.46, 0.23, 0.15, 0, 0)]
    assert isinstance(items[0], Gap)
    assert Reading("pm2_5", 8.0, "ug/m3") not in items


def test_a_lost_byte_costs_one_frame() -> None:
    items = Decoder().feed(FIRST[:9] + FIRST[10:] + LAST)
    assert items == [
        Gap(Why.CHECKSUM, "31 bytes"),
        VERSION,
        *dust(0, 5, 5, 0, 5, 5),
        *particles(1.38, 0.46, 0.23, 0.15, 0, 0),
    ]


def test_the_greeting_wakes_it_and_sets_active_mode() -> None:
    """PMS5003 data manual V2.3, appendix: commands; bytes also in PyPMS, docs/sensors/Plantower.md."""
    assert bytes.fromhex("424de400010174 424de100010171") == GREETING


@pytest.mark.parametrize(
    ("answer", "note"),
    [
        ("424d0004e1010175", Note("report mode", "active")),
        ("424d0004e1000174", Note("report mode", "on query")),
        ("424d0004e4000177", Note("state", "sleeping")),
    ],
)
def test_answers_to_commands_are_notes(answer: str, note: Note) -> None:
    """Answers of real sensors, as several public hosts list them."""
    assert Decoder().feed(bytes.fromhex(answer)) == [note]


def test_an_answer_that_is_not_known_says_nothing() -> None:
    assert Decoder().feed(bytes.fromhex("424d0004e2000175")) == []


def test_a_variant_that_is_not_known_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="variant is 'PMS4003'; expected one of: PMS3003, "):
        Settings("PMS4003")


@pytest.mark.skipif(not CAPTURES.exists(), reason="shared/data/serial/captures is missing")
def test_a_capture_reads_as_the_values_beside_it() -> None:
    lines = (CAPTURES / "PMSx003.hexdump").read_text().splitlines()
    stream = b"".join(bytes.fromhex(line[10:105]) for line in lines)
    with (CAPTURES / "PMSx003.csv").open() as table:
        rows = [[float(value) for value in row[1:]] for row in list(csv.reader(table))[1:]]
    items = Decoder().feed(stream)
    assert items[1:] == [item for row in rows for item in (*dust(*row[:6]), *particles(*row[6:]))]
    assert len(rows) == 10
    assert not [item for item in items if isinstance(item, Gap)]
