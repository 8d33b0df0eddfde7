"""The simulated RG-15 says its lines as a real one does, and does what the instructions say."""

import math

import pytest

from simulators.scenario import Change, World
from simulators.sensors.rg15 import BOOT_S, Sensor, line

STORM = World(changes=(Change("rain_rate", to=36.0),))  # 0.01 mm a second


def told(sensor: Sensor, command: bytes, at_s: float) -> bytes:
    sensor.receive(command + b"\n", at_s)
    return sensor.emit() if sensor.due_s() < math.inf else b""


def booted(sensor: Sensor) -> Sensor:
    while sensor.due_s() <= BOOT_S:
        sensor.emit()
    return sensor


def test_its_line_is_that_of_a_real_one() -> None:
    """Another program's tests (frames.json) and esphome/issues#3323."""
    assert line((0.01, 0.2, 12.6, 0.47)) == b"Acc  0.01 mm, EventAcc  0.20 mm, TotalAcc 12.60 mm, RInt  0.47 mmph\r\n"
    assert line((0.04, 1.63, 6.51, 99.81)) == b"Acc  0.04 mm, EventAcc  1.63 mm, TotalAcc  6.51 mm, RInt 99.81 mmph\r\n"


def test_in_inches_it_has_three_decimals() -> None:
    assert line((25.4, 0.0, 0.0, 0.0), metric=False).startswith(b"Acc 1.000 in, EventAcc 0.000 in")


@pytest.mark.parametrize("command", [b"P", b"C", b"H", b"L", b"M", b"I", b"S", b"p", b"c\r"])
def test_a_setting_is_acknowledged_in_lower_case(command: bytes) -> None:
    assert told(booted(Sensor()), command, 4.0) == command.strip().lower() + b"\r\n"


def test_it_hears_nothing_before_it_has_booted() -> None:
    sensor = Sensor()
    sensor.receive(b"R\n", 1.0)
    booted(sensor)
    assert sensor.due_s() == math.inf


def test_acc_is_what_fell_since_the_last_line() -> None:
    sensor = booted(Sensor(world=STORM))
    told(sensor, b"R", 100.0)
    fields = told(sensor, b"R", 110.0).split()
    assert float(fields[1]) == pytest.approx(0.1, abs=0.03)


def test_o_zeroes_and_k_restarts() -> None:
    sensor = booted(Sensor(world=STORM))
    told(sensor, b"R", 100.0)
    told(sensor, b"O", 101.0)
    assert b"TotalAcc  0.0" in told(sensor, b"R", 102.0)
    assert told(sensor, b"K", 103.0) == b"Reset D\r\n"
    assert b"RG-15" in sensor.emit()


def test_in_continuous_mode_it_tells_each_change_by_itself() -> None:
    sensor = booted(Sensor(world=STORM, continuous=True))
    assert sensor.due_s() == BOOT_S + 6.0
    assert b"Event\r\n" in (first := sensor.emit())
    assert b"Acc " in first


def test_an_rg9_tells_a_level() -> None:
    sensor = booted(Sensor(world=STORM, model="RG-9"))
    assert told(sensor, b"R", 100.0) == b"R 7\r\n"


def test_the_total_survives_a_restart() -> None:
    sensor = booted(Sensor(world=STORM))
    before = told(sensor, b"R", 100.0).split()[-5:]
    again = booted(sensor.restarted(101.0))
    assert float(told(again, b"R", 4.0).split()[-5]) == pytest.approx(float(before[0]), abs=0.1)


def test_with_a_bad_lens_it_says_so_in_each_line() -> None:
    sensor = booted(Sensor())
    assert sensor.trouble("placeholder", 1)
    assert not sensor.trouble("rust", 1)
    assert told(sensor, b"R", 4.0).endswith(b"mmph LensBad\r\n")
