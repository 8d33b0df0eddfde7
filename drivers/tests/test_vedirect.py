r"""Victron VE.Direct, against recordings of a BMV-702 and a BlueSolar 75/15 (karioja/vedirect, test/*.dump, MIT)."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from drivers._screen import Screen
from drivers._types import Gap, Item, Note, Reading, Why
from drivers.vedirect import LINE, LONGEST_BLOCK_BYTES, PERIOD_S, SHEET, Decoder

RECORDINGS = Path(__file__).parents[2].parent / "shared/data/serial/vedirect"
recorded = pytest.mark.skipif(not RECORDINGS.exists(), reason="shared/data/serial/vedirect is missing")

# bvm702.dump, its first two blocks
BMV = (
    b"\r\nPID\t0x203\r\nV\t12065\r\nI\t-7625\r\nP\t-92\r\nCE\t-65473\r\nSOC\t839\r\nTTG\t942\r\nAlarm\tOFF\r\nRelay\tOFF"
    b"\r\nAR\t0\r\nBMV\t700\r\nFW\t0308\r\nChecksum\tq"
)
HISTORY = (
    b"\r\nH1\t-149322\r\nH2\t-82854\r\nH3\t0\r\nH4\t0\r\nH5\t0\r\nH6\t-5526294\r\nH7\t11733\r\nH8\t16161\r\nH9\t368003"
    b"\r\nH10\t26\r\nH11\t0\r\nH12\t0\r\nH17\t6843\r\nH18\t8527\r\nChecksum\t\xbc"
)
# bluesolar_1.23.dump, its first whole block and its first HEX frame
MPPT = (
    b"\r\nPID\t0xA042\r\nFW\t123\r\nSER#\tHQ1411MYIKN\r\nV\t12530\r\nI\t620\r\nVPV\t33580\r\nPPV\t8\r\nCS\t3\r\nERR\t0"
    b"\r\nLOAD\tON\r\nIL\t0\r\nH19\t8272\r\nH20\t0\r\nH21\t11\r\nH22\t25\r\nH23\t119\r\nHSDS\t274\r\nChecksum\t\xb0"
)
HEX = b":A501000000000000000000000ED04C6040000000000C200000000000B0000000900C80D120172\n"
STREAM = BMV + HISTORY + HEX + MPPT

OF_BMV = [
    Reading("battery_voltage", 12.065, "V"),
    Reading("battery_current", -7.625, "A"),
    Reading("battery_power", -92.0, "W"),
    Reading("consumed_charge", -65.473, "Ah"),
    Reading("state_of_charge", 83.9, "/100"),
    Reading("time_to_go", 942.0, "min"),
    Reading("alarm", 0.0, "count"),
    Reading("relay", 0.0, "count"),
    Reading("alarm_reason", 0.0, "count"),
]
OF_MPPT = [
    Reading("battery_voltage", 12.53, "V"),
    Reading("battery_current", 0.62, "A"),
    Reading("panel_voltage", 33.58, "V"),
    Reading("panel_power", 8.0, "W"),
    Reading("charger_state", 3.0, "count"),
    Reading("charger_error", 0.0, "count"),
    Reading("load", 1.0, "count"),
    Reading("load_current", 0.0, "A"),
    Reading("yield_today", 0.0, "kWh"),
]


def block(*fields: tuple[str, str]) -> bytes:
    text = b"".join(f"\r\n{label}\t{value}".encode() for label, value in fields) + b"\r\nChecksum\t"
    return text + bytes((-sum(text) % 256,))


def readings(items: list[Item]) -> list[Item]:
    return [item for item in items if isinstance(item, Reading)]


def gaps(items: list[Item]) -> list[Item]:
    return [item for item in items if isinstance(item, Gap)]


def test_a_battery_monitor_says_what_its_recording_says_and_its_history_is_not_told() -> None:
    items = Decoder().feed(BMV + HISTORY)
    assert readings(items) == OF_BMV
    assert [item for item in items if isinstance(item, Note)] == [
        Note("product", "0x203"),
        Note("model", "700"),
        Note("firmware", "0308"),
    ]


def test_a_solar_charger_says_what_its_recording_says() -> None:
    items = Decoder().feed(MPPT)
    assert readings(items) == OF_MPPT
    assert Note("unique_id", "HQ1411MYIKN") in items


def test_what_a_device_says_of_itself_is_noted_once() -> None:
    assert Decoder().feed(MPPT + MPPT) == [*Decoder().feed(MPPT), *OF_MPPT]


@recorded
def test_every_block_of_the_battery_monitor_s_recording_passes() -> None:
    """906 of 906; the recording ends within the next."""
    items = Decoder().feed((RECORDINGS / "bvm702.dump").read_bytes())
    assert gaps(items) == []
    told = Counter(item.quantity for item in items if isinstance(item, Reading))
    assert told == dict.fromkeys((reading.quantity for reading in OF_BMV), 453)


@recorded
def test_of_the_solar_charger_s_recording_only_what_was_cut_at_its_start_is_lost() -> None:
    """248 blocks; before the first the checksum of one that was cut, between them seven HEX frames."""
    data = (RECORDINGS / "bluesolar_1.23.dump").read_bytes()
    items = Decoder().feed(data)
    assert gaps(items) == [Gap(Why.NOISE, "1 bytes")]
    told = Counter(item.quantity for item in items if isinstance(item, Reading))
    assert told == dict.fromkeys((reading.quantity for reading in OF_MPPT), 248)
    assert data.count(b"\n:A") + data.count(b":A501") >= 7


@recorded
@pytest.mark.parametrize("name", ["bvm702.dump", "bluesolar_1.23.dump"])
def test_a_recording_in_odd_pieces_says_the_same(name: str) -> None:
    data, decoder = (RECORDINGS / name).read_bytes(), Decoder()
    pieces = [item for at in range(0, len(data), 7) for item in decoder.feed(data[at : at + 7])]
    assert pieces == Decoder().feed(data)


@pytest.mark.parametrize("at", range(1, len(MPPT) - 1))
def test_a_hex_frame_may_stand_anywhere_inside_a_block(at: int) -> None:
    items = Decoder().feed(MPPT[:at] + HEX + MPPT[at:])
    assert items == Decoder().feed(MPPT)


def test_the_hex_frames_of_the_document_hold() -> None:
    """VE.Direct Protocol FAQ, Q3: get battery capacity, and its answer."""
    assert Decoder().feed(b":70010003E\n:7001000C80076\n") == []


def test_a_damaged_hex_frame_is_told_and_costs_no_block() -> None:
    damaged = HEX.replace(b"C604", b"C605")
    assert Decoder().feed(MPPT + damaged + MPPT)[-10:] == [Gap(Why.CHECKSUM, "HEX frame of 79 bytes"), *OF_MPPT]


@pytest.mark.parametrize("byte", [b":", b"\r", b"\n", b"\t", b"\x00", b"\xff"])
def test_the_checksum_may_be_any_byte(byte: bytes) -> None:
    """The name of the model is chosen so that the sum needs just this byte."""
    names = (chr(letter) * count for letter in range(33, 127) for count in range(1, 20))
    found = (block(("V", "12000"), ("BMV", name)) for name in names)
    text = next(one for one in found if one.endswith(byte))
    items = Decoder().feed(text + BMV)
    assert gaps(items) == []
    assert len(readings(items)) == 1 + len(OF_BMV)


@pytest.mark.parametrize("bit", range(0, 8 * len(MPPT), 5))
def test_a_turned_bit_costs_its_block_and_no_other(bit: int) -> None:
    damaged = bytearray(MPPT)
    damaged[bit // 8] ^= 1 << bit % 8
    items = Decoder().feed(BMV + bytes(damaged) + BMV)
    assert readings(items) == [*OF_BMV, *OF_BMV]
    assert gaps(items)


@pytest.mark.parametrize("cut", range(1, len(MPPT), 3))
def test_a_lost_piece_costs_its_block_and_no_other(cut: int) -> None:
    items = Decoder().feed(BMV + MPPT[:cut] + BMV)
    assert readings(items) == [*OF_BMV, *OF_BMV]
    assert gaps(items)


def test_the_rest_of_a_torn_block_is_not_taken_for_a_block_though_it_sums_to_0() -> None:
    torn = block(("I", "-7"), ("P", "-1"))
    assert readings(Decoder().feed(BMV + b"\r\nPID\t0x2\xff03" + torn)) == OF_BMV


def test_a_label_twice_in_a_block_is_two_blocks_that_lost_their_border() -> None:
    assert Decoder().feed(block(("V", "12000"), ("V", "11000"))) == [Gap(Why.CHECKSUM, "30 bytes")]


def test_a_product_whose_blocks_begin_otherwise_is_known_after_its_first_block() -> None:
    """A BMV-600 begins with V."""
    old = block(("V", "12800"), ("VS", "12700"), ("I", "15"))
    items = Decoder().feed(old + b"noise" + old)
    assert readings(items) == 2 * [
        Reading("battery_voltage", 12.8, "V"),
        Reading("battery_voltage", 12.7, "V", 1),
        Reading("battery_current", 0.015, "A"),
    ]
    assert gaps(items) == [Gap(Why.NOISE, "5 bytes")]


def test_an_inverter_says_what_it_gives() -> None:
    """Fields and units of a Phoenix inverter: VE.Direct Protocol, "Fields"."""
    items = Decoder().feed(block(("PID", "0xA201"), ("AC_OUT_V", "23010"), ("AC_OUT_I", "-3"), ("WARN", "0")))
    assert readings(items) == [
        Reading("output_voltage", 230.1, "V"),
        Reading("output_current", -0.3, "A"),
        Reading("alarm_reason", 0.0, "count", 1),
    ]


def test_no_value_is_a_gap_once_and_again_after_there_was_one() -> None:
    """BMV-712 without a temperature sensor says T ---; TTG is -1 while the battery is not discharged."""
    none, some = block(("T", "---"), ("TTG", "-1")), block(("T", "-4"), ("TTG", "600"))
    there = [Reading("temperature", -4.0, "Cel"), Reading("time_to_go", 600.0, "min")]
    gone = [Gap(Why.INVALID, "T is ---: there is no value"), Gap(Why.INVALID, "TTG is -1: there is no value")]
    assert Decoder().feed(none + none + some + none) == [*gone, *there, *gone]


def test_the_readings_of_a_block_are_told_all_or_none() -> None:
    items = Decoder().feed(block(("PID", "0x203"), ("V", "12000"), ("SOC", "?")))
    assert items == [Gap(Why.INVALID, "SOC is '?': no value of it")]


def test_endless_text_is_told_in_pieces_and_a_block_within_it_is_read() -> None:
    items = Decoder().feed(b"x" * 5000 + BMV + b"x" * 5000)
    assert readings(items) == OF_BMV
    lengths = [int(gap.detail.split()[0]) for gap in items if isinstance(gap, Gap)]
    assert max(lengths) < 2 * LONGEST_BLOCK_BYTES
    assert 10_000 - 2 * LONGEST_BLOCK_BYTES <= sum(lengths) <= 10_000


def test_two_minutes_of_noise_at_line_rate_is_no_reading() -> None:
    rng, decoder, screen = np.random.default_rng(5), Decoder(), Screen(SHEET, PERIOD_S)
    told = [
        item
        for second in range(3600)
        for item in screen.items(decoder.feed(rng.bytes(LINE.baud // 10)), float(second))
        if not isinstance(item, Gap)
    ]
    assert told == []
