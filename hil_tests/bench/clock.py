"""How well the time of a sample is known: ``python -m hil_tests.bench.clock``, two minutes of work.

A crystal of 18 ppm, with white and random-walk frequency noise and the temperature of a street, runs a sample counter;
a receiver's seconds, 30 ns apart from UTC, are caught on it by a timer of 12 MHz, or only by the index of the sample.
The true time of each sample is known, so is the error of what is told, and how often the claimed error covers it.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dsp.clockfit.fit import ClockFit
from dsp.tests.crystals import (
    FAULTS,
    OFFSET,
    RATE_HZ,
    TICKS,
    WEATHERS,
    Course,
    Floats,
    Latch,
    Weather,
    befallen,
    error_s,
)

WARM_S = 120
FAULT_S = 300
US = 1e6


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
    course = Course.of(
        weather, learn_s + coast_s + 2, seed, OFFSET + 4e-6 * np.random.default_rng(seed).standard_normal()
    )
    latch = Latch(ClockFit(RATE_HZ), ticks)
    for second in range(1, learn_s):
        latch.catch(course, second)
    return error_s(latch.fit, course, learn_s - 1 + coast_s)


def table(runs: int) -> None:
    head = "".join(f"{word:>10}" for word in ("rms us", "p99", "worst", "claimed")) + "".join(
        f"{n:>3} sigma" for n in (1, 2, 3)
    )
    for weather in WEATHERS:
        print(f"\n{weather.name:38}{head}")
        for name, ticks in (("timer of 12 MHz", TICKS), ("index of the sample", 1)):
            pairs = [pair for seed in range(max(2, runs // 10)) for pair in locked(weather, ticks, 1800, seed)]
            print(f"{name + ', locked':38}" + Errors(*np.array(pairs).T).line())
            for coast_s in (60, 600):
                pairs = [holdover(weather, ticks, coast_s, seed) for seed in range(runs)]
                print(f"{f'{name}, {coast_s} s without':38}" + Errors(*np.array(pairs).T).line())


def costs() -> None:
    """What each fault costs: the worst error and the worst claim, and how often the claim was under a third of it."""
    head = "".join(
        f"{word:>14}" for word in ("worst, 5 s", "claimed", "worst, 60 s", "a minute on", "not covered", "steps")
    )
    for name, ticks in (("timer of 12 MHz", TICKS), ("index of the sample", 1)):
        print(f"\n{name + ', us':38}{head}")
        for fault in FAULTS:
            latch, rows = befallen(fault, ticks, FAULT_S, FAULT_S + 180)
            errors, sigmas = np.abs(rows[FAULT_S - 1 :]).T
            sizes = errors[:5].max(), sigmas[:5].max(), errors[:60].max(), errors[65:].max()
            uncovered, steps = np.sum(errors > 3 * sigmas), len(latch.fit.steps)
            print(f"{fault.name:38}" + "".join(f"{US * size:14.2f}" for size in sizes) + f"{uncovered:12} s{steps:14}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    table(parser.parse_args().runs)
    costs()


if __name__ == "__main__":
    main()
