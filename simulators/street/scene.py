"""A street with a microphone array on a pole: the same samples for whoever asks, and the truth about them.

    Event ─┤ spectrum of the source ├─┤ paths, air, delays to each microphone ├─┐
                                                                                 (+)─┤ / full scale ├── samples
    traffic, city, wind, from a counter ─────────────────────────────────────────┘

What the street scatters is noise that fades (J. Polack, Appl. Acoust. 38, 1993), fast at first, off walls and cars near
both ends, then slowly, from the blocks around (``SCATTERED``). Full scale 1.0 is 20 Pa, a microphone that overloads at
120 dB peak; what is louder clips.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simulators.street.propagation import Point, transfer
from simulators.street.sources import SPANS, spectrum
from simulators.street.traffic import Traffic

FULL_SCALE_PA = 20.0
POLE_M = 5.0
SIDE_M = 0.1  # of the square array
SCATTERED = ((0.3, 0.0), (2.0, -4.0))
"""Seconds to fade by 60 dB, and energy beside that of the direct sound in dB. Of 566 clear shots in the streets of
Pittsburgh (ShotSpotter, Inc.), 45 to 800 m away, 5 to 30 ms after the blast bring -6 to +4 dB of its first 5 ms, the
70 ms after them -11 to +3 dB, each tenth of a second from there on about -13 to -3 dB."""
TAIL_AFTER_S = 0.002


@dataclass(frozen=True, slots=True)
class Event:
    """Sample ``start`` is when the direct sound of a ``kind`` at ``position`` passes the middle of the array."""

    kind: str
    start: int
    position: Point


BURST = (-165.0, 6.0, 1.5)
"""Three rounds from one place in the road, 0.62 and 0.69 s apart."""
SCHEDULE: tuple[tuple[str, float, Point], ...] = (
    ("gunshot", 5.0, BURST),
    ("gunshot", 5.62, BURST),
    ("gunshot", 6.31, BURST),
    ("gunshot", 13.0, (290.0, 12.0, 1.5)),
    ("firework", 20.0, (60.0, 10.0, 70.0)),
)
"""Kind, second of the period, and place."""


class Street:
    """What ``channels`` microphones hear: corners of a square, on the pole's top.

    Without ``events`` what fits of the ``SCHEDULE`` repeats every ``period_s`` for ever. With them, they happen once.
    ValueError for more channels than the square has corners.
    """

    def __init__(
        self,
        *,
        rate_hz: float = 48_000,
        channels: int = 4,
        seed: int = 1,
        period_s: float = 30.0,
        events: Sequence[Event] | None = None,
    ) -> None:
        self.rate_hz = rate_hz
        self.microphones = corners(channels) + np.array((0, 0, POLE_M))
        self.period = round(period_s * rate_hz) if events is None else None
        self.events = _scheduled(rate_hz, period_s) if events is None else tuple(events)
        self._traffic = Traffic(rate_hz, self.microphones, seed)
        self._heard = [self._render(event, np.random.default_rng([seed, n])) for n, event in enumerate(self.events)]

    def samples(self, first: int, count: int) -> NDArray[np.float32]:
        """Samples ``first`` to ``first + count``, shape (channels, count), full scale ±1.0, any order of calls."""
        total = self._traffic.samples(first, count)
        for sound, start in self._sounding(first, count):
            begin, end = max(start, first), min(start + sound.shape[1], first + count)
            total[:, begin - first : end - first] += sound[:, begin - start : end - start]
        return np.asarray(np.clip(total / np.float32(FULL_SCALE_PA), -1, 1), np.float32)

    def happened(self, first: int, count: int) -> list[Event]:
        """The events, in every period, that start from sample ``first`` until before ``first + count``."""
        shifts = self._shifts(first, count)
        moved = (replace(event, start=event.start + shift) for shift in shifts for event in self.events)
        return [event for event in moved if first <= event.start < first + count]

    def _sounding(self, first: int, count: int) -> Iterator[tuple[NDArray[np.float32], int]]:
        for shift in self._shifts(first, count):
            for event, sound in zip(self.events, self._heard, strict=True):
                start = event.start + shift - round(SPANS[event.kind].before_s * self.rate_hz)
                if start < first + count and first < start + sound.shape[1]:
                    yield sound, start

    def _shifts(self, first: int, count: int) -> range:
        """By how much the events are moved in each period that a stretch may touch."""
        if self.period is None:
            return range(1)
        return range(max(0, first // self.period - 1) * self.period, first + count + self.period, self.period)

    def _render(self, event: Event, rng: np.random.Generator) -> NDArray[np.float32]:
        """Pressure of one event in Pa, shape (channels, n); it starts ``before_s`` before the event does."""
        span = SPANS[event.kind]
        count = round((span.before_s + span.after_s) * self.rate_hz)
        frequency_hz = np.fft.rfftfreq(count, 1 / self.rate_hz)
        heard = transfer(event.position, self.microphones, frequency_hz)
        heard *= 1 + tail(self.rate_hz, count, len(self.microphones), rng)
        pressure = np.fft.irfft(heard * spectrum(event.kind, self.rate_hz, count, rng), count)
        return np.asarray(np.roll(pressure, round(span.before_s * self.rate_hz), axis=1), np.float32)


def corners(channels: int) -> NDArray[np.float64]:
    """Places of the microphones about the middle of the array, shape (channels, 3): as many corners as channels."""
    square = np.array([(1, 1, 0), (-1, 1, 0), (-1, -1, 0), (1, -1, 0)])
    if not 1 <= channels <= len(square):
        raise ValueError(f"{channels} channels asked of a square array: it has 1 to {len(square)}")
    return np.asarray(square[:channels] * (SIDE_M / 2), np.float64)


def _scheduled(rate_hz: float, period_s: float) -> tuple[Event, ...]:
    return tuple(Event(kind, round(at_s * rate_hz), place) for kind, at_s, place in SCHEDULE if at_s < period_s)


def tail(rate_hz: float, count: int, channels: int, rng: np.random.Generator) -> NDArray[np.complex128]:
    """Response of the street but for its first reflections, another in each channel: noise that fades."""
    time_s = np.arange(count) / rate_hz
    power = np.zeros(count)
    for fade_s, energy_db in SCATTERED:
        fading = np.where(time_s > TAIL_AFTER_S, 10 ** (-6 * time_s / fade_s), 0)
        power += fading * 10 ** (energy_db / 10) / fading.sum()
    return np.asarray(np.fft.rfft(np.sqrt(power) * rng.standard_normal((channels, count))))
