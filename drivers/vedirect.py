r"""Victron VE.Direct: solar chargers (MPPT), battery monitors (BMV, SmartShunt), Phoenix inverters, once a second.

    \r\n PID \t 0xA042  \r\n V \t 12530  …  \r\n Checksum \t c      a block: all its bytes sum to 0 modulo 256
    : A 50100…200 \n                                                a HEX frame: its nibble and bytes sum to 55

HEX frames come between blocks and inside them, and belong to no block's sum; c may be any byte, also ``:``, CR or LF. A
battery monitor says two blocks in turn, the second with its history, which is not told. What is no value (``---``, and
a time to go of -1 while the battery is not discharged) is a gap once, when it begins.

The sum alone would pass the rest of a torn block one time in 256. So a block begins where one ended, or with a label
that has begun a block before; its fields must all be well formed, and no label may stand in it twice.

Sources: Victron Energy, "VE.Direct Protocol" (text fields and their units) and "VE.Direct Protocol FAQ" (frame
handler, HEX checksum); recordings: karioja/vedirect, test/bvm702.dump and test/bluesolar_1.23.dump (MIT).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from drivers._checks import sum8
from drivers._sheet import Evidence, Range, Sheet
from drivers._types import Gap, Item, Line, Note, Reading, Why

LINE = Line(19_200)
PERIOD_S = 1.0
GREETING = b""
SHEET = Sheet(
    models="Victron BlueSolar and SmartSolar MPPT, BMV-600, BMV-700, SmartShunt, Phoenix inverters",
    reads={
        "battery_voltage": Range("V", -1, 400),  # BMV-700H: 385 V
        "battery_current": Range("A", -10_000, 10_000),
        "battery_power": Range("W", -200_000, 200_000),
        "state_of_charge": Range("/100", 0, 100),
        "time_to_go": Range("min", 0, 14_400),
        "consumed_charge": Range("Ah", -100_000, 100_000),
        "temperature": Range("Cel", -60, 150),
        "panel_voltage": Range("V", -1, 600),
        "panel_power": Range("W", 0, 50_000),
        "load_current": Range("A", -1, 200),
        "yield_today": Range("kWh", 0, 655.35),
        "charger_state": Range("count", 0, 255),
        "charger_error": Range("count", 0, 255),
        "output_voltage": Range("V", -1, 300),
        "output_current": Range("A", -1, 500),
        "output_power": Range("VA", -1, 50_000),
        "load": Range("count", 0, 1),
        "relay": Range("count", 0, 1),
        "alarm": Range("count", 0, 1),
        "alarm_reason": Range("count", 0, 65_535),
    },
    wiring="VE.Direct to USB cable; or its 4 pins through an isolator: 5 V on MPPT, 3.3 V on BMV; pin 3 is its TX",
    check="sum of 8 bits over a block of well-formed text",
    traps="HEX frames amid the text are not in its sum; the text stops for some seconds when somebody speaks HEX to it",
    evidence=Evidence.RECORDED,
)

LONGEST_BLOCK_BYTES = 1024  # 22 fields of 2 + 8 + 1 + 32 bytes and a checksum of 12 are 958
LONGEST_HEX = 128  # digits; the longest frame, a day's history, has about 80
MOST_OPENERS = 8
OPENERS = (b"PID", b"H1")  # first labels of the blocks of every product since the BMV-700

END = re.compile(rb":[0-9A-F]{2,%d}\n|\r\nChecksum\t[\s\S]" % LONGEST_HEX)
FIELD = re.compile(rb"\r\n([A-Za-z][A-Za-z0-9_#]{0,7})\t([ -~]{0,32})")
BLOCK = re.compile(rb"(?:%s)+\r\nChecksum\t[\s\S]" % FIELD.pattern)
NUMBER = re.compile(r"-?[0-9]{1,9}")
HEX_SUM = 0x55


@dataclass(frozen=True, slots=True)
class _Value:
    """What a label's number is: so many ``parts`` are one ``unit``."""

    quantity: str
    unit: str
    parts: int = 1
    channel: int = 0


VALUES: Mapping[str, _Value] = {
    "V": _Value("battery_voltage", "V", 1000),
    "VS": _Value("battery_voltage", "V", 1000, 1),  # the starter battery
    "I": _Value("battery_current", "A", 1000),
    "P": _Value("battery_power", "W"),
    "CE": _Value("consumed_charge", "Ah", 1000),
    "SOC": _Value("state_of_charge", "/100", 10),
    "TTG": _Value("time_to_go", "min"),
    "T": _Value("temperature", "Cel"),  # of the battery
    "VPV": _Value("panel_voltage", "V", 1000),
    "PPV": _Value("panel_power", "W"),
    "IL": _Value("load_current", "A", 1000),
    "H20": _Value("yield_today", "kWh", 100),
    "CS": _Value("charger_state", "count"),
    "ERR": _Value("charger_error", "count"),
    "AR": _Value("alarm_reason", "count"),
    "WARN": _Value("alarm_reason", "count", 1, 1),
    "AC_OUT_V": _Value("output_voltage", "V", 100),
    "AC_OUT_I": _Value("output_current", "A", 10),
    "AC_OUT_S": _Value("output_power", "VA"),
}
SWITCHES = {"LOAD": "load", "Relay": "relay", "Alarm": "alarm"}
POSITIONS = {"OFF": 0.0, "ON": 1.0}
NOTES = {"PID": "product", "FW": "firmware", "FWE": "firmware", "SER#": "unique_id", "BMV": "model", "MODE": "mode"}
NO_VALUE = {"TTG": "-1"}
NOT_THERE = "---"


class Decoder:
    """Readings of each block, all or none; notes where the device tells another word of itself than before."""

    def __init__(self) -> None:
        self._text = b""
        self._openers = list(OPENERS)
        self._words: dict[str, str] = {}

    def feed(self, data: bytes) -> list[Item]:
        """Items of the blocks that ``data`` completes."""
        self._text += data
        items: list[Item] = []
        while (end := self._next(items)) is not None:
            items += self._block(end)
        return items

    def _next(self, items: list[Item]) -> int | None:
        """Where the block at hand ends, HEX frames taken out; None until it does.

        What goes on for two blocks without an end is cut by the length of one: no block that began in it is torn.
        """
        while True:
            found = END.search(self._text)
            end = found.end() if found else len(self._text)
            if end > 2 * LONGEST_BLOCK_BYTES:
                items.append(_lost(self._text[:LONGEST_BLOCK_BYTES]))
                self._text = self._text[LONGEST_BLOCK_BYTES:]
            elif found is None:
                return None
            elif found[0].startswith(b":"):
                items += _hex(found[0])
                self._text = self._text[: found.start()] + self._text[end:]
            else:
                return end

    def _block(self, end: int) -> list[Item]:
        """What is said up to ``end``. A CR that fails as a checksum begins the next block: its own byte was lost."""
        at = self._start(self._text[:end])
        end -= at is None and self._text[:end].endswith(b"\r")
        text, self._text = self._text[:end], self._text[end:]
        if at is None:
            return [_lost(text)]
        before = [_lost(text[:at])] if at else []
        fields = FIELD.findall(text, at)
        self._learn(fields[0][0])
        return [*before, *self._items({label.decode(): value.decode() for label, value in fields[:-1]})]

    def _start(self, text: bytes) -> int | None:
        """Where in ``text`` a whole block begins: at once, or with a label that begins blocks."""
        inside = [found.start() for found in FIELD.finditer(text, 1) if found[1] in self._openers]
        return next((at for at in (0, *inside) if _is_whole(text[at:])), None)

    def _learn(self, opener: bytes) -> None:
        if opener not in self._openers and len(self._openers) < MOST_OPENERS:
            self._openers.append(opener)

    def _items(self, fields: Mapping[str, str]) -> list[Item]:
        for label, text in fields.items():
            if not _makes_sense(label, text):
                return [Gap(Why.INVALID, f"{label} is {text!r}: no value of it")]
        return [item for label, text in fields.items() for item in self._field(label, text)]

    def _field(self, label: str, text: str) -> list[Item]:
        if label in NOTES:
            return [Note(NOTES[label], text)] if self._is_new(label, text) else []
        if _is_absent(label, text):
            return [Gap(Why.INVALID, f"{label} is {text}: there is no value")] if self._is_new(label, text) else []
        self._words.pop(label, None)
        if label in SWITCHES:
            return [Reading(SWITCHES[label], POSITIONS[text], "count")]
        if label in VALUES:
            known = VALUES[label]
            return [Reading(known.quantity, int(text) / known.parts, known.unit, known.channel)]
        return []

    def _is_new(self, label: str, text: str) -> bool:
        known, self._words[label] = self._words.get(label), text
        return text != known


def _is_whole(text: bytes) -> bool:
    """A block of well-formed fields, each label once, that sums to 0."""
    if sum8(text) or not BLOCK.fullmatch(text):
        return False
    labels = [label for label, _ in FIELD.findall(text)]
    return len(labels) == len(set(labels))


def _is_absent(label: str, text: str) -> bool:
    return text in (NOT_THERE, NO_VALUE.get(label))


def _makes_sense(label: str, text: str) -> bool:
    """Whether a field that we read has a value of its kind."""
    if _is_absent(label, text):
        return True
    if label in SWITCHES:
        return text in POSITIONS
    return label not in VALUES or NUMBER.fullmatch(text) is not None


def _hex(frame: bytes) -> list[Item]:
    """A HEX frame, a nibble and bytes, says nothing here; one that is damaged is told."""
    digits = frame[1:-1].decode()
    right = len(digits) % 2 and sum8(bytes.fromhex("0" + digits)) == HEX_SUM
    return [] if right else [Gap(Why.CHECKSUM, f"HEX frame of {len(frame)} bytes")]


def _lost(text: bytes) -> Gap:
    """Bytes that belong to no block that holds."""
    return Gap(Why.CHECKSUM if FIELD.search(text) else Why.NOISE, f"{len(text)} bytes")
