"""GNSS receivers, against recordings of gpsd (test/daemon, BSD-2), pynmeagps and pyubx2."""

import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pynmeagps.nmeareader import NMEAReader
from pyubx2.ubxmessage import UBXMessage
from pyubx2.ubxreader import UBXReader

from drivers._types import Gap, Item, Note, Reading, Why
from drivers.gnss import SENTENCE_BYTES, Decoder

GPSD = Path(__file__).parents[2].parent / "shared/data/serial/gpsd"
with_gpsd = pytest.mark.skipif(not GPSD.exists(), reason="shared/data/serial/gpsd is missing")

# gpsd, test/daemon/ublox-aek-4t.log: a timing receiver's TIM-TP
TIM_TP = bytes.fromhex("b5620d01100048e1f90400000000e6530000b3050300380e")
# gpsd, test/daemon/nmea-fuzzy-cases.log: a Trimble RTK receiver
RTK = b"$GPRMC,132820.60,A,4134.49821229,N,09345.03351845,W,3.252,92.308,180320,11.5985,E,D*1A\r\n"
# gpsd, test/daemon/bundg_zeus_9.log: a chart plotter
ZEUS_GGA = b"$GPGGA,094737,5251.0085,N,00518.8151,E,1,12,0.60,-4,M,46.8,M,,*4B\r\n"
ZEUS_ZDA = b"$GPZDA,094737,20,08,2018,-01,00*6B\r\n"
STREAM = RTK + TIM_TP + ZEUS_GGA + b"$WIMWV,96.6,T,11.2,N,A*2E\r\n" + ZEUS_ZDA


def sentence(body: str) -> bytes:
    check = 0
    for letter in body.encode():
        check ^= letter
    return f"${body}*{check:02X}\r\n".encode()


def values(items: list[Item]) -> dict[str, float]:
    return {item.quantity: item.value for item in items if isinstance(item, Reading)}


def only_gap(data: bytes) -> Gap:
    (gap,) = Decoder().feed(data)
    assert isinstance(gap, Gap)
    return gap


def quantisation_error_s(frame: bytes) -> float:
    """What pyubx2 reads."""
    message: Any = UBXReader.parse(frame)
    return float(message.qErr) / 1e12


def test_rmc_says_time_position_speed_and_course() -> None:
    """Expected: gpsd's own reading, nmea-fuzzy-cases.log.chk."""
    read = values(Decoder().feed(RTK))
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
    read = values(Decoder().feed(b"$GPZDA,231120.00,23,12,2007,00,00*62\r\n"))
    assert read == {"utc": datetime(2007, 12, 23, 23, 11, 20, tzinfo=UTC).timestamp()}


def test_tim_tp_says_the_quantisation_error() -> None:
    """Expected: pyubx2 on the same bytes."""
    assert values(Decoder().feed(TIM_TP)) == {"pps_quantisation_error": quantisation_error_s(TIM_TP)}


def test_an_unknown_quantisation_error_is_a_gap() -> None:
    """UBX-13003221, UBX-TIM-TP: bit 4 of flags."""
    message = UBXMessage("TIM", "TIM-TP", 0, towMS=1000, qErr=5, week=2400, qErrInvalid=1)
    assert only_gap(message.serialize()).why is Why.INVALID


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
    read = values(Decoder().feed(sentence("GPZDA,235960.00,31,12,2016,00,00")))
    assert read["utc"] == datetime(2017, 1, 1, tzinfo=UTC).timestamp()


def test_a_year_of_two_digits_lies_in_the_century_of_gps() -> None:
    old = values(Decoder().feed(sentence("GPRMC,000000,A,5222.38,N,00453.55,E,0.0,,060180,,,A")))
    assert old["utc"] == datetime(1980, 1, 6, tzinfo=UTC).timestamp()


def test_zda_does_not_count_once_the_receiver_has_lost_its_fix() -> None:
    decoder = Decoder()
    decoder.feed(sentence("GNGGA,000002.00,,,,,0,00,99.99,,,,,,"))
    assert decoder.feed(ZEUS_ZDA) == [Gap(Why.INVALID, "ZDA: no fix")]
    assert values(decoder.feed(ZEUS_GGA + ZEUS_ZDA))["utc"]


@pytest.mark.parametrize("bit", range(8 * len(ZEUS_GGA)))
def test_a_turned_bit_of_a_sentence_never_gives_another_value(bit: int) -> None:
    assert read_with_turned_bit(ZEUS_GGA, bit).items() <= values(Decoder().feed(ZEUS_GGA)).items()


@pytest.mark.parametrize("bit", range(8 * len(TIM_TP)))
def test_a_turned_bit_of_a_ubx_frame_never_gives_another_value(bit: int) -> None:
    assert read_with_turned_bit(TIM_TP, bit) == {}


def read_with_turned_bit(frame: bytes, bit: int) -> dict[str, float]:
    turned = bytearray(frame)
    turned[bit // 8] ^= 1 << bit % 8
    read = values(Decoder().feed(bytes(turned) + ZEUS_ZDA * 60))  # enough to end a length that grew
    assert read.pop("utc")
    return read


def test_garbage_between_nmea_and_ubx_costs_what_it_hit() -> None:
    items = Decoder().feed(b"*7D\r\n" + TIM_TP + b"$GP" + ZEUS_ZDA + b"\xb5\x62\x0d\x01\xff\xff" + ZEUS_ZDA)
    gaps = [item for item in items if isinstance(item, Gap)]
    assert gaps == [Gap(Why.NOISE, "5 bytes"), Gap(Why.NOISE, "3 bytes"), Gap(Why.NOISE, "6 bytes")]
    assert len(items) == len(gaps) + 3


def test_a_sentence_without_an_end_is_given_up() -> None:
    items = Decoder().feed(b"$GP" + b"x" * SENTENCE_BYTES + ZEUS_ZDA)
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
    decoder, compared = Decoder(), 0
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
        oracle, read = NMEAReader.parse(line), values(Decoder().feed(line))
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
    items = Decoder().feed(stream)
    errors = [i.value for i in items if isinstance(i, Reading) and i.quantity == "pps_quantisation_error"]
    assert errors == expected
    assert errors


@with_gpsd
def test_a_torn_tcp_stream_loses_only_its_first_line() -> None:
    head, _, stream = (GPSD / "tcp-torture.log").read_bytes().partition(b"0.01\n")
    items = Decoder().feed(stream.replace(b"|", b""))
    assert [item for item in items if isinstance(item, Gap)] == [Gap(Why.NOISE, "27 bytes")]
    assert head.endswith(b"Delay-Cookie: | ")
    assert values(items)["latitude"] == pytest.approx(20.628798333, abs=1e-8)
