"""One stop for many threads.

An eventfd that is never read: once set it stays readable, so that a thread polls it beside its own descriptor and
leaves within a millisecond, whatever it waits for. Setting takes no lock and may be done by a signal handler.
"""

import os
import select
from types import TracebackType
from typing import Self

MS_PER_S = 1000


class Stop:
    """Set once, seen by all: ``with Stop.open() as stop: …``. Whoever opened it joins the threads before it closes."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._is_set = False
        self._is_open = True

    @classmethod
    def open(cls) -> Self:
        """A stop that is not set."""
        return cls(os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK))

    def fileno(self) -> int:
        """The descriptor to poll for POLLIN; never read it."""
        return self._fd

    def set(self) -> None:
        """Stop every thread that waits, now and later. A second time, or after the close, it does no harm."""
        self._is_set = True  # before the wake-up: who wakes finds it set
        if self._is_open:
            os.eventfd_write(self._fd, 1)

    def is_set(self) -> bool:
        """Whether somebody has set it."""
        return self._is_set

    def wait(self, timeout_s: float) -> bool:
        """Wait until it is set, at most ``timeout_s`` seconds of the monotonic clock; whether it is set."""
        poller = select.poll()
        poller.register(self._fd, select.POLLIN)
        poller.poll(max(0.0, timeout_s * MS_PER_S))  # poll takes a negative time for "for ever"
        return self._is_set

    def close(self) -> None:
        """Give the descriptor back."""
        if self._is_open:
            self._is_open = False
            os.close(self._fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
