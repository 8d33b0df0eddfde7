"""Which microphones of an array can be used: not those that are dead, clipped, or no numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.array.geometry import Array

Chosen = NDArray[np.bool_]

CLIPPED = 0.985  # of full scale; what clips stays there
CLIPPED_RUN = 3  # samples in a row: a single one may be the true top
DEAD_SHARE = 1e-3  # of the median power: 30 dB; no two microphones of a small array hear so differently
SILENT_POWER = 1e-14  # re full scale: below the last bit of 24


@dataclass(frozen=True, slots=True)
class Microphones:
    """Those that are used, and in words what is wrong with the others, or with these."""

    used: tuple[int, ...]
    faults: tuple[str, ...]


def usable(samples: Array) -> Microphones:
    """Of ``samples``, shape (channels, n), those to use. A clipped one is left out only where three others are left."""
    finite = np.asarray(np.isfinite(samples).all(axis=1))
    power = np.where(finite, np.var(np.where(finite[:, None], samples, 0.0), axis=1), 0.0)
    heard: Chosen = np.asarray(power > SILENT_POWER)
    median = np.median(power[heard]) if heard.any() else 0.0
    alive: Chosen = heard & (power >= DEAD_SHARE * median)
    clipped: Chosen = alive & np.array([_is_clipped(one) for one in samples])
    used = alive & ~clipped if np.count_nonzero(alive & ~clipped) >= 3 else alive
    faults = (
        *_told(~finite, "left out, for it gives no numbers"),
        *_told(finite & ~alive, "left out, for it is dead"),
        *_told(clipped & ~used, "left out, for it is clipped"),
        *_told(clipped & used, "clipped, and used for want of others"),
    )
    return Microphones(tuple(np.flatnonzero(used).tolist()), faults)


def _is_clipped(line: Array) -> bool:
    loud = np.abs(line) >= CLIPPED
    for _ in range(CLIPPED_RUN - 1):
        loud = loud[1:] & loud[:-1]
    return bool(loud.any())


def _told(which: Chosen, what: str) -> tuple[str, ...]:
    return tuple(f"microphone {channel} is {what}" for channel in np.flatnonzero(which))
