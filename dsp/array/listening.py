"""What is listened to: the first milliseconds of a bang, or all of a sound that lasts.

    bang     ────────┃▇▅▃ ▂ echo ▅▃        the gate closes before façades reply, which come as loud from elsewhere
              noise  └ 8 ms ┘
    lasting  ▃▅▃▇▅▃▅▃▇▅▃▅▃▇▅▃▅▃▇▅          frames are averaged

A 15 m wide street replies after 10 ms or more, as the pole stands 4 m from its wall: gating made the error ten times
smaller there. What is cut is aligned by the direction that a first look gave, so that all microphones hear the same.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.array.geometry import Array, Geometry
from dsp.array.phases import Phases, Taper, gate, of_frames, of_onset
from dsp.onset import first_arrival

GATE_S = 0.008
LEAD_S = 0.001  # of the gate before the onset, in which it opens
FALL_S = 0.003  # in which it closes
SEARCH_S = 0.012  # around what is told as the onset
SEARCH_MARGIN = 8  # samples, as of a trigger
NOISE_S = 0.1  # before the gate, that tells the noise
RISE = 1.6  # of the power in 4 ms behind the onset over that before: 2 dB; noise alone varies by a third of that
RISE_S = 0.004
FRAME_S = 0.032
MOST_FRAMES = 400


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """Lines (microphones, n) of an array in air that carries sound with ``speed_m_s``."""

    lines: Array
    rate_hz: float
    geometry: Geometry
    speed_m_s: float

    def lasting(self, first: int, last: int) -> Phases | None:
        """Phases of all between two samples; None if that is less than two frames."""
        size = max(self._samples(FRAME_S), 4 * self._crossing())
        steps = self._differences()[:, max(first, 0) : last]
        if steps.shape[1] < 2 * size:
            return None
        hop = max(size // 2, (steps.shape[1] - size) // MOST_FRAMES)
        frames = np.lib.stride_tricks.sliding_window_view(steps, size, axis=1)[:, ::hop]
        taper = Taper(np.hanning(size), self.rate_hz)
        return of_frames(taper.spectra(np.moveaxis(frames, 1, 0)), taper, self.geometry.pairs)

    def onset(self, about: int) -> int | None:
        """Where the sound begins, within ``SEARCH_S`` of ``about``; None if it does not stand out there."""
        reach, rise = self._samples(SEARCH_S), self._samples(RISE_S)
        first, last = max(about - reach, 0), min(about + reach, self.lines.shape[1])
        if last - first < reach:
            return None
        near = (self.lines - self.lines.mean(axis=1, keepdims=True)).astype(np.float32)
        arrivals = [first_arrival(line[first:last], margin=SEARCH_MARGIN) for line in near]
        onset = first + round(float(np.median(arrivals)))
        before, behind = near[:, max(onset - 5 * rise, 0) : onset - self._crossing()], near[:, onset : onset + rise]
        if not before.size or np.mean(behind**2) < RISE * np.mean(before**2):
            return None
        return onset

    def bang(self, onset: int, shadow: Array) -> Phases:
        """Phases of the gate at ``onset``, aligned for a sound of that ``shadow``; zeros align nothing."""
        rate_hz, geometry = self.rate_hz, self.geometry
        late = np.rint(-(geometry.centred @ geometry.basis @ shadow) / self.speed_m_s * rate_hz).astype(np.intp)
        crossing = 0 if shadow.any() else self._crossing()
        lead, size = self._samples(LEAD_S) + crossing, self._samples(GATE_S) + 2 * crossing
        taper = Taper(gate(size, lead, self._samples(FALL_S)), rate_hz)
        steps = self._differences()
        spectra = taper.spectra(_cut(steps, onset - lead + late, size))
        spectra = spectra * np.exp(-2j * np.pi * np.outer(late, taper.frequency_hz[taper.used]) / rate_hz)
        return of_onset(spectra, self._noise(steps, onset - lead - crossing, taper), taper, geometry.pairs)

    def _noise(self, steps: Array, end: int, taper: Taper) -> Array | None:
        """Mean power in such windows before ``end``; None if there is none."""
        size = taper.shape.size
        before = steps[:, max(end - self._samples(NOISE_S), 0) : max(end, 0)]
        if before.shape[1] < size:
            return None
        windows = np.lib.stride_tricks.sliding_window_view(before, size, axis=1)[:, :: size // 2]
        return np.asarray(np.mean(np.abs(taper.spectra(windows)) ** 2, axis=(0, 1)))

    def _differences(self) -> Array:
        """From sample to sample: wind and rumble would leak through any taper; phases between microphones stay."""
        return np.diff(self.lines, axis=1, prepend=self.lines[:, :1])

    def _crossing(self) -> int:
        """Samples in which sound crosses the array."""
        return int(np.ceil(self.geometry.aperture_m / self.speed_m_s * self.rate_hz))

    def _samples(self, seconds: float) -> int:
        return round(seconds * self.rate_hz)


def _cut(lines: Array, firsts: NDArray[np.intp], size: int) -> Array:
    """``size`` samples of each line from its own first on; what is not there is silence."""
    at = firsts[:, None] + np.arange(size)
    inside = (at >= 0) & (at < lines.shape[1])
    return np.where(inside, np.take_along_axis(lines, np.clip(at, 0, lines.shape[1] - 1), axis=1), 0.0)
