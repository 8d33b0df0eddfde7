"""A simulated Rion NL-43: answers lines of ASCII with a code, what was asked for, and a prompt.

    Frequency Weighting?     R+0000  A         Measure?     R+0000  Start
    DOD?                     R+0000   58.3, 57.1, 91.0, 71.2, 41.8, …

Source: serversdwn/slmm, docs/nl43_Command_ref.md and COMMUNICATION_GUIDE.md. Assumed, for want of a source: that values
are padded to five characters, that the over- and under-range flags follow the four channels, and that a command within
a second of the last answer is not heard (the manual asks for that second).
"""

import math
from dataclasses import dataclass, field

from simulators._answers import Answers
from simulators._levels import level
from simulators._noise import normal
from simulators.scenario import WORLD, World

LATENCY_S = 0.15
REST_S = 0.9  # it asks for 1 s between commands
LONGEST_LINE = 200
NOISE_DB = 0.3
SUB_CHANNELS, FIELDS, FLAGS = 3, 14, 8
NO_VALUE = "--.-"
MEMORY_S = 600  # of a measurement, so far back its extremes are known
FIRST_SERIAL = 120_000


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The meter, measuring. Troubles: ``placeholder`` (it shows no value), ``stop`` (its measurement is stopped)."""

    seed: int = 0
    world: World = WORLD
    weighting: str = "A"
    time: str = "F"
    troubles: frozenset[str] = frozenset()
    _answered_s: float = -math.inf
    _heard: bytes = b""
    _answers: Answers = field(default_factory=Answers)

    def due_s(self) -> float:
        """When an answer is ready."""
        return self._answers.due_s()

    def emit(self) -> bytes:
        """That answer."""
        return self._answers.take()

    def receive(self, data: bytes, at_s: float) -> None:
        """Answers the lines that are complete, unless one comes too early."""
        *lines, self._heard = (self._heard + data).split(b"\n")
        self._heard = self._heard[-LONGEST_LINE:]
        for line in lines:
            if at_s >= self._answered_s + REST_S:
                self._answered_s = at_s + LATENCY_S
                self._answers.put(self._answered_s, self._answer(line.decode("ascii", "replace").strip(), at_s))

    def restarted(self, at_s: float) -> "Sensor":
        """The same, switched on again: it keeps its settings, and measures anew."""
        world = self.world.later(at_s)
        return Sensor(seed=self.seed, world=world, weighting=self.weighting, time=self.time, troubles=self.troubles)

    def trouble(self, name: str, value: float) -> bool:
        """One of the two, on or off."""
        self.troubles = self.troubles | {name} if value else self.troubles - {name}
        return name in ("placeholder", "stop")

    def _answer(self, command: str, at_s: float) -> bytes:
        told = {
            "frequency weighting?": self.weighting,
            "time weighting?": self.time,
            "measure?": "Stop" if "stop" in self.troubles else "Start",
            "type?": '"NL-43"',
            "serial number?": f'"{FIRST_SERIAL + self.seed:08}"',
            "system version?": '"01.02.0034"',
        }
        asked = command.lower().replace(" (main)", "")
        text = self._display(at_s) if asked == "dod?" else told.get(asked)
        return b"R+0001\r\n$" if text is None else f"R+0000\r\n{text}\r\n$".encode()

    def _display(self, at_s: float) -> str:
        """Four channels, of which only the main one measures; then their flags."""
        now = self._level(at_s)
        past = [self._level(back) for back in range(max(0, int(at_s) - MEMORY_S), int(at_s) + 1)] + [now]
        mean = 10 * math.log10(sum(10 ** (one / 10) for one in past) / len(past))
        exposure = mean + 10 * math.log10(max(at_s, 1.0))
        main = [f"{value:5.1f}" for value in (now, mean, exposure, max(past), min(past))]
        main = [NO_VALUE] * len(main) if "placeholder" in self.troubles else main
        others = [NO_VALUE] * (FIELDS - len(main) + SUB_CHANNELS * FIELDS)
        return ",".join([*main, *others, *["0"] * FLAGS])

    def _level(self, at_s: float) -> float:
        return level(self.world, self.weighting, at_s) + NOISE_DB * normal(self.seed, at_s)
