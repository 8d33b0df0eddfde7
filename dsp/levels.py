"""Sound level: the mean square in decibels, and its energy mean over equal periods.

    L = 10 log10( mean x² )         Leq = 10 log10( (1/T) ∫ x² dt )        IEC 61672-1:2013, 3.8 and 3.9

Full scale 1.0 is 0 dB, so a full-scale sine reads -3.01 dB. No frequency weighting (Z).
"""

import numpy as np
from numpy.typing import NDArray

from dsp.blocks import Blocks

FLOOR_DB = -100.0
"""What silence reads. A 16-bit converter's own noise is 10 log10(1/12 / 32768²) = -101 dB; microphones are louder."""
FLOOR_POWER = 10 ** (FLOOR_DB / 10)


def power_db(power: NDArray[np.floating] | np.floating | float) -> NDArray[np.float64]:
    """Decibels of mean squares, never below ``FLOOR_DB``."""
    return np.asarray(10 * np.log10(np.maximum(power, FLOOR_POWER)))


def level_db(samples: NDArray[np.float32]) -> float:
    """Level of all ``samples`` together, dB re full scale; at least one sample."""
    return float(power_db(np.mean(np.square(samples, dtype=np.float64))))


class Leq:
    """Equivalent level a period, streaming. A period that is cut short by the end is not reported."""

    def __init__(self, rate_hz: float, period_s: float) -> None:
        self._periods = Blocks(round(rate_hz * period_s))

    def feed(self, samples: NDArray[np.float32]) -> list[NDArray[np.float64]]:
        """One array of levels in dB, shape (channels,), for each period that ``samples`` (channels, n) completes."""
        squares = (np.square(period, dtype=np.float64) for period in self._periods.feed(samples))
        return [power_db(np.mean(square, axis=-1)) for square in squares]
