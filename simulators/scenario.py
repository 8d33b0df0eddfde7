"""The world that simulated sensors measure: physical values over time, as a scenario tells them.

    [[change]]                    # rain begins after a minute, reaches 12 mm/h in half a minute, and lasts ten
    what = "rain_rate"
    at_s = 60
    to = 12                       # or: by = 12
    over_s = 30
    for_s = 600                   # left out: it stays so

    [[change]]                    # water rises by 4 cm a minute, for an hour
    what = "water_level"
    by = 2.4
    over_s = 3600

Without a scenario it is a fair day on a street, and values wander as they do. A value is a function of time and seed
alone: sensors that are switched on at different times, or ask at different moments, see one world.
"""

import math
import tomllib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

MAX_FILE_BYTES = 1 << 20
WAVES_S = (7.3, 31.0, 173.0)
"""Periods of what a value wanders by: gusts, passers-by, clouds."""


@dataclass(frozen=True, slots=True)
class Natural:
    """A value on a fair day, how far it wanders to either side, and the least and most that there is."""

    value: float
    wander: float
    least: float = -math.inf
    most: float = math.inf


WHAT: Mapping[str, Natural] = {
    "air_temperature": Natural(12.0, 0.4),  # °C
    "humidity": Natural(71.0, 3.0, 0, 100),  # %
    "pressure": Natural(1013.2, 0.3),  # hPa
    "wind_speed": Natural(3.2, 1.4, 0),  # m/s
    "wind_direction": Natural(232.0, 25.0),  # degrees
    "rain_rate": Natural(0.0, 0.0, 0),  # mm/h
    "water_level": Natural(0.40, 0.004),  # m above the bed
    "water_temperature": Natural(9.0, 0.05),  # °C
    "sensor_height": Natural(3.00, 0.0),  # m above the bed, of what looks down on the water
    "pm1": Natural(5.5, 0.8, 0),  # µg/m³
    "pm2_5": Natural(8.5, 1.2, 0),
    "pm10": Natural(15.3, 2.2, 0),
    "co2": Natural(438.0, 9.0, 0),  # ppm
    "co": Natural(0.4, 0.1, 0),
    "no2": Natural(0.018, 0.004, 0),
    "o3": Natural(0.031, 0.004, 0),
    "so2": Natural(0.003, 0.001, 0),
    "h2s": Natural(0.001, 0.0005, 0),
    "nh3": Natural(0.02, 0.005, 0),
    "hcho": Natural(0.008, 0.002, 0),
    "tvoc": Natural(0.12, 0.03, 0),
    "o2": Natural(20.9, 0.02, 0),  # % of the volume
    "ch4": Natural(0.0002, 0.00005, 0),
    "sound_level": Natural(58.0, 4.0, 0),  # dB(A)
    "illuminance": Natural(9000.0, 800.0, 0),  # lx
    "solar_radiation": Natural(180.0, 25.0, 0),  # W/m²
    "dose_rate": Natural(0.09, 0.01, 0),  # µSv/h
    "battery_voltage": Natural(12.9, 0.02, 0),  # V
    "battery_current": Natural(-0.8, 0.1),  # A, out of the battery
    "state_of_charge": Natural(86.0, 0.05, 0, 100),  # %
    "panel_voltage": Natural(18.4, 0.2, 0),  # V
    "panel_power": Natural(21.0, 2.0, 0),  # W
    "person_distance": Natural(2.4, 0.6, 0),  # m; who stands in front of a radar
    "persons": Natural(1.0, 0.0, 0),
    "lightning_distance": Natural(math.inf, 0.0),  # km; no storm
    "door_open": Natural(0.0, 0.0, 0, 1),
    "tilted": Natural(0.0, 0.0, 0, 1),
    "road_temperature": Natural(10.5, 0.3),  # °C
    "target_distance": Natural(2.86, 0.01, 0),  # m; what a laser points at
}


@dataclass(frozen=True, slots=True)
class Change:
    """From ``at_s`` on ``what`` goes to ``to``, or by ``by``, evenly over ``over_s``; after ``for_s`` as fast back."""

    what: str
    at_s: float = 0.0
    to: float | None = None
    by: float | None = None
    over_s: float = 0.0
    for_s: float = math.inf

    def __post_init__(self) -> None:
        if self.what not in WHAT:
            raise ValueError(f"what is {self.what!r}; expected one of: {', '.join(sorted(WHAT))}")
        if (self.to is None) == (self.by is None):
            raise ValueError(f"the change of {self.what} has to and by, or none; expected one of them")
        if min(self.at_s, self.over_s, self.for_s) < 0:
            raise ValueError(f"the change of {self.what} has a time below 0")

    def share(self, now_s: float) -> float:
        """How far it has gone, 0 to 1."""
        return self._ramp(now_s - self.at_s) - self._ramp(now_s - self.at_s - self.for_s)

    def _ramp(self, since_s: float) -> float:
        if since_s < 0:
            return 0.0
        return min(1.0, since_s / self.over_s) if self.over_s else 1.0

    def applied(self, value: float, now_s: float) -> float:
        """``value`` as it is with this change."""
        share = self.share(now_s)
        if share == 0:
            return value
        if self.by is not None:
            return value + share * self.by
        assert self.to is not None
        return self.to if share == 1 else value + share * (self.to - value)


@dataclass(frozen=True, slots=True)
class World:
    """What there is to measure; ``begun_s`` is how long it went on before time 0 of whoever asks."""

    seed: int = 0
    changes: tuple[Change, ...] = ()
    begun_s: float = 0.0

    @classmethod
    def load(cls, path: Path, seed: int = 0) -> Self:
        """The scenario of a TOML file. ValueError or OSError say what is wrong with it."""
        with path.open("rb") as file:
            text = file.read(MAX_FILE_BYTES + 1)
        if len(text) > MAX_FILE_BYTES:
            raise ValueError(f"it is larger than {MAX_FILE_BYTES} bytes; no scenario is")
        found = tomllib.loads(text.decode())
        if others := found.keys() - {"change"}:
            raise ValueError(f"unknown key {min(others)!r}; expected tables [[change]]")
        try:
            return cls(seed, tuple(Change(**table) for table in found.get("change", [])))
        except TypeError as error:
            raise ValueError(f"a [[change]] is wrong: {error}") from error

    def value(self, what: str, at_s: float) -> float:
        """The value at a time, in the unit of :data:`WHAT`."""
        natural, now_s = WHAT[what], self.begun_s + at_s
        value = natural.value
        for change in self.changes:
            if change.what == what:
                value = change.applied(value, now_s)
        return min(max(value + self._wander(what, natural.wander, now_s), natural.least), natural.most)

    def later(self, by_s: float) -> "World":
        """The same world, for who is switched on ``by_s`` later."""
        return replace(self, begun_s=self.begun_s + by_s)

    def _wander(self, what: str, reach: float, now_s: float) -> float:
        if not reach:
            return 0.0
        phase = zlib.crc32(f"{self.seed} {what}".encode()) / 2**32
        waves = (math.sin(2 * math.pi * (now_s / wave_s + phase * (n + 1))) for n, wave_s in enumerate(WAVES_S))
        return reach * sum(waves) / len(WAVES_S)


WORLD = World()
