"""Silence: a node on duty says so at least once a minute, and says when its duty ends.

    boot ─ beat ─ beat ─ … ─ beat ────────────── beat ─ … ─ last heartbeat
                              └── silence ──┘

Heartbeats may be read in any order. Those of one run that are near enough are kept as one *watch*, by the machine's
monotonic clock, which no correction of the time can stretch; so memory grows with silences, not with messages.
"""

import itertools
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from edge.message.body import Boot, Health, Message

HEARTBEAT_MOST_NS = 60 * 10**9  # what is promised, and
TOLERANCE_NS = 15 * 10**9  # for a thread that waits for a processor, or a card that stalls
SILENCE_NS = HEARTBEAT_MOST_NS + TOLERANCE_NS
STOPPED_WITHOUT_A_WORD = "the run ended without its last heartbeat: power or program failed"
NOTHING_HEARD = "no heartbeat came, in a run that went on"


@dataclass(frozen=True, slots=True)
class Watch:
    """Heartbeats with no silence between: the monotonic time of the first and the last, and by the wall clock."""

    start_ns: int
    stop_ns: int
    start_wall_ns: int
    stop_wall_ns: int


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing was heard from ``start_ns`` to ``stop_ns``, by the node's wall clock, though it should have been."""

    start_ns: int
    stop_ns: int
    why: str


@dataclass(slots=True)
class Run:
    """The watches of one run, in order; ``first`` is its lowest number, ``stopped`` whether it said goodbye."""

    first: int
    stopped: bool = False
    watches: list[Watch] = field(default_factory=list)

    def beat(self, watch: Watch) -> None:
        """Another heartbeat."""
        at = bisect_right(self.watches, watch.start_ns, key=lambda known: known.start_ns)
        low, high = at, at
        if at > 0 and watch.start_ns - self.watches[at - 1].stop_ns <= SILENCE_NS:
            low, watch = at - 1, _joined(self.watches[at - 1], watch)
        if at < len(self.watches) and self.watches[at].start_ns - watch.stop_ns <= SILENCE_NS:
            high, watch = at + 1, _joined(watch, self.watches[at])
        self.watches[low:high] = [watch]

    def silences(self) -> list[Silence]:
        """Within the run."""
        pairs = itertools.pairwise(self.watches)
        return [Silence(a.stop_wall_ns, b.start_wall_ns, NOTHING_HEARD) for a, b in pairs]


def _joined(earlier: Watch, later: Watch) -> Watch:
    if later.stop_ns <= earlier.stop_ns:
        return earlier
    return Watch(earlier.start_ns, later.stop_ns, earlier.start_wall_ns, later.stop_wall_ns)


@dataclass(slots=True)
class Vigil:
    """The runs of one node, by boot id."""

    runs: dict[bytes, Run] = field(default_factory=dict)

    def see(self, message: Message) -> None:
        """Notes a message; only boots and heartbeats are signs of a node that is whole."""
        run = self.runs.setdefault(message.boot, Run(message.seq))
        run.first = min(run.first, message.seq)
        if isinstance(message.body, Boot | Health):
            at_ns, wall_ns = message.quality.monotonic_ns, message.time_ns
            run.beat(Watch(at_ns, at_ns, wall_ns, wall_ns))
            run.stopped = run.stopped or (isinstance(message.body, Health) and message.body.stopping)

    @property
    def stopped(self) -> bool:
        """Whether the last run ended with its last heartbeat. If not, what came after it is not here, or not yet."""
        return max(self.runs.values(), key=lambda run: run.first).stopped

    def silences(self) -> list[Silence]:
        """All of them, run after run. After the last run nothing is expected: an archive has an end."""
        runs = sorted((run for run in self.runs.values() if run.watches), key=lambda run: run.first)
        found = [silence for run in runs for silence in run.silences()]
        return sorted([*found, *_between(runs)], key=lambda silence: silence.start_ns)


def _between(runs: Sequence[Run]) -> Iterable[Silence]:
    """Across runs there is only the wall clock; one that was set back in between hides a silence."""
    for before, after in itertools.pairwise(runs):
        start_ns, stop_ns = before.watches[-1].stop_wall_ns, after.watches[0].start_wall_ns
        if not before.stopped and stop_ns - start_ns > SILENCE_NS:
            yield Silence(start_ns, stop_ns, STOPPED_WITHOUT_A_WORD)
