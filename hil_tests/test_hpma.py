"""The simulated HPMA115's own encoder, and the commands it obeys."""

import pytest

from drivers import hpma
from drivers._types import Reading
from simulators.sensors.hpma import Sensor

READ, STOP, START, QUIET = (bytes.fromhex(one) for one in ("68010493", "68010295", "68010196", "68012077"))


def warm(*, compact: bool) -> Sensor:
    sensor = Sensor(compact=compact)
    for _ in range(3):
        sensor.emit()
    return sensor


@pytest.mark.parametrize(
    ("compact", "size", "names"),
    [(False, 8, ["pm2_5", "pm10"]), (True, 16, ["pm1", "pm2_5", "pm4", "pm10"])],
    ids=["standard", "compact"],
)
def test_by_itself_and_asked_it_says_the_same_quantities(compact: bool, size: int, names: list[str]) -> None:
    sensor = warm(compact=compact)
    sensor.receive(READ, 3.2)
    answer, frame = sensor.emit(), sensor.emit()
    assert (len(answer), len(frame)) == (size, 32)
    for said in (answer, frame):
        items = hpma.Decoder().feed(said)
        assert [item.quantity for item in items if isinstance(item, Reading)] == names


def test_stopped_it_is_silent_and_started_its_fan_must_run_up() -> None:
    sensor = warm(compact=False)
    sensor.receive(STOP, 3.2)
    assert sensor.emit() == b"\xa5\xa5"
    assert sensor.emit() == b""
    sensor.receive(START, 4.2)
    assert sensor.emit() == b"\xa5\xa5"
    assert sensor.emit()[6:10] == bytes(4)


def test_without_auto_send_it_waits_for_questions() -> None:
    sensor = warm(compact=False)
    sensor.receive(QUIET, 3.2)
    assert sensor.emit() == b"\xa5\xa5"
    assert sensor.emit() == b""


@pytest.mark.parametrize("command", ["68010594", "68010490"], ids=["unknown", "wrong check"])
def test_what_it_does_not_know_it_refuses(command: str) -> None:
    sensor = warm(compact=False)
    sensor.receive(bytes.fromhex(command), 3.2)
    assert sensor.emit() == b"\x96\x96"


def test_a_blocked_fan_says_zero() -> None:
    sensor = warm(compact=False)
    assert sensor.trouble("placeholder", 1)
    assert sensor.emit()[6:10] == bytes(4)


def test_its_adjustment_coefficient_is_that_of_the_datasheets_example() -> None:
    sensor = warm(compact=False)
    sensor.receive(bytes.fromhex("68011087"), 3.2)
    assert sensor.emit() == bytes.fromhex("400210644a")
