"""GNSS receivers: NMEA 0183 sentences and u-blox frames in one stream.

    $ttKKK,field,field,…*hh CR LF         tt talker (GP, GN, GA …), KKK kind, hh XOR of what stands between $ and *
    B5 62 class id length16 payload A B   A B: Fletcher-8 of class to payload; little endian

Sources: NMEA 0183 4.10 (RMC, GGA, ZDA); u-blox M8 protocol specification UBX-13003221 (UBX-TIM-TP). Recordings of
real receivers: gpsd, test/daemon (BSD-2).

A sentence comes 100 to 700 ms after its second, so ``utc`` names a second and does not mark its beginning: for that
there is the PPS. Without a fix there is a gap, never the last position again; ZDA has no field for that, so it counts
until the receiver itself says, in RMC or GGA, that it has no fix.
"""

import re
import struct
from collections.abc import Callable, Sequence
from datetime import date

from drivers._checks import fletcher8, xor8
from drivers._framing import Framer, Verdict
from drivers._sheet import Evidence, Range, Sheet
from drivers._types import Gap, Item, Line, Note, Why
from drivers._units import reading

LINE = Line(9600)
PERIOD_S = 1.0
GREETING = b""
SHEET = Sheet(
    models="any receiver with NMEA 0183; u-blox 6 and later with UBX",
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
        "pps_quantisation_error": Range("s", -1e-6, 1e-6),
    },
    wiring="TTL 3.3 V or USB; the PPS to the acoustic front-end",
    check="NMEA: XOR of 8 bits; UBX: Fletcher of 16",
    traps="a sentence comes 100 to 700 ms after its second: only the PPS marks it",
    evidence=Evidence.RECORDED,
)

SENTENCE_BYTES = 250  # the standard says 82; RTK receivers write more digits and proprietary sentences are longer still
UBX_BYTES = 2048  # payload: a navigation message of all satellites in view has some 1,100; two seconds at 9600 Bd
UBX_FRAME_BYTES = 8  # around the payload
KNOT_M_S = 1852 / 3600
EPOCH = date(1970, 1, 1)
CENTURY_FROM = 80  # GPS began in 1980, so a year of two digits lies in 1980..2079

# GGA quality: GPS, DGPS, PPS, RTK, float RTK, SBAS; not 6 estimated, 7 manual, 8 simulated
FIXES = frozenset("123459")
# RMC mode: autonomous, differential, float RTK, precise, RTK, or none before NMEA 2.3; not estimated, manual, simulated
MODES = frozenset(("", *"ADFPR"))

_BODY = rb"\$([ -#%%-)+-~]{0,%d})" % SENTENCE_BYTES
_SENTENCE = re.compile(_BODY + rb"\*([0-9A-Fa-f]{2})\r?\n")
_PART = re.compile(_BODY + rb"(\*([0-9A-Fa-f]{0,2}|[0-9A-Fa-f]{2}\r))?")
_NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{0,12})?")
_TIME = re.compile(r"(\d\d)(\d\d)(\d\d(\.\d{0,9})?)")
_SHORT_DATE = re.compile(r"(\d\d)(\d\d)(\d\d)")
_LONG_DATE = re.compile(r"(\d\d),(\d\d),(\d{4})")


def _measure_sentence(head: memoryview) -> int | Verdict:
    if sentence := _SENTENCE.match(head):
        return sentence.end() if xor8(sentence[1]) == int(sentence[2], 16) else Verdict.DAMAGED
    return Verdict.MORE if _PART.fullmatch(head) else Verdict.NOISE


def _measure_ubx(head: memoryview) -> int | Verdict:
    if head[:2] != b"\xb5\x62"[: len(head)]:
        return Verdict.NOISE
    end = UBX_FRAME_BYTES + int.from_bytes(head[4:6], "little")
    if end > UBX_FRAME_BYTES + UBX_BYTES:
        return Verdict.NOISE
    if len(head) < end:
        return Verdict.MORE
    return end if fletcher8(head[2 : end - 2]) == head[end - 2 : end] else Verdict.DAMAGED


MEASURES = {ord("$"): _measure_sentence, 0xB5: _measure_ubx}


def _measure(head: memoryview) -> int | Verdict:
    return MEASURES[head[0]](head)


def _number(field: str) -> float:
    if not _NUMBER.fullmatch(field):
        raise ValueError(f"{field!r} is not a number")
    return float(field)


def _parts(pattern: re.Pattern[str], field: str) -> list[float]:
    if not (found := pattern.fullmatch(field)):
        raise ValueError(f"{field!r} is not a time or date")
    return [float(part) for part in found.groups()[:3]]


def _utc_s(time: str, year: int, month: int, day: int) -> float:
    """Seconds since 1970, without leap seconds; the leap second itself, 23:59:60, is the first of the next day."""
    hour, minute, second = _parts(_TIME, time)
    if hour >= 24 or minute >= 60 or second >= 61:
        raise ValueError(f"{time!r} is not a time")
    return (date(year, month, day) - EPOCH).days * 86_400 + hour * 3600 + minute * 60 + second


def _degrees(field: str, half: str, halves: tuple[str, str], largest: int) -> float:
    """``dddmm.mmmm`` and a letter, as degrees, positive for the first letter."""
    degrees, minutes = divmod(_number(field), 100)
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
    return [reading(quantity, _number(fields[column])) for column, quantity in columns.items() if fields[column]]


def _rmc(fields: Sequence[str]) -> list[Item]:
    if fields[2] != "A" or fields[12] not in MODES:
        raise ValueError(f"no fix (status {fields[2]!r}, mode {fields[12]!r})")
    day, month, year = _parts(_SHORT_DATE, fields[9])
    century = 1900 if year >= CENTURY_FROM else 2000
    utc_s = _utc_s(fields[1], int(year) + century, int(month), int(day))
    speed = reading("speed", _number(fields[7]) * KNOT_M_S)
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


def _kind(address: str) -> str:
    """RMC of GPRMC; nothing for a proprietary sentence, whose address begins with P."""
    return address[2:] if len(address) == 5 and address[0] != "P" else ""


TIM_TP = struct.Struct("<IIiHBB")  # tow ms, tow 2^-32 ms, quantisation error ps, week, flags, reference
QUANTISATION_UNKNOWN = 0x10


def _tim_tp(payload: bytes) -> list[Item]:
    """The quantisation error of the pulse that comes next."""
    _, _, error_ps, _, flags, _ = TIM_TP.unpack(payload)
    if flags & QUANTISATION_UNKNOWN:
        return [Gap(Why.INVALID, "TIM-TP: quantisation error is not known")]
    return [reading("pps_quantisation_error", error_ps / 1e12)]


UBX: dict[bytes, Callable[[bytes], list[Item]]] = {b"\x0d\x01\x10\x00": _tim_tp}  # by class, id and length


class Decoder:
    """Time, position and their quality."""

    def __init__(self) -> None:
        self._framer = Framer(bytes(MEASURES), _measure, self._items)
        self._lost_fix = False

    def feed(self, data: bytes) -> list[Item]:
        """Readings of RMC, GGA, ZDA and TIM-TP; a gap where they say that there is no fix; TXT as a note."""
        return self._framer.feed(data)

    def _items(self, frame: bytes) -> list[Item]:
        if frame.startswith(b"$"):
            return self._sentence(frame[1 : frame.index(b"*")].decode("ascii").split(","))
        return UBX[frame[2:6]](frame[6:-2]) if frame[2:6] in UBX else []

    def _sentence(self, fields: list[str]) -> list[Item]:
        kind = _kind(fields[0])
        if kind not in SENTENCES:
            return []
        items = self._trusted(kind, fields + [""] * MOST_FIELDS)
        if kind in TELLS_FIX:
            self._lost_fix = isinstance(items[0], Gap)
        return items

    def _trusted(self, kind: str, fields: list[str]) -> list[Item]:
        if kind == "ZDA" and self._lost_fix:
            return [Gap(Why.INVALID, "ZDA: no fix")]
        try:
            return SENTENCES[kind](fields)
        except ValueError as error:
            return [Gap(Why.INVALID, f"{kind}: {error}")]
