"""Watches what is known of UTC, and ties the monotonic clock to it: a record in the chain.

    1970 ··· nothing disciplines the wall clock ···│ NTP sets it   ─▶ tie
                                                   │ a front-end's seconds say UTC  ─▶ tie
    disciplined ················ the wall clock steps  ─▶ tie

A node that starts with a disciplined clock says so in its first message, which is a tie already.
Whoever has the chain then knows the true time of all that this boot stamped before (:mod:`edge.message.timeline`).
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from drivers._stop import Stop
from edge.message.body import NO_BOUND_NS, Body, TimeSource, TimeTied
from edge.node.clock import NS_PER_S, Clock, machine_boot
from edge.node.known_time import KnownTime

log = logging.getLogger(__name__)

LOOK_S = 1.0
STEP_NS = 100_000_000  # NTP slews what is less (adjtimex: 500 ppm), and steps from 0.128 s on


@dataclass(frozen=True, slots=True)
class Known:
    """UTC at a monotonic time, the bound of its error, and what it rests on."""

    time_ns: int
    monotonic_ns: int
    error_ns: int
    source: TimeSource


class TimeWatch:
    """``run`` is the body of its thread; ``known`` may be called from any."""

    def __init__(self, put: Callable[[Body], None], clock: Clock, floor: KnownTime) -> None:
        self._put = put
        self._clock = clock
        self._floor = floor
        self._lock = threading.Lock()
        self._wall_ahead_ns = self._ahead_ns()  # of the monotonic clock
        self._is_known = clock.quality().error_ns < NO_BOUND_NS
        self._tied_by = TimeSource.FREE
        if floor.is_past(clock.wall_ns()):
            log.warning("the wall clock is wrong: it shows a time before the last that was known for sure")

    def _ahead_ns(self) -> int:
        return self._clock.wall_ns() - self._clock.monotonic_ns()

    def run(self, stop: Stop) -> None:
        """Look until ``stop`` is set."""
        while not stop.wait(LOOK_S):
            self.look()
        self.look(keep=True)

    def look(self, *, keep: bool = False) -> None:
        """Once: has somebody set the wall clock, or is it known now how good it is?"""
        quality, monotonic_ns, ahead_ns = self._clock.quality(), self._clock.monotonic_ns(), self._ahead_ns()
        with self._lock:
            before_ns, self._wall_ahead_ns = self._wall_ahead_ns, ahead_ns
            news = not self._is_known or abs(ahead_ns - before_ns) > STEP_NS
            self._is_known = quality.error_ns < NO_BOUND_NS
            if not self._is_known:
                return
            utc_ns = monotonic_ns + ahead_ns
            if news:
                self._tie(Known(utc_ns, monotonic_ns, quality.error_ns, quality.source), before_ns)
        self._floor.know(utc_ns, keep=keep or news)

    def known(self, known: Known) -> None:
        """A front-end's seconds tell UTC, of which the wall clock may know nothing."""
        with self._lock:
            news = not self._is_known and self._tied_by < known.source
            if news:
                self._tie(known, self._ahead_ns())
        self._floor.know(known.time_ns, keep=news)

    def _tie(self, known: Known, ahead_ns: int) -> None:
        """``ahead_ns``: of the wall clock, when it stamped what was said before."""
        self._tied_by = known.source
        wall_ns = known.monotonic_ns + ahead_ns
        self._put(TimeTied(machine_boot(), known.monotonic_ns, known.time_ns, known.source, known.error_ns, wall_ns))
        off_s = (known.time_ns - wall_ns) / NS_PER_S
        log.info("UTC is known by %s; the stamps before are %+.3f s off", known.source.name, -off_s)
