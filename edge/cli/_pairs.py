"""The same event as two sources heard it: at most half a second apart, the nearest first, each used once."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.node.entries import Entry

SAME_NS = 500_000_000
"""Another kind of detector may put an onset elsewhere by its own block; the rounds of a burst are nearer than this."""


def pairs(first: "Sequence[Entry]", second: "Sequence[Entry]") -> "list[tuple[Entry, Entry]]":
    """Pairs of entries of one sensor and kind, each list in order of time."""
    times_ns = [entry.event.time_ns for entry in second]
    near = sorted(
        (abs(times_ns[j] - entry.event.time_ns), i, j)
        for i, entry in enumerate(first)
        for j in range(
            bisect_left(times_ns, entry.event.time_ns - SAME_NS), bisect_right(times_ns, entry.event.time_ns + SAME_NS)
        )
    )
    of_first: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in near:
        if i not in of_first and j not in taken:
            of_first[i] = j
            taken.add(j)
    return [(first[i], second[j]) for i, j in sorted(of_first.items())]
