"""A simulated Nova SDS011: frames of ten bytes once a second, and it does as it is told.

    AA C0 PM2.5(2) PM10(2) id(2) sum AB       µg/m³ x 10, little endian; sum of the six bytes before it
    AA C5 what set value 00 id(2) sum AB      answer to AA B4 what set value 0(10) FF FF sum AB

Source: Nova Fitness, "Laser Dust Sensor Control Protocol V1.3". The fan needs some seconds from each power-up and each
awakening; until then it says 0.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from simulators._answers import Answers
from simulators.scenario import WORLD, World

PERIOD_S = 1.0
COMMAND_BYTES = 19
REPORT_MODE, QUERY, STATE, FIRMWARE, DUTY = 2, 4, 6, 7, 8
WARM_UP_FRAMES = 3
FIRMWARE_DATE = bytes((18, 11, 16))
NOISE = 0.02
LARGEST = 9999
ANSWER_S = 0.02


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The sensor; ``device`` are the two bytes of its id."""

    seed: int = 0
    world: World = WORLD
    device: bytes = b"\x58\xd9"
    settings: dict[int, int] = field(default_factory=lambda: {REPORT_MODE: 0, STATE: 1, DUTY: 0}, init=False)
    _answers: Answers = field(default_factory=Answers, init=False)
    _seconds: int = field(default=0, init=False)
    _warm: int = field(default=WARM_UP_FRAMES, init=False)
    _heard: bytes = field(default=b"", init=False)

    def due_s(self) -> float:
        """Each second, also while it has nothing to say; answers between."""
        return min(self._answers.due_s(), (self._seconds + 1) * PERIOD_S)

    def emit(self) -> bytes:
        """An answer, or the values of this second if it reports by itself; on a duty cycle, once a period."""
        if self._answers.due_s() <= (self._seconds + 1) * PERIOD_S:
            return self._answers.take()
        self._seconds += 1
        silent = self.settings[REPORT_MODE] or not self.settings[STATE]
        resting = self._seconds % (60 * self.settings[DUTY] or 1)
        return b"" if silent or resting else self._frame(0xC0, self._values())

    def receive(self, data: bytes, at_s: float) -> None:
        """Answers the commands that are complete."""
        self._heard += data
        while (at := self._heard.find(b"\xaa\xb4")) >= 0 and len(self._heard) >= at + COMMAND_BYTES:
            command, self._heard = self._heard[at : at + COMMAND_BYTES], self._heard[at + COMMAND_BYTES :]
            self._answers.put(at_s + ANSWER_S, self._obey(command))
        self._heard = self._heard[-COMMAND_BYTES:]

    def restarted(self, at_s: float) -> "Sensor":
        """The same device, switched on again: it keeps its settings."""
        again = replace(self)
        again.settings = dict(self.settings)
        again.world = self.world.later(at_s)
        return again

    def _frame(self, kind: int, data: bytes) -> bytes:
        body = data + self.device
        return bytes((0xAA, kind)) + body + bytes((sum(body) % 256, 0xAB))

    def _values(self) -> bytes:
        noise = 1 + NOISE * np.random.default_rng((self.seed, self._seconds)).standard_normal(2)
        self._warm = max(self._warm - 1, 0)
        dust = [self.world.value(what, self._seconds * PERIOD_S) for what in ("pm2_5", "pm10")]
        told = [
            0 if self._warm else min(round(10 * value * by), LARGEST) for value, by in zip(dust, noise, strict=True)
        ]
        return b"".join(tenths.to_bytes(2, "little") for tenths in told)

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
