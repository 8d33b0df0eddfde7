"""What the gateway makes of shots that several nodes hear: how many incidents, how far off, how soon, at what cost.

    python -m hil_tests.bench.fusion [SHOTS]

Every shot is at a random place among six nodes on 330 by 260 m, heard by each with probability 0.9; each node signs an
event 0.7 to 1.0 s after the sound came. Clocks err by up to the bound that the messages tell, each by its own amount
for good. Every node tells 1.2 false alarms an hour, and half of them an echo of every shot, 0.1 to 0.6 s late. Time
goes by the simulation's clock; verifying, storing and locating are the gateway's own.
"""

import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from math import dist
from pathlib import Path
from typing import TypeAlias

import numpy as np

from edge.gateway.incidents import Incidents
from edge.gateway.ingest import Ingest
from edge.gateway.store import Store
from edge.gateway.tests.nodes import GATEWAY
from edge.gateway.tests.street import GOOD, NOON_NS, NS, PLACES, REGISTRY, SITE, Street, event
from edge.message.body import Sense
from edge.message.incident import Incident

CLOCKS_S = (1e-6, 1e-4, 1e-3, 5e-3)
EVERY_S = 30.0  # a shot; so an hour of false alarms is told among 120 of them
FALSE_AN_HOUR = 1.2
HEARD, ECHOED = 0.9, 0.5
NEAR_M, NEAR_S = 10.0, 0.1
STEP_NS = NS // 20

Shot: TypeAlias = tuple[int, tuple[float, float], int]  # when, where, heard by so many


@dataclass
class Count:
    """What came of the shots."""

    shots: int = 0
    few: int = 0  # heard by fewer than four nodes
    located: int = 0
    other: int = 0  # incidents that are none of the shots
    twice: int = 0
    missed_m: list[float] = field(default_factory=list)
    after_s: list[float] = field(default_factory=list)  # the sound, until it was told first


def shots_of(street: Street, count: int, clock_s: float) -> tuple[list[tuple[int, bytes]], list[Shot]]:
    """Messages by when they come to the gateway, and the shots: when, where, heard by so many."""
    rng, shots, heard = street.rng, [], []
    off_ns = {name: round(rng.uniform(-1, 1) * clock_s * NS) for name in PLACES}

    def tell(name: str, at_ns: int) -> None:
        heard.append((at_ns + round(rng.uniform(0.7, 1.0) * NS), name, at_ns + off_ns[name]))

    for number in range(count):
        when_ns = NOON_NS + round((number * EVERY_S + rng.uniform(0, 5)) * NS)
        place = (float(rng.uniform(0, 320)), float(rng.uniform(10, 250)))
        nodes = [name for name in PLACES if rng.random() < HEARD]
        shots.append((when_ns, place, len(nodes)))
        for name in nodes:
            at_ns = street.arrival_ns(name, place, when_ns)
            tell(name, at_ns)
            if rng.random() < ECHOED:
                tell(name, at_ns + round(rng.uniform(0.1, 0.6) * NS))
    for name in PLACES:
        for _ in range(rng.poisson(FALSE_AN_HOUR * count * EVERY_S / 3600)):
            tell(name, NOON_NS + round(rng.uniform(0, count * EVERY_S) * NS))
    events = [
        (came_ns, street.pens[name].write(event("gunshot", at_ns), at_ns)) for came_ns, name, at_ns in sorted(heard)
    ]
    beats = [
        (NOON_NS + at * 60 * NS, street.beat(name, Sense.HEARING, NOON_NS + at * 60 * NS))
        for name in PLACES
        for at in range(round(count * EVERY_S / 60) + 1)
    ]
    return sorted([*events, *beats]), shots


def run(count: int, clock_s: float) -> None:
    """One clock's row."""
    street = Street(rng=np.random.default_rng(11))
    for pen in street.pens.values():
        pen.quality = replace(GOOD, error_ns=max(round(clock_s * NS), 1))
    messages, shots = shots_of(street, count, clock_s)
    told: list[tuple[int, Incident]] = []
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "city.sqlite") as store:
        ingest = Ingest(store, REGISTRY, GATEWAY)
        now_ns = messages[0][0]
        incidents = Incidents(SITE, store, GATEWAY, "gateway", lambda one: told.append((now_ns, one)))
        begun_s, at = time.process_time(), 0
        while at < len(messages) or now_ns < messages[-1][0] + 5 * NS:
            come = [data for came_ns, data in messages[at : at + 50] if came_ns <= now_ns]
            at += len(come)
            if come:
                incidents.take(ingest.take(come), now_ns)
            incidents.look(now_ns)
            now_ns += STEP_NS
        spent_s = time.process_time() - begun_s
    _say(clock_s, judged(told, shots), spent_s / len(messages))


def judged(told: list[tuple[int, Incident]], shots: list[Shot]) -> Count:
    """Incidents against shots, one to one: the first within ``NEAR_M`` and ``NEAR_S`` is it."""
    first: dict[bytes, int] = {}
    for now_ns, one in told:
        first.setdefault(one.id, now_ns)
    latest = {one.id: one for _, one in told if one.located}
    for gone in (one.id for _, one in told if not one.located):
        latest.pop(gone, None)
    count = Count(len(shots), sum(heard < 4 for _, _, heard in shots))
    found: set[int] = set()
    for id_, one in latest.items():
        for sound in one.located:
            near = [
                n
                for n, (when_ns, place, _) in enumerate(shots)
                if abs(sound.time_ns - when_ns) < NEAR_S * NS and dist(place, (sound.x_m, sound.y_m)) < NEAR_M
            ]
            if not near:
                count.other += 1
            elif near[0] in found:
                count.twice += 1
            else:
                found.add(near[0])
                count.missed_m.append(dist(shots[near[0]][1], (sound.x_m, sound.y_m)))
                count.after_s.append((first[id_] - shots[near[0]][0]) / NS)
    count.located = len(found)
    return count


def _say(clock_s: float, count: Count, each_s: float) -> None:
    missed, after = np.array(count.missed_m), np.array(count.after_s)
    told = [
        f"located {count.located} of {count.shots} ({count.few} heard by fewer than 4)",
        f"other {count.other}, twice {count.twice}",
        f"off by {np.median(missed):.2f} m (95 %: {np.quantile(missed, 0.95):.2f})",
        f"told {np.median(after):.2f} s after the shot (most {after.max():.2f})",
        f"{each_s * 1e3:.1f} ms a message",
    ]
    print(f"clocks ±{clock_s * 1e3:7.3f} ms: {'; '.join(told)}", flush=True)


if __name__ == "__main__":
    for clock in CLOCKS_S:
        run(int(sys.argv[1]) if len(sys.argv) > 1 else 120, clock)
