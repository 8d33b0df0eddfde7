"""Weather and lightning in NMEA 0183, against a recording of gpsd (test/daemon, BSD-2), its reading, and pynmeagps."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pynmeagps.nmeareader import NMEAReader

from drivers._nmea import SENTENCE_BYTES
from drivers._types import Gap, Item, Note, Reading, Why
from drivers.nmea import Decoder

GPSD = Path(__file__).parents[2].parent / "shared/data/serial/gpsd"
with_gpsd = pytest.mark.skipif(not GPSD.exists(), reason="shared/data/serial/gpsd is missing")

# Airmar, firmware test data of 2018 in public code (shared/data/serial/frames.json)
AIRMAR = (
    b"$WIMDA,29.8991,I,1.0125,B,27.9,C,,,48.8,,16.1,C,29.4,T,32.0,M,1.6,N,0.8,M*63\r\n"
    b"$YXXDR,C,,C,WCHR,C,,C,WCHT,C,28.2,C,HINX,P,1.0090,B,STNP*55\r\n"
    b"$WIMWV,56.2,R,1.6,N,A*15\r\n"
    b"$YXXDR,A,0.0,D,PTCH,A,1.3,D,ROLL*5F\r\n"
)
# gpsd, test/daemon/bundg_zeus_9.log: a chart plotter
ZEUS = (
    b"$WIMWD,328.2,T,326.8,M,11.2,N,5.8,M*61\r\n"
    b"$WIMWV,57.5,R,13.0,N,A*26\r\n"
    b"$WIMWV,96.6,T,11.2,N,A*2E\r\n"
    b"$IIXDR,C,,C,AIRTEMP,A,-1.0,D,HEEL,A,2.9,D,TRIM,P,,B,BARO,A,-3.9,D,RUDDER*29\r\n"
)
# Strikes of a Boltek LD-350 near Athens, in public code ("Example messages from your output")
STRIKES = (
    b"$WIMLI,254,306,066.6*5E\r\n"
    b"$WIMLI,254,334,285.5*61\r\n"
    b"$WIMLI,254,349,089.3*67\r\n"
    b"$WIMLI,254,404,172.3*58\r\n"
    b"$WIMLI,254,383,099.4*67\r\n"
)
# Boltek LD-250: documentation of ts_ess_common (frames.json)
CALM = b"$WIMST,0,0,0,0,000.0*42\r\n"
STREAM = AIRMAR + ZEUS + STRIKES + CALM

Values = dict[tuple[str, int], float]


def sentence(body: str) -> bytes:
    check = 0
    for letter in body.encode():
        check ^= letter
    return f"${body}*{check:02X}\r\n".encode()


def values(items: list[Item]) -> Values:
    return {(item.quantity, item.channel): item.value for item in items if isinstance(item, Reading)}


def read(data: bytes) -> Values:
    return values(Decoder().feed(data))


def test_a_composite_is_air_and_the_wind_that_the_station_reckons() -> None:
    """Expected: frames.json."""
    assert read(AIRMAR[: AIRMAR.index(b"\n") + 1]) == pytest.approx(
        {
            ("pressure", 0): 1012.5,
            ("temperature", 0): 27.9,
            ("humidity", 0): 48.8,
            ("dew_point", 0): 16.1,
            ("wind_direction", 0): 29.4,
            ("wind_speed", 1): 0.8,
        }
    )


def test_empty_fields_are_normal() -> None:
    """Airmar without humidity and GNSS, in public code."""
    bare = read(b"$WIMDA,29.7987,I,1.0091,B,14.8,C,,,,,,,,,,,,,,*3E\r\n")
    assert bare == pytest.approx({("pressure", 0): 1009.1, ("temperature", 0): 14.8})
    assert Decoder().feed(b"$SDMTW,,C*1A\r\n" + sentence("WIMDA,,,,,,,,,,,,,,,,,,,,")) == []


def test_without_bars_and_metres_a_second_there_are_inches_and_knots() -> None:
    assert read(sentence("WIMDA,29.9213,I,,B,,C,,,,,,C,,T,,M,10.0,N,,M")) == pytest.approx(
        {("pressure", 0): 1013.25, ("wind_speed", 1): 5.14444}, rel=1e-5
    )


def test_wind_that_is_felt_and_wind_that_is_reckoned_are_two_channels() -> None:
    assert read(ZEUS) == pytest.approx(
        {
            ("wind_direction", 0): 328.2,
            ("wind_angle", 0): 57.5,
            ("wind_speed", 0): 13.0 * 1852 / 3600,
            ("wind_angle", 1): 96.6,
            ("wind_speed", 1): 11.2 * 1852 / 3600,
        }
    )


@pytest.mark.parametrize(
    ("said", "angle", "metres_a_second"),
    [
        (b"$WIMWV,56.2,R,1.6,N,A*15\r\n", 56.2, 0.82311),
        (b"$WIMWV,282,R,0.1,M,A*37\r\n", 282, 0.1),  # WXT510 User's Guide M210470EN-D, page 82
        (b"$IIMWV,344.0,R,005.9,M,A*31\r\n", 344, 5.9),  # LCJ CV7
        (sentence("IIMWV,120,R,002.10,M,00"), 120, 2.1),  # WindSonic, 9.5: the check printed there is of other letters
        (sentence("WIMWV,120,R,36.0,K,A"), 120, 10.0),
    ],
)
def test_a_wind_that_is_felt_has_an_angle_and_a_speed(said: bytes, angle: float, metres_a_second: float) -> None:
    assert read(said) == pytest.approx({("wind_angle", 0): angle, ("wind_speed", 0): metres_a_second}, rel=1e-4)


def test_in_still_air_there_is_no_angle() -> None:
    assert read(sentence("IIMWV,,R,000.04,M,A")) == {("wind_speed", 0): 0.04}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("WIMWV,,R,,N,V", "MWV: status 'V'"),
        ("IIMWV,999,R,999.99,M,04", "MWV: status '04'"),
        ("WIMWV,1.0,R,1.0,N", "MWV: status ''"),
        ("WIMWV,1.0,X,1.0,N,A", "MWV: reference 'X' is neither R nor T"),
        ("WIMWV,1.0,R,1.0,Q,A", "MWV: unit 'Q' is none of M, K, N, S"),
        ("WIMWV,nan,R,1.0,N,A", "MWV: 'nan' is not a number"),
        ("WIMDA,,,inf,B", "MDA: 'inf' is not a number"),
        ("YXXDR,P,1.0,X,STNP", "XDR: unit 'X' is none of H, P, B, M, I"),
    ],
)
def test_what_is_not_valid_is_a_gap(body: str, words: str) -> None:
    assert Decoder().feed(sentence(body)) == [Gap(Why.INVALID, words)]


@pytest.mark.parametrize(
    ("said", "quantity", "value"),
    [
        (AIRMAR[AIRMAR.index(b"$YXXDR") : AIRMAR.index(b"$WIMWV")], "pressure", 1009.0),
        (b"$IIXDR,P,1.02481,B,Barometer*29\r\n", "pressure", 1024.81),
        (b"$IIXDR,C,19.52,C,TempAir*19\r\n", "temperature", 19.52),
        (b"$WIXDR,C,022.0,C,,*52\r\n", "temperature", 22.0),  # LCJ CV7
        (b"$YXXDR,P,0.98966,B*57\r\n", "pressure", 989.66),
        (b"$YXXDR,C,19.3,C,BRDT,U,11.99,V,BRDV*75\r\n", "supply", 11.99),  # Airmar
        (b"$WIMTA,21.40,C*2C\r\n", "temperature", 21.4),
        (sentence("WIXDR,P,101320.0,P,0"), "pressure", 1013.2),
    ],
)
def test_a_transducer_is_known_by_its_type_and_name(said: bytes, quantity: str, value: float) -> None:
    assert read(said) == pytest.approx({(quantity, 0): value})


def test_the_numbered_transducers_of_a_wxt_are_known() -> None:
    """WXT530 User Guide M211840EN-C, page 120: one of its examples gives its check. The supervisor: public code."""
    rain = b"$WIXDR,V,0.02,M,0,Z,30,s,0,R,2.7,M,0,V,0.0,M,1,Z,0,s,1,R,0.0,M,1,R,6.3,M,2,R,0.0,M,3*51\r\n"
    assert read(rain) == {("rain_total", 0): 0.02, ("rain_rate", 0): 2.7, ("hail", 0): 0.0, ("hail_intensity", 0): 0.0}
    supervisor = b"$WIXDR,C,35.2,C,2,U,28.3,N,0,U,28.6,V,1,U,3.520,V,2*7F\r\n"
    assert read(supervisor) == {("heater_temperature", 0): 35.2, ("heater_voltage", 0): 28.3, ("supply", 0): 28.6}
    others = sentence("WIXDR,A,302,D,0,A,320,D,1,A,330,D,2,S,0.1,M,0,S,0.2,M,1,S,0.3,M,2")
    others += sentence("WIXDR,C,23.3,C,0,C,24.0,C,1,H,50.1,P,0,P,1009.5,H,0")
    assert {quantity: value for (quantity, _), value in read(others).items()} == pytest.approx(
        {
            "wind_direction": 320,
            "wind_lull": 0.1,
            "wind_speed": 0.2,
            "wind_gust": 0.3,
            "temperature": 23.3,
            "humidity": 50.1,
            "pressure": 1009.5,
        }
    )


def test_numbers_mean_nothing_of_a_wxt_at_address_4_or_from_another_talker() -> None:
    """WXT510 User's Guide M210470EN-D, page 135."""
    assert Decoder().feed(b"$WIXDR,C,23.5,C,4,C,24.3,C,4,H,49.3,P,4,P,1010.1,H,3*59\r\n") == []
    assert Decoder().feed(sentence("IIXDR,C,23.3,C,0,A,320,D,1")) == []


def test_strikes_are_told_with_distance_and_bearing() -> None:
    items = Decoder().feed(STRIKES)
    assert not [item for item in items if isinstance(item, Gap)]
    bearings = [item.value for item in items if isinstance(item, Reading) and item.quantity == "lightning_bearing"]
    distances = [item.value for item in items if isinstance(item, Reading) and item.quantity == "lightning_distance"]
    assert bearings == [66.6, 285.5, 89.3, 172.3, 99.4]
    assert distances == pytest.approx([254 * 1.609344] * 5)


def test_a_status_is_told_and_the_noise_a_gap() -> None:
    """``$WIMLN*AB``: the noise of an LD-350, by its letters in public code."""
    assert read(CALM) == {
        ("lightning_rate_close", 0): 0.0,
        ("lightning_rate", 0): 0.0,
        ("lightning_close_alarm", 0): 0.0,
        ("lightning_severe_alarm", 0): 0.0,
    }
    assert Decoder().feed(b"$WIMLN*AB\r\n") == [Gap(Why.INVALID, "too much noise to hear a strike")]


def test_a_boltek_sentence_with_an_xor_is_not_one() -> None:
    assert Decoder().feed(sentence("WIMLI,254,306,066.6") + CALM)[0] == Gap(Why.CHECKSUM, "25 bytes")


def test_texts_are_notes_and_a_start_up_is_a_restart() -> None:
    """WXT530 User Guide M211840EN-D, page 114, and the table of its texts."""
    assert Decoder().feed(b"$WITXT,01,01,03,Unknown cmd error*1F\r\n") == [Note("text", "Unknown cmd error")]
    assert Decoder().feed(sentence("WITXT,01,01,07,Start-up")) == [Gap(Why.RESTART, "Start-up")]


@pytest.mark.parametrize("said", [AIRMAR[: AIRMAR.index(b"\n") + 1], STRIKES[:25]])
def test_a_turned_bit_never_gives_another_value(said: bytes) -> None:
    for bit in range(8 * len(said)):
        turned = bytearray(said)
        turned[bit // 8] ^= 1 << bit % 8
        found = read(bytes(turned) + CALM * 20)
        assert found.items() <= {**read(said), **read(CALM)}.items()


def test_garbage_costs_what_it_hit_and_a_sentence_without_an_end_is_given_up() -> None:
    items = Decoder().feed(b"*7D\r\n" + CALM + b"$WI" + CALM + b"$WI" + b"x" * SENTENCE_BYTES + CALM)
    gaps = [item for item in items if isinstance(item, Gap)]
    assert gaps == [Gap(Why.NOISE, f"{count} bytes") for count in (5, 3, SENTENCE_BYTES + 3)]


def of_kind(kind: bytes) -> list[bytes]:
    lines = (GPSD / "bundg_zeus_9.log").read_bytes().splitlines(keepends=True)
    return [line for line in lines if line[3:6] == kind]


@with_gpsd
def test_a_recording_reads_whole() -> None:
    """Only gpsd's words at its head are no sentence. 150 MWD; 150 MWV of each reference; AIRTEMP and BARO are empty."""
    items = Decoder().feed((GPSD / "bundg_zeus_9.log").read_bytes())
    assert [item for item in items if isinstance(item, Gap)] == [Gap(Why.NOISE, "342 bytes")]
    counts = Counter((item.quantity, item.channel) for item in items if isinstance(item, Reading))
    assert counts == {
        ("wind_direction", 0): 150,
        ("wind_angle", 0): 150,
        ("wind_speed", 0): 150,
        ("wind_angle", 1): 150,
        ("wind_speed", 1): 300,
    }


@with_gpsd
def test_a_recording_reads_as_gpsd_reads_it() -> None:
    """gpsd tells, after each MWD and MWV, speeds to 0.1 m/s and angles to 0.1 degrees."""
    found: Values = {}
    compared: Counter[str] = Counter()
    keys = {"wanglet": ("wind_direction", 0), "wangler": ("wind_angle", 0), "wspeedr": ("wind_speed", 0)}
    for line in (GPSD / "bundg_zeus_9.log.chk").read_bytes().splitlines():
        if line.startswith(b"$WIMW"):
            found = read(line + b"\r\n")
        elif line.startswith(b'{"class":"TPV"'):
            told = json.loads(line)
            for name, key in keys.items():
                if key in found and name in told:
                    compared[name] += 1
                    assert found[key] == pytest.approx(told[name], abs=0.051)
            found = {}
    assert min(compared.values()) >= 140
    assert compared.keys() == keys.keys()


@with_gpsd
def test_a_recording_reads_as_pynmeagps_reads_it() -> None:
    for line in of_kind(b"MWD"):
        oracle: Any = NMEAReader.parse(line)
        assert read(line) == {("wind_direction", 0): oracle.dirT, ("wind_speed", 1): oracle.speedM}
    for line in of_kind(b"MWV"):
        oracle = NMEAReader.parse(line)
        channel = {"R": 0, "T": 1}[oracle.reference]
        knots = {("wind_angle", channel): oracle.angle, ("wind_speed", channel): oracle.speed * 1852 / 3600}
        assert read(line) == pytest.approx(knots)
    assert (len(of_kind(b"MWD")), len(of_kind(b"MWV"))) == (150, 300)


@with_gpsd
def test_a_torn_tcp_stream_has_no_weather_and_loses_only_what_is_torn() -> None:
    _, _, stream = (GPSD / "tcp-torture.log").read_bytes().partition(b"0.01\n")
    items = Decoder().feed(stream.replace(b"|", b"") + CALM)
    assert items[0] == Gap(Why.NOISE, "27 bytes")
    assert values(items) == read(CALM)
