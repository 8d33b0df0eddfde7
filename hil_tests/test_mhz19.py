"""The simulated MH-Z19B: it boots, and what would calibrate it is counted."""

import pytest

from drivers import mhz19
from drivers._types import Gap, Reading, Why
from simulators.sensors.mhz19 import BOOT_S, Sensor

READ = bytes.fromhex("ff0186000000000079")
ZERO, BASELINE_OFF = bytes.fromhex("ff0187000000000078"), bytes.fromhex("ff0179000000000086")


def answer(sensor: Sensor, at_s: float) -> bytes:
    sensor.receive(READ, at_s)
    return sensor.emit()


def test_it_boots_and_then_says_the_air() -> None:
    sensor = Sensor()
    (boots,) = mhz19.Decoder().feed(answer(sensor, 1.0))
    assert isinstance(boots, Gap)
    assert boots.why is Why.RESTART
    co2, board = mhz19.Decoder().feed(answer(sensor, BOOT_S))
    assert isinstance(co2, Reading)
    assert isinstance(board, Reading)
    assert co2.value == pytest.approx(sensor.world.value("co2", BOOT_S), abs=20)
    assert 15 < board.value < 30


def test_what_would_calibrate_it_is_counted_and_not_answered() -> None:
    sensor = Sensor()
    sensor.receive(ZERO + BASELINE_OFF, 7.0)
    assert sensor.harmed == 2
    assert sensor.due_s() == float("inf")


def test_a_question_with_a_wrong_check_is_not_answered() -> None:
    sensor = Sensor()
    sensor.receive(READ[:-1] + b"\x78", 7.0)
    assert sensor.due_s() == float("inf")


def test_without_a_value_it_says_zero() -> None:
    sensor = Sensor()
    assert sensor.trouble("placeholder", 1)
    assert answer(sensor, 7.0) == bytes.fromhex("ff86000000000000 7a")
