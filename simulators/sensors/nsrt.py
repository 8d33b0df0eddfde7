"""A simulated Convergence NSRT_mk4_Dev: binary answers without head or checksum to requests of 12 bytes.

Source: Convergence Instruments, "NSRT_mk4_Dev Com Protocol", 2025-02-06, sections 7 and 8. Texts fill all 32 bytes.
After power-up its filters swing in: a second of too high levels (how high is not documented).
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from simulators._answers import Answers
from simulators._levels import level, mean
from simulators._noise import normal
from simulators.scenario import WORLD, World

LATENCY_S = 0.01
FORGETS_S = 0.5  # assumed: half a request is forgotten after a pause, for a USB packet holds a whole one
REQUEST = struct.Struct("<III")
READ = 1 << 31
NOISE_DB = 0.2
SETTLES_S, SPIKE_DB = 1.0, 15.0
WEIGHTINGS = "CAZ"
CALIBRATED_S = 3_800_000_000  # since 1904: a day of May 2024
FIRST_SERIAL = 4000


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The meter; ``weighting`` is 0 C, 1 A, 2 Z, and ``tau_s`` its time constant."""

    seed: int = 0
    world: World = WORLD
    weighting: int = 1
    tau_s: float = 0.125
    _integrated_from_s: float = 0.0
    _heard: bytes = b""
    _heard_s: float = 0.0
    _answers: Answers = field(default_factory=Answers)

    def due_s(self) -> float:
        """When an answer is ready."""
        return self._answers.due_s()

    def emit(self) -> bytes:
        """That answer."""
        return self._answers.take()

    def receive(self, data: bytes, at_s: float) -> None:
        """Answers each request; what writes is no part of this simulator."""
        self._heard = self._heard + data if at_s < self._heard_s + FORGETS_S else data
        self._heard_s = at_s
        while len(self._heard) >= REQUEST.size:
            command, _, count = REQUEST.unpack_from(self._heard)
            self._heard = self._heard[REQUEST.size :]
            if command in ANSWERS:
                self._answers.put(at_s + LATENCY_S, ANSWERS[command](self, at_s)[:count])

    def restarted(self, at_s: float) -> "Sensor":
        """The same, plugged in again: it keeps its settings."""
        return Sensor(seed=self.seed, world=self.world.later(at_s), weighting=self.weighting, tau_s=self.tau_s)

    def _level(self, at_s: float) -> bytes:
        spike = SPIKE_DB if at_s < SETTLES_S else 0.0
        noise = NOISE_DB * normal(self.seed, at_s)
        return struct.pack("<f", level(self.world, WEIGHTINGS[self.weighting], at_s) + noise + spike)

    def _equivalent(self, at_s: float) -> bytes:
        from_s, self._integrated_from_s = self._integrated_from_s, at_s
        noise = NOISE_DB * normal(self.seed, at_s, 1)
        return struct.pack("<f", mean(self.world, WEIGHTINGS[self.weighting], from_s, at_s) + noise)

    def _weighting(self, _at_s: float) -> bytes:
        return bytes((self.weighting,))

    def _tau(self, _at_s: float) -> bytes:
        return struct.pack("<f", self.tau_s)

    def _serial(self, _at_s: float) -> bytes:
        return text(f"{FIRST_SERIAL + self.seed}")


def text(words: str) -> bytes:
    """All 32 bytes."""
    return words.encode().ljust(32, b"\0")


ANSWERS: dict[int, Callable[[Sensor, float], bytes]] = {
    READ | 0x10: Sensor._level,
    READ | 0x11: Sensor._equivalent,
    READ | 0x20: Sensor._weighting,
    READ | 0x22: Sensor._tau,
    READ | 0x31: lambda *_: text("NSRT_mk4_Dev"),
    READ | 0x32: Sensor._serial,
    READ | 0x33: lambda *_: text("1.4"),
    READ | 0x34: lambda *_: CALIBRATED_S.to_bytes(8, "little"),
}
