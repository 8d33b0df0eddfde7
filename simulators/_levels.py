"""A street's sound levels as a meter measures them, of the one "sound_level" of the world, which is dB(A)."""

import math

from simulators.scenario import World

ABOVE_A_DB = {"A": 0.0, "C": 4.0, "Z": 5.5}  # a street's low frequencies
STEPS = 8


def level(world: World, weighting: str, at_s: float) -> float:
    """The level at a moment."""
    return world.value("sound_level", at_s) + ABOVE_A_DB[weighting]


def mean(world: World, weighting: str, from_s: float, to_s: float) -> float:
    """The equivalent continuous level of a time."""
    step_s = (to_s - from_s) / STEPS
    levels = [level(world, weighting, from_s + (n + 0.5) * step_s) for n in range(STEPS)]
    return 10 * math.log10(sum(10 ** (one / 10) for one in levels) / STEPS)
