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
DRIFT_GATE = 3.0  # standard deviations of the drift, by which three that agree may disagree a second


@dataclass(frozen=True, slots=True)
class Believed:
    """A track, and a doubt that its covariance does not know of: whether the latest edge was an outlier or a step."""

    track: Track
    doubt_s: float = 0.0

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
        if now is not None and not now.track.is_off(edge, GATE):
            self._outliers.clear()
            self.believed = Believed(self._updated(now.track, edge))
            return
        self._outliers = [*self._outliers[1 - KEPT :], edge]
        agreeing = [other for other in self._outliers if self._agree(other, edge)]
        if len(agreeing) >= (AGREEING if not self._floor or now else 1):
            self._begin(agreeing[-AGREEING:])
        elif now is not None:
            self.believed = replace(now, doubt_s=abs(now.track.ahead_s(edge)))

    def _updated(self, track: Track, edge: Edge) -> Track:
        told = track.told(edge)
        return replace(told, var_time=max(told.var_time, edge.variance)) if self._floor else told

    def _begin(self, edges: list[Edge]) -> None:
        """A track from these alone; of the one before it keeps the drift, which a step leaves as it is."""
        before = self.believed.track if self.believed else None
        drift = (before.drift, before.var_drift) if before else (self._drift, self._var_drift)
        track = Track.begin(self._crystal, self._rate_hz, edges[0], *drift)
        for edge in edges[1:]:
            track = self._updated(track, edge)
        self.believed = Believed(track)
        self._outliers.clear()

    def _agree(self, one: Edge, other: Edge) -> bool:
        """Whether both can be of one clock."""
        before = self.believed.track if self.believed else None
        drift, var_drift = (before.drift, before.var_drift) if before else (self._drift, self._var_drift)
        track = Track.begin(self._crystal, self._rate_hz, one, drift, 0.0)
        drifted_s = DRIFT_GATE * var_drift**0.5 * abs(track.seconds_to(other.sample, other.fraction))
        return not track.is_off(replace(other, tick_s=other.tick_s + 2 * drifted_s), GATE)
