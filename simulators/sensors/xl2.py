"""A simulated NTi Audio XL2 with the option Remote Measurement: answers lines of ASCII, remembers a snapshot.

    MEAS:INIT                     no answer
    MEAS:SLM:123? LAF             53.8 dB, OK
    MEAS:SLM:123:DT? LAEQ         55.1 dB, OK

Source: XL2NoiseScout, References/command.md; qwe900/NTiXL2, ntixl2/message.py. Assumed, for want of a source: what it
says without a snapshot or beyond its range ("--.- dB, UNDEF", "--.- dB, OVER"), and how long it settles.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from simulators._answers import Answers
from simulators._levels import level, mean
from simulators._noise import normal
from simulators.scenario import WORLD, World

LATENCY_S = 0.03
SETTLES_S = 1.0
NOISE_DB = 0.3
LONGEST_LINE = 200
IDENTITY = "NTiAudio,XL2,A2A-{:05}-E0,FW4.50"
FIRST_SERIAL = 10000


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The meter. Troubles: ``placeholder`` (it is overloaded), ``paused`` (a person paused its measurement)."""

    seed: int = 0
    world: World = WORLD
    overloaded: bool = False
    paused: bool = False
    _started_s: float | None = None
    _snapshot_s: float | None = None
    _before_s: float = 0.0
    _heard: bytes = b""
    _answers: Answers = field(default_factory=Answers)

    def due_s(self) -> float:
        """When an answer is ready."""
        return self._answers.due_s()

    def emit(self) -> bytes:
        """That answer."""
        return self._answers.take()

    def receive(self, data: bytes, at_s: float) -> None:
        """Obeys the lines that are complete."""
        *lines, self._heard = (self._heard + data).split(b"\n")
        self._heard = self._heard[-LONGEST_LINE:]
        for line in lines:
            said = self._obey(line.decode("ascii", "replace").strip().upper(), at_s)
            self._answers.put(at_s + LATENCY_S, f"{said}\r\n".encode() if said else b"")

    def restarted(self, at_s: float) -> "Sensor":
        """The same, switched on again: its measurement is stopped."""
        world = self.world.later(at_s)
        return Sensor(seed=self.seed, world=world, overloaded=self.overloaded, paused=self.paused)

    def trouble(self, name: str, value: float) -> bool:
        """One of the two, on or off."""
        self.overloaded = bool(value) if name == "placeholder" else self.overloaded
        self.paused = bool(value) if name == "paused" else self.paused
        return name in ("placeholder", "paused")

    def _obey(self, line: str, at_s: float) -> str:
        command, _, name = line.partition(" ")
        return COMMANDS[command](self, name, at_s) if command in COMMANDS else ""

    def _identify(self, _name: str, _at_s: float) -> str:
        return IDENTITY.format(FIRST_SERIAL + self.seed)

    def _state(self, _name: str, at_s: float) -> str:
        if self._started_s is None:
            return "STOPPED"
        return "PAUSED" if self.paused else "SETTLING" if at_s < self._started_s + SETTLES_S else "RUNNING"

    def _initiate(self, name: str, at_s: float) -> str:
        self._started_s = at_s if name == "START" else None
        return ""

    def _take(self, _name: str, at_s: float) -> str:
        self._before_s, self._snapshot_s = self._snapshot_s or 0.0, at_s
        return ""

    def _level(self, name: str, _at_s: float) -> str:
        at_s = self._snapshot_s
        if at_s is None or self._started_s is None or at_s < self._started_s + SETTLES_S:
            return "--.- dB, UNDEF"
        return self._said(level(self.world, name[1], at_s) + NOISE_DB * normal(self.seed, at_s, ord(name[2])))

    def _mean(self, name: str, _at_s: float) -> str:
        at_s = self._snapshot_s or 0.0
        noise = NOISE_DB * normal(self.seed, at_s, 1)
        return self._said(mean(self.world, name[1], self._before_s, at_s) + noise)

    def _said(self, value: float) -> str:
        return "--.- dB, OVER" if self.overloaded else f"{value:.1f} dB, OK"


COMMANDS: dict[str, Callable[[Sensor, str, float], str]] = {
    "*IDN?": Sensor._identify,
    "INIT": Sensor._initiate,
    "INIT:STATE?": Sensor._state,
    "MEAS:INIT": Sensor._take,
    "MEAS:SLM:123?": Sensor._level,
    "MEAS:SLM:123:DT?": Sensor._mean,
}
