"""A simulated CEM DT-8852 (Voltcraft SL-451): settings in turn, and a level 20 times a second.

    A5 1B 00  A5 02  A5 0E  A5 40  A5 1F  A5 19  A5 1A  A5 11  A5 0D hi lo  A5 0B 00 | A5 0C

Source: sigrok wiki, "CEM DT-8852" (tokens, 20 levels a second). In which order they come is not written there, nor how
many of the levels are displayed; here each tenth is, and the others move the bar graph.
"""

from dataclasses import dataclass

from simulators._noise import normal
from simulators.scenario import WORLD, World

PERIOD_S = 0.05
DISPLAYED_EACH = 10
NOISE_DB = 0.4
LEAST_DB, MOST_DB = 30.0, 130.0
C_ABOVE_A_DB = 4.0  # a street's low frequencies
TOKENS = {"A": 0x1B, "C": 0x1C, "F": 0x02, "S": 0x03}
LIVE, MAXIMUM_HELD, AUTO_RANGE, BATTERY_GOOD, BATTERY_LOW = 0x0E, 0x04, 0x40, 0x1F, 0x0F
STORE_FREE, NOT_RECORDING, WITHIN, ABOVE, BELOW = 0x19, 0x1A, 0x11, 0x07, 0x08
TIME, LEVEL, DISPLAYED, IN_BARS = 0x06, 0x0D, 0x0B, 0x0C
TROUBLES = ("placeholder", "hold", "battery")


def token(kind: int, *data: int) -> bytes:
    """A packet."""
    return bytes((0xA5, kind, *data))


def bcd(number: int) -> int:
    """Two decimal digits in a byte."""
    return number // 10 % 10 << 4 | number % 10


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The meter. Troubles: ``placeholder`` (level above the range), ``hold`` (of the maximum), ``battery`` (low)."""

    seed: int = 0
    world: World = WORLD
    frequency: str = "A"
    time: str = "F"
    troubles: frozenset[str] = frozenset()
    _levels: int = 0

    def due_s(self) -> float:
        """20 times a second."""
        return (self._levels + 1) * PERIOD_S

    def emit(self) -> bytes:
        """The settings and a level."""
        at_s = self.due_s()
        self._levels += 1
        return self._settings(int(at_s)) + self._level(at_s)

    def receive(self, data: bytes, at_s: float) -> None:
        """Its commands are its keys; the driver sends none."""

    def restarted(self, at_s: float) -> "Sensor":
        """The same, switched on again."""
        world = self.world.later(at_s)
        return Sensor(seed=self.seed, world=world, frequency=self.frequency, time=self.time, troubles=self.troubles)

    def trouble(self, name: str, value: float) -> bool:
        """One of :data:`TROUBLES`, on or off."""
        self.troubles = self.troubles | {name} if value else self.troubles - {name}
        return name in TROUBLES

    def _settings(self, second: int) -> bytes:
        clock = token(TIME, bcd(second // 3600 % 24), bcd(second // 60 % 60), bcd(second % 60))
        held = MAXIMUM_HELD if "hold" in self.troubles else LIVE
        battery = BATTERY_LOW if "battery" in self.troubles else BATTERY_GOOD
        others = (TOKENS[self.time], held, AUTO_RANGE, battery, STORE_FREE, NOT_RECORDING)
        return clock + token(TOKENS[self.frequency], 0) + b"".join(token(kind) for kind in others)

    def _level(self, at_s: float) -> bytes:
        level = self.world.value("sound_level", at_s) + NOISE_DB * normal(self.seed, at_s)
        level += C_ABOVE_A_DB if self.frequency == "C" else 0
        level = MOST_DB + 1 if "placeholder" in self.troubles else level
        kept = ABOVE if level > MOST_DB else BELOW if level < LEAST_DB else WITHIN
        tenths = round(10 * min(max(level, LEAST_DB), MOST_DB))
        shown = token(DISPLAYED, 0) if self._levels % DISPLAYED_EACH == 0 else token(IN_BARS)
        return token(kept) + token(LEVEL, bcd(tenths // 100), bcd(tenths % 100)) + shown
