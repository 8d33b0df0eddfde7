"""A sensor's own noise: a function of its seed and the moment alone, so that a bench repeats itself."""

import numpy as np

STEPS_A_SECOND = 1000


def normal(seed: int, at_s: float, which: int = 0) -> float:
    """A standard normal number for this millisecond, one for each ``which`` of a sensor's quantities."""
    return float(np.random.default_rng((seed, int(at_s * STEPS_A_SECOND), which)).standard_normal())
