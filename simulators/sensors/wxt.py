"""A simulated Vaisala WXT530 at address 0, in polled ASCII: answers in upper case plain, in lower case with a CRC.

    0r0Kld CR LF  →  0r0,Dn=…,Vr=3.475VABC CR LF         0R0, 0R1, 0R2, 0R3, 0R5, 0R; ? says the address

Source: Vaisala, WXT530 Series User Guide M211840EN. Wind is renewed with each answer, not each 5 s as in the device;
rain is counted from power-up on. With ``knows_crc`` off it does not know lower case, and says so, as a look-alike may.
"""

import math
from dataclasses import dataclass, field, replace

from simulators._answers import Answers
from simulators._noise import normal
from simulators.scenario import WORLD, World

LATENCY_S = 0.15  # the line of 200 letters takes 0.1 s at 19200 Bd
QUESTION_BYTES = 64
GUST, LULL = 1.35, 0.7
INVALID = "#"
KINDS = {"0": "WAPS", "1": "W", "2": "A", "3": "P", "5": "S"}
UNKNOWN = "Unknown cmd error"


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The transmitter; trouble ``placeholder`` blocks its wind transducers: their fields end in #."""

    seed: int = 0
    world: World = WORLD
    address: str = "0"
    knows_crc: bool = True
    placeholder: bool = False
    _answers: Answers = field(default_factory=Answers, init=False)
    _heard: bytes = field(default=b"", init=False)
    _rain_mm: float = field(default=0.0, init=False)
    _rained_s: float = field(default=0.0, init=False)

    def due_s(self) -> float:
        """When an answer is ready."""
        return self._answers.due_s()

    def emit(self) -> bytes:
        """That answer."""
        return self._answers.take()

    def receive(self, data: bytes, at_s: float) -> None:
        """Answers each whole line."""
        *lines, rest = (self._heard + data).split(b"\r\n")
        self._heard = rest[-QUESTION_BYTES:]
        for line in lines:
            self._answers.put(at_s + LATENCY_S, self._answer(line.decode("ascii", "replace"), at_s))

    def restarted(self, at_s: float) -> "Sensor":
        """The same, switched on again: it counts rain from 0."""
        return replace(self, world=self.world.later(at_s))

    def trouble(self, name: str, value: float) -> bool:
        """``placeholder`` on or off."""
        self.placeholder = bool(value) if name == "placeholder" else self.placeholder
        return name == "placeholder"

    def _answer(self, line: str, at_s: float) -> bytes:
        if line == "?":
            return f"{self.address}\r\n".encode()
        if not line.startswith(self.address):
            return b""
        if line[1:2].islower() and self.knows_crc:
            return self._checked(line[:-3], line[-3:], at_s)
        return b"".join(f"{said}\r\n".encode() for said in self._said(line, at_s))

    def _checked(self, question: str, letters: str, at_s: float) -> bytes:
        if letters != crc(question):
            prompt = f"{self.address}tX,Use chksum {crc(question)}"
            return f"{prompt}{crc(prompt)}\r\n".encode()
        said = self._said(question.upper(), at_s)
        lower = [one[0] + one[1].lower() + one[2:] for one in said]
        return b"".join(f"{one}{crc(one)}\r\n".encode() for one in lower)

    def _said(self, question: str, at_s: float) -> list[str]:
        """One line of each kind that is asked; all four for ``0R``."""
        what = question[len(self.address) :]
        kinds = [kind for kind in "1235" if what == "R"] or [kind for kind in KINDS if what == f"R{kind}"]
        if not kinds:
            return [f"{self.address}TX,{UNKNOWN}"]
        return [self._line(kind, at_s) for kind in kinds]

    def _line(self, kind: str, at_s: float) -> str:
        groups = {"W": self._wind, "A": self._air, "P": self._precipitation, "S": self._supervisor}
        fields = [part for group in KINDS[kind] for part in groups[group](at_s)]
        return ",".join([f"{self.address}R{kind}", *fields])

    def _wind(self, at_s: float) -> list[str]:
        speed = max(0.0, self.world.value("wind_speed", at_s) + 0.2 * normal(self.seed, at_s, 0))
        direction = self.world.value("wind_direction", at_s) + 3 * normal(self.seed, at_s, 1)
        directions = {"Dn": direction - 15, "Dm": direction, "Dx": direction + 15}
        speeds = {"Sn": LULL * speed, "Sm": speed, "Sx": GUST * speed}
        degrees, metres = (INVALID, INVALID) if self.placeholder else ("D", "M")
        return [
            *(f"{name}={round(value) % 360:03d}{degrees}" for name, value in directions.items()),
            *(f"{name}={value:.1f}{metres}" for name, value in speeds.items()),
        ]

    def _air(self, at_s: float) -> list[str]:
        temperature = self.world.value("air_temperature", at_s) + 0.1 * normal(self.seed, at_s, 2)
        humidity = self.world.value("humidity", at_s) + 0.3 * normal(self.seed, at_s, 3)
        pressure = self.world.value("pressure", at_s) + 0.1 * normal(self.seed, at_s, 4)
        return [f"Ta={temperature:.1f}C", f"Ua={min(max(humidity, 0), 100):.1f}P", f"Pa={pressure:.1f}H"]

    def _precipitation(self, at_s: float) -> list[str]:
        rate = self.world.value("rain_rate", at_s)
        self._rain_mm += rate * max(0.0, at_s - self._rained_s) / 3600
        self._rained_s = at_s
        counted = math.floor(self._rain_mm * 100) / 100
        return [f"Rc={counted:.2f}M", f"Rd={10 * bool(rate)}s", f"Ri={rate:.1f}M", "Hc=0.0M", "Hd=0s", "Hi=0.0M"]

    def _supervisor(self, at_s: float) -> list[str]:
        inside = self.world.value("air_temperature", at_s) + 0.6 + 0.1 * normal(self.seed, at_s, 5)
        supply = 12.1 + 0.03 * normal(self.seed, at_s, 6)
        return [f"Th={inside:.1f}C", "Vh=0.0N", f"Vs={supply:.1f}V", "Vr=3.475V", "Id=HEL___"]


def crc(text: str) -> str:
    """That of SDI-12: polynomial 8005 reflected, from 0, in three letters of six bits."""
    value = 0
    for letter in text.encode():
        value ^= letter
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return "".join(chr(0x40 | value >> shift & 0x3F) for shift in (12, 6, 0))
