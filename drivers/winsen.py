"""Winsen ZE07-CO, ZE08-CH2O, ZE12, ZE25-O3, ZE03: gases by electrochemistry; ZH03, ZH03A, ZH03B: particles.

    FF gas unit decimals value(2) full(2) check           by itself, once a second; all but ZE03 and ZH03
       gas: 02 NH3  03 H2S  04 CO  17 HCHO  2A O3  2B SO2  2C NO2      unit: 03 ppm  04 ppb
    FF 86 six bytes check                                 asked with FF 01 86; a ZE03 also by itself
       ZE07-CO             CO(2) 0 0 0 0                  0.1 ppm
       ZE08, ZE12, ZE25    µg/m³(2) 0 0 ppb(2)
       ZE03                value(2) …                     ``per_count`` of its gas, as its label says
       ZH03                PM2.5(2) PM10(2) PM1(2)        µg/m³
    42 4D 00 14  Data1 … Data9 (16 bits each)  sum(2)     ZH03 by itself; Data4-6: PM1, PM2.5, PM10 in µg/m³

Big endian; bytes 1 to 8 of a frame that begins with FF sum to 0, modulo 256. Source: Winsen's manuals of the ZE07-CO
V1.2, ZE07-CH2O V1.8 (Q&A: its example), ZE08-CH2O V1.0, ZE12A (its example), ZH03 series V2.0, as their tables are
quoted on manualshive.com and in public drivers; gas codes and the ZE03's frame: radhoo/uradmonitor_smoggie,
drv_ze03.cpp, and fega/winsen-ze03-arduino-library; that the top bit of a value tells a failure: Winsen, ZE15-CO.
A real ZE07-CO's frame, and ones said to be real of ZE08 and ZH03, are in the tests; ZE25 and ZE03 are constructed.

An answer FF 86 does not say whose it is (an MH-Z19 answers so too): it is read only where ``Settings.model`` says it.
Which of both modes a module is in is never changed, as some keep it; one in question and answer mode needs ``ask_s``.

A Plantower PMS3003 sends the 24 bytes of a ZH03 with the same values at the same places; the last datum is its version,
and 0 in a ZH03's frames as far as they were found. A frame with one is not ours unless ``model = "ZH03B"`` says so.
"""

import math
from collections.abc import Container, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from drivers._checks import sum8
from drivers._dialogue import Dialogue, Question
from drivers._framing import Framer, Verdict
from drivers._sheet import Evidence, Range, Sheet
from drivers._types import Gap, Item, Line, Why
from drivers._units import reading

LINE = Line(9600)
PERIOD_S = 1.0
GREETING = b""
TOXIC, DUST = Range("ppm", 0, 100, per_s=20), Range("ug/m3", 0, 1000, per_s=500)
SHEET = Sheet(
    models="Winsen ZE07-CO, ZE08-CH2O, ZE12, ZE25-O3, ZE03, ZH03, ZH03A, ZH03B",
    reads={
        "co": Range("ppm", 0, 1000, per_s=100),  # the exhaust of a cold engine, at once
        "h2s": TOXIC,
        "nh3": TOXIC,
        "hcho": Range("ppm", 0, 5, per_s=1),
        "o3": Range("ppm", 0, 20, per_s=2),
        "so2": Range("ppm", 0, 20, per_s=2),
        "no2": Range("ppm", 0, 20, per_s=2),
        "o2": Range("/100", 0, 30, per_s=5),
        **dict.fromkeys(("pm1", "pm2_5", "pm10"), DUST),
    },
    wiring="5 V supply, TTL 3.3 V",
    check="sum of 8 bits, head, gas and unit; particles: sum of 16 bits",
    traps="zero drifts with temperature and humidity; other gases disturb it; say the model if it must be asked",
    evidence=Evidence.DOCUMENTED,
    warm_up_s=180.0,  # preheat time of the ZE07-CO's and ZE25-O3's manuals
)

ASK = bytes.fromhex("ff0186000000000079")
TIMEOUT_S = 1.0
LEAST_ASK_S = 1.0  # a value is made once a second
FRAME_BYTES = 9
START, ANSWER = 0xFF, 0x86
GASES = {0x02: "nh3", 0x03: "h2s", 0x04: "co", 0x17: "hcho", 0x2A: "o3", 0x2B: "so2", 0x2C: "no2"}
PPM = {0x03: 1, 0x04: 1000}  # so many of the unit are one
MOST_DECIMALS = 3

DUST_HEAD, DUST_BYTES = b"BM\x00\x14", 24
DUST_NAMES, DUST_AT = ("pm1", "pm2_5", "pm10"), 10
VERSION_AT = slice(20, 22)  # of a PMS3003

Column = tuple[str, int, float]
"""A quantity, where it stands in an answer, and how many of it a count is; none of both: the settings say it."""

ANSWERS: Mapping[str, tuple[Column, ...]] = MappingProxyType(
    {
        "ZE07-CO": (("co", 2, 0.1),),
        "ZE08-CH2O": (("hcho", 6, 0.001),),
        "ZE12": (("", 6, 0.001),),
        "ZE25-O3": (("o3", 6, 0.001),),
        "ZE03": (("", 2, 0.0),),
        "ZH03B": (("pm2_5", 2, 1.0), ("pm10", 4, 1.0), ("pm1", 6, 1.0)),
    }
)


@dataclass(frozen=True, slots=True)
class Settings:
    """``model`` where answers are to be read; ``ask_s`` between questions, 0 where it speaks by itself.

    ``gas`` is what a ZE12 or ZE03 measures, as a quantity's name; ``per_count`` how many ppm, or for ``o2`` parts of a
    hundred, a ZE03 counts as one.
    """

    model: str = ""
    ask_s: float = 0.0
    gas: str = "co"
    per_count: float = 1.0

    def __post_init__(self) -> None:
        gases = (*GASES.values(), "o2")
        if self.model not in ("", *ANSWERS):
            raise ValueError(f"model is {self.model!r}; expected one of: {', '.join(ANSWERS)}")
        if self.ask_s and (not LEAST_ASK_S <= self.ask_s < math.inf or not self.model):
            raise ValueError(f"ask_s is {self.ask_s:g}; expected 0, or no less than {LEAST_ASK_S:g} and a model")
        if self.gas not in gases:
            raise ValueError(f"gas is {self.gas!r}; expected one of: {', '.join(gases)}")
        if not 0 < self.per_count < math.inf:
            raise ValueError(f"per_count is {self.per_count:g}; expected more than 0")

    @property
    def period_s(self) -> float:
        """How often it then gives a reading."""
        return self.ask_s or PERIOD_S


DEFAULT = Settings()


class Decoder:
    """The gas, or the dust, of whichever module speaks; it asks only where ``ask_s`` says so."""

    def __init__(self, settings: Settings = DEFAULT) -> None:
        self._settings = settings
        if settings.ask_s:
            dialogue = Dialogue([Question(ASK, _measure_answer, self._answer, settings.ask_s, TIMEOUT_S)])
            self.feed, self.tick = dialogue.feed, dialogue.tick
        else:
            self.feed = Framer(bytes((START, DUST_HEAD[0])), self._measure, self._items).feed

    def _measure(self, head: memoryview) -> int | Verdict:
        if head[0] != START:
            return _measure_dust(head, any_version=self._settings.model == "ZH03B")
        if len(head) > 1 and head[1] == ANSWER and self._settings.model:
            return _measure_answer(head)
        return _measure_gas(head)

    def _items(self, frame: bytes) -> list[Item]:
        if frame[0] != START:
            words = (int.from_bytes(frame[at : at + 2], "big") for at in range(DUST_AT, DUST_AT + 6, 2))
            return _dust(dict(zip(DUST_NAMES, map(float, words), strict=True)))
        return self._answer(frame) if frame[1] == ANSWER else _gas(frame)

    def _answer(self, frame: bytes) -> list[Item]:
        values = {
            quantity or self._settings.gas: _scaled(frame[at : at + 2], count or self._settings.per_count)
            for quantity, at, count in ANSWERS[self._settings.model]
        }
        return _dust(values) if self._settings.model == "ZH03B" else [reading(*one) for one in values.items()]


def _scaled(word: bytes, count: float) -> float:
    """So many counts; in tenths or thousandths, the nearest number to what a person would write."""
    return round(int.from_bytes(word, "big") * count, 6)


def _measure_gas(head: memoryview) -> int | Verdict:
    """It says NOISE as soon as a byte cannot be: the same byte says it when more have come."""
    expected: tuple[Container[int], ...] = (GASES, PPM, range(MOST_DECIMALS + 1))
    if any(byte not in known for byte, known in zip(head[1:4], expected, strict=False)):
        return Verdict.NOISE
    return _checked(head)


def _measure_answer(head: memoryview) -> int | Verdict:
    if head[:2] != bytes((START, ANSWER))[: len(head)]:
        return Verdict.NOISE
    return _checked(head)


def _checked(head: memoryview) -> int | Verdict:
    if len(head) < FRAME_BYTES:
        return Verdict.MORE
    return FRAME_BYTES if sum8(head[1:FRAME_BYTES]) == 0 else Verdict.DAMAGED


def _measure_dust(head: memoryview, *, any_version: bool) -> int | Verdict:
    if head[: len(DUST_HEAD)] != DUST_HEAD[: len(head)]:
        return Verdict.NOISE
    if len(head) < DUST_BYTES:
        return Verdict.MORE
    if sum(head[: DUST_BYTES - 2]) != int.from_bytes(head[DUST_BYTES - 2 : DUST_BYTES], "big"):
        return Verdict.DAMAGED
    return DUST_BYTES if any_version or not any(head[VERSION_AT]) else Verdict.NOISE


def _gas(frame: bytes) -> list[Item]:
    """A value beyond the range that the frame itself names, as with the bit of a failure, is none."""
    value, full = int.from_bytes(frame[4:6], "big"), int.from_bytes(frame[6:8], "big")
    gas, one_ppm = GASES[frame[1]], 10 ** frame[3] * PPM[frame[2]]
    if value > full > 0:
        return [Gap(Why.INVALID, f"{gas} {value / one_ppm:g} ppm: it fails, or is beyond its {full / one_ppm:g} ppm")]
    return [reading(gas, value / one_ppm)]


def _dust(values: Mapping[str, float]) -> list[Item]:
    if not any(values.values()):
        return [Gap(Why.INVALID, "no dust at all: the fan runs up or is blocked")]
    return [reading(name, value) for name, value in values.items()]
