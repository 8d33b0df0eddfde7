"""What a reading in whole ticks says of a normal variable: no more than that it lies between two bounds.

    z ~ N(0, 1),  a <= z < b:   mean = (φ(a) - φ(b)) / Z,   var = 1 + (a φ(a) - b φ(b)) / Z - mean²,   Z = Φ(b) - Φ(a)

To add a twelfth of the tick's square to the noise instead is usual, and wrong for a crystal that runs so that all
seconds fall alike within their ticks: what seems exact is off by up to half a tick, with no innovation to betray it.
Source: R. E. Curry, Estimation and Control with Quantized Measurements, MIT Press 1970, ch. 2 (Gaussian fit).
"""

import math

NARROW = (
    0.03  # standard deviations; across so little the density is even to 1e-4, and the formula would lose its digits
)
FAR = (
    6.0  # standard deviations from the nearer bound: the same; what is further off is an outlier, and never comes here
)


def moments(low: float, high: float) -> tuple[float, float]:
    """Mean and variance of a standard normal variable that lies between ``low`` and ``high``."""
    if low > 0:
        mean, variance = moments(-high, -low)
        return -mean, variance
    if high - low < NARROW or high < -FAR:
        return (low + high) / 2, (high - low) ** 2 / 12
    share = (math.erfc(-high / math.sqrt(2)) - math.erfc(-low / math.sqrt(2))) / 2
    at_low, at_high = _density(low), _density(high)
    mean = (at_low - at_high) / share
    return mean, 1 + (low * at_low - high * at_high) / share - mean**2


def _density(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
