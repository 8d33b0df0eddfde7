"""A block of houses with streets between, nodes that listen, and what happens there, as a file tells it.

    {
      "seed": 1,
      "start": "2026-05-01T22:00:00Z",       scene time 0, a whole second; left out, whoever runs it says when
      "temperature_c": 10, "humidity_percent": 70, "wind": {"speed": 3, "from_deg": 240},
      "reflections": 2,
      "nodes": {"north": {"x": 0, "y": 30, "z": 5, "heading_deg": 0, "rate_hz": 48000, "channels": 4,
                          "late_s": 0, "drift_ppm": 0, "jitter_s": 0}},
      "houses": [{"west": -30, "east": 30, "south": -20, "north": 20, "height": 12}],
      "events": [{"kind": "gunshot", "at": 10, "x": 38, "y": 31, "z": 1.5}]
    }

Metres: x east, y north, z up from the street. Nodes, temperature and wind are as ``lamppost locate`` reads them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Self

from simulators.street._table import listed, mapping, number, record, table, whole
from simulators.street.air import Air
from simulators.street.houses import House
from simulators.street.propagation import Point
from simulators.street.scene import POLE_M, corners
from simulators.street.sources import SPANS

MAX_FILE_BYTES = 1 << 20
MAX_NODES, MAX_HOUSES = 64, 100
MAX_EVENTS = 100  # each is held ready to be heard, 1.5 MB of four channels
MAX_REFLECTIONS = 3
FAR_M = 10_000.0
DAY_S = 86_400.0
RATES_HZ = range(8000, 96_001, 25)  # the front-end's frame counts the rate in steps of 25 Hz
LATE_S = 0.5  # a second's pulse that is later belongs to the next
JITTER_S = 1e-3
DRIFT_PPM = 1000.0
CALM = Air()
EARLIEST_S, LATEST_S = 1_483_228_800, 4_102_444_800
"""2017, since when GPS is 18 s ahead of UTC; 2100."""
KEYS = {"seed", "start", "temperature_c", "humidity_percent", "wind", "reflections", "nodes", "houses", "events"}


@dataclass(frozen=True, slots=True)
class Node:
    """A pole's array, which looks to ``heading_deg`` clockwise from north, and its front-end.

    Its clock is so late, its crystal fast by ``drift_ppm``, and each of its seconds off by ``jitter_s``, RMS.
    """

    x: float
    y: float
    z: float = POLE_M
    heading_deg: float = 0.0
    rate_hz: int = 48_000
    channels: int = 4
    late_s: float = 0.0
    drift_ppm: float = 0.0
    jitter_s: float = 0.0

    def __post_init__(self) -> None:
        _near(self.place)
        corners(self.channels)
        if self.rate_hz not in RATES_HZ:
            raise ValueError(f"rate_hz is {self.rate_hz}; expected {RATES_HZ[0]} to {RATES_HZ[-1]}, in steps of 25")
        if abs(self.late_s) > LATE_S or abs(self.drift_ppm) > DRIFT_PPM or not 0 <= self.jitter_s <= JITTER_S:
            raise ValueError(f"expected late_s to ±{LATE_S:g}, drift_ppm to ±{DRIFT_PPM:g}, jitter_s to {JITTER_S:g}")

    @property
    def place(self) -> Point:
        """The middle of its microphones."""
        return (self.x, self.y, self.z)

    @property
    def true_rate_hz(self) -> float:
        """The rate that its crystal makes."""
        return self.rate_hz * (1 + self.drift_ppm * 1e-6)


@dataclass(frozen=True, slots=True)
class Happening:
    """A ``kind`` that goes off ``at`` seconds of scene time."""

    kind: str
    at: float
    x: float
    y: float
    z: float = 1.5

    def __post_init__(self) -> None:
        _near(self.place)
        if self.kind not in SPANS:
            raise ValueError(f"kind is {self.kind!r}; expected one of: {', '.join(SPANS)}")
        if not 0 <= self.at <= DAY_S:
            raise ValueError(f"at is {self.at:g} s of scene time; expected 0 to {DAY_S:g}")

    @property
    def place(self) -> Point:
        """Where."""
        return (self.x, self.y, self.z)


@dataclass(frozen=True, slots=True)
class Block:
    """The scene. ValueError for what stands in a house."""

    nodes: Mapping[str, Node]
    houses: tuple[House, ...] = ()
    events: tuple[Happening, ...] = ()
    air: Air = CALM
    reflections: int = 2
    seed: int = 1
    start_s: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.nodes) <= MAX_NODES:
            raise ValueError(f"nodes: there are {len(self.nodes)}; expected 1 to {MAX_NODES}")
        if not 0 <= self.reflections <= MAX_REFLECTIONS:
            raise ValueError(f"reflections is {self.reflections}; expected 0 to {MAX_REFLECTIONS}")
        if self.seed < 0:
            raise ValueError(f"seed is {self.seed}; expected 0 or more")
        events = {f"events[{n}]": event.place for n, event in enumerate(self.events)}
        nodes = {f"nodes.{name}": node.place for name, node in self.nodes.items()}
        for what, place in (events | nodes).items():
            for n, house in enumerate(self.houses):
                if house.holds(*place):
                    raise ValueError(f"{what} is inside houses[{n}]")

    @classmethod
    def load(cls, path: Path, start_s: int | None = None) -> Self:
        """The block of a file; ``start_s`` stands for its ``start``. ValueError or OSError say what is wrong."""
        with path.open("rb") as file:
            text = file.read(MAX_FILE_BYTES + 1)
        if len(text) > MAX_FILE_BYTES:
            raise ValueError(f"it is larger than {MAX_FILE_BYTES} bytes; no block is")
        return cls.of(json.loads(text.decode()), start_s)

    @classmethod
    def of(cls, found: object, start_s: int | None = None) -> Self:
        """The block of what a file says."""
        given = table(found, "", KEYS, {"nodes"})
        nodes = mapping(given["nodes"], "nodes")
        if start_s is None and "start" in given:
            start_s = unix_s(given["start"])
        houses = listed(given.get("houses", []), "houses", MAX_HOUSES)
        events = listed(given.get("events", []), "events", MAX_EVENTS)
        return cls(
            nodes={name: record(Node, node, f"nodes.{name}") for name, node in nodes.items()},
            houses=tuple(record(House, house, f"houses[{n}]") for n, house in enumerate(houses)),
            events=tuple(_event(event, f"events[{n}]", start_s) for n, event in enumerate(events)),
            air=_air(given),
            reflections=whole(given.get("reflections", 2), "reflections"),
            seed=whole(given.get("seed", 1), "seed"),
            start_s=start_s,
        )

    def begun(self, start_s: int) -> "Block":
        """The same block, its scene time 0 at ``start_s``, in UTC seconds since 1970."""
        return replace(self, start_s=start_s)


def unix_s(words: object) -> int:
    """UTC seconds since 1970 of RFC 3339 or of such a number; ValueError for what is no whole second."""
    found = _told(words)
    if not EARLIEST_S <= found < LATEST_S or found % 1:
        raise ValueError(f"start is {words!r}; expected a whole second such as 2026-05-01T22:00:00Z, from 2017 to 2099")
    return int(found)


def _told(words: object) -> float:
    if isinstance(words, str):
        try:
            return float(words)
        except ValueError:
            return _moment(words)
    return number(words, "start")


def _moment(words: str) -> float:
    try:
        moment = datetime.fromisoformat(words)
    except ValueError as error:
        raise ValueError(f"{words!r} is no time; expected such as 2026-05-01T22:00:00Z") from error
    if moment.tzinfo is None:
        raise ValueError(f"{words!r} has no time zone; expected such as 2026-05-01T22:00:00Z")
    return moment.timestamp()


def _event(found: object, where: str, start_s: int | None) -> Happening:
    at = found.get("at") if isinstance(found, dict) else None
    if not isinstance(at, str):
        return record(Happening, found, where)
    if start_s is None:
        raise ValueError(f"{where}.at is {at!r}, but nothing says when the scene starts; expected seconds, or a start")
    assert isinstance(found, dict)
    return record(Happening, {**found, "at": _moment(at) - start_s}, where)


def _air(given: Mapping[str, object]) -> Air:
    wind = table(given.get("wind", {"speed": 0.0}), "wind", {"speed", "from_deg"}, {"speed"})
    return Air(
        temperature_c=number(given.get("temperature_c", CALM.temperature_c), "temperature_c"),
        humidity_percent=number(given.get("humidity_percent", CALM.humidity_percent), "humidity_percent"),
        wind_m_s=number(wind["speed"], "wind.speed"),
        wind_from_deg=number(wind.get("from_deg", 0.0), "wind.from_deg"),
    )


def _near(place: Point) -> None:
    x, y, z = place
    if max(abs(x), abs(y)) > FAR_M or not 0 <= z <= FAR_M:
        raise ValueError(f"x, y, z are {x:g}, {y:g}, {z:g}; expected within {FAR_M:g} m, and not below the street")


def _houses() -> tuple[House, ...]:
    """Three by three, 60 m by 40 m, and streets of 20 m between."""
    places = [(x, y) for y in (-60.0, 0.0, 60.0) for x in (-80.0, 0.0, 80.0)]
    return tuple(House(x - 30, x + 30, y - 20, y + 20, 9.0 + n % 4 * 2) for n, (x, y) in enumerate(places))


EXAMPLE = Block(
    nodes={
        "west": Node(-40, 33, heading_deg=90),
        "east": Node(92, 27, heading_deg=270),
        "south": Node(37, -58),
        "north": Node(43, 72, heading_deg=180),
        "corner": Node(-43, -33, heading_deg=45),
    },
    houses=_houses(),
    events=(Happening("gunshot", 10.0, 38, 31),),
    air=Air(wind_m_s=3.0, wind_from_deg=240.0),
)
"""Five nodes and one shot, which four of them hear along the streets, and ``corner`` around the houses."""
