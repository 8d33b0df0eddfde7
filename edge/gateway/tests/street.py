"""Six nodes along streets, and what each of them hears of a sound: signed events at the times of plain physics."""

from dataclasses import dataclass, field, replace
from math import dist, sqrt

import numpy as np

from edge.gateway.plane import Site, site
from edge.gateway.tests.nodes import Pen
from edge.message.body import Event, Health, Sense, SensorState, TimeQuality, TimeSource
from edge.trust import keys

PLACES = {
    "lamp-1": (0.0, 0.0, 5.0),
    "lamp-2": (210.0, 15.0, 5.5),
    "lamp-3": (225.0, 190.0, 4.5),
    "lamp-4": (-10.0, 205.0, 5.0),
    "lamp-5": (105.0, 260.0, 6.0),
    "lamp-6": (330.0, 100.0, 5.0),
}
FIVE = tuple(PLACES)[:5]
SOUND_M_S = 331.3 * sqrt(1 + 15 / 273.15)  # at the 15 °C that nobody has to be told
JITTER_S = 5e-4
NS = 1_000_000_000
NOON_NS = 1_795_766_400 * NS
GOOD = TimeQuality(TimeSource.PPS, 100_000, 1)
KEYS = {name: keys.make(name) for name in (*PLACES, "lamp-9")}
REGISTRY = keys.Registry([key.public for key in KEYS.values()])
SITE: Site = site({"nodes": {name: dict(zip("xyz", map(int, at), strict=True)) for name, at in PLACES.items()}}, "city")


def event(kind: str, time_ns: int, score: float = 0.95, **measures: float) -> Event:
    return Event(kind, "mic", time_ns, 0, 100, 1, 48_000.0, (0,), score, 0.8, measures, (), bytes(32))


@dataclass
class Street:
    """The nodes' pens; ``rng`` is what their ears and clocks add."""

    pens: dict[str, Pen] = field(default_factory=lambda: {
        name: Pen(key=key, node=name, quality=GOOD) for name, key in KEYS.items()
    })  # fmt: skip
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(7))

    def arrival_ns(self, node: str, at: tuple[float, float], time_ns: int) -> int:
        """When a sound of ``time_ns``, 1.5 m above the street, comes to the node."""
        far_s = dist((*at, 1.5), tuple(map(int, PLACES[node]))) / SOUND_M_S
        return time_ns + round((far_s + self.rng.normal(0, JITTER_S)) * NS)

    def shot(
        self, at: tuple[float, float], time_ns: int = NOON_NS, nodes: tuple[str, ...] = FIVE, kind: str = "gunshot"
    ) -> dict[str, bytes]:
        """What each of the nodes signs of one sound, in the order in which it came to them."""
        times = {node: self.arrival_ns(node, at, time_ns) for node in nodes}
        return {
            node: self.pens[node].write(event(kind, times[node]), times[node])
            for node in sorted(times, key=times.__getitem__)
        }

    def beat(
        self, node: str, sense: Sense = Sense.HEARING, time_ns: int = NOON_NS - 5 * NS, *, stopping: bool = False
    ) -> bytes:
        """A heartbeat."""
        states = {"mic": SensorState(sense, 0, "")}
        return self.pens[node].write(Health(1.0, 1, 0, 0, states, {}, stopping), time_ns)

    def with_clock(self, node: str, error_ns: int) -> None:
        """From now on the node knows its time no better than that."""
        self.pens[node] = replace(self.pens[node], quality=replace(GOOD, error_ns=error_ns))
