"""The audit of many messages: each believed or not, each in its place, and what is missing, doubled or silent.

    bytes ── verify ──▶ known? ──▶ its lane of the chain ──▶ book
                          │ same bytes: replay; others of the same run: fork
                          └ of another run: an old copy of the node's disk was put back

A node whose disk was put back gives numbers twice, each time in another run. The first run that is read has the main
lane; another run that gives its numbers again gets a lane of its own, so that both are held to their own links.
The order in which messages stand decides nothing but what is called reordered.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias

from edge.message.body import GENESIS, Boot, ChainEnd, Dropped, Health, Message, TimeTied, Unknown
from edge.trust.chain import Lane, Span, gaps, less, united
from edge.trust.cose import Refusal, Refused
from edge.trust.keys import Registry
from edge.trust.stamps import Stamps
from edge.trust.verifier import verify_message
from edge.trust.vigil import Vigil

ORDINARY = ("new", "kept")  # what a boot usually finds of its outbox; anything else is worth a line


class Hashes(Protocol):
    """Where an audit keeps what it has placed (:class:`edge.trust.book.Book`)."""

    def add(self, node: str, seq: int, boot: bytes, digest: bytes) -> None:
        """A message that was not there."""
        ...

    def find(self, node: str, seq: int) -> dict[bytes, bytes]:
        """The hashes of the messages of this number, by run."""
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of one message; ``why`` is empty when it is ok."""

    node: str
    seq: int
    why: str

    @property
    def ok(self) -> bool:
        """Whether it is believed, and in its place."""
        return not self.why


@dataclass(frozen=True, slots=True)
class Twice:
    """Numbers that two runs gave: an old copy of the node's disk was put back between them."""

    first: int
    last: int
    count: int
    earlier: bytes
    later: bytes


@dataclass(slots=True)
class Seen:
    """What was found of one node."""

    main: Lane = field(default_factory=Lane)
    branches: dict[bytes, Lane] = field(default_factory=dict)
    dropped: list[tuple[int, int]] = field(default_factory=list)
    ends: list[ChainEnd] = field(default_factory=list)  # where later chains say that earlier ones ended
    reordered: int = 0
    twice: dict[tuple[bytes, bytes], Twice] = field(default_factory=dict)
    told: dict[int, str] = field(default_factory=dict)  # by number: what boots found that is not ordinary
    vigil: Vigil = field(default_factory=Vigil)
    stamps: Stamps = field(default_factory=Stamps)

    @property
    def highest(self) -> int:
        """The highest number that was read."""
        return max(lane.highest for lane in (self.main, *self.branches.values()))

    def account(self, message: Message, lane: Lane) -> None:
        """What the message says of its chain."""
        self.reordered += message.seq < lane.highest
        lane.highest = max(lane.highest, message.seq)
        self.vigil.see(message)
        self.stamps.see(message)
        match message.body:
            case Dropped(ranges=ranges):
                self.dropped = united([*self.dropped, *ranges])
            case Health(latest=latest):
                lane.latest = max(lane.latest, latest)
            case Boot():
                self._begun(message, message.body)

    def _begun(self, message: Message, boot: Boot) -> None:
        if boot.outbox not in ORDINARY:
            self.told[message.seq] = boot.outbox
        if boot.found and message.prev == GENESIS:
            self.ends.append(boot.found)

    def again(self, seq: int, earlier: bytes, later: bytes) -> None:
        """Run ``later`` gave a number that ``earlier`` gave."""
        known = self.twice.get((earlier, later), Twice(seq, seq, 0, earlier, later))
        first, last = min(known.first, seq), max(known.last, seq)
        self.twice[earlier, later] = replace(known, first=first, last=last, count=known.count + 1)


@dataclass(frozen=True, slots=True)
class Placeable:
    """A message that is believed, as far as its chain is concerned: what else it says is left out."""

    message: Message
    link: Span


Examined: TypeAlias = Placeable | Refused


def examine(data: bytes, registry: Registry) -> Examined:
    """What is thought of one message alone, wherever it stands."""
    try:
        verified = verify_message(data, registry)
    except Refused as refused:
        return refused
    body = verified.message.body
    if not isinstance(body, Boot | Health | Dropped | TimeTied):
        body = Unknown(0)
    return Placeable(replace(verified.message, body=body), verified.link)


class Audit:
    """Takes messages one after the other, and knows at any time what is missing."""

    def __init__(self, hashes: Hashes) -> None:
        self._hashes = hashes
        self.nodes: defaultdict[str, Seen] = defaultdict(Seen)
        self.ok = 0
        self.refused: Counter[str] = Counter()

    def take(self, examined: Examined) -> Verdict:
        """What is to be said of one message."""
        refused = examined if isinstance(examined, Refused) else self._place(examined)
        if refused is None:
            self.ok += 1
        else:
            self.refused[refused.refusal] += 1
        why = str(refused or "")
        if isinstance(examined, Refused):
            return Verdict("", 0, why)
        return Verdict(examined.message.node, examined.message.seq, why)

    @property
    def bad(self) -> int:
        """Messages that are not ok."""
        return self.refused.total()

    def _place(self, placeable: Placeable) -> Refused | None:
        """Puts a message into its lane; what is wrong there, if anything. One that is here already is not put."""
        message, link = placeable.message, placeable.link
        seen = self.nodes[message.node]
        lane = seen.branches.get(message.boot, seen.main)
        taken = seen.main.covers(message.seq) or lane.covers(message.seq)
        earlier = self._earlier(message, link.head) if taken else None
        if isinstance(earlier, Refused):
            return earlier
        if earlier is not None:
            lane = seen.branches.setdefault(message.boot, Lane())
            seen.again(message.seq, earlier, message.boot)
        flaw = lane.join(link)
        self._hashes.add(message.node, message.seq, message.boot, link.head)
        seen.account(message, lane)
        if earlier is not None:
            return Refused(
                Refusal.FORK,
                f"run {message.boot.hex()} gives this number again, which run {earlier.hex()} gave: "
                "an old copy of the node's disk was put back",
            )
        return Refused(Refusal.FORK, flaw) if flaw else None

    def _earlier(self, message: Message, head: bytes) -> bytes | Refused | None:
        """The other run that gave this number, or what is wrong if this one did."""
        known = self._hashes.find(message.node, message.seq)
        if known.get(message.boot) == head:
            return Refused(Refusal.REPLAY, "came before, byte for byte")
        if message.boot in known:
            return Refused(Refusal.FORK, "another message has this number")
        return next(iter(known), None)

    def gaps(self) -> list[tuple[str, int, int]]:
        """Node, first and last number of everything that is missing."""
        return [
            (node, first, last)
            for node in sorted(self.nodes)
            for first, last in sorted(set(self._gaps(node, self.nodes[node])))
        ]

    def _gaps(self, node: str, seen: Seen) -> list[tuple[int, int]]:
        lanes = [seen.main, *seen.branches.values()]
        attached = [[self._attached(node, span) for span in lane.spans] for lane in lanes]
        found, loose = [], [self._short(node, end, lanes) for end in seen.ends]
        for lane, spans in zip(lanes, attached, strict=True):
            if lane is not seen.main and not spans[0].begins_chain:  # what it goes on from is not here
                loose.append((spans[0].first - 1, spans[0].first - 1))
                spans[0] = replace(spans[0], prev=GENESIS)
            found += gaps(spans, seen.dropped, lane.latest)
        return found + less((gap for gap in loose if gap), seen.dropped)

    def _attached(self, node: str, span: Span) -> Span:
        """The span as one with nothing missing before it, if the message that it goes on from is in another lane."""
        if span.prev in self._hashes.find(node, span.first - 1).values():
            return replace(span, prev=GENESIS)
        return span

    def _short(self, node: str, end: ChainEnd, lanes: Sequence[Lane]) -> tuple[int, int] | None:
        """What is missing of a chain that ended at ``end``."""
        if end.digest in self._hashes.find(node, end.seq).values():
            return None
        before = [span.last for lane in lanes for span in lane.spans if span.last < end.seq]
        return max(before, default=end.seq - 1) + 1, end.seq
