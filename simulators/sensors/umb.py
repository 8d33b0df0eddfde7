"""A simulated Lufft WS600-UMB at address 7001: says the channels that it is asked for, of those that it has.

    01 10 to(2) from(2) len 02 command 10 data … 03 crc(2) 04         little endian

Source: Lufft, "UMB-Protokoll 1.0", version 1.7, chapter 3. What fell since it was made is kept without power.
"""

import binascii
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from simulators._answers import Answers
from simulators._noise import normal
from simulators.scenario import WORLD, World

ADDRESS, MASTER = 0x7001, 0xF001
LATENCY_S = 0.04
ONE, STATUS, MANY = 0x23, 0x26, 0x2F
OK, NO_COMMAND, NO_CHANNEL, CANNOT_MEASURE = 0x00, 0x10, 0x24, 0x55
FLOAT32 = 0x16
WIND = (400, 440, 500)
LONGEST_BYTES = 12 + 255
HOUR_S = 3600.0
# what of the world a channel says, its noise, and the least and most that it says
CHANNELS: dict[int, tuple[str, float, float, float]] = {
    100: ("air_temperature", 0.05, -50, 60),
    200: ("humidity", 0.3, 0, 100),
    300: ("pressure", 0.05, 300, 1200),
    400: ("wind_speed", 0.1, 0, 75),
    440: ("wind_speed", 0.3, 0, 75),
    500: ("wind_direction", 2.0, -math.inf, math.inf),
    820: ("rain_rate", 0.0, 0, 200),
    900: ("solar_radiation", 1.0, 0, 1400),
}
RAIN_TOTAL = 620


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The station; with trouble ``placeholder`` ice on its wind sensor keeps it from measuring wind."""

    seed: int = 0
    world: World = WORLD
    placeholder: bool = False
    fallen_mm: float = 0.0
    _since_s: float = field(default=0.0, init=False)
    _heard: bytes = field(default=b"", init=False)
    _answers: Answers = field(default_factory=Answers, init=False)

    def due_s(self) -> float:
        """When an answer is ready."""
        return self._answers.due_s()

    def emit(self) -> bytes:
        """That answer."""
        return self._answers.take()

    def receive(self, data: bytes, at_s: float) -> None:
        """Answers each whole request that is for it."""
        self._heard += data
        while (at := self._heard.find(b"\x01\x10")) >= 0:
            self._heard = self._heard[at:]
            size = 12 + self._heard[6] if len(self._heard) > 6 else LONGEST_BYTES
            if len(self._heard) < size:
                break
            frame = self._heard[:size]
            whole = frame[-1] == 4 and crc(frame[:-3]) == frame[-3:-1]
            self._heard = self._heard[size if whole else 1 :]
            if whole and struct.unpack_from("<HH", frame, 2) == (ADDRESS, MASTER):
                self._answers.put(at_s + LATENCY_S, self._answer(frame[8], frame[10:-4], at_s))
        self._heard = self._heard[-LONGEST_BYTES:]

    def restarted(self, at_s: float) -> "Sensor":
        """The same, switched on again."""
        self._rain(at_s)
        later = self.world.later(at_s)
        return Sensor(seed=self.seed, world=later, placeholder=self.placeholder, fallen_mm=self.fallen_mm)

    def trouble(self, name: str, value: float) -> bool:
        """``placeholder`` on or off."""
        self.placeholder = bool(value) if name == "placeholder" else self.placeholder
        return name == "placeholder"

    def _answer(self, command: int, data: bytes, at_s: float) -> bytes:
        obey = COMMANDS.get(command)
        said = obey(self, data, at_s) if obey else bytes((NO_COMMAND,))
        return framed(MASTER, ADDRESS, command, said)

    def _one(self, data: bytes, at_s: float) -> bytes:
        return self._channel(int.from_bytes(data[:2], "little"), at_s)

    def _many(self, data: bytes, at_s: float) -> bytes:
        channels = struct.unpack(f"<{data[0]}H", data[1 : 1 + 2 * data[0]])
        said = [self._channel(channel, at_s) for channel in channels]
        return bytes((OK, len(said))) + b"".join(bytes((len(one),)) + one for one in said)

    def _status(self, _data: bytes, _at_s: float) -> bytes:
        return bytes((OK,))

    def _channel(self, channel: int, at_s: float) -> bytes:
        if channel not in CHANNELS and channel != RAIN_TOTAL:
            return struct.pack("<BH", NO_CHANNEL, channel)
        if self.placeholder and channel in WIND:
            return struct.pack("<BH", CANNOT_MEASURE, channel)
        value = self._rain(at_s) if channel == RAIN_TOTAL else self._value(channel, at_s)
        return struct.pack("<BHBf", OK, channel, FLOAT32, value)

    def _value(self, channel: int, at_s: float) -> float:
        what, noise, least, most = CHANNELS[channel]
        value = self.world.value(what, at_s) + noise * normal(self.seed, at_s, channel)
        return value % 360 if what == "wind_direction" else min(max(value, least), most)

    def _rain(self, at_s: float) -> float:
        self.fallen_mm += max(0.0, at_s - self._since_s) / HOUR_S * self.world.value("rain_rate", at_s)
        self._since_s = max(at_s, self._since_s)
        return self.fallen_mm


COMMANDS: dict[int, Callable[[Sensor, bytes, float], bytes]] = {
    ONE: Sensor._one,
    STATUS: Sensor._status,
    MANY: Sensor._many,
}


def framed(to: int, sender: int, command: int, data: bytes) -> bytes:
    """A frame with its CRC."""
    frame = b"\x01\x10" + struct.pack("<HHB", to, sender, 2 + len(data)) + bytes((2, command, 0x10)) + data + b"\x03"
    return frame + crc(frame) + b"\x04"


def crc(data: bytes) -> bytes:
    """CRC-16/MCRF4XX, low byte first: that of CCITT with each byte, and the whole, turned around."""
    turned = binascii.crc_hqx(bytes(int(f"{byte:08b}"[::-1], 2) for byte in data), 0xFFFF)
    return int(f"{turned:016b}"[::-1], 2).to_bytes(2, "little")
