"""Weather and lightning in sentences of NMEA 0183: masts, weather stations, ships' instruments, Boltek's detectors.

    $WIMWV,56.2,R,1.6,N,A*15        wind angle; R as it is felt, T as the instrument reckons it; speed, unit, status
    $WIMWD,328.2,T,326.8,M,11.2,N,5.8,M*61      from where the wind blows, true and magnetic; speed in knots and m/s
    $WIMDA,29.8991,I,1.0125,B,27.9,C,,,48.8,,16.1,C,29.4,T,32.0,M,1.6,N,0.8,M*63       weather; an empty field is normal
    $IIXDR,C,19.52,C,TempAir*19     transducers: type, value, unit, name, again and again
    $WIMLI,254,306,066.6*5E         Boltek, a strike: miles corrected and not, bearing
    $WIMST,0,0,0,0,000.0*42         Boltek, each second: strikes a minute close and all, two alarms; its heading
    $WIMLN*AB                       Boltek: too much noise to hear a strike

Channel 0 of ``wind_speed`` and ``wind_angle`` is the wind as it is felt (MWV, R; WXT's XDR), channel 1 the wind as the
instrument reckons it by its compass and its own speed (MWV, T; MWD; MDA). The angle is from the instrument's own axis,
on a ship from the bow. In MWV, T it is so too on a chart plotter, and from the north on a Gill MaxiMet.

Boltek's checksum is not NMEA's: it is the sum of all letters before the star, with the dollar, modulo 256. No document
that was found says so; seven sentences of real detectors do (five strikes and the noise of an LD-350 in public code,
the status of an LD-250 in the documentation of ts_ess_common), and none of them holds as an XOR.

Sources: NMEA 0183 4.10, MWV, MWD, MDA, XDR; Vaisala WXT530 User Guide M211840EN, 7.4 (XDR, TXT); names of transducers
as real devices say them: gpsd test/daemon/bundg_zeus_9.log, Airmar, Gill MaxiMet; ts_ess_common, "Boltek LD-250".
"""

import re
from collections.abc import Callable, Mapping, Sequence

from drivers import _nmea
from drivers._checks import sum8, xor8
from drivers._framing import Framer, Verdict
from drivers._nmea import KNOT_M_S, number
from drivers._sheet import Evidence, Range, Sheet, Thin
from drivers._types import Gap, Item, Line, Note, Why
from drivers._units import reading
from drivers._weather import (
    CELSIUS,
    DEGREES,
    HAIL,
    HEATER,
    INCH_OF_MERCURY_HPA,
    MILE_KM,
    PER_CENT,
    PRESSURE,
    RAIN,
    SPEED,
    VOLT,
    Units,
    converted,
)

LINE = Line(4800)
PERIOD_S = 1.0
GREETING = b""
SHEET = Sheet(
    models="any talker of MWV, MWD, MDA, XDR: Airmar WX, Gill and Vaisala in NMEA mode, LCJ CV7; Boltek LD-250",
    reads={
        "wind_direction": Range("deg", 0, 360, per_s=360),
        "wind_angle": Range("deg", 0, 360, per_s=360),
        "wind_speed": Range("m/s", 0, 100, per_s=30),
        "wind_lull": Range("m/s", 0, 100, per_s=30, thin=Thin.LEAST),
        "wind_gust": Range("m/s", 0, 100, per_s=30, thin=Thin.MOST),
        "temperature": Range("Cel", -60, 70, per_s=2),
        "dew_point": Range("Cel", -90, 70, per_s=2),
        "humidity": Range("%RH", 0, 100, per_s=10),
        "pressure": Range("hPa", 300, 1100, per_s=2),
        "rain_total": Range("mm", 0, 100_000, per_s=1),
        "rain_rate": Range("mm/h", 0, 500, per_s=100),
        "hail": Range("/cm2", 0, 7000, per_s=10),
        "hail_intensity": Range("/cm2/h", 0, 36_000, per_s=3600),
        "heater_temperature": Range("Cel", -60, 150, per_s=10),
        "heater_voltage": Range("V", 0, 60, per_s=60),
        "supply": Range("V", 0, 40, per_s=10),
        "lightning_distance": Range("km", 0, 500),
        "lightning_bearing": Range("deg", 0, 360),
        "lightning_rate": Range("/min", 0, 999),
        "lightning_rate_close": Range("/min", 0, 999),
        "lightning_close_alarm": Range("count", 0, 1),
        "lightning_severe_alarm": Range("count", 0, 1),
    },
    wiring="RS-422 or RS-232 by device; 4800 Bd, Boltek LD-250: 9600 or 19200 Bd",
    check="XOR of 8 bits; Boltek: sum of 8 bits",
    traps="empty fields are normal; wind_speed has two channels, as felt and as reckoned; no strike, no sentence of it",
    evidence=Evidence.RECORDED,
)

FELT, RECKONED = 0, 1
MOST_FIELDS = 24  # the columns that are read; an empty end is often left out

Column = tuple[str, int, tuple[tuple[int, float], ...]]
"""Quantity, channel, and where it stands with the factor to our unit; of several the first that is not empty."""

COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "MDA": (
        ("pressure", 0, ((3, 1000.0), (1, INCH_OF_MERCURY_HPA))),
        ("temperature", 0, ((5, 1.0),)),
        ("humidity", 0, ((9, 1.0),)),
        ("dew_point", 0, ((11, 1.0),)),
        ("wind_direction", 0, ((13, 1.0),)),
        ("wind_speed", RECKONED, ((19, 1.0), (17, KNOT_M_S))),
    ),
    "MWD": (("wind_direction", 0, ((1, 1.0),)), ("wind_speed", RECKONED, ((7, 1.0), (5, KNOT_M_S)))),
    "MTA": (("temperature", 0, ((1, 1.0),)),),
    "MLI": (("lightning_distance", 0, ((1, MILE_KM),)), ("lightning_bearing", 0, ((3, 1.0),))),
}
STATUS: tuple[Column, ...] = (
    ("lightning_rate_close", 0, ((1, 1.0),)),
    ("lightning_rate", 0, ((2, 1.0),)),
    ("lightning_close_alarm", 0, ((3, 1.0),)),
    ("lightning_severe_alarm", 0, ((4, 1.0),)),
)

# By type and name, in capitals. What is not here is of a ship, or computed: HEEL, TRIM, RUDDER, WCHR, HINX, PTCH
TRANSDUCERS: Mapping[tuple[str, str], tuple[str, Units]] = {
    ("C", "AIRTEMP"): ("temperature", CELSIUS),
    ("C", "TEMPAIR"): ("temperature", CELSIUS),
    ("C", "TEMP"): ("temperature", CELSIUS),
    ("C", ""): ("temperature", CELSIUS),  # LCJ CV7
    ("C", "DEWP"): ("dew_point", CELSIUS),
    ("P", ""): ("pressure", PRESSURE),
    ("P", "BARO"): ("pressure", PRESSURE),
    ("P", "BAROMETER"): ("pressure", PRESSURE),
    ("P", "STNP"): ("pressure", PRESSURE),
    ("P", "PRESS"): ("pressure", PRESSURE),
    ("H", "RH"): ("humidity", PER_CENT),
    ("U", "BRDV"): ("supply", VOLT),
}
# Vaisala's are numbered, from the transmitter's address on: these of address 0, of talker WI alone
NUMBERED: Mapping[tuple[str, str], tuple[str, Units]] = {
    ("A", "1"): ("wind_direction", DEGREES),
    ("S", "0"): ("wind_lull", SPEED),
    ("S", "1"): ("wind_speed", SPEED),
    ("S", "2"): ("wind_gust", SPEED),
    ("C", "0"): ("temperature", CELSIUS),
    ("H", "0"): ("humidity", PER_CENT),
    ("P", "0"): ("pressure", PRESSURE),
    ("V", "0"): ("rain_total", RAIN),
    ("R", "0"): ("rain_rate", RAIN),
    ("V", "1"): ("hail", HAIL),
    ("R", "1"): ("hail_intensity", HAIL),
    ("C", "2"): ("heater_temperature", CELSIUS),
    ("U", "0"): ("heater_voltage", HEATER),
    ("U", "1"): ("supply", VOLT),
}
GROUP = 4  # type, value, unit, name

VALID = frozenset(("A", "00"))  # of MWV; 00 is Gill's
REFERENCES = {"R": FELT, "T": RECKONED}
START_UP = "07"  # of Vaisala's texts

_BOLTEK = re.compile(rb"\$WIM(?:LI|LN|ST|SU)[,*]")


class Decoder:
    """Readings of what stands in the sentences; a gap where they say that it is not valid; texts as notes."""

    def __init__(self) -> None:
        self.feed = Framer(bytes((_nmea.DOLLAR,)), _measure, _items).feed


def _boltek(body: bytes) -> int:
    return sum8(b"$" + body)


def _measure(head: memoryview) -> int | Verdict:
    return _nmea.measure(head, _boltek if _BOLTEK.match(head) else xor8)


def _items(sentence: bytes) -> list[Item]:
    fields = _nmea.fields(sentence)
    kind = _nmea.kind(fields[0])
    if kind not in SENTENCES:
        return []
    try:
        return SENTENCES[kind](fields + [""] * MOST_FIELDS)
    except ValueError as error:
        return [Gap(Why.INVALID, f"{kind}: {error}")]


def _columns(columns: Sequence[Column]) -> Callable[[Sequence[str]], list[Item]]:
    def items(fields: Sequence[str]) -> list[Item]:
        return [item for column in columns for item in _first(column, fields)]

    return items


def _first(column: Column, fields: Sequence[str]) -> list[Item]:
    quantity, channel, places = column
    given = [number(fields[at]) * factor for at, factor in places if fields[at]]
    return [reading(quantity, value, channel) for value in given[:1]]


def _mwv(fields: Sequence[str]) -> list[Item]:
    _, angle, reference, speed, unit, status = fields[:6]
    if status not in VALID:
        raise ValueError(f"status {status!r}")
    if reference not in REFERENCES:
        raise ValueError(f"reference {reference!r} is neither R nor T")
    channel = REFERENCES[reference]
    items: list[Item] = [reading("wind_angle", number(angle), channel)] if angle else []
    return items + ([reading("wind_speed", converted(number(speed), unit, SPEED), channel)] if speed else [])


def _xdr(fields: Sequence[str]) -> list[Item]:
    known = {**TRANSDUCERS, **NUMBERED} if fields[0].startswith("WI") else TRANSDUCERS
    groups = (fields[at : at + GROUP] for at in range(1, len(fields) - GROUP + 1, GROUP))
    return [
        reading(known[kind, name.upper()][0], converted(number(value), unit, known[kind, name.upper()][1]))
        for kind, value, unit, name in groups
        if value and (kind, name.upper()) in known
    ]


def _txt(fields: Sequence[str]) -> list[Item]:
    talker, _, _, identifier, words = fields[:5]
    if talker.startswith("WI") and identifier == START_UP:
        return [Gap(Why.RESTART, words)]
    return [Note("text", words)]


def _noise(_fields: Sequence[str]) -> list[Item]:
    return [Gap(Why.INVALID, "too much noise to hear a strike")]


SENTENCES: Mapping[str, Callable[[Sequence[str]], list[Item]]] = {
    **{kind: _columns(columns) for kind, columns in COLUMNS.items()},
    "MST": _columns(STATUS),
    "MSU": _columns(STATUS),
    "MLN": _noise,
    "MWV": _mwv,
    "XDR": _xdr,
    "TXT": _txt,
}
