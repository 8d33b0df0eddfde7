"""When samples were taken: by GNSS seconds caught on their clock where there are such, else by when their bytes came.

    Latch ─▶ which UTC second ─┐
    Block ─▶ arrival, once a s ┴▶ dsp.clockfit ─┬─ locked, holdover ─▶ time of a sample, source PPS or GNSS
         └─▶ least late arrival, wall clock ────┴─ free ─────────────▶ time of a sample, source of the wall clock

The error beside each time bounds it: three standard deviations of the fit, or the wall clock's own bound and what bytes
may be late by.
"""

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass

from drivers._types import Block, Latch
from dsp.clockfit.fit import ClockFit, State
from dsp.clockfit.gnss import corrected, relabelled, utc_second
from dsp.clockfit.track import Edge
from edge.message.body import NO_BOUND_NS, TimeQuality, TimeSource
from edge.node.clock import NS_PER_S, ArrivalClock, Clock
from edge.node.known_time import RELEASED_S
from edge.node.timewatch import Known

log = logging.getLogger(__name__)

RECEIVER_S = 30e-9  # standard deviation of a receiver's pulse, its sawtooth taken out
FIXED = 2  # a receiver's fix from which on its pulse is a GNSS second
BOUND = 3.0  # standard deviations
ARRIVAL_NS = 20_000_000  # an FTDI's latency timer 16 ms, else the line 2; 50 ppm over ArrivalClock's minute 3
FRESH_NS = 100_000_000  # of a stretch that begins with what lay in buffers: 64 kB, of four channels
FRESH_S = 2.0
SOURCES = {State.LOCKED: TimeSource.PPS, State.HOLDOVER: TimeSource.GNSS}


@dataclass(frozen=True, slots=True)
class Utc:
    """What the node knows of UTC: ``floor_s`` is past for sure, and tells a receiver's week; ``known`` is told more."""

    floor_s: Callable[[], int]
    known: Callable[[Known], None]


NOBODY = Utc(lambda: RELEASED_S, lambda _: None)


@dataclass(frozen=True, slots=True)
class Timed:
    """A time, the bound of its error, and what it rests on."""

    time_ns: int
    error_ns: int
    source: TimeSource


class Stretch:
    """Samples that follow each other, from one boot of the device, at one rate, on so many channels; when they came."""

    def __init__(self, block: Block) -> None:
        self.channels = block.samples.shape[0]
        self.first = self.next = block.first
        self.boot, self.rate_hz = block.boot, block.rate_hz
        self.times = ArrivalClock(block.rate_hz)

    def goes_on_with(self, block: Block) -> bool:
        """Whether ``block`` follows what came last."""
        following = (self.next, self.boot, self.rate_hz, self.channels)
        return following == (block.first, block.boot, block.rate_hz, block.samples.shape[0])

    def came(self, block: Block, monotonic_ns: int) -> None:
        """The block that follows had come by ``monotonic_ns``."""
        self.next = block.first + block.samples.shape[1]
        self.times.arrived(self.next, monotonic_ns)

    @property
    def late_ns(self) -> int:
        """What its least late bytes may be late by."""
        return ARRIVAL_NS + (FRESH_NS if self.next - self.first < FRESH_S * self.rate_hz else 0)


class SampleTimes:
    """Times of one sensor's samples."""

    def __init__(self, sensor: str, clock: Clock, utc: Utc = NOBODY) -> None:
        self._sensor, self._clock, self._utc = sensor, clock, utc
        self._boot, self._rate_hz = -1, 0.0
        self._fit = ClockFit(1.0)
        self._coarse_at = -math.inf
        self._stretch: Stretch | None = None
        self._state = State.FREE
        self._steps = 0
        self._doubted = False

    def came(self, stretch: Stretch) -> None:
        """A block was added to ``stretch``, which is the one that goes on."""
        if (stretch.boot, stretch.rate_hz) != (self._boot, self._rate_hz):
            same_crystal = stretch.rate_hz == self._rate_hz
            self._fit = self._fit.rebooted() if same_crystal else ClockFit(stretch.rate_hz)
            self._boot, self._rate_hz, self._coarse_at, self._steps = stretch.boot, stretch.rate_hz, -math.inf, 0
        self._stretch = stretch
        if stretch.next - self._coarse_at >= stretch.rate_hz:
            self._coarse_at = stretch.next
            host = self._by_host(stretch, stretch.next)
            if host.error_ns < NO_BOUND_NS:
                self._fit.coarse(stretch.next, host.time_ns, host.error_ns / BOUND / NS_PER_S)
            self._watch(stretch.next)

    def latched(self, latch: Latch) -> None:
        """A GNSS second, if it is one, of the boot whose samples come."""
        stretch = self._stretch
        if stretch is None or latch.boot != self._boot or latch.fix < FIXED:
            return
        middle = latch.fraction + latch.tick / 2
        sample, fraction = corrected(latch.sample, middle, self._rate_hz, latch.quantisation_error_s)
        said = utc_second(latch.gnss_week, latch.gnss_tow_s, pivot_s=self._utc.floor_s())
        host = self._by_host(stretch, sample)
        second = relabelled(said, host.time_ns, host.error_ns)
        off_ns = abs(second * NS_PER_S - host.time_ns)
        self._doubt(said, second, off_ns, host.error_ns)
        if self._state is State.FREE and off_ns > host.error_ns:
            return
        self._fit.second(Edge(sample, fraction, second * NS_PER_S, RECEIVER_S, latch.tick / self._rate_hz))
        self._watch(sample)
        if self._state is State.LOCKED:
            told = self.of(sample, stretch)
            monotonic_ns = stretch.times.monotonic_ns(sample)
            self._utc.known(Known(told.time_ns, monotonic_ns, told.error_ns + stretch.late_ns, told.source))

    def _doubt(self, said: int, second: int, off_ns: int, error_ns: int) -> None:
        """Tells, once, that receiver and wall clock contradict each other.

        A wall clock with a bound wins as long as no second was believed: what lies outside it is no second, but the
        end of a pulse, or of a receiver that runs free. Of a clock that was believed before, it is the wall clock.
        """
        doubt = ""
        if second != said:
            doubt = f"names second {said}, and the wall clock is sure that it is {second}"
        elif off_ns > error_ns:
            doubt = (
                f"has its second {off_ns / NS_PER_S:.6f} s off the wall clock, which is sure to {error_ns / 1e6:.0f} ms"
            )
        if doubt and not self._doubted:
            log.warning("%s: its GNSS receiver %s", self._sensor, doubt)
        self._doubted = bool(doubt)

    def of(self, sample: int, stretch: Stretch) -> Timed:
        """When a sample of ``stretch`` was taken."""
        host = self._by_host(stretch, sample)
        if self._state is State.FREE or (stretch.boot, stretch.rate_hz) != (self._boot, self._rate_hz):
            return host
        told = self._fit.at(sample)
        if told.state is State.FREE:
            return host
        return Timed(told.utc_ns, math.ceil(BOUND * told.sigma_s * NS_PER_S), SOURCES[told.state])

    def _by_host(self, stretch: Stretch, sample: int) -> Timed:
        quality: TimeQuality = self._clock.quality()
        behind_ns = self._clock.monotonic_ns() - stretch.times.monotonic_ns(sample)
        error_ns = min(NO_BOUND_NS, quality.error_ns + stretch.late_ns)
        return Timed(self._clock.wall_ns() - behind_ns, error_ns, quality.source)

    def _watch(self, sample: int) -> None:
        """Tells a change of state, and steps, once."""
        try:
            told = self._fit.at(sample)
        except LookupError:
            return
        if State.FREE not in (self._state, told.state):
            for step in self._fit.steps[self._steps :]:
                said = "%s: time steps by %+.6f s at its sample %d"
                log.warning(said, self._sensor, step.by_ns / NS_PER_S, step.sample)
        self._steps = len(self._fit.steps)
        if told.state is not self._state:
            say = log.warning if told.state is State.FREE else log.info
            say("%s: its sample clock is %s, error within %.3g us", self._sensor, told.state, 3e6 * told.sigma_s)
            self._state = told.state
