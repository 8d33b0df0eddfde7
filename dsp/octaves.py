"""Third-octave and octave bands, IEC 61260-1:2014: exact mid-band frequencies 1000 · 10^(n/10), n = -17 … 13.

    x ─┬─┤ low-pass, about 6 kHz ├─┤ 19 Butterworth band-passes, order 3 ├─┤ x² ├─┤ Σ ├─  20 Hz … 1.25 kHz
       └─┤ sine window, 50 ms, every 25 ms ├─┤ |FFT|² ├─┤ Σ of bins · |H|² ├─────────  1.6 … 20 kHz

Above 1.6 kHz a bin of 20 Hz is fine enough that the weights |H(f)|² of the same Butterworth filter, put on the bins,
hold the class 1 mask. sin² + cos² = 1, so windows that overlap by half count each sample's energy once. An octave is
the sum of its three thirds, by 0.11 dB or more inside the octave's mask.
"""

import numpy as np
from numpy.typing import NDArray

from dsp.filters import Resample, product
from dsp.grid import EIGHTHS, PARTS, Grid, divisor_from, eighths, nearest_divisor
from dsp.recursive import Array, Recursive, cascade, response

G = 10**0.3  # octave ratio, 5.2.1
THIRDS = tuple(range(-17, 14))
NOMINAL_HZ = (
    *(20.0, 25.0, 31.5, 40.0, 50.0, 63.0, 80.0, 100.0, 125.0, 160.0, 200.0, 250.0, 315.0, 400.0, 500.0, 630.0),
    *(800.0, 1000.0, 1250.0, 1600.0, 2000.0, 2500.0, 3150.0, 4000.0, 5000.0, 6300.0, 8000.0, 10000.0, 12500.0),
    *(16000.0, 20000.0),
)  # annex E
MID_HZ = 1000 * 10 ** (np.array(THIRDS) / 10)
ORDER = 3
TRIM = 0.97
"""An untrimmed Butterworth band-pass lets 0.19 dB too much of noise through (effective bandwidth, 5.12), this 0.06;
one that is right in that makes octaves whose thirds cross 0.6 dB down, outside of the octave's mask."""
WIDTH = TRIM * (G ** (1 / 6) - G ** (-1 / 6))  # between the edges, over the mid-band frequency
TOP_SHARE = 0.42  # of the rate: the last mid-band frequency that is told; its upper edge is below half the rate
SLOW_BANDS = 19  # up to 1.25 kHz, whose upper edge lies below a quarter of the slow rate
SLOW_HZ = 6000.0  # at least
SLOW_FRAME_S = 0.0039  # or the next longer that divides a second: 4 ms at 48 kHz
SLOW_CORNER_HZ, SLOW_HALF_S = 2900.0, 0.0013
"""Kaiser: 90 dB over 2.9 kHz needs (90 - 8) / (2.285 · 2π · 2900 Hz) = 2.0 ms, half on each side; a little more
is taken. The pass band ends at 1.5 kHz, and what lies above 4.4 kHz would fold into it."""
FAST_HOP_S = 0.0249  # or the next longer that divides a second: 25 ms at 48 kHz


def nominal_octaves() -> dict[float, tuple[int, int, int]]:
    """The octaves from 31.5 Hz to 16 kHz, and the indices of their three thirds."""
    return {NOMINAL_HZ[i]: (i - 1, i, i + 1) for i in range(2, len(THIRDS), 3)}


def told_bands(rate_hz: float) -> int:
    """How many of the 31 third octaves a sample rate has room for, from the lowest."""
    return int(np.count_nonzero(MID_HZ / rate_hz <= TOP_SHARE))


def power_gain(frequency_hz: NDArray[np.floating], mid_hz: NDArray[np.floating]) -> Array:
    """|H|² of the band-pass at ``mid_hz``, of order 3, trimmed; shapes broadcast, frequencies may be 0."""
    with np.errstate(divide="ignore"):
        ratio = np.asarray(frequency_hz) / np.asarray(mid_hz)
        return np.asarray(1 / (1 + ((ratio - 1 / ratio) / WIDTH) ** (2 * ORDER)))


def band_pass(mid_hz: float, rate_hz: float) -> Array:
    """Second-order sections of one third octave: Butterworth, bilinear with edges prewarped, gain 1 at ``mid_hz``."""
    q = WIDTH / 2
    edges_hz = mid_hz * (np.sqrt(1 + q**2) + np.array([-q, q]))
    low, high = 2 * rate_hz * np.tan(np.pi * edges_hz / rate_hz)
    prototype = np.exp(1j * np.pi * (2 * np.arange(ORDER) + ORDER + 1) / (2 * ORDER)) * (high - low) / 2
    apart = np.sqrt(prototype**2 - low * high + 0j)
    poles = np.concatenate((prototype + apart, prototype - apart))
    z = (2 * rate_hz + poles[poles.imag > 0]) / (2 * rate_hz - poles[poles.imag > 0])
    sections = np.stack([(1, 0, -1, 1, -2 * pole.real, abs(pole) ** 2) for pole in z])
    sections[:, :3] /= np.abs(response(sections, np.array([mid_hz]), rate_hz)) ** (1 / ORDER)
    return sections


class Thirds:
    """Energy in each band, a second at a time, of one channel."""

    def __init__(self, grid: Grid) -> None:
        self.bands = told_bands(grid.rate_hz)
        self._slow = Slow(grid)
        self._fast = Fast(grid, MID_HZ[SLOW_BANDS : self.bands])

    def second(self, samples: Array) -> Array:
        """∫x² dt in each eighth of a second and each of the 31 bands, shape (8, 31); bands without room are 0."""
        energy = np.zeros((EIGHTHS, len(THIRDS)))
        energy[:, :SLOW_BANDS] = self._slow.second(samples)
        energy[:, SLOW_BANDS : self.bands] = self._fast.second(samples)
        return energy


class Slow:
    """The bands up to 1.25 kHz, filtered in time at about 6 kHz."""

    def __init__(self, grid: Grid) -> None:
        steps = divisor_from(grid.steps, SLOW_FRAME_S / grid.step_s)
        a_step = int(np.ceil(SLOW_HZ * grid.step_s - 1e-6))
        length, self._frames = steps * a_step, grid.steps // steps
        rate_hz = grid.rate_hz * a_step / grid.step
        self.resample = Resample(
            grid.rate_hz,
            frame_in=grid.step * steps,
            frame_out=length,
            corner_hz=SLOW_CORNER_HZ,
            half_s=SLOW_HALF_S,
        )
        self.sections = [band_pass(mid_hz, rate_hz) for mid_hz in MID_HZ[:SLOW_BANDS]]
        self._part = self._frames // nearest_divisor(self._frames, PARTS)
        self._bank = Recursive([cascade(one, (ORDER - 1,)) for one in self.sections], length, self._part)
        self._eighths = eighths(self._frames) / rate_hz

    def second(self, samples: Array) -> Array:
        """Energy, shape (8, bands)."""
        slow = self.resample.block(samples.reshape(self._frames, -1))
        heard = (self._bank.block(slow[at : at + self._part]) for at in range(0, self._frames, self._part))
        return np.asarray(self._eighths @ np.concatenate([np.einsum("bfs,bfs->fb", one, one) for one in heard]))


class Fast:
    """The bands from 1.6 kHz up, weighed in the spectrum. What a frame holds counts where its middle lies."""

    def __init__(self, grid: Grid, mid_hz: Array) -> None:
        self._hop = divisor_from(grid.steps, FAST_HOP_S / grid.step_s) * grid.step
        frame = 2 * self._hop
        self._window = np.sin(np.pi * (np.arange(frame) + 0.5) / frame)
        bins_hz = np.fft.rfftfreq(frame, 1 / grid.rate_hz)
        self.weights = power_gain(bins_hz[:, None], mid_hz) * 2 / frame  # both signs of frequency; Parseval's 1/N
        self._frames = grid.second // self._hop
        self._part = self._frames // nearest_divisor(self._frames, PARTS)
        self._eighths = eighths(self._frames) / grid.rate_hz
        self._line = np.zeros(self._hop + grid.second)

    def second(self, samples: Array) -> Array:
        """Energy, shape (8, bands)."""
        self._line[: self._hop] = self._line[-self._hop :]
        self._line[self._hop :] = samples
        frames = np.lib.stride_tricks.sliding_window_view(self._line, self._window.size)[:: self._hop]
        parts = [self._weighed(frames[at : at + self._part]) for at in range(0, self._frames, self._part)]
        return np.asarray(self._eighths @ np.concatenate(parts))

    def _weighed(self, frames: Array) -> Array:
        """Energy of frames in each band."""
        spectrum = np.fft.rfft(frames * self._window)
        return product(spectrum.real**2 + spectrum.imag**2, self.weights)
