"""A02YYUW, A01NYUB, JSN-SR04T, AJ-SR04M: distance by ultrasound, three to ten times a second, unasked.

     0   1   2   3
    FF  hi  lo  sum       mm, big endian; sum: bytes 0..2 modulo 256, of an AJ-SR04M bytes 1..2

Nearer than its blind zone it says what it likes; where nothing echoes, 0, and newer ones FFFD (nothing) or FFFE
(another one's sound). Four bytes and so weak a sum fit line-rate noise some fifty times an hour: a frame must also be
within the reach of its model, as Winsen's gas frames (FF 86 …) are not, and the node takes the median of five.

Source: DFRobot, wiki SEN0311 and SEN0313 (frame FF 07 A1 A7 is 1953 mm; 100 to 300 ms); ESPHome, a02yyuw.cpp,
a01nyub.cpp and jsn_sr04t.cpp (least distances, the sum of an AJ-SR04M); frames of an A01NYUB in esphome/issues#5182.
FFFD and FFFE are from memory of the maker's (DYP) data sheets.

A JSN-SR04T does so in its serial mode of its own accord (R27 = 47 kΩ); the mode in which it is asked is not read here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from drivers._checks import sum8
from drivers._framing import Framer, Verdict
from drivers._sheet import Evidence, Range, Sheet
from drivers._types import Gap, Item, Line, Why
from drivers._units import reading

LINE = Line(9600)
PERIOD_S = 0.3
GREETING = b""
SHEET = Sheet(
    models="DFRobot A02YYUW, A01NYUB (DYP-A02, DYP-A01), JSN-SR04T, AJ-SR04M",
    reads={"distance": Range("m", 0.02, 7.5, per_s=1.0, median=5)},
    wiring="TTL at the level of its supply, 3.3 to 5 V; RX open or high: the sensor smooths",
    check="sum of 8 bits over 3 bytes: weak, so its model's reach, rate of change and median of 5 too",
    traps="PWM and RS-485 versions look the same; foam and slopes give no echo; set its model for the blind zone",
    evidence=Evidence.RECORDED,
)


@dataclass(frozen=True, slots=True)
class Model:
    """Distances up to ``blind_mm`` are none; ``most_mm`` is its reach; the sum begins at byte ``sum_from``."""

    blind_mm: int
    most_mm: int
    sum_from: int = 0


MODELS: Mapping[str, Model] = {
    "a02yyuw": Model(30, 4500),
    "a01nyub": Model(280, 7500),
    "jsn-sr04t": Model(250, 6000),
    "aj-sr04m": Model(250, 8000, sum_from=1),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Which sensor it is: a name of :data:`MODELS`."""

    model: str = "a02yyuw"

    def __post_init__(self) -> None:
        if self.model not in MODELS:
            raise ValueError(f"model is {self.model!r}; expected one of: {', '.join(MODELS)}")


DEFAULT = Settings()

HEAD = 0xFF
FRAME_BYTES = 4
NO_ECHO = {0x0000: "nothing echoed", 0xFFFD: "nothing echoed", 0xFFFE: "another sensor's sound"}


class Decoder:
    """Readings ``distance``."""

    def __init__(self, settings: Settings = DEFAULT) -> None:
        self._model = MODELS[settings.model]
        self._framer = Framer(bytes((HEAD,)), self._measure, self._items)

    def feed(self, data: bytes) -> list[Item]:
        """A reading a frame; a gap for each without an echo or within the blind zone."""
        return self._framer.feed(data)

    def _measure(self, head: memoryview) -> int | Verdict:
        if len(head) < FRAME_BYTES:
            return Verdict.MORE
        distance_mm = int.from_bytes(head[1:3], "big")
        if distance_mm > self._model.most_mm and distance_mm not in NO_ECHO:
            return Verdict.NOISE
        return FRAME_BYTES if sum8(head[self._model.sum_from : 3]) == head[3] else Verdict.DAMAGED

    def _items(self, frame: bytes) -> list[Item]:
        distance_mm = int.from_bytes(frame[1:3], "big")
        if distance_mm in NO_ECHO:
            return [Gap(Why.INVALID, NO_ECHO[distance_mm])]
        if distance_mm <= self._model.blind_mm:
            return [Gap(Why.INVALID, f"{distance_mm} mm: within the blind zone of {self._model.blind_mm} mm")]
        return [reading("distance", distance_mm / 1000)]
