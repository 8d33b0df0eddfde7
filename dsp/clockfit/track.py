"""A two-state Kalman filter: the UTC of a sample, and by how much the crystal is slow.

    UTC of sample k = utc_ns + rest_s + tau · (1 + drift),   tau = (k - sample - fraction) / rate

The whole nanoseconds are an integer and the rest is under one, so nothing is lost to the size of 1.8e18. Source of the
process noise: :mod:`dsp.clockfit.crystal`.
"""

import math
from dataclasses import dataclass, replace

from dsp.clockfit.crystal import Crystal
from dsp.clockfit.tick import alike

NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Edge:
    """``utc_ns`` fell ``fraction`` of a sample after sample ``sample``.

    That is the middle of a tick, ``tick_s`` long, in which it was caught; on top comes noise of ``sigma_s``.
    """

    sample: int
    fraction: float
    utc_ns: int
    sigma_s: float
    tick_s: float = 0.0

    @property
    def variance(self) -> float:
        """Of all its errors, s²."""
        return self.sigma_s**2 + self.tick_s**2 / 12


@dataclass(frozen=True, slots=True)
class Track:
    """The state at one instant, with its covariance (s², s, 1)."""

    crystal: Crystal
    rate_hz: float
    sample: int
    fraction: float
    utc_ns: int
    rest_s: float
    drift: float
    var_time: float
    var_both: float
    var_drift: float

    @classmethod
    def begin(cls, crystal: Crystal, rate_hz: float, edge: Edge, drift: float, var_drift: float) -> "Track":
        """As the first edge says, of a crystal whose drift is known only so well."""
        return cls(crystal, rate_hz, edge.sample, edge.fraction, edge.utc_ns, 0.0, drift, edge.variance, 0.0, var_drift)

    def seconds_to(self, sample: int, fraction: float = 0.0) -> float:
        """By the crystal's nominal rate, from here to a sample."""
        return ((sample - self.sample) + (fraction - self.fraction)) / self.rate_hz

    def utc_at(self, sample: int, fraction: float = 0.0) -> tuple[int, float]:
        """UTC of a sample: whole nanoseconds, and the rest in seconds."""
        tau = self.seconds_to(sample, fraction)
        ahead_s = self.rest_s + tau + tau * self.drift
        whole_ns = round(ahead_s * NS_PER_S)
        return self.utc_ns + whole_ns, ahead_s - whole_ns / NS_PER_S

    def variance_at(self, sample: int, fraction: float = 0.0) -> float:
        """Of the UTC of a sample, s²; before the state's instant as after it."""
        tau = self.seconds_to(sample, fraction)
        known = self.var_time + 2 * tau * self.var_both + tau * tau * self.var_drift
        return max(0.0, known) + self.crystal.white * abs(tau) + self.crystal.walk * abs(tau) ** 3 / 3

    def at(self, sample: int, fraction: float) -> "Track":
        """Coasted to another instant."""
        tau, walk = self.seconds_to(sample, fraction), self.crystal.walk
        utc_ns, rest_s = self.utc_at(sample, fraction)
        return replace(
            self,
            sample=sample,
            fraction=fraction,
            utc_ns=utc_ns,
            rest_s=rest_s,
            var_time=self.variance_at(sample, fraction),
            var_both=self.var_both + tau * self.var_drift + walk * tau * tau / 2,
            var_drift=self.var_drift + walk * abs(tau),
        )

    def ahead_s(self, edge: Edge) -> float:
        """By how much ``edge`` says that it is later than this track has it."""
        utc_ns, rest_s = self.utc_at(edge.sample, edge.fraction)
        return (edge.utc_ns - utc_ns) / NS_PER_S - rest_s

    def surprise(self, edge: Edge) -> float:
        """How far the tick of ``edge`` is from where it was expected, in standard deviations of that."""
        ahead_s = self.ahead_s(edge)
        beyond_s = max(0.0, abs(ahead_s) - edge.tick_s / 2)
        return math.copysign(beyond_s, ahead_s) / math.sqrt(
            self.variance_at(edge.sample, edge.fraction) + edge.sigma_s**2
        )

    def told(self, edge: Edge) -> "Track":
        """The state at ``edge``, with what it says."""
        here, error_s = self.at(edge.sample, edge.fraction), self.ahead_s(edge)
        noise = edge.sigma_s**2 + edge.tick_s**2 / 12 * self._alike(edge)
        gain_time, gain_drift = here.var_time / (here.var_time + noise), here.var_both / (here.var_time + noise)
        return replace(
            here,
            rest_s=here.rest_s + gain_time * error_s,
            drift=here.drift + gain_drift * error_s,
            var_time=gain_time * noise,
            var_both=gain_drift * noise,
            var_drift=here.var_drift - gain_drift * here.var_both,
        )

    def _alike(self, edge: Edge) -> float:
        """How many seconds err as this one does."""
        return alike(self.drift / edge.tick_s, edge.sigma_s / edge.tick_s) if edge.tick_s else 1.0

    def loosened(self, jump: float) -> "Track":
        """The same, of a crystal whose drift may have jumped by so much."""
        return replace(self, var_drift=self.var_drift + jump**2)
