"""``lamppost identify``: each simulated sensor by name, all together, and nothing sent that a sensor minds."""

import json
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from edge import plugins
from hil_tests.conversation import driver
from hil_tests.program import lamppost
from simulators._faults import Device
from simulators._pty import Pty

SENSORS = "simulators.sensors"
MOST_S = 120.0  # 15 s alone; a busy machine takes longer, and is not what is tested
DANGEROUS = {
    "MH-Z19 zero": bytes.fromhex("ff018700000000"),
    "MH-Z19 span": bytes.fromhex("ff0188"),
    "MH-Z19 range": bytes.fromhex("ff0199"),
    "SDS011 set id": bytes.fromhex("aab405"),
    "RG-15 zeroes": b"O\n",
    "RG-15 restarts": b"K\n",
    "LD2410 restore": bytes.fromhex("fdfcfbfa0200a200"),
    "NSRT weighting": bytes.fromhex("20000000"),
    "NSRT full scale": bytes.fromhex("21000000"),
    "NSRT tau": bytes.fromhex("22000000"),
    "NSRT user id": bytes.fromhex("36000000"),
}
"""Notes on serial sensors, 4c: never to be sent while probing; Modbus writes are looked for by their function."""


@dataclass
class Overheard:
    """A sensor that remembers all that it is ever told."""

    sensor: Device
    told: list[bytes] = field(default_factory=list)

    def due_s(self) -> float:
        return self.sensor.due_s()

    def emit(self) -> bytes:
        return self.sensor.emit()

    def receive(self, data: bytes, at_s: float) -> None:
        self.told.append(data)
        self.sensor.receive(data, at_s)


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found on each sensor's port, what each was told, and how long it took."""

    found: dict[str, dict[str, Any]]
    told: dict[str, bytes]
    took_s: float


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Looked:
    """Every sensor that there is, on a port each; ``identify`` looked at all of them."""
    folder = tmp_path_factory.mktemp("ports")
    sensors = {name: Overheard(plugins.load(SENSORS, name).Sensor(seed=1)) for name in plugins.names(SENSORS)}
    with ExitStack() as stack:
        ports = {name: stack.enter_context(Pty(one, folder / name)).path for name, one in sensors.items()}
        begun_s = time.monotonic()
        done = lamppost("identify", "--json", *ports.values())
        took_s = time.monotonic() - begun_s
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return Looked(
        {Path(line["port"]).name: line for line in lines},
        {name: b"".join(one.told) for name, one in sensors.items()},
        took_s,
    )


@pytest.mark.parametrize("name", plugins.names(SENSORS))
def test_a_simulated_sensor_is_named(looked: Looked, name: str) -> None:
    assert looked.found[name]["driver"] == name
    assert looked.found[name]["confidence"] >= 0.4
    assert f'driver = "{name}"' in looked.found[name]["toml"]


def test_all_together_take_no_longer_than_a_person_waits(looked: Looked) -> None:
    assert looked.took_s < MOST_S


def test_nothing_is_sent_but_the_probes_of_the_sheets(looked: Looked) -> None:
    probes = sorted((p for name in plugins.names("drivers") for p in driver(name).SHEET.probes), key=len, reverse=True)
    for told in looked.told.values():
        rest = told
        while rest:
            probe = next((one for one in probes if rest.startswith(one)), None)
            assert probe is not None, f"{rest[:40]!r} is no probe"
            rest = rest[len(probe) :]


@pytest.mark.parametrize("name", plugins.names("drivers"))
def test_no_probe_is_dangerous(name: str) -> None:
    for probe in driver(name).SHEET.probes:
        assert not [words for words, bad in DANGEROUS.items() if probe.startswith(bad)]
        assert not (len(probe) == 8 and probe[1] in (5, 6, 15, 16)), "a Modbus write"


def test_a_sensor_that_talks_is_told_nothing(looked: Looked) -> None:
    assert looked.told["sds011"] == b""
    assert looked.told["gnss"] == b""
