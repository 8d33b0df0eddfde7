"""GNSS receivers, against recordings of gpsd (test/daemon, BSD-2), pynmeagps and pyubx2.

Recordings are older than the driver: where a test is not about the roll-over, dates of their own day are let through.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pynmeagps.nmeareader import NMEAReader
from pyubx2.ubxmessage import UBXMessage
from pyubx2.ubxreader import UBXReader

from drivers._checks import fletcher8
from drivers._nmea import SENTENCE_BYTES
from drivers._types import Gap, Item, Note, Reading, Why
from drivers.gnss import BUILT, Decoder, Settings

GPSD = Path(__file__).parents[2].parent / "shared/data/serial/gpsd"
with_gpsd = pytest.mark.skipif(not GPSD.exists(), reason="shared/data/serial/gpsd is missing")

# gpsd, test/daemon/ublox-aek-4t.log: a timing receiver's TIM-TP
TIM_TP = bytes.fromhex("b5620d01100048e1f90400000000e6530000b3050300380e")
# gpsd, test/daemon/nmea-fuzzy-cases.log: a Trimble RTK receiver
RTK = b"$GPRMC,132820.60,A,4134.49821229,N,09345.03351845,W,3.252,92.308,180320,11.5985,E,D*1A\r\n"
# gpsd, test/daemon/bundg_zeus_9.log: a chart plotter
ZEUS_GGA = b"$GPGGA,094737,5251.0085,N,00518.8151,E,1,12,0.60,-4,M,46.8,M,,*4B\r\n"
ZEUS_ZDA = b"$GPZDA,094737,20,08,2018,-01,00*6B\r\n"
# gpsd, test/daemon/ublox-aek-4t.log.chk
AEK_ZDA = b"$GPZDA,231120.00,23,12,2007,00,00*62\r\n"
# robotika/osgar, osgar/drivers/test_gps.py: a u-blox with RTK in Prague, 2018-04-26
NAV_PVT = bytes.fromhex(
    "b562 01075c00 00260818 e207041a0f3b1d f7 e9030000 f51ae60b 03 43 ea 0e 40609108 94fae01d d2f10400 ad440400"
    "27000000 31000000 eeffffff 04000000 e2ffffff 12000000 d5659201 20000000 53cc2c00 a200 0000 1219263b"
    "00000000 0000 0000 5703"
)
# shared/data/serial/frames.json: built by pyubx2 1.4.0; no public capture is known
TIM_TM2 = bytes.fromhex("b5620d031c0000ea2a006009600915cd5b07f1fb090000ca5b0700000000150000008ccd")
# all dates in it, 2007, are 1024 weeks late for the driver; NAV-PVT's 2018 is no date at all, and not in it
STREAM = TIM_TP + ZEUS_GGA + b"$WIMWV,96.6,T,11.2,N,A*2E\r\n" + AEK_ZDA + TIM_TM2
OLD = Settings(not_before="2000-01-01")


def sentence(body: str) -> bytes:
    check = 0
    for letter in body.encode():
        check ^= letter
    return f"${body}*{check:02X}\r\n".encode()


def values(items: list[Item]) -> dict[str, float]:
    return {item.quantity: item.value for item in items if isinstance(item, Reading)}


def old(data: bytes) -> dict[str, float]:
    return values(Decoder(OLD).feed(data))


def only_gap(data: bytes) -> Gap:
    (gap,) = Decoder(OLD).feed(data)
    assert isinstance(gap, Gap)
    return gap


def quantisation_error_s(frame: bytes) -> float:
    """What pyubx2 reads."""
    message: Any = UBXReader.parse(frame)
    return float(message.qErr) / 1e12


def test_rmc_says_time_position_speed_and_course() -> None:
    """Expected: gpsd's own reading, nmea-fuzzy-cases.log.chk."""
    read = old(RTK)
    assert read["utc"] == datetime(2020, 3, 18, 13, 28, 20, 600_000, UTC).timestamp()
    assert (read["latitude"], read["longitude"]) == pytest.approx((41.574970205, -93.750558641), abs=1e-9)
    assert (read["speed"], read["course"]) == pytest.approx((1.673, 92.308), abs=1e-3)


def test_gga_says_position_height_and_quality() -> None:
    read = values(Decoder().feed(ZEUS_GGA))
    assert read == pytest.approx(
        {
            "latitude": 52 + 51.0085 / 60,
            "longitude": 5 + 18.8151 / 60,
            "fix": 1,
            "satellites": 12,
            "hdop": 0.6,
            "altitude": -4,
        }
    )


def test_zda_says_time() -> None:
    """gpsd, ublox-aek-4t.log.chk."""
    read = old(AEK_ZDA)
    assert read == {"utc": datetime(2007, 12, 23, 23, 11, 20, tzinfo=UTC).timestamp()}


def test_tim_tp_says_the_quantisation_error() -> None:
    """Expected: pyubx2 on the same bytes."""
    assert old(TIM_TP)["pps_quantisation_error"] == pytest.approx(quantisation_error_s(TIM_TP), rel=1e-12)


TIM_TP_SAYS = ["pps_quantisation_error", "pps_utc_week", "pps_utc_tow"]


def test_tim_tp_says_which_second_the_pulse_is_and_by_which_time() -> None:
    """frames.json: 83485000 ms of week 1459, of UTC."""
    read = old(TIM_TP)
    assert list(read) == TIM_TP_SAYS
    assert (read["pps_utc_week"], read["pps_utc_tow"]) == (1459, 83485.0)
    gnss = UBXMessage("TIM", "TIM-TP", 0, towMS=1000, towSubMS=0.5, qErr=-5, week=2400, timeBase=0, utc=1)
    assert old(gnss.serialize()) == pytest.approx(
        {"pps_quantisation_error": -5e-12, "pps_gnss_week": 2400, "pps_gnss_tow": 1.0005}, abs=1e-15
    )


def test_a_pulse_of_an_unknown_utc_has_no_time() -> None:
    guessed = UBXMessage("TIM", "TIM-TP", 0, towMS=1000, qErr=5, week=2400, timeBase=1, utc=0)
    assert list(old(guessed.serialize())) == ["pps_quantisation_error"]


def test_a_pulse_that_is_not_locked_is_a_gap() -> None:
    free = UBXMessage("TIM", "TIM-TP", 0, towMS=1000, qErr=5, week=2400, TpNotLocked=1)
    assert only_gap(free.serialize()) == Gap(Why.INVALID, "TIM-TP: the pulse is not locked to GNSS")


def test_an_unknown_quantisation_error_is_a_gap() -> None:
    """UBX-13003221, UBX-TIM-TP: bit 4 of flags."""
    message = UBXMessage("TIM", "TIM-TP", 0, towMS=1000, qErr=5, week=2400, qErrInvalid=1)
    assert only_gap(message.serialize()).why is Why.INVALID


def test_nav_pvt_says_time_position_and_how_true_they_are() -> None:
    """Expected: pyubx2 on the same bytes, a real receiver's."""
    oracle: Any = UBXReader.parse(NAV_PVT)
    second = datetime(oracle.year, oracle.month, oracle.day, oracle.hour, oracle.min, oracle.second, tzinfo=UTC)
    assert second == datetime(2018, 4, 26, 15, 59, 29, tzinfo=UTC)
    assert old(NAV_PVT) == pytest.approx(
        {
            "latitude": oracle.lat,
            "longitude": oracle.lon,
            "horizontal_accuracy": oracle.hAcc / 1000,
            "altitude": oracle.hMSL / 1000,
            "ellipsoid_height": oracle.height / 1000,
            "vertical_accuracy": oracle.vAcc / 1000,
            "speed": oracle.gSpeed / 1000,
            "course": oracle.headMot,
            "utc": second.timestamp() + oracle.nano / 1e9,
            "time_accuracy": oracle.tAcc / 1e9,
            "fix_type": oracle.fixType,
            "satellites": oracle.numSV,
        },
        rel=1e-12,
    )


def pvt(**fields: Any) -> bytes:
    """A frame of pyubx2, with a 3D fix at noon of a day."""
    day = {"year": 2026, "month": 11, "day": 25, "hour": 12, "validDate": 1, "validTime": 1, "fullyResolved": 1}
    fix = {"fixType": 3, "gnssFixOk": 1, "numSV": 9, "lat": 52.3731, "lon": 4.8926, "hMSL": 8000, "height": 51000}
    frame: bytes = UBXMessage("NAV", "NAV-PVT", 0, **(day | fix | fields)).serialize()
    return frame


@pytest.mark.parametrize("fields", [{"gnssFixOk": 0}, {"fixType": 0}, {"fixType": 1}, {"fixType": 6}])
def test_nav_pvt_without_a_fix_is_a_gap_and_zda_does_not_count(fields: dict[str, int]) -> None:
    assert only_gap(pvt(**fields)).detail.startswith("NAV-PVT: no fix (type ")
    decoder = Decoder(OLD)
    decoder.feed(pvt(**fields))
    assert decoder.feed(ZEUS_ZDA) == [Gap(Why.INVALID, "ZDA: no fix")]
    assert values(decoder.feed(pvt() + ZEUS_ZDA))["utc"]


@pytest.mark.parametrize("flag", ["validDate", "validTime", "fullyResolved"])
def test_a_time_that_is_not_valid_is_a_gap_beside_its_position(flag: str) -> None:
    items = Decoder().feed(pvt(**{flag: 0}))
    (gap,) = (item for item in items if isinstance(item, Gap))
    assert gap.detail.startswith("NAV-PVT: time is not valid (flags 0")
    assert "utc" not in values(items)
    assert values(items)["latitude"] == pytest.approx(52.3731)


def test_a_position_that_is_not_valid_is_a_gap_beside_its_time() -> None:
    items = Decoder().feed(pvt(invalidLlh=1))
    assert Gap(Why.INVALID, "NAV-PVT: position is not valid") in items
    assert "latitude" not in values(items)
    assert values(items)["utc"] == datetime(2026, 11, 25, 12, tzinfo=UTC).timestamp()


def test_a_flat_fix_has_no_height_and_a_fix_in_time_no_position() -> None:
    flat, timing = values(Decoder().feed(pvt(fixType=2))), values(Decoder().feed(pvt(fixType=5)))
    assert flat.keys() & {"latitude", "altitude", "ellipsoid_height", "vertical_accuracy"} == {"latitude"}
    assert timing.keys() == {"utc", "time_accuracy", "fix_type", "satellites"}


def test_a_receiver_that_stands_still_has_no_course() -> None:
    assert "course" not in values(Decoder().feed(pvt(headMot=90, headAcc=180)))
    assert values(Decoder().feed(pvt(headMot=-90, headAcc=5)))["course"] == pytest.approx(270)


def test_nav_pvts_time_may_be_a_little_before_its_second_and_in_a_leap_second() -> None:
    day = datetime(2026, 11, 25, 12, tzinfo=UTC).timestamp()
    assert values(Decoder().feed(pvt(nano=-250_000_000)))["utc"] == day - 0.25
    leap = values(Decoder().feed(pvt(year=2026, month=12, day=31, hour=23, min=59, second=60)))
    assert leap["utc"] == datetime(2027, 1, 1, tzinfo=UTC).timestamp()


def test_a_date_that_no_calendar_has_is_a_gap() -> None:
    assert only_gap(pvt(month=13)).why is Why.INVALID
    assert only_gap(pvt(year=0)).why is Why.INVALID


def test_tim_tm2_says_when_an_edge_came_to_the_nanosecond() -> None:
    """frames.json: rising edge 123456789 ms and 654321 ns of week 2400, 21 ns, edge 42."""
    week, tow, accuracy, count = Decoder().feed(TIM_TM2)
    assert week == Reading("event_gnss_week", 2400, "count", 0)
    assert isinstance(tow, Reading)
    assert round(tow.value * 1e9) == 123_456_789_654_321
    assert accuracy == Reading("event_accuracy", pytest.approx(21e-9), "s", 0)  # type: ignore[arg-type]
    assert count == Reading("event_count", 42, "count", 0)


@pytest.mark.parametrize("ns", [0, 1, 604_799_999_999_999, 604_799_999_999_998, 499_999_999_999_999])
def test_no_nanosecond_of_a_week_is_lost(ns: int) -> None:
    (tow,) = tm2_read(towMsR=ns // 1_000_000, towSubMsR=ns % 1_000_000)["event_gnss_tow"]
    assert round(tow.value * 1e9) == ns


def tm2(**fields: Any) -> bytes:
    edge = {"wnR": 2400, "wnF": 2401, "towMsR": 1000, "towMsF": 2000, "newRisingEdge": 1, "time": 1, "timeBase": 1}
    frame: bytes = UBXMessage("TIM", "TIM-TM2", 0, **(edge | fields)).serialize()
    return frame


def tm2_read(**fields: Any) -> dict[str, list[Reading]]:
    read: dict[str, list[Reading]] = {}
    for item in Decoder().feed(tm2(**fields)):
        assert isinstance(item, Reading)
        read.setdefault(item.quantity, []).append(item)
    return read


def test_each_edge_of_each_input_has_a_channel() -> None:
    both = tm2_read(ch=1, newFallingEdge=1)
    assert [(one.channel, one.value) for one in both["event_gnss_week"]] == [(2, 2400), (3, 2401)]
    assert [(one.channel, one.value) for one in both["event_gnss_tow"]] == [(2, 1.0), (3, 2.0)]
    falling = tm2_read(newRisingEdge=0, newFallingEdge=1)
    assert [(one.channel, one.value) for one in falling["event_gnss_tow"]] == [(1, 2.0)]


def test_an_edges_time_is_that_of_gnss_or_utc_as_its_name_says() -> None:
    assert tm2_read(timeBase=2, utc=1).keys() == {"event_utc_week", "event_utc_tow", "event_accuracy", "event_count"}


def test_without_a_new_edge_nothing_is_said() -> None:
    assert Decoder().feed(tm2(newRisingEdge=0)) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"time": 0},
        {"timeBase": 0},  # the receiver's own clock
        {"timeBase": 2, "utc": 0},
        {"timeBase": 3},
        {"towMsR": 604_800_000},
    ],
)
def test_an_edge_at_no_valid_time_is_a_gap(fields: dict[str, int]) -> None:
    assert only_gap(tm2(**fields)).why is Why.INVALID


def timels(**fields: Any) -> bytes:
    known = {"srcOfCurrLs": 2, "currLs": 18, "srcOfLsChange": 2, "validCurrLs": 1, "validTimeToLsEvent": 1}
    frame: bytes = UBXMessage("NAV", "NAV-TIMELS", 0, **(known | fields)).serialize()
    return frame


def test_leap_seconds_are_told_and_the_next_one_when_it_is_announced() -> None:
    """Layout: pyubx2. The last leap second was at the end of 2016."""
    assert values(Decoder().feed(timels(timeToLsEvent=-300_000_000))) == {"leap_seconds": 18}
    announced = values(Decoder().feed(timels(lsChange=-1, timeToLsEvent=86_400)))
    assert announced == {"leap_seconds": 18, "next_leap_second": -1, "time_to_leap_second": 86_400}


@pytest.mark.parametrize("fields", [{"validCurrLs": 0}, {"srcOfCurrLs": 0}, {"srcOfCurrLs": 255}])
def test_leap_seconds_that_the_firmware_guesses_are_a_gap(fields: dict[str, int]) -> None:
    assert only_gap(timels(**fields)).detail.startswith("NAV-TIMELS: leap seconds are not known")


def test_another_version_and_another_length_of_a_message_say_nothing() -> None:
    longer = bytes.fromhex("b562 0d03 1d00") + bytes(29)
    sums = fletcher8(longer[2:])
    assert Decoder().feed(timels(version=1) + longer + sums) == []


def test_a_date_that_is_1024_weeks_late_is_corrected_and_noted_once() -> None:
    decoder = Decoder(Settings())
    note = Note("week roll-over", "utc is 1024 weeks late and corrected")
    corrected = Reading("utc", datetime(2027, 8, 8, 23, 11, 20, tzinfo=UTC).timestamp(), "s")
    assert decoder.feed(AEK_ZDA * 2) == [note, corrected, corrected]
    right = sentence("GPZDA,120000.00,25,11,2026,00,00")
    assert decoder.feed(right)[0] == Note("week roll-over", "utc is right again")


def test_a_date_of_two_digits_is_corrected_likewise() -> None:
    """gpsd, ublox-aek-4t.log.chk."""
    items = Decoder(Settings()).feed(b"$GPRMC,231120.00,A,2037.7569,N,08704.0845,W,0.0000,0.000,231207,-2.0,W*48\r\n")
    assert values(items)["utc"] == datetime(2027, 8, 8, 23, 11, 20, tzinfo=UTC).timestamp()
    assert isinstance(items[0], Note)


def test_the_day_on_which_the_driver_was_built_is_right_and_the_one_before_is_late() -> None:
    assert BUILT.isoformat() == "2026-01-01"
    first, before = (
        Decoder(Settings()).feed(sentence(f"GPZDA,{day},00,00"))
        for day in ("000000.00,01,01,2026", "235959.00,31,12,2025")
    )
    assert first == [Reading("utc", datetime(2026, 1, 1, tzinfo=UTC).timestamp(), "s")]
    (gap,) = before
    assert gap == Gap(Why.INVALID, "utc 1767225599: before 2026-01-01, nor just 1024 weeks late")


@pytest.mark.parametrize("day", ["06,01,1980", "01,01,2000", "20,08,2018", "22,08,1999"])
def test_a_date_that_a_correction_does_not_make_likely_is_a_gap(day: str) -> None:
    (gap,) = Decoder(Settings()).feed(sentence(f"GPZDA,000000.00,{day},00,00"))
    assert isinstance(gap, Gap)
    assert gap.why is Why.INVALID


def test_a_position_counts_though_its_date_cannot_be() -> None:
    items = Decoder(Settings()).feed(RTK)
    assert [item.why for item in items if isinstance(item, Gap)] == [Why.INVALID]
    assert values(items).keys() == {"latitude", "longitude", "speed", "course"}


@pytest.mark.parametrize("week", [2448, 2448 - 1024, 2448 % 1024])
def test_weeks_of_ten_bits_and_of_late_receivers_are_those_of_today(week: int) -> None:
    items = Decoder(Settings()).feed(tm2(wnR=week) + UBXMessage("TIM", "TIM-TP", 0, week=week).serialize())
    assert values(items)["event_gnss_week"] == values(items)["pps_gnss_week"] == 2448
    assert len([item for item in items if isinstance(item, Note)]) == 2 * (week != 2448)


def test_settings_want_a_date() -> None:
    with pytest.raises(ValueError, match="not_before is 'yesterday'; expected a date, as 2026-01-01"):
        Settings(not_before="yesterday")


@pytest.mark.parametrize("talker", ["GP", "GN", "GA", "GL", "GB", "BD"])
def test_any_talker_is_heard(talker: str) -> None:
    assert values(Decoder().feed(sentence(talker + "ZDA,231120.00,23,12,2007,00,00")))


@pytest.mark.parametrize("body", ["PGRMC,A,100,100,,,,,,,,,2,", "PUBX,00", "GPGSA,A,3,07,08", "RMC", ""])
def test_other_and_proprietary_sentences_say_nothing(body: str) -> None:
    assert Decoder().feed(sentence(body)) == []


def test_text_of_the_receiver_is_a_note() -> None:
    assert Decoder().feed(sentence("GNTXT,01,01,02,ANTSTATUS=OPEN")) == [Note("text", "ANTSTATUS=OPEN")]


@pytest.mark.parametrize(
    "body",
    [
        "GNRMC,000002.00,V,,,,,,,010126,,,N",
        "GNRMC,,V,,,,,,,,,,N",
        "GNRMC,000002.00,A,5222.38,N,00453.55,E,0.0,,010126,,,E",  # dead reckoning
        "GNRMC,000002.00,A,,N,00453.55,E,0.0,,010126,,,A",
        "GNRMC,000002.00,A,5222.38,N,00453.55,E,,,010126,,,A",
        "GNRMC,000002.00,A,5222.38,N,00453.55,E,0.0,,320126,,,A",
        "GNRMC,240002.00,A,5222.38,N,00453.55,E,0.0,,010126,,,A",
        "GNRMC,000002.00,A,9122.38,N,00453.55,E,0.0,,010126,,,A",
        "GNRMC,000002.00,A,5260.00,N,00453.55,E,0.0,,010126,,,A",
        "GNRMC,000002.00,A,5222.38,,00453.55,E,0.0,,010126,,,A",
        "GNRMC,000002.00,A,nan,N,00453.55,E,0.0,,010126,,,A",
        "GNRMC,000002.00,A",
        "GNGGA,000002.00,,,,,0,00,99.99,,,,,,",
        "GNGGA,000002.00,5222.38,N,00453.55,E,6,00,99.99,1.0,M,,M,,",  # estimated
        "GNGGA,000002.00,5222.38,N,00453.55,E,12,08,0.9,1.0,M,,M,,",
        "GNGGA,000002.00,5222.38,N,00453.55,E,1,08,inf,1.0,M,,M,,",
        "GNZDA,,,,,00,00",
        "GNZDA,000002.00,01,01,0000,00,00",
        "GNZDA,000002.00,01,13,2026,00,00",
    ],
)
def test_what_is_not_valid_or_missing_is_a_gap(body: str) -> None:
    assert only_gap(sentence(body)).why is Why.INVALID


def test_a_leap_second_is_the_first_of_the_next_day() -> None:
    read = old(sentence("GPZDA,235960.00,31,12,2016,00,00"))
    assert read["utc"] == datetime(2017, 1, 1, tzinfo=UTC).timestamp()


def test_a_year_of_two_digits_lies_in_the_century_of_gps() -> None:
    first = Decoder(Settings(not_before="1980-01-06"))
    read = values(first.feed(sentence("GPRMC,000000,A,5222.38,N,00453.55,E,0.0,,060180,,,A")))
    assert read["utc"] == datetime(1980, 1, 6, tzinfo=UTC).timestamp()


def test_zda_does_not_count_once_the_receiver_has_lost_its_fix() -> None:
    decoder = Decoder(OLD)
    decoder.feed(sentence("GNGGA,000002.00,,,,,0,00,99.99,,,,,,"))
    assert decoder.feed(ZEUS_ZDA) == [Gap(Why.INVALID, "ZDA: no fix")]
    assert values(decoder.feed(ZEUS_GGA + ZEUS_ZDA))["utc"]


@pytest.mark.parametrize("bit", range(8 * len(ZEUS_GGA)))
def test_a_turned_bit_of_a_sentence_never_gives_another_value(bit: int) -> None:
    assert read_with_turned_bit(ZEUS_GGA, bit).items() <= values(Decoder().feed(ZEUS_GGA)).items()


@pytest.mark.parametrize("bit", range(8 * len(TIM_TP)))
def test_a_turned_bit_of_a_ubx_frame_never_gives_another_value(bit: int) -> None:
    assert read_with_turned_bit(TIM_TP, bit) == {}


@pytest.mark.parametrize("frame", [NAV_PVT, TIM_TM2], ids=["NAV-PVT", "TIM-TM2"])
def test_a_turned_bit_of_a_longer_frame_never_gives_another_value(frame: bytes) -> None:
    for bit in range(8 * len(frame)):
        assert read_with_turned_bit(frame, bit) == {}


def read_with_turned_bit(frame: bytes, bit: int) -> dict[str, float]:
    turned = bytearray(frame)
    turned[bit // 8] ^= 1 << bit % 8
    read = old(bytes(turned) + ZEUS_ZDA * 60)  # enough to end a length that grew
    assert read.pop("utc")
    return read


def test_garbage_between_nmea_and_ubx_costs_what_it_hit() -> None:
    items = Decoder(OLD).feed(b"*7D\r\n" + TIM_TP + b"$GP" + ZEUS_ZDA + b"\xb5\x62\x0d\x01\xff\xff" + ZEUS_ZDA)
    gaps = [item for item in items if isinstance(item, Gap)]
    assert gaps == [Gap(Why.NOISE, "5 bytes"), Gap(Why.NOISE, "3 bytes"), Gap(Why.NOISE, "6 bytes")]
    assert [item.quantity for item in items if isinstance(item, Reading)] == [*TIM_TP_SAYS, "utc", "utc"]


def test_a_sentence_without_an_end_is_given_up() -> None:
    items = Decoder(OLD).feed(b"$GP" + b"x" * SENTENCE_BYTES + ZEUS_ZDA)
    assert items[0] == Gap(Why.NOISE, f"{SENTENCE_BYTES + 3} bytes")
    assert values(items)


def sentences_of(log: str) -> Iterator[str]:
    for line in (GPSD / log).read_bytes().splitlines():
        if line[:1] in b"${" and line.isascii():
            yield line.decode()


@with_gpsd
@pytest.mark.parametrize(
    ("log", "degrees", "seconds"),
    [
        ("bundg_zeus_9.log.chk", 1e-8, 1e-3),
        # gpsd made these sentences from binary ones: rounded to 10⁻⁴ minutes, and to the second
        ("ublox-aek-4t.log.chk", 2e-6, 2e-3),
    ],
)
def test_recordings_read_as_gpsd_reads_them(log: str, degrees: float, seconds: float) -> None:
    decoder, compared = Decoder(OLD), 0
    read: dict[str, float] = {}
    for line in sentences_of(log):
        if line.startswith("$"):
            read = values(decoder.feed(line.encode() + b"\r\n")) or (read if "GSA" in line or "GSV" in line else {})
        elif "latitude" in read and (gpsd := json.loads(line)).get("class") == "TPV":
            compared += 1
            assert (read["latitude"], read["longitude"]) == pytest.approx((gpsd["lat"], gpsd["lon"]), abs=degrees)
            assert math.isclose(read.get("altitude", gpsd.get("altMSL", 0)), gpsd.get("altMSL", 0), abs_tol=0.01)
            if "utc" in read:
                assert read["utc"] == pytest.approx(datetime.fromisoformat(gpsd["time"]).timestamp(), abs=seconds)
    assert compared


@with_gpsd
def test_recordings_read_as_pynmeagps_reads_them() -> None:
    stream = (GPSD / "bundg_zeus_9.log").read_bytes()
    lines = [line for line in stream.splitlines(keepends=True) if line[3:6] in (b"RMC", b"GGA", b"ZDA")]
    for line in lines:
        oracle, read = NMEAReader.parse(line), old(line)
        assert read.get("latitude", 0) == pytest.approx(getattr(oracle, "lat", 0), abs=1e-8)
        assert read.get("longitude", 0) == pytest.approx(getattr(oracle, "lon", 0), abs=1e-8)
        assert read.get("altitude", 0) == getattr(oracle, "alt", 0)
    assert len(lines) == 438


@with_gpsd
def test_a_binary_recording_gives_its_quantisation_errors() -> None:
    """The frames that pyubx2 finds in the same bytes."""
    stream = (GPSD / "ublox-aek-4t.log").read_bytes()
    frames = [part for part in stream.split(b"\xb5\x62")[1:] if part[:2] == b"\x0d\x01"]
    expected = [quantisation_error_s(b"\xb5\x62" + frame[:22]) for frame in frames]
    items = Decoder(OLD).feed(stream)
    errors = [i.value for i in items if isinstance(i, Reading) and i.quantity == "pps_quantisation_error"]
    assert errors == pytest.approx(expected, rel=1e-12)
    assert errors


@with_gpsd
def test_a_torn_tcp_stream_loses_only_its_first_line() -> None:
    head, _, stream = (GPSD / "tcp-torture.log").read_bytes().partition(b"0.01\n")
    items = Decoder().feed(stream.replace(b"|", b""))
    assert [item for item in items if isinstance(item, Gap)] == [Gap(Why.NOISE, "27 bytes")]
    assert head.endswith(b"Delay-Cookie: | ")
    assert values(items)["latitude"] == pytest.approx(20.628798333, abs=1e-8)


POSITION = {"latitude": 284, "longitude": 284, "speed": 146, "course": 146}
QUALITY = dict.fromkeys(("altitude", "fix", "satellites", "hdop"), 138)


@with_gpsd
@pytest.mark.parametrize(
    ("log", "counts", "gap"),
    [
        # 146 RMC, 138 GGA, 154 ZDA; the gap is gpsd's own head in each file
        ("bundg_zeus_9.log", {"utc": 300, **POSITION, **QUALITY, "Gap": 1}, "342 bytes"),
        ("ublox-aek-4t.log", {"pps_quantisation_error": 4, "pps_utc_week": 4, "pps_utc_tow": 4, "Gap": 1}, "328 bytes"),
    ],
)
def test_recordings_hold_so_many_readings_and_no_gap_but_their_head(log: str, counts: dict[str, int], gap: str) -> None:
    items = Decoder(OLD).feed((GPSD / log).read_bytes())
    found = Counter(item.quantity if isinstance(item, Reading) else type(item).__name__ for item in items)
    assert found == counts
    assert Gap(Why.NOISE, gap) in items
