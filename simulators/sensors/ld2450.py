"""A simulated HLK-LD2450: a report ten times a second of where up to three people are.

    AA FF 03 00 | target 1 | target 2 | target 3 | 55 CC       a target: x mm, y mm, speed cm/s, gate mm, two bytes each

Source: Hi-Link, "HLK-LD2450 Serial Communication Protocol" V1.03, 2.3: little endian, the top bit is 1 for positive
values, zeros for no target. The first person stands where the world says, the others behind it and to its sides. It
obeys no command: those are for its setting up.
"""

from dataclasses import dataclass, field, replace

from simulators._noise import normal
from simulators.scenario import WORLD, World

PERIOD_S = 0.1
NOISE_MM = 12.0
SIDES_MM = (-260, 710, -1240)
BEHIND_MM = 430
GATE_MM = 360
MOST = 3
LONGEST_MM = 0x7FFF


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The module."""

    seed: int = 0
    world: World = WORLD
    _reports: int = field(default=0, init=False)

    def due_s(self) -> float:
        """Ten times a second."""
        return (self._reports + 1) * PERIOD_S

    def emit(self) -> bytes:
        """A report."""
        self._reports += 1
        at_s = self._reports * PERIOD_S
        people = min(round(self.world.value("persons", at_s)), MOST)
        targets = [self._target(number, at_s) if number < people else bytes(8) for number in range(MOST)]
        return b"\xaa\xff\x03\x00" + b"".join(targets) + b"\x55\xcc"

    def receive(self, data: bytes, at_s: float) -> None:
        """Nothing is heard."""

    def restarted(self, at_s: float) -> "Sensor":
        """The same, switched on again."""
        return replace(self, world=self.world.later(at_s))

    def _target(self, number: int, at_s: float) -> bytes:
        here, before = (1000 * self.world.value("person_distance", at_s - ago_s) for ago_s in (0.0, PERIOD_S))
        x = SIDES_MM[number] + 0.2 * here + NOISE_MM * normal(self.seed, at_s, 2 * number)
        y = max(1.0, here + number * BEHIND_MM + NOISE_MM * normal(self.seed, at_s, 2 * number + 1))
        speed_cm_s = (here - before) / 10 / PERIOD_S
        return _word(x) + _word(y) + _word(speed_cm_s) + GATE_MM.to_bytes(2, "little")


def _word(value: float) -> bytes:
    """Sign and magnitude, with the sign turned."""
    magnitude = min(abs(round(value)), LONGEST_MM)
    return (magnitude + 0x8000 * (value >= 0)).to_bytes(2, "little")
