"""A simulated RS-485 bus with five transmitters, each of another make, which answer at addresses 1 to 5.

    1  noise         holding 0000: 0.1 dB
    2  weather       holding 01F4 to 0203: wind, air, noise, dust, pressure, light, rain, sun (Renke RS-FSXCS)
    3  radar level   holding 0001 distance, 0003 level, mm; nothing between (DFRobot SEN0676)
    4  gas           holding 0000 to 0009: humidity, temperature, dust, CO2, carbon monoxide (JXCT)
    5  solar power   input 3100 to 310F, 3110, 311A, 3201, 330C, 331B; 32 bits with the low word first (EPEver)

Sources: what drivers/_modbus_tables.py cites. A value is renewed twice a second, as that of a noise transmitter is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from simulators._modbus import Register, Slaves, integer
from simulators._noise import normal
from simulators.scenario import WORLD, World

LATENCY_S = 0.04
RENEWED_S = 0.5
NOISE, WEATHER, RADAR, GAS, SOLAR = range(1, 6)


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of the world in registers from ``first`` on: ``steps`` of its integer are one of the world's unit."""

    first: int
    what: str | Callable[[World, float], float]
    steps: float = 1.0
    noise: float = 0.0  # in the world's unit
    words: int = 1
    low_first: bool = False
    signed: bool = False


def _distance(world: World, at_s: float) -> float:
    return world.value("sensor_height", at_s) - world.value("water_level", at_s)


def _nothing(_world: World, _at_s: float) -> float:
    return 0.0


def _charging(world: World, at_s: float) -> float:
    """The status word: running, and boost charging while the sun shines."""
    return 0b1001 if world.value("panel_power", at_s) > 1 else 0b0001


TRANSMITTERS: Mapping[int, Sequence[Cell]] = {
    NOISE: (Cell(0x0000, "sound_level", 10, 0.3),),
    WEATHER: (
        Cell(0x01F4, "wind_speed", 10, 0.1),
        Cell(0x01F5, lambda world, at_s: (world.value("wind_speed", at_s) / 0.836) ** (2 / 3)),  # Beaufort
        Cell(0x01F6, lambda world, at_s: world.value("wind_direction", at_s) // 45 % 8),
        Cell(0x01F7, "wind_direction", 1, 1.0),
        Cell(0x01F8, "humidity", 10, 0.2),
        Cell(0x01F9, "air_temperature", 10, 0.1, signed=True),
        Cell(0x01FA, "sound_level", 10, 0.3),
        Cell(0x01FB, "pm2_5", 1, 0.7),
        Cell(0x01FC, "pm10", 1, 0.7),
        Cell(0x01FD, "pressure", 1, 0.1),  # 0.1 kPa
        Cell(0x01FE, "illuminance", 1, 20.0, words=2),
        Cell(0x0200, "illuminance", 0.01),
        Cell(0x0201, _nothing, 10),  # rain since midnight
        Cell(0x0202, _nothing),  # compass
        Cell(0x0203, "solar_radiation", 1, 1.0),
    ),
    RADAR: (Cell(0x0001, _distance, 1000, 0.001), Cell(0x0003, "water_level", 1000, 0.001)),
    GAS: (
        Cell(0x0000, "humidity", 10, 0.2),
        Cell(0x0001, "air_temperature", 10, 0.1, signed=True),
        Cell(0x0002, _nothing),
        Cell(0x0003, _nothing),
        Cell(0x0004, "pm2_5", 1, 0.7),
        Cell(0x0005, "co2", 1, 3.0),
        Cell(0x0006, "co", 10, 0.05),
        Cell(0x0007, _nothing),
        Cell(0x0008, _nothing),
        Cell(0x0009, "pm10", 1, 0.7),
    ),
    SOLAR: (
        Cell(0x3100, "panel_voltage", 100, 0.01),
        Cell(0x3101, lambda world, at_s: world.value("panel_power", at_s) / world.value("panel_voltage", at_s), 100),
        Cell(0x3102, "panel_power", 100, 0.1, words=2, low_first=True),
        Cell(0x3104, "battery_voltage", 100, 0.01),
        Cell(0x3105, _nothing),
        Cell(0x3106, _nothing, words=2, low_first=True),
        Cell(0x310C, "battery_voltage", 100),
        Cell(0x310D, lambda _world, _at_s: 0.8, 100, 0.01),
        Cell(0x310E, _nothing, words=2, low_first=True),
        Cell(0x3110, "air_temperature", 100, 0.1, signed=True),
        Cell(0x311A, "state_of_charge"),
        Cell(0x3201, _charging),
        Cell(0x330C, lambda _world, at_s: 0.31 + at_s / 36_000, 100, words=2, low_first=True),
        Cell(0x331B, "battery_current", 100, 0.02, words=2, low_first=True, signed=True),
    ),
}
INPUT_ALONE: Mapping[int, Sequence[int]] = {SOLAR: (4,)}


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The bus. Trouble ``dead`` takes a slave's power, by its address (0: nobody's); ``placeholder`` is all ones."""

    seed: int = 0
    world: World = WORLD
    placeholder: bool = False
    _bus: Slaves = field(init=False)

    def __post_init__(self) -> None:
        registers = {address: self._registers(address, cells) for address, cells in TRANSMITTERS.items()}
        self._bus = Slaves(registers, LATENCY_S, INPUT_ALONE)

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
        again = Sensor(seed=self.seed, world=self.world.later(at_s), placeholder=self.placeholder)
        again._bus.dead = self._bus.dead
        return again

    def trouble(self, name: str, value: float) -> bool:
        """``dead`` or ``placeholder``."""
        if name == "dead":
            self._bus.dead = frozenset((int(value),))
        elif name == "placeholder":
            self.placeholder = bool(value)
        return name in ("dead", "placeholder")

    def _registers(self, address: int, cells: Sequence[Cell]) -> Mapping[int, Register]:
        return {
            number: register
            for cell in cells
            for number, register in integer(
                partial(self._steps, address, cell), cell.first, cell.words, cell.low_first
            ).items()
        }

    def _steps(self, address: int, cell: Cell, at_s: float) -> int:
        if self.placeholder:
            return (1 << 16 * cell.words - cell.signed) - 1
        renewed_s = at_s // RENEWED_S * RENEWED_S
        value = cell.what(self.world, renewed_s) if callable(cell.what) else self.world.value(cell.what, renewed_s)
        noise = cell.noise * normal(self.seed, renewed_s, address << 16 | cell.first) if cell.noise else 0.0
        steps = round((value + noise) * cell.steps)
        return steps if cell.signed else max(steps, 0)
