"""Clips to sealed files: what a sensor's worker hands over is sealed to the city's key, kept, and told.

    workers ── take ──▶ [ clips ] ──▶ seal ──▶ ring on the disk
                           │ full        └──▶ Evidence ──▶ journal
                           └──▶ Evidence: not kept ────────▶ journal

A thread of its own, because a card may stall for half a second, and no alarm waits for that. Whatever becomes of a clip
is told: that it is kept and how long, or why it is not.
"""

import hashlib
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from queue import Empty, Full, Queue

from drivers._stop import Stop
from edge.message.body import Body, Evidence, Kept
from edge.node.clip_ring import ClipFile, ClipRing, name_of
from edge.node.clips import Clips, Recorded
from edge.node.clock import NS_PER_S, Clock
from edge.trust.clip import Labelled, seal_clip
from edge.trust.recipient import Recipient

log = logging.getLogger(__name__)

WAITING = 8  # clips; 12 MB of 4 channels of 48 kHz, and more than fall in the seconds that a card stalls
TAKE_S = 0.5  # also the longest that a stop waits
EXPIRE_NS = 60 * NS_PER_S  # between looks for clips that are too old


@dataclass(frozen=True, slots=True)
class Custody:
    """Whose clips are sealed to whom, and which kinds of event have one."""

    node: str
    recipient: Recipient
    kinds: Collection[str]


class Keeper:
    """``run`` is the body of its thread."""

    def __init__(self, custody: Custody, ring: ClipRing, put: Callable[[Body], None], clock: Clock) -> None:
        self._custody = custody
        self._ring = ring
        self._put = put
        self._clock = clock
        self._waiting: Queue[Recorded] = Queue(WAITING)
        self._expire_ns = clock.monotonic_ns()
        self._trouble = ""

    def clips(self) -> Clips:
        """For one sensor: what cuts out the clips that are kept here."""
        return Clips(self._custody.kinds, self.take)

    def take(self, recorded: Recorded) -> None:
        """A clip to be kept. Never waits; what finds no place in memory is told."""
        try:
            self._waiting.put_nowait(recorded)
        except Full:
            self._lose(recorded, f"the disk did not keep up: {WAITING} clips wait")

    def run(self, stop: Stop) -> None:
        """Keep until ``stop`` is set and all that was taken is kept."""
        self._begin()
        while not (stop.is_set() and self._waiting.empty()):
            try:
                self._keep(self._waiting.get(timeout=TAKE_S))
            except Empty:
                self._expire()

    def _begin(self) -> None:
        try:
            self._ring.begin()
        except OSError as error:
            self._warn(f"evidence: no clip can be kept: {error}")

    def _keep(self, recorded: Recorded) -> None:
        clip = recorded.clip
        sealed = seal_clip(Labelled(self._custody.node, clip), recorded.pcm, self._custody.recipient)
        try:
            gone = self._ring.add(name_of(clip.time_ns, clip.part), sealed)
        except OSError as error:
            self._lose(recorded, f"cannot be written: {error.strerror or error}")
            return
        self._trouble = ""
        kept = Kept(hashlib.sha256(sealed).digest(), len(sealed), self._ring.until_ns(clip.time_ns))
        self._put(Evidence(clip, kept, tuple(one.id for one in gone)))
        seconds, cut = clip.samples / clip.rate_hz, f", cut: {clip.cut}" if clip.cut else ""
        whom = self._custody.recipient.name
        log.info("%s: clip of %s, %.1f s, is kept, sealed to %s%s", clip.sensor, clip.kind, seconds, whom, cut)
        _removed(gone, "newer ones need the room")

    def _lose(self, recorded: Recorded, why: str) -> None:
        self._put(Evidence(recorded.clip, why))
        self._warn(f"{recorded.clip.sensor}: clip of {recorded.clip.kind} is not kept: {why}")

    def _warn(self, trouble: str) -> None:
        if trouble != self._trouble:  # once, however many events follow
            self._trouble = trouble
            log.warning("%s", trouble)

    def _expire(self) -> None:
        if self._clock.monotonic_ns() < self._expire_ns:
            return
        self._expire_ns = self._clock.monotonic_ns() + EXPIRE_NS
        try:
            _removed(self._ring.expire(self._clock.wall_ns()), "of their age")
        except OSError as error:
            self._warn(f"evidence: old clips cannot be removed: {error}")


def _removed(gone: list[ClipFile], why: str) -> None:
    if gone:
        log.info("evidence: %d clips are removed because %s, up to %s", len(gone), why, gone[-1].path.name)
