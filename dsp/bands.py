"""Level in a few wide bands, hop by hop: Hann frames, Fourier power, sums of bins.

    x  ──┤ frame, Hann ├─┤ |rfft|² ├─┤ Σ bins of each band ├─┤ 10 log10 ├──  (hops, bands) dB

A full-scale sine inside a band reads -3 dB: mean square, full scale 1.0 = 0 dB, as in ``dsp.levels``.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dsp.levels import power_db


class Bands:
    """Levels of blocks of hops in ``edges_hz``: band b reaches from edge b to edge b + 1.

    The level of a hop belongs to the ``frame`` samples that end with it.
    """

    def __init__(self, rate_hz: float, *, frame: int, hop: int, edges_hz: Sequence[float]) -> None:
        self.frame = frame
        self.hop = hop
        window = np.hanning(frame + 1)[:-1]
        self._window = np.asarray(window, np.float32)
        self._bins = _bin_sums(np.fft.rfftfreq(frame, 1 / rate_hz), edges_hz) * 2 / (frame * np.sum(window**2))
        self._past = np.zeros(frame - hop, np.float32)

    def block(self, samples: NDArray[np.float32]) -> NDArray[np.float64]:
        """Levels in dB of a whole number of hops, shape (hops, bands)."""
        line = np.concatenate((self._past, samples))
        self._past = line[samples.size :]
        frames = np.lib.stride_tricks.sliding_window_view(line, self.frame)[:: self.hop]
        spectrum = np.fft.rfft(frames * self._window)
        return power_db((spectrum.real**2 + spectrum.imag**2) @ self._bins)


def _bin_sums(bins_hz: NDArray[np.floating], edges_hz: Sequence[float]) -> NDArray[np.float64]:
    """One column a band, one row a Fourier bin: 1 where the bin lies in the band."""
    edges = np.asarray(edges_hz)
    return ((bins_hz[:, None] >= edges[None, :-1]) & (bins_hz[:, None] < edges[None, 1:])).astype(np.float64)
