"""How much sound a core gets through: ways to measure levels, run by turns on the same sound.

round 1   ours, a floor, a peer, …        CPU time of the process, on one thread
round 2   ours, a floor, a peer, …        a ratio is taken within a round: what disturbs one disturbs its neighbours
"""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 48_000
BLOCK = RATE_HZ // 10  # as a node's worker takes its ring
ROUNDS = 7
AGREE_DB = 0.3
"""The bilinear A weighting of most peers reads street-like noise 0.1 dB low; more is another measure."""

Sound = NDArray[np.float32]
Hear = Callable[[Sound], float]
"""Works on all of a sound, in its own state; returns LAeq in dB re full scale, or NOT_A_LEVEL."""
NOT_A_LEVEL = float("inf")


@dataclass(frozen=True, slots=True)
class Way:
    """One way to work on sound; ``words`` say what it does, or for a peer, what it leaves out."""

    name: str
    kind: str
    words: str
    hear: Hear


@dataclass(frozen=True, slots=True)
class Speed:
    """What a way took in each round, and what ours took in the same round; ``off_db`` is its LAeq less ours."""

    way: Way
    sound_s: float
    took_s: Sequence[float]
    ours_s: Sequence[float]
    off_db: float

    @property
    def channel_seconds(self) -> float:
        """Seconds of one channel's sound that a second of CPU time gets through, the median of all rounds."""
        return self.sound_s / statistics.median(self.took_s)

    @property
    def times(self) -> list[float]:
        """How many times as long as ours it took, in each round, in rising order."""
        return sorted(took_s / ours_s for took_s, ours_s in zip(self.took_s, self.ours_s, strict=True))

    @property
    def agrees(self) -> bool:
        """Whether it does the same work, as far as its LAeq tells."""
        return self.off_db == NOT_A_LEVEL or abs(self.off_db) <= AGREE_DB


def street(seconds: int) -> Sound:
    """Noise as of a street, 3 dB an octave down, at -40 dB re full scale."""
    samples = seconds * RATE_HZ
    spectrum = np.fft.rfft(np.random.default_rng(1).standard_normal(samples))
    hz = np.fft.rfftfreq(samples, 1 / RATE_HZ)
    noise = np.fft.irfft(spectrum / np.sqrt(np.maximum(hz, 10)), samples)
    return np.asarray(noise / noise.std() * 1e-2, np.float32)


def blocks(sound: Sound) -> Iterator[Sound]:
    """As they come in."""
    return (sound[at : at + BLOCK] for at in range(0, sound.size, BLOCK))


def speeds(ways: Sequence[Way], sound: Sound, rounds: int = ROUNDS) -> list[Speed]:
    """Each way's; the first is ours. What is made once, and compiled, is made in a second before."""
    for way in ways:
        way.hear(sound[:RATE_HZ])
    told = [[_took(way, sound) for way in ways] for _ in range(rounds)]
    by_way = list(zip(*told, strict=True))
    ours_s, ours_db = [one.took_s for one in by_way[0]], by_way[0][-1].level_db
    return [
        Speed(way, sound.size / RATE_HZ, [one.took_s for one in some], ours_s, _off(some[-1].level_db, ours_db))
        for way, some in zip(ways, by_way, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Turn:
    took_s: float
    level_db: float


def _took(way: Way, sound: Sound) -> _Turn:
    begun_s = time.process_time()
    level_db = way.hear(sound)
    return _Turn(time.process_time() - begun_s, level_db)


def _off(level_db: float, ours_db: float) -> float:
    return NOT_A_LEVEL if level_db == NOT_A_LEVEL else level_db - ours_db
