"""Winsen's simulated modules: each model's own encoder, by itself and asked, and the modes it is told."""

import pytest

from drivers import winsen
from drivers._types import Reading
from simulators.sensors.winsen import Sensor

READ, WAIT, SPEAK = (bytes.fromhex(one) for one in ("ff0186000000000079", "ff01784100000000 46", "ff01784000000000 47"))
MODELS = {
    "ZE07-CO": (winsen.Settings("ZE07-CO"), "co", 0.4),
    "ZE08-CH2O": (winsen.Settings("ZE08-CH2O"), "hcho", 0.005),
    "ZE12-NO2": (winsen.Settings("ZE12", gas="no2"), "no2", 0.005),
    "ZE12-CO": (winsen.Settings("ZE12", gas="co"), "co", 0.005),
    "ZE25-O3": (winsen.Settings("ZE25-O3"), "o3", 0.005),
    "ZH03B": (winsen.Settings("ZH03B"), "pm2_5", 3.0),
}


def settled(model: str = "ZE07-CO") -> Sensor:
    sensor = Sensor(model=model)
    for _ in range(2):
        sensor.emit()
    return sensor


@pytest.mark.parametrize("model", MODELS)
def test_by_itself_and_asked_it_says_the_air_it_stands_in(model: str) -> None:
    settings, quantity, near = MODELS[model]
    sensor = settled(model)
    sensor.receive(READ, 2.9)
    for said in (sensor.emit(), sensor.emit()):
        read = {one.quantity: one.value for one in winsen.Decoder(settings).feed(said) if isinstance(one, Reading)}
        assert read[quantity] == pytest.approx(sensor.world.value(quantity, 3.0), abs=near)


def test_told_to_wait_it_speaks_only_when_asked_until_it_is_told_to_speak() -> None:
    sensor = settled()
    sensor.receive(WAIT, 2.1)
    assert sensor.emit() == b""
    sensor.receive(READ, 3.2)
    assert sensor.emit()[:2] == b"\xff\x86"
    sensor.receive(SPEAK, 3.4)
    assert sensor.emit()[:2] == b"\xff\x04"


def test_switched_on_again_it_speaks_by_itself() -> None:
    sensor = settled()
    sensor.receive(WAIT, 2.1)
    assert sensor.restarted(5.0).emit()[:2] == b"\xff\x04"


def test_a_cell_that_fails_sets_the_top_bit() -> None:
    sensor = settled()
    assert sensor.trouble("placeholder", 1)
    assert sensor.emit()[4] & 0x80


def test_a_question_with_a_wrong_check_is_not_answered() -> None:
    sensor = settled()
    sensor.receive(READ[:-1] + b"\x78", 2.1)
    assert sensor.emit()[:2] == b"\xff\x04"
