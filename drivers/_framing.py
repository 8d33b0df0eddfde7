"""Cuts a stream of bytes into frames, and finds the next frame after damage.

    3F 00 17 | AA C0 06 00 06 00 58 D9 3D AB | AA C0 09 …
    noise      frame, ten bytes                may become a frame

A driver says what stands at the head of the buffer; the framer does the rest, the same for every sensor. What is
rejected costs one byte: the search goes on inside it, so that a frame which begins in a damaged one is found, and a
lost byte costs one frame, not two.

A run of bytes that belong to no frame is told once, when the frame that ends it has come. So the answer is a function
of the bytes alone, never of the pieces in which they came; for that, what a driver says of a head must not change
when more bytes follow, except from ``MORE``.
"""

import re
from collections.abc import Callable
from enum import Enum, auto
from typing import TypeAlias

from drivers._types import Gap, Item, Why

# A longer run is told in pieces of this size, so that a wrong baud rate is not silent: one second at 9600 Bd.
NOISE_RUN_BYTES = 960


class Verdict(Enum):
    """What the head of the buffer is while it is not a whole frame."""

    MORE = auto()  # it may become a frame
    NOISE = auto()  # no frame begins here
    DAMAGED = auto()  # a frame begins here, and its check fails


Measure: TypeAlias = Callable[[memoryview], int | Verdict]
"""Length of the frame at the head of a buffer, or why there is none. It bounds how long it answers ``MORE``."""

Decode: TypeAlias = Callable[[bytes], list[Item]]
"""What one whole frame says."""


class Framer:
    """Feeds frames to ``decode``; keeps no more than one unfinished frame between calls.

    ``starts`` are the bytes with which a frame may begin, ``noise_run`` the bytes after which an unbroken run of noise
    is told even though it lasts.
    """

    def __init__(self, starts: bytes, measure: Measure, decode: Decode, noise_run: int = NOISE_RUN_BYTES) -> None:
        self._start = re.compile(b"[" + re.escape(starts) + b"]")
        self._measure = measure
        self._decode = decode
        self._noise = _Noise(noise_run)
        self._rest = b""

    def feed(self, data: bytes) -> list[Item]:
        """Items of the frames that ``data`` completes, and a gap for each run of bytes in between."""
        stream = self._rest + data
        view = memoryview(stream)
        items: list[Item] = []
        at = self._next_start(stream, 0, items)
        while at < len(stream) and (cut := self._measure(view[at:])) is not Verdict.MORE:
            if isinstance(cut, int):
                items += self._noise.ended()
                items += self._decode(stream[at : at + cut])
                at = self._next_start(stream, at + cut, items)
            else:
                items += self._noise.rejected(cut)
                at = self._next_start(stream, at + 1, items)
        self._rest = stream[at:]
        return items

    def flush(self) -> list[Item]:
        """Gives up on what is unfinished: it is told as noise, with the run that it ends."""
        items = self._noise.skipped(len(self._rest))
        self._rest = b""
        return items + self._noise.ended()

    def _next_start(self, stream: bytes, at: int, items: list[Item]) -> int:
        found = self._start.search(stream, at)
        start = found.start() if found else len(stream)
        items += self._noise.skipped(start - at)
        return start


class _Noise:
    """The run of noise that goes on."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._bytes = 0
        self._why = Why.NOISE

    def rejected(self, verdict: Verdict) -> list[Item]:
        """A byte at which a frame seemed to begin."""
        if verdict is Verdict.DAMAGED:
            self._why = Why.CHECKSUM
        return self.skipped(1)

    def skipped(self, count: int) -> list[Item]:
        """Bytes at which no frame can begin."""
        told: list[Item] = []
        while self._bytes + count >= self._longest:
            count -= self._longest - self._bytes
            self._bytes = self._longest
            told += self.ended()
        self._bytes += count
        return told

    def ended(self) -> list[Item]:
        """The gap that this run was; nothing if there was none."""
        told: list[Item] = [Gap(self._why, f"{self._bytes} bytes")] if self._bytes else []
        self._bytes, self._why = 0, Why.NOISE
        return told
