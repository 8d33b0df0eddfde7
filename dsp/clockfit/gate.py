"""Which observations are believed: those near the track; and three others in a row that agree with each other.

An edge less than half a second behind another is the end of a pulse. One that lies off is an outlier, or the first of a
step; meanwhile nobody can tell, and the error says so. With nothing known yet, the first three that agree begin.
"""

from dataclasses import dataclass, replace

from dsp.clockfit.crystal import Crystal
from dsp.clockfit.track import Edge, Track

GATE = 5.0  # standard deviations; noise comes this far once in 1.7 million seconds
AGREEING = 3
KEPT = 6  # outliers that are remembered
JUMP = 10e-6  # of a crystal's frequency at once: a knock, a dip of its activity
PULL_MEMORY = 1 / 8  # share of the latest surprise in their average
PULLED = 1.25  # at least 4.8 standard deviations of that average of noise, which is sqrt(1 / 15) without ticks
DRIFT_GATE = 3.0  # standard deviations of the drift, by which three that agree may disagree a second


@dataclass(frozen=True, slots=True)
class Believed:
    """A track, and a doubt that its covariance does not know of: whether the latest edge was an outlier or a step."""

    track: Track
    doubt_s: float = 0.0
    pull: float = 0.0  # recent surprises, averaged: 0 but for noise, unless the crystal's frequency jumped

    def variance_at(self, sample: int, fraction: float) -> float:
        """Of the UTC of a sample, all told, s²."""
        return self.track.variance_at(sample, fraction) + self.doubt_s**2


class Gate:
    """Edges of one kind, one by one. ``floor``: their errors are alike, and averaging does not make them less."""

    def __init__(self, crystal: Crystal, rate_hz: float, drift: float, var_drift: float, *, floor: bool) -> None:
        self._crystal, self._rate_hz = crystal, rate_hz
        self._drift, self._var_drift = drift, var_drift
        self._floor = floor
        self._outliers: list[Edge] = []
        self.believed: Believed | None = None

    def tell(self, edge: Edge) -> None:
        """Takes ``edge`` for what it is."""
        now = self.believed
        if now is not None and abs(now.track.surprise(edge)) <= GATE:
            self._outliers.clear()
            self.believed = self._followed(now, edge)
            return
        self._outliers = [*self._outliers[1 - KEPT :], edge]
        for jump in (0.0, JUMP):
            agreeing = [other for other in self._outliers if self._agree(other, edge, jump)]
            if len(agreeing) >= (AGREEING if not self._floor or now else 1):
                self._begin(agreeing[-AGREEING:], jump)
                return
        if now is not None:
            self.believed = replace(now, doubt_s=abs(now.track.ahead_s(edge)))

    def _followed(self, now: Believed, edge: Edge) -> Believed:
        """Noise surprises to both sides. Surprises that go on to one side are a drift that is not known so well."""
        pull = now.pull + PULL_MEMORY * (now.track.surprise(edge) - now.pull)
        if abs(pull) > PULLED:
            return Believed(self._updated(now.track.loosened(JUMP), edge))
        return Believed(self._updated(now.track, edge), pull=pull)

    def _updated(self, track: Track, edge: Edge) -> Track:
        told = track.told(edge)
        return replace(told, var_time=max(told.var_time, edge.variance)) if self._floor else told

    def _begin(self, edges: list[Edge], jump: float) -> None:
        """A track from these alone, but for what is known of the drift: a step of time leaves that as it is."""
        drift, var_drift = self._known_drift()
        track = Track.begin(self._crystal, self._rate_hz, edges[0], drift, var_drift).loosened(jump)
        for edge in edges[1:]:
            track = self._updated(track, edge)
        self.believed = Believed(track)
        self._outliers.clear()

    def _agree(self, one: Edge, other: Edge, jump: float) -> bool:
        """Whether both can be of one clock, whose drift jumped by ``jump`` at most."""
        drift, var_drift = self._known_drift()
        track = Track.begin(self._crystal, self._rate_hz, one, drift, 0.0)
        drifted_s = (DRIFT_GATE * var_drift**0.5 + jump) * abs(track.seconds_to(other.sample, other.fraction))
        return abs(track.surprise(replace(other, tick_s=other.tick_s + 2 * drifted_s))) <= GATE

    def _known_drift(self) -> tuple[float, float]:
        now = self.believed
        return (now.track.drift, now.track.var_drift) if now else (self._drift, self._var_drift)
