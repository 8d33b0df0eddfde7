"""How a crystal errs, as the two noises that a two-state clock has.

    phase'     = drift + white frequency noise           variance q1 · tau
    drift'     =         random-walk frequency noise     variance q2 · tau of the drift, q2 · tau³ / 3 of the phase

    Allan variance  = q1 / tau + q2 · tau / 3,     q1 = h0 / 2,     q2 = 2 π² h-2

Source: C. Zucca and P. Tavella, The clock model and its relationship with the Allan and related variances, IEEE Trans.
UFFC 52 (2005) 289; the h of oscillators: R. G. Brown and P. Y. C. Hwang, Introduction to Random Signals and Applied
Kalman Filtering, table of typical Allan variance coefficients (from A. J. Van Dierendonck et al., 1984).

What a street adds is temperature. A ramp of it is not noise: a drift that grows by a per second moves the phase by
a t² / 2, and the random walk must be as large as that for as long as the filter is asked to coast.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Crystal:
    """``white`` is q1 in s, ``walk`` is q2 in 1/s, ``tolerance`` the standard deviation of its frequency's error."""

    white: float
    walk: float
    tolerance: float


def from_allan(h0: float, h_2: float, tolerance: float) -> Crystal:
    """A crystal from its coefficients of white and random-walk frequency noise."""
    return Crystal(h0 / 2, 2 * math.pi**2 * h_2, tolerance)


TCXO = from_allan(h0=2e-19, h_2=2e-20, tolerance=2e-6)
"""Temperature-compensated, at an even temperature: Brown and Hwang's "crystal, temperature compensated"."""

STREET = Crystal(white=1e-18, walk=6e-17, tolerance=50e-6)
"""An uncompensated AT cut in a box on a pole. A sunrise of 20 K/h, where it has 0.1 ppm/K, is 5.6e-10 1/s, 2 µs after
a minute of coasting and 100 µs after ten; the walk's standard deviation is 1.2 µs a minute and 66 µs ten minutes."""
