"""Sounds that tests feed to detectors, in closed form and from seeded noise."""

import numpy as np
from numpy.typing import NDArray

NOISE_RMS = 1e-3


def street(rate_hz: int, seconds: float, *, blasts_s: tuple[float, ...], peak: float = 0.5) -> NDArray[np.float32]:
    """Noise at -60 dB, and Friedlander waves of 0.25 ms with reflections that fade, at first by 60 dB in 0.2 s."""
    rng = np.random.default_rng(1)
    signal = rng.standard_normal(round(seconds * rate_hz)) * NOISE_RMS
    for at_s in blasts_s:
        start = round(at_s * rate_hz)
        sound = blast(rate_hz, peak)[: signal.size - start]
        signal[start : start + sound.size] += sound
    return signal.astype(np.float32)


def blast(rate_hz: int, peak: float) -> NDArray[np.float64]:
    """Half a second: the wave, then noise that fades, falling 6 dB an octave as the wave itself does."""
    time_s = np.arange(rate_hz // 2) / rate_hz
    wave = peak * (1 - time_s / 0.25e-3) * np.exp(-time_s / 0.25e-3)
    fading = np.exp(-time_s / 30e-3) + 0.2 * np.exp(-time_s / 0.15)
    noise = np.random.default_rng(2).standard_normal(time_s.size) * fading
    tail = np.convolve(noise, wave)[: time_s.size]
    return np.asarray(wave + 0.3 * peak * tail / np.abs(tail).max())
