"""The simulated WXT530, against the examples of its guide (M211840EN)."""

import math

import pytest

from simulators.scenario import Change, World
from simulators.sensors.wxt import Sensor, crc


def said(sensor: Sensor, question: bytes, at_s: float = 1.0) -> bytes:
    sensor.receive(question, at_s)
    return sensor.emit()


@pytest.mark.parametrize(("text", "letters"), [("0r1", "Goe"), ("0r0", "Kld"), ("0tX,Use chksum Goe", "IU~")])
def test_its_crc_is_that_of_the_guide(text: str, letters: str) -> None:
    assert crc(text) == letters


def test_it_answers_as_the_guides_device() -> None:
    sensor = Sensor()
    assert said(sensor, b"?\r\n") == b"0\r\n"
    assert said(sensor, b"0r1xxx\r\n") == b"0tX,Use chksum GoeIU~\r\n"
    assert said(sensor, b"0XP\r\n") == b"0TX,Unknown cmd error\r\n"
    assert said(sensor, b"0R2\r\n").startswith(b"0R2,Ta=")
    assert said(sensor, b"0R\r\n").count(b"\r\n") == 4
    sensor.receive(b"1R0\r\n", 2.0)
    assert math.isinf(sensor.due_s())


def test_in_lower_case_it_says_the_same_with_a_crc() -> None:
    line = said(Sensor(), b"0r2Gje\r\n").decode()
    assert line == "0r2," + said(Sensor(), b"0R2\r\n").decode()[4:-2] + crc(line[:-5]) + "\r\n"


def test_one_that_knows_no_crc_refuses() -> None:
    assert said(Sensor(knows_crc=False), b"0r0Kld\r\n") == b"0TX,Unknown cmd error\r\n"


def test_its_rain_is_counted_until_it_loses_its_power() -> None:
    sensor = Sensor(world=World(changes=(Change("rain_rate", to=36.0),)))
    said(sensor, b"0R3\r\n", 0.0)
    assert b"Rc=1.00M" in said(sensor, b"0R3\r\n", 100.1)
    assert b"Rc=0.00M" in said(sensor.restarted(101.0), b"0R3\r\n", 0.0)


def test_blocked_transducers_say_so() -> None:
    sensor = Sensor()
    assert sensor.trouble("placeholder", 1)
    _, *fields = said(sensor, b"0R1\r\n").strip().split(b",")
    assert [field[-1:] for field in fields] == [b"#"] * 6
