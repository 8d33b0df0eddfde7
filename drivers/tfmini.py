"""Benewake TF-Luna, TFmini-S, TFmini Plus, TFmini: distance by a laser or LED pulse, a hundred times a second.

     0   1   2 3    4 5       6 7     8
    59  59  dist  strength   temp    sum      little endian; sum: bytes 0..7 modulo 256
            cm                                temp / 8 - 256 is °C of its chip; the first TFmini says its mode there

A distance of a strength below 100 (of a first TFmini, 20) is none, nor one of 65535, which is overexposure; some then
say 0, -1, -2 or -4 for it. Each frame is told: whoever stores readings takes one of so many.

Source: Benewake, TF-Luna manual SJ-PM-TF-Luna A05 (5.4 and appendix I), TFmini-S manual SJ-PM-TFmini-S A01 (5.4),
TFmini Plus data sheet SJ-GU-TFmini-Plus-01 A04, TFmini manual SJ-PM-TFmini-T-01 A03 (5.4: strength 20, mode).
Nothing is ever sent to it: its settings are for its maker's program.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from drivers._checks import sum8
from drivers._framing import Framer, Verdict
from drivers._sheet import Evidence, Range, Sheet
from drivers._types import Gap, Item, Line, Why
from drivers._units import reading

LINE = Line(115200)
PERIOD_S = 0.01
GREETING = b""
SHEET = Sheet(
    models="Benewake TF-Luna, TFmini-S, TFmini Plus, TFmini",
    reads={
        "distance": Range("m", 0.1, 12.0, per_s=20.0, median=5),
        "signal": Range("count", 0, 65_534, per_s=500_000, median=5),
        "temperature": Range("Cel", -40, 125, per_s=100, median=5),
    },
    wiring="5 V supply, TTL 3.3 V; TF-Luna pin 5 open or high for serial; first TFmini is not for outdoors",
    check="sum of 8 bits and two head bytes, rate of change, median of 5",
    traps="water and glass let its light through; set period_s if its rate is not 100 Hz, millimetres if it says those",
    evidence=Evidence.CONSTRUCTED,
)


@dataclass(frozen=True, slots=True)
class Model:
    """Below which strength a distance is none, and whether it tells its temperature."""

    weakest: int
    has_temperature: bool = True


MODELS: Mapping[str, Model] = {
    "tf-luna": Model(100),
    "tfmini-s": Model(100),
    "tfmini-plus": Model(100),
    "tfmini": Model(20, has_temperature=False),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Which sensor it is, a name of :data:`MODELS`, and how it was set up: its period and its unit of distance."""

    model: str = "tf-luna"
    period_s: float = PERIOD_S
    millimetres: bool = False

    def __post_init__(self) -> None:
        if self.model not in MODELS:
            raise ValueError(f"model is {self.model!r}; expected one of: {', '.join(MODELS)}")
        if not 0.001 <= self.period_s <= 1.0:
            raise ValueError(f"period_s is {self.period_s:g}; expected 0.001 to 1, as 1 to 1000 Hz may be set")


DEFAULT = Settings()

HEAD = 0x59
FRAME_BYTES = 9
OVEREXPOSED = 0xFFFF
NO_DISTANCE = {0x0000: "no distance", 0xFFFF: "too weak", 0xFFFE: "overexposed", 0xFFFC: "blinded by ambient light"}


def _measure(head: memoryview) -> int | Verdict:
    if len(head) > 1 and head[1] != HEAD:
        return Verdict.NOISE
    if len(head) < FRAME_BYTES:
        return Verdict.MORE
    return FRAME_BYTES if sum8(head[:8]) == head[8] else Verdict.DAMAGED


class Decoder:
    """Readings ``distance``, ``signal`` and ``temperature``."""

    def __init__(self, settings: Settings = DEFAULT) -> None:
        self._model = MODELS[settings.model]
        self._metres = 0.001 if settings.millimetres else 0.01
        self._framer = Framer(bytes((HEAD,)), _measure, self._items)

    def feed(self, data: bytes) -> list[Item]:
        """Readings of each frame; in place of a distance that is none, a gap."""
        return self._framer.feed(data)

    def _items(self, frame: bytes) -> list[Item]:
        count, strength, raw = (int.from_bytes(frame[at : at + 2], "little") for at in (2, 4, 6))
        items = [self._distance(count, strength)]
        if strength != OVEREXPOSED:
            items.append(reading("signal", float(strength)))
        if self._model.has_temperature:
            items.append(reading("temperature", raw / 8 - 256))
        return items

    def _distance(self, count: int, strength: int) -> Item:
        if strength == OVEREXPOSED:
            return Gap(Why.INVALID, "strength 65535: overexposed")
        if strength < self._model.weakest:
            return Gap(Why.INVALID, f"strength {strength}: too weak, below {self._model.weakest}")
        if count in NO_DISTANCE:
            return Gap(Why.INVALID, f"distance {count}: {NO_DISTANCE[count]}")
        return reading("distance", round(count * self._metres, 3))
