"""The latest of a sensor's sound in memory, for what is asked about an event once it is told.

··········│─────────────────────────────┤ hole ├────────────────┊ latest
          └ before the hole: its last events are still told     └ now
"""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from drivers._types import Block
from edge.message.body import Event

HISTORY_S = 3.5  # a clip, and a second of listening before it is told; 2.7 MB of 4 channels of 48 kHz


class History:
    """The latest samples of a stream without holes.

    ``began`` is its first sample, ``first`` the first that is held. ``ended`` says why no more come, empty if they do.
    """

    def __init__(self, block: Block) -> None:
        self.boot, self.rate_hz, self.channels = block.boot, block.rate_hz, block.samples.shape[0]
        self.began = self.first = self.next = block.first
        self.ended = ""
        self._blocks: deque[NDArray[np.float32]] = deque()

    def hole_before(self, block: Block) -> str:
        """Why ``block`` does not follow what was added last; empty if it does."""
        if block.boot != self.boot:
            return "the device booted again"
        if (block.rate_hz, block.samples.shape[0]) != (self.rate_hz, self.channels):
            return "rate or channels changed"
        return "" if block.first == self.next else f"sample {self.next} is followed by {block.first}"

    def add(self, block: Block) -> None:
        """The next samples."""
        self._blocks.append(block.samples)
        self.next += block.samples.shape[1]

    def forget(self) -> None:
        """Lets go of blocks that are wholly older than ``HISTORY_S``."""
        while self.next - self.first - self._blocks[0].shape[1] >= self.samples(HISTORY_S):
            self.first += self._blocks.popleft().shape[1]

    def samples(self, seconds: float) -> int:
        """How many there are in so many seconds."""
        return round(seconds * self.rate_hz)

    def has_heard(self, event: Event) -> bool:
        """Whether ``event`` is one of this stream."""
        return (event.device_boot, event.rate_hz) == (self.boot, self.rate_hz) and (
            self.began <= event.first < self.next
        )

    def between(self, first: int, last: int) -> NDArray[np.float32]:
        """Samples ``first`` to before ``last``, all of them held."""
        whole = np.concatenate(self._blocks, axis=1)
        return whole[:, first - self.first : last - self.first]


class Recent:
    """The history of one sensor's stream, and that of the stream before it until the next block."""

    def __init__(self) -> None:
        self._now: History | None = None
        self._before: History | None = None

    def add(self, block: Block) -> None:
        """The next samples, which end the history before them if there is a hole."""
        self._before = None
        hole = self._now.hole_before(block) if self._now else ""
        if self._now and hole:
            self._now.ended = hole
            self._before, self._now = self._now, None
        self._now = self._now or History(block)
        self._now.add(block)

    def forget(self) -> None:
        """Lets go of what is too old, once what waits for it has had it."""
        if self._now:
            self._now.forget()

    def of(self, event: Event) -> History | None:
        """The history that holds ``event``."""
        return next((one for one in (self._now, self._before) if one and one.has_heard(event)), None)
