"""The fit: seconds and arrivals in, the time of any sample out. One fit for one boot of a front-end.

locked     an edge was believed within the last seconds
holdover   none was, and coasting is still better than what the host can say
free       all that is known is when bytes came to the host
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from dsp.clockfit.crystal import STREET, Crystal
from dsp.clockfit.curve import Curve, Step
from dsp.clockfit.gate import Believed, Gate
from dsp.clockfit.track import Edge

PULSE_MOST_S = 0.5  # an edge that comes sooner behind another is the end of its pulse
LOCKED_S = 2.5  # one pulse may be missing
REBOOT_DRIFT = 0.5e-6  # standard deviation of how a crystal's frequency changes while it is off


class State(StrEnum):
    """What the time of a sample rests on."""

    LOCKED = "locked"
    HOLDOVER = "holdover"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Estimate:
    """UTC of a sample, its standard deviation, and what it rests on."""

    utc_ns: int
    sigma_s: float
    state: State


class ClockFit:
    """``drift`` and ``drift_sigma``: what is known of the crystal before the first second."""

    def __init__(
        self, rate_hz: float, crystal: Crystal = STREET, *, drift: float = 0.0, drift_sigma: float | None = None
    ) -> None:
        self._rate_hz, self._crystal = rate_hz, crystal
        var_drift = (crystal.tolerance if drift_sigma is None else drift_sigma) ** 2
        self._fine = Gate(crystal, rate_hz, drift, var_drift, floor=False)
        self._coarse = Gate(crystal, rate_hz, drift, var_drift, floor=True)
        self._curve = Curve(rate_hz)
        self._pulse_s = -math.inf

    @property
    def steps(self) -> tuple[Step, ...]:
        """Where what is told of later samples does not go on from what was told of earlier ones."""
        return tuple(self._curve.steps)

    def second(self, edge: Edge) -> None:
        """A UTC second, caught on the sample clock; edges come in order."""
        at_s = (edge.sample + edge.fraction) / self._rate_hz
        is_end, self._pulse_s = at_s - self._pulse_s < PULSE_MOST_S, at_s
        if is_end:
            return
        self._fine.tell(edge)
        if self._fine.believed:
            self._turn(edge.sample)

    def coarse(self, sample: int, utc_ns: int, sigma_s: float) -> None:
        """Sample ``sample`` was taken at about ``utc_ns``, as the host's clock has it; once a second is enough."""
        self._coarse.tell(Edge(sample, 0.0, utc_ns, sigma_s))
        if self._is_free(sample):
            self._turn(sample)

    def at(self, sample: int, fraction: float = 0.0) -> Estimate:
        """The time of a sample. Of increasing samples it never decreases, but at a declared step.

        LookupError before anything was observed.
        """
        piece = self._curve.piece(sample)
        return Estimate(piece.utc_ns(sample, fraction), piece.sigma_s(sample, fraction), self._state(sample))

    def rebooted(self) -> "ClockFit":
        """The fit of the device's next boot: its samples are counted anew, its crystal is the same one."""
        believed = self._fine.believed
        if believed is None:
            return ClockFit(self._rate_hz, self._crystal)
        sigma = math.hypot(math.sqrt(believed.track.var_drift), REBOOT_DRIFT)
        return ClockFit(self._rate_hz, self._crystal, drift=believed.track.drift, drift_sigma=sigma)

    def _state(self, sample: int) -> State:
        fine = self._fine.believed
        if fine is None or self._is_free(sample):
            return State.FREE
        return State.LOCKED if fine.track.seconds_to(sample) < LOCKED_S else State.HOLDOVER

    def _is_free(self, sample: int) -> bool:
        """Whether the host knows better than the seconds, or alone knows anything."""
        fine, coarse = self._fine.believed, self._coarse.believed
        if fine is None or coarse is None:
            return fine is None
        return coarse.variance_at(sample, 0.0) < fine.variance_at(sample, 0.0)

    def _turn(self, sample: int) -> None:
        believed: Believed | None = self._coarse.believed if self._is_free(sample) else self._fine.believed
        if believed is not None:
            self._curve.turn_to(believed)
