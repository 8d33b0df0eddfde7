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
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Self

from drivers._types import Block
from edge.message.body import Clip, Event
from edge.message.pcm import pcm24
from edge.node.clock import NS_PER_S
from edge.node.history import History, Recent

BEFORE_S = 0.5
AFTER_S = 2.0
MOST_OPEN = 16  # at once: eight shots a second; a detector that rings without end costs no more than that
SILENT_S = 2.0  # without a sample: what is open ends


@dataclass(frozen=True, slots=True)
class Recorded:
    """A clip that ended: what it is, and its samples as :mod:`edge.message.pcm` has them."""

    clip: Clip
    pcm: bytes


@dataclass(frozen=True, slots=True)
class _Open:
    """A clip of which the rest is still to come, up to before sample ``end``."""

    history: History
    clip: Clip
    end: int

    def is_due(self) -> bool:
        return self.history.ended != "" or self.history.next >= self.end

    def recorded(self, why: str) -> Recorded:
        last = min(self.end, self.history.next)
        pcm = pcm24(self.history.between(self.clip.first, last))
        cut = why if last < self.end else ""
        samples, whole = last - self.clip.first, hashlib.sha256(pcm).digest()
        return Recorded(replace(self.clip, samples=samples, whole=whole, cut=cut), pcm)


class Clips:
    """One sensor's history and its open clips. ``keep`` is given each clip once, when it has ended."""

    def __init__(self, kinds: Collection[str], keep: Callable[[Recorded], None]) -> None:
        self._kinds = frozenset(kinds)
        self._keep = keep
        self._recent = Recent()
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
        self._recent.add(block)
        self._release()
        self._recent.forget()

    def named(self, event: Event) -> Event:
        """``event`` with the hash of its clip, if it has one; what had not come by then is handed over when it has."""
        history = self._recent.of(event)
        if history is None or event.kind not in self._kinds or len(self._open) >= MOST_OPEN:
            return event
        first = max(history.first, event.first - history.samples(BEFORE_S))
        part = hashlib.sha256(pcm24(history.between(first, history.next))).digest()
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
        self._recent = Recent()

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
