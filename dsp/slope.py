"""How fast a level rises, whatever single values do: the median of all pairwise slopes, and its error.

    b = median (yⱼ - yᵢ) / (xⱼ - xᵢ)        H. Theil, 1950; P. Sen, J. Am. Stat. Assoc. 63, 1968

Up to 29 % of the values may lie anywhere. The error takes what is left over as independent from value to value; where
it is not, the true error is larger.
"""

import numpy as np

from dsp.recursive import Array

ROBUST = 1.4826  # median absolute deviation to standard deviation, of a normal distribution
EFFICIENCY = 0.955  # of the Theil-Sen slope against least squares, equally spaced (3/π)
LEAST_POINTS = 4


def theil_sen(x: Array, y: Array) -> tuple[float, float]:
    """Slope of ``y`` over ``x`` and its standard error. ValueError for fewer than ``LEAST_POINTS``."""
    if x.size < LEAST_POINTS or x.shape != y.shape:
        raise ValueError(f"points of shape {x.shape} and {y.shape}; expected at least {LEAST_POINTS} of both")
    earlier, later = np.triu_indices(x.size, 1)
    slope = float(np.median((y[later] - y[earlier]) / (x[later] - x[earlier])))
    rest = y - slope * x
    spread = ROBUST * float(np.median(np.abs(rest - np.median(rest))))
    return slope, spread / float(np.sqrt(EFFICIENCY * np.sum((x - x.mean()) ** 2)))
