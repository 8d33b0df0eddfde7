"""Where something begins: how far levels stand above their floor, the peaks of that, and the first arrival.

    level  ──┬───────────────────────────(-)──┤ mean of the two largest bands ├── rise dB
             └─┤ exponential average, delayed ├─┘

The floor follows the street within a fraction of a second, so a threshold on the rise holds by day and by night: the
short-term to long-term average trigger of seismology (R. Allen, Bull. Seism. Soc. Am. 68, 1978), in decibels.

The first arrival splits a window into the two stretches of Gaussian noise that explain it best (N. Maeda, Zisin 38,
1985):   AIC(k) = k log var x[:k] + (n - k) log var x[k:],   onset = argmin AIC.
"""

import numpy as np
from numpy.typing import NDArray

from dsp.filters import Average
from dsp.levels import FLOOR_POWER

FRONT_SHARE = 0.1
"""Of the window's peak. The band-pass rings at 1 to 3 % some milliseconds ahead; a first arrival is stronger."""


class Rise:
    """Levels above their floor, streaming over blocks of ``hops`` rows.

    The floor is an average with time constant ``tau_hops``, taken ``delay_hops`` ago so that a sound is not its own
    floor. The first ``warm_hops`` rows, whose frames are not full yet, count as the first full one.
    """

    def __init__(self, hops: int, *, tau_hops: float, delay_hops: int, warm_hops: int) -> None:
        self._average = Average(hops, float(np.exp(-1 / tau_hops)))
        self._delay = delay_hops
        self._warm = warm_hops
        self._past: NDArray[np.float64] | None = None

    def block(self, levels_db: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rise in dB of each level, shape (hops, bands) in and out."""
        if self._past is None:
            levels_db = np.concatenate((np.tile(levels_db[self._warm], (self._warm, 1)), levels_db[self._warm :]))
            self._past = np.tile(levels_db[0], (self._delay, 1))
        floor = np.concatenate((self._past, self._average.block(levels_db)))
        self._past = floor[len(levels_db) :]
        return np.asarray(levels_db - floor[: len(levels_db)])


def two_largest(rise_db: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of the two largest bands of each row: a blast is broad, a hum or a whistle is one band."""
    return np.asarray(np.sort(rise_db, axis=1)[:, -2:].mean(axis=1))


def peaks(strength: NDArray[np.float64], *, apart: int, least: float) -> NDArray[np.intp]:
    """Where ``strength`` is at least ``least`` and nothing within ``apart`` is larger; never in the outer ``apart``."""
    around = np.lib.stride_tricks.sliding_window_view(strength, 2 * apart + 1)
    inner = strength[apart : strength.size - apart]
    return np.flatnonzero((inner >= least) & (around.argmax(axis=1) == apart)) + apart


def first_arrival(window: NDArray[np.float32], *, margin: int) -> int:
    """Index where ``window`` changes from what was before to what came, at least ``margin`` from both ends.

    A linear-phase filter rings before a loud front; from the change on, the front is where ``FRONT_SHARE`` is reached.
    """
    energy = np.cumsum(np.square(window, dtype=np.float64))
    before = np.arange(margin, window.size - margin)
    after = window.size - before
    quiet = energy[before - 1] / before + FLOOR_POWER
    loud = (energy[-1] - energy[before - 1]) / after + FLOOR_POWER
    onset = int(before[np.argmin(before * np.log(quiet) + after * np.log(loud))])
    return onset + int(np.argmax(np.abs(window[onset:]) >= FRONT_SHARE * np.abs(window).max()))
