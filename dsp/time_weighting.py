"""Time weightings Fast, Slow and Impulse: exponential averages of the squared signal, told at each step of the grid.

    F, S    e(t) = (1/τ) ∫ x²(u) exp(-(t - u)/τ) du            τ = 125 ms, 1 s         IEC 61672-1:2013, 5.8
    I       the same with τ = 35 ms, held, and falling with 1.5 s (2.9 dB a second)   IEC 60651:1979, 7.4; withdrawn

Within a step the average is exact, sample by sample; between steps (half a millisecond) it is not looked at. The
maximum of a burst of a quarter of a millisecond is 0.03 dB low for that. It begins at nothing, as an instrument that is
switched on; minima and percentiles leave out the first ``SETTLING_S``.
"""

import numpy as np

from dsp.filters import product
from dsp.grid import Grid
from dsp.recursive import Array, Scan

FAST_S, SLOW_S, RISE_S = 0.125, 1.0, 0.035
FALL_S = 1.5
SETTLING_S = 0.5
"""Four time constants of Fast: e⁻⁴ of the level is missing then, 0.08 dB."""


class TimeWeighting:
    """Fast, Slow and Impulse of one channel, the steps of a grid at a time."""

    def __init__(self, grid: Grid) -> None:
        keep = np.exp(-1 / (grid.rate_hz * np.array([FAST_S, SLOW_S, RISE_S])))
        ago = np.arange(grid.step - 1, -1, -1)[:, None]
        self._enter: Array = np.asarray((1 - keep) * keep**ago, np.float64)
        self._scan = Scan(np.diag(keep**grid.step)[None], grid.steps)
        self._state = np.zeros((1, keep.size))
        fall = np.exp(-grid.step_s / FALL_S)
        self._falling = fall ** np.arange(1, grid.steps + 1)
        self._held = 0.0

    def block(self, squares: Array) -> Array:
        """Mean squares after each step, shape (3, steps): Fast, Slow, Impulse. ``squares`` has shape (steps, step)."""
        averages = self._scan.states(product(squares, self._enter)[None], self._state)[0]
        self._state = averages[-1:].copy()
        impulse = np.maximum.accumulate(np.append(self._held, averages[:, 2] / self._falling))[1:] * self._falling
        self._held = float(impulse[-1])
        return np.stack((averages[:, 0], averages[:, 1], impulse))
