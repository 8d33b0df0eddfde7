"""Plane waves on an array, exact at any direction: delays are phases, so no sample grid bounds them."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SPEED_M_S = 340.0
RATE_HZ = 16_000
COUNT = 6400  # 0.4 s
ONSET = 3200
BLAST_S = 0.25e-3

SQUARE: Array = np.array([[0.05, 0.05, 0.0], [0.05, -0.05, 0.0], [-0.05, -0.05, 0.0], [-0.05, 0.05, 0.0]])
TETRAHEDRON: Array = np.array([[0.0, 0.06, 0.0], [0.052, -0.03, 0.0], [-0.052, -0.03, 0.0], [0.0, 0.0, 0.08]])
LINE: Array = np.array([[-0.05, 0.0, 0.0], [0.05, 0.0, 0.0]])


def toward(azimuth_deg: float, elevation_deg: float = 0.0) -> Array:
    """The unit vector there: east is x, north y, up z."""
    azimuth, elevation = np.radians([azimuth_deg, elevation_deg])
    level = np.cos(elevation)
    return np.array([np.sin(azimuth) * level, np.cos(azimuth) * level, np.sin(elevation)])


def wave(spectrum: NDArray[np.complex128], places: Array, source: Array, rate_hz: int = RATE_HZ) -> Array:
    """A sound from far away in the direction ``source``: the nearer a microphone lies to it, the sooner it hears."""
    frequency_hz = np.fft.rfftfreq(2 * spectrum.size - 2, 1 / rate_hz)
    early_s = places @ source / SPEED_M_S
    turned = spectrum * np.exp(2j * np.pi * np.outer(early_s, frequency_hz))
    turned[:, -1] = 0
    return np.asarray(np.fft.irfft(turned))


def shot(
    places: Array, source: Array, *, noise: float = 1e-3, rate_hz: int = RATE_HZ, onset: float = ONSET, seed: int = 1
) -> Array:
    """A blast of peak 0.5 or so with its onset at a sample, in noise of an rms."""
    frequency_hz = np.fft.rfftfreq(COUNT, 1 / rate_hz)
    phase = 2j * np.pi * frequency_hz * BLAST_S
    blast = 0.5 * BLAST_S * rate_hz * phase / (1 + phase) ** 2 * np.exp(-2j * np.pi * frequency_hz * onset / rate_hz)
    low_pass = np.cos(np.pi / 2 * np.clip((frequency_hz / rate_hz - 0.4) / 0.1, 0, 1)) ** 2
    quiet = np.random.default_rng(seed).standard_normal((len(places), COUNT)) * noise
    return wave(blast * low_pass, places, source, rate_hz) + quiet


def rushing(places: Array, source: Array, *, noise: float = 1e-3, level: float = 0.1, seed: int = 1) -> Array:
    """White noise that comes from one direction, and other noise in each microphone."""
    random = np.random.default_rng(seed)
    spectrum = np.fft.rfft(random.standard_normal(COUNT) * level)
    return wave(spectrum, places, source) + random.standard_normal((len(places), COUNT)) * noise
