"""What is told of the time of samples: a curve that never goes back, and keeps what it said.

         told ___________/ the new track          a new piece begins behind the last sample that anybody asked for,
         ____/  slewed                            where the old one was, and comes to the new track within a second

A correction of more than ``SLEWED_MOST_NS`` is a step: it is not hidden in a slope but declared.
"""

import bisect
import math
from dataclasses import dataclass

from dsp.clockfit.gate import Believed
from dsp.clockfit.track import NS_PER_S

SLEW_S = 1.0
SLEW_MOST = 500e-6  # of the rate: time never stands still, and no interval in a sound is falsified by more
SLEWED_MOST_NS = 2_000_000  # takes four seconds
PIECES = 900  # a quarter of an hour, far longer than a detector thinks


@dataclass(frozen=True, slots=True)
class Step:
    """The time told of samples from ``sample`` on is ``by_ns`` later than what was told would have gone on to be."""

    sample: int
    by_ns: int


@dataclass(frozen=True, slots=True)
class Piece:
    """From sample ``start`` on: a track, less the rest of a correction that is slewed over ``span`` samples."""

    start: int
    believed: Believed
    correction_ns: float
    span: float

    def rest_ns(self, sample: int, fraction: float) -> float:
        """What of the correction is still to come."""
        done = ((sample - self.start) + fraction) / self.span
        return self.correction_ns * min(1.0, max(0.0, 1 - done))

    def utc_ns(self, sample: int, fraction: float) -> int:
        """The time told of a sample."""
        whole_ns, rest_s = self.believed.track.utc_at(sample, fraction)
        return whole_ns + round(rest_s * NS_PER_S - self.rest_ns(sample, fraction))

    def sigma_s(self, sample: int, fraction: float) -> float:
        """Its standard deviation."""
        lag_s = self.rest_ns(sample, fraction) / NS_PER_S
        return math.sqrt(self.believed.variance_at(sample, fraction) + lag_s**2)


class Curve:
    """Pieces, each where the one before ends."""

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._pieces: list[Piece] = []
        self._asked = 0
        self.steps: list[Step] = []

    def piece(self, sample: int) -> Piece:
        """The piece that a sample is on. LookupError if there is none at all."""
        if not self._pieces:
            raise LookupError("nothing is known of the time of any sample")
        self._asked = max(self._asked, sample)
        return self._pieces[max(0, bisect.bisect_right(self._pieces, sample, key=lambda piece: piece.start) - 1)]

    def turn_to(self, believed: Believed) -> None:
        """From the next sample on that nobody has asked for, go to what is believed now."""
        start = max(self._asked + 1, believed.track.sample)
        if not self._pieces:
            self._pieces = [Piece(start, believed, 0.0, self._rate_hz)]
            return
        told_ns = self.piece(start).utc_ns(start, 0.0)
        whole_ns, rest_s = believed.track.utc_at(start)
        correction_ns = (whole_ns - told_ns) + rest_s * NS_PER_S
        if abs(correction_ns) > SLEWED_MOST_NS:
            self.steps.append(Step(start, round(correction_ns)))
            correction_ns = 0.0
        span_s = max(SLEW_S, abs(correction_ns) / NS_PER_S / SLEW_MOST)
        self._pieces = [*self._pieces[1 - PIECES :], Piece(start, believed, correction_ns, span_s * self._rate_hz)]
