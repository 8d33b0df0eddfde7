"""A simulated Benewake TF-Luna: a frame of nine bytes a hundred times a second.

    59 59 dist(2) strength(2) temp(2) sum        little endian; cm, counts, (°C + 256) x 8; sum of the eight modulo 256

Source: Benewake, TF-Luna manual SJ-PM-TF-Luna A05, 5.4 and appendix I. An overexposed one says strength FFFF. Commands
are not simulated: nobody here sends any. Its chip is some degrees warmer than the air, and warms up within a minute.
"""

import math
from dataclasses import dataclass, field

from simulators._noise import normal
from simulators.scenario import WORLD, World

PERIOD_S = 0.01
START_S = 0.3  # from power-up to the first frame; from memory
STRENGTH_AT_1_M = 9000.0
NOISE_CM, NOISE_STRENGTH, NOISE_C = 0.8, 12.0, 0.05
OWN_HEAT_C, WARM_UP_S = 25.0, 20.0
OVEREXPOSED = 0xFFFF


def frame(distance_cm: int, strength: int, temperature: int) -> bytes:
    """As it goes over the line; ``temperature`` is (°C + 256) x 8."""
    body = b"\x59\x59" + b"".join(number.to_bytes(2, "little") for number in (distance_cm, strength, temperature))
    return body + bytes((sum(body) % 256,))


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The sensor; trouble ``placeholder`` blinds it."""

    seed: int = 0
    world: World = WORLD
    placeholder: bool = False
    _said: int = field(default=0, init=False)

    def due_s(self) -> float:
        """Each hundredth of a second."""
        return START_S + self._said * PERIOD_S

    def emit(self) -> bytes:
        """A frame."""
        at_s = self.due_s()
        self._said += 1
        return frame(*self._numbers(at_s))

    def receive(self, data: bytes, at_s: float) -> None:
        """It hears commands only, of which none is simulated."""

    def restarted(self, at_s: float) -> "Sensor":
        """The same, switched on again."""
        return Sensor(seed=self.seed, world=self.world.later(at_s), placeholder=self.placeholder)

    def trouble(self, name: str, value: float) -> bool:
        """``placeholder`` on or off."""
        self.placeholder = bool(value) if name == "placeholder" else self.placeholder
        return name == "placeholder"

    def _numbers(self, at_s: float) -> tuple[int, int, int]:
        """Distance, strength, temperature."""
        warmth_c = OWN_HEAT_C * (1 - math.exp(-at_s / WARM_UP_S)) + NOISE_C * normal(self.seed, at_s, 2)
        temperature = round(8 * (self.world.value("air_temperature", at_s) + warmth_c + 256))
        if self.placeholder:
            return 0, OVEREXPOSED, temperature
        distance_m = self.world.value("target_distance", at_s)
        strength = STRENGTH_AT_1_M / distance_m**2 + NOISE_STRENGTH * normal(self.seed, at_s, 1)
        return round(100 * distance_m + NOISE_CM * normal(self.seed, at_s)), round(strength), temperature
