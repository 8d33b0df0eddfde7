"""True times of messages that a clock stamped which nobody had set yet.

    stamped   1970 ·······│(monotonic m)····· tie: monotonic M was UTC T      →      T - (M - m)

A computer without a battery clock boots in 1970, or on the day its image was made, and stamps what it has to say all
the same. The monotonic clock beside each stamp goes on whatever is done to the wall clock, through all runs of the
program on one boot of the machine: so one tie of it to UTC, signed into the same chain, tells the true time of all.
"""

from dataclasses import dataclass, field

from edge.message.body import NO_BOUND_NS, Boot, Message, TimeSource, TimeTied

DRIFT = 100e-6  # of a computer's clock that nothing disciplines; its crystal has 20 to 50 ppm


@dataclass(frozen=True, slots=True)
class Placed:
    """A true time, the bound of its error, what it rests on, and the number of the message that ties it."""

    time_ns: int
    error_ns: int
    source: TimeSource
    tied_by: int


def _stamped(boot: Boot, message: Message) -> TimeTied:
    """What the first message of a run says by its own stamp."""
    quality, time_ns = message.quality, message.time_ns
    return TimeTied(boot.machine_boot, quality.monotonic_ns, time_ns, quality.source, quality.error_ns, time_ns)


@dataclass(slots=True)
class Timeline:
    """What one node's messages say of its clock, in any order.

    ``machines`` is the boot of the machine by run of the program; ``ties`` are those of each boot, with their numbers.
    """

    machines: dict[bytes, str] = field(default_factory=dict)
    ties: dict[str, list[tuple[TimeTied, int]]] = field(default_factory=dict)

    def see(self, message: Message) -> None:
        """Keeps what ``message`` says of the clock, if anything."""
        body = message.body
        if not isinstance(body, Boot | TimeTied):
            return
        self.machines[message.boot] = body.machine_boot
        tie = body if isinstance(body, TimeTied) else _stamped(body, message)
        if tie.error_ns < NO_BOUND_NS:
            self.ties.setdefault(body.machine_boot, []).append((tie, message.seq))

    def place(self, run: bytes, monotonic_ns: int) -> Placed | None:
        """The true time of a monotonic one in a run of the program; None where nothing ties it."""
        ties = self.ties.get(self.machines.get(run, ""), ())
        if not ties:
            return None
        tie, seq = min(ties, key=lambda one: abs(one[0].monotonic_ns - monotonic_ns))
        before_ns = tie.monotonic_ns - monotonic_ns
        error_ns = min(NO_BOUND_NS, tie.error_ns + round(abs(before_ns) * DRIFT))
        return Placed(tie.time_ns - before_ns, error_ns, tie.source, seq)
