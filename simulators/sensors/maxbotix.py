"""A simulated MaxBotix MB7386, an HRXL-MaxSonar-WRL of 10 m, that looks down on water: millimetres, six times a second.

    R2601 CR        R9999 CR where nothing echoes

Source: MaxBotix, "HRXL-MaxSonar-WR Datasheet" PD11500: a cycle of 166 ms; words at power-up as an MB7386 says them,
until 160 ms after (EnviroDIY ModularSensors, MaxBotixSonar.cpp).
"""

from dataclasses import dataclass, field

from simulators._noise import normal
from simulators.scenario import WORLD, World

BANNER = b"HRXL-MaxSonar-WRL\rPN:MB7386\rCopyright 2011-2013\rMaxBotix Inc.\rRoHS 1.8b090  0713\rTempI\r"
BANNER_S = 0.16
CYCLE_S = 0.166
LEAST_MM, NO_TARGET_MM = 500, 9999
NOISE_MM = 1.5


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The sensor; trouble ``placeholder`` takes its target away."""

    seed: int = 0
    world: World = WORLD
    placeholder: bool = False
    _said: int = field(default=0, init=False)

    def due_s(self) -> float:
        """First its introduction, then the end of each cycle."""
        return BANNER_S + self._said * CYCLE_S

    def emit(self) -> bytes:
        """That introduction, or a range."""
        at_s = self.due_s()
        self._said += 1
        return BANNER if self._said == 1 else b"R%04d\r" % self._range_mm(at_s)

    def receive(self, data: bytes, at_s: float) -> None:
        """It has no ears: pin 4 starts and stops it."""

    def restarted(self, at_s: float) -> "Sensor":
        """The same, switched on again."""
        return Sensor(seed=self.seed, world=self.world.later(at_s), placeholder=self.placeholder)

    def trouble(self, name: str, value: float) -> bool:
        """``placeholder`` on or off."""
        self.placeholder = bool(value) if name == "placeholder" else self.placeholder
        return name == "placeholder"

    def _range_mm(self, at_s: float) -> int:
        if self.placeholder:
            return NO_TARGET_MM
        distance_m = self.world.value("sensor_height", at_s) - self.world.value("water_level", at_s)
        return min(max(round(1000 * distance_m + NOISE_MM * normal(self.seed, at_s)), LEAST_MM), NO_TARGET_MM)
