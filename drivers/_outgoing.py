"""The way back: what a worker wants its sensor to be told, handed to the thread that owns the port.

worker ── put ──▶ [ bytes ] ── take ──▶ reader ──▶ port

An eventfd wakes the reader out of its poll. Nothing is kept for a port that is not open: a question from before is no
question any more.
"""

import contextlib
import os
import threading
from types import TracebackType
from typing import Self

LARGEST_BYTES = 4096  # of what waits; a request has some twenty


class Outgoing:
    """One worker puts, one reader takes; ``with`` opens it for the reader's run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._data = b""
        self._fd = -1

    def __enter__(self) -> Self:
        with self._lock:
            self._fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._lock:
            fd, self._fd = self._fd, -1
        os.close(fd)

    def fileno(self) -> int:
        """The descriptor to poll for POLLIN."""
        return self._fd

    def put(self, data: bytes) -> None:
        """Hands ``data`` over; drops it where nobody takes what was put before."""
        with self._lock:
            if self._fd >= 0 and len(self._data) + len(data) <= LARGEST_BYTES:
                self._data += data
                os.eventfd_write(self._fd, 1)

    def take(self) -> bytes:
        """All that was put since the last time; empty if nothing was."""
        with self._lock:
            with contextlib.suppress(BlockingIOError):
                os.eventfd_read(self._fd)
            data, self._data = self._data, b""
            return data
