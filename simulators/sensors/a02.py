"""A simulated DFRobot A02YYUW that looks down on water: a frame of four bytes ten times a second.

    FF hi lo sum        mm, big endian; sum of the three modulo 256; 0 mm where nothing echoes

Source: DFRobot, wiki SEN0311: 100 ms in real time, 30 to 4500 mm.
"""

from dataclasses import dataclass, field

from simulators._noise import normal
from simulators.scenario import WORLD, World

PERIOD_S = 0.1
FARTHEST_MM = 4500
NOISE_MM = 2.0


def frame(distance_mm: int) -> bytes:
    """As it goes over the line."""
    body = b"\xff" + distance_mm.to_bytes(2, "big")
    return body + bytes((sum(body) % 256,))


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The sensor; trouble ``placeholder`` takes its echo away."""

    seed: int = 0
    world: World = WORLD
    placeholder: bool = False
    _said: int = field(default=0, init=False)

    def due_s(self) -> float:
        """Each tenth of a second."""
        return (self._said + 1) * PERIOD_S

    def emit(self) -> bytes:
        """A frame."""
        distance_mm = self._distance_mm(self.due_s())
        self._said += 1
        return frame(distance_mm)

    def receive(self, data: bytes, at_s: float) -> None:
        """It is told nothing; the level of its RX alone means something to it."""

    def restarted(self, at_s: float) -> "Sensor":
        """The same, switched on again."""
        return Sensor(seed=self.seed, world=self.world.later(at_s), placeholder=self.placeholder)

    def trouble(self, name: str, value: float) -> bool:
        """``placeholder`` on or off."""
        self.placeholder = bool(value) if name == "placeholder" else self.placeholder
        return name == "placeholder"

    def _distance_mm(self, at_s: float) -> int:
        distance_m = self.world.value("sensor_height", at_s) - self.world.value("water_level", at_s)
        distance_mm = round(1000 * distance_m + NOISE_MM * normal(self.seed, at_s))
        return 0 if self.placeholder or not 0 <= distance_mm <= FARTHEST_MM else distance_mm
