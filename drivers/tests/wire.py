"""A wire to a simulated device: a pty whose far end the test holds, and a link that keeps its name."""

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, Self

import pytest

from drivers._ring import Chunk, Ring, RingItem
from drivers._stop import Stop
from drivers._types import Line

LINE = Line(115200)
TIOCVHANGUP = 0x5437  # asm-generic/ioctls.h; Python has no name for it
PATIENCE_S = 30.0  # for what must happen, on a machine that does much else


class Wire:
    """``far`` is the device's end, ``path`` the port that the computer sees now, ``link`` its lasting name."""

    def __init__(self, folder: Path) -> None:
        self.link = folder / "sensor"
        self.far, self._near = os.openpty()
        self.path = os.ttyname(self._near)
        self.link.symlink_to(self.path)

    def say(self, data: bytes) -> None:
        while data:
            data = data[os.write(self.far, data) :]

    def heard(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            data += os.read(self.far, size - len(data))
        return data

    def unplug(self) -> None:
        """Gone; when it comes back it has another number."""
        gone = (self.far, self._near)
        self.far, self._near = os.openpty()
        self.path = os.ttyname(self._near)
        self.link.unlink()
        for fd in gone:
            os.close(fd)

    def plug(self) -> None:
        self.link.symlink_to(self.path)

    def hang_up(self) -> None:
        """The line is cut, the port stays: who has it open reads nothing, for ever."""
        try:
            fcntl.ioctl(self._near, TIOCVHANGUP)
        except PermissionError:
            pytest.skip("only root may hang up a line")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.link.unlink(missing_ok=True)
        os.close(self._near)
        os.close(self.far)


class Runs(Protocol):
    """What runs until it is stopped: the body of a thread."""

    def run(self, stop: Stop) -> None: ...


@contextlib.contextmanager
def started(job: Runs) -> Iterator[tuple[Stop, threading.Thread]]:
    """The job in a thread of its own, which ends in time, or the test fails."""
    with Stop.open() as stop:
        thread = threading.Thread(target=job.run, args=(stop,))
        thread.start()
        try:
            yield stop, thread
        finally:
            stop.set()
            thread.join(PATIENCE_S)
            assert not thread.is_alive()


def until(true: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline_s, "did not happen"
        time.sleep(0.002)


def taken(ring: Ring, enough: Callable[[list[RingItem]], bool]) -> list[RingItem]:
    """All that the ring gives until it is enough."""
    items: list[RingItem] = []
    deadline_s = time.monotonic() + PATIENCE_S
    while not enough(items):
        assert time.monotonic() < deadline_s, f"not enough: {items[-10:]}"
        items += ring.take(0.05)
    return items


def data_of(items: list[RingItem]) -> bytes:
    return b"".join(item.data for item in items if isinstance(item, Chunk))


def open_descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())
