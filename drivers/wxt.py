"""Vaisala WXT510, WXT520, WXT530 weather transmitters: wind, air, rain and hail, asked in ASCII.

    0r0Kld CR LF    0r0,Dm=274D,Sm=5.8M,Ta=17.9C,…,Vs=12.1VABC CR LF     Kld, ABC: CRC of what stands before
    0R0 CR LF       0R0,Dm=274D,Sm=5.8M,Ta=17.9C,…,Vs=12.1V CR LF        the same without a check
    │└ kind: 0 composite, 1 wind, 2 air, 3 precipitation, 5 supervisor    field: name=number unit; unit # is "not valid"
    └─ address
    0TX,Unknown cmd error CR LF                                          words of the device; 0tX with a CRC
    ? CR LF         0 CR LF                                              its address

Asked in lower case it answers with a check, and so it is asked. Where that finds no answer, or is refused, it is asked
in upper case, and what is left of the protection is the form of each field, its range and its rate of change: the
line ``0R1,Dn=0m=032D,Sm=0.1M`` of a real device lost three bytes, and gives no direction.

Sources: WXT530 User Guide M211840EN (messages, CRC, units, text messages); WXT510 User's Guide M210470EN-D, page 66
(answers with CRC). The CRC is that of SDI-12; the manuals do not say so, and all of their twelve examples but one hold
(``0r1,Dn=236D,…LFj``; its numbers are those of the example without a CRC). From memory: ``Vh`` with # is a transmitter
without a heater, as it stands in the guide's own examples, and no fault.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from drivers._checks import crc_sdi12
from drivers._dialogue import TRIES, Dialogue, Question
from drivers._framing import Framer, Verdict
from drivers._sheet import Evidence, Range, Sheet, Thin
from drivers._types import Gap, Item, Line, Note, Why
from drivers._units import reading
from drivers._weather import CELSIUS, DEGREES, HAIL, HEATER, PER_CENT, PRESSURE, RAIN, SPEED, VOLT, Units, converted

LINE = Line(19200)
PERIOD_S = 5.0  # the factory's interval of wind; air and rain come each minute
GREETING = b""
SHEET = Sheet(
    models="Vaisala WXT510, WXT520, WXT531 to WXT536, in polled ASCII",
    reads={
        "wind_direction": Range("deg", 0, 360, per_s=360),
        "wind_speed": Range("m/s", 0, 75, per_s=5),
        "wind_lull": Range("m/s", 0, 75, per_s=5, thin=Thin.LEAST),
        "wind_gust": Range("m/s", 0, 75, per_s=5, thin=Thin.MOST),
        "temperature": Range("Cel", -60, 70, per_s=1),
        "humidity": Range("%RH", 0, 100, per_s=5),
        "pressure": Range("hPa", 500, 1100, per_s=1),
        "rain_total": Range("mm", 0, 2000, per_s=1),
        "rain_rate": Range("mm/h", 0, 500, per_s=50),
        "hail": Range("/cm2", 0, 7000, per_s=10),
        "hail_intensity": Range("/cm2/h", 0, 36_000, per_s=3600),
        "heater_temperature": Range("Cel", -60, 150, per_s=5),
        "heater_voltage": Range("V", 0, 60, per_s=12),
        "supply": Range("V", 0, 40, per_s=5),
    },
    wiring="RS-232, RS-485 or RS-422 by order; 5 to 32 V supply, a second one for the heater",
    check="CRC-16 in three letters; without it, the form of each field",
    traps="put it into polled mode; rain_total starts at 0 when it is reset, or loses its power",
    evidence=Evidence.RECORDED,
    probes=(b"0R0\r\n", b"?\r\n"),
)

LINE_BYTES = 300  # of what follows the address and kind; all of the composite's fields have some 230
CRC_BYTES = 3
ADDRESS_BYTES = 3  # itself, CR, LF
TIMEOUT_S = 1.0  # 230 bytes take 0.12 s at 19200 Bd, and 0.5 s at 4800 Bd

FIELDS: Mapping[str, tuple[str, Units]] = {
    "Dm": ("wind_direction", DEGREES),
    "Sn": ("wind_lull", SPEED),
    "Sm": ("wind_speed", SPEED),
    "Sx": ("wind_gust", SPEED),
    "Ta": ("temperature", CELSIUS),
    "Ua": ("humidity", PER_CENT),
    "Pa": ("pressure", PRESSURE),
    "Rc": ("rain_total", RAIN),
    "Ri": ("rain_rate", RAIN),
    "Hc": ("hail", HAIL),
    "Hi": ("hail_intensity", HAIL),
    "Th": ("heater_temperature", CELSIUS),
    "Vh": ("heater_voltage", HEATER),
    "Vs": ("supply", VOLT),
}
INVALID = "#"
NO_HEATER = "Vh"
INFORMATION = "Id="

TEXTS = {
    "Start-up": Why.RESTART,
    "Unable to measure error": Why.INVALID,
    "Sync/address error": Why.INVALID,
}
REFUSALS = ("Unknown cmd error", "Use chksum")

_FIELD = re.compile(r"([A-Z][a-z])=(-?\d{1,6}(?:\.\d{1,6})?)([A-Za-z#])")


@dataclass(frozen=True, slots=True)
class Settings:
    """``address`` is the transmitter's own, one letter or digit; it is asked each ``period_s``."""

    address: str = "0"
    period_s: float = PERIOD_S

    def __post_init__(self) -> None:
        if not re.fullmatch("[0-9A-Za-z]", self.address):
            raise ValueError(f"address is {self.address!r}; expected one letter or digit")
        if not 1 <= self.period_s <= 3600:
            raise ValueError(f"period_s is {self.period_s}; expected 1 to 3600")


DEFAULTS = Settings()


class Decoder:
    """The quantities of the sheet; a gap for each field that is not valid or damaged; words of the device as notes."""

    def __init__(self, settings: Settings = DEFAULTS) -> None:
        address = settings.address.encode()
        lines = _Lines(address)
        checked = address + b"r0"
        requests = (checked + crc_sdi12(checked), address + b"R0")
        measures = (lines.checked, lines.plain)
        self._ways = [
            _Way(Dialogue([Question(request + b"\r\n", measure, self._items, settings.period_s, TIMEOUT_S)]))
            for request, measure in zip(requests, measures, strict=True)
        ]
        self._unasked = Framer(address + b"0123456789", lines.any, self._items)
        self._hear = self._unasked.feed
        self._refused = False

    def feed(self, data: bytes) -> list[Item]:
        """Items of the answer that ``data`` completes."""
        return self._hear(data)

    def tick(self, now_s: float) -> list[Item]:
        """The next question; in the other case of letters, when this one finds no answer or is refused."""
        if self._refused:
            self._turn()
        items = [*self._unasked.flush(), *self._ways[0].dialogue.tick(now_s)]
        self._hear = self._ways[0].dialogue.feed
        if self._ways[0].unanswered(items):
            self._turn()
        return items

    def _turn(self) -> None:
        self._ways.reverse()
        self._ways[0].silences = 0
        self._refused = False

    def _items(self, line: bytes) -> list[Item]:
        body = line[:-2].decode("ascii")
        if len(body) == 1:
            return [Note("address", body)]
        body = body[:-CRC_BYTES] if body[1] in "rt" else body
        _, _, rest = body.partition(",")
        if body[2] == "X":
            return self._text(rest)
        self._ways[0].heard = True
        return [item for field in rest.split(",") for item in _field(field)]

    def _text(self, words: str) -> list[Item]:
        self._refused = words.startswith(REFUSALS) and not self._ways[0].heard
        return [Gap(TEXTS[words], words)] if words in TEXTS else [Note("text", words)]


@dataclass(slots=True)
class _Way:
    """One of the two ways to ask; once it is answered, it is kept."""

    dialogue: Dialogue
    heard: bool = False
    silences: int = 0

    def unanswered(self, items: list[Item]) -> bool:
        """Whether, with the gaps of ``items``, it was asked often enough in vain."""
        self.silences += sum(isinstance(item, Gap) and item.why is Why.SILENT for item in items)
        return not self.heard and self.silences >= TRIES


class _Lines:
    """What a line of the transmitter at ``address`` looks like, for a framer."""

    def __init__(self, address: bytes) -> None:
        words = rb"[ -\x7f]{0,%d}" % LINE_BYTES  # a letter of the CRC may be 7F
        self._line = re.compile(address + rb"(?:[Rr][0-5]|[Tt]X),(" + words + rb")\r\n")
        self._part = re.compile(
            address + rb"(?:[Rr](?:[0-5](?:," + words + rb"\r?)?)?|[Tt](?:X(?:," + words + rb"\r?)?)?)?"
        )

    def checked(self, head: memoryview) -> int | Verdict:
        """Answers in lower case, with a CRC that holds; text in upper case too: it may come at any time."""
        return self._cut(head, b"rtT")

    def plain(self, head: memoryview) -> int | Verdict:
        """Answers in upper case; text in either."""
        return self._cut(head, b"RtT")

    def any(self, head: memoryview) -> int | Verdict:
        """Also an address alone. It may be a letter too, but so is the end of many a longer line."""
        if head[1:3] == b"\r\n"[: len(head) - 1]:
            return ADDRESS_BYTES if len(head) >= ADDRESS_BYTES else Verdict.MORE
        return self._cut(head, b"rRtT")

    def _cut(self, head: memoryview, kinds: bytes) -> int | Verdict:
        if len(head) > 1 and head[1] not in kinds:
            return Verdict.NOISE
        if not (line := self._line.match(head)):
            return Verdict.MORE if self._part.fullmatch(head) else Verdict.NOISE
        if head[1] in b"rt" and not _holds(line[0][:-2]):
            return Verdict.DAMAGED
        return line.end()


def _holds(line: bytes) -> bool:
    return crc_sdi12(line[:-CRC_BYTES]) == line[-CRC_BYTES:]


def _field(text: str) -> list[Item]:
    """``Sm=5.8M``: a reading if it is one of the table's, nothing if it is another, a gap if it is not valid."""
    if text.startswith(INFORMATION):
        return []
    if not (parts := _FIELD.fullmatch(text)):
        return [Gap(Why.NOISE, f"{text!r} is no field")]
    name, number, unit = parts.groups()
    if name not in FIELDS or (name, unit) == (NO_HEATER, INVALID):
        return []
    quantity, units = FIELDS[name]
    try:
        return [reading(quantity, converted(float(number), unit, units))]
    except ValueError as error:
        return [Gap(Why.INVALID, f"{name}: {'not valid' if unit == INVALID else error}")]
