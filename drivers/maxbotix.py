"""MaxBotix HRXL-MaxSonar-WR and XL-MaxSonar-WR: distance by ultrasound, some six times a second.

    R 1 2 3 4 CR                 HRXL: four digits, mm            R 1 2 3 CR   XL: three digits, cm
    HRXL-MaxSonar-WRL CR  PN:MB7386 CR  Copyright 2011-2013 CR  MaxBotix Inc. CR  RoHS 1.8b090  0713 CR  TempI CR

The second row is what it says once when it is switched on, 65 to 160 ms after. Its fifth line begins like a range, so
a range is an R with all its digits and a carriage return, and nothing else. A byte FF may come anywhere: it is
overlooked.

Without an echo it says the end of its range. What is nearer than its least range it says to be at it: 0.300 or 0.500 m
may be a rising water at the horn, or a spider in it.

Source: MaxBotix, "HRXL-MaxSonar-WR Datasheet" PD11500 (format, 5.17 to 7.5 Hz by model, 5000 and 9999); the words at
power-up and 4999 as seen by EnviroDIY ModularSensors, MaxBotixSonar.cpp; the byte FF by ESPHome, hrxl_maxsonar_wr.cpp.
The ends 765 and 1068 cm of the XL are from memory; that its 10 m types say four digits, from their users.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from drivers._framing import Framer, Verdict
from drivers._sheet import Evidence, Range, Sheet
from drivers._types import Gap, Item, Line, Note, Why
from drivers._units import reading

LINE = Line(9600)
PERIOD_S = 0.2
GREETING = b""
SHEET = Sheet(
    models="MaxBotix HRXL-MaxSonar-WR (MB7360 to MB7389, MB7395), XL-MaxSonar-WR (MB7060, MB7066, MB1220)",
    reads={"distance": Range("m", 0.2, 10.7, per_s=1.0, median=5)},
    wiring="MB736x and MB706x: RS-232, inverted, 0 V to supply, into an RS-232 receiver or an inverter, "
    "else all is garbage; MB738x: TTL, straight; pin 5 TX, pin 6 V+, pin 7 GND, pin 4 open",
    check="none: shape of the line, rate of change, median of 5",
    traps="a line RoHS … at power-up begins like a range; nearer than its least range reads as that; it tracks slowly",
    evidence=Evidence.DOCUMENTED,
)


@dataclass(frozen=True, slots=True)
class Model:
    """How a family writes a range, and which ranges mean that nothing echoed."""

    digits: int
    metres: float
    no_target: frozenset[int]


MODELS: Mapping[str, Model] = {
    "hrxl": Model(4, 0.001, frozenset((4999, 5000, 9999))),  # either; one of 10 m is blind at exactly 5 m
    "hrxl-5m": Model(4, 0.001, frozenset((4999, 5000))),
    "hrxl-10m": Model(4, 0.001, frozenset((9999,))),
    "xl-7m": Model(3, 0.01, frozenset((765,))),
    "xl-10m": Model(4, 0.01, frozenset((1068,))),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Which family of sensors it is: a name of :data:`MODELS`."""

    model: str = "hrxl"

    def __post_init__(self) -> None:
        if self.model not in MODELS:
            raise ValueError(f"model is {self.model!r}; expected one of: {', '.join(MODELS)}")


DEFAULT = Settings()

END, ROGUE = b"\r", b"\xff"
LONGEST_BYTES = 32  # the longest line at power-up has 20; the rest is for names of other models
BANNER: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"(\w+-MaxSonar-\w+)"), "model"),
    (re.compile(rb"PN:(MB\d{4}\w*)"), "part"),
    (re.compile(rb"Copyright [\d-]{4,9}"), ""),
    (re.compile(rb"MaxBotix Inc\."), ""),
    (re.compile(rb"RoHS +(\d\w*\.\w+ +\d{4})"), "firmware"),
    (re.compile(rb"Temp([IE])"), "temperature compensation"),
)
TEXT = re.compile(rb"[ -~\xff]*")
STARTS = b"RHXPCMT" + ROGUE


class Decoder:
    """Readings ``distance``; what the sensor says of itself at power-up, and that it was switched on."""

    def __init__(self, settings: Settings = DEFAULT) -> None:
        self._model = MODELS[settings.model]
        self._range = re.compile(rb"R(\d{%d})" % self._model.digits)
        self._framer = Framer(STARTS, self._measure, self._items)
        self._introducing = False

    def feed(self, data: bytes) -> list[Item]:
        """A reading a range; a gap for each that means no target."""
        return self._framer.feed(data)

    def _measure(self, head: memoryview) -> int | Verdict:
        if head[0] == ROGUE[0]:
            return 1
        line, end, _ = bytes(head[:LONGEST_BYTES]).partition(END)
        if not TEXT.fullmatch(line):
            return Verdict.NOISE
        if not end:
            return Verdict.NOISE if len(line) == LONGEST_BYTES else Verdict.MORE
        words = line.replace(ROGUE, b"")
        known = self._range.fullmatch(words) or any(pattern.fullmatch(words) for pattern, _ in BANNER)
        return len(line) + 1 if known else Verdict.NOISE

    def _items(self, frame: bytes) -> list[Item]:
        words = frame.replace(ROGUE, b"").removesuffix(END)
        if not words:
            return []
        found = self._range.fullmatch(words)
        return self._ranged(int(found[1])) if found else self._introduced(words)

    def _ranged(self, value: int) -> list[Item]:
        self._introducing = False
        if value in self._model.no_target:
            return [Gap(Why.INVALID, f"no target: R{value}")]
        return [reading("distance", round(value * self._model.metres, 3))]

    def _introduced(self, words: bytes) -> list[Item]:
        """The first of these lines after a range tells that it was switched on."""
        begun, self._introducing = self._introducing, True
        items: list[Item] = [] if begun else [Gap(Why.RESTART, "the sensor introduces itself")]
        for pattern, topic in BANNER:
            if topic and (found := pattern.fullmatch(words)):
                items.append(Note(topic, found[1].decode()))
        return items
