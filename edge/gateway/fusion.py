"""What several nodes heard, joined by when sound can have come from one place to all of them. No I/O, no clock.

    events ─▶ arrivals ─▶ groups: |t1 - t2| ≤ distance / speed of sound + clocks + a burst's pause ─▶ dsp.locate

By the triangle inequality two arrivals of one sound are never further apart than sound takes from node to node, so
what belongs together always meets in one group. A group is looked at early, for what many nodes have told already, and
when sound has had the time to reach all of them and the nodes the time to tell.
"""

from dataclasses import dataclass
from math import dist

from dsp.locate import locate
from dsp.locate.answer import Answer
from dsp.locate.evidence import Place
from edge.gateway.arrivals import USELESS_NS, Heard
from edge.gateway.groups import Group, Groups
from edge.gateway.listeners import NS_PER_S, Listeners
from edge.gateway.plane import Site

HEARD_M = 1200.0  # a shot is heard by one node in ten at this distance, and by hardly one beyond
SLOWEST_M_S = 300.0  # sound at -40 °C against a breeze: the longest that it may take
BURST_S = 3.0  # rounds no further apart than this are looked at together; the detectors' own pause is 2 s
LINKED_NS = round((HEARD_M / SLOWEST_M_S + BURST_S) * NS_PER_S) + NS_PER_S // 2  # and two clocks that are just useful
LATENCY_S = 0.8  # from a sound's arrival to its message here one node takes longer than another by this at most
QUIET_NS = 60 * NS_PER_S  # of silence before a sound that count; more says no more
LOOK_NS = NS_PER_S // 4  # a group is not looked at more often
MOST_HEARD = 200  # arrivals in a group, which take a second or two to locate; what comes then begins another
MOST_LISTENING = 200  # silent nodes that are looked at, the nearest
LONGEST_NS = 20 * NS_PER_S  # from a group's first to its last: what then goes on is another group's


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
        self.groups = Groups()

    def knows(self, node: str) -> bool:
        """Whether the node has a place."""
        return node in self._places

    def add(self, one: Heard, now_ns: int) -> None:
        """One arrival more; groups that it joins together become one, the first of them."""
        self._begun_ns = now_ns if self._begun_ns is None else min(now_ns, self._begun_ns)
        near = self.groups.near(one.time_ns - LINKED_NS, one.time_ns + LINKED_NS)
        linked = [group for group in near if self._takes(group, one)]
        group = linked[0] if linked else Group()
        for other in linked[1:]:
            if group.span_ns(other.heard) <= LONGEST_NS and len(group.heard) + len(other.heard) <= MOST_HEARD:
                self.groups.merge(group, other)
        self.groups.put(one, group, now_ns)
        self.groups.forget(now_ns)

    def _takes(self, group: Group, one: Heard) -> bool:
        span_ns = group.span_ns([one])
        if len(group.heard) >= MOST_HEARD or span_ns > 2 * LONGEST_NS:
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

    def due(self, now_ns: int) -> list[tuple[Group, bool]]:
        """Groups with news that should be looked at now, and whether they are settled."""
        found = []
        for group in self.groups.news():
            settled = self._is_settled(group, now_ns)
            if len(group.nodes) == 1 and settled:
                self.groups.is_known(group)  # what one node heard has no place
            elif len(group.nodes) > 1 and (
                group.looked_ns is None
                or (now_ns - group.looked_ns >= LOOK_NS and (settled or group.looked_ns < group.came_ns))
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
            self.groups.is_known(group)
        timed = tuple(one for one in group.heard if one.is_timed)
        untimed = tuple(one for one in group.heard if not one.is_timed)
        epoch_ns = min(one.time_ns for one in group.heard)
        listening = self._listening(group, epoch_ns, {one.node for one in timed}, {one.node for one in untimed})
        arrivals = [one.evidence(epoch_ns) for one in timed]
        answer = locate(listening, arrivals, air=self._air, listened_s=self._listened_s(group, now_ns))
        return Look(timed, untimed, listening, epoch_ns, answer, settled)

    def _listened_s(self, group: Group, now_ns: int) -> float:
        """How long these nodes told nothing but this: what they had told within ``LINKED_NS`` would be in the group."""
        near = self.groups.near(group.first_ns - QUIET_NS, group.first_ns)
        before = [one.last_ns for one in near if one.last_ns < group.first_ns and one.nodes & group.nodes]
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


def _apart_m(one: Place, other: Place) -> float:
    return dist((one.x_m, one.y_m, one.z_m), (other.x_m, other.y_m, other.z_m))
