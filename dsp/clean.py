"""Samples as a meter wants them, a second at a time: no converter's offset, holes silent, and both marked.

given ─┤ what is no number: 0 ├─┤ - mean of the first second ├─┤ holes: 0 ├─ samples
       └─ steps that hold what is no number, steps that touch full scale
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.grid import Grid
from dsp.recursive import Array

FULL_SCALE = 1 - 2.0**-7
"""The largest sample of 8 bits, 0.07 dB under full scale: what comes this close with more bits has clipped, or will."""


@dataclass(frozen=True, slots=True, eq=False)
class Cleaned:
    """One second: ``samples`` in double precision, valid until the next; how much was missing or touched full scale."""

    samples: Array
    missing_s: float
    overload_s: float


class Clean:
    """One channel, a second of ``grid`` at a time. The offset is learned from the first second that has any."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._offset: float | None = None
        self._samples = np.zeros(grid.second)

    def second(self, given: NDArray[np.float32], count: int | None = None) -> Cleaned:
        """Of ``grid.second`` samples, full scale ±1.0; what lies behind ``count``, if that is given, is padding."""
        count = given.size if count is None else count
        missing, overload = self._marks(given[:count])
        samples = self._samples
        samples[:] = given
        if missing.any():
            samples[np.repeat(missing, self._grid.step)] = 0
        heard = count - np.count_nonzero(missing) * self._grid.step
        if self._offset is None and heard > 0:
            self._offset = float(samples[:count].sum() / heard)
        samples -= self._offset or 0.0
        if missing.any() or count < samples.size:
            samples[np.repeat(missing, self._grid.step)] = samples[count:] = 0
        return Cleaned(samples, self._s(missing), self._s(overload))

    def _marks(self, heard: NDArray[np.float32]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which steps hold what is no number, and which touch full scale."""
        none = np.zeros(self._grid.steps, np.bool_)
        if np.abs(heard).max() < FULL_SCALE:  # what is no number is not less
            return none, none
        finite = np.isfinite(heard)
        return self._steps(~finite), self._steps(finite & (np.abs(heard) >= FULL_SCALE))

    def _steps(self, samples: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which steps hold one of ``samples``."""
        whole = np.pad(samples, (0, self._grid.second - samples.size))
        return np.asarray(whole.reshape(self._grid.steps, -1).any(axis=1))

    def _s(self, steps: NDArray[np.bool_]) -> float:
        return float(np.count_nonzero(steps)) * self._grid.step_s
