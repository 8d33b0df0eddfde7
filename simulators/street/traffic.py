"""The street without events: passing vehicles, a distant city, a light wind. Any stretch of it, in any order.

    block k       ▂▅▇▇▅▂              noise from generator (seed, k), shaped and steered in its spectrum,
    block k+1         ▂▅▇▇▅▂          under a sine window: sin² + cos² = 1, so that the power stays even
    sum           ▇▇▇▇▇▇▇▇▇▇

A counter-based generator (J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11) gives each block its
own numbers, whoever asks first. Levels: a car at 50 km/h gives about 68 dB at 7.5 m, a city's hum 50 dB.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simulators.street.propagation import SPEED_M_S, Point, distance_m

BLOCK_S = 0.08
HEADWAY_S = 9.0  # 400 vehicles an hour
AUDIBLE_M = 80.0
VEHICLE_PA = 20e-6 * 10 ** (68 / 20) * 7.5  # at 1 m
CITY_PA = 20e-6 * 10 ** (50 / 20)
WIND_PA = 20e-6 * 10 ** (56 / 20)
VEHICLE_STREAM = 1  # vehicles draw from another stream than blocks


@dataclass(frozen=True, slots=True)
class Vehicle:
    """Passes the pole at ``time_s`` at ``speed_m_s`` (its sign the direction), ``across_m`` from it."""

    time_s: float
    speed_m_s: float
    across_m: float

    def place(self, time_s: float) -> Point:
        """Where it is at a time, half a metre above the road."""
        return ((time_s - self.time_s) * self.speed_m_s, self.across_m, 0.5)


class Traffic:
    """Background noise in Pa at ``microphones`` (channels, 3), the same samples for the same ``seed``."""

    def __init__(self, rate_hz: float, microphones: NDArray[np.float64], seed: int) -> None:
        self._microphones = microphones
        self._seed = seed
        self._hop = round(BLOCK_S / 2 * rate_hz)
        self._hop_s = self._hop / rate_hz
        self._frequency_hz = np.fft.rfftfreq(2 * self._hop, 1 / rate_hz)
        self._window = np.sin(np.pi * (np.arange(2 * self._hop) + 0.5) / (2 * self._hop))
        self._tyres = _shape(self._frequency_hz, VEHICLE_PA, low_hz=60, high_hz=1000)
        city = _shape(self._frequency_hz, CITY_PA, low_hz=30, high_hz=400)
        wind = _shape(self._frequency_hz, WIND_PA, low_hz=5, high_hz=40)
        self._everywhere = np.sqrt(city**2 + wind**2)
        self._blocks: dict[int, NDArray[np.float32]] = {}

    def samples(self, first: int, count: int) -> NDArray[np.float32]:
        """Samples ``first`` to ``first + count``, shape (channels, count)."""
        needed = range(first // self._hop, (first + count - 1) // self._hop + 1)
        self._blocks = {k: self._blocks[k] if k in self._blocks else self._block(k) for k in (needed[0] - 1, *needed)}
        summed = [self._blocks[k - 1][:, self._hop :] + self._blocks[k][:, : self._hop] for k in needed]
        skipped = first - needed[0] * self._hop
        return np.concatenate(summed, axis=1)[:, skipped : skipped + count]

    def _block(self, number: int) -> NDArray[np.float32]:
        """The block that begins with hop ``number``, two hops long."""
        rng = _generator(self._seed, number, stream=0)
        channels = len(self._microphones)
        total = self._everywhere * _noise(rng, (channels, self._frequency_hz.size))
        time_s = (number + 1) * self._hop_s
        for vehicle in _vehicles(self._seed, time_s):
            away_m = distance_m(vehicle.place(time_s), self._microphones)[:, None]
            steer = np.exp(-2j * np.pi / SPEED_M_S * (away_m - away_m.mean()) * self._frequency_hz)
            total += steer * (self._tyres / away_m.mean() * _noise(rng, (self._frequency_hz.size,)))
        return np.asarray(np.fft.irfft(total, 2 * self._hop) * self._window, np.float32)


def _shape(frequency_hz: NDArray[np.floating], rms: float, *, low_hz: float, high_hz: float) -> NDArray[np.float64]:
    """Amplitude of each bin so that the noise has ``rms``: 12 dB an octave up to low_hz, 9 down from high_hz."""
    relative = (frequency_hz / low_hz) ** 2 / (1 + (frequency_hz / low_hz) ** 2)
    relative /= (1 + (frequency_hz / high_hz) ** 2) ** 0.75
    bins = 2 * (frequency_hz.size - 1)
    return np.asarray(relative * rms * bins / np.sqrt(2 * np.sum(relative**2)))


def _noise(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.complex64]:
    """Complex Gaussian, unit power."""
    pairs = rng.standard_normal((*shape, 2), np.float32) * np.float32(0.5**0.5)
    return pairs.view(np.complex64)[..., 0]


def _vehicles(seed: int, time_s: float) -> Iterator[Vehicle]:
    """Those that are near at a time: one passes in each ``HEADWAY_S``."""
    now = int(time_s // HEADWAY_S)
    for number in range(now - 1, now + 2):
        vehicle = _vehicle(seed, number)
        if abs(vehicle.place(time_s)[0]) < AUDIBLE_M:
            yield vehicle


@lru_cache(maxsize=64)
def _vehicle(seed: int, number: int) -> Vehicle:
    rng = _generator(seed, number, stream=VEHICLE_STREAM)
    lane = int(rng.integers(2))
    speed_m_s = float(rng.uniform(8, 14)) * (1 - 2 * lane)
    return Vehicle((number + float(rng.uniform(0.2, 0.8))) * HEADWAY_S, speed_m_s, 5.0 + 4.0 * lane)


def _generator(seed: int, number: int, *, stream: int) -> np.random.Generator:
    counter = np.array((0, 0, stream, number % 2**64), np.uint64)  # the first two words count within the block
    return np.random.Generator(np.random.Philox(key=seed, counter=counter))
