"""How sound gets from a source to a microphone: time, spreading, air, ground and façades.

    source ───────────── direct ─────────────┬─▶ microphone
       ├──── façade: image behind it ────────┤
       └──── ground: image below it ─────────┘

    p(f) = S(f) · Σ R / r · 10^(-a(f) r / 20) · e^(-j2πf r/c)      one term a path: r its length, R what it keeps

Absorption by air: ISO 9613-1:1993, equations 3 to 5. Image sources: J. Allen, D. Berkley, JASA 65, 1979.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float, float]
"""Metres: x along the street, y across it away from the pole's own façade, z up; the pole stands at the origin."""

CELSIUS = 10.0
HUMIDITY_PERCENT = 70.0

FACADES_M = (-12.0, 30.0)  # y of the two: an avenue, the pole at one kerb
GROUND_KEEPS = 0.85  # asphalt: nearly all, less what its roughness scatters
WALL_KEEPS = 0.6  # windows, balconies and doors scatter more


def speed_m_s(celsius: float) -> float:
    """Of sound, in an ideal gas."""
    return 331.3 * math.sqrt(1 + celsius / 273.15)


SPEED_M_S = speed_m_s(CELSIUS)  # 337.3 m/s at 10 °C


@dataclass(frozen=True, slots=True)
class Path:
    """One way from a source: as if it came from ``image``, weakened to ``keeps``."""

    image: Point
    keeps: float


def paths(source: Point) -> Iterator[Path]:
    """The direct path first, then one reflection each by the ground, the two façades, and façade and ground."""
    x, y, z = source
    mirrored = ((2 * facade_m - y, WALL_KEEPS) for facade_m in FACADES_M)
    for across, kept in ((y, 1.0), *mirrored):
        yield Path((x, across, z), kept)
        yield Path((x, across, -z), kept * GROUND_KEEPS)


def distance_m(source: Point, microphones: NDArray[np.float64]) -> NDArray[np.float64]:
    """From ``source`` to each of ``microphones``, shape (n, 3)."""
    return np.asarray(np.linalg.norm(microphones - np.asarray(source), axis=-1))


def absorption_db_m(
    frequency_hz: NDArray[np.floating], celsius: float = CELSIUS, humidity_percent: float = HUMIDITY_PERCENT
) -> NDArray[np.float64]:
    """Pure-tone absorption a(f) of the air at one atmosphere."""
    kelvin = celsius + 273.15
    relative = kelvin / 293.15
    water = humidity_percent * 10 ** (-6.8346 * (273.16 / kelvin) ** 1.261 + 4.6151)
    oxygen_hz = 24 + 4.04e4 * water * (0.02 + water) / (0.391 + water)
    nitrogen_hz = relative**-0.5 * (9 + 280 * water * np.exp(-4.170 * (relative ** (-1 / 3) - 1)))
    oxygen = 0.01275 * np.exp(-2239.1 / kelvin) / (oxygen_hz + frequency_hz**2 / oxygen_hz)
    nitrogen = 0.1068 * np.exp(-3352.0 / kelvin) / (nitrogen_hz + frequency_hz**2 / nitrogen_hz)
    classical = 1.84e-11 * relative**0.5
    return np.asarray(8.686 * frequency_hz**2 * (classical + relative**-2.5 * (oxygen + nitrogen)))


def transfer(
    source: Point, microphones: NDArray[np.float64], frequency_hz: NDArray[np.floating]
) -> NDArray[np.complex128]:
    """Pressure at each microphone for a source of 1 Pa at 1 m, shape (n, frequencies).

    Time is counted from the moment the direct sound passes the middle of the microphones.
    """
    absorbed = absorption_db_m(frequency_hz) / 20 * np.log(10)
    middle_m = distance_m(source, microphones.mean(axis=0))
    total = np.zeros((len(microphones), frequency_hz.size), np.complex128)
    for path in paths(source):
        length_m = distance_m(path.image, microphones)[:, None]
        late = 2j * np.pi * frequency_hz * (length_m - middle_m) / SPEED_M_S
        total += path.keeps / length_m * np.exp(-absorbed * length_m - late)
    return total
