"""A simulated Plantower PMS5003 or one of its kin: a frame each 2.3 s, each 0.8 s while the air changes.

    42 4D length(2) data … sum(2)       16 bits, big endian; sum of all bytes before it
    42 4D 00 04 command value sum(2)    answer to 42 4D command 00 value sum(2); a question or an awakening has none

Source: Plantower, "PMS5003 series data manual V2.3"; answers as hosts in public code expect them. Data1-3 are above
Data4-6 in thick dust, as a real one's are. Its first frame after power-up or awakening says 0 for everything; the real
one needs some 30 s.
"""

from dataclasses import dataclass, field, replace

from simulators._answers import Answers
from simulators._noise import normal
from simulators.scenario import WORLD, World

STABLE_S, FAST_S = 2.3, 0.8
CHANGES = 5.0  # µg/m³ between two frames
NOISE = 0.02
COMMAND_BYTES = 7
MODE, READ, SLEEP = 0xE1, 0xE2, 0xE4
ANSWER_S = 0.03
VERSION, VERSION_3003 = 0x9700, 0x0051
DENSE = 30.0  # µg/m³; from here on the factory's figure is higher
PARTICLES_PER_UG = 180.0  # in 0.1 l, above 0.3 µm, of each µg/m³ of PM2.5
SHARES = (1.0, 0.3, 0.08, 0.02, 0.006, 0.002)  # of the particles, larger than each size


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The sensor; trouble ``placeholder`` blocks its fan: it says 0 for everything."""

    seed: int = 0
    world: World = WORLD
    variant: str = "PMS5003"
    placeholder: bool = False
    active: bool = field(default=True, init=False)
    awake: bool = field(default=True, init=False)
    _answers: Answers = field(default_factory=Answers, init=False)
    _next_s: float = field(default=STABLE_S, init=False)
    _cold: bool = field(default=True, init=False)
    _before: float = field(default=0.0, init=False)
    _heard: bytes = field(default=b"", init=False)

    def due_s(self) -> float:
        """Its next frame, also while it has nothing to say; answers between."""
        return min(self._answers.due_s(), self._next_s)

    def emit(self) -> bytes:
        """An answer, or the values of now if it reports by itself."""
        if self._answers.due_s() <= self._next_s:
            return self._answers.take()
        at_s = self._next_s
        dust = self.world.value("pm2_5", at_s)
        self._next_s += FAST_S if abs(dust - self._before) > CHANGES and not self._cold else STABLE_S
        self._before = dust
        return self._values(at_s) if self.active and self.awake else b""

    def receive(self, data: bytes, at_s: float) -> None:
        """Obeys the commands that are complete; a PMS3003 knows none."""
        self._heard += data
        while (at := self._heard.find(b"BM")) >= 0 and len(self._heard) >= at + COMMAND_BYTES:
            command, self._heard = self._heard[at : at + COMMAND_BYTES], self._heard[at + COMMAND_BYTES :]
            if command == _summed(command[:-2]) and self.variant != "PMS3003":
                self._answers.put(at_s + ANSWER_S, self._obey(command[2], command[4], at_s))
        self._heard = self._heard[-COMMAND_BYTES:]

    def restarted(self, at_s: float) -> "Sensor":
        """The same device, switched on again: awake, and reporting by itself."""
        return replace(self, world=self.world.later(at_s))

    def trouble(self, name: str, value: float) -> bool:
        """``placeholder`` on or off."""
        self.placeholder = bool(value) if name == "placeholder" else self.placeholder
        return name == "placeholder"

    def _obey(self, what: int, value: int, at_s: float) -> bytes:
        if what == READ:
            return self._values(at_s)
        woken = what == SLEEP and bool(value)
        if what == MODE:
            self.active = bool(value)
        elif what == SLEEP:
            self._cold = self._cold or (woken and not self.awake)
            self.awake = bool(value)
        return b"" if woken else _summed(bytes((0x42, 0x4D, 0, 4, what, value)))

    def _values(self, at_s: float) -> bytes:
        cold, self._cold = self._cold, False
        status = [0, 0, VERSION_3003] if self.variant == "PMS3003" else [VERSION]
        measured = [*self._masses(at_s), *self._rest(at_s)]
        if cold or self.placeholder:
            measured = [0] * len(measured)
        words = [*measured, *([] if self.variant == "PMS5003S" else status)]
        data = b"".join((word & 0xFFFF).to_bytes(2, "big") for word in words)
        return _summed(b"BM" + (len(data) + 2).to_bytes(2, "big") + data)

    def _masses(self, at_s: float) -> list[int]:
        noise = 1 + NOISE * normal(self.seed, at_s)
        air = [max(noise * self.world.value(what, at_s), 0) for what in ("pm1", "pm2_5", "pm10")]
        return [*(round(value * (1.5 if value > DENSE else 1.0)) for value in air), *map(round, air)]

    def _rest(self, at_s: float) -> list[int]:
        noise = 1 + NOISE * normal(self.seed, at_s, 1)
        most = min(max(noise * PARTICLES_PER_UG * self.world.value("pm2_5", at_s), 0), 0xFFFF)
        counts = [round(most * share) for share in SHARES]
        climate = [
            round(10 * self.world.value("air_temperature", at_s)),
            round(10 * self.world.value("humidity", at_s)),
        ]
        hcho = round(1340 * self.world.value("hcho", at_s) * noise)  # µg/m³ of a ppm at 0 °C
        return {
            "PMS3003": [],
            "PMS5003T": [*counts[:4], *climate],
            "PMS5003S": [*counts, hcho],
            "PMS5003ST": [*counts, hcho, *climate, 0],
        }.get(self.variant, counts)


def _summed(body: bytes) -> bytes:
    return body + sum(body).to_bytes(2, "big")
