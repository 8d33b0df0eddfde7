"""What a simulated sensor has still to say to what it was told: each answer when its time has come."""

import heapq
import itertools
import math
from dataclasses import dataclass, field


@dataclass(slots=True)
class Answers:
    """Bytes that wait; of those that are due at one time, the first that was put comes first."""

    _waiting: list[tuple[float, int, bytes]] = field(default_factory=list)
    _number: "itertools.count[int]" = field(default_factory=itertools.count)

    def put(self, due_s: float, data: bytes) -> None:
        """To be said at ``due_s``; nothing is never said."""
        if data:
            heapq.heappush(self._waiting, (due_s, next(self._number), data))

    def due_s(self) -> float:
        """When the next is due; infinite where none waits."""
        return self._waiting[0][0] if self._waiting else math.inf

    def take(self) -> bytes:
        """The next."""
        return heapq.heappop(self._waiting)[2]
