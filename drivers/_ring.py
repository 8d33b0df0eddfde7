"""The hand-over from the thread that reads a port to the thread that works on its bytes.

    reader ── put ──▶ [ Opened  Chunk  Chunk  Gap  Opened  Chunk … ] ── take ──▶ worker

It is bounded, because a worker may stand still: a card's fsync can stall for half a second and more. When it is full it
drops what comes, until the worker takes again, and says at the very place of the hole how many bytes are missing.
What tells the state of the port is not dropped with them: after the hole stand the latest Gap and the latest Opened.
"""

import threading
from dataclasses import dataclass
from typing import TypeAlias

from drivers._types import Gap, Why

CAPACITY_BYTES = 4 * 1024 * 1024  # about 6 s of 4 channels of 48 kHz, 24 bit (576 kB/s) in pieces of a millisecond
ITEM_COST_BYTES = 128  # the objects around the data, so that a stream of one-byte chunks is bounded too


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one read gave. ``monotonic_ns`` is the time after the read: no byte in it came later."""

    monotonic_ns: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """The port was opened, as ``path`` this time: what follows is a new stream, and wants a new decoder."""

    path: str


Marker: TypeAlias = Gap | Opened
RingItem: TypeAlias = Chunk | Marker


class Ring:
    """Bounded hand-over between one reader and one worker.

    A worker holds what it took, so that reader and worker together hold at most twice ``capacity_bytes``.
    """

    def __init__(self, capacity_bytes: int = CAPACITY_BYTES) -> None:
        self._capacity_bytes = capacity_bytes
        self._changed = threading.Condition()
        self._items: list[RingItem] = []
        self._held_bytes = 0
        self._hole_bytes = 0
        self._hole_markers: dict[type[Marker], Marker] = {}
        self._dropped_bytes = 0

    @property
    def dropped_bytes(self) -> int:
        """Bytes dropped since the beginning."""
        return self._dropped_bytes

    def put(self, item: RingItem) -> None:
        """Hand ``item`` over, or account for it where there is no room. Never waits for the worker."""
        cost_bytes = ITEM_COST_BYTES + (len(item.data) if isinstance(item, Chunk) else 0)
        with self._changed:
            if self._has_hole() or self._held_bytes + cost_bytes > self._capacity_bytes:
                self._drop(item)
            else:
                self._items.append(item)
                self._held_bytes += cost_bytes
            self._changed.notify()

    def take(self, timeout_s: float) -> list[RingItem]:
        """All that is there, in order; empty if nothing came within ``timeout_s`` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._has_hole(), timeout_s)
            taken = self._items + self._close_hole()
            self._items, self._held_bytes = [], 0
            return taken

    def _has_hole(self) -> bool:
        return self._hole_bytes > 0 or len(self._hole_markers) > 0

    def _drop(self, item: RingItem) -> None:
        if isinstance(item, Chunk):
            self._hole_bytes += len(item.data)
            self._dropped_bytes += len(item.data)
        else:
            self._hole_markers.pop(type(item), None)  # the latest of each, in the order in which they came
            self._hole_markers[type(item)] = item

    def _close_hole(self) -> list[RingItem]:
        overrun = [Gap(Why.OVERRUN, f"{self._hole_bytes} bytes dropped")] if self._hole_bytes else []
        closing: list[RingItem] = [*overrun, *self._hole_markers.values()]
        self._hole_bytes, self._hole_markers = 0, {}
        return closing
