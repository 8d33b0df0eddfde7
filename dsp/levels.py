"""The mean square in decibels, as detectors look at it: no frequency weighting, and a floor under silence.

    L = 10 log10( mean x² )

Full scale 1.0 is 0 dB, so a full-scale sine reads -3.01 dB. Levels as instruments tell them: :mod:`dsp.summary`.
"""

import numpy as np
from numpy.typing import NDArray

FLOOR_DB = -100.0
"""What silence reads. A 16-bit converter's own noise is 10 log10(1/12 / 32768²) = -101 dB; microphones are louder."""
FLOOR_POWER = 10 ** (FLOOR_DB / 10)


def power_db(
    power: NDArray[np.floating] | np.floating | float, floor_power: float = FLOOR_POWER
) -> NDArray[np.float64]:
    """Decibels of mean squares, never below those of ``floor_power``."""
    return np.asarray(10 * np.log10(np.maximum(power, floor_power)))


def level_db(samples: NDArray[np.float32]) -> float:
    """Level of all ``samples`` together, dB re full scale; at least one sample."""
    return float(power_db(np.mean(np.square(samples, dtype=np.float64))))
