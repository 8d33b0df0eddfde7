"""A simulated Winsen MH-Z19B: answers FF 01 86, and nothing else.

    FF 01 86 0(5) 79    FF 86 CO2(2) T+40 s u(2) check      bytes 1 to 8 sum to 0

Source: Winsen, "MH-Z19B User's manual V1.6"; while it boots it says 410 ppm and u = 15,000, as users of real ones tell.
It boots for six seconds; the real one needs minutes. A command that would calibrate it is counted in ``harmed``.
"""

from dataclasses import dataclass, field, replace

from simulators._answers import Answers
from simulators._noise import normal
from simulators.scenario import WORLD, World

QUESTION_BYTES = 9
READ = 0x86
HARMFUL = (0x79, 0x87, 0x88, 0x99, 0x9B)
BOOT_S = 6.0
BOOT_PPM, BOOT_MARK = 410, 15_000
LATENCY_S = 0.03
NOISE_PPM = 4.0
BOARD_K = 11.0  # above the air
RANGE_PPM = 5000


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The sensor; trouble ``placeholder`` makes it answer without any value."""

    seed: int = 0
    world: World = WORLD
    placeholder: bool = False
    harmed: int = field(default=0, init=False)
    _answers: Answers = field(default_factory=Answers, init=False)
    _heard: bytes = field(default=b"", init=False)

    def due_s(self) -> float:
        """When an answer is ready."""
        return self._answers.due_s()

    def emit(self) -> bytes:
        """That answer."""
        return self._answers.take()

    def receive(self, data: bytes, at_s: float) -> None:
        """Answers each whole question."""
        self._heard += data
        while (at := self._heard.find(b"\xff\x01")) >= 0 and len(self._heard) >= at + QUESTION_BYTES:
            asked, self._heard = self._heard[at : at + QUESTION_BYTES], self._heard[at + QUESTION_BYTES :]
            if sum(asked[1:]) % 256 == 0:
                self.harmed += asked[2] in HARMFUL
                self._answers.put(at_s + LATENCY_S, self._answer(at_s) if asked[2] == READ else b"")
        self._heard = self._heard[-QUESTION_BYTES:]

    def restarted(self, at_s: float) -> "Sensor":
        """The same, switched on again."""
        return replace(self, world=self.world.later(at_s))

    def trouble(self, name: str, value: float) -> bool:
        """``placeholder`` on or off."""
        self.placeholder = bool(value) if name == "placeholder" else self.placeholder
        return name == "placeholder"

    def _answer(self, at_s: float) -> bytes:
        boots = at_s < BOOT_S
        air = self.world.value("co2", at_s) + NOISE_PPM * normal(self.seed, at_s)
        co2 = BOOT_PPM if boots else min(max(round(air), 0), RANGE_PPM)
        board = min(max(round(self.world.value("air_temperature", at_s) + BOARD_K + 40), 0), 255)
        data = co2.to_bytes(2, "big") + bytes((board, 0)) + (BOOT_MARK if boots else 0).to_bytes(2, "big")
        body = b"\xff\x86" + (bytes(6) if self.placeholder else data)
        return body + bytes((-sum(body[1:]) % 256,))
