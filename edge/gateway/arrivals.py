"""An event as an arrival: at which node a sound came, when, how well that is known, and who says so."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import hypot, sqrt

from dsp.locate.evidence import Arrival
from edge.gateway.listeners import NS_PER_S
from edge.message.body import Event, Message

FAMILIES = {"gunshot": "bang", "explosion": "bang", "fireworks": "bang", "glass_break": "glass"}
"""Kinds that begin at one moment; what one node takes for a shot another may take for a firework."""
ONSET_S = 5e-4  # how well the first sound is found among the samples
STAMP_S = 2e-3  # more where the sample's time is known by the arrival of bytes alone (edge/node/clock.py)
USELESS_NS = NS_PER_S // 4  # a clock that may be so wrong says 80 m: its arrivals place nothing
AZIMUTH_SIGMA_DEG = 5.0  # where a node gives a bearing and not how good it is
SAME_NS = NS_PER_S // 20  # two detectors of one node tell the same sound within this


@dataclass(frozen=True, slots=True)
class Telling:
    """A signed message that tells of an arrival: its hash, the kind that it tells, and how sure it is."""

    message: bytes
    kind: str
    score: float


@dataclass(frozen=True, slots=True)
class Heard:
    """A sound came to a node; several detectors may tell of it.

    ``bound_ns`` is how wrong the clock may be that ``time_ns`` rests on, ``stamp_s`` what the stamp adds.
    """

    node: str
    family: str
    time_ns: int
    bound_ns: int
    stamp_s: float
    tellings: tuple[Telling, ...]
    azimuth_deg: float | None = None
    azimuth_sigma_deg: float = AZIMUTH_SIGMA_DEG

    @property
    def messages(self) -> tuple[bytes, ...]:
        """The hashes of the messages that tell of it."""
        return tuple(telling.message for telling in self.tellings)

    def is_same(self, other: "Heard") -> bool:
        """Whether two detectors of one node tell of one sound."""
        return self.node == other.node and abs(self.time_ns - other.time_ns) <= SAME_NS

    def evidence(self, epoch_ns: int) -> Arrival:
        """For :func:`dsp.locate.locate`, its time in seconds since ``epoch_ns``."""
        time_s = (self.time_ns - epoch_ns) / NS_PER_S
        return Arrival(self.node, time_s, self.sigma_s, None, self.azimuth_deg, self.azimuth_sigma_deg)

    @property
    def is_timed(self) -> bool:
        """Whether its time says anything of a place."""
        return self.bound_ns <= USELESS_NS

    @property
    def sigma_s(self) -> float:
        """Standard deviation of its time: within a bound nothing is likelier than another (GUM 4.3.7)."""
        return hypot(self.bound_ns / NS_PER_S / sqrt(3), self.stamp_s)


def told_by(message: Message, digest: bytes) -> Heard | None:
    """The arrival that a message tells of, if it tells of one that can be located."""
    event = message.body
    if not isinstance(event, Event) or event.kind not in FAMILIES or event.score < event.threshold:
        return None
    sigma_deg = event.measures.get("azimuth_sigma_deg", AZIMUTH_SIGMA_DEG)
    return Heard(
        message.node,
        FAMILIES[event.kind],
        event.time_ns,
        message.quality.error_ns if event.time_error_ns is None else event.time_error_ns,
        hypot(ONSET_S, STAMP_S) if event.time_error_ns is None else ONSET_S,
        (Telling(digest, event.kind, event.score),),
        event.measures.get("azimuth_deg"),
        sigma_deg if sigma_deg > 0 else AZIMUTH_SIGMA_DEG,
    )


def kind_of(arrivals: Iterable[Heard]) -> str:
    """The kind that most of what was told has it, by how sure that was."""
    sums: dict[str, float] = {}
    for telling in (telling for one in arrivals for telling in one.tellings):
        sums[telling.kind] = sums.get(telling.kind, 0.0) + max(telling.score, 0.0)
    return max(sums, key=lambda kind: (sums[kind], kind))
