"""The course of the strongest harmonic tone in a sound: its pitch and how far it stands out, hop by hop.

    x ──┤ Hann frame ├─┤ |rfft|² dB ├─┤ a comb for each pitch ├─┤ best course ├──  log2 Hz, dB

A tooth of a comb reads how far one partial stands over the mean of the levels around it; a comb is the weighted mean
of its teeth (sub-harmonic summation: D. Hermes, J. Acoust. Soc. Am. 83, 1988). Levels in decibels and sums alone: all
combs are one matrix. What is broad, like traffic or wind, cancels in it.

The course goes where the sum of what it collects is largest, and pays for leaps (A. Viterbi, IEEE Trans. Inf. Theory
13, 1967): an echo or another tone takes it away only for good reason, and a two-tone horn gives one after the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.filters import product
from dsp.levels import power_db

STEPS_AN_OCTAVE = 36
"""A third of a semitone; a parabola through three steps finds what lies between."""
AROUND_HZ = 300.0
"""How far around a tooth is looked for what it stands out of: the partials of tones under 300 Hz lie within."""
TOP_HZ = 2900.0
"""The band's end, for every rate: what an anti-alias filter of 8 kHz leaves whole."""

REACH = 4
"""Steps that the course goes in a hop: at 10 ms, 11 octaves a second. A yelp needs 7."""
STEP_DB = 0.3
LEAP_DB = 10.0
"""What a leap costs. Less lets noise and echoes take the course away, more makes it miss a tone of a two-tone horn."""


@dataclass(frozen=True, slots=True)
class Course:
    """Pitch in octaves over 1 Hz and strength in dB of consecutive hops, each of shape (hops,)."""

    octaves: NDArray[np.float64]
    strength_db: NDArray[np.float64]


class Combs:
    """Strength of each pitch of ``octaves``, from ``range_hz``, in frames of ``frame`` samples every ``hop``.

    Partials up to ``top_hz`` count, each by its ``weights``; what lies under ``range_hz`` is no surrounding either.
    """

    def __init__(
        self, rate_hz: float, *, frame: int, hop: int, range_hz: tuple[float, float], weights: Sequence[float]
    ) -> None:
        self._frame = frame
        self._hop = hop
        window = np.hanning(frame + 1)[:-1]
        self._window = np.asarray(window * np.sqrt(2 / (frame * np.sum(window**2))), np.float32)
        steps = int(np.log2(range_hz[1] / range_hz[0]) * STEPS_AN_OCTAVE) + 1
        self.octaves = np.log2(range_hz[0]) + np.arange(steps) / STEPS_AN_OCTAVE
        bins_hz = np.fft.rfftfreq(frame, 1 / rate_hz)
        self._teeth = np.stack([_comb(pitch_hz, bins_hz, range_hz, weights) for pitch_hz in 2.0**self.octaves], axis=1)
        self._past = np.zeros(frame - hop, np.float32)

    def block(self, samples: NDArray[np.float32]) -> NDArray[np.float64]:
        """Strengths in dB of a whole number of hops, shape (hops, pitches); a hop's frame ends with it."""
        line = np.concatenate((self._past, samples))
        self._past = line[samples.size :]
        frames = np.lib.stride_tricks.sliding_window_view(line, self._frame)[:: self._hop]
        spectrum = np.fft.rfft(frames * self._window)
        return np.asarray(product(power_db(spectrum.real**2 + spectrum.imag**2), self._teeth))


def _comb(
    pitch_hz: float, bins_hz: NDArray[np.floating], range_hz: tuple[float, float], weights: Sequence[float]
) -> NDArray[np.float64]:
    """Weights of the bins. Divided by all teeth, also those beyond the range: a high pitch is not better for few."""
    comb = np.zeros(bins_hz.size)
    inside = (bins_hz >= range_hz[0] * 0.7) & (bins_hz <= TOP_HZ)
    there = [(n * pitch_hz, weight) for n, weight in enumerate(weights, start=1) if n * pitch_hz <= TOP_HZ - bins_hz[1]]
    for partial_hz, weight in there:
        tooth = np.clip(1 - np.abs(bins_hz - partial_hz) / bins_hz[1], 0, None)
        around = inside & (np.abs(bins_hz - partial_hz) <= AROUND_HZ)
        comb += weight * (tooth / tooth.sum() - around / around.sum())
    shares = sum(weight for _, weight in there) / sum(weights)
    return np.asarray(comb / (sum(weights) * shares**0.25))


class Tracker:
    """The best course through blocks of ``hops`` rows of strengths; it is told ``hops`` rows late."""

    def __init__(self, octaves: NDArray[np.float64], hops: int) -> None:
        self._octaves = octaves
        self._hops = hops
        self._columns = np.arange(octaves.size)
        self._total = np.zeros(octaves.size)
        self._around = np.full(octaves.size + 2 * REACH, -np.inf)
        self._steps = np.lib.stride_tricks.sliding_window_view(self._around, 2 * REACH + 1)
        self._costs = STEP_DB * np.abs(np.arange(-REACH, REACH + 1))
        self._rows = np.zeros((2 * hops, octaves.size))
        self._from = np.zeros((2 * hops, octaves.size), np.intp)

    def block(self, strengths: NDArray[np.float64]) -> Course:
        """The course through the block before ``strengths``, now that these tell how it went on."""
        self._rows = np.concatenate((self._rows[self._hops :], strengths))
        self._from[: self._hops] = self._from[self._hops :]
        for row, strength in enumerate(strengths, start=self._hops):
            self._from[row] = self._advance(strength)
        return self._read(self._trace())

    def _advance(self, strength: NDArray[np.float64]) -> NDArray[np.intp]:
        """Adds a row; the column that each column is best reached from."""
        self._around[REACH:-REACH] = self._total
        reached = self._steps - self._costs
        by = reached.argmax(axis=1)
        best = reached[self._columns, by]
        came_from = np.asarray(self._columns + by - REACH)
        highest = int(self._total.argmax())
        leaps = best < self._total[highest] - LEAP_DB
        best[leaps], came_from[leaps] = self._total[highest] - LEAP_DB, highest
        self._total = best + strength
        self._total -= self._total.max()
        return came_from

    def _trace(self) -> list[int]:
        """The columns of the earlier half of the rows, followed back from the best end."""
        column, path = int(self._total.argmax()), []
        for came_from in self._from[:0:-1]:
            path.append(column)
            column = int(came_from[column])
        return [column, *path[: self._hops - 1 : -1]]

    def _read(self, path: list[int]) -> Course:
        rows, columns = np.arange(self._hops), np.clip(path, 1, self._octaves.size - 2)
        left, middle, right = (self._rows[rows, columns + by] for by in (-1, 0, 1))
        bend = np.maximum(2 * middle - left - right, 1e-9)
        shift = np.clip((right - left) / (2 * bend), -1, 1)
        return Course(self._octaves[columns] + shift / STEPS_AN_OCTAVE, self._rows[rows, columns])
