"""What a transport offers: a way to hand signed bytes over, and what comes back. No memory: the outbox has it."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from drivers._stop import Stop


class LostError(Exception):
    """The other side cannot be reached, or is not any more."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The next hop took message ``seq``: flow control, not delivery."""

    seq: int


@dataclass(frozen=True, slots=True)
class Declined:
    """The next hop did not take message ``seq``, and why."""

    seq: int
    why: str


@dataclass(frozen=True, slots=True)
class Receipted:
    """Signed bytes from the gateway, not yet verified."""

    signed: bytes


Came: TypeAlias = Accepted | Declined | Receipted


class Way(Protocol):
    """An open way upstream."""

    @property
    def window(self) -> int:
        """How many messages may be under way at once."""
        ...

    def send(self, seq: int, signed: bytes) -> None:
        """Hands a message over; LostError if the way is gone."""
        ...

    def turn(self) -> list[Came]:
        """Lets things flow for a moment, and gives what came back; LostError if the way is gone."""
        ...


class DatedTransport(Protocol):
    """What a public module of :mod:`edge.node.uplink` offers, beside a dataclass ``Settings``."""

    def open(self, settings: object, node: str, stop: Stop, *, floor_s: int) -> AbstractContextManager[Way]:
        """A way for ``node``; LostError if there is none now. ``floor_s``: UTC that is past for sure, if the wall clock
        shows less and certificates are to be checked."""
        ...


class Transport(Protocol):
    """What a delivery uses: the same, to which somebody told the time."""

    def open(self, settings: object, node: str, stop: Stop) -> AbstractContextManager[Way]:
        """A way for ``node``; LostError if there is none now."""
        ...
