"""What class 1 asks of a sound level meter and its filters, as the standards print it.

IEC 61672-1:2013, tables 3, 4 and 5; IEC 61260-1:2014, table 1. Between the breakpoints of a mask the limit is a
straight line over the logarithm of frequency (formula 11); those of a third octave lie nearer to its middle (formulas 9
and 10).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
ANY = float("inf")


@dataclass(frozen=True, slots=True)
class Weight:
    """A row of table 3: the weightings at 10^(n/10) kHz, n from -20, and what a deviation may be."""

    nominal_hz: float
    a_db: float
    c_db: float
    upper_db: float
    lower_db: float


WEIGHTS = tuple(
    Weight(*row)
    for row in (
        (10, -70.4, -14.3, 3.0, -ANY), (12.5, -63.4, -11.2, 2.5, -ANY), (16, -56.7, -8.5, 2.0, -4.0),
        (20, -50.5, -6.2, 2.0, -2.0), (25, -44.7, -4.4, 2.0, -1.5), (31.5, -39.4, -3.0, 1.5, -1.5),
        (40, -34.6, -2.0, 1.0, -1.0), (50, -30.2, -1.3, 1.0, -1.0), (63, -26.2, -0.8, 1.0, -1.0),
        (80, -22.5, -0.5, 1.0, -1.0), (100, -19.1, -0.3, 1.0, -1.0), (125, -16.1, -0.2, 1.0, -1.0),
        (160, -13.4, -0.1, 1.0, -1.0), (200, -10.9, 0.0, 1.0, -1.0), (250, -8.6, 0.0, 1.0, -1.0),
        (315, -6.6, 0.0, 1.0, -1.0), (400, -4.8, 0.0, 1.0, -1.0), (500, -3.2, 0.0, 1.0, -1.0),
        (630, -1.9, 0.0, 1.0, -1.0), (800, -0.8, 0.0, 1.0, -1.0), (1000, 0.0, 0.0, 0.7, -0.7),
        (1250, 0.6, 0.0, 1.0, -1.0), (1600, 1.0, -0.1, 1.0, -1.0), (2000, 1.2, -0.2, 1.0, -1.0),
        (2500, 1.3, -0.3, 1.0, -1.0), (3150, 1.2, -0.5, 1.0, -1.0), (4000, 1.0, -0.8, 1.0, -1.0),
        (5000, 0.5, -1.3, 1.5, -1.5), (6300, -0.1, -2.0, 1.5, -2.0), (8000, -1.1, -3.0, 1.5, -2.5),
        (10000, -2.5, -4.4, 2.0, -3.0), (12500, -4.3, -6.2, 2.0, -5.0), (16000, -6.6, -8.5, 2.5, -16.0),
        (20000, -9.3, -11.2, 3.0, -ANY),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Burst:
    """A row of table 4: what a burst of 4 kHz reads above the steady tone, and what a deviation may be.

    ``max_db`` is that of LAFmax or LASmax, ``exposure_db`` that of LAE.
    """

    duration_ms: float
    max_db: float
    exposure_db: float
    upper_db: float
    lower_db: float


FAST_BURSTS = tuple(
    Burst(*row)
    for row in (
        (1000, 0.0, 0.0, 0.5, -0.5), (500, -0.1, -3.0, 0.5, -0.5), (200, -1.0, -7.0, 0.5, -0.5),
        (100, -2.6, -10.0, 1.0, -1.0), (50, -4.8, -13.0, 1.0, -1.0), (20, -8.3, -17.0, 1.0, -1.0),
        (10, -11.1, -20.0, 1.0, -1.0), (5, -14.1, -23.0, 1.0, -1.0), (2, -18.0, -27.0, 1.0, -1.5),
        (1, -21.0, -30.0, 1.0, -2.0), (0.5, -24.0, -33.0, 1.0, -2.5), (0.25, -27.0, -36.0, 1.0, -3.0),
    )
)  # fmt: skip
"""Fast and sound exposure share their limits."""
SLOW_BURSTS = tuple(
    Burst(*row)
    for row in (
        (1000, -2.0, 0.0, 0.5, -0.5), (500, -4.1, -3.0, 0.5, -0.5), (200, -7.4, -7.0, 0.5, -0.5),
        (100, -10.2, -10.0, 1.0, -1.0), (50, -13.1, -13.0, 1.0, -1.0), (20, -17.0, -17.0, 1.0, -1.5),
        (10, -20.0, -20.0, 1.0, -2.0), (5, -23.0, -23.0, 1.0, -2.5), (2, -27.0, -27.0, 1.0, -3.0),
    )
)  # fmt: skip
BURST_HZ = 4000.0


@dataclass(frozen=True, slots=True)
class Peak:
    """A row of table 5: how far LCpeak of ``cycles`` of a tone lies above LC of the steady tone."""

    cycles: float
    nominal_hz: float
    above_db: float
    limit_db: float


PEAKS = (
    Peak(1.0, 31.5, 2.5, 2.0), Peak(1.0, 500, 3.5, 1.0), Peak(1.0, 8000, 3.4, 2.0),
    Peak(0.5, 500, 2.4, 1.0), Peak(-0.5, 500, 2.4, 1.0),
)  # fmt: skip
"""A negative half cycle has its number negative."""

LINEARITY_DB = 0.8  # 5.6.5
WEIGHTINGS_AT_1_KHZ_DB = 0.2  # 5.5.9
TIMES_AT_1_KHZ_DB = 0.1  # 5.8.3

G = 10**0.3
PASS_X = (0.0, 1 / 8, 1 / 4, 3 / 8, 1 / 2)
PASS_UPPER_DB = (0.4, 0.5, 0.7, 1.4, 5.3)
PASS_LOWER_DB = -0.4
STOP_X = (1 / 2, 1.0, 2.0, 3.0, 4.0)
STOP_LOWER_DB = (1.2, 16.6, 40.5, 60.0, 70.0)
BANDWIDTH_DB = 0.4  # 5.12.2
SUM_UPPER_DB, SUM_LOWER_DB = 0.8, -1.8  # 5.16
EDGE = 1e-9  # a frequency that is nearer than this, relatively, to the edge of the pass band belongs to it


def breakpoints(x: ArrayLike, bands_an_octave: int) -> Array:
    """The frequency ratio above the middle of a band where table 1 has G^x (formula 9)."""
    narrower = (G ** (0.5 / bands_an_octave) - 1) / (G**0.5 - 1)
    return np.asarray(1 + narrower * (G ** np.asarray(x, np.float64) - 1))


def mask_margin_db(ratio: Array, attenuation_db: Array, bands_an_octave: int) -> Array:
    """How far inside the mask a relative attenuation lies at each frequency ratio; negative is outside."""
    beyond = np.maximum(ratio, 1 / ratio)
    passed, stopped = breakpoints(PASS_X, bands_an_octave), breakpoints(STOP_X, bands_an_octave)
    upper = np.interp(np.log(beyond), np.log(passed), PASS_UPPER_DB)
    lower = np.interp(np.log(beyond), np.log(stopped), STOP_LOWER_DB)
    inside = np.minimum(upper - attenuation_db, attenuation_db - PASS_LOWER_DB)
    return np.where(beyond <= passed[-1] * (1 + EDGE), inside, attenuation_db - lower)


def time_weighted_db(duration_s: ArrayLike, constant_s: float) -> Array:
    """Largest level of a burst above that of the steady tone (formula 7)."""
    return np.asarray(10 * np.log10(-np.expm1(-np.asarray(duration_s) / constant_s)))


def exposure_db(duration_s: ArrayLike) -> Array:
    """Sound exposure level of a burst above the level of the steady tone (formula 8)."""
    return np.asarray(10 * np.log10(duration_s))
