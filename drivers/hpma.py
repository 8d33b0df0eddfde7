"""Honeywell HPMA115S0 (standard) and HPMA115C0 (compact): particles by laser scattering, once a second.

    42 4D 00 1C  Data0 … Data12 (16 bits each)  sum(2)          by itself; sum of all bytes before it, 16 bits
                 --    PM2.5  PM10  --                          standard
                 PM1   PM2.5  PM4   PM10                        compact
    40 05 04  PM2.5(2) PM10(2)                        check     standard, asked with 68 01 04 93
    40 0D 04  PM1(2) PM2.5(2) PM4(2) PM10(2) 0 0 0 0  check     compact, asked likewise
    A5 A5     it does as it was told                  96 96     it does not

Big endian, µg/m³; all bytes of an answer and its check sum to 0, modulo 256. Source: Honeywell, "HPM Series Particulate
Matter Sensors", datasheet 32322550 issue F, tables 4 to 7; real answers of a compact one: PyPMS,
tests/captured_data/HPMA115C0.hexdump (MIT); a real stream of a standard one: forum.arduino.cc, topic 471975.

A frame without Data3 is a standard's, one with it a compact's: there it is PM10, never less than the rest. Where that
is wrong, ``Settings.variant`` says it. A Plantower sends 32 bytes of the same head with its counts in Data6 to Data11,
which are reserved here, and 0 in the only stream that was found: with counts it is not ours. While the fan runs up it
says 0 for all (PyPMS takes that for warming up); such a frame is a gap.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from drivers._checks import sum8
from drivers._framing import Framer, Verdict
from drivers._sheet import Evidence, Range, Sheet
from drivers._types import Gap, Item, Line, Why
from drivers._units import reading

LINE = Line(9600)
PERIOD_S = 1.0
DUST = Range("ug/m3", 0, 1000)  # concentration range of the datasheet
SHEET = Sheet(
    models="Honeywell HPMA115S0, HPMA115C0",
    reads=dict.fromkeys(("pm1", "pm2_5", "pm4", "pm10"), DUST),
    wiring="5 V supply, TTL 3.3 V; standard: pin 6 TX, pin 7 RX; compact: pin 9 TX, pin 7 RX",
    check="sum of 16 bits, head and length; of answers 8 bits",
    traps="pm1 and pm4 of the compact one only; 68 02 08 would change its calibration and is never sent",
    evidence=Evidence.RECORDED,
    warm_up_s=6.0,  # response time of the datasheet
    probes=(bytes.fromhex("68010493"),),
)

# What it does after power-up; one that another host stopped is silent.
START_MEASURING, ENABLE_AUTO_SEND = bytes.fromhex("68010196"), bytes.fromhex("68014057")
GREETING = START_MEASURING + ENABLE_AUTO_SEND

Columns = tuple[str, ...]
STANDARD: Columns = ("", "pm2_5", "pm10")
COMPACT: Columns = ("pm1", "pm2_5", "pm4", "pm10")
VARIANTS: Mapping[str, Columns] = MappingProxyType({"": (), "standard": STANDARD, "compact": COMPACT})

AUTO_HEAD, AUTO_BYTES = b"BM\x00\x1c", 32
COUNTS = slice(16, 28)  # Data6 to Data11 of a Plantower
PM10_OF_COMPACT = slice(10, 12)
ANSWERS: Mapping[bytes, tuple[int, Columns]] = MappingProxyType(
    {b"\x40\x05\x04": (8, STANDARD[1:]), b"\x40\x0d\x04": (16, COMPACT)}
)
DONE, REFUSED = b"\xa5\xa5", b"\x96\x96"
HEADS = {AUTO_HEAD: AUTO_BYTES, DONE: 2, REFUSED: 2} | {head: size for head, (size, _) in ANSWERS.items()}


@dataclass(frozen=True, slots=True)
class Settings:
    """``variant`` is ``standard`` or ``compact``; empty, the frames say it."""

    variant: str = ""

    def __post_init__(self) -> None:
        if self.variant not in VARIANTS:
            raise ValueError(f"variant is {self.variant!r}; expected one of: {', '.join(map(repr, VARIANTS))}")


DEFAULT = Settings()


class Decoder:
    """Readings ``pm2_5`` and ``pm10``, of a compact one ``pm1`` and ``pm4`` too."""

    def __init__(self, settings: Settings = DEFAULT) -> None:
        self._columns = VARIANTS[settings.variant]
        self._framer = Framer(bytes({head[0] for head in HEADS}), self._measure, self._items)

    def feed(self, data: bytes) -> list[Item]:
        """Readings of each frame; gaps."""
        return self._framer.feed(data)

    def _measure(self, head: memoryview) -> int | Verdict:
        known = [one for one in HEADS if head[: len(one)] == one[: len(head)]]
        if not known:
            return Verdict.NOISE
        size = HEADS[known[0]]
        if len(known) > 1 or len(head) < size:
            return Verdict.MORE
        return self._checked(bytes(head[:size]))

    def _checked(self, frame: bytes) -> int | Verdict:
        if len(frame) == AUTO_BYTES:
            if sum(frame[:-2]) != int.from_bytes(frame[-2:], "big"):
                return Verdict.DAMAGED
            return Verdict.NOISE if any(frame[COUNTS]) and not self._columns else AUTO_BYTES
        return len(frame) if frame in (DONE, REFUSED) or sum8(frame) == 0 else Verdict.DAMAGED

    def _items(self, frame: bytes) -> list[Item]:
        if frame == REFUSED:
            return [Gap(Why.INVALID, "it refuses what it was told")]
        if len(frame) == AUTO_BYTES:
            columns = self._columns or (COMPACT if any(frame[PM10_OF_COMPACT]) else STANDARD)
            return _dust(columns, frame[4:])
        return _dust(ANSWERS[frame[:3]][1], frame[3:]) if frame != DONE else []


def _dust(columns: Columns, data: bytes) -> list[Item]:
    values = {name: int.from_bytes(data[2 * n : 2 * n + 2], "big") for n, name in enumerate(columns) if name}
    if not any(values.values()):
        return [Gap(Why.INVALID, "no dust at all: the fan runs up or is blocked")]
    return [reading(name, float(value)) for name, value in values.items()]
