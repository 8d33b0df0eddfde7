"""Blocks of samples to events, levels and judgements: detectors, sound level meter, self-check, and each sample's time.

    Block ─┬─▶ detectors ──────────────────────────────────▶ events
           └─▶ seconds ─┬─▶ correction ─▶ meter ─▶ levels ─▶ readings
                        └─▶ signs ─▶ condition ────────────▶ verdicts

The stream is one as long as its samples follow each other. Where samples are missing, or the device booted again,
detectors and meter begin anew behind the hole: what is missing is not made up. Levels of minutes and hours go on, and
say how much of them was measured.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from drivers._types import Block, Latch, Reading
from dsp.blocks import Blocks
from dsp.condition import Condition, Verdict
from dsp.meter import Meter, Second
from dsp.response import Correction
from dsp.signs import Signs, signs
from edge.message.body import Event
from edge.node.calibrations import Calibration
from edge.node.clock import Clock
from edge.node.config import LevelsTable
from edge.node.events import Events
from edge.node.levels import SoundLevels
from edge.node.listening import Heard, Listener, Options, needs_calibration
from edge.node.sampletime import NOBODY, SampleTimes, Stretch, Utc

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Told:
    """What a block gave: events, levels with the monotonic time of their end, the latest verdict on each channel."""

    events: tuple[Event, ...] = ()
    levels: tuple[tuple[Reading, int], ...] = ()
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class Hearing:
    """What an ear listens for, and how its levels are told."""

    detectors: Mapping[str, Options]
    sample_s: float
    levels: LevelsTable
    calibration: Calibration | None = None


class Ear:
    """One microphone array, from block to block."""

    def __init__(self, sensor: str, hearing: Hearing, clock: Clock, utc: Utc = NOBODY) -> None:
        self._hearing = hearing
        self._times = SampleTimes(sensor, clock, utc)
        self._events = Events(sensor, hearing.detectors, hearing.calibration, self._times)
        self._clock = clock
        self._stream: _Stream | None = None
        self._kept = _Kept(0, hearing)
        for kind, options in hearing.detectors.items():
            if hearing.calibration is None and needs_calibration(kind, options):
                hint = f"run lamppost calibrate, or set full_scale_db of {kind}"
                log.warning("%s: %s has a limit in dB and no calibration: it can never alarm; %s", sensor, kind, hint)

    def feed(self, block: Block, monotonic_ns: int) -> Told:
        """Events and levels that ``block`` completes; its bytes had come by ``monotonic_ns``."""
        before = Told()
        stream = self._stream
        if stream is None or not stream.stretch.goes_on_with(block):
            before = self.close()
            stream = self._stream = _Stream(block, self._hearing)
        heard, seconds = stream.feed(block, monotonic_ns)
        self._times.came(stream.stretch)
        now = self._measured(seconds, stream)
        return replace(now, events=before.events + self._told(heard, stream), levels=before.levels + now.levels)

    def latched(self, latch: Latch) -> None:
        """The device caught a GNSS second among its samples."""
        self._times.latched(latch)

    def close(self) -> Told:
        """Events that the end of the stream completes, and levels of what is left of it."""
        stream, self._stream = self._stream, None
        if stream is None:
            return Told()
        events = self._told(stream.listener.close(), stream)
        return replace(self._measured(stream.rest(), stream), events=events)

    def _measured(self, seconds: "Sequence[_Heard]", stream: "_Stream") -> Told:
        if self._kept.channels != stream.channels:
            self._kept = _Kept(stream.channels, self._hearing)
        levels: list[tuple[Reading, int]] = []
        verdicts: tuple[Verdict, ...] = ()
        for heard in seconds:
            levels += self._readings(heard, stream)
            verdicts = self._kept.judged(heard.second, heard.signs) if heard.signs else verdicts
        return Told(levels=tuple(levels), verdicts=verdicts)

    def _readings(self, heard: "_Heard", stream: "_Stream") -> Iterator[tuple[Reading, int]]:
        end_ns = stream.stretch.times.monotonic_ns(heard.end)
        middle_ns = stream.stretch.times.monotonic_ns(heard.end - heard.second.duration_s / 2 * stream.rate_hz)
        wall_ns = self._clock.wall_ns() - (self._clock.monotonic_ns() - middle_ns)
        for reading in self._kept.levels.second(heard.second, wall_ns):
            yield reading, end_ns

    def _told(self, heard: Sequence[Heard], stream: "_Stream") -> tuple[Event, ...]:
        return tuple(self._events.of(one, stream.stretch) for one in heard)


@dataclass(frozen=True, slots=True)
class _Heard:
    """A second of the stream, measured; ``end`` is the sample behind it. Signs only of whole seconds."""

    second: Second
    end: int
    signs: Signs | None


class _Kept:
    """What outlives a hole in the stream: the levels of minutes and hours, and what is known of the microphones."""

    def __init__(self, channels: int, hearing: Hearing) -> None:
        self.channels = channels
        self.levels = SoundLevels(channels, hearing.sample_s, hearing.levels, hearing.calibration)
        self._condition = Condition(channels)

    def judged(self, second: Second, found: Signs) -> tuple[Verdict, ...]:
        """How each microphone is, after a whole second."""
        return self._condition.second(found, second.bands.sum(axis=1) / second.duration_s)


class _Stream:
    """A stretch of samples, and all that listens to it."""

    def __init__(self, block: Block, hearing: Hearing) -> None:
        self.stretch = Stretch(block)
        self.channels, self.rate_hz = self.stretch.channels, block.rate_hz
        self._measured = block.first
        full_scale_db = hearing.calibration.full_scale_db if hearing.calibration else {}
        self.listener = Listener(block.rate_hz, self.channels, hearing.detectors, full_scale_db)
        self._meter = Meter(block.rate_hz, self.channels)
        self._seconds = Blocks(self._meter.grid.second)
        self._flagged_s = np.zeros(self.channels)
        responses = hearing.calibration.responses if hearing.calibration else {}
        of_channels = [responses.get(channel) for channel in range(self.channels)]
        self._correction = Correction(block.rate_hz, of_channels) if any(of_channels) else None

    def feed(self, block: Block, monotonic_ns: int) -> tuple[list[Heard], list[_Heard]]:
        """What the detectors heard, and the seconds that are complete."""
        self.stretch.came(block, monotonic_ns)
        flagged = block.overload >> np.arange(self.channels) & 1
        self._flagged_s += flagged * block.samples.shape[1] / block.rate_hz
        seconds = [self._second(one, signs(one, self.rate_hz)) for one in self._seconds.feed(block.samples)]
        return self.listener.feed(block.samples), seconds

    def rest(self) -> list[_Heard]:
        """What is left at the end, if anything."""
        rest = self._seconds.rest()
        return [self._second(rest, None)] if rest.shape[-1] else []

    def _second(self, samples: NDArray[np.float32], found: Signs | None) -> _Heard:
        clean = self._correction.block(samples) if self._correction else samples
        second = self._meter.second(clean)
        overload_s = np.minimum(np.maximum(second.overload_s, self._flagged_s), second.duration_s)
        self._flagged_s[:] = 0
        self._measured += samples.shape[-1]
        return _Heard(replace(second, overload_s=overload_s), self._measured, found)
