"""What is said of sources: where, when, how well that is known, and on what it rests."""

from dataclasses import dataclass

from dsp.locate.evidence import Air


@dataclass(frozen=True, slots=True)
class Ellipse:
    """Holds the source in 95 of 100 cases: half axes in metres, and the bearing of the longer one, 0 to 180°."""

    semi_major_m: float
    semi_minor_m: float
    bearing_deg: float


@dataclass(frozen=True, slots=True)
class Rejected:
    """An arrival that no source rests on: its index among those given, and why."""

    arrival: int
    why: str


@dataclass(frozen=True, slots=True)
class Source:
    """One bang.

    ``error_m`` is the root of the horizontal variance; ``evidence`` the log likelihood ratio against chance, nats.
    ``used`` and ``echoes`` are indices of arrivals; ``silent`` are nodes that listened, should have heard, and did not.
    ``air`` is the air as it was estimated along with the place.
    """

    x_m: float
    y_m: float
    z_m: float
    time_s: float
    error_m: float
    ellipse: Ellipse
    evidence: float
    used: tuple[int, ...]
    echoes: tuple[int, ...]
    silent: tuple[str, ...]
    air: Air


@dataclass(frozen=True, slots=True)
class Answer:
    """Sources in order of time, what was not used, and, where nothing is said, why."""

    sources: tuple[Source, ...]
    rejected: tuple[Rejected, ...]
    refused: str = ""
