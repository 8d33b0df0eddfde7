"""A simulated Sensirion SPS30: silent until it is told to measure; then a new value each second, which it says once.

    7E address command bytes data … check 7E            7E address command state bytes data … check 7E

Source: Sensirion, "Datasheet SPS30", version 1.0, March 2020, section 5. The air that it draws in needs some seconds to
reach what is outside: it settles in ``SETTLING_S``, where the real one takes 8 to 30 s.
"""

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from simulators._answers import Answers
from simulators._noise import normal
from simulators.scenario import WORLD, World

SAMPLE_S = 1.0
LATENCY_S = 0.01
SETTLING_S = 2.0
NOISE = 0.03
OK, NO_COMMAND, NO_ARGUMENT, NOT_NOW, OWN_ERROR = 0x00, 0x02, 0x04, 0x43, 0x80
LASER_FAILS = 1 << 5
NUMBERS_A_MASS = (5.0, 5.9, 6.1, 6.2, 6.2)  # particles a cm³ above 0.3 and below 0.5, 1, 2.5, 4, 10 µm for a µg/m³
LONGEST_BYTES = 64  # of what may still become a request
VERSION = bytes((2, 2, 0, 7, 0, 2, 0))  # firmware 2.2, hardware 7, SHDLC 2.0
INFO = {0x00: b"00080000\0", 0x03: b"8FDDDF0CA5A8A2E6\0"}


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The sensor; trouble ``placeholder`` lets its laser fail; ``sleeping`` until a pulse and a command wake it."""

    seed: int = 0
    world: World = WORLD
    placeholder: bool = False
    sleeping: bool = False
    _begun_s: float = field(default=math.inf, init=False)  # of measuring
    _said: int = field(default=0, init=False)  # number of the sample that was said last
    _pulsed: bool = field(default=False, init=False)
    _heard: bytes = field(default=b"", init=False)
    _answers: Answers = field(default_factory=Answers, init=False)

    def due_s(self) -> float:
        """When an answer is ready."""
        return self._answers.due_s()

    def emit(self) -> bytes:
        """That answer."""
        return self._answers.take()

    def receive(self, data: bytes, at_s: float) -> None:
        """Answers each whole request; what is no request it leaves unanswered."""
        self._pulsed = self._pulsed or b"\xff" in data
        *parts, rest = (self._heard + data).split(b"\x7e")
        self._heard = rest[-LONGEST_BYTES:]
        for part in parts:
            content = unstuffed(part)
            if len(content) >= 4 and content[2] == len(content) - 4 and sum(content) % 256 == 0xFF:
                self._answers.put(at_s + LATENCY_S, self._answer(content[1], content[3:-1], at_s))

    def restarted(self, at_s: float) -> "Sensor":
        """The same, switched on again: it does not measure."""
        return Sensor(seed=self.seed, world=self.world.later(at_s), placeholder=self.placeholder)

    def trouble(self, name: str, value: float) -> bool:
        """``placeholder`` on or off."""
        self.placeholder = bool(value) if name == "placeholder" else self.placeholder
        return name == "placeholder"

    def _answer(self, command: int, argument: bytes, at_s: float) -> bytes:
        if self.sleeping and not (self._pulsed and command == 0x11):
            return b""
        obey = COMMANDS.get(command)
        state, data = obey(self, argument, at_s) if obey else (NO_COMMAND, b"")
        return framed(bytes((0, command, state, len(data))) + data)

    def _wake(self, _argument: bytes, _at_s: float) -> tuple[int, bytes]:
        slept, self.sleeping = self.sleeping, False
        return OK if slept else NOT_NOW, b""

    def _start(self, argument: bytes, at_s: float) -> tuple[int, bytes]:
        if argument != b"\x01\x03":
            return NO_ARGUMENT, b""
        if self._begun_s < math.inf:
            return NOT_NOW, b""
        self._begun_s, self._said = at_s, 0
        return OK, b""

    def _read(self, _argument: bytes, at_s: float) -> tuple[int, bytes]:
        if self._begun_s == math.inf:
            return NOT_NOW, b""
        sample = math.floor((at_s - self._begun_s) / SAMPLE_S)
        if sample == self._said:
            return OK, b""
        self._said = sample
        state = OWN_ERROR if self.placeholder else OK
        return state, struct.pack(">10f", *self._values(self._begun_s + sample * SAMPLE_S))

    def _values(self, at_s: float) -> list[float]:
        drawn = 1 - math.exp(-(at_s - self._begun_s) / SETTLING_S)
        drawn *= 1 + NOISE * normal(self.seed, at_s)
        pm1, pm2_5, pm10 = (drawn * self.world.value(what, at_s) for what in ("pm1", "pm2_5", "pm10"))
        masses = [pm1, pm2_5, pm2_5 + 0.55 * (pm10 - pm2_5), pm10]
        return [*masses, *(pm2_5 * number for number in NUMBERS_A_MASS), 0.6 + 0.02 * normal(self.seed, at_s, 1)]

    def _info(self, argument: bytes, _at_s: float) -> tuple[int, bytes]:
        data = INFO.get(argument[0], b"") if argument else b""
        return (OK, data) if data else (NO_ARGUMENT, b"")

    def _version(self, _argument: bytes, _at_s: float) -> tuple[int, bytes]:
        return OK, VERSION

    def _status(self, argument: bytes, _at_s: float) -> tuple[int, bytes]:
        if argument != b"\0":
            return NO_ARGUMENT, b""
        return OK, struct.pack(">IB", LASER_FAILS if self.placeholder else 0, 0)


COMMANDS: dict[int, Callable[[Sensor, bytes, float], tuple[int, bytes]]] = {
    0x00: Sensor._start,
    0x03: Sensor._read,
    0x11: Sensor._wake,
    0xD0: Sensor._info,
    0xD1: Sensor._version,
    0xD2: Sensor._status,
}


def framed(content: bytes) -> bytes:
    """``content`` with its check, 7D first among what is stuffed."""
    checked = content + bytes((0xFF - sum(content) % 256,))
    for byte in (0x7D, 0x7E, 0x11, 0x13):
        checked = checked.replace(bytes((byte,)), bytes((0x7D, byte ^ 0x20)))
    return b"\x7e" + checked + b"\x7e"


def unstuffed(part: bytes) -> bytes:
    """What lies between two edges."""
    out, escaped = bytearray(), 0
    for byte in part:
        if byte == 0x7D:
            escaped = 0x20
        else:
            out.append(byte ^ escaped)
            escaped = 0
    return bytes(out)
