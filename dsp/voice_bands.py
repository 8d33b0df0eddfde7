"""Energy in the third octaves of voices and below them, forty times a second: what crowds are heard by.

    samples ─┤ clean ├─┤ sine window, 50 ms, every 25 ms ├─┤ |FFT|² ├─┬─┤ Σ of bins · |H|² ├─── 63 Hz … 4 kHz
                                                                      └─┤ Σ p² · n / (Σ p)² ├── grain, 0.5 … 2 kHz

The weights are those of :mod:`dsp.octaves`. A bin is 20 Hz: too coarse below 1.6 kHz for a standard's mask, fine enough
for sounds as wide as a crowd's. Nothing above 4 kHz is looked at, so that a recording's rate does not decide.

Grain says how unevenly the bins of a third octave are filled. Of Gaussian noise it is a little under 2 (the fourth
moment of a complex Gaussian), whatever the level; the partials of one voice or siren leave gaps between them, and many
voices fill each other's gaps. It is an average over seven thirds: no pitch, no place of a partial is known after it.
Nothing is kept that a word or a person could be told by.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.blocks import Blocks
from dsp.clean import Clean, Cleaned
from dsp.filters import product
from dsp.grid import Grid, divisor_from
from dsp.octaves import FAST_HOP_S, MID_HZ, power_gain, told_bands
from dsp.recursive import Array

FIRST, LOW, LAST = 5, 11, 24
"""Third octaves counted from 20 Hz: 63 to 200 Hz are FIRST to LOW, 250 Hz to 4 kHz LOW to LAST."""
LOW_BANDS = LOW - FIRST
GRAIN_BANDS = slice(9, 16)  # of those: 500 Hz to 2 kHz, where a third has 6 bins and more
SPLIT = 2.0  # frames overlap by half
TINY = 1e-30  # under the square of any sample that is not zero


@dataclass(frozen=True, slots=True, eq=False)
class Voiced:
    """One second: ``frames`` (frames, bands) in mean squares, the first six bands those below voices.

    ``grain`` is the mean over the second, weighed by energy ``grain_weight``. ``whole`` says that there was no hole,
    ``overload_s`` how much touched full scale.
    """

    frames: Array
    grain: float
    grain_weight: float
    whole: bool
    overload_s: float


class VoiceBands:
    """One channel at ``rate_hz``, 8 kHz or more; of the bands those that the rate has room for."""

    def __init__(self, rate_hz: float) -> None:
        self.grid = Grid.of(rate_hz)
        self._hop = divisor_from(self.grid.steps, FAST_HOP_S / self.grid.step_s) * self.grid.step
        self.frame_s = self._hop / rate_hz
        self.mid_hz = MID_HZ[FIRST : min(LAST, told_bands(rate_hz))]
        length = round(SPLIT * self._hop)
        self._window = np.sin(np.pi * (np.arange(length) + 0.5) / length)
        bins_hz = np.fft.rfftfreq(length, 1 / rate_hz)
        bins_hz = bins_hz[: np.searchsorted(bins_hz, 2 * self.mid_hz[-1])]  # behind, weights are under -60 dB
        self._weights = power_gain(bins_hz[:, None], self.mid_hz) * 2 / length / self._hop
        half = 2 ** (1 / 6)
        middles = self.mid_hz[GRAIN_BANDS]
        inside = (bins_hz[:, None] >= middles / half) & (bins_hz[:, None] < middles * half)
        self._inside, self._counts = inside.astype(np.float64), inside.sum(axis=0)
        self._line = np.zeros(self._hop + self.grid.second)
        self._clean = Clean(self.grid)
        self._seconds = Blocks(self.grid.second)
        self._holed = False

    def feed(self, samples: NDArray[np.float32]) -> Iterator[Voiced]:
        """The seconds that ``samples``, shape (n,), complete; full scale ±1.0. ValueError for another shape."""
        if samples.ndim != 1:
            raise ValueError(f"samples of shape {samples.shape}; a detector hears one channel, shape (n,)")
        return (self._second(self._clean.second(second)) for second in self._seconds.feed(samples))

    def _second(self, clean: Cleaned) -> Voiced:
        self._line[: self._hop] = self._line[-self._hop :]
        self._line[self._hop :] = clean.samples
        frames = np.lib.stride_tricks.sliding_window_view(self._line, self._window.size)[:: self._hop]
        spectrum = np.fft.rfft(frames * self._window)[:, : len(self._weights)]
        power = spectrum.real**2 + spectrum.imag**2
        bands = product(power, self._weights)
        grain, weight = self._grain(power, bands[:, GRAIN_BANDS])
        holed, self._holed = self._holed, clean.missing_s > 0  # the first frame reaches into the second before
        return Voiced(bands, grain, weight, not (holed or self._holed), clean.overload_s)

    def _grain(self, power: Array, weights: Array) -> tuple[float, float]:
        """Mean of n Σp² / (Σp)² over frames and thirds, and the energy that it is weighed by."""
        sums = np.maximum(product(power, self._inside), TINY)
        uneven = product(power**2, self._inside) * self._counts / sums**2
        weight = float(weights.sum())
        return float((uneven * weights).sum()) / max(weight, TINY), weight
