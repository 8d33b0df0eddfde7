r"""A simulated SDI-12 probe behind a transparent adapter: water level and temperature, at address 0.

    0M!  0MC!   0tttn\r\n, and 0\r\n when it is ready, if that takes it any time
    0D0!        0+0.401+9.12\r\n, after 0MC! with a CRC before the end; its values stay until it measures again
    0I!  ?!     who it is, its address

Source: SDI-12 Support Group, "SDI-12, version 1.4", 4.4. A command while it measures breaks that off. Its lines take
the time that they take at 1200 Bd. By itself it measures at once; ``measuring_s`` makes it one that needs time.
"""

import math
import re
from dataclasses import dataclass, field

from simulators._answers import Answers
from simulators._noise import normal
from simulators.scenario import WORLD, World

ADDRESS = "0"
CHARACTER_S = 10 / 1200
BREAK_S, RESPONSE_S = 0.021, 0.015  # break and marking before a command; until an answer begins
COMMAND = re.compile(rb"([0-9A-Za-z?])(M|MC|D\d|I|)!")
LONGEST_BYTES = 8  # of what may still become a command
LEVEL_NOISE_M, TEMPERATURE_NOISE = 0.001, 0.01
OUT_OF_RANGE = -9999.0
IDENTITY = "14LAMPPOSTLEVEL 1.0"


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The probe; with trouble ``placeholder`` it says -9999 in place of its level."""

    seed: int = 0
    world: World = WORLD
    measuring_s: float = 0.0
    placeholder: bool = False
    _values: str = field(default="", init=False)
    _ready_s: float = field(default=0.0, init=False)
    _call_s: float = field(default=math.inf, init=False)
    _checked: bool = field(default=False, init=False)  # it was asked for a CRC
    _heard: bytes = field(default=b"", init=False)
    _answers: Answers = field(default_factory=Answers, init=False)

    def due_s(self) -> float:
        """When an answer has arrived, or the call that it is ready."""
        return min(self._answers.due_s(), self._call_s)

    def emit(self) -> bytes:
        """That answer, or call."""
        if self._answers.due_s() <= self._call_s:
            return self._answers.take()
        self._call_s = math.inf
        return f"{ADDRESS}\r\n".encode()

    def receive(self, data: bytes, at_s: float) -> None:
        """Answers each whole command that is for it."""
        *parts, rest = (self._heard + data).split(b"!")
        self._heard = rest[-LONGEST_BYTES:]
        for part in parts:
            found = COMMAND.search(part[-LONGEST_BYTES:] + b"!")
            if found and found[1].decode() in (ADDRESS, "?"):
                said_s = at_s + BREAK_S + len(found[0]) * CHARACTER_S + RESPONSE_S
                self._say(self._obey(found[2].decode(), said_s), said_s)

    def restarted(self, at_s: float) -> "Sensor":
        """The same, switched on again: it has no values."""
        later = self.world.later(at_s)
        return Sensor(seed=self.seed, world=later, measuring_s=self.measuring_s, placeholder=self.placeholder)

    def trouble(self, name: str, value: float) -> bool:
        """``placeholder`` on or off."""
        self.placeholder = bool(value) if name == "placeholder" else self.placeholder
        return name == "placeholder"

    def _say(self, line: str, at_s: float) -> None:
        text = f"{ADDRESS}{line}"
        self._answers.put(at_s + (len(text) + 2) * CHARACTER_S, f"{text}\r\n".encode())

    def _obey(self, command: str, at_s: float) -> str:
        if at_s < self._ready_s:
            self._values, self._ready_s, self._call_s = "", 0.0, math.inf
        if command.startswith("M"):
            return self._measure(at_s, command == "MC")
        if command.startswith("D"):
            values = self._values if command == "D0" else ""
            return values + (crc(ADDRESS + values) if self._checked else "")
        return IDENTITY if command else ""

    def _measure(self, at_s: float, checked: bool) -> str:
        level = self.world.value("water_level", at_s) + LEVEL_NOISE_M * normal(self.seed, at_s)
        temperature = self.world.value("water_temperature", at_s) + TEMPERATURE_NOISE * normal(self.seed, at_s, 1)
        self._values = f"{OUT_OF_RANGE if self.placeholder else level:+.4f}{temperature:+.2f}"
        self._checked, self._ready_s = checked, at_s + self.measuring_s
        if self.measuring_s:
            self._call_s = self._ready_s + 3 * CHARACTER_S
        return f"{math.ceil(self.measuring_s):03}2"


def crc(text: str) -> str:
    """CRC of three letters, bit by bit: polynomial A001, from 0."""
    value = 0
    for byte in text.encode():
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return "".join(chr(0x40 | value >> shift & 0x3F) for shift in (12, 6, 0))
