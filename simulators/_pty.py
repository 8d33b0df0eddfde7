"""Runs a simulated sensor on a pseudo terminal, so that software finds it where a serial port would be.

    with Pty(sensor, link=Path("/tmp/mic0")) as pty:
        serial.Serial(str(pty.path))

One thread waits, by the monotonic clock, until the sensor's next bytes are due or the host has written. Where nobody
reads, bytes are dropped and counted, as a UART drops them; the terminal itself keeps some eleven thousand. The
simulator holds the other end open too, so that a host may come and go.
"""

import os
import select
import threading
import time
import tty
from pathlib import Path
from types import TracebackType
from typing import Self

from simulators._types import Sensor

LONGEST_WAIT_S = 60.0  # poll takes no infinity
COMMAND_BYTES = 4096  # of the host, at one reading


class Pty:
    """A sensor on a port; ``dropped`` counts the bytes that found no reader."""

    def __init__(self, sensor: Sensor, link: Path | None = None) -> None:
        self.sensor = sensor
        self.dropped = 0
        self._link = link
        self._epoch_s = 0.0
        self._thread: threading.Thread | None = None
        self._device = self._host = self._wake = self._stop = -1
        self._amid = False

    def __enter__(self) -> Self:
        self._epoch_s = time.monotonic()
        self._plug()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.unplug()

    @property
    def path(self) -> Path:
        """Where the host opens it: the link if there is one, which outlives a replug."""
        return self._link or Path(os.ttyname(self._host))

    def replug(self) -> None:
        """Plugs the sensor in again, at a new terminal under the same link. What it said meanwhile is lost."""
        while self.sensor.due_s() < self.now_s():
            self.sensor.emit()
        self._plug()

    def _plug(self) -> None:
        self._device, self._host = os.openpty()
        tty.setraw(self._host)
        os.set_blocking(self._device, False)
        self._stop, self._wake = os.pipe()
        if self._link:
            self._point(self._link)
        self._thread = threading.Thread(target=self._run, name=f"simulated {self.path}", daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Takes the port away from under the host. Does nothing where it is away already."""
        if self._thread is None:
            return
        os.write(self._wake, b"\0")
        self._thread.join()
        self._thread = None
        if self._link:
            self._link.unlink(missing_ok=True)
        for end in (self._device, self._host, self._stop, self._wake):
            os.close(end)

    def unplug_amid(self, within_s: float = 10.0) -> None:
        """The same, half-way through what the sensor says next; whole where it says nothing ``within_s``."""
        self._amid = True
        if self._thread is not None:
            self._thread.join(within_s)
        self._amid = False
        self.unplug()

    def rename(self, link: Path) -> None:
        """From the next replug on the port has another name."""
        self._link = link

    def now_s(self) -> float:
        """Since the sensor's power-up."""
        return time.monotonic() - self._epoch_s

    def _point(self, link: Path) -> None:
        """Points the link at the terminal, in one step: a host never finds it half made."""
        fresh = link.with_name(f".{link.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(self._host))
        fresh.replace(link)

    def _run(self) -> None:
        ready = select.poll()
        ready.register(self._device, select.POLLIN)
        ready.register(self._stop, select.POLLIN)
        while self._stop not in (woken := self._wait(ready)):
            if self._device in woken:
                self.sensor.receive(os.read(self._device, COMMAND_BYTES), self.now_s())
            if self.sensor.due_s() <= self.now_s():
                data = self.sensor.emit()
                self._say(data[: len(data) // 2] if self._amid else data)
                if self._amid and len(data) > 1:
                    return

    def _wait(self, ready: select.poll) -> list[int]:
        wait_s = min(max(self.sensor.due_s() - self.now_s(), 0.0), LONGEST_WAIT_S)
        return [end for end, _ in ready.poll(wait_s * 1000)]

    def _say(self, data: bytes) -> None:
        try:
            said = os.write(self._device, data)
        except BlockingIOError:
            said = 0
        self.dropped += len(data) - said
