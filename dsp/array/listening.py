"""What is listened to: the first milliseconds of a bang, or all of a sound that lasts.

    bang     ────────┃▇▅▃ ▂ echo ▅▃        the gate closes before façades reply, which come as loud from elsewhere
              noise  └ 2.5 ms ┘
    lasting  ▃▅▃▇▅▃▅▃▇▅▃▅▃▇▅▃▅▃▇▅          frames are averaged

A façade replies within milliseconds: of 1.5, 2.5, 4, 6 and 8 ms behind the onset, 2.5 ms gave the least errors in a
street and no more in free field. The ground replies sooner still, from the same azimuth. What is cut is aligned by the
direction that a first look gave, so that all microphones hear the same.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.array.geometry import Array, Geometry
from dsp.array.phases import Phases, Taper, gate, of_frames, of_onset

GATE_S = 0.0035  # with its lead
LEAD_S = 0.001  # of the gate before the onset, in which it opens
FALL_S = 0.0015  # in which it closes
SEARCH_S = 0.012  # around what is told as the onset
NOISE_S = 0.1  # before that or before the gate, which tells the noise
SLOPE_S = 0.25e-3
RISE_S = 0.5e-3
RISE = 4.0
"""Of the power in ``RISE_S`` over the noise's. Noise that is the same on all microphones does so in one of 200 searches
at 16 kHz."""
FRONT_SHARE = 0.1  # of the largest power near: a first arrival is no weaker
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
        reach, mean = self._samples(SEARCH_S), self._samples(RISE_S)
        first = max(about - reach, 0)
        power = np.mean(self._slopes()[:, max(first - self._samples(NOISE_S), 0) : about + reach] ** 2, axis=0)
        before = min(first, self._samples(NOISE_S))
        if power.size < before + reach:
            return None
        energy = np.convolve(power[before:], np.ones(mean) / mean)[: power.size - before]
        noise = float(np.mean(power[:before])) if before else 0.0
        loud = energy >= max(RISE * noise, FRONT_SHARE * float(energy.max()))
        return first + int(np.argmax(loud)) if loud.any() and not loud[0] else None

    def bang(self, onset: int, shadow: Array) -> Phases:
        """Phases of the gate at ``onset``, aligned for a sound of that ``shadow``; zeros align nothing."""
        rate_hz, geometry = self.rate_hz, self.geometry
        late = np.rint(-(geometry.centred @ geometry.basis @ shadow) / self.speed_m_s * rate_hz).astype(np.intp)
        late -= late.min()  # the onset is that of the first that hears it
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

    def _slopes(self) -> Array:
        """Over ``SLOPE_S``: 100 Hz by 16 dB weaker than where blasts are strong, at 0.5 to 3 kHz."""
        late = self._samples(SLOPE_S)
        return self.lines - np.concatenate((np.repeat(self.lines[:, :1], late, axis=1), self.lines[:, :-late]), axis=1)

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
