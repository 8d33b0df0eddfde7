"""A simulated Honeywell HPMA115S0, or compact HPMA115C0: a frame of 32 bytes once a second, and it does as it is told.

    42 4D 00 1C  13 x 16 bits  sum(2)       40 length 04 values check       A5 A5 done       96 96 refused

Source: Honeywell, datasheet 32322550 issue F, tables 4 to 7; Data12 as a real one's, 5100. Its fan runs up for two
seconds, in which it says 0; the real one's response time is six.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from simulators._answers import Answers
from simulators._noise import normal
from simulators.scenario import WORLD, World

PERIOD_S = 1.0
RUN_UP_S = 2.5
NOISE = 0.08
LARGEST = 1000
ANSWER_S = 0.027  # as measured, in the words of a public driver
COMMAND_BYTES = 4
DONE, REFUSED = b"\xa5\xa5", b"\x96\x96"
ADJUSTMENT = 100
STANDARD, COMPACT = ("pm2_5", "pm10"), ("pm1", "pm2_5", "pm4", "pm10")
COARSER = 0.7  # PM4 lies so far from PM2.5 to PM10


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The sensor; trouble ``placeholder`` blocks its fan: it says 0."""

    seed: int = 0
    world: World = WORLD
    compact: bool = False
    placeholder: bool = False
    measuring: bool = field(default=True, init=False)
    sending: bool = field(default=True, init=False)
    _answers: Answers = field(default_factory=Answers, init=False)
    _seconds: int = field(default=0, init=False)
    _since_s: float = field(default=0.0, init=False)
    _heard: bytes = field(default=b"", init=False)

    def due_s(self) -> float:
        """Each second, also while it has nothing to say; answers between."""
        return min(self._answers.due_s(), (self._seconds + 1) * PERIOD_S)

    def emit(self) -> bytes:
        """An answer, or the values of this second if it sends by itself."""
        if self._answers.due_s() <= (self._seconds + 1) * PERIOD_S:
            return self._answers.take()
        self._seconds += 1
        return self._frame(self._seconds * PERIOD_S) if self.sending and self.measuring else b""

    def receive(self, data: bytes, at_s: float) -> None:
        """Answers the commands that are complete."""
        self._heard += data
        while (at := self._heard.find(b"\x68\x01")) >= 0 and len(self._heard) >= at + COMMAND_BYTES:
            command, self._heard = self._heard[at : at + COMMAND_BYTES], self._heard[at + COMMAND_BYTES :]
            obey = COMMANDS.get(command[2]) if sum(command) % 256 == 0 else None
            self._answers.put(at_s + ANSWER_S, obey(self, at_s) if obey else REFUSED)
        self._heard = self._heard[-COMMAND_BYTES:]

    def restarted(self, at_s: float) -> "Sensor":
        """The same device, switched on again: measuring, and sending by itself."""
        return replace(self, world=self.world.later(at_s))

    def trouble(self, name: str, value: float) -> bool:
        """``placeholder`` on or off."""
        self.placeholder = bool(value) if name == "placeholder" else self.placeholder
        return name == "placeholder"

    def _values(self, names: tuple[str, ...], at_s: float) -> list[int]:
        if self.placeholder or at_s < self._since_s + RUN_UP_S:
            return [0] * len(names)
        noise = 1 + NOISE * normal(self.seed, at_s)
        air = {name: self.world.value(name, at_s) for name in ("pm1", "pm2_5", "pm10")}
        air["pm4"] = COARSER * air["pm2_5"] + (1 - COARSER) * air["pm10"]
        return [min(max(round(noise * air[name]), 0), LARGEST) for name in names]

    def _frame(self, at_s: float) -> bytes:
        values = self._values(COMPACT, at_s) if self.compact else [0, *self._values(STANDARD, at_s)]
        words = [*values, *([0] * (12 - len(values))), 0x5100]
        body = b"BM\x00\x1c" + b"".join(word.to_bytes(2, "big") for word in words)
        return body + sum(body).to_bytes(2, "big")

    def _read(self, at_s: float) -> bytes:
        values = self._values(COMPACT, at_s) if self.compact else self._values(STANDARD, at_s)
        data = b"".join(value.to_bytes(2, "big") for value in values) + (bytes(4) if self.compact else b"")
        return _checked(bytes((0x40, len(data) + 1, 4)) + data)

    def _start(self, at_s: float) -> bytes:
        self._since_s = self._since_s if self.measuring else at_s
        self.measuring = True
        return DONE

    def _stop(self, _at_s: float) -> bytes:
        self.measuring = False
        return DONE

    def _coefficient(self, _at_s: float) -> bytes:
        return _checked(bytes((0x40, 2, 0x10, ADJUSTMENT)))

    def _quiet(self, _at_s: float) -> bytes:
        self.sending = False
        return DONE

    def _send(self, _at_s: float) -> bytes:
        self.sending = True
        return DONE


def _checked(body: bytes) -> bytes:
    return body + bytes((-sum(body) % 256,))


COMMANDS: dict[int, Callable[[Sensor, float], bytes]] = {
    0x01: Sensor._start,
    0x02: Sensor._stop,
    0x04: Sensor._read,
    0x10: Sensor._coefficient,
    0x20: Sensor._quiet,
    0x40: Sensor._send,
}
