"""Plantower PMS3003, PMS1003/5003/6003/7003/9003M/A003, PMS5003T, PMS5003S, PMS5003ST: particles by laser scattering.

     0  1   2  3     4 ..                                            last two
    42 4D  length   Data1 Data2 … 16 bits each, big endian           sum        sum: all bytes before it, 16 bits
           00 14    9 of them: PMS3003
           00 1C    13: all others
           00 24    17: PMS5003ST
           00 04    command and value: an answer

    Data1-3  PM1, PM2.5, PM10 as in a factory ("CF=1")     µg/m³, named pm…_cf1
    Data4-6  the same in the atmosphere                    µg/m³
    Data7-12 particles in 0.1 l larger than 0.3, 0.5, 1, 2.5, 5, 10 µm
             PMS5003T: Data11 °C x 10 (signed), Data12 % x 10 in place of the two largest
    Data13   version, error code; PMS5003S: formaldehyde, µg/m³
             PMS5003ST: formaldehyde, then °C x 10, % x 10, reserved, then version and error

Source: Plantower, "PMS5003 series data manual V2.3", 2016 (frame, commands, 0.2 to 0.8 s while the air changes and
2.3 s while it does not); PMS3003, T, S, ST and captures of the first three: PyPMS, docs/sensors/Plantower.md; places of
the ST's data, and 30 s until it is stable: ESPHome, components/pmsx003. The S and the ST were read in no capture.

The length tells PMS3003 and PMS5003ST from the rest. Among those of 32 bytes ``Settings.variant`` decides; where it is
wrong the bytes betray it: counts of larger particles that exceed those of smaller ones are a T's temperature, and an
"error code" of version 0 is an S's formaldehyde. Both are gaps that say so.

Two others speak likewise. Winsen's ZH03 sends the 24 bytes of a PMS3003, with the same values at the same places; in
the frames that were found its last datum is 0, a PMS3003's is 0051 or 0054. Such frames are not ours unless
``variant = "PMS3003"`` says so. Honeywell's HPMA115S0 sends 32 bytes without counts: no particle at all is a gap here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from drivers._framing import Framer, Verdict
from drivers._sheet import Evidence, Range, Sheet
from drivers._types import Gap, Item, Line, Note, Reading, Why

LINE = Line(9600)
PERIOD_S = 2.3
MOST_PARTICLES = 655.35  # 65,535 in 0.1 l
MOST_DUST = 5000.0  # effective to 500, "maximum ≥ 1000"; thick smoke reads beyond, and should be told
DUST, COUNTS = Range("ug/m3", 0, MOST_DUST), Range("/cm3", 0, MOST_PARTICLES)

MASSES = ("pm1_cf1", "pm2_5_cf1", "pm10_cf1", "pm1", "pm2_5", "pm10")
SIZES = ("particles_0_3", "particles_0_5", "particles_1", "particles_2_5", "particles_5", "particles_10")

SHEET = Sheet(
    models="Plantower PMS3003, PMS1003, PMS5003, PMS6003, PMS7003, PMS9003M, PMSA003, PMS5003T, PMS5003S, PMS5003ST",
    reads={
        **dict.fromkeys(MASSES, DUST),
        **dict.fromkeys(SIZES, COUNTS),
        "temperature": Range("Cel", -40, 85),
        "humidity": Range("%RH", 0, 100),
        "hcho_mass": Range("ug/m3", 0, 5000),
    },
    wiring="5 V supply, TTL 3.3 V; PMS5003: pin 4 RX, pin 5 TX, pin 3 SET left open",
    check="sum of 16 bits, head and length",
    traps="say the variant of a T or S; fog reads as dust; pm…_cf1 is for factories; fan and laser wear out",
    evidence=Evidence.RECORDED,
    warm_up_s=30.0,
)

START = b"BM\x00"
HEAD_BYTES = 4
SUM_BYTES = 2
ANSWER_LENGTH = 4


def _command(what: int, value: int) -> bytes:
    body = bytes((0x42, 0x4D, what, 0, value))
    return body + sum(body).to_bytes(SUM_BYTES, "big")


# After power-up it works and reports by itself; one that another host put to sleep, or told to wait for questions, is
# deaf. A PMS3003 knows no commands and ignores them.
GREETING = _command(0xE4, 1) + _command(0xE1, 1)
ANSWERS = {0xE1: ("report mode", ("on query", "active")), 0xE4: ("state", ("sleeping", "working"))}

Layout = tuple[str, ...]
"""What Data1, Data2 … are; ``status`` is version and error code, nothing is reserved."""

PMS3003: Layout = (*MASSES, "", "", "")
PMS5003: Layout = (*MASSES, *SIZES, "status")
PMS5003T: Layout = (*MASSES, *SIZES[:4], "temperature", "humidity", "status")
PMS5003S: Layout = (*MASSES, *SIZES, "hcho_mass")
PMS5003ST: Layout = (*MASSES, *SIZES, "hcho_mass", "temperature", "humidity", "", "status")

VARIANTS: Mapping[str, Layout] = MappingProxyType(
    {
        "PMS3003": PMS3003,
        **dict.fromkeys(("PMS1003", "PMS5003", "PMS6003", "PMS7003", "PMS9003M", "PMSA003"), PMS5003),
        "PMS5003T": PMS5003T,
        "PMS5003S": PMS5003S,
        "PMS5003ST": PMS5003ST,
    }
)
SCALES = dict.fromkeys(SIZES, 100.0) | {"temperature": 10.0, "humidity": 10.0}
SIGNED = ("temperature",)


@dataclass(frozen=True, slots=True)
class Settings:
    """``variant`` is which of them it is, where the length of its frames does not tell."""

    variant: str = "PMS5003"

    def __post_init__(self) -> None:
        if self.variant not in VARIANTS:
            raise ValueError(f"variant is {self.variant!r}; expected one of: {', '.join(VARIANTS)}")


DEFAULT = Settings()


def _length(layout: Layout) -> int:
    """What the frame says of its own length: data and sum."""
    return 2 * len(layout) + SUM_BYTES


class Decoder:
    """Dust, particles, and what else the variant measures; its version, as a note, when it is first heard."""

    def __init__(self, settings: Settings = DEFAULT) -> None:
        layouts = (PMS3003, PMS5003, PMS5003ST, VARIANTS[settings.variant])
        self._layouts = {_length(layout): layout for layout in layouts}
        self._any_3003 = settings.variant == "PMS3003"
        self._version = -1
        self._framer = Framer(START[:1], self._measure, self._items)

    def feed(self, data: bytes) -> list[Item]:
        """Readings of each frame; gaps; notes."""
        return self._framer.feed(data)

    def _measure(self, head: memoryview) -> int | Verdict:
        if head[: len(START)] != START[: len(head)]:
            return Verdict.NOISE
        if len(head) < HEAD_BYTES:
            return Verdict.MORE
        length = head[3]
        if length not in self._layouts and length != ANSWER_LENGTH:
            return Verdict.NOISE
        return self._whole(head, HEAD_BYTES + length)

    def _whole(self, head: memoryview, size: int) -> int | Verdict:
        if len(head) < size:
            return Verdict.MORE
        if sum(head[: size - SUM_BYTES]) != int.from_bytes(head[size - SUM_BYTES : size], "big"):
            return Verdict.DAMAGED
        winsen = size == HEAD_BYTES + _length(PMS3003) and not any(head[size - 2 * SUM_BYTES : size - SUM_BYTES])
        return Verdict.NOISE if winsen and not self._any_3003 else size

    def _items(self, frame: bytes) -> list[Item]:
        length = frame[3]
        if length == ANSWER_LENGTH:
            return _answer(frame[4], frame[5])
        data = frame[HEAD_BYTES:-SUM_BYTES]
        words = [data[at : at + 2] for at in range(0, len(data), 2)]
        said = {name: word for name, word in zip(self._layouts[length], words, strict=True) if name}
        status = said.pop("status", None)
        if wrong := _fault(said, data) or _error(status):
            return [Gap(Why.INVALID, wrong)]
        return [*self._introduction(status), *(_reading(name, word) for name, word in said.items())]

    def _introduction(self, status: bytes | None) -> list[Item]:
        known, self._version = self._version, status[0] if status else -1
        return [] if self._version == known else [Note("firmware", str(self._version))]


def _answer(what: int, value: int) -> list[Item]:
    if what not in ANSWERS:
        return []
    topic, states = ANSWERS[what]
    return [Note(topic, states[value != 0])]


def _fault(said: Mapping[str, bytes], data: bytes) -> str:
    """Why a frame's values are none; nothing if they are."""
    counts = [int.from_bytes(said[name], "big") for name in SIZES if name in said]
    if not any(counts or data):
        return "no particle at all: the fan runs up or is blocked"
    if len(counts) == len(SIZES) and counts[4] > counts[3]:
        return "more particles above 5 um than above 2.5 um: if it is a PMS5003T, set variant to that"
    return ""


def _error(status: bytes | None) -> str:
    if status is None or not status[1]:
        return ""
    hint = "" if status[0] else ": if it is a PMS5003S, set variant to that"
    return f"it reports error {status[1]:#04x}, version {status[0]}{hint}"


def _reading(name: str, word: bytes) -> Reading:
    value = int.from_bytes(word, "big", signed=name in SIGNED)
    return Reading(name, value / SCALES.get(name, 1.0), SHEET.reads[name].unit)
