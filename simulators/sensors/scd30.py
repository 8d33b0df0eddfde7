"""A simulated Sensirion SCD30 over Modbus RTU: a measurement each two seconds, and a register that tells of a new one.

    holding  20 firmware · 25 interval · 27 data ready · 28 to 2D CO2, temperature, humidity as singles, high word first

Source: Sensirion, "Interface Description SCD30" V1.0, 1.2 and 1.4; it boots for less than two seconds (1.1), here for
one. It measures as if it had been told to; trouble ``stopped`` is one that was not. Writing is refused.
"""

from dataclasses import dataclass, field
from functools import partial

from simulators._modbus import Register, Slaves, float32
from simulators._noise import normal
from simulators.scenario import WORLD, World

ADDRESS = 0x61
LATENCY_S = 0.02
BOOT_S = 1.0
INTERVAL_S = 2.0
FIRMWARE = 0x0342
QUANTITIES = (("co2", 3.0), ("air_temperature", 0.05), ("humidity", 0.2))
"""What it measures, and its noise."""


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The sensor; trouble ``placeholder`` makes it say 0 ppm, ``stopped`` never has a measurement ready."""

    seed: int = 0
    world: World = WORLD
    placeholder: bool = False
    stopped: bool = False
    _read: int = field(default=0, init=False)
    _bus: Slaves = field(init=False)

    def __post_init__(self) -> None:
        registers: dict[int, Register] = {0x20: lambda _: FIRMWARE, 0x25: lambda _: int(INTERVAL_S), 0x27: self._ready}
        for which in range(len(QUANTITIES)):
            registers |= float32(partial(self._value, which), 0x28 + 2 * which)
        registers[0x28] = partial(self._taken, registers[0x28])
        self._bus = Slaves({ADDRESS: registers}, LATENCY_S)

    def due_s(self) -> float:
        """When an answer is ready."""
        return self._bus.due_s()

    def emit(self) -> bytes:
        """That answer."""
        return self._bus.emit()

    def receive(self, data: bytes, at_s: float) -> None:
        """A question, once it has booted."""
        if at_s >= BOOT_S:
            self._bus.receive(data, at_s)

    def restarted(self, at_s: float) -> "Sensor":
        """The same, switched on again: it keeps whether it measures."""
        world = self.world.later(at_s)
        return Sensor(seed=self.seed, world=world, placeholder=self.placeholder, stopped=self.stopped)

    def trouble(self, name: str, value: float) -> bool:
        """``placeholder`` or ``stopped``, on or off."""
        if name == "placeholder":
            self.placeholder = bool(value)
        elif name == "stopped":
            self.stopped = bool(value)
        return name in ("placeholder", "stopped")

    def _ready(self, at_s: float) -> int:
        return int(not self.stopped and at_s // INTERVAL_S > self._read)

    def _taken(self, co2: Register, at_s: float) -> int:
        """The first register of a measurement; with that it is not new any more."""
        self._read = int(at_s // INTERVAL_S)
        return co2(at_s)

    def _value(self, which: int, at_s: float) -> float:
        what, noise = QUANTITIES[which]
        if self.placeholder and what == "co2":
            return 0.0
        measured_s = at_s // INTERVAL_S * INTERVAL_S
        return self.world.value(what, measured_s) + noise * normal(self.seed, measured_s, which)
