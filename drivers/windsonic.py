"""Gill WindSonic, MetPak and MaxiMet: wind by ultrasound, and the air around it, by themselves once a second.

    02 Q,229,002.74,M,00, 03 16 CR LF          polar: node, direction, speed, unit, status; 16: XOR between 02 and 03
    02 Q,+001.59,-002.74,M,00, 03 3A CR LF     UV: speeds along the two axes
    02 Q,…,…,…,0000, 03 1F CR LF               MaxiMet: the columns of its report, ``Settings.report``

Below 0.05 m/s there is no direction: the field is empty, and that is no fault. At power-up the WindSonic says some
lines of text, from ``WINDSONIC (Gill Instruments Ltd)`` on.

Sources: WindSonic User Manual 1405-PS-0019 issue 28, sections 9.1 (polar), 9.2 (UV), 10 (power-up message), 11.5
(status codes); MaxiMet User Manual 1957-PS-021, section 6.1 of issue 3 (reports) and page 65 of issue 1 (``WindStat``
codes: a status is of the wind alone); status 10, 50, 51, 60: WindObserver II manual, 10.5. The sign of V is drawn in a
figure that was not seen, so UV gives the speed and no direction.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from drivers._checks import xor8
from drivers._framing import Framer, Verdict
from drivers._nmea import KNOT_M_S, number
from drivers._sheet import Evidence, Range, Sheet
from drivers._types import Gap, Item, Line, Note, Why
from drivers._units import reading

LINE = Line(9600)
PERIOD_S = 1.0
GREETING = b""
SHEET = Sheet(
    models="Gill WindSonic; MetPak and MaxiMet with their report in the settings",
    reads={
        "wind_direction": Range("deg", 0, 360, per_s=360),
        "wind_speed": Range("m/s", 0, 75, per_s=30),
        "temperature": Range("Cel", -60, 70, per_s=1),
        "humidity": Range("%RH", 0, 100, per_s=10),
        "dew_point": Range("Cel", -90, 70, per_s=2),
        "pressure": Range("hPa", 300, 1100, per_s=2),
        "radiation": Range("W/m2", 0, 1800, per_s=1500),
        "rain_rate": Range("mm/h", 0, 500, per_s=100),
        "rain_total": Range("mm", 0, 100_000, per_s=1),
        "supply": Range("V", 0, 40, per_s=5),
    },
    wiring="RS-232, RS-422 or RS-485 by order; 5 to 30 V supply; its north mark to the north. MaxiMet: 19200 Bd",
    check="XOR of 8 bits between STX and ETX",
    traps="in still air the direction is empty; the direction is that from its own north mark",
    evidence=Evidence.DOCUMENTED,
)

STX, ETX = b"\x02", b"\x03"
ENDS = b"\r\n"
BODY_BYTES = 300  # the longest report of a GMX600, all of its columns, is some 250
TEXT_BYTES = 64  # a line of the power-up message; the longest in the manual is 38
POLAR = "NODE DIR SPEED UNITS STATUS"
NODE, UNITS, STATUS = "NODE", "UNITS", "STATUS"

METRES_PER_S: Mapping[str, float] = {"M": 1.0, "N": KNOT_M_S, "P": 0.44704, "K": 1 / 3.6, "F": 0.3048 / 60}

WIND: Mapping[str, tuple[str, int]] = {
    # column: quantity and channel; the second channel is corrected by the compass, or by compass and GPS
    "DIR": ("wind_direction", 0),
    "SPEED": ("wind_speed", 0),
    "CDIR": ("wind_direction", 1),
    "CSPEED": ("wind_speed", 1),
}
AIR: Mapping[str, str] = {
    "PRESS": "pressure",
    "RH": "humidity",
    "TEMP": "temperature",
    "DEWPOINT": "dew_point",
    "SOLARRAD": "radiation",
    "PRECIPI": "rain_rate",
    "PRECIPT": "rain_total",
    "VOLT": "supply",
}

# Of the status without its leading zeros: two digits of a WindSonic, four of a MaxiMet
FINE = frozenset(("", "50", "51", "60", "100"))  # fine, marginal gain, average building, heated, WMO average building
FAULTS: Mapping[str, str] = {
    "1": "axis 1 failed",
    "2": "axis 2 failed",
    "4": "axes 1 and 2 failed",
    "8": "its non-volatile memory is damaged",
    "9": "its program memory is damaged",
    "10": "gain at its maximum",
    "B": "no data of the wind sensor",
    "200": "no compass",
}

_FRAME = re.compile(rb"\x02([ -~]{0,%d})\x03([0-9A-Fa-f]{2})" % BODY_BYTES)
_PART = re.compile(rb"\x02[ -~]{0,%d}(\x03[0-9A-Fa-f]?)?" % BODY_BYTES)
_UV = re.compile(r"[A-Z],([+-][0-9.]+),([+-][0-9.]+),([A-Z]),([0-9A-F]{2}),")
_PRINTABLE = re.compile(rb"[ -~]*\r?")
_TEXT = re.compile(
    rb"(?P<restart>WINDSONIC[ -~]*)"
    rb"|(?:FIRMWARE: ?)?(?P<firmware>\d{4} ?- ?\d{3}(?:-\d{2})?)"
    rb"|(?P<line>RS(?:232|485|422)[ -~]*)"
    rb"|CHECKSUM (?P<memory>[A-Z]{3})[: ][0-9A-F]{4} [0-9A-F]{4} \*(?P<verdict>PASS|FAIL)\*"
)
TEXT_STARTS = b"WF2RC"


@dataclass(frozen=True, slots=True)
class Settings:
    """``report`` names the columns of a frame, as MetSet shows them: ``NODE DIR SPEED PRESS RH … CHECK``."""

    report: str = POLAR

    def __post_init__(self) -> None:
        if self.columns()[:1] != (NODE,):
            raise ValueError(f"report is {self.report!r}; expected columns, the first of them {NODE}")
        if not (WIND.keys() | AIR.keys()) & set(self.columns()):
            raise ValueError(f"report is {self.report!r}; expected one of: {', '.join((*WIND, *AIR))}")

    def columns(self) -> tuple[str, ...]:
        """All but the checksum, which stands outside."""
        return tuple(name for name in self.report.replace(",", " ").upper().split() if name != "CHECK")


DEFAULTS = Settings()


class Decoder:
    """Wind, and what else the report has; a gap where the status says that wind is not measured."""

    def __init__(self, settings: Settings = DEFAULTS) -> None:
        self._columns = settings.columns()
        self.feed = Framer(STX + ENDS + TEXT_STARTS, _measure, self._items).feed

    def _items(self, frame: bytes) -> list[Item]:
        if frame in (b"\r", b"\n"):
            return []
        if frame[:1] != STX:
            return _text(frame)
        return self._report(frame[1 : frame.index(ETX)].decode("ascii"))

    def _report(self, body: str) -> list[Item]:
        *fields, rest = body.split(",")
        try:
            if uv := _UV.fullmatch(body):
                return _along_axes(uv)
            if rest or len(fields) != len(self._columns):
                raise ValueError(f"{len(fields)} columns; the report has {len(self._columns)}")
            return _given(dict(zip(self._columns, fields, strict=True)))
        except ValueError as error:
            return [Gap(Why.INVALID, f"{body}: {error}")]


def _measure(head: memoryview) -> int | Verdict:
    if head[0] in ENDS:
        return 1
    if head[:1] != STX:
        return _measure_text(head)
    if frame := _FRAME.match(head):
        return frame.end() if xor8(frame[1]) == int(frame[2], 16) else Verdict.DAMAGED
    return Verdict.MORE if _PART.fullmatch(head) else Verdict.NOISE


def _measure_text(head: memoryview) -> int | Verdict:
    line, end, _ = bytes(head[:TEXT_BYTES]).partition(b"\n")
    if end:
        return len(line) + 1 if _TEXT.fullmatch(line.rstrip()) else Verdict.NOISE
    return Verdict.MORE if len(line) < TEXT_BYTES and _PRINTABLE.fullmatch(line) else Verdict.NOISE


def _text(line: bytes) -> list[Item]:
    text = _TEXT.fullmatch(line.rstrip())
    said = {name: part.decode("ascii") for name, part in text.groupdict().items() if part} if text else {}
    if "restart" in said:
        return [Gap(Why.RESTART, said["restart"])]
    if said.get("verdict") == "FAIL":
        return [Gap(Why.INVALID, f"its memory {said['memory']} is damaged")]
    return [Note(topic, words) for topic, words in said.items() if topic in ("firmware", "line")]


def _fault(status: str) -> list[Item]:
    """Of the wind; none if it is fine."""
    code = status.lstrip("0")
    return [] if code in FINE else [Gap(Why.INVALID, FAULTS.get(code, f"status {status!r}"))]


def _factor(unit: str) -> float:
    if unit not in METRES_PER_S:
        raise ValueError(f"unit {unit!r} is none of {', '.join(METRES_PER_S)}")
    return METRES_PER_S[unit]


def _along_axes(uv: re.Match[str]) -> list[Item]:
    speed = math.hypot(number(uv[1]), number(uv[2])) * _factor(uv[3])
    return _fault(uv[4]) or [reading("wind_speed", speed)]


def _given(row: Mapping[str, str]) -> list[Item]:
    air = [reading(AIR[name], number(text)) for name, text in row.items() if name in AIR and text]
    return [*(_fault(row.get(STATUS, "")) or _wind(row)), *air] if WIND.keys() & row.keys() else [*air]


def _wind(row: Mapping[str, str]) -> Sequence[Item]:
    factors = {"wind_direction": 1.0, "wind_speed": _factor(row.get(UNITS, "M"))}
    columns = [(*WIND[name], number(text)) for name, text in row.items() if name in WIND and text]
    return [reading(quantity, value * factors[quantity], channel) for quantity, channel, value in columns]
