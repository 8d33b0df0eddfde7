"""Simulated slaves: their encoding, held against frames of documents; what they refuse."""

from functools import partial

import pytest

from simulators._modbus import Slaves, float32, framed, integer
from simulators.sensors import modbus, scd30


def answer(sensor: Slaves | modbus.Sensor | scd30.Sensor, request: str, at_s: float = 10.0) -> str:
    sensor.receive(framed(bytes.fromhex(request)), at_s)
    return sensor.emit().hex() if sensor.due_s() < float("inf") else ""


def constant(value: float, _at_s: float) -> float:
    return value


def test_singles_and_integers_are_encoded_as_in_the_documents() -> None:
    """Interface Description SCD30, 1.4.5; JXCT's manual of temperature and humidity: 65.8 %, -10.1 degrees."""
    singles = [(0x28, 439.09515), (0x2A, 27.23828), (0x2C, 48.806744)]
    measured = {n: word for first, value in singles for n, word in float32(partial(constant, value), first).items()}
    slaves = Slaves({0x61: measured, 1: integer(lambda _: 658, 0) | integer(lambda _: -101, 1)})
    assert answer(slaves, "610300280006") == "61030c43db8c2e41d9e7ff42433a1b5007"
    assert answer(slaves, "010300000002") == "0103040292ff9b5a3d"


def test_the_low_word_may_come_first() -> None:
    slaves = Slaves({1: integer(lambda _: 0x10002, 0, 2, low_first=True)})
    assert answer(slaves, "010300000002")[6:14] == "00020001"


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ("030300010003", framed(bytes.fromhex("038302")).hex()),  # a hole between
        ("050331000001", framed(bytes.fromhex("058301")).hex()),  # input registers alone
        ("010600000001", framed(bytes.fromhex("018601")).hex()),  # a write
        ("090300000001", ""),  # nobody there
    ],
)
def test_what_a_slave_does_not_know_it_refuses(request_: str, expected: str) -> None:
    assert answer(modbus.Sensor(), request_) == expected


def test_a_slave_without_power_is_silent_and_the_others_are_not() -> None:
    sensor = modbus.Sensor()
    assert sensor.trouble("dead", 2)
    assert answer(sensor, "020301f40001") == ""
    assert answer(sensor, "010300000001")
    assert answer(sensor.restarted(20.0), "020301f40001") == ""
    sensor.trouble("dead", 0)
    assert answer(sensor, "020301f40001")


def test_a_placeholder_is_all_ones_of_the_number() -> None:
    sensor = modbus.Sensor()
    assert sensor.trouble("placeholder", 1)
    assert answer(sensor, "040300000002")[6:14] == "ffff7fff"


def test_a_measurement_of_an_scd30_is_new_once() -> None:
    sensor = scd30.Sensor()
    ready = "610300270001"
    assert [answer(sensor, ready, at_s)[6:10] for at_s in (1.5, 2.0, 2.1)] == ["0000", "0001", "0001"]
    answer(sensor, "610300280006", 2.2)
    assert [answer(sensor, ready, at_s)[6:10] for at_s in (2.3, 3.9, 4.0)] == ["0000", "0000", "0001"]


def test_an_scd30_that_boots_is_silent_and_one_that_is_stopped_has_nothing_new() -> None:
    sensor = scd30.Sensor()
    assert answer(sensor, "610300270001", 0.5) == ""
    assert sensor.trouble("stopped", 1)
    assert answer(sensor, "610300270001", 9.0)[6:10] == "0000"
    assert answer(sensor.restarted(9.0), "610300270001", 9.0)[6:10] == "0000"
