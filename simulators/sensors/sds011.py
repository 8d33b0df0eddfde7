"""A simulated Nova SDS011: frames of ten bytes once a second, and it does as it is told.

    AA C0 PM2.5(2) PM10(2) id(2) sum AB       µg/m³ x 10, little endian; sum of the six bytes before it
    AA C5 what set value 00 id(2) sum AB      answer to AA B4 what set value 0(10) FF FF sum AB

Source: Nova Fitness, "Laser Dust Sensor Control Protocol V1.3". The fan needs some seconds from each power-up and each
awakening; until then it says 0.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

PERIOD_S = 1.0
COMMAND_BYTES = 19
REPORT_MODE, QUERY, STATE, FIRMWARE, DUTY = 2, 4, 6, 7, 8
WARM_UP_FRAMES = 3
FIRMWARE_DATE = bytes((18, 11, 16))
PM2_5_TENTHS = 85.0  # a street on a fair day, µg/m³ x 10
WANDER = 0.03  # of the logarithm, a second
PULL = 0.02  # back to the fair day, a second
PM10_TO_PM2_5 = 1.8


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The sensor; ``device`` are the two bytes of its id."""

    seed: int = 0
    device: bytes = b"\x58\xd9"
    settings: dict[int, int] = field(default_factory=lambda: {REPORT_MODE: 0, STATE: 1, DUTY: 0}, init=False)
    _wander: float = field(default=0.0, init=False)
    _seconds: int = field(default=0, init=False)
    _warm: int = field(default=WARM_UP_FRAMES, init=False)
    _heard: bytes = field(default=b"", init=False)

    def due_s(self) -> float:
        """Each second, also while it has nothing to say."""
        return (self._seconds + 1) * PERIOD_S

    def emit(self) -> bytes:
        """The values of this second, if it works and reports by itself; on a duty cycle, once a period."""
        self._seconds += 1
        silent = self.settings[REPORT_MODE] or not self.settings[STATE]
        resting = self._seconds % (60 * self.settings[DUTY] or 1)
        return b"" if silent or resting else self._frame(0xC0, self._values())

    def receive(self, data: bytes) -> bytes:
        """Answers to the commands that are complete."""
        self._heard += data
        answers = b""
        while (at := self._heard.find(b"\xaa\xb4")) >= 0 and len(self._heard) >= at + COMMAND_BYTES:
            command, self._heard = self._heard[at : at + COMMAND_BYTES], self._heard[at + COMMAND_BYTES :]
            answers += self._obey(command)
        self._heard = self._heard[-COMMAND_BYTES:]
        return answers

    def restarted(self, at_s: float) -> "Sensor":  # noqa: ARG002  it keeps no time
        """The same device, switched on again: it keeps its settings."""
        again = replace(self)
        again.settings = dict(self.settings)
        return again

    def _frame(self, kind: int, data: bytes) -> bytes:
        body = data + self.device
        return bytes((0xAA, kind)) + body + bytes((sum(body) % 256, 0xAB))

    def _values(self) -> bytes:
        step = np.random.default_rng((self.seed, self._seconds)).standard_normal()
        self._wander += WANDER * step - PULL * self._wander
        self._warm = max(self._warm - 1, 0)
        fine = 0 if self._warm else round(PM2_5_TENTHS * math.exp(self._wander))
        return fine.to_bytes(2, "little") + round(fine * PM10_TO_PM2_5).to_bytes(2, "little")

    def _obey(self, command: bytes) -> bytes:
        what, *data = command[2:]
        if sum(command[2:17]) % 256 != command[17] or what not in COMMANDS:
            return b""
        return COMMANDS[what](self, what, bytes(data[:2]))

    def _set(self, what: int, data: bytes) -> bytes:
        change, value = data
        if change:
            self._warm = WARM_UP_FRAMES if what == STATE and value and not self.settings[STATE] else self._warm
            self.settings[what] = value
        return self._frame(0xC5, bytes((what, change, self.settings[what], 0)))

    def _answer_query(self, _what: int, _data: bytes) -> bytes:
        return self._frame(0xC0, self._values())

    def _answer_firmware(self, what: int, _data: bytes) -> bytes:
        return self._frame(0xC5, bytes((what,)) + FIRMWARE_DATE)


COMMANDS: dict[int, Callable[[Sensor, int, bytes], bytes]] = {
    REPORT_MODE: Sensor._set,
    QUERY: Sensor._answer_query,
    STATE: Sensor._set,
    FIRMWARE: Sensor._answer_firmware,
    DUTY: Sensor._set,
}
