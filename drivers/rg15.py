"""Hydreon RG-15 and RG-9: rain by the light that drops on a lens throw out of it, asked every few seconds.

    R LF                             "read": changes nothing, and is answered in either mode
    Acc  0.46 mm, EventAcc  2.09 mm, TotalAcc  6.97 mm, RInt 99.81 mmph CR LF        RG-15; or: in … iph
    R 3 CR LF                                                                        RG-9, levels 0 to 7
    LensBad, EmSat, TooCold          after a line, or on one of their own: the values are none
    Reset D, SW …, PwrDays 0, ; …    when it is switched on; Event, ;---, SW …  when rain begins

Nothing but R is ever sent: O zeroes the totals, K restarts it, H L M I S B X Y set it up. Nor C or P: whether it keeps
a mode without power is not documented (ESPHome sets P after each restart), and an RG-15 in continuous mode, which tells
each change by itself, is read all the same.

There is no check, but Acc, "the additional accumulation since the last message", is one for TotalAcc: it is what the
total grew by since the line before, or that line was damaged or lost. Then the line is not believed, and the next that
agrees with it makes up for both: ``rain`` is the growth of the total since the last that was told, and no rain is lost.
A total that fell, and goes on from there, was zeroed.

Source: Hydreon, "RG-15 Instructions" SW 1.000 (commands, the meaning of Acc); real lines: esphome/issues#3248 and
#3323, arendst/Tasmota#14067; of an RG-9: janick/esphome-RG9-rain-sensor, README. Where flags stand in a line: ESPHome,
hydreon_rgxx.cpp, which finds them anywhere. A flag in a line of its own does not touch the values of others.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from drivers._dialogue import Dialogue, Question
from drivers._framing import Framer, Verdict
from drivers._sheet import Evidence, Range, Sheet, Thin
from drivers._types import Gap, Item, Line, Note, Reading, Request, Why
from drivers._units import reading

LINE = Line(9600)
PERIOD_S = 5.0
GREETING = b""
ASK = b"R\n"
SHEET = Sheet(
    models="Hydreon RG-15, RG-9",
    reads={
        "rain_rate": Range("mm/h", 0, 500, per_s=20.0, median=3),
        "rain": Range("mm", 0, 1000, per_s=2.0, thin=Thin.SUM),  # four times the hardest minute on record, 31 mm
        "rain_event": Range("mm", 0, 10_000, per_s=2.0, median=3),
        "rain_total": Range("mm", 0, 100_000, per_s=2.0),
        "rain_level": Range("count", 0, 7, per_s=7.0, median=3),
    },
    wiring="RG-15: 5 to 15 V, or 3.3 V; serial at 3.3 V TTL, not at RS-232 levels",
    check="none: TotalAcc against Acc, shape of the line, rate of change, median of 3",
    traps="another program's C, O or K: never share the line; its switches set in or mm, both are read; dew counts",
    evidence=Evidence.RECORDED,
    probes=(ASK,),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """How often it is asked."""

    period_s: float = PERIOD_S

    def __post_init__(self) -> None:
        if not 1.0 <= self.period_s <= 3600.0:
            raise ValueError(f"period_s is {self.period_s:g}; expected 1 to 3600")


DEFAULT = Settings()

TIMEOUT_S = 1.0  # it answers in less than a tenth
LONGEST_LINE_BYTES = 200  # with an external tipping bucket it has 150
MM_PER_INCH = 25.4
ROUNDING_STEPS = 2.1  # of the last digit: Acc and both totals are rounded, each by half a step, and a little

FLAGS = {
    "LensBad": "the lens is dirty, wet or off",
    "EmSat": "its emitters are at their limit",
    "TooCold": "too cold to measure",
}
FLAGGED = f"(?P<flags>(?:,? ?(?:{'|'.join(FLAGS)}))*)"


def _data(decimals: int, unit: str, rate: str) -> str:
    """A line of an RG-15. Its numbers are written alike: one that gained or lost a digit in the fraction is damaged."""
    number = rf" +(\d{{1,6}}\.\d{{{decimals}}}) "
    amounts = f"Acc{number}{unit}, EventAcc{number}{unit}, TotalAcc{number}{unit}, RInt{number}{rate}"
    tipping_bucket = rf"(?:, XTB\w+:? +[\d.]+(?: {unit}| {rate})?)*"
    return amounts + tipping_bucket + FLAGGED


DATA = tuple(_data(decimals, *units) for units in (("mm", "mmph"), ("in", "iph")) for decimals in (1, 2, 3))
TEXT = re.compile(rb"[ -~]*\r?")
STARTS = b"AREBSDPXLT;pchlimsxy\r"

Found: TypeAlias = re.Match[bytes]


def _flags(found: Found) -> list[Item]:
    return [Gap(Why.INVALID, f"{name}: {words}") for name, words in FLAGS.items() if name.encode() in found["flags"]]


def _note(topic: str) -> Callable[[Found], list[Item]]:
    return lambda found: [Note(topic, found["text"].decode())]


LINES: tuple[tuple[str, Callable[[Found], list[Item]]], ...] = (
    (f"(?P<flags>{'|'.join(FLAGS)})", _flags),
    (r"SW (?P<text>\d\.\d{3} [\d.]{10})", _note("firmware")),
    (r"; HYDREON MODEL (?P<text>RG-\d+) RAIN GAUGE", _note("model")),
    (r"(?P<text>Emitters \d[ -~]*)", _note("emitters")),
    (r"DIP (?P<text>[01]{4})", _note("switches")),
    (r"(?P<text>Event)", _note("event")),
    (r"XTB[ -~]*|Baud \d+|;[ -~]*|[pchlimsxy]?", lambda _: []),  # acknowledgements are lower case
)


@dataclass(frozen=True, slots=True)
class _Said:
    """A line's amounts in mm, and what rounding may have done to a sum of three of them."""

    acc: float
    event: float
    total: float
    rate: float
    rounding: float


def _said(found: Found) -> _Said:
    numbers = [text.decode() for text in found.group(1, 2, 3, 4)]
    scale = MM_PER_INCH if b"iph" in found[0] else 1.0
    acc, event, total, rate = (round(float(number) * scale, 4) for number in numbers)
    step = scale * 10.0 ** -len(numbers[0].partition(".")[2])
    return _Said(acc, event, total, rate, ROUNDING_STEPS * step)


class _Totals:
    """What TotalAcc was when it was last believed, and when it was last said."""

    def __init__(self) -> None:
        self._believed: float | None = None
        self._last: float | None = None

    def items(self, said: _Said) -> list[Item]:
        """Readings of a line, or a gap if it does not follow from the one before."""
        rate: list[Item] = [reading("rain_rate", said.rate), reading("rain_event", said.event)]
        known, before, self._last = (self._believed, self._last), self._last, said.total
        if before is None:
            return rate
        if not any(self._follows(said, total) for total in known if total is not None):
            return [Gap(Why.IMPLAUSIBLE, f"TotalAcc {said.total:g} mm after {before:g}, but Acc is {said.acc:g}")]
        return rate + self._grown(said, before)

    def _follows(self, said: _Said, total: float) -> bool:
        return abs(said.total - said.acc - total) <= said.rounding

    def _grown(self, said: _Said, before: float) -> list[Item]:
        since = before if self._believed is None else self._believed
        total = reading("rain_total", said.total)
        if said.total < since - said.rounding:
            self._believed = said.total
            return [Gap(Why.LOST, f"TotalAcc fell from {since:g} to {said.total:g} mm: it was zeroed"), total]
        self._believed = max(since, said.total)
        return [total, reading("rain", round(self._believed - since, 4))]


class Decoder:
    """Rain of an RG-15, or ``rain_level`` of an RG-9; what it says of itself; that it was restarted."""

    def __init__(self, settings: Settings = DEFAULT) -> None:
        self._framer = Framer(STARTS, self._measure, self._items)
        # It also speaks unasked, so lines are read here; the dialogue keeps the time, and is told of each answer.
        answer = Question(ASK, len, lambda _: [], settings.period_s, TIMEOUT_S)
        self._dialogue = Dialogue([answer])
        self._asked = self._restarting = False
        self._totals = _Totals()
        self._lines: Sequence[tuple[re.Pattern[bytes], Callable[[Found], list[Item]]]] = tuple(
            (re.compile(pattern.encode()), says)
            for pattern, says in (
                *((data, self._amounts) for data in DATA),
                (r"R (?P<level>\d)" + FLAGGED, self._level),
                (r"Reset (?P<text>[A-Z])", self._reset),
                (r"PwrDays (?P<text>\d{1,5})", self._powered),
                *LINES,
            )
        )

    def feed(self, data: bytes) -> list[Item]:
        """Readings, gaps and notes of the lines that are complete."""
        return self._framer.feed(data)

    def tick(self, now_s: float) -> list[Item]:
        """The question if it is due; a gap if it was not answered."""
        items = self._dialogue.tick(now_s)
        if items:
            self._asked = isinstance(items[-1], Request)
        return items

    def _measure(self, head: memoryview) -> int | Verdict:
        line, end, _ = bytes(head[:LONGEST_LINE_BYTES]).partition(b"\n")
        if not TEXT.fullmatch(line):
            return Verdict.NOISE
        if not end:
            return Verdict.NOISE if len(line) == LONGEST_LINE_BYTES else Verdict.MORE
        return len(line) + 1 if line + end == ASK or self._known(line) else Verdict.NOISE

    def _known(self, line: bytes) -> bool:
        text = line.removesuffix(b"\r")
        return text != line and any(pattern.fullmatch(text) for pattern, _ in self._lines)

    def _items(self, frame: bytes) -> list[Item]:
        """Of one line; nothing of a question that comes back."""
        text = frame.removesuffix(b"\r\n")
        for pattern, says in self._lines:
            if found := pattern.fullmatch(text):
                return says(found)
        return []

    def _answered(self, frame: bytes) -> None:
        if self._asked:
            self._dialogue.feed(frame)
            self._asked = False

    def _amounts(self, found: Found) -> list[Item]:
        self._answered(found[0])
        items = self._totals.items(_said(found))
        return _flags(found) or items

    def _level(self, found: Found) -> list[Item]:
        self._answered(found[0])
        return _flags(found) or [Reading("rain_level", float(found["level"]), "count")]

    def _reset(self, found: Found) -> list[Item]:
        self._restarting = True
        return [Gap(Why.RESTART, found[0].decode())]

    def _powered(self, found: Found) -> list[Item]:
        """The last line after a restart, of which it may be the first that is heard."""
        begun, self._restarting = self._restarting, False
        told: list[Item] = [] if begun else [Gap(Why.RESTART, found[0].decode())]
        return [*told, Note("days with power", found["text"].decode())]
