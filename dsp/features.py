"""Measures of an impulse, from the samples around its onset.

            peak ┬
                 │█          crest    peak over mean square of the window
                 │██         attack   onset until a tenth of the window's energy has come
                 │████▄      decay    from the 8 ms maximum until 10 dB below it
    noise ───────┘███████▄▄▄___       peak     maximum over 1 ms;  snr  the same over the mean square before
                 onset       window

They put in numbers what R. Maher and S. Shaw describe ("Deciphering gunshot recordings", AES 33rd Conf., 2008): a rise
within a millisecond, no plateau, tens of milliseconds of decay and reflections.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.levels import power_db

ATTACK_SHARE = 0.1
PEAK_WITHIN_MS = 60
"""A façade 10 m behind the shooter returns after 59 ms, as loud as the direct sound or louder: it counts as peak."""
DECAY_OVER_MS = 8
"""A mean over 8 ms bridges the zeros between a blast and its ground reflection (under 6 ms on a street)."""


@dataclass(frozen=True, slots=True)
class Impulse:
    """How a sound begins and ends. Levels in dB, times in milliseconds since the onset."""

    peak_db: float
    crest_db: float
    attack_ms: float
    decay_ms: float
    snr_db: float


def impulse(before: NDArray[np.float32], after: NDArray[np.float32], *, rate_hz: float) -> Impulse:
    """Measures of a sound that begins with ``after``; ``before`` is the noise that it came out of."""
    power = np.square(after, dtype=np.float64)
    noise = float(np.mean(np.square(before, dtype=np.float64)))
    step = round(rate_hz / 1000)
    each_ms = power[: power.size // step * step].reshape(-1, step).mean(axis=1)
    peak_db = float(power_db(each_ms[:PEAK_WITHIN_MS].max()))
    return Impulse(
        peak_db=peak_db,
        crest_db=float(power_db(power.max()) - power_db(power.mean())),
        attack_ms=float(_reached(each_ms - noise, ATTACK_SHARE)),
        decay_ms=float(_decayed(each_ms)),
        snr_db=peak_db - float(power_db(noise)),
    )


def _reached(each_ms: NDArray[np.float64], share: float) -> int:
    energy = np.cumsum(np.maximum(each_ms, 0))
    return int(np.searchsorted(energy, share * energy[-1]))


def _decayed(each_ms: NDArray[np.float64]) -> int:
    smooth = np.convolve(each_ms, np.full(DECAY_OVER_MS, 1 / DECAY_OVER_MS))[: each_ms.size]
    peak = int(np.argmax(smooth[: PEAK_WITHIN_MS + DECAY_OVER_MS]))
    below = np.flatnonzero(smooth[peak:] < smooth[peak] / 10)
    return int(below[0]) if below.size else each_ms.size
