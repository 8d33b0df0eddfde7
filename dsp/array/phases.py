"""Phases between microphones, and how much each frequency's is worth.

    window of each microphone ─┤ difference ├─┤ taper ├─┤ FFT ├─┬─ X_i X_j* / |X_i X_j| ─ phases
    noise before the onset, or coherence over time ─────────────┴─ weights

The phase alone is the phase transform (C. Knapp, G. Carter, IEEE Trans. ASSP 24, 1976). By how little noise moves it,
a frequency is weighted as they say is most likely right (their ML, or Hannan-Thomson, processor): by γ² / (1 - γ²) of
the coherence γ², which at an SNR of s at each microphone is s² / (1 + 2 s). It is capped, because reflections move
phases too, however strong the sound is.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dsp.array.geometry import Array

Complex = NDArray[np.complex128]

LOWEST_HZ = 150.0  # below, wind and engines; on 10 cm their phase says nothing
HIGHEST_SHARE = 0.45  # of the rate; above, converters' low-passes differ
MOST_WEIGHT = 30.0  # SNR of 60, where noise moves a phase by 0.1 rad; 100 is better in free field, worse in a street
ECHO_SHARE = 0.2
"""Of a sound that lasts: measured in a street by ``hil_tests.bench.direction``. A gate closes before most echoes."""
CHANCE = 3.0
"""Coherence that noise has by chance, in parts of 1 / (frames - 1): of one pair in 5 % (1 - x)^(n - 1), of the mean of
several less often. Thousands of frequencies with a little of it would draw the top of the response to themselves."""
SMOOTH = np.array((0.25, 0.5, 0.25))  # over neighbouring frequencies, of the noise's and the sound's power


@dataclass(frozen=True, slots=True, eq=False)
class Phases:
    """Unit phases of pairs at frequencies, both (pairs, frequencies), and their weights.

    ``spread`` is over how many frequencies the taper spreads one; ``echo_share`` is how much of the phases' scatter by
    echoes turns them all one way, however many frequencies there are.
    """

    frequency_hz: Array
    phases: Complex
    weights: Array
    spread: float
    count: int  # of the Fourier transform
    rate_hz: float
    echo_share: float = 0.0

    @property
    def of_noise(self) -> float:
        """Standard deviation of the share that random phases agree in."""
        total = max(float(self.weights.sum()), 1e-300)
        return float(np.sqrt(self.spread * np.sum(self.weights**2) / 2) / total)


@dataclass(frozen=True, slots=True, eq=False)
class Taper:
    """What windows are multiplied with, and what frequencies are looked at."""

    shape: Array
    rate_hz: float

    @property
    def frequency_hz(self) -> Array:
        """Of the Fourier transform of a window."""
        return np.asarray(np.fft.rfftfreq(self.shape.size, 1 / self.rate_hz))

    @property
    def used(self) -> NDArray[np.bool_]:
        """Which of them count."""
        return (self.frequency_hz >= LOWEST_HZ) & (self.frequency_hz <= HIGHEST_SHARE * self.rate_hz)

    @property
    def spread(self) -> float:
        """Σw⁴ n / (Σw²)²: neighbouring frequencies of noise are so much the same."""
        power = self.shape**2
        return float(self.shape.size * np.sum(power**2) / np.sum(power) ** 2)

    def spectra(self, windows: Array) -> Complex:
        """Of windows (…, n), at the frequencies used."""
        return np.asarray(np.fft.rfft(windows * self.shape)[..., self.used])


def gate(count: int, rise: int, fall: int) -> Array:
    """A taper that opens within ``rise`` samples and closes within ``fall``."""
    shape = np.ones(count)
    shape[:rise] = np.sin(np.pi / 2 * (np.arange(rise) + 0.5) / rise) ** 2
    shape[count - fall :] = np.cos(np.pi / 2 * (np.arange(fall) + 0.5) / fall) ** 2
    return shape


def of_onset(spectra: Complex, noise: Array | None, taper: Taper, pairs: NDArray[np.intp]) -> Phases:
    """From the spectra (microphones, frequencies) of one window, and the noise's power in one, if that is known."""
    first, second = spectra[pairs[:, 0]], spectra[pairs[:, 1]]
    if noise is None:
        weights = np.ones(spectra.shape[1])
    else:
        power = np.convolve(np.mean(np.abs(spectra) ** 2, axis=0), SMOOTH, "same")
        snr = np.maximum(power / np.maximum(np.convolve(noise, SMOOTH, "same"), 1e-300) - 1, 0)
        weights = np.minimum(snr**2 / (1 + 2 * snr), MOST_WEIGHT)
    return _phases(first * second.conj(), np.tile(weights, (len(pairs), 1)), taper)


def of_frames(spectra: Complex, taper: Taper, pairs: NDArray[np.intp]) -> Phases:
    """From the spectra (frames, microphones, frequencies) of a sound that lasts: averaged, weighted by coherence."""
    power = np.mean(np.abs(spectra) ** 2, axis=0)
    first, second = pairs.T
    cross = np.mean(spectra[:, first] * spectra[:, second].conj(), axis=0)
    coherence = np.mean(np.abs(cross) ** 2 / np.maximum(power[first] * power[second], 1e-300), axis=0)
    free = max(len(spectra) - 1, 1)
    unbiased = np.where(coherence * free > CHANCE, (coherence * (free + 1) - 1) / free, 0.0)
    weights = np.minimum(unbiased / np.maximum(1 - unbiased, 1e-9), MOST_WEIGHT)
    return replace(_phases(cross, np.tile(weights, (len(pairs), 1)), taper), echo_share=ECHO_SHARE)


def _phases(cross: Complex, weights: Array, taper: Taper) -> Phases:
    phases = cross / np.maximum(np.abs(cross), 1e-300)
    frequency_hz = taper.frequency_hz[taper.used]
    return Phases(frequency_hz, phases, weights, taper.spread, taper.shape.size, taper.rate_hz)
