"""An audit's state as plain values and back, for a book's checkpoint."""

from collections import Counter
from typing import Any

from edge.message.body import ChainEnd, TimeSource, TimeTied
from edge.message.tables import plain
from edge.message.timeline import Timeline
from edge.trust.audit import Audit, Seen, Twice
from edge.trust.chain import Lane, Span
from edge.trust.stamps import Stamps, Unset
from edge.trust.vigil import Run, Vigil, Watch


def packed(audit: Audit) -> object:
    """Numbers, bytes, text, lists and maps."""
    return plain([audit.ok, audit.refused, {node: _packed(seen) for node, seen in audit.nodes.items()}])


def _packed(seen: Seen) -> list[object]:
    twice = list(seen.twice.values())
    chain = [seen.main, seen.branches, seen.dropped, seen.ends, seen.reordered, twice, seen.told]
    return [*chain, seen.vigil.runs, seen.stamps.timeline.machines, seen.stamps.timeline.ties, seen.stamps.runs]


def unpack(state: Any, audit: Audit) -> None:
    """Puts a new audit where another one stood; ``state`` is what :func:`packed` gave, and nothing else."""
    audit.ok, refused, nodes = state
    audit.refused = Counter(refused)
    for node, seen in nodes.items():
        audit.nodes[node] = _seen(seen)


def _seen(state: Any) -> Seen:
    main, branches, dropped, ends, reordered, twice, told, runs, *stamps = state
    lanes = {boot: _lane(*lane) for boot, lane in branches.items()}
    doubled = {(one.earlier, one.later): one for one in (Twice(*some) for some in twice)}
    return Seen(
        main=_lane(*main), branches=lanes, dropped=[(first, last) for first, last in dropped],
        ends=[ChainEnd(*end) for end in ends], reordered=reordered, twice=doubled,
        told=dict(told), vigil=Vigil({boot: _run(*run) for boot, run in runs.items()}),
        stamps=_stamps(*stamps),
    )  # fmt: skip


def _stamps(machines: Any, ties: Any, runs: Any) -> Stamps:
    known = {machine: [(_tie(*tie), seq) for tie, seq in some] for machine, some in ties.items()}
    return Stamps(Timeline(dict(machines), known), {boot: Unset(*run) for boot, run in runs.items()})


def _tie(machine: str, monotonic_ns: int, time_ns: int, source: int, *rest: int) -> TimeTied:
    return TimeTied(machine, monotonic_ns, time_ns, TimeSource(source), *rest)


def _lane(spans: Any, latest: int, highest: int) -> Lane:
    return Lane([Span(*span) for span in spans], latest, highest)


def _run(first: int, stopped: bool, watches: Any) -> Run:
    return Run(first, stopped, [Watch(*watch) for watch in watches])
