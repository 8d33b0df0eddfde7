"""A detector that is tried: it listens beside the active ones, and what it hears is written down and alarms nobody.

    sensor's thread ─ blocks ─▶ [ bounded ] ─▶ listener ─▶ ledger        a thread of its own

The active detectors must never pay for what is only tried. So it has its own thread, its own listener, and a job of its
own under the supervisor: where it raises, the supervisor starts it again and no other; where it is slow, blocks are
dropped, and that time does not count as listened to.
"""

import logging
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from drivers._stop import Stop
from drivers._types import Block
from edge.node.calibrations import Calibration
from edge.node.clock import Clock
from edge.node.entries import Role, Source
from edge.node.events import Events
from edge.node.listening import Heard, Listener, Options
from edge.node.sampletime import SampleTimes, Stretch
from edge.node.scribe import Scribe

log = logging.getLogger(__name__)

REST_S = 0.1  # nobody waits for a shadow
BACKLOG_S = 4.0  # of sound in memory: four channels at 48 kHz take 3 MB


@dataclass(frozen=True, slots=True)
class Fed:
    """A block, when it had come, and whether its sensor hears: a deaf one's silence is no listening."""

    block: Block
    monotonic_ns: int
    hears: bool

    @property
    def seconds(self) -> float:
        """How much sound it is."""
        return float(self.block.samples.shape[1] / self.block.rate_hz)


class Shadow:
    """``run`` is the body of its thread; the sensor's thread calls ``take``."""

    def __init__(
        self,
        sensor: str,
        detectors: Mapping[str, Options],
        calibration: Calibration | None,
        scribe: Scribe,
        clock: Clock,
    ) -> None:
        self._sensor = sensor
        self._detectors = detectors
        self._full_scale_db = calibration.full_scale_db if calibration else {}
        self._scribe = scribe
        self._events = Events(sensor, detectors, calibration, SampleTimes(sensor, clock))
        self._sources = sources(sensor, Role.SHADOW, self._events.models)
        self._lock = threading.Lock()
        self._waiting: deque[Fed] = deque()
        self._waiting_s = 0.0
        self._is_late = False
        self._has_spoken = False

    def take(self, fed: Fed) -> None:
        """One more block; it is dropped where the shadow does not keep up."""
        with self._lock:
            if self._waiting_s < BACKLOG_S:
                self._waiting.append(fed)
                self._waiting_s += fed.seconds
                return
            known, self._is_late = self._is_late, True
        if not known:
            log.warning("the shadow of %s does not keep up, or broke: it hears with holes", self._sensor)

    def run(self, stop: Stop) -> None:
        """Listen until ``stop`` is set, and to what came before. What broke before may have broken the listener too."""
        self._stretch: Stretch | None = None
        while not stop.wait(REST_S):
            self._work()
        self._work()
        self._end()

    def _work(self) -> None:
        while fed := self._next():
            self._listen(fed)

    def _next(self) -> Fed | None:
        with self._lock:
            if not self._waiting:
                self._waiting_s, self._is_late = 0.0, False
                return None
            fed = self._waiting.popleft()
            self._waiting_s -= fed.seconds
            return fed

    def _listen(self, fed: Fed) -> None:
        block = fed.block
        if self._stretch is None or not self._stretch.goes_on_with(block):
            self._end()
            self._stretch = Stretch(block)
            self._listener = Listener(block.rate_hz, self._stretch.channels, self._detectors, self._full_scale_db)
        self._stretch.came(block, fed.monotonic_ns)
        for heard in self._listener.feed(block.samples):
            self._tell(heard, self._stretch)
        if fed.hears:
            self._scribe.listened(self._sources, fed.seconds)

    def _end(self) -> None:
        stretch, self._stretch = self._stretch, None
        if stretch:
            for heard in self._listener.close():
                self._tell(heard, stretch)

    def _tell(self, heard: Heard, stretch: Stretch) -> None:
        event = self._events.of(heard, stretch)
        self._scribe.heard(event, Role.SHADOW)
        if not self._has_spoken:
            said = "the shadow of %s heard its first %s, score %.3g; lamppost label tells them all"
            log.info(said, self._sensor, event.kind, event.score)
        self._has_spoken = True


def sources(sensor: str, role: Role, models: Mapping[str, bytes]) -> tuple[Source, ...]:
    """Who listens at a sensor."""
    return tuple(Source(sensor, kind, role, model) for kind, model in models.items())
