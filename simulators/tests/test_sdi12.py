"""The simulated SDI-12 probe's own lines and manners, against the examples of the standard (1.4, 4.4)."""

import re

import pytest

from simulators.sensors.sdi12 import Sensor, crc


def asked(sensor: Sensor, request: bytes, at_s: float) -> bytes:
    sensor.receive(request, at_s)
    return sensor.emit() if sensor.due_s() < at_s + 1 else b""


@pytest.mark.parametrize("line", ["0+3.14OqZ", "0+3.14+2.718IWO", "0+1.11+2.22+3.33+4.44+5.55+6.66I]q"])  # 4.4.12.3
def test_its_crc_is_that_of_the_standards_examples(line: str) -> None:
    assert crc(line[:-3]) == line[-3:]


def test_it_measures_and_says_its_values_until_it_measures_again() -> None:
    sensor = Sensor()
    assert asked(sensor, b"0D0!", 0.0) == b"0\r\n"
    assert asked(sensor, b"0M!", 1.0) == b"00002\r\n"
    values = asked(sensor, b"0D0!", 2.0)
    assert re.fullmatch(rb"0\+0\.\d{4}\+\d\.\d\d\r\n", values)
    assert asked(sensor, b"0D0!", 3.0) == values
    assert asked(sensor, b"0D1!", 4.0) == b"0\r\n"


def test_asked_for_a_crc_it_says_one() -> None:
    sensor = Sensor()
    asked(sensor, b"0MC!", 0.0)
    line = asked(sensor, b"0D0!", 1.0).decode()
    assert crc(line[:-5]) == line[-5:-2]


def test_one_that_needs_time_calls_when_it_is_ready() -> None:
    sensor = Sensor(measuring_s=1.5)
    sensor.receive(b"0M!", 0.0)
    assert sensor.emit() == b"00022\r\n"
    assert 1.5 < sensor.due_s() < 2.0
    assert sensor.emit() == b"0\r\n"
    assert len(asked(sensor, b"0D0!", 2.0)) > 10


def test_a_command_while_it_measures_breaks_that_off() -> None:
    sensor = Sensor(measuring_s=5.0)
    asked(sensor, b"0M!", 0.0)
    assert asked(sensor, b"0D0!", 1.0) == b"0\r\n"
    assert sensor.due_s() == float("inf")


def test_it_says_who_it_is_and_hears_nobody_elses_name() -> None:
    assert asked(Sensor(), b"0I!", 0.0) == b"014LAMPPOSTLEVEL 1.0\r\n"
    assert asked(Sensor(), b"?!", 0.0) == b"0\r\n"
    assert asked(Sensor(), b"1M!", 0.0) == b""


def test_a_line_takes_the_time_that_it_takes_at_1200_baud() -> None:
    sensor = Sensor()
    sensor.receive(b"0M!", 0.0)
    assert 0.11 < sensor.due_s() < 0.13  # break, 3 characters, pause, 7 characters


def test_out_of_its_range_it_says_a_number_that_cannot_be() -> None:
    sensor = Sensor()
    assert sensor.trouble("placeholder", 1)
    assert not sensor.trouble("rust", 1)
    asked(sensor, b"0M!", 0.0)
    assert asked(sensor, b"0D0!", 1.0).startswith(b"0-9999.0000+")
