"""``lamppost verify``: signatures, chain and gaps of stored messages, offline, with public keys alone."""

import argparse
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli._output import Commands, Output, command
from edge.errors import UserError

if TYPE_CHECKING:
    from edge.message.body import Message
    from edge.message.timeline import Placed, Timeline
    from edge.trust.chain import Span
    from edge.trust.keys import Registry
    from edge.trust.verifier import Verified

HEAD = b"\xd2\x84"  # CBOR tag 18 and an array of four: a COSE_Sign1
WINDOWS_BYTES = (1 << 12, 1 << 16, 1 << 20)  # looked at for one item, one after the other; most fit the first


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = command(commands, "verify", _run, "check signatures, chain and gaps of stored messages")
    parser.add_argument("files", metavar="FILE", type=Path, nargs="+", help="CBOR sequence of tagged COSE_Sign1")
    parser.add_argument(
        "--keys", type=Path, required=True, metavar="FILE", help="COSE_KeySet of the nodes' public keys"
    )


def _run(arguments: argparse.Namespace) -> int:
    from edge.trust.keys import Registry

    output, audit = Output(arguments.json), Audit(Registry.load(arguments.keys))
    for data in (item for path in arguments.files for item in items(path)):
        checked = audit.check(data)
        verdict = "ok " if checked["ok"] else "BAD"
        output.line(checked, f"{verdict} {checked['node'] or '?'} {checked['seq'] or '?'} {checked['why']}".rstrip())
    summary = audit.summary()
    for node, first, last in audit.gaps():
        output.say(f"{node}: {first} to {last} missing")
    words = ", ".join(f"{name} {value}" for name, value in summary.items())
    unset = audit.unset()
    for one in unset:
        output.say(one.words())
    more = {"unset": [one.found() for one in unset]} if unset else {}
    output.line({"summary": summary, **more}, words)
    return 0 if summary["complete"] else 1


def items(path: Path) -> Iterator[bytes]:
    """The bytes of each message; what stands between two of them, or behind the last, is given as one item."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}", "name a file of stored messages") from error
    at = 0
    while at < len(data):
        end = at + _length(data, at)
        yield data[at:end]
        at = end


def _length(data: bytes, at: int) -> int:
    """How long the message at ``at`` is; if there is none, how far it is to where the next may begin."""
    from edge.message.cbor import CborError, decode_first

    windows = WINDOWS_BYTES if data.startswith(HEAD, at) else ()
    for window in windows:
        with suppress(CborError):
            return decode_first(data[at : at + window])[1]
    following = data.find(HEAD, at + 1)
    return (following if following > 0 else len(data)) - at


def _timeline() -> "Timeline":
    from edge.message.timeline import Timeline

    return Timeline()


@dataclass(slots=True)
class _Seen:
    """What was found of one node."""

    spans: "tuple[Span, ...]" = ()
    digests: dict[tuple[int, bytes], bytes] = field(default_factory=dict)
    dropped: list[tuple[int, int]] = field(default_factory=list)
    latest: int = 0
    timeline: "Timeline" = field(default_factory=_timeline)
    unset: dict[bytes, list[tuple[int, int, int]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unset:
    """Messages of one run that a clock stamped which nobody had set: numbers, and the first one's stamp and time."""

    node: str
    first: int
    last: int
    count: int
    stamped_ns: int
    placed: "Placed | None"

    def words(self) -> str:
        """A line for a person."""
        from edge.cli._told import error, stamp

        stamps = (
            f"{self.node}: {self.count} messages, {self.first} to {self.last}, have stamps of a clock that was not set"
        )
        if self.placed is None:
            return f"{stamps}; nothing tells their true time"
        true, bound = stamp(self.placed.time_ns), error(self.placed.error_ns)
        by = f"by message {self.placed.tied_by} ({self.placed.source.name})"
        return f"{stamps}: {stamp(self.stamped_ns)} was {true}, within {bound}, {by}"

    def found(self) -> dict[str, object]:
        """The same as an object."""
        placed = self.placed
        told: dict[str, object] = {"node": self.node, "first": self.first, "last": self.last, "count": self.count}
        if placed is None:
            return told
        offset_ns = placed.time_ns - self.stamped_ns
        true = {"add_ns": offset_ns, "error_ns": placed.error_ns, "source": placed.source.name.lower()}
        return told | true | {"tied_by": placed.tied_by}


class Audit:
    """Checks messages one after the other, and knows at the end what is missing."""

    def __init__(self, registry: "Registry") -> None:
        self._registry = registry
        self._nodes: defaultdict[str, _Seen] = defaultdict(_Seen)
        self._ok = 0
        self._bad = 0

    def check(self, data: bytes) -> dict[str, object]:
        """What is to be said of one message; ``why`` is empty when it is ok."""
        from edge.trust.cose import Refused
        from edge.trust.verifier import verify_message

        node, seq, why = "", 0, ""
        try:
            verified = verify_message(data, self._registry)
            node, seq = verified.message.node, verified.message.seq
            self._place(verified)
        except Refused as refused:
            why = str(refused)
        self._ok += not why
        self._bad += bool(why)
        return {"ok": not why, "node": node, "seq": seq, "why": why}

    def _place(self, verified: "Verified") -> None:
        from edge.message.body import TimeSource
        from edge.trust.chain import covers, join
        from edge.trust.cose import Refusal, Refused

        message, link = verified.message, verified.link
        seen = self._nodes[message.node]
        known = seen.digests.get((message.seq, message.boot))
        if known == link.head:
            raise Refused(Refusal.REPLAY, "came before, byte for byte")
        if known is not None or covers(seen.spans, message.seq):
            raise Refused(Refusal.FORK, "another message has this number")
        joined = join(seen.spans, link)
        seen.spans = joined.spans
        seen.digests[message.seq, message.boot] = link.head
        seen.timeline.see(message)
        if message.quality.source is TimeSource.FREE:
            entry = (message.seq, message.time_ns, message.quality.monotonic_ns)
            seen.unset.setdefault(message.boot, []).append(entry)
        self._account(seen, message)
        if joined.flaw:
            raise Refused(Refusal.FORK, joined.flaw)

    @staticmethod
    def _account(seen: _Seen, message: "Message") -> None:
        from edge.message.body import Dropped, Health

        if isinstance(message.body, Dropped):
            seen.dropped.extend(message.body.ranges)
        if isinstance(message.body, Health):
            seen.latest = max(seen.latest, message.body.latest)

    def gaps(self) -> list[tuple[str, int, int]]:
        """Node, first and last number of everything that is missing."""
        from edge.trust.chain import gaps

        return [
            (node, first, last)
            for node, seen in sorted(self._nodes.items())
            for first, last in gaps(seen.spans, seen.dropped, seen.latest)
        ]

    def unset(self) -> list[Unset]:
        """Of each run, the messages that were stamped before anybody knew the time, if that is known now, or plain."""
        from edge.node.known_time import RELEASED_S

        found = [
            self._unset(node, seen, run, sorted(entries))
            for node, seen in sorted(self._nodes.items())
            for run, entries in seen.unset.items()
        ]
        return [unset for unset in found if unset.placed or unset.stamped_ns < RELEASED_S * 1_000_000_000]

    @staticmethod
    def _unset(node: str, seen: _Seen, run: bytes, entries: list[tuple[int, int, int]]) -> Unset:
        first, stamped_ns, monotonic_ns = entries[0]
        placed = seen.timeline.place(run, monotonic_ns)
        return Unset(node, first, entries[-1][0], len(entries), stamped_ns, placed)

    def summary(self) -> dict[str, object]:
        """The counts; complete: messages, all of them good, none missing."""
        missing = len(self.gaps())
        complete = self._ok > 0 and self._bad == 0 and missing == 0
        messages = self._ok + self._bad
        return {"messages": messages, "ok": self._ok, "bad": self._bad, "gaps": missing, "complete": complete}
