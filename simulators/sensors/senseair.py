"""A simulated Senseair S8: answers at address FE, and at its own; carbon dioxide in input register 4.

Source: Senseair, "Modbus on Senseair S8", TDE2067 rev. 3. A calibration by holding register is refused here.
"""

from dataclasses import dataclass, field

from simulators._modbus import ANY, Slaves
from simulators._noise import normal
from simulators.scenario import WORLD, World

ADDRESS = 0x68
LATENCY_S = 0.05
NOISE_PPM = 3.0
OUT_OF_RANGE = 0x20


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The sensor; trouble ``placeholder`` makes it say 0 ppm and "out of range"."""

    seed: int = 0
    world: World = WORLD
    placeholder: bool = False
    _bus: Slaves = field(init=False)

    def __post_init__(self) -> None:
        registers = {0: self._status, 1: lambda _: 0, 2: lambda _: 0, 3: self._co2}
        self._bus = Slaves({ANY: registers, ADDRESS: registers}, LATENCY_S)

    def due_s(self) -> float:
        """When an answer is ready."""
        return self._bus.due_s()

    def emit(self) -> bytes:
        """That answer."""
        return self._bus.emit()

    def receive(self, data: bytes, at_s: float) -> None:
        """A question."""
        self._bus.receive(data, at_s)

    def restarted(self, at_s: float) -> "Sensor":
        """The same, switched on again."""
        return Sensor(seed=self.seed, world=self.world.later(at_s), placeholder=self.placeholder)

    def trouble(self, name: str, value: float) -> bool:
        """``placeholder`` on or off."""
        self.placeholder = bool(value) if name == "placeholder" else self.placeholder
        return name == "placeholder"

    def _status(self, _at_s: float) -> int:
        return OUT_OF_RANGE if self.placeholder else 0

    def _co2(self, at_s: float) -> int:
        return 0 if self.placeholder else round(self.world.value("co2", at_s) + NOISE_PPM * normal(self.seed, at_s))
