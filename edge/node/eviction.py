"""What gives way when the outbox is full, and the account of it.

A message pushes out only what matters no more than it does: readings first, then health, then older alarms; of each the
oldest. What was given up is told, signed, in the same commit.
"""

from collections.abc import Iterable, Iterator

from edge.message.body import Dropped, Priority
from edge.node.outbox import Outbox
from edge.trust.chain import ranges_of

EVICT_ROWS = 64  # at first, then twice as many: some five pages of readings
MAX_RANGES = 1000  # in one record of what was given up: 20 kB at most


def giving_way(outbox: Outbox, least: Priority) -> Iterator[list[int]]:
    """What may give way to a message of priority ``least``: nothing, then more and more, what matters least first."""
    yield []
    given: list[int] = []
    for priority in sorted((p for p in Priority if p >= least), reverse=True):
        count, some = EVICT_ROWS, outbox.oldest(priority, EVICT_ROWS)
        while len(some) == count:
            yield given + some
            count *= 2
            some = outbox.oldest(priority, count)
        given += some
        yield given


def given_up(numbers: Iterable[int]) -> list[Dropped]:
    """Records of what the full outbox gave up, each small enough to be told."""
    ranges = ranges_of(sorted(numbers))
    told = (ranges[at : at + MAX_RANGES] for at in range(0, len(ranges), MAX_RANGES))
    return [Dropped(some, sum(last - first + 1 for first, last in some), "outbox full") for some in told]
