"""Each sensor's simulator and driver, which share no code: what the one says the other reads, whatever befalls it.

A sensor joins by its two files alone: the folders are walked.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pytest

from drivers._types import Block, Driver, Gap, Item, Latch, Reading
from drivers._units import SENML_UNITS
from edge import plugins
from simulators._faults import FAULTS, Device, faulty

NAMES = sorted({*plugins.names("drivers"), *plugins.names("simulators.sensors")})
every_sensor = pytest.mark.parametrize("name", NAMES)

FAULTY_S = 6.0
RECOVERY_S = (
    10.0  # a false head makes the GNSS driver wait for 2 KiB, which are seven seconds of the simulated receiver
)
SPECS = {
    "flip": "flip=0.001",
    "drop": "drop=0.001",
    "insert": "insert=0.001",
    "double": "double=0.001",
    "lose64": "lose64=0.2",
    "lose512": "lose512=0.1",
    "lose4095": "lose4095=0.05",
    "stall": "stall=2:2",
    "silence": "silence=2:2",
    "wrongbaud": "wrongbaud=2:2",
    "stuck": "stuck=2:2",
    "banner": "banner=2",
    "modem": "modem=2",
    "restart": "restart=3",
}
ADDS_NOISE = ("wrongbaud", "banner", "modem")


@dataclass
class Recorder:
    """Remembers what a sensor says before anything befalls it."""

    sensor: Device
    said: list[bytes] = field(default_factory=list)

    def due_s(self) -> float:
        return self.sensor.due_s()

    def emit(self) -> bytes:
        self.said.append(self.sensor.emit())
        return self.said[-1]

    def receive(self, data: bytes) -> bytes:
        return self.sensor.receive(data)

    def restarted(self, at_s: float) -> "Recorder":
        return Recorder(self.sensor.restarted(at_s), self.said)


def driver(name: str) -> Driver:
    return cast(Driver, plugins.load("drivers", name))


def sensor(name: str) -> Recorder:
    return Recorder(plugins.load("simulators.sensors", name).Sensor(seed=3))


def said(source: Any, until_s: float) -> Iterator[bytes]:
    while source.due_s() < until_s:
        yield source.emit()


def decode(name: str, pieces: Iterable[bytes]) -> list[Item]:
    decoder = driver(name).Decoder()
    return [item for piece in pieces for item in decoder.feed(piece)]


def value(item: Item) -> Any:
    """What must not be wrong, comparable."""
    if isinstance(item, Block):
        return item.boot, item.first, item.rate_hz, item.overload, item.samples.tobytes()
    return item


def values(items: list[Item]) -> list[Any]:
    return [value(item) for item in items if isinstance(item, Reading | Block | Latch)]


def befallen(name: str, spec: str) -> tuple[list[Any], list[Item]]:
    """What the sensor said, and what the driver made of it: with a fault for some seconds, then without."""
    source = sensor(name)
    broken = faulty(source, [spec], seed=5)
    pieces = list(said(broken, FAULTY_S))
    pieces += said(broken.sensor, broken.sensor.due_s() + RECOVERY_S)
    return values(decode(name, source.said)), decode(name, pieces)


def test_every_driver_has_a_simulator_and_every_simulator_a_driver() -> None:
    assert plugins.names("drivers") == plugins.names("simulators.sensors")


def test_every_fault_is_tried() -> None:
    assert SPECS.keys() == FAULTS.keys()


@every_sensor
def test_a_driver_reads_its_simulator_without_a_gap(name: str) -> None:
    source = sensor(name)
    list(said(source, 4.0))  # until it is warm
    items = decode(name, said(source, 8.0))
    assert not [item for item in items if isinstance(item, Gap)]
    assert values(items)
    assert {item.unit for item in items if isinstance(item, Reading)} <= SENML_UNITS


@every_sensor
def test_a_sensor_speaks_as_often_as_its_driver_expects(name: str) -> None:
    source, last_s = sensor(name), 0.0
    while (due_s := source.due_s()) < 10.0:
        assert due_s - last_s <= 1.5 * driver(name).PERIOD_S
        last_s = due_s
        source.emit()


@every_sensor
def test_a_greeting_leaves_a_sensor_talking(name: str) -> None:
    source = sensor(name)
    decode(name, [source.receive(driver(name).GREETING)])
    assert values(decode(name, said(source, 6.0)))


@every_sensor
@pytest.mark.parametrize("fault", SPECS)
def test_under_a_fault_nothing_wrong_is_read_and_the_driver_recovers(name: str, fault: str) -> None:
    true, items = befallen(name, SPECS[fault])
    read = values(items)
    assert set(read) <= set(true)
    assert read[-1] == true[-1]


@every_sensor
@pytest.mark.parametrize("fault", ADDS_NOISE)
def test_bytes_that_are_not_the_sensors_are_told(name: str, fault: str) -> None:
    _, items = befallen(name, SPECS[fault])
    assert [item for item in items if isinstance(item, Gap)]


@pytest.mark.parametrize("fault", SPECS)
def test_no_sample_of_the_front_end_is_missing_without_a_gap(fault: str) -> None:
    """Between two blocks that do not join there is always a gap that says so."""
    _, items = befallen("pcm", SPECS[fault])
    expected, told = None, True
    for item in items:
        if isinstance(item, Gap):
            told = True
        elif isinstance(item, Block):
            assert told or (item.boot, item.first) == expected
            expected, told = (item.boot, item.first + item.samples.shape[1]), False


def test_the_front_ends_samples_are_those_of_its_signal() -> None:
    front_end = plugins.load("simulators.sensors", "pcm").Sensor(seed=3)
    blocks = [item for item in decode("pcm", said(front_end, 1.0)) if isinstance(item, Block)]
    heard = np.concatenate([block.samples for block in blocks], axis=1)
    np.testing.assert_allclose(heard, front_end.signal.samples(0, heard.shape[1]), atol=2.0**-24)
