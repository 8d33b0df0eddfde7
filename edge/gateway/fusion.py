"""What several nodes heard, joined by when sound can have come from one place to all of them. No I/O, no clock.

    events ─▶ arrivals ─▶ groups: |t1 - t2| ≤ distance / speed of sound + clocks + a burst's pause ─▶ dsp.locate

By the triangle inequality two arrivals of one sound are never further apart than sound takes from node to node, so
what belongs together always meets in one group. A group is looked at early, for what many nodes have told already, and
when sound has had the time to reach all of them and the nodes the time to tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import dist

from dsp.locate import locate
from dsp.locate.answer import Answer
from dsp.locate.evidence import Place
from edge.gateway.arrivals import USELESS_NS, Heard
from edge.gateway.listeners import NS_PER_S, Listeners
from edge.gateway.plane import Site
from edge.message.incident import Incident

HEARD_M = 1200.0  # a shot is heard by one node in ten at this distance, and by hardly one beyond
SLOWEST_M_S = 300.0  # sound at -40 °C against a breeze: the longest that it may take
BURST_S = 3.0  # rounds no further apart than this are looked at together; the detectors' own pause is 2 s
LINKED_NS = round((HEARD_M / SLOWEST_M_S + BURST_S) * NS_PER_S) + NS_PER_S // 2  # and two clocks that are just useful
LATENCY_S = 0.8  # from a sound's arrival to its message here one node takes longer than another by this at most
QUIET_NS = 60 * NS_PER_S  # of silence before a sound that count; more says no more
LOOK_NS = NS_PER_S // 4  # a group is not looked at more often
MOST_HEARD = 200  # arrivals in a group, which take a second or two to locate; what comes then begins another
MOST_OF_A_NODE = 30  # of them by one node; one that babbles takes no other's room
MOST_TELLINGS = 8  # messages that tell of one arrival: more detectors of bangs no node has
MOST_LISTENING = 200  # silent nodes that are looked at, the nearest
LONGEST_NS = 20 * NS_PER_S  # from a group's first to its last: what then goes on is another group's
KEPT_NS = 3600 * NS_PER_S  # a group waits so long for what an outage held up
MOST_KEPT = 20_000  # arrivals in all, some 20 MB; the oldest groups give way
SWEEP_NS = 60 * NS_PER_S


class Group:
    """Arrivals that may have to do with each other. Times of looking are the gateway's monotonic ones."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.first_ns = self.last_ns = 0  # of their own times
        self.came_ns = 0  # when the last came here
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
        self.came_ns = now_ns
        self.news_since_ns = now_ns if self.news_since_ns is None else self.news_since_ns


@dataclass(frozen=True, slots=True)
class Look:
    """What a group says now: arrivals, those of a useless clock, who listened, and where the sounds were.

    ``settled``: sound has reached all and they have told; before that more is likely to come.
    """

    heard: tuple[Heard, ...]
    untimed: tuple[Heard, ...]
    listening: dict[str, Place]
    epoch_ns: int
    answer: Answer
    settled: bool


class Fusion:
    """Arrivals in, looks at groups of them out; bounded by ``MOST_KEPT`` and ``KEPT_NS``."""

    def __init__(self, site: Site, listeners: Listeners) -> None:
        self._begun_ns: int | None = None  # since when we have listened to them
        self._air = site.air
        self._places = site.plane.places
        self._listeners = listeners
        self._farthest: dict[str, float] = {}
        self._swept_ns = 0
        self.groups: list[Group] = []

    def knows(self, node: str) -> bool:
        """Whether the node has a place."""
        return node in self._places

    def add(self, one: Heard, now_ns: int) -> Group:
        """The group that the arrival joins; groups that it joins together become one, the first of them."""
        self._begun_ns = now_ns if self._begun_ns is None else min(now_ns, self._begun_ns)
        linked = [group for group in self.groups if self._takes(group, one)]
        group = linked[0] if linked else Group()
        for other in linked[1:]:
            if _span_ns(group, other.heard) <= LONGEST_NS and len(group.heard) + len(other.heard) <= MOST_HEARD:
                self._merge(group, other)
        if not linked:
            self.groups.append(group)
        group.add(one, now_ns)
        return group

    def _takes(self, group: Group, one: Heard) -> bool:
        near = group.first_ns - LINKED_NS <= one.time_ns <= group.last_ns + LINKED_NS
        span_ns = _span_ns(group, [one])
        if not near or len(group.heard) >= MOST_HEARD or span_ns > 2 * LONGEST_NS:
            return False
        pause_s = BURST_S if span_ns <= LONGEST_NS else 0.0  # no sound's arrivals are parted
        return any(self._linked(one, other, pause_s) for other in group.heard)

    def _linked(self, one: Heard, other: Heard, pause_s: float) -> bool:
        """Whether both may be of one place, and of sounds no further apart than ``pause_s``."""
        apart_m = _apart_m(self._places[one.node], self._places[other.node])
        if one.family != other.family or apart_m > 2 * HEARD_M:
            return False
        sound_s = min(apart_m, HEARD_M) / SLOWEST_M_S + pause_s
        bounds_ns = min(one.bound_ns, USELESS_NS) + min(other.bound_ns, USELESS_NS)
        return abs(one.time_ns - other.time_ns) <= sound_s * NS_PER_S + bounds_ns

    def _merge(self, group: Group, other: Group) -> None:
        self.groups.remove(other)
        group.known += other.known
        for one in other.heard:
            group.add(one, other.came_ns)

    def due(self, now_ns: int) -> list[tuple[Group, bool]]:
        """Groups with news that should be looked at now, and whether they are settled."""
        found = []
        for group in (one for one in self.groups if one.news_since_ns is not None):
            settled = self._is_settled(group, now_ns)
            if len(group.nodes) == 1:
                group.news_since_ns = None if settled else group.news_since_ns  # one node has no place to tell
            elif group.looked_ns is None or (
                now_ns - group.looked_ns >= LOOK_NS and (settled or group.looked_ns < group.came_ns)
            ):
                found.append((group, settled))
        return found

    def _is_settled(self, group: Group, now_ns: int) -> bool:
        return group.news_since_ns is not None and now_ns - group.news_since_ns >= self._wait_ns(group)

    def _wait_ns(self, group: Group) -> float:
        """How long after the first word of a sound the last may come: sound's way, and the nodes' own delay."""
        return (max(map(self._farthest_m, group.nodes)) / SLOWEST_M_S + LATENCY_S) * NS_PER_S

    def _farthest_m(self, node: str) -> float:
        """To the farthest of the others that may hear the same."""
        if node not in self._farthest:
            apart = (_apart_m(self._places[node], other) for other in self._places.values())
            self._farthest[node] = min(max(apart), HEARD_M)
        return self._farthest[node]

    def look(self, group: Group, now_ns: int, settled: bool) -> Look:
        """Locates what a group holds."""
        group.looked_ns = now_ns
        if settled:
            group.news_since_ns = None
        timed = tuple(one for one in group.heard if one.is_timed)
        untimed = tuple(one for one in group.heard if not one.is_timed)
        epoch_ns = min(one.time_ns for one in group.heard)
        listening = self._listening(group, epoch_ns, {one.node for one in timed}, {one.node for one in untimed})
        arrivals = [one.evidence(epoch_ns) for one in timed]
        answer = locate(listening, arrivals, air=self._air, listened_s=self._listened_s(group, now_ns))
        return Look(timed, untimed, listening, epoch_ns, answer, settled)

    def _listened_s(self, group: Group, now_ns: int) -> float:
        """How long these nodes told nothing but this: what they had told within ``LINKED_NS`` would be in the group."""
        before = [one.last_ns for one in self.groups if one.last_ns < group.first_ns and one.nodes & group.nodes]
        begun_ns = now_ns if self._begun_ns is None else self._begun_ns
        known_ns = min(QUIET_NS, LINKED_NS + now_ns - begun_ns)
        quiet_ns = min(known_ns, group.first_ns - max(before, default=0))
        return (group.last_ns - group.first_ns + quiet_ns) / NS_PER_S

    def _listening(self, group: Group, time_ns: int, timed: set[str], untimed: set[str]) -> dict[str, Place]:
        """Those that heard it, and the nearest of those that listened and did not."""
        near = [self._places[name] for name in group.nodes]
        silent = [
            (min(_apart_m(place, other) for other in near), name)
            for name, place in self._places.items()
            if name not in timed | untimed and self._listeners.listens(name, time_ns)
        ]
        nearest = [name for apart_m, name in sorted(silent)[:MOST_LISTENING] if apart_m <= HEARD_M]
        return {name: self._places[name] for name in sorted({*timed, *nearest})}

    def forget(self, now_ns: int) -> None:
        """Takes away what is too old, or too much: each minute, or when there is too much."""
        heard = sum(len(group.heard) for group in self.groups)
        if heard <= MOST_KEPT and now_ns - self._swept_ns < SWEEP_NS:
            return
        self._swept_ns = now_ns
        kept: set[Group] = set()
        room = MOST_KEPT - MOST_KEPT // 10
        for group in sorted(self.groups, key=lambda one: -one.came_ns):
            room -= len(group.heard)
            if room >= 0 and now_ns - group.came_ns <= KEPT_NS:
                kept.add(group)
        self.groups = [group for group in self.groups if group in kept]


def _span_ns(group: Group, more: Sequence[Heard]) -> int:
    """From the first to the last, if these came too."""
    times_ns = [group.first_ns, group.last_ns, *(one.time_ns for one in more)]
    return max(times_ns) - min(times_ns)


def _apart_m(one: Place, other: Place) -> float:
    return dist((one.x_m, one.y_m, one.z_m), (other.x_m, other.y_m, other.z_m))
