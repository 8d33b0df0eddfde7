"""Which messages of a node were stamped by a clock that nobody had set, run by run, and what their true times are."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from edge.message.body import Message, TimeSource
from edge.message.timeline import Placed, Timeline


@dataclass(slots=True)
class Unset:
    """Messages of one run with such stamps: the first one's number, stamp and monotonic time, the last, how many."""

    first: int
    stamped_ns: int
    monotonic_ns: int
    last: int
    count: int = 1

    def add(self, message: Message) -> None:
        """One more."""
        self.count += 1
        self.last = max(self.last, message.seq)
        if message.seq < self.first:
            self.first, self.stamped_ns = message.seq, message.time_ns
            self.monotonic_ns = message.quality.monotonic_ns


@dataclass(slots=True)
class Stamps:
    """Of one node, by run."""

    timeline: Timeline = field(default_factory=Timeline)
    runs: dict[bytes, Unset] = field(default_factory=dict)

    def see(self, message: Message) -> None:
        """Keeps what ``message`` says of the clock."""
        self.timeline.see(message)
        if message.quality.source is not TimeSource.FREE:
            return
        if message.boot in self.runs:
            self.runs[message.boot].add(message)
        else:
            monotonic_ns = message.quality.monotonic_ns
            self.runs[message.boot] = Unset(message.seq, message.time_ns, monotonic_ns, message.seq)

    def placed(self) -> Iterator[tuple[Unset, Placed | None]]:
        """Of each run, and the true time of its first message, if anything tells it."""
        for run, unset in self.runs.items():
            yield unset, self.timeline.place(run, unset.monotonic_ns)
