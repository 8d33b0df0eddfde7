"""Every simulated sensor keeps to what its runner relies on."""

import importlib
import pkgutil
from typing import Protocol

import pytest

import simulators.sensors
from simulators._faults import Device

NAMES = sorted(m.name for m in pkgutil.iter_modules(simulators.sensors.__path__) if not m.name.startswith("_"))
every_sensor = pytest.mark.parametrize("name", NAMES)
SECONDS = 5.0


class Make(Protocol):
    def __call__(self, *, seed: int) -> Device: ...


def sensor(name: str, seed: int = 1) -> Device:
    make: Make = importlib.import_module(f"simulators.sensors.{name}").Sensor
    return make(seed=seed)


def said(device: Device) -> list[tuple[float, bytes]]:
    out = []
    while (due_s := device.due_s()) < SECONDS:
        out.append((due_s, device.emit()))
    return out


@every_sensor
def test_time_goes_forward(name: str) -> None:
    times = [at_s for at_s, _ in said(sensor(name))]
    assert times == sorted(times)


@every_sensor
def test_asking_when_changes_nothing(name: str) -> None:
    device = sensor(name)
    assert device.due_s() == device.due_s()


@every_sensor
def test_a_restarted_sensor_speaks_from_the_beginning(name: str) -> None:
    device = sensor(name)
    said(device)
    assert device.restarted(SECONDS).due_s() == sensor(name).due_s()


@every_sensor
def test_nonsense_from_the_host_does_not_stop_it(name: str) -> None:
    device = sensor(name)
    before = len(said(sensor(name)))
    device.receive(bytes(range(256)) * 20, 0.0)
    assert len(said(device)) >= before
