"""What the ledger speaks of: an event as one source heard it, who listened when, and what a person found out."""

from dataclasses import dataclass
from enum import StrEnum

from edge.message.body import Event

LATEST_NS = 2**63 - 1


class Role(StrEnum):
    """Whether it alarms, or is only tried."""

    ACTIVE = "active"
    SHADOW = "shadow"


class Mark(StrEnum):
    """What a person found out about an event."""

    NONE = ""
    CONFIRMED = "confirmed"
    FALSE = "false"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Source:
    """Who listens: a detector of a sensor, and in ``model`` the hash of its options and of what computes."""

    sensor: str
    kind: str
    role: Role
    model: bytes


@dataclass(frozen=True, slots=True)
class Span:
    """A source listened for ``seconds`` within these times of the wall clock; holes of up to a minute are within."""

    source: Source
    begun_ns: int
    ended_ns: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as one source heard it. ``id`` is 0 until it is written."""

    event: Event
    role: Role
    id: int = 0
    mark: Mark = Mark.NONE
    by: str = ""
    marked_ns: int = 0

    @property
    def source(self) -> Source:
        """Who heard it."""
        return Source(self.event.sensor, self.event.kind, self.role, self.event.model)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: those of a kind and a sensor, unless they are empty; the ``last`` of them, all if negative."""

    kind: str = ""
    sensor: str = ""
    since_ns: int = 0
    until_ns: int = LATEST_NS
    unmarked: bool = False
    last: int = -1


@dataclass(frozen=True, slots=True)
class GaveWay:
    """So many entries that nobody had marked made room, the latest of them heard at ``until_ns``."""

    count: int = 0
    until_ns: int = 0
