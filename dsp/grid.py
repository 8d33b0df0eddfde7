"""How a second of samples is cut: steps of about half a millisecond, of which everything else is made.

    second │────────────────────────────────────────────────│      rate samples
    frames │──────│──────│──────│                                  about 25 ms, a whole number of steps
    steps  │·│·│·│·│·│·│·│·                                        about 0.5 ms, a divisor of the second

At 44.1 kHz a step is 21 samples, at 48 kHz 24. An eighth of a second need not be a whole number of steps; what a step
holds is shared between the two eighths that it lies in.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STEPS_A_SECOND = 2000
EIGHTHS = 8
PARTS = 5
ROUND_STEPS = 40  # a number with divisors, for rates that have none


@dataclass(frozen=True, slots=True)
class Grid:
    """``steps`` of ``step`` samples make the second of a stream at ``rate_hz``."""

    rate_hz: float
    step: int
    steps: int

    @classmethod
    def of(cls, rate_hz: float) -> "Grid":
        """The grid whose step is nearest to half a millisecond.

        Where the rate is so odd that no divisor of it comes near, the "second" is up to a hundredth long or short.
        """
        rate = round(rate_hz)
        step = nearest_divisor(rate, rate / STEPS_A_SECOND)
        if 0.5 < step * STEPS_A_SECOND / rate < 2 and _parts_well(rate // step):
            return cls(rate_hz, step, rate // step)
        step = max(1, round(rate / STEPS_A_SECOND))
        return cls(rate_hz, step, round(rate / step / ROUND_STEPS) * ROUND_STEPS)

    @property
    def second(self) -> int:
        """Samples in a second."""
        return self.step * self.steps

    @property
    def second_s(self) -> float:
        """How long that is: 1, but at odd rates."""
        return self.second / self.rate_hz

    def part(self) -> "Grid":
        """The grid of about a fifth of a second, of which a second has a whole number.

        Arrays of that length stay in a core's cache; with shorter ones calls cost more than what they do.
        """
        return Grid(self.rate_hz, self.step, self.steps // nearest_divisor(self.steps, PARTS))

    @property
    def step_s(self) -> float:
        """How long a step is."""
        return self.step / self.rate_hz


def _parts_well(steps: int) -> bool:
    """Whether frames of about 4 and 25 ms divide a second of ``steps``, within four and three times that."""
    return divisor_from(steps, 8) <= 32 and divisor_from(steps, 50) <= 150


def nearest_divisor(whole: int, near: float) -> int:
    """The divisor of ``whole`` whose ratio to ``near`` is closest to 1."""
    return min(_divisors(whole), key=lambda one: abs(np.log(one / near)))


def divisor_from(whole: int, least: float) -> int:
    """The smallest divisor of ``whole`` that is at least ``least``, which is at most ``whole``."""
    return next(one for one in _divisors(whole) if one >= least)


def _divisors(whole: int) -> list[int]:
    return [one for one in range(1, whole + 1) if whole % one == 0]


def eighths(pieces: int) -> NDArray[np.float64]:
    """Share of each of ``pieces`` equal pieces of a second in each eighth, shape (8, pieces)."""
    edges = np.arange(EIGHTHS + 1) * pieces / EIGHTHS
    starts = np.arange(pieces)
    return np.asarray(np.clip(np.minimum(edges[1:, None], starts + 1) - np.maximum(edges[:-1, None], starts), 0, 1))
