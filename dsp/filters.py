"""Linear filters that work on equal blocks, as matrix products: no cost a call to speak of, the same sums every time.

    resample and band-pass     y = W · K        W  frames of the input, overlapping     (hops, hop + taps - 1)
                                                K  the kernel, one column an output     (hop + taps - 1, hop out)
    resample alone             y = X₋ · K₋ + X · K      the frame before, and this one; nothing overlaps
    exponential average        s = P · x + d·s₀     P[i, j] = (1 - a) aⁱ⁻ʲ  for j ≤ i,   d[i] = aⁱ⁺¹

The kernel is a windowed sinc (A. Oppenheim, R. Schafer, Discrete-Time Signal Processing, 3rd ed., 7.5), taken at
whatever fraction of a sample the output rate asks for, so one matrix both filters and changes the rate.
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_Real = TypeVar("_Real", np.float32, np.float64)

KAISER_BETA = 5.65  # 60 dB of stop band (Kaiser's formula 0.1102 (A - 8.7) for A = 60)
"""What aliases from above the band stays 60 dB below it, under what a street's own noise masks."""
KAISER_BETA_STRICT = 8.96  # 90 dB, for filters that are held against a standard's mask
LOW_PASS_HALF_S = 1.3e-3
"""Kaiser: 60 dB over 1.4 kHz needs (60 - 8) / (2.285 · 2π · 1400 Hz) = 2.6 ms of taps, half on each side."""

MOST_MULTIPLICATIONS = 1 << 18
"""OpenBLAS spreads a larger product over all cores, whose threads then spin. More than ten times the CPU time was seen
on a busy machine without this."""


def product(rows: NDArray[_Real], matrix: NDArray[_Real]) -> NDArray[_Real]:
    """``rows`` @ ``matrix``, or of a stack of them, on this core alone: in as few pieces as that takes."""
    most = max(1, MOST_MULTIPLICATIONS // (matrix.shape[-2] * matrix.shape[-1]))
    if rows.shape[-2] <= most:
        return np.asarray(rows @ matrix)
    pieces = [rows[..., at : at + most, :] @ matrix for at in range(0, rows.shape[-2], most)]
    return np.concatenate(pieces, axis=-2)


def low_pass(
    time_s: NDArray[np.float64], corner_hz: float, half_s: float, beta: float = KAISER_BETA
) -> NDArray[np.float64]:
    """Kaiser-windowed sinc as a function of continuous time: half amplitude at ``corner_hz``, zero beyond ``half_s``.

    Its integral over time is 1: sampled at a rate, its sum is that rate.
    """
    inside = np.clip(1 - (time_s / half_s) ** 2, 0, None)
    window = np.where(np.abs(time_s) <= half_s, np.i0(beta * np.sqrt(inside)) / np.i0(beta), 0)
    return 2 * corner_hz * np.sinc(2 * corner_hz * time_s) * window


def rumble(time_s: NDArray[np.float64], half_s: float) -> NDArray[np.float64]:
    """Raised cosine of integral 1: the slow part of a signal, half amplitude at 1 / (2 ``half_s``) Hz."""
    return np.where(np.abs(time_s) <= half_s, (1 + np.cos(np.pi * time_s / half_s)) / (2 * half_s), 0)


class BandPass:
    """Linear-phase band-pass and change of rate in one: blocks of hops in, blocks of hops out.

    ``hop_in`` samples become ``hop_out``. The output is late by ``delay`` input samples.
    """

    def __init__(self, rate_hz: float, *, hop_in: int, hop_out: int, corner_hz: float, rumble_s: float) -> None:
        self.hop_in = hop_in
        self.hop_out = hop_out
        self.delay = int(np.ceil(rumble_s * rate_hz))
        self._kernel = self._columns(rate_hz, min(corner_hz, rate_hz / 2), rumble_s)
        self._past = np.zeros(2 * self.delay, np.float32)

    def block(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """The output of a whole number of hops, shape (hops * ``hop_out``,)."""
        line = np.concatenate((self._past, samples))
        self._past = line[-2 * self.delay :].copy()
        frames = np.lib.stride_tricks.sliding_window_view(line, self.hop_in + 2 * self.delay)[:: self.hop_in]
        return product(frames, self._kernel).ravel()

    def _columns(self, rate_hz: float, corner_hz: float, rumble_s: float) -> NDArray[np.float32]:
        """The kernel at each pair of input sample (rows) and output sample (columns); each column sums to nothing."""
        taken = (np.arange(self.hop_in + 2 * self.delay) - self.delay) / rate_hz
        given = np.arange(self.hop_out) * self.hop_in / self.hop_out / rate_hz
        apart = taken[:, None] - given[None, :]
        passed = low_pass(apart, corner_hz, LOW_PASS_HALF_S)
        slow = rumble(apart, rumble_s)
        return np.asarray(passed / passed.sum(0) - slow / slow.sum(0), np.float32)


class Resample:
    """Low-pass and change of rate in one: frames of ``frame_in`` samples to frames of ``frame_out``.

    Linear phase; the output is late by ``half_s``.
    """

    def __init__(self, rate_hz: float, *, frame_in: int, frame_out: int, corner_hz: float, half_s: float) -> None:
        self.past = int(np.ceil(2 * half_s * rate_hz))
        taken = (np.arange(frame_in + self.past) - self.past) / rate_hz
        given = np.arange(frame_out) * frame_in / frame_out / rate_hz
        kernel = low_pass(taken[:, None] - given[None, :] + half_s, corner_hz, half_s, KAISER_BETA_STRICT)
        self.kernel = kernel / kernel.sum(axis=0)
        self._before = np.zeros((1, self.past))

    def block(self, frames: NDArray[np.float64]) -> NDArray[np.float64]:
        """The output of consecutive frames, shape (frames, ``frame_in``) to (frames, ``frame_out``)."""
        late = np.concatenate((self._before, frames[:-1, -self.past :]))
        self._before = frames[-1:, -self.past :].copy()
        return np.asarray(product(frames, self.kernel[self.past :]) + product(late, self.kernel[: self.past]))


class Average:
    """Exponential average of rows, one block of ``rows`` rows at a time, exact on every row."""

    def __init__(self, rows: int, keep: float) -> None:
        ahead = np.subtract.outer(np.arange(rows), np.arange(rows))
        self._new = np.where(ahead >= 0, (1 - keep) * keep ** np.maximum(ahead, 0), 0)
        self._old = keep ** np.arange(1, rows + 1)
        self._state: NDArray[np.float64] | None = None

    def block(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """The average after each row, shape (rows, n). It starts at the first row."""
        start = rows[0] if self._state is None else self._state
        smooth = self._new @ rows + np.outer(self._old, start)
        self._state = smooth[-1]
        return smooth
