"""The samples around events: a short history of a sensor's sound in memory, and what is cut out of it.

                     0.5 s          event is told                2 s
    ··········│·──────┼──────────────┊──────────────────────────┤
              first   event.first    └ part: its hash is in the event
              └──────────────────────── whole ──────────────────┘

An event whose kind is kept names the hash of the samples that had come when it was told. When the rest has come the
whole is handed over, with the same samples first. A clip never goes on behind a hole: it ends there, and says why. An
event that is told late (a siren is, a crowd) has what the history still holds, up to when it was told. Nothing is ever
written from here; without a kind to keep nothing is even remembered.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from drivers._types import Block
from edge.message.body import Clip, Event
from edge.message.pcm import pcm24
from edge.node.clock import NS_PER_S

BEFORE_S = 0.5
AFTER_S = 2.0
HISTORY_S = 3.5  # a clip, and a second of listening before it is told; 2.7 MB of 4 channels of 48 kHz
MOST_OPEN = 16  # at once: eight shots a second; a detector that rings without end costs no more than that
SILENT_S = 2.0  # without a sample: what is open ends


@dataclass(frozen=True, slots=True)
class Recorded:
    """A clip that ended: what it is, and its samples as :mod:`edge.message.pcm` has them."""

    clip: Clip
    pcm: bytes


class _History:
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
        self._blocks.append(block.samples)
        self.next += block.samples.shape[1]

    def forget(self) -> None:
        """Lets go of blocks that are wholly older than ``HISTORY_S``."""
        while self.next - self.first - self._blocks[0].shape[1] >= self.samples(HISTORY_S):
            self.first += self._blocks.popleft().shape[1]

    def samples(self, seconds: float) -> int:
        return round(seconds * self.rate_hz)

    def has_heard(self, event: Event) -> bool:
        """Whether ``event`` is one of this stream."""
        return (event.device_boot, event.rate_hz) == (self.boot, self.rate_hz) and (
            self.began <= event.first < self.next
        )

    def pcm(self, first: int, last: int) -> bytes:
        """Samples ``first`` to before ``last``, all of them held."""
        whole = np.concatenate(self._blocks, axis=1)
        return pcm24(whole[:, first - self.first : last - self.first])


@dataclass(frozen=True, slots=True)
class _Open:
    """A clip of which the rest is still to come, up to before sample ``end``."""

    history: _History
    clip: Clip
    end: int

    def is_due(self) -> bool:
        return self.history.ended != "" or self.history.next >= self.end

    def recorded(self, why: str) -> Recorded:
        last = min(self.end, self.history.next)
        pcm = self.history.pcm(self.clip.first, last)
        cut = why if last < self.end else ""
        samples, whole = last - self.clip.first, hashlib.sha256(pcm).digest()
        return Recorded(replace(self.clip, samples=samples, whole=whole, cut=cut), pcm)


class Clips:
    """One sensor's history and its open clips. ``keep`` is given each clip once, when it has ended."""

    def __init__(self, kinds: Collection[str], keep: Callable[[Recorded], None]) -> None:
        self._kinds = frozenset(kinds)
        self._keep = keep
        self._now: _History | None = None
        self._before: _History | None = None  # ended at a hole just now: its last events are still to be told
        self._open: list[_Open] = []
        self._fed_ns = 0

    @classmethod
    def none(cls) -> Self:
        """Of a sensor whose sound nobody keeps."""
        return cls((), lambda _: None)

    def feed(self, block: Block, monotonic_ns: int) -> None:
        """The next samples, before detectors hear them."""
        if not self._kinds:
            return
        self._fed_ns = monotonic_ns
        self._before = None
        hole = self._now.hole_before(block) if self._now else ""
        if self._now and hole:
            self._now.ended = hole
            self._before, self._now = self._now, None
        self._now = self._now or _History(block)
        self._now.add(block)
        self._release()
        self._now.forget()

    def named(self, event: Event) -> Event:
        """``event`` with the hash of its clip, if it has one; what had not come by then is handed over when it has."""
        history = next((one for one in (self._now, self._before) if one and one.has_heard(event)), None)
        if history is None or event.kind not in self._kinds or len(self._open) >= MOST_OPEN:
            return event
        first = max(history.first, event.first - history.samples(BEFORE_S))
        part = hashlib.sha256(history.pcm(first, history.next)).digest()
        clip = Clip(
            *(event.sensor, event.kind, event.time_ns, event.device_boot, first, event.rate_hz, history.channels),
            *(history.next - first, part, 0, b""),
        )
        end = max(history.next, event.first + history.samples(AFTER_S))
        self._open.append(_Open(history, clip, end))
        return replace(event, clip=part)

    def look(self, monotonic_ns: int) -> None:
        """Ends what is open if no samples have come for a while."""
        if self._open and monotonic_ns - self._fed_ns > SILENT_S * NS_PER_S:
            self._end(f"no samples came for {SILENT_S:g} s")

    def close(self, why: str) -> None:
        """Ends what is open, and forgets all."""
        self._end(why)
        self._now = self._before = None

    def _release(self) -> None:
        """Hands over what is whole, and what belongs to a stream that has ended."""
        due = [one for one in self._open if one.is_due()]
        self._open = [one for one in self._open if not one.is_due()]
        for one in due:
            self._keep(one.recorded(one.history.ended))

    def _end(self, why: str) -> None:
        ended, self._open = self._open, []
        for one in ended:
            self._keep(one.recorded(why))
