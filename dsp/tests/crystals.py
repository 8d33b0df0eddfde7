"""A crystal whose true time is known, and a receiver's seconds caught on it."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dsp.clockfit.fit import ClockFit
from dsp.clockfit.track import NS_PER_S, Edge

RATE_HZ = 48_000.0
START_S = 1_795_435_200  # 2026-11-23T12:00:00Z
OFFSET = 18e-6
RECEIVER_S = 30e-9
TICKS = 250  # of 12 MHz a sample

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weather:
    """What the crystal goes through: h0, h-2, and its temperature's effect on the frequency at a time."""

    name: str
    h0: float
    h_2: float
    warmth: Callable[[Floats], Floats]


WEATHERS = (
    Weather("even temperature (TCXO)", 2e-19, 2e-20, lambda t: 0 * t),
    Weather("20 K/h, 0.1 ppm/K", 2e-19, 2e-20, lambda t: 5.6e-10 * t),
    Weather("±2 ppm over 6 h", 1e-18, 5e-19, lambda t: 2e-6 * np.sin(2 * np.pi * t / 21_600)),
)


@dataclass(frozen=True, slots=True)
class Course:
    """A crystal's count of samples at each whole second, and what a latch would say; exact to 1e-4 ns."""

    counts: Floats  # less the nominal count

    @classmethod
    def of(cls, weather: Weather, seconds: int, seed: int, offset: float = OFFSET) -> "Course":
        """One course of the weather, from a random moment of it."""
        draw = np.random.default_rng(seed)
        walk = np.cumsum(draw.normal(0, math.sqrt(2 * math.pi**2 * weather.h_2), seconds))
        white = draw.normal(0, math.sqrt(weather.h0 / 2), seconds)
        begun = draw.uniform(0, 21_600)
        times: Floats = begun + np.arange(seconds, dtype=np.float64)
        warmth = weather.warmth(times) - weather.warmth(np.array([begun]))
        phase = draw.uniform()  # of the first second within its sample
        return cls(np.concatenate(([0.0], np.cumsum((offset + walk + white + warmth) * RATE_HZ))) + phase)

    def sample_at(self, second: float) -> tuple[int, float]:
        """The count at a time: whole samples and the rest."""
        whole = int(second)
        between = np.interp(second, (whole, whole + 1), self.counts[whole : whole + 2])
        nominal = math.floor(second * RATE_HZ)
        count = between + (second * RATE_HZ - nominal)
        return nominal + math.floor(count), count - math.floor(count)


@dataclass(slots=True)
class Latch:
    """Catches seconds, on ticks or on samples, and tells them to a fit."""

    fit: ClockFit
    ticks: int = TICKS
    draw: np.random.Generator = field(default_factory=lambda: np.random.default_rng(1))

    def catch(self, course: Course, second: int, late_s: float = 0.0, shift: int = 0, label: int = 0) -> None:
        sample, fraction = course.sample_at(second + max(-second, late_s + self.draw.normal(0, RECEIVER_S)))
        told = (math.floor(fraction * self.ticks) + 0.5) / self.ticks
        at_ns = (START_S + second + label) * NS_PER_S
        self.fit.second(Edge(sample + shift, told, at_ns, RECEIVER_S, 1 / RATE_HZ / self.ticks))


def error_s(fit: ClockFit, course: Course, second: float, shift: int = 0, label: int = 0) -> tuple[float, float]:
    """Error of the time told of the sample that was taken at ``second``, and what is claimed of it."""
    sample, fraction = course.sample_at(second)
    told = fit.at(sample + shift, fraction)
    whole = math.floor(second)
    return (told.utc_ns - (START_S + whole + label) * NS_PER_S) / NS_PER_S - (second - whole), told.sigma_s


@dataclass(frozen=True, slots=True)
class Fault:
    """What befalls the seconds for ``lasts`` of them."""

    name: str
    lasts: int = 1_000_000
    missing: bool = False
    again_s: float = 0.0  # a second edge behind each
    late_s: float = 0.0
    shift: int = 0  # of the count of samples
    label: int = 0  # of the second's name

    def catch(self, latch: Latch, course: Course, second: int, since: int) -> None:
        if since >= self.lasts:
            latch.catch(course, second)
            return
        if not self.missing:
            latch.catch(course, second, self.late_s, self.shift, self.label)
        if self.again_s:
            latch.catch(course, second, self.again_s, self.shift, self.label)


FAULTS = (
    Fault("60 pulses missing", lasts=60, missing=True),
    Fault("each pulse doubled 0.1 s later", again_s=0.1),
    Fault("one pulse 20 us late", lasts=1, late_s=20e-6),
    Fault("20 us late for good", late_s=20e-6),
    Fault("one pulse named a second too early", lasts=1, label=-1),
    Fault("a leap second: named so from now on", label=-1),
    Fault("10 ms of samples lost, not counted", shift=-480),
)


def befallen(fault: Fault, ticks: int, begun: int, end: int) -> tuple[Latch, NDArray[np.float64]]:
    """Errors and claims half a second behind each second, shape (seconds, 2), where ``fault`` comes at ``begun``."""
    course, latch = Course.of(WEATHERS[1], end + 2, 5), Latch(ClockFit(RATE_HZ), ticks)
    rows = []
    for second in range(1, end):
        since = second - begun
        if since < 0:
            latch.catch(course, second)
        else:
            fault.catch(latch, course, second, since)
        lasting = since >= 0 and fault.lasts > 1 and fault.label != 0
        shift = fault.shift if since >= 0 else 0
        rows.append(
            error_s(latch.fit, course, second + 0.5, shift, fault.label if lasting else 0) if second > 3 else (0.0, 1.0)
        )
    return latch, np.array(rows)
