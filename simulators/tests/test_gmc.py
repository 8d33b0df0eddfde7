"""The simulated Geiger counter, read by pygmc, which was written against real ones."""

from collections.abc import Callable
from typing import Any

import pytest
from pygmc.connection.connection import Connection
from pygmc.devices.gmc320 import GMC320
from pygmc.devices.gmc500 import GMC500Plus

from simulators.sensors.gmc import CPM_PER_USV_H, LATENCY_S, Sensor

CONNECT: Callable[..., Any] = Connection


class Cable:
    """As much of a serial port as pygmc uses; each read waits for as long as the counter takes."""

    def __init__(self, sensor: Sensor) -> None:
        self.sensor, self.now_s, self.read = sensor, 100.0, b""

    def write(self, data: bytes) -> None:
        self.sensor.receive(data, self.now_s)

    def read_until(self, expected: bytes, size: int) -> bytes:  # noqa: ARG002  pygmc never expects an end
        while len(self.read) < size:
            self.now_s = self.sensor.due_s()
            self.read += self.sensor.emit()
        found, self.read = self.read[:size], self.read[size:]
        return found

    def read_all(self) -> bytes:
        found, self.read = self.read, b""
        return found

    def flush(self) -> None:
        """Nothing waits."""

    reset_input_buffer = reset_output_buffer = flush


def counter(kind: Callable[..., Any], sensor: Sensor) -> Any:
    return kind(None, connection=CONNECT(None, 115_200, serial_connection=Cable(sensor)))


def test_pygmc_reads_a_500() -> None:
    device = counter(GMC500Plus, Sensor())
    assert device.get_version() == "GMC-500+Re 2.22"
    assert device.get_cpm() == sum(Sensor()._counts(100 - ago) for ago in range(60))


def test_pygmc_reads_a_320() -> None:
    device = counter(GMC320, Sensor(version=b"GMC-320Re 4.26", width=2))
    assert device.get_version() == "GMC-320Re 4.26"
    assert device.get_cpm() == sum(Sensor()._counts(100 - ago) for ago in range(60))


def test_pygmc_hears_its_heart_beat() -> None:
    heard = list(counter(GMC500Plus, Sensor()).heartbeat_live(count=5))
    assert heard == [Sensor()._counts(100 + beat) for beat in range(1, 6)]


def test_counts_follow_the_dose_rate_as_an_m4011_would() -> None:
    sensor = Sensor()
    means = [sum(sensor._counts(60 * minute + second) for second in range(60)) for minute in range(200)]
    assert sum(means) / len(means) == pytest.approx(0.09 * CPM_PER_USV_H, rel=0.1)


def test_an_answer_takes_its_time_and_an_unknown_command_finds_none() -> None:
    sensor = Sensor()
    sensor.receive(b"<GETVER", 1.0)
    sensor.receive(b">><NONSENSE>>", 2.0)
    assert sensor.due_s() == 2.0 + LATENCY_S
    assert sensor.emit() == b"GMC-500+Re 2.22"
    assert sensor.due_s() == float("inf")
