"""The simulated Plantower's own encoder, and the commands it obeys."""

import pytest

from drivers import pms
from drivers._types import Gap, Reading
from simulators.scenario import Change, World
from simulators.sensors.pms import FAST_S, STABLE_S, Sensor

SLEEP, WAKE = bytes.fromhex("424de400000173"), bytes.fromhex("424de400010174")
QUIET, ACTIVE, ASK = (bytes.fromhex(command) for command in ("424de100000170", "424de100010171", "424de200000171"))
SIZES = {"PMS3003": 24, "PMS5003": 32, "PMS5003T": 32, "PMS5003S": 32, "PMS5003ST": 40}


def warm(variant: str = "PMS5003", world: World | None = None) -> Sensor:
    sensor = Sensor(variant=variant, world=world or World())
    sensor.emit()
    return sensor


@pytest.mark.parametrize("variant", SIZES)
def test_each_variant_is_read_as_the_air_it_stands_in(variant: str) -> None:
    frame = warm(variant).emit()
    items = pms.Decoder(pms.Settings(variant)).feed(frame)
    read = {item.quantity: item.value for item in items if isinstance(item, Reading)}
    at_s = 2 * STABLE_S
    assert len(frame) == SIZES[variant]
    assert not [item for item in items if isinstance(item, Gap)]
    assert read["pm2_5"] == pytest.approx(World().value("pm2_5", at_s), abs=1)
    for quantity, what in (("temperature", "air_temperature"), ("humidity", "humidity")):
        assert quantity not in read or read[quantity] == pytest.approx(World().value(what, at_s), abs=0.1)


def test_while_the_air_changes_it_speaks_more_often() -> None:
    smoke = World(changes=(Change("pm2_5", at_s=3.0, to=400.0, over_s=10.0),))
    sensor = warm(world=smoke)
    before_s = sensor.due_s()
    sensor.emit()
    assert sensor.due_s() - before_s == pytest.approx(FAST_S)


def test_asleep_it_is_silent_and_awake_its_fan_must_run_up() -> None:
    sensor = warm()
    sensor.receive(SLEEP, 3.0)
    assert sensor.emit().hex() == "424d0004e4000177"
    assert sensor.emit() == b""
    sensor.receive(WAKE, 5.0)
    assert sensor.emit()[4:28] == bytes(24)
    assert sensor.emit()[4:28] != bytes(24)


def test_it_waits_for_questions_when_it_is_told_to() -> None:
    sensor = warm()
    sensor.receive(QUIET, 3.0)
    assert sensor.emit().hex() == "424d0004e1000174"
    assert sensor.emit() == b""
    sensor.receive(ASK, 5.0)
    assert len(sensor.emit()) == 32
    sensor.receive(ACTIVE, 5.1)
    assert sensor.emit().hex() == "424d0004e1010175"


def test_a_blocked_fan_says_zero() -> None:
    sensor = warm()
    assert sensor.trouble("placeholder", 1)
    assert sensor.emit()[4:28] == bytes(24)


def test_a_pms3003_knows_no_commands() -> None:
    sensor = warm("PMS3003")
    sensor.receive(SLEEP, 3.0)
    assert len(sensor.emit()) == 24


def test_a_command_with_a_wrong_sum_is_not_obeyed() -> None:
    sensor = warm()
    sensor.receive(SLEEP[:-1] + b"\x74", 3.0)
    assert len(sensor.emit()) == 32
