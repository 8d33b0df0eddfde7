"""Gill WindSonic and MaxiMet, against the examples of their manuals."""

import pytest

from drivers._types import Gap, Item, Note, Reading, Why
from drivers.windsonic import BODY_BYTES, Decoder, Settings

# WindSonic User Manual 1405-PS-0019 issue 28, 9.1
POLAR = b"\x02Q,229,002.74,M,00,\x0316\r\n"
# The same, 10: the power-up message
POWER_UP = (
    b"WINDSONIC (Gill Instruments Ltd)\r\n2368-110-01\r\nRS485/RS422 (CFG)\r\n"
    b"CHECKSUM ROM:E15C E15C *PASS*\r\nCHECKSUM FAC:0A42 0A42 *PASS*\r\n"
    b"CHECKSUM ENG:12BE 12BE *PASS*\r\nCHECKSUM CAL:C980 C980 *PASS*\r\n"
)
STREAM = POLAR * 3

# MaxiMet User Manual 1957-PS-021 issue 3, page 42: the factory's report of a GMX240 with GPS, and an example
GMX240 = (
    b"\x02Q,180,000.06,133,000.21,00000.000,000.000,+50.763060:-001.540268:+0001.60,2017-11-02T15:07:27.6,+05.0,0004,"
    b"\x0331\r\n"
)
GMX240_REPORT = "NODE DIR SPEED CDIR CSPEED PRECIPT PRECIPI GPSLOCATION TIME VOLT STATUS CHECK"
# Page 44: all columns of a GMX300; those that are not read are named by the order in the text
GMX300 = (
    b"\x02Q,0999.5,0999.5,0999.5,040,+023.3,+009.1,08.45,,1.2,+015.1,07:58,12:08,16:19,162:+15,16:57,17:39,18:19,+00,+01,"
    b"+1,,2018-01-16T10:55:38.5,+05.1,0000,\x031F\r\n"
)
GMX300_REPORT = (
    "NODE PRESS SEA STATION RH TEMP DEWPOINT ABSOLUTE HEAT DENSITY WET RISE NOON SET SUN CIVIL NAUTICAL ASTRONOMICAL "
    "X Y Z USER TIME VOLT STATUS CHECK"
)


def framed(body: str) -> bytes:
    check = 0
    for letter in body.encode():
        check ^= letter
    return f"\x02{body}\x03{check:02X}\r\n".encode()


def values(items: list[Item]) -> dict[tuple[str, int], float]:
    return {(item.quantity, item.channel): item.value for item in items if isinstance(item, Reading)}


def wind(direction: float, speed: float) -> list[Reading]:
    return [Reading("wind_direction", direction, "deg"), Reading("wind_speed", speed, "m/s")]


def test_the_manuals_frame_is_a_wind_of_2_74_metres_a_second_from_229_degrees() -> None:
    assert Decoder().feed(POLAR) == wind(229.0, 2.74)


def test_in_still_air_there_is_a_speed_and_no_direction_and_no_gap() -> None:
    assert Decoder().feed(framed("Q,,000.04,M,00,")) == [Reading("wind_speed", 0.04, "m/s")]


@pytest.mark.parametrize(
    ("unit", "metres_a_second"), [("M", 10), ("N", 5.14444), ("P", 4.4704), ("K", 2.77778), ("F", 0.0508)]
)
def test_speeds_are_in_metres_a_second_whatever_the_unit(unit: str, metres_a_second: float) -> None:
    read = values(Decoder().feed(framed(f"Q,229,010.00,{unit},00,")))
    assert read["wind_speed", 0] == pytest.approx(metres_a_second, rel=1e-5)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("01", "axis 1 failed"),
        ("02", "axis 2 failed"),
        ("04", "axes 1 and 2 failed"),
        ("08", "its non-volatile memory is damaged"),
        ("09", "its program memory is damaged"),
        ("3C", "status '3C'"),
    ],
)
def test_a_status_that_is_not_fine_is_a_gap_and_no_wind(status: str, words: str) -> None:
    assert Decoder().feed(framed(f"Q,999,999.99,M,{status},")) == [Gap(Why.INVALID, words)]
    assert Decoder().feed(framed(f"Q,,,M,{status},")) == [Gap(Why.INVALID, words)]


def test_a_heated_one_is_fine() -> None:
    assert Decoder().feed(framed("Q,229,002.74,M,60,")) == wind(229.0, 2.74)


def test_speeds_along_the_axes_are_a_speed() -> None:
    """9.2, "Q,+001.59,-002.74,M,00,"; the check printed there, 2D, is not of these letters."""
    (speed,) = Decoder().feed(framed("Q,+001.59,-002.74,M,00,"))
    assert isinstance(speed, Reading)
    assert speed.value == pytest.approx((1.59**2 + 2.74**2) ** 0.5)
    assert Decoder().feed(framed("Q,+000.00,+000.00,M,01,")) == [Gap(Why.INVALID, "axis 1 failed")]


def test_its_power_up_message_is_a_restart_and_says_its_firmware() -> None:
    assert Decoder().feed(POWER_UP + POLAR) == [
        Gap(Why.RESTART, "WINDSONIC (Gill Instruments Ltd)"),
        Note("firmware", "2368-110-01"),
        Note("line", "RS485/RS422 (CFG)"),
        *wind(229.0, 2.74),
    ]


def test_a_memory_that_fails_its_own_check_is_a_gap() -> None:
    said = Decoder().feed(b"CHECKSUM CAL:C980 C981 *FAIL*\r\n")
    assert said == [Gap(Why.INVALID, "its memory CAL is damaged")]


def test_a_maximet_is_read_by_its_report_and_its_status_is_of_the_wind_alone() -> None:
    items = Decoder(Settings(report=GMX240_REPORT)).feed(GMX240)
    assert items[0] == Gap(Why.INVALID, "axes 1 and 2 failed")
    assert values(items) == {("rain_total", 0): 0.0, ("rain_rate", 0): 0.0, ("supply", 0): 5.0}


def test_a_maximet_without_wind_is_read() -> None:
    assert values(Decoder(Settings(report=GMX300_REPORT)).feed(GMX300)) == {
        ("pressure", 0): 999.5,
        ("humidity", 0): 40.0,
        ("temperature", 0): 23.3,
        ("dew_point", 0): 9.1,
        ("supply", 0): 5.1,
    }


def test_wind_that_is_corrected_is_a_channel_of_its_own() -> None:
    settings = Settings(report="NODE,DIR,SPEED,CDIR,CSPEED,STATUS")
    assert values(Decoder(settings).feed(framed("Q,180,000.06,133,000.21,0000,"))) == {
        ("wind_direction", 0): 180.0,
        ("wind_speed", 0): 0.06,
        ("wind_direction", 1): 133.0,
        ("wind_speed", 1): 0.21,
    }


@pytest.mark.parametrize(
    "body",
    [
        "Q,001.59,1,00,M,",  # tunnel mode
        "Q,229,002.74,X,00,",
        "Q,229,nan,M,00,",
        "Q,229,002.74,M,00",
        "Q,229,002.74,M,00,,",
        "Q,229,2,74,M,00,",
        "Q",
        "",
    ],
)
def test_a_body_that_is_not_the_report_is_a_gap(body: str) -> None:
    (gap,) = Decoder().feed(framed(body))
    assert isinstance(gap, Gap)
    assert gap.why is Why.INVALID


@pytest.mark.parametrize("bit", range(8 * len(POLAR)))
def test_a_turned_bit_never_gives_another_value(bit: int) -> None:
    frame = bytearray(POLAR)
    frame[bit // 8] ^= 1 << bit % 8
    items = [item for item in Decoder().feed(bytes(frame) + POLAR * 12) if isinstance(item, Reading)]
    assert {(item.quantity, item.value) for item in items} == {("wind_direction", 229.0), ("wind_speed", 2.74)}


def test_a_failed_check_is_told_from_noise() -> None:
    items = Decoder().feed(POLAR.replace(b"229", b"228") + POLAR)
    assert items == [Gap(Why.CHECKSUM, "22 bytes"), *wind(229.0, 2.74)]


def test_a_frame_or_a_line_of_text_without_an_end_is_given_up() -> None:
    items = Decoder().feed(b"\x02" + b"1" * BODY_BYTES + b"W" * 100 + POLAR)
    assert items == [Gap(Why.NOISE, f"{1 + BODY_BYTES + 100} bytes"), *wind(229.0, 2.74)]


@pytest.mark.parametrize("report", ["", "DIR SPEED", "NODE", "NODE TIME CHECK"])
def test_a_report_of_nothing_is_refused(report: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        Settings(report=report)
