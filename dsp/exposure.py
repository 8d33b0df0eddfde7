"""A- and C-weighted energy of whole seconds: what :mod:`dsp.meter` measures, without peaks, time weightings and bands.

    samples ─┤ clean ├─┤ A, C ├─ x² ─ ∫ ─ exposure of A and C, full-scale-squared seconds

A limit on LAeq over a quarter of an hour needs no more, and pays a sixth. The filters, their cuts and the rules for
what is no number are the meter's, so the sums are too.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp import weighting
from dsp.blocks import Blocks
from dsp.clean import Clean, Cleaned
from dsp.grid import Grid
from dsp.recursive import Array, Recursive


@dataclass(frozen=True, slots=True)
class Exposed:
    """One second: ∫x² dt of A and C in s, how much was measured, and how much of that touched full scale."""

    a: float
    c: float
    measured_s: float
    overload_s: float


class Exposure:
    """One channel at ``rate_hz`` (8 to 192 kHz; ValueError otherwise). What ends within a second is not told."""

    def __init__(self, rate_hz: float) -> None:
        self.grid = Grid.of(rate_hz)
        self._part = self.grid.part()
        self._weighting = Recursive([weighting.system(rate_hz)], self.grid.step, self._part.steps)
        self._clean = Clean(self.grid)
        self._seconds = Blocks(self.grid.second)

    def feed(self, samples: NDArray[np.float32]) -> Iterator[Exposed]:
        """The seconds that ``samples``, shape (n,), complete; full scale ±1.0. ValueError for another shape."""
        if samples.ndim != 1:
            raise ValueError(f"samples of shape {samples.shape}; a detector hears one channel, shape (n,)")
        return (self._second(self._clean.second(second)) for second in self._seconds.feed(samples))

    def _second(self, clean: Cleaned) -> Exposed:
        length = self._part.second
        parts = [self._part_energies(clean.samples[at : at + length]) for at in range(0, self.grid.second, length)]
        a, c = np.sum(parts, axis=0) / self.grid.rate_hz
        measured_s = max(0.0, self.grid.second_s - clean.missing_s)
        return Exposed(float(a), float(c), measured_s, min(clean.overload_s, measured_s))

    def _part_energies(self, samples: Array) -> Array:
        both = self._weighting.block(samples.reshape(self._part.steps, -1))[0]
        halves = both.reshape(self._part.steps, 2, self.grid.step)
        return np.asarray(np.einsum("swi,swi->w", halves, halves))
