"""Arrivals that may have to do with each other, and where to find them by their time; bounded in number and age."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from edge.gateway.arrivals import Heard
from edge.gateway.listeners import NS_PER_S
from edge.message.incident import Incident

MOST_OF_A_NODE = 30  # of them by one node; one that babbles takes no other's room
MOST_TELLINGS = 8  # messages that tell of one arrival: more detectors of bangs no node has
KEPT_NS = 3600 * NS_PER_S  # a group waits so long for what an outage held up
MOST_KEPT = 20_000  # arrivals in all, some 20 MB; the oldest groups give way
SWEEP_NS = 60 * NS_PER_S
SLOT_NS = 10 * NS_PER_S  # of the index


class Group:
    """Arrivals that may have to do with each other. Times of looking are the gateway's monotonic ones."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.first_ns = self.last_ns = 0  # of their own times
        self.came_ns = -(1 << 62)  # when the last came here
        self.known: list[Incident] = []  # what was found of it, the latest revisions
        self.news_since_ns: int | None = None
        self.looked_ns: int | None = None

    @property
    def nodes(self) -> set[str]:
        """Who heard something."""
        return {one.node for one in self.heard}

    def add(self, one: Heard, now_ns: int) -> None:
        """One more; what the same node has told of the same sound already is one arrival."""
        same = [at for at, other in enumerate(self.heard) if one.is_same(other)]
        if same:
            first = self.heard[same[0]]
            more = tuple(telling for telling in one.tellings if telling.message not in first.messages)
            self.heard[same[0]] = replace(first, tellings=(first.tellings + more)[:MOST_TELLINGS])
        elif sum(other.node == one.node for other in self.heard) < MOST_OF_A_NODE:
            self.heard.append(one)
        self.first_ns = min(one.time_ns for one in self.heard)
        self.last_ns = max(one.time_ns for one in self.heard)
        self.came_ns = max(now_ns, self.came_ns)
        self.news_since_ns = now_ns if self.news_since_ns is None else self.news_since_ns

    def span_ns(self, more: Sequence[Heard]) -> int:
        """From the first to the last, if these came too."""
        times_ns = [self.first_ns, self.last_ns, *(one.time_ns for one in more)]
        return max(times_ns) - min(times_ns)


class Groups:
    """All groups, by the time of their arrivals, and those of them with news."""

    def __init__(self) -> None:
        self._slots: dict[int, dict[Group, None]] = {}  # a dictionary as a set that keeps its order
        self._all: dict[Group, None] = {}
        self._news: dict[Group, None] = {}
        self._added = 0
        self._swept_ns = 0

    def __iter__(self) -> Iterator[Group]:
        return iter(self._all)

    def put(self, one: Heard, group: Group, now_ns: int) -> None:
        """An arrival comes to a group, new or known."""
        group.add(one, now_ns)
        self._all[group] = self._news[group] = None
        self._slots.setdefault(one.time_ns // SLOT_NS, {})[group] = None
        self._added += 1

    def near(self, first_ns: int, last_ns: int) -> list[Group]:
        """Those with arrivals between these times, and some more; in the order in which they began to be."""
        slots = range(first_ns // SLOT_NS, last_ns // SLOT_NS + 1)
        return list(dict.fromkeys(group for slot in slots for group in self._slots.get(slot, ())))

    def merge(self, group: Group, other: Group) -> None:
        """All of ``other`` comes to ``group``."""
        self.remove(other)
        group.known += other.known
        for one in other.heard:
            self.put(one, group, other.came_ns)

    def remove(self, group: Group) -> None:
        """The group is gone."""
        self._all.pop(group, None)
        self._news.pop(group, None)
        for slot in {one.time_ns // SLOT_NS for one in group.heard}:
            self._slots[slot].pop(group, None)
            if not self._slots[slot]:
                del self._slots[slot]

    def news(self) -> list[Group]:
        """Those with news."""
        return list(self._news)

    def is_known(self, group: Group) -> None:
        """Its news are told."""
        group.news_since_ns = None
        self._news.pop(group, None)

    def forget(self, now_ns: int) -> None:
        """Takes away what is too old, or too much: each minute, and before there can be too much."""
        spare = MOST_KEPT // 10
        if self._added < spare and now_ns - self._swept_ns < SWEEP_NS:
            return
        self._swept_ns, self._added = now_ns, 0
        room = MOST_KEPT - spare
        for group in sorted(self._all, key=lambda one: -one.came_ns):
            room -= len(group.heard)
            if room < 0 or now_ns - group.came_ns > KEPT_NS:
                self.remove(group)
