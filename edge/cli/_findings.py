"""What an audit found, as objects for programs and as lines for people."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.cli._told import error, stamp

if TYPE_CHECKING:
    from edge.message.timeline import Placed
    from edge.trust.audit import Audit, Seen, Twice
    from edge.trust.stamps import Unset
    from edge.trust.vigil import Silence

MOST = 100  # of one kind of finding and one node are told; the counts are whole


@dataclass(frozen=True, slots=True)
class Findings:
    """Of one node."""

    node: str
    seen: "Seen"
    gaps: Sequence[tuple[int, int]]
    silences: Sequence["Silence"]


def findings(audit: "Audit") -> list[Findings]:
    """Node by node."""
    missing = defaultdict(list)
    for node, first, last in audit.gaps():
        missing[node].append((first, last))
    return [Findings(node, seen, missing[node], seen.vigil.silences()) for node, seen in sorted(audit.nodes.items())]


def summary(audit: "Audit", found: Sequence[Findings]) -> dict[str, object]:
    """The counts; complete: messages, all of them good, none missing."""
    gaps = sum(len(one.gaps) for one in found)
    complete = audit.ok > 0 and audit.bad == 0 and gaps == 0
    return {"messages": audit.ok + audit.bad, "ok": audit.ok, "bad": audit.bad, "gaps": gaps, "complete": complete}


def counted(counts: Mapping[str, object]) -> str:
    """Counts in words."""
    return ", ".join(f"{name} {value}" for name, value in counts.items())


def told(one: Findings) -> dict[str, object]:
    """Runs, what is missing, doubled, silent or reordered, and what the node told of its disk."""
    return {
        "runs": len(one.seen.vigil.runs),
        "stopped": one.seen.vigil.stopped,
        "gaps": len(one.gaps),
        "missing": [[first, last] for first, last in one.gaps[:MOST]],
        "twice": [_twice(doubled) for doubled in list(one.seen.twice.values())[:MOST]],
        "reordered": one.seen.reordered,
        "silences": len(one.silences),
        "silent": [{"from": stamp(s.start_ns), "to": stamp(s.stop_ns), "why": s.why} for s in one.silences[:MOST]],
        "told": [{"seq": seq, "outbox": outbox} for seq, outbox in _unusual(one)],
        "unset": [_unset(unset, placed) for unset, placed in _stamps(one)],
    }


def _unusual(one: Findings) -> list[tuple[int, str]]:
    return sorted(one.seen.told.items())[:MOST]


def _stamps(one: Findings) -> "list[tuple[Unset, Placed | None]]":
    """Runs that were stamped before anybody knew the time, if that is known now, or plain."""
    from edge.node.known_time import RELEASED_S

    found = [(unset, placed) for unset, placed in one.seen.stamps.placed()]
    return [(unset, placed) for unset, placed in found if placed or unset.stamped_ns < RELEASED_S * 1_000_000_000][
        :MOST
    ]


def _unset(unset: "Unset", placed: "Placed | None") -> dict[str, object]:
    told: dict[str, object] = {"first": unset.first, "last": unset.last, "count": unset.count}
    if placed is None:
        return told
    true = {"add_ns": placed.time_ns - unset.stamped_ns, "error_ns": placed.error_ns}
    return told | true | {"source": placed.source.name.lower(), "tied_by": placed.tied_by}


def _stamped(unset: "Unset", placed: "Placed | None") -> str:
    stamps = f"{unset.count} messages, {unset.first} to {unset.last}, have stamps of a clock that was not set"
    if placed is None:
        return f"{stamps}; nothing tells their true time"
    true, bound = stamp(placed.time_ns), error(placed.error_ns)
    by = f"by message {placed.tied_by} ({placed.source.name})"
    return f"{stamps}: {stamp(unset.stamped_ns)} was {true}, within {bound}, {by}"


def _twice(one: "Twice") -> dict[str, object]:
    runs = [one.earlier.hex(), one.later.hex()]
    return {"first": one.first, "last": one.last, "count": one.count, "runs": runs}


def words(one: Findings) -> Iterator[str]:
    """The same in lines."""
    lines = [f"{first} to {last} missing" for first, last in one.gaps[:MOST]]
    lines += [_doubled(doubled) for doubled in list(one.seen.twice.values())[:MOST]]
    lines += [f"the node says with message {seq}: {outbox}" for seq, outbox in _unusual(one)]
    lines += [f"silent from {stamp(s.start_ns)} to {stamp(s.stop_ns)}: {s.why}" for s in one.silences[:MOST]]
    lines += [_stamped(unset, placed) for unset, placed in _stamps(one)]
    for what, many in (("gaps", one.gaps), ("silences", one.silences)):
        lines += [f"and {len(many) - MOST} more {what}"] if len(many) > MOST else []
    if one.seen.reordered:
        count = one.seen.reordered
        lines.append(f"messages that stand behind later ones: {count}; alarms overtake, or somebody moved them")
    if not one.seen.vigil.stopped:
        lines.append(
            f"the last run had not stopped by {one.seen.highest}: what it said after that is not here, or not yet"
        )
    return (f"{one.node}: {line}" for line in lines)


def _doubled(one: "Twice") -> str:
    numbers = f"numbers {one.first} to {one.last} were given twice ({one.count} of them)"
    runs = f"in runs {one.earlier.hex()} and {one.later.hex()}"
    return f"an old copy of the node's disk was put back: {numbers}, {runs}"
