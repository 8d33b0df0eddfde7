"""The chain: each message names the hash of the one before, and nothing can be taken out unseen.

    hash(n) = first 16 bytes of SHA-256(signed bytes of n);   prev(n+1) = hash(n);   prev(first) = zeros

Messages may come in any order (alarms overtake). A receiver keeps *spans*: stretches of consecutive messages whose
links hold. All is there when one span reaches from a chain's beginning to the latest number that the node has named.
"""

import hashlib
import itertools
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from edge.message.body import GENESIS, PREV_BYTES


def digest(signed: bytes) -> bytes:
    """The hash that the next message carries."""
    return hashlib.sha256(signed).digest()[:PREV_BYTES]


@dataclass(frozen=True, slots=True)
class Span:
    """Messages ``first`` to ``last``, none missing; ``prev`` is what the first names, ``head`` the last's own hash."""

    first: int
    last: int
    prev: bytes
    head: bytes

    @property
    def begins_chain(self) -> bool:
        """Whether nothing comes before it."""
        return self.prev == GENESIS


@dataclass(frozen=True, slots=True)
class Joined:
    """Spans with one more message, and what is wrong with its links, if anything."""

    spans: tuple[Span, ...]
    flaw: str = ""


def covers(spans: Iterable[Span], seq: int) -> bool:
    """Whether number ``seq`` is in one of the spans."""
    return any(span.first <= seq <= span.last for span in spans)


def join(spans: Sequence[Span], link: Span) -> Joined:
    """``spans`` (in order, none touching another unless a link is broken) with a single message that none covers."""
    before = next((s for s in spans if s.last == link.first - 1), None)
    after = next((s for s in spans if s.first == link.last + 1), None)
    rest = [s for s in spans if s not in (before, after)]
    flaw = ""
    if before is not None and link.prev != before.head:
        flaw = "" if link.begins_chain else f"does not follow the message {before.last} that was received"
        rest, before = [*rest, before], None
    if after is not None and after.prev != link.head:
        flaw = flaw or (
            "" if after.begins_chain else f"is not what the message {after.first} that was received follows"
        )
        rest, after = [*rest, after], None
    rest.append(_merge(before, link, after))
    return Joined(tuple(sorted(rest, key=lambda span: span.first)), flaw)


def _merge(before: Span | None, link: Span, after: Span | None) -> Span:
    if before is not None:
        link = replace(before, last=link.last, head=link.head)
    return link if after is None else replace(link, last=after.last, head=after.head)


@dataclass(slots=True)
class Lane:
    """Spans of one chain, in order, for one who reads many messages: each is placed without a look at all others.

    ``latest`` is the highest number that the chain's own messages have named, ``highest`` the highest that was read.
    """

    spans: list[Span] = field(default_factory=list)
    latest: int = 0
    highest: int = 0

    def covers(self, seq: int) -> bool:
        """Whether number ``seq`` is in one of the spans."""
        at = self._behind(seq)
        return at > 0 and self.spans[at - 1].last >= seq

    def join(self, link: Span) -> str:
        """Adds a single message that no span covers; what is wrong with its links, if anything."""
        at = self._behind(link.first)
        near = slice(max(0, at - 1), at + 1)
        joined = join(self.spans[near], link)
        self.spans[near] = joined.spans
        return joined.flaw

    def _behind(self, seq: int) -> int:
        return bisect_right(self.spans, seq, key=lambda span: span.first)


def gaps(spans: Sequence[Span], dropped: Iterable[tuple[int, int]] = (), latest: int = 0) -> list[tuple[int, int]]:
    """Numbers that are missing, first and last of each gap, in order.

    Missing is what lies between two spans, unless the later begins a chain of its own; what lies before the first, if
    that does not begin a chain (told as 0 to first-1); and the tail up to ``latest``, the highest number that the node
    has named. ``dropped`` are ranges that the node itself, signed, gave up.
    """
    found = [(0, spans[0].first - 1)] if spans and not spans[0].begins_chain else []
    found += [(a.last + 1, b.first - 1) for a, b in itertools.pairwise(spans) if not b.begins_chain]
    if spans and latest > spans[-1].last:
        found.append((spans[-1].last + 1, latest))
    return [gap for gap in less(found, dropped) if gap[0] <= gap[1]]


def less(ranges: Iterable[tuple[int, int]], given_up: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """What is left of ``ranges`` without the numbers that the node ``given_up``."""
    left = list(ranges)
    for drop in given_up:
        left = [piece for gap in left for piece in _without(gap, drop)]
    return left


def _without(gap: tuple[int, int], drop: tuple[int, int]) -> list[tuple[int, int]]:
    if drop[1] < gap[0] or drop[0] > gap[1]:
        return [gap]
    return [piece for piece in ((gap[0], drop[0] - 1), (drop[1] + 1, gap[1])) if piece[0] <= piece[1]]


def united(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same numbers in as few ranges as can be, in order."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def ranges_of(numbers: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Ascending numbers as ranges, first and last included."""
    ranges: list[tuple[int, int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return tuple(ranges)
