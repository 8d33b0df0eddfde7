"""What reading a port costs: ours against two ways of pyserial, on a pty at the rate of a four-channel microphone.

    python hil_tests/bench/port_reader.py

The device writes from a process of its own, a piece each millisecond. CPU time is that of the whole reading process,
for ours with the worker that takes from the ring. Only the ratios carry over to another computer.
"""

import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import serial

from drivers._port import SerialPort
from drivers._reader import PortReader
from drivers._ring import Chunk, Ring
from drivers._stop import Stop
from drivers._types import Line

RATE_BYTES_PER_S = 576_000  # 4 channels of 48 kHz, 24 bit
TICK_S = 0.001
RUN_S = 3.0
REST_S = 0.02  # a worker that lets pieces gather; the onset of a shot still waits less than its reporting
LINE = Line(4_000_000)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one way of reading got, and what it took for it."""

    name: str
    kilobytes_per_s: float
    cpu_share: float

    @property
    def cpu_ms_per_megabyte(self) -> float:
        return 1e6 * self.cpu_share / self.kilobytes_per_s


def talk(far: int) -> None:
    """The device: its bytes a second, for ever."""
    begun_s, sent = time.monotonic(), 0
    while True:
        due = int((time.monotonic() - begun_s) * RATE_BYTES_PER_S) - sent
        sent += os.write(far, bytes(due))
        time.sleep(TICK_S)


def ours(path: str, rest_s: float = 0.0) -> int:
    ring, size = Ring(), 0
    end_s = time.monotonic() + RUN_S
    with Stop.open() as stop:
        thread = threading.Thread(target=PortReader(path, LINE, ring).run, args=(stop,))
        thread.start()
        while time.monotonic() < end_s:
            stop.wait(rest_s)
            size += sum(len(item.data) for item in ring.take(0.1) if isinstance(item, Chunk))
        stop.set()
        thread.join()
    return size


def ours_rested(path: str) -> int:
    return ours(path, REST_S)


def one_by_one(path: str) -> int:
    return by_pyserial(path, lambda port: port.read(1))


def what_waits(path: str) -> int:
    return by_pyserial(path, lambda port: port.read(port.in_waiting or 1))


def by_pyserial(path: str, read: Callable[[serial.Serial], bytes]) -> int:
    size, end_s = 0, time.monotonic() + RUN_S
    with serial.Serial(path, LINE.baud, timeout=0.1) as port:
        while time.monotonic() < end_s:
            size += len(read(port))
    return size


def measure(name: str, consume: Callable[[str], int]) -> Cost:
    far, near = os.openpty()
    path = os.ttyname(near)
    SerialPort.open(path, LINE).close()  # raw from here on: the device must not be echoed
    device = multiprocessing.get_context("fork").Process(target=talk, args=(far,))
    device.start()
    begun_s, begun_cpu_s = time.monotonic(), time.process_time()
    size = consume(path)
    cpu_s, took_s = time.process_time() - begun_cpu_s, time.monotonic() - begun_s
    device.terminate()
    device.join()
    os.close(near)
    os.close(far)
    return Cost(name, size / took_s / 1000, cpu_s / took_s)


def main() -> None:
    ways = {
        "ours": ours,
        f"ours, worker rests {1000 * REST_S:.0f} ms": ours_rested,
        "pyserial read(in_waiting or 1)": what_waits,
        "pyserial read(1)": one_by_one,
    }
    costs = [measure(name, consume) for name, consume in ways.items()]
    print(f"{'':32}{'kB/s':>8}{'CPU':>8}{'ms/MB':>8}{'ratio':>8}")
    for cost in costs:
        ratio = cost.cpu_ms_per_megabyte / costs[0].cpu_ms_per_megabyte
        print(
            f"{cost.name:32}{cost.kilobytes_per_s:8.0f}{cost.cpu_share:8.1%}{cost.cpu_ms_per_megabyte:8.1f}{ratio:8.1f}"
        )


if __name__ == "__main__":
    main()
