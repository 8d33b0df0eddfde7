"""A simulated Gill WindSonic: its power-up message, then a frame a second in Gill's polar format.

    02 Q,229,002.74,M,00, 03 16 CR LF         XOR of what stands between 02 and 03

Source: WindSonic User Manual 1405-PS-0019 issue 28, sections 9.1, 10 (power-up message) and 11.5. In still air it
leaves its direction out. From memory: with blocked paths it leaves out both.
"""

from dataclasses import dataclass, field, replace
from functools import reduce
from operator import xor

from simulators._noise import normal
from simulators.scenario import WORLD, World

PERIOD_S = 1.0
STILL_M_S = 0.05
NOISE_M_S, NOISE_DEGREES = 0.15, 2.0
FINE, BLOCKED = "00", "04"
POWER_UP = (
    b"WINDSONIC (Gill Instruments Ltd)\r\n2368-110-01\r\nRS232 (CFG)\r\n"
    b"CHECKSUM ROM:E15C E15C *PASS*\r\nCHECKSUM FAC:0A42 0A42 *PASS*\r\n"
    b"CHECKSUM ENG:12BE 12BE *PASS*\r\nCHECKSUM CAL:C980 C980 *PASS*\r\n"
)


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The anemometer, its north mark to the north; trouble ``placeholder`` blocks its paths."""

    seed: int = 0
    world: World = WORLD
    node: str = "Q"
    placeholder: bool = False
    _told: int = field(default=0, init=False)

    def due_s(self) -> float:
        """Each second; the power-up message in the first."""
        return (self._told + 1) * PERIOD_S

    def emit(self) -> bytes:
        """The message, or this second's wind."""
        self._told += 1
        return POWER_UP if self._told == 1 else framed(self._body(self._told * PERIOD_S))

    def receive(self, data: bytes, at_s: float) -> None:
        """Nothing: it talks by itself."""

    def restarted(self, at_s: float) -> "Sensor":
        """The same, switched on again."""
        return replace(self, world=self.world.later(at_s))

    def trouble(self, name: str, value: float) -> bool:
        """``placeholder`` on or off."""
        self.placeholder = bool(value) if name == "placeholder" else self.placeholder
        return name == "placeholder"

    def _body(self, at_s: float) -> str:
        if self.placeholder:
            return f"{self.node},,,M,{BLOCKED},"
        speed = round(abs(self.world.value("wind_speed", at_s) + NOISE_M_S * normal(self.seed, at_s, 0)), 2)
        degrees = round(self.world.value("wind_direction", at_s) + NOISE_DEGREES * normal(self.seed, at_s, 1)) % 360
        direction = f"{degrees:03d}" if speed >= STILL_M_S else ""
        return f"{self.node},{direction},{speed:06.2f},M,{FINE},"


def framed(body: str) -> bytes:
    """``body`` between STX and ETX, with its check and end."""
    return b"\x02" + body.encode() + b"\x03%02X\r\n" % reduce(xor, body.encode())
