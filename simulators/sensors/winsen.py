"""A simulated gas module of Winsen's, or its ZH03: a frame a second by itself, or an answer to each question.

    FF gas unit decimals value(2) full(2) check       FF 86 six bytes check      42 4D 00 14 9 x 16 bits sum(2)

Source: Winsen's manuals of the ZE07-CO, ZE08-CH2O, ZE12A and ZH03. Told FF 01 78 41 it waits for questions, told
FF 01 78 40 it speaks by itself; this one forgets that when it is switched off. Its cell settles for two seconds, in
which it says 0; the real one's needs three minutes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from simulators._answers import Answers
from simulators._noise import normal
from simulators.scenario import WORLD, World

PERIOD_S = 1.0
SETTLES_S = 2.5
COMMAND_BYTES = 9
ANSWER_S = 0.03
MODE, READ = 0x78, 0x86
WAITS, SPEAKS = 0x41, 0x40
FAILED = 0x8000
DUST_NOISE = 0.08


@dataclass(frozen=True, slots=True)
class Module:
    """What one measures, of which ``per_ppm`` counts are one ppm, up to ``full`` counts; where an answer has it."""

    what: str
    code: int
    unit: int
    decimals: int
    per_ppm: float
    full: int
    at: int
    noise: float = 1.5  # counts


MODULES = {
    "ZE07-CO": Module("co", 0x04, 3, 1, 10, 5000, 0),
    "ZE08-CH2O": Module("hcho", 0x17, 4, 0, 1000, 5000, 4),
    "ZE12-NO2": Module("no2", 0x2C, 4, 0, 1000, 10_000, 4),
    "ZE12-CO": Module("co", 0x04, 4, 0, 1000, 12_500, 4),
    "ZE25-O3": Module("o3", 0x2A, 4, 0, 1000, 10_000, 4),
}


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The module; ``ZH03B`` is the one of dust. Trouble ``placeholder`` sets the bit of a failure, or stops the fan."""

    seed: int = 0
    world: World = WORLD
    model: str = "ZE07-CO"
    placeholder: bool = False
    waits: bool = field(default=False, init=False)
    _answers: Answers = field(default_factory=Answers, init=False)
    _seconds: int = field(default=0, init=False)
    _heard: bytes = field(default=b"", init=False)

    def due_s(self) -> float:
        """Each second, also while it has nothing to say; answers between."""
        return min(self._answers.due_s(), (self._seconds + 1) * PERIOD_S)

    def emit(self) -> bytes:
        """An answer, or the value of this second if it speaks by itself."""
        if self._answers.due_s() <= (self._seconds + 1) * PERIOD_S:
            return self._answers.take()
        self._seconds += 1
        at_s = self._seconds * PERIOD_S
        if self.waits:
            return b""
        return self._dust_frame(at_s) if self.model == "ZH03B" else self._gas_frame(at_s)

    def receive(self, data: bytes, at_s: float) -> None:
        """Obeys the commands that are complete."""
        self._heard += data
        while (at := self._heard.find(b"\xff\x01")) >= 0 and len(self._heard) >= at + COMMAND_BYTES:
            command, self._heard = self._heard[at : at + COMMAND_BYTES], self._heard[at + COMMAND_BYTES :]
            if sum(command[1:]) % 256 == 0 and command[2] in COMMANDS:
                self._answers.put(at_s + ANSWER_S, COMMANDS[command[2]](self, command[3], at_s))
        self._heard = self._heard[-COMMAND_BYTES:]

    def restarted(self, at_s: float) -> "Sensor":
        """The same, switched on again: it speaks by itself."""
        return replace(self, world=self.world.later(at_s))

    def trouble(self, name: str, value: float) -> bool:
        """``placeholder`` on or off."""
        self.placeholder = bool(value) if name == "placeholder" else self.placeholder
        return name == "placeholder"

    def _counts(self, at_s: float) -> int:
        module = MODULES[self.model]
        counts = module.per_ppm * self.world.value(module.what, at_s) + module.noise * normal(self.seed, at_s)
        settled = 0 if at_s < SETTLES_S else min(max(round(counts), 0), module.full)
        return settled | (FAILED if self.placeholder else 0)

    def _gas_frame(self, at_s: float) -> bytes:
        module = MODULES[self.model]
        kind = bytes((module.code, module.unit, module.decimals))
        return _checked(kind + self._counts(at_s).to_bytes(2, "big") + module.full.to_bytes(2, "big"))

    def _dust(self, at_s: float) -> dict[str, bytes]:
        still = self.placeholder or at_s < SETTLES_S
        noise = 0.0 if still else 1 + DUST_NOISE * normal(self.seed, at_s)
        names = ("pm1", "pm2_5", "pm10")
        return {name: max(round(noise * self.world.value(name, at_s)), 0).to_bytes(2, "big") for name in names}

    def _dust_frame(self, at_s: float) -> bytes:
        body = b"BM\x00\x14" + 2 * b"".join(self._dust(at_s).values()) + bytes(6)
        return body + sum(body).to_bytes(2, "big")

    def _read(self, _value: int, at_s: float) -> bytes:
        if self.model == "ZH03B":
            dust = self._dust(at_s)
            return _checked(bytes((READ,)) + dust["pm2_5"] + dust["pm10"] + dust["pm1"])
        data = bytearray(6)
        at = MODULES[self.model].at
        data[at : at + 2] = self._counts(at_s).to_bytes(2, "big")
        return _checked(bytes((READ,)) + data)

    def _mode(self, value: int, _at_s: float) -> bytes:
        self.waits = value == WAITS
        return b""


def _checked(body: bytes) -> bytes:
    return b"\xff" + body + bytes((-sum(body) % 256,))


COMMANDS: dict[int, Callable[[Sensor, int, float], bytes]] = {MODE: Sensor._mode, READ: Sensor._read}
