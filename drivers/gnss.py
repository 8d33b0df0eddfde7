"""GNSS receivers: NMEA 0183 sentences and u-blox frames in one stream.

    $ttKKK,field,field,…*hh CR LF         tt talker (GP, GN, GA …), KKK kind, hh XOR of what stands between $ and *
    B5 62 class id length16 payload A B   A B: Fletcher-8 of class to payload; little endian (drivers._ubx)

Sources: NMEA 0183 4.10 (RMC, GGA, ZDA); u-blox's protocol specifications (drivers._ubx). Recordings of real
receivers: gpsd, test/daemon (BSD-2).

A sentence comes 100 to 700 ms after its second, so ``utc`` names a second and does not mark its beginning: for that
there is the PPS. Without a fix there is a gap, never the last position again; ZDA has no field for that, so it counts
until the receiver itself says, in RMC, GGA or NAV-PVT, that it has no fix. No date can be earlier than this driver: one
that is comes from a receiver that is 1024 weeks late, and is corrected (drivers._gnss_time).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from drivers import _nmea, _ubx
from drivers._framing import Framer, Verdict
from drivers._gnss_time import WEEK_S, RollOver, utc_s
from drivers._nmea import KNOT_M_S, number
from drivers._sheet import Evidence, Range, Sheet
from drivers._types import Gap, Item, Line, Note, Why
from drivers._units import reading

LINE = Line(9600)
PERIOD_S = 1.0
GREETING = b""
SHEET = Sheet(
    models="any receiver with NMEA 0183; u-blox 6 and later with UBX, NAV-PVT from u-blox 8 on",
    reads={
        "latitude": Range("lat", -90, 90),
        "longitude": Range("lon", -180, 180),
        "altitude": Range("m", -500, 9_000),
        "speed": Range("m/s", 0, 500),
        "course": Range("deg", 0, 360),
        "satellites": Range("count", 0, 128),
        "hdop": Range("/", 0, 99.99),
        "fix": Range("count", 0, 9),
        "utc": Range("s", 0, 4e9),
        "time_accuracy": Range("s", 0, 1),
        "fix_type": Range("count", 2, 5),
        "ellipsoid_height": Range("m", -500, 9_000),
        "horizontal_accuracy": Range("m", 0, 10_000),
        "vertical_accuracy": Range("m", 0, 10_000),
        "pps_quantisation_error": Range("s", -1e-6, 1e-6),
        "pps_gnss_week": Range("count", 0, 10_000),
        "pps_gnss_tow": Range("s", 0, WEEK_S),
        "pps_utc_week": Range("count", 0, 10_000),
        "pps_utc_tow": Range("s", 0, WEEK_S),
        "event_gnss_week": Range("count", 0, 10_000),
        "event_gnss_tow": Range("s", 0, WEEK_S),
        "event_utc_week": Range("count", 0, 10_000),
        "event_utc_tow": Range("s", 0, WEEK_S),
        "event_accuracy": Range("s", 0, 1),
        "event_count": Range("count", 0, 65_535),
        "leap_seconds": Range("s", 0, 60),
        "next_leap_second": Range("s", -1, 1),
        "time_to_leap_second": Range("s", 0, 4e7),
    },
    wiring="TTL 3.3 V or USB; the PPS to the acoustic front-end, whose frame sync may go to EXTINT",
    check="NMEA: XOR of 8 bits; UBX: Fletcher of 16",
    traps="a sentence comes 100 to 700 ms after its second: only the PPS marks it; old receivers are 1024 weeks late",
    evidence=Evidence.RECORDED,
)

BUILT = date(2026, 1, 1)
"""This driver is not older: a date before it was not today."""
CENTURY_FROM = 80  # GPS began in 1980, so a year of two digits lies in 1980..2079

# GGA quality: GPS, DGPS, PPS, RTK, float RTK, SBAS; not 6 estimated, 7 manual, 8 simulated
FIXES = frozenset("123459")
# RMC mode: autonomous, differential, float RTK, precise, RTK, or none before NMEA 2.3; not estimated, manual, simulated
MODES = frozenset(("", *"ADFPR"))

_TIME = re.compile(r"(\d\d)(\d\d)(\d\d(\.\d{0,9})?)")
_SHORT_DATE = re.compile(r"(\d\d)(\d\d)(\d\d)")
_LONG_DATE = re.compile(r"(\d\d),(\d\d),(\d{4})")


MEASURES = {_nmea.DOLLAR: _nmea.measure, _ubx.SYNC[0]: _ubx.measure}


def _measure(head: memoryview) -> int | Verdict:
    return MEASURES[head[0]](head)


def _parts(pattern: re.Pattern[str], field: str) -> list[float]:
    if not (found := pattern.fullmatch(field)):
        raise ValueError(f"{field!r} is not a time or date")
    return [float(part) for part in found.groups()[:3]]


def _utc_s(time: str, year: int, month: int, day: int) -> float:
    hour, minute, second = _parts(_TIME, time)
    return utc_s(date(year, month, day), hour, minute, second)


def _degrees(field: str, half: str, halves: tuple[str, str], largest: int) -> float:
    """``dddmm.mmmm`` and a letter, as degrees, positive for the first letter."""
    degrees, minutes = divmod(number(field), 100)
    angle = degrees + minutes / 60
    if minutes >= 60 or not 0 <= angle <= largest:
        raise ValueError(f"{field!r} is not an angle")
    return angle * (1, -1)[halves.index(half)]


def _position(fields: Sequence[str]) -> list[Item]:
    return [
        reading("latitude", _degrees(fields[0], fields[1], ("N", "S"), 90)),
        reading("longitude", _degrees(fields[2], fields[3], ("E", "W"), 180)),
    ]


def _given(fields: Sequence[str], columns: dict[int, str]) -> list[Item]:
    """Readings of the columns that are not empty: a receiver at rest, for one, leaves out its course."""
    return [reading(quantity, number(fields[column])) for column, quantity in columns.items() if fields[column]]


def _rmc(fields: Sequence[str]) -> list[Item]:
    if fields[2] != "A" or fields[12] not in MODES:
        raise ValueError(f"no fix (status {fields[2]!r}, mode {fields[12]!r})")
    day, month, year = _parts(_SHORT_DATE, fields[9])
    century = 1900 if year >= CENTURY_FROM else 2000
    utc_s = _utc_s(fields[1], int(year) + century, int(month), int(day))
    speed = reading("speed", number(fields[7]) * KNOT_M_S)
    return [reading("utc", utc_s), *_position(fields[3:7]), speed, *_given(fields, {8: "course"})]


def _gga(fields: Sequence[str]) -> list[Item]:
    if fields[6] not in FIXES:
        raise ValueError(f"no fix (quality {fields[6]!r})")
    columns = {6: "fix", 7: "satellites", 8: "hdop", 9: "altitude"}
    return [*_position(fields[2:6]), *_given(fields, columns)]


def _zda(fields: Sequence[str]) -> list[Item]:
    day, month, year = _parts(_LONG_DATE, ",".join(fields[2:5]))
    return [reading("utc", _utc_s(fields[1], int(year), int(month), int(day)))]


def _txt(fields: Sequence[str]) -> list[Item]:
    return [Note("text", fields[4])]


SENTENCES: dict[str, Callable[[Sequence[str]], list[Item]]] = {"RMC": _rmc, "GGA": _gga, "ZDA": _zda, "TXT": _txt}
TELLS_FIX = ("RMC", "GGA")
MOST_FIELDS = 13  # the columns that are read; a sentence of an older standard has fewer


@dataclass(frozen=True, slots=True)
class Settings:
    """``not_before`` is the earliest date that can be: for recordings of old days, earlier than the driver's own."""

    not_before: str = BUILT.isoformat()

    def __post_init__(self) -> None:
        try:
            date.fromisoformat(self.not_before)
        except ValueError as error:
            raise ValueError(f"not_before is {self.not_before!r}; expected a date, as {BUILT}") from error


AS_SAID = Settings("1980-01-06")  # GPS began


class Decoder:
    """Time, position and their quality. Without settings, as for a recording, dates are told as they are said."""

    def __init__(self, settings: Settings = AS_SAID) -> None:
        self._framer = Framer(bytes(MEASURES), _measure, self._items)
        self._roll_over = RollOver(date.fromisoformat(settings.not_before))
        self._lost_fix = False

    def feed(self, data: bytes) -> list[Item]:
        """Readings of RMC, GGA, ZDA and of the messages of ``drivers._ubx``; TXT as a note.

        A gap where they say that there is no fix, or that something else is not known.
        """
        return self._framer.feed(data)

    def _items(self, frame: bytes) -> list[Item]:
        items = self._sentence(_nmea.fields(frame)) if frame.startswith(b"$") else self._ubx(frame)
        return self._roll_over.corrected(items)

    def _sentence(self, fields: list[str]) -> list[Item]:
        kind = _nmea.kind(fields[0])
        if kind not in SENTENCES:
            return []
        if kind == "ZDA" and self._lost_fix:
            return [Gap(Why.INVALID, "ZDA: no fix")]
        filled = fields + [""] * MOST_FIELDS
        return self._trusted(kind, lambda: SENTENCES[kind](filled), kind in TELLS_FIX)

    def _ubx(self, frame: bytes) -> list[Item]:
        if (message := _ubx.message(frame)) is None:
            return []
        return self._trusted(message.name, lambda: message.decode(_ubx.payload(frame)), message.tells_fix)

    def _trusted(self, name: str, decode: Callable[[], list[Item]], tells_fix: bool) -> list[Item]:
        """What is said, or a gap of why it does not count."""
        try:
            items = decode()
        except ValueError as error:
            items = [Gap(Why.INVALID, f"{name}: {error}")]
        if tells_fix:
            self._lost_fix = isinstance(items[0], Gap)
        return items
