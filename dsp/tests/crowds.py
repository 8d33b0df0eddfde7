"""Sounds of streets in closed form and from seeded noise: people, and what must not be taken for them.

A voice is a buzz through three resonances with a syllable's rise and fall, of nobody's; a clap is a burst of noise.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

RATE_HZ = 16_000
Sound = NDArray[np.float64]

FORMANTS_HZ = ((730, 1090, 2440), (530, 1840, 2480), (570, 840, 2410), (300, 870, 2240), (270, 2290, 3010))
"""G. Peterson, H. Barney, J. Acoust. Soc. Am. 24, 1952, table II, men."""
SYLLABLES_A_S = 4.5


def resonance(x: Sound, hz: float, width_hz: float) -> Sound:
    """A second-order resonance of gain 1 at zero."""
    r = np.exp(-np.pi * width_hz / RATE_HZ)
    a = np.array([1, -2 * r * np.cos(2 * np.pi * hz / RATE_HZ), r * r])
    return np.asarray(lfilter([a.sum()], a, x))


def voice(rng: np.random.Generator, seconds: float, *, shouted: bool = False) -> Sound:
    """One voice, RMS about 1 while it lasts; with pauses if it is not ``shouted``."""
    count = round(seconds * RATE_HZ)
    pitch_hz = rng.uniform(220, 400) if shouted else rng.uniform(90, 230)
    phase = np.cumsum(pitch_hz * wander(rng, count, 0.25, 0.85, 1.15) / RATE_HZ)
    pulses = np.diff(np.floor(phase), prepend=0.0)
    source = np.asarray(lfilter([1.0], [1.0, -0.75 if shouted else -0.93], pulses))
    sound, at = np.zeros(count), int(rng.uniform(0, 0.3 * RATE_HZ))
    while at < count:
        length = round(rng.uniform(0.6, 1.4) / SYLLABLES_A_S * RATE_HZ)
        piece = source[at : at + length]
        for hz, width_hz in zip(FORMANTS_HZ[rng.integers(len(FORMANTS_HZ))], (80, 100, 140), strict=True):
            piece = resonance(piece, hz * 1.1 if shouted else hz, width_hz)
        rise = np.sin(np.pi * (np.arange(piece.size) + 0.5) / length) ** 0.8
        sound[at : at + piece.size] = piece * rise * rng.uniform(0.5, 1)
        at += length + (round(rng.exponential(0.5) * RATE_HZ) if rng.random() < 0.2 else 0)
    sound -= np.mean(sound)
    return np.asarray(sound / np.sqrt(np.mean(sound**2)))


def voices(count: int, seconds: float, *, seed: int = 1, shouted: bool = False) -> Sound:
    """So many voices at several distances, RMS 1."""
    rng = np.random.default_rng(seed)
    return _unit(sum((voice(rng, seconds, shouted=shouted) * rng.lognormal(0, 0.6) for _ in range(count)), np.zeros(1)))


def applause(hands: int, seconds: float, *, seed: int = 1) -> Sound:
    """So many people who clap four times a second, each around a pitch of its own, RMS 1."""
    rng = np.random.default_rng(seed)
    count = round(seconds * RATE_HZ)
    sound = np.zeros(count)
    for _ in range(hands):
        noise = rng.standard_normal(RATE_HZ // 20) * np.exp(-np.arange(RATE_HZ // 20) / (0.006 * RATE_HZ))
        clap = resonance(noise, rng.uniform(700, 2200), 500) - resonance(noise, 150, 300)
        clap *= rng.lognormal(0, 0.6) / np.sqrt(np.sum(clap**2))
        at = rng.uniform(0, 0.3)
        while (first := round(at * RATE_HZ)) < count:
            sound[first : first + clap.size] += clap[: count - first]
            at += rng.normal(0.25, 0.02)
    return _unit(sound)


def street(seconds: float, *, seed: int = 3) -> Sound:
    """Distant traffic: noise that falls by 6 dB an octave above 200 Hz, and breathes; RMS 1."""
    rng = np.random.default_rng(seed)
    noise = np.asarray(lfilter([1.0], [1.0, -0.92], rng.standard_normal(round(seconds * RATE_HZ))))
    return _unit(noise * breath(rng, noise.size, 4.0, 2.0))


def wander(rng: np.random.Generator, count: int, each_s: float, low: float, high: float) -> Sound:
    """``count`` values that go straight from one random value to the next, ``each_s`` later."""
    at = np.arange(count) / (each_s * RATE_HZ)
    values = rng.uniform(low, high, int(at[-1]) + 2)
    return np.asarray(np.interp(at, np.arange(values.size), values))


def breath(rng: np.random.Generator, count: int, each_s: float, most_db: float) -> Sound:
    """A gain that wanders within ± ``most_db``."""
    return np.asarray(10 ** (wander(rng, count, each_s, -most_db, most_db) / 20))


def rain(seconds: float, *, seed: int = 4) -> Sound:
    """White noise with drops, RMS 1."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal(round(seconds * RATE_HZ))
    drops = (rng.random(noise.size) < 200 / RATE_HZ) * rng.lognormal(2, 0.6, noise.size)
    return _unit(noise + resonance(drops, 3000, 900) * 3)


def wind(seconds: float, *, seed: int = 5) -> Sound:
    """Gusts of noise that falls by 12 dB an octave, RMS 1."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal(round(seconds * RATE_HZ))
    slow = lfilter([1.0], [1.0, -0.96], lfilter([1.0], [1.0, -0.96], noise))
    return _unit(np.asarray(slow) * breath(rng, noise.size, 1.5, 9.0))


def truck(seconds: float, *, seed: int = 6) -> Sound:
    """An engine of 30 Hz and its harmonics with road noise, that comes and goes; loudest, RMS 1, in the middle."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    engine = sum((np.sin(2 * np.pi * 30 * k * time_s + k * k) / k for k in range(1, 30)), np.zeros(1))
    road = np.asarray(lfilter([1.0], [1.0, -0.8], rng.standard_normal(time_s.size)))
    near = 1 / (1 + ((time_s - seconds / 2) / (seconds / 12)) ** 2)
    return np.asarray((_unit(engine) + 0.7 * _unit(road)) * near)


def siren(seconds: float) -> Sound:
    """A wail from 600 to 1400 Hz each four seconds, with two harmonics, RMS 1."""
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    phase = 2 * np.pi * np.cumsum(1000 - 400 * np.cos(2 * np.pi * time_s / 4)) / RATE_HZ
    return _unit(np.sin(phase) + 0.5 * np.sin(2 * phase) + 0.3 * np.sin(3 * phase))


def _unit(x: Sound) -> Sound:
    return np.asarray(x / np.sqrt(np.mean(np.square(x))))
