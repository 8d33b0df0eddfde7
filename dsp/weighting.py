"""Frequency weightings A, C and Z of a sound level meter: the curves, and filters that follow them at any sample rate.

    C(f) = f² f4² / ((f² + f1²)(f² + f4²))         A(f) = C(f) f² / √((f² + f2²)(f² + f3²))        Z(f) = 1

    x ─┤ high-pass f1, f1 ├─┤ fitted section ├─ C ─┤ high-pass f2, f3 ├─ A            each 0 dB at 1 kHz

Source of the curves: IEC 61672-1:2013, 5.5 and annex E. The bilinear transform keeps the high-passes as they are and
bends the low-pass at f4 (6 dB too low at 16 kHz of 48 kHz sampling; beyond every limit at 32 and 16 kHz). So that one
is fitted in magnitude instead, least squares first and the largest deviation after (C. Lawson's reweighting). Its
poles and zeros are written as reflection coefficients within ±1: it is stable and minimum-phase whatever the fit does.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dsp.recursive import Array, System, cascade, response

F1_HZ, F2_HZ, F3_HZ, F4_HZ = 20.598997, 107.65265, 737.86223, 12194.217  # IEC 61672-1:2013, E.4
REFERENCE_HZ = 1000.0

FIT_FROM_HZ, FIT_TO_HZ = 200.0, 20_000.0  # below, the high-passes alone are right; above, nothing is asked for
FIT_SHARE = 0.49  # of the rate: up to here, if that is lower
FIT_POINTS = 160
FIT_STARTS = ((-0.4, -0.3, -1.2, 0.25), (0.9, 0.15, 0.6, -0.1), (1.2, 0.3, 0.5, -0.2), (1.0, 0.2, -1.0, 0.3))
"""arctanh of the four coefficients: where the fits at 8 to 192 kHz ended, roughly. The best end is taken."""
FIT_STEPS, FIT_SMOOTH_STEPS = 60, 16  # in all, and of these with equal weights
FIT_NUDGE = 1e-6
WORST_DB = 0.25
"""A filter that is further off than this is a fit that failed. The narrowest limits of class 1 are 0.7 dB at 1 kHz."""
RATES_HZ = (8_000.0, 192_000.0)


def weighting_db(weighting: str, frequency_hz: NDArray[np.floating]) -> Array:
    """The curve of ``weighting`` ("A", "C" or "Z") in dB, 0 dB at 1 kHz; frequencies above zero."""
    return np.asarray(_curve_db(weighting, np.asarray(frequency_hz)) - _curve_db(weighting, np.array(REFERENCE_HZ)))


def _curve_db(weighting: str, f: NDArray[np.floating]) -> Array:
    c = f**2 * F4_HZ**2 / ((f**2 + F1_HZ**2) * (f**2 + F4_HZ**2))
    a = f**2 / np.sqrt((f**2 + F2_HZ**2) * (f**2 + F3_HZ**2))
    return np.asarray(20 * np.log10({"A": c * a, "C": c, "Z": np.ones_like(c)}[weighting]))


@lru_cache(maxsize=8)
def sections(rate_hz: float) -> Array:
    """Second-order sections, rows (b0, b1, b2, 1, a1, a2): C after the second, A after the third.

    ValueError outside of ``RATES_HZ``.
    """
    if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
        raise ValueError(f"{rate_hz:g} Hz; expected {RATES_HZ[0]:g} to {RATES_HZ[1]:g} Hz")
    slow, middle = _high_pass(F1_HZ, F1_HZ, rate_hz), _high_pass(F2_HZ, F3_HZ, rate_hz)
    fitted = _fitted(np.stack((slow, middle)), rate_hz)
    at = np.array([REFERENCE_HZ])
    found = np.stack((slow, fitted, middle))
    found[1, :3] /= abs(response(found[:2], at, rate_hz)[0])
    found[2, :3] /= abs(response(found[2:], at, rate_hz)[0])
    return found


def system(rate_hz: float) -> System:
    """The filters as one system with two outputs, A and C."""
    return cascade(sections(rate_hz), (2, 1))


def _high_pass(one_hz: float, other_hz: float, rate_hz: float) -> Array:
    """s² / ((s + ω₁)(s + ω₂)) by the bilinear transform, each corner prewarped."""
    bent = np.tan(np.pi * np.array([one_hz, other_hz]) / rate_hz)
    p, q = (1 - bent) / (1 + bent)
    gain = (1 + p) * (1 + q) / 4
    return np.array([gain, -2 * gain, gain, 1.0, -(p + q), p * q])


def _section(theta: Array) -> Array:
    """A stable, minimum-phase section from four numbers without bounds."""
    b1, b2, a1, a2 = np.tanh(theta)
    return np.array([1.0, b1 * (1 + b2), b2, 1.0, a1 * (1 + a2), a2])


class _Fit:
    """Deviation in dB of one section from what the high-passes leave to do, halfway between A and C."""

    def __init__(self, high_passes: Array, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._f = np.geomspace(FIT_FROM_HZ, min(FIT_TO_HZ, FIT_SHARE * rate_hz), FIT_POINTS)
        slow = self._relative_db(high_passes[:1])
        both = self._relative_db(high_passes)
        self._need = (weighting_db("C", self._f) - slow + weighting_db("A", self._f) - both) / 2

    def _relative_db(self, some: Array) -> Array:
        gain = np.abs(response(some, np.append(self._f, REFERENCE_HZ), self._rate_hz))
        return np.asarray(20 * np.log10(gain[:-1] / gain[-1]))

    def deviation_db(self, theta: Array) -> Array:
        """At each frequency of the fit."""
        return self._relative_db(_section(theta)[None]) - self._need

    def slopes(self, theta: Array, deviation: Array) -> Array:
        """Of the deviation by the four numbers, shape (frequencies, 4)."""
        nudged = [self.deviation_db(theta + nudge) for nudge in FIT_NUDGE * np.eye(theta.size)]
        return (np.stack(nudged, axis=1) - deviation[:, None]) / FIT_NUDGE


def _fitted(high_passes: Array, rate_hz: float) -> Array:
    fit = _Fit(high_passes, rate_hz)
    ends = [_descended(fit, np.array(start)) for start in FIT_STARTS]
    best = min(ends, key=lambda theta: float(np.abs(fit.deviation_db(theta)).max()))
    worst = float(np.abs(fit.deviation_db(best)).max())
    if worst > WORST_DB:
        raise ValueError(f"no filter within {WORST_DB} dB was found at {rate_hz:g} Hz, only {worst:.2f} dB")
    return _section(best)


def _descended(fit: _Fit, theta: Array) -> Array:
    """Levenberg-Marquardt; after some steps, what deviates most weighs most."""
    weights, damping = np.ones(FIT_POINTS), 1e-2
    for step in range(FIT_STEPS):
        deviation = fit.deviation_db(theta)
        theta, damping = _step(fit, theta, deviation, weights, damping)
        if step >= FIT_SMOOTH_STEPS:
            size = np.abs(fit.deviation_db(theta))
            weights = weights * np.maximum(size / size.max(), 0.05) ** 0.7
            weights /= weights.mean()
    return theta


def _step(fit: _Fit, theta: Array, deviation: Array, weights: Array, damping: float) -> tuple[Array, float]:
    """One step downhill, shorter until it is one; the damping for the next."""
    slopes = fit.slopes(theta, deviation)
    normal, gradient = slopes.T @ (weights[:, None] * slopes), slopes.T @ (weights * deviation)
    cost = weights @ deviation**2
    while damping < 1e8:
        move = np.linalg.solve(normal + damping * np.diag(normal.diagonal() + 1e-12), -gradient)
        if weights @ fit.deviation_db(theta + move) ** 2 < cost:
            return theta + move, max(damping / 3, 1e-9)
        damping *= 4
    return theta, 1e-2
