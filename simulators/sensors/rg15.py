"""A simulated Hydreon RG-15, or an RG-9: says how much it rained when asked, and does as it is told.

    Acc  0.01 mm, EventAcc  0.20 mm, TotalAcc 12.60 mm, RInt  0.47 mmph CR LF        RG-15, asked "R LF"
    R 3 CR LF                                                                        RG-9
    p c h l m i s CR LF                          what it says to P C H L M I S; O and K have no answer

Source: Hydreon, "RG-15 Instructions" SW 1.000; the lines at power-up and when rain begins as esphome/issues#3248 shows
them, and a line each 6 s in continuous mode as #3323 does. Why it was reset, N, and that an event ends after an hour
without rain, are from memory. From power-up it needs three seconds to set its emitters, and hears nothing meanwhile.

An optical gauge also counts dew and insects: in dry weather it finds a drop now and then.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from simulators._answers import Answers
from simulators.scenario import WORLD, World

RESET_S, BOOT_S = 0.2, 3.0
ANSWER_S = 0.05
CONTINUOUS_S = 6.0
RATE_S = 60  # its intensity is that of the last minute
EVENT_ENDS_S = 3600
DROP_MM = 0.01
FALSE_DROPS_A_SECOND = 1 / 60
NOISE = 0.1
LEVELS_MM_H = (0.05, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0)  # of an RG-9; nobody documents them
UNITS = {True: (1.0, 2, "mm", "mmph"), False: (25.4, 3, "in", "iph")}
EVENT = b"\r\n;----------------------------------------\r\nEvent\r\nSW 1.000 2020.07.06\r\n\r\n"
LONGEST_COMMAND_BYTES = 16


def line(told: tuple[float, float, float, float], *, metric: bool = True, flag: str = "") -> bytes:
    """An RG-15's: accumulation, event's, total in mm, and intensity in mm/h, as it says them."""
    scale, decimals, unit, rate = UNITS[metric]
    acc, event, total, intensity = (f"{number / scale:5.{decimals}f}" for number in told)
    words = f"Acc {acc} {unit}, EventAcc {event} {unit}, TotalAcc {total} {unit}, RInt {intensity} {rate}{flag}\r\n"
    return words.encode()


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The gauge; trouble ``placeholder`` makes its lens bad. ``total_mm`` survives a restart."""

    seed: int = 0
    world: World = WORLD
    model: str = "RG-15"
    continuous: bool = False
    metric: bool = True
    placeholder: bool = False
    total_mm: float = -1.0  # below 0: as much as its seed says
    _answers: Answers = field(default_factory=Answers, init=False)
    _heard: bytes = field(default=b"", init=False)
    _second: int = field(default=0, init=False)
    _acc_mm: float = field(default=0.0, init=False)
    _event_mm: float = field(default=0.0, init=False)
    _wet_s: int = field(default=-EVENT_ENDS_S, init=False)
    _minute: deque[float] = field(default_factory=lambda: deque(maxlen=RATE_S), init=False)
    _reported_s: float = field(default=BOOT_S, init=False)

    def __post_init__(self) -> None:
        if self.total_mm < 0:
            self.total_mm = 12.6 + 0.37 * (self.seed % 100)
        self._answers.put(RESET_S, b"Reset N\r\n")
        self._answers.put(BOOT_S, self._introduction())

    def due_s(self) -> float:
        """Answers; in continuous mode also every six seconds, at which it tells what changed."""
        return min(self._answers.due_s(), self._next_report_s())

    def emit(self) -> bytes:
        """An answer, or in continuous mode what changed; that an event began, before it."""
        at_s = self.due_s()
        if at_s == self._answers.due_s():
            return self._answers.take()
        self._reported_s = at_s
        began = self._measure(at_s)
        return began + (self._line() if self._acc_mm else b"")

    def receive(self, data: bytes, at_s: float) -> None:
        """Commands, each of a letter and a line feed."""
        if at_s < BOOT_S:
            return
        *commands, self._heard = (self._heard + data).split(b"\n")
        self._heard = self._heard[-LONGEST_COMMAND_BYTES:]
        for command in commands:
            obey = COMMANDS.get(command.strip().upper())
            self._answers.put(at_s + ANSWER_S, obey(self, at_s) if obey else b"")

    def restarted(self, at_s: float) -> "Sensor":
        """The same, switched on again."""
        return replace(self, world=self.world.later(at_s))

    def trouble(self, name: str, value: float) -> bool:
        """``placeholder`` on or off."""
        self.placeholder = bool(value) if name == "placeholder" else self.placeholder
        return name == "placeholder"

    def _next_report_s(self) -> float:
        return self._reported_s + CONTINUOUS_S if self.continuous else float("inf")

    def _introduction(self) -> bytes:
        rest = "Emitters 11 12, NormEm 24, EmTotal 23" if self.model == "RG-15" else "Emitters 100, EmTotal 200"
        lines = (
            "",
            ";" + 60 * "*",
            f"; HYDREON MODEL {self.model} RAIN GAUGE",
            "; SOFTWARE COPYRIGHT (C) 2020 HYDREON CORPORATION",
            "SW 1.000 2020.07.06" if self.model == "RG-15" else "SW 1.000 2020.06.05",
            rest,
            "PwrDays 0",
            "",
        )
        return "".join(line + "\r\n" for line in lines).encode()

    def _measure(self, at_s: float) -> bytes:
        """Counts the drops of each whole second until now; what it says if an event began."""
        began = b""
        while self._second < int(at_s):
            self._second += 1
            fallen_mm = self._fallen_mm(self._second)
            self._minute.append(fallen_mm)
            if fallen_mm:
                began = self._wetted() or began
                self._acc_mm += fallen_mm
                self._event_mm += fallen_mm
                self.total_mm += fallen_mm
        return began

    def _wetted(self) -> bytes:
        dry_s, self._wet_s = self._second - self._wet_s, self._second
        if dry_s < EVENT_ENDS_S:
            return b""
        self._event_mm = 0.0
        return EVENT if self.model == "RG-15" else b""

    def _fallen_mm(self, second: int) -> float:
        chance = np.random.default_rng((self.seed, second))
        rain_mm = self.world.value("rain_rate", second) / 3600 * (1 + NOISE * float(chance.standard_normal()))
        return max(rain_mm, 0.0) + (DROP_MM if chance.random() < FALSE_DROPS_A_SECOND else 0.0)

    def _read(self, at_s: float) -> bytes:
        return self._measure(at_s) + self._line()

    def _line(self) -> bytes:
        rate_mm_h = 3600 * sum(self._minute) / RATE_S
        flag = " LensBad" if self.placeholder else ""
        if self.model == "RG-9":
            return f"R {sum(rate_mm_h >= least for least in LEVELS_MM_H)}{flag}\r\n".encode()
        told, self._acc_mm = (self._acc_mm, self._event_mm, self.total_mm, rate_mm_h), 0.0
        return line(told, metric=self.metric, flag=flag)

    def _report(self, at_s: float, *, continuous: bool) -> bytes:
        self.continuous, self._reported_s = continuous, at_s
        return b"c\r\n" if continuous else b"p\r\n"

    def _unit(self, *, metric: bool) -> bytes:
        self.metric = metric
        return b"m\r\n" if metric else b"i\r\n"

    def _zero(self, at_s: float) -> bytes:
        self._measure(at_s)
        self._acc_mm = self._event_mm = self.total_mm = 0.0
        return b""

    def _kill(self, at_s: float) -> bytes:
        """It restarts: the rest of what it says then is due after as long as at power-up."""
        self._answers.put(at_s + BOOT_S, self._introduction())
        return b"Reset D\r\n"


COMMANDS: dict[bytes, Callable[[Sensor, float], bytes]] = {
    b"R": Sensor._read,
    b"P": lambda sensor, at_s: sensor._report(at_s, continuous=False),
    b"C": lambda sensor, at_s: sensor._report(at_s, continuous=True),
    b"M": lambda sensor, _: sensor._unit(metric=True),
    b"I": lambda sensor, _: sensor._unit(metric=False),
    b"H": lambda _sensor, _: b"h\r\n",
    b"L": lambda _sensor, _: b"l\r\n",
    b"S": lambda _sensor, _: b"s\r\n",
    b"O": Sensor._zero,
    b"K": Sensor._kill,
}
