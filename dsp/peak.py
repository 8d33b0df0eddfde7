"""The peak of the sound pressure, also between the samples.

    samples       ·    ·              the tops of a tone of a sixth of the sample rate may lie 1.2 dB above
    between    ·  '  ·  '             all of its samples

The steps with the largest samples are upsampled by eight with a windowed sinc (A. Oppenheim, R. Schafer, Discrete-Time
Signal Processing, 3rd ed., 4.6.3): at 0.42 of the sample rate what remains is 20 log10 cos(π 0.42 / 8) = -0.12 dB.
"""

import numpy as np

from dsp.filters import low_pass
from dsp.grid import Grid
from dsp.recursive import Array

TIMES = 8
AROUND = 16  # samples on both sides that a value between samples is made of
CANDIDATES = 8  # steps that are looked at between their samples, those with the largest samples


class TruePeak:
    """The largest magnitude of one channel, the samples of a grid at a time; ``AROUND`` samples late."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        taken = np.arange(-AROUND, grid.step + AROUND)
        given = np.arange(grid.step * TIMES) / TIMES
        kernel = low_pass(taken[:, None] - given[None, :], 0.5, AROUND)
        self._kernel = kernel / kernel.sum(axis=0)
        self._past = np.zeros(2 * AROUND)

    def block(self, samples: Array, count: int) -> float:
        """The largest magnitude in the first ``count`` of ``samples``, at least one; what lies behind is padding."""
        line = np.concatenate((self._past, samples))
        self._past = line[-2 * AROUND :].copy()
        across = np.abs(line[AROUND:-AROUND]).reshape(self._grid.steps, -1).T.copy()  # long rows, which are quick
        largest = across.max(axis=0)[: count // self._grid.step]
        chosen = np.argsort(largest)[-CANDIDATES:]
        taken = chosen[:, None] * self._grid.step + np.arange(self._kernel.shape[0])
        between = line[taken] @ self._kernel
        rest = samples[max(0, largest.size * self._grid.step - AROUND) : count]
        found = (largest.max(initial=0.0), between.max(initial=0.0), -between.min(initial=0.0))
        return float(max(*found, np.abs(rest).max(initial=0.0)))
