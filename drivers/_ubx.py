"""Frames of u-blox receivers, and what those that tell time and position say.

    B5 62 class id length16 payload A B   A B: Fletcher-8 of class to payload; little endian

    01 07 NAV-PVT     time with its validity, fix, position, speed: one epoch in one frame
    01 26 NAV-TIMELS  leap seconds, and the next one when it is announced
    0D 01 TIM-TP      the pulse that comes next: its second, and by how much it will be off
    0D 03 TIM-TM2     when an edge came at EXTINT

Sources: u-blox M8 protocol specification UBX-13003221; u-blox F9 HPG 1.32 interface description UBX-22008968, 3.19.1
and 3.19.2. TIM-TP's bit 5, not locked, is named by pyubx2 alone. NAV-PVT of the u-blox 7 is shorter, and not read.

An instant is told as a week and a time of week: a float has 0.1 ns left at the end of a week, and 0.2 µs since 1970.
Week and time of week are those of GNSS or of UTC, as the receiver is configured (CFG-TP5), now 18 s apart; so the name
of each says which. One second of a leap is in no time of week of UTC.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from drivers._checks import fletcher8
from drivers._framing import Verdict
from drivers._gnss_time import WEEK_S, utc_s
from drivers._types import Gap, Item, Why
from drivers._units import reading

SYNC = b"\xb5\x62"
PAYLOAD_BYTES = 2048  # a navigation message of all satellites in view has some 1,100; two seconds at 9600 Bd
FRAME_BYTES = 8  # around the payload
NS, PS = 1e-9, 1e-12
MS_NS = 1_000_000
MM, E7, E5 = 1e-3, 1e-7, 1e-5


def measure(head: memoryview) -> int | Verdict:
    """Of a :class:`drivers._framing.Framer` whose frames begin with B5."""
    if head[:2] != SYNC[: len(head)]:
        return Verdict.NOISE
    end = FRAME_BYTES + int.from_bytes(head[4:6], "little")
    if end > FRAME_BYTES + PAYLOAD_BYTES:
        return Verdict.NOISE
    if len(head) < end:
        return Verdict.MORE
    return end if fletcher8(head[2 : end - 2]) == head[end - 2 : end] else Verdict.DAMAGED


def _instant(what: str, base: str, week: int, tow_s: float, channel: int = 0) -> list[Item]:
    if not 0 <= tow_s < WEEK_S:
        raise ValueError(f"{tow_s:g} s is not a time of week")
    return [
        reading(f"{what}_{base}_week", float(week), channel),
        reading(f"{what}_{base}_tow", tow_s, channel),
    ]


_TIM_TP = struct.Struct("<IIiHBB")  # tow ms, tow 2^-32 ms, quantisation error ps, week, flags, reference
_TP_UTC, _TP_UTC_KNOWN, _TP_ERROR_UNKNOWN, _TP_NOT_LOCKED = 0x01, 0x02, 0x10, 0x20


def _tim_tp(payload: bytes) -> list[Item]:
    """The pulse that comes next."""
    tow_ms, tow_part, error_ps, week, flags, _ = _TIM_TP.unpack(payload)
    if flags & _TP_ERROR_UNKNOWN:
        raise ValueError("quantisation error is not known")
    if flags & _TP_NOT_LOCKED:
        raise ValueError("the pulse is not locked to GNSS")
    error = reading("pps_quantisation_error", error_ps * PS)
    if flags & _TP_UTC and not flags & _TP_UTC_KNOWN:
        return [error]  # UTC by a guess of the leap seconds
    return [error, *_instant("pps", "utc" if flags & _TP_UTC else "gnss", week, (tow_ms + tow_part / 2**32) / 1000)]


_TIM_TM2 = struct.Struct("<BBHHHIIIII")  # EXTINT, flags, count, weeks, tow ms and ns rising, the same falling, error ns
_TM2_UTC_KNOWN, _TM2_VALID = 0x20, 0x40
_TM2_BASES = {1: "gnss", 2: "utc"}
_TM2_EDGES = {0: 0x80, 1: 0x04}  # new rising, new falling edge


def _tim_tm2(payload: bytes) -> list[Item]:
    """The edges that came since the last epoch, of several of a kind the last; ``event_count`` counts the rising ones.

    Channels: twice the number of EXTINT for the rising edge, one more for the falling.
    """
    extint, flags, count, rising, falling, *times, error_ns = _TIM_TM2.unpack(payload)
    base = _TM2_BASES.get(flags >> 3 & 3, "")
    if not flags & _TM2_VALID or not base or (base == "utc" and not flags & _TM2_UTC_KNOWN):
        raise ValueError(f"edge of EXTINT{extint} at no valid time (flags {flags:02x})")
    items: list[Item] = []
    for edge, week in enumerate((rising, falling)):
        tow_ms, part_ns = times[2 * edge : 2 * edge + 2]
        if flags & _TM2_EDGES[edge]:
            channel = 2 * extint + edge
            items += _instant("event", base, week, (tow_ms * MS_NS + part_ns) / 1e9, channel)
            items.append(reading("event_accuracy", error_ns * NS, channel))
    return [*items, reading("event_count", float(count), 2 * extint)] if items else []


@dataclass(frozen=True, slots=True)
class _Pvt:
    """Fields of NAV-PVT that are read, in their units on the wire."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    valid: int
    time_accuracy_ns: int
    nano: int
    fix_type: int
    flags: int
    satellites: int
    longitude: int
    latitude: int
    height_mm: int
    altitude_mm: int
    horizontal_mm: int
    vertical_mm: int
    speed_mm_s: int
    heading: int
    heading_accuracy: int
    flags3: int


_NAV_PVT = struct.Struct(
    "<4xHBBBBBBIiBBxBiiiiII12xii4xI2xH12x"
)  # tow, flags2, velocity N, E, D, speed error, PDOP left out
_PVT_DATE_TIME_RESOLVED = 0x07
_PVT_FIX_OK, _PVT_NO_POSITION = 0x01, 0x01
FIX_2D, FIX_TIME = 2, 5
POSITION_FIXES = (FIX_2D, 3, 4)  # 2D, 3D, 3D with dead reckoning; dead reckoning alone (1) is an estimate
HEADING_ERROR_DEG = 45.0  # a receiver that stands still says its last heading, and that it knows nothing of it


def _nav_pvt(payload: bytes) -> list[Item]:
    """Position first, then time: without a fix, or with neither, there is a gap and nothing else."""
    pvt = _Pvt(*_NAV_PVT.unpack(payload))
    if not pvt.flags & _PVT_FIX_OK or pvt.fix_type not in (*POSITION_FIXES, FIX_TIME):
        raise ValueError(f"no fix (type {pvt.fix_type}, flags {pvt.flags:02x})")
    position = [] if pvt.fix_type == FIX_TIME else _pvt_position(pvt)
    quality = [reading("fix_type", float(pvt.fix_type)), reading("satellites", float(pvt.satellites))]
    return [*position, *_pvt_time(pvt), *quality]


def _pvt_position(pvt: _Pvt) -> list[Item]:
    if pvt.flags3 & _PVT_NO_POSITION:
        return [Gap(Why.INVALID, "NAV-PVT: position is not valid")]
    return [
        reading("latitude", pvt.latitude * E7),
        reading("longitude", pvt.longitude * E7),
        reading("horizontal_accuracy", pvt.horizontal_mm * MM),
        *(_pvt_height(pvt) if pvt.fix_type != FIX_2D else []),
        reading("speed", pvt.speed_mm_s * MM),
        *([reading("course", pvt.heading * E5 % 360)] if pvt.heading_accuracy * E5 < HEADING_ERROR_DEG else []),
    ]


def _pvt_height(pvt: _Pvt) -> list[Item]:
    """A 2D fix takes its height from an earlier one."""
    return [
        reading("altitude", pvt.altitude_mm * MM),
        reading("ellipsoid_height", pvt.height_mm * MM),
        reading("vertical_accuracy", pvt.vertical_mm * MM),
    ]


def _pvt_time(pvt: _Pvt) -> list[Item]:
    if pvt.valid & _PVT_DATE_TIME_RESOLVED != _PVT_DATE_TIME_RESOLVED:
        return [Gap(Why.INVALID, f"NAV-PVT: time is not valid (flags {pvt.valid:02x})")]
    second_s = utc_s(date(pvt.year, pvt.month, pvt.day), pvt.hour, pvt.minute, pvt.second)
    return [reading("utc", second_s + pvt.nano * NS), reading("time_accuracy", pvt.time_accuracy_ns * NS)]


_NAV_TIMELS = struct.Struct("<4xB3xBbBbi4x3xB")  # version, source, leap seconds, source, change, seconds to it, valid
_LS_CURRENT, _LS_NEXT = 0x01, 0x02
_LS_GUESSED = (0, 255)  # sources: as the firmware has it, unknown


def _nav_timels(payload: bytes) -> list[Item]:
    """Leap seconds as the satellites say them; a change is announced months before."""
    version, source, leap_s, _, change_s, to_change_s, valid = _NAV_TIMELS.unpack(payload)
    if version != 0:
        return []
    if not valid & _LS_CURRENT or source in _LS_GUESSED:
        raise ValueError(f"leap seconds are not known (source {source})")
    known: list[Item] = [reading("leap_seconds", float(leap_s))]
    if valid & _LS_NEXT and change_s and to_change_s >= 0:
        known += [reading("next_leap_second", float(change_s)), reading("time_to_leap_second", float(to_change_s))]
    return known


@dataclass(frozen=True, slots=True)
class Message:
    """A kind of frame. One that ``tells_fix`` says whether there is one: it begins with a gap where there is none."""

    name: str
    decode: Callable[[bytes], list[Item]]
    tells_fix: bool = False


MESSAGES: dict[bytes, Message] = {  # by class, id and length
    b"\x01\x07\x5c\x00": Message("NAV-PVT", _nav_pvt, tells_fix=True),
    b"\x01\x26\x18\x00": Message("NAV-TIMELS", _nav_timels),
    b"\x0d\x01\x10\x00": Message("TIM-TP", _tim_tp),
    b"\x0d\x03\x1c\x00": Message("TIM-TM2", _tim_tm2),
}


def message(frame: bytes) -> Message | None:
    """The kind of a whole frame; None of one that is not read."""
    return MESSAGES.get(frame[2:6])


def payload(frame: bytes) -> bytes:
    """What stands between the head of a whole frame and its checksum."""
    return frame[6:-2]
