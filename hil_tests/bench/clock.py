"""How well the time of a sample is known: ``python -m hil_tests.bench.clock``, two minutes of work.

A crystal of 18 ppm, with white and random-walk frequency noise and the temperature of a street, runs a sample counter;
a receiver's seconds, 30 ns apart from UTC, are caught on it by a timer of 12 MHz, or only by the index of the sample.
The true time of each sample is known, so is the error of what is told, and how often the claimed error covers it.
"""

import argparse
import math
from collections.abc import Callable, Iterator
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
COARSE_S = 1e-3
WARM_S = 120
US = 1e6

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
        times = begun + np.arange(seconds)
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

    def catch(self, course: Course, second: int, late_s: float = 0.0, shift: int = 0) -> None:
        sample, fraction = course.sample_at(second + max(-second, late_s + self.draw.normal(0, RECEIVER_S)))
        told = (math.floor(fraction * self.ticks) + 0.5) / self.ticks
        at_ns = (START_S + second) * NS_PER_S
        self.fit.second(Edge(sample + shift, told, at_ns, RECEIVER_S, 1 / RATE_HZ / self.ticks))


@dataclass(frozen=True, slots=True)
class Errors:
    """Of the times told, in s, with the standard deviation that was claimed of each."""

    errors: Floats
    sigmas: Floats

    def line(self) -> str:
        size = np.abs(self.errors) * US
        shares = [np.mean(np.abs(self.errors) <= times * self.sigmas) for times in (1, 2, 3)]
        return (
            f"{np.sqrt(np.mean(size**2)):10.3f}{np.quantile(size, 0.99):10.3f}{size.max():10.3f}"
            f"{np.sqrt(np.mean(self.sigmas**2)) * US:10.3f}" + "".join(f"{share:9.2%}" for share in shares)
        )


def error_s(fit: ClockFit, course: Course, second: float) -> tuple[float, float]:
    """Error of the time told of the sample that was taken at ``second``, and what is claimed of it."""
    sample, fraction = course.sample_at(second)
    told = fit.at(sample, fraction)
    whole = math.floor(second)
    return (told.utc_ns - (START_S + whole) * NS_PER_S) / NS_PER_S - (second - whole), told.sigma_s


def locked(weather: Weather, ticks: int, seconds: int, seed: int) -> Iterator[tuple[float, float]]:
    """Errors half a second behind each second, where only what was before is known."""
    course = Course.of(weather, seconds + 2, seed, OFFSET + 4e-6 * np.random.default_rng(seed).standard_normal())
    latch = Latch(ClockFit(RATE_HZ), ticks)
    for second in range(1, seconds):
        latch.catch(course, second)
        if second > WARM_S:
            yield error_s(latch.fit, course, second + 0.5)


def holdover(weather: Weather, ticks: int, coast_s: int, seed: int) -> tuple[float, float]:
    """Error ``coast_s`` after the last second."""
    learn_s = 900
    course = Course.of(weather, learn_s + coast_s + 2, seed, OFFSET + 4e-6 * np.random.default_rng(seed).standard_normal())
    latch = Latch(ClockFit(RATE_HZ), ticks)
    for second in range(1, learn_s):
        latch.catch(course, second)
    return error_s(latch.fit, course, learn_s - 1 + coast_s)


def table(runs: int) -> None:
    head = "".join(f"{word:>10}" for word in ("rms us", "p99", "worst", "claimed")) + f"{'1σ':>9}{'2σ':>9}{'3σ':>9}"
    for weather in WEATHERS:
        print(f"\n{weather.name:38}{head}")
        for name, ticks in (("timer of 12 MHz", TICKS), ("index of the sample", 1)):
            pairs = [pair for seed in range(max(2, runs // 10)) for pair in locked(weather, ticks, 1800, seed)]
            print(f"{name + ', locked':38}" + Errors(*np.array(pairs).T).line())
            for coast_s in (60, 600):
                pairs = [holdover(weather, ticks, coast_s, seed) for seed in range(runs)]
                print(f"{f'{name}, {coast_s} s without':38}" + Errors(*np.array(pairs).T).line())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    table(parser.parse_args().runs)


if __name__ == "__main__":
    main()
