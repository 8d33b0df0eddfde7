"""Samples as a meter wants them, a second at a time: no converter's offset, holes silent, and both marked.

    given ─┤ what is no number: 0 ├─┤ - mean of the first second ├─┤ holes: 0 ├─ samples
           └─ steps that hold what is no number, steps that touch full scale

The rules are those of :mod:`dsp.meter`, for measures that need less than all of it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.grid import Grid
from dsp.meter import FULL_SCALE
from dsp.recursive import Array


@dataclass(frozen=True, slots=True, eq=False)
class Cleaned:
    """One second: ``samples`` in double precision, valid until the next; how much was missing or touched full scale."""

    samples: Array
    missing_s: float
    overload_s: float


class Clean:
    """One channel, a whole second of ``grid`` at a time. The offset is learned from the first second that has any."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._offset: float | None = None
        self._samples = np.zeros(grid.second)

    def second(self, given: NDArray[np.float32]) -> Cleaned:
        """Of ``grid.second`` samples, full scale ±1.0."""
        samples = self._samples
        samples[:] = given
        finite = np.isfinite(given)
        missing = self._steps(~finite)
        overload = self._steps(finite & (np.abs(given) >= FULL_SCALE))
        hole = np.repeat(missing, self._grid.step)
        samples[hole] = 0
        heard = given.size - np.count_nonzero(hole)
        if self._offset is None and heard:
            self._offset = float(samples.sum() / heard)
        samples -= self._offset or 0.0
        samples[hole] = 0
        return Cleaned(samples, self._s(missing), self._s(overload))

    def _steps(self, marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return np.asarray(marked.reshape(self._grid.steps, -1).any(axis=1))

    def _s(self, steps: NDArray[np.bool_]) -> float:
        return float(np.count_nonzero(steps)) * self._grid.step_s
