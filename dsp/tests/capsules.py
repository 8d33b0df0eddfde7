"""Microphones of tests: a street that they hear, what may befall one of them, and the judge's verdicts over it.

The third octaves are sums of Fourier bins, so that the tests of the judge do not hang on the filters.
"""

from collections.abc import Iterable, Sequence
from itertools import cycle, islice

import numpy as np
from numpy.typing import NDArray

from dsp.condition import Condition, Sense, Verdict
from dsp.signs import Signs, signs

RATE_HZ = 16_000
MID_HZ = 1000 * 10 ** (np.arange(-17, 14) / 10)
SELF_NOISE = 10 ** (-90 / 20)

Sound = NDArray[np.float32]
Second = tuple[Signs, NDArray[np.float64]]


def thirds(second: Sound, rate_hz: float) -> NDArray[np.float64]:
    """Mean squares in the 31 third octaves, shape (channels, 31); those above 0.42 of the rate are 0."""
    count = second.shape[1]
    valid = np.nan_to_num(second, posinf=0, neginf=0).astype(np.float64)
    power = np.abs(np.fft.rfft(valid)) ** 2 * 2 / count**2
    edges = np.searchsorted(np.fft.rfftfreq(count, 1 / rate_hz), np.outer(MID_HZ, [10**-0.05, 10**0.05]))
    sums = [power[:, first:behind].sum(axis=1) for first, behind in edges]
    return np.stack(sums, axis=1) * (0.42 * rate_hz >= MID_HZ)


def seconds(samples: Sound, rate_hz: int = RATE_HZ) -> list[Second]:
    """What the judge is given for each whole second of ``samples`` (channels, n)."""
    whole = range(0, samples.shape[1] - rate_hz + 1, rate_hz)
    pieces = [samples[:, at : at + rate_hz] for at in whole]
    return [(signs(piece, rate_hz), thirds(piece, rate_hz)) for piece in pieces]


def heard(condition: Condition, given: Iterable[Second], count: int) -> list[tuple[Verdict, ...]]:
    """Verdicts over ``count`` seconds; what is given goes round and round."""
    return [condition.second(*second) for second in islice(cycle(given), count)]


def told_after_s(verdicts: Sequence[tuple[Verdict, ...]], channel: int, sense: Sense) -> int:
    """The first second whose verdict has ``sense``, counted from 1; AssertionError if none has."""
    found = [number for number, each in enumerate(verdicts, 1) if each[channel].sense is sense]
    assert found, f"never {sense.name}: {verdicts[-1][channel]}"
    return found[0]


def street(channels: int, *, duration_s: int = 30, level_db: float = -50, swell_db: float = 6, seed: int = 1) -> Sound:
    """Pink noise that swells and fades by ``swell_db`` in 15 s, past an array 0.1 m wide with noise of its own."""
    rng = np.random.default_rng(seed)
    count = duration_s * RATE_HZ
    swell = 10 ** (swell_db / 20 * np.sin(2 * np.pi * np.arange(count) / (15 * RATE_HZ)))
    sound = pink(rng, count, level_db) * swell
    passing = np.stack([np.roll(sound, 2 * channel) for channel in range(channels)])
    return (passing + SELF_NOISE * rng.standard_normal(passing.shape)).astype(np.float32)


def pink(rng: np.random.Generator, count: int, level_db: float) -> NDArray[np.float64]:
    """Noise with the same power in each octave from 20 Hz."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    frequency_hz = np.fft.rfftfreq(count, 1 / RATE_HZ)
    noise = np.fft.irfft(spectrum / np.sqrt(np.maximum(frequency_hz, 20.0)) * (frequency_hz > 0), count)
    return np.asarray(noise / noise.std() * 10 ** (level_db / 20))


def low_passed(sound: Sound) -> Sound:
    """Under a cover: 24 dB an octave from 500 Hz, and the capsule's own noise."""
    frequency_hz = np.fft.rfftfreq(sound.size, 1 / RATE_HZ)
    passed = np.fft.irfft(np.fft.rfft(sound) / np.sqrt(1 + (frequency_hz / 500) ** 8), sound.size)
    return (passed + noise(sound, -90)).astype(np.float32)


def attenuated(sound: Sound) -> Sound:
    """40 dB less, as a capsule full of water."""
    return (sound * np.float32(0.01) + noise(sound, -94)).astype(np.float32)


def noise(sound: Sound, level_db: float) -> Sound:
    """A converter's or amplifier's own noise instead of ``sound``."""
    white = np.random.default_rng(9).standard_normal(sound.size)
    return (white * 10 ** (level_db / 20)).astype(np.float32)


def hum(sound: Sound) -> Sound:
    """An open input: 50 Hz with harmonics, the grid a little slow, and converter noise."""
    time_s = np.arange(sound.size) / RATE_HZ
    tones = sum(np.sin(2 * np.pi * 49.95 * n * time_s) / n for n in (1, 2, 3, 5, 7))
    return (tones * 3e-3 + noise(sound, -93)).astype(np.float32)
