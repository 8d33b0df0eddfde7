"""Lufft weather and road sensors (WS-UMB, WS10, VENTUS, MARWIS) in the UMB binary protocol, asked over RS-485.

    01 10 01 70 01 F0 04 02 2F 10 01 64 00 03 crc 04          7001, say channel 100
    01 10 01 F0 01 70 0D 02 2F 10 00 01 08 00 64 00 16 value(4) 03 crc 04          a float32

An address is the class of the device and its number: 7001 is the first weather sensor, A001 the first MARWIS. Channels
mean different things for different classes: 100 is the air's temperature for the one and the road's for the other.

Source: :mod:`drivers._umb`; "MARWIS-UMB user manual", appendix 19; channels of the WS family as in its manual's list
and in MOLISENS-MOSEP/drivers.lufft_weather_station; real frames of a WS10: OttHydromet/node-red-umbparser,
doc/WS10DataDump.txt (MIT).
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from drivers._dialogue import Dialogue, Question
from drivers._framing import Framer, Verdict
from drivers._meaning import Meaning
from drivers._sheet import Evidence, Range, Sheet, Thin
from drivers._types import Item, Line
from drivers._umb import (
    HEAD,
    LEAST_LENGTH,
    MANY,
    MASTER,
    MASTER_CLASS,
    VALUE_BYTES,
    answer,
    measured,
    overheard,
    request,
)

LINE = Line(19200)
PERIOD_S = 10.0  # wind and rain are new each ten seconds, temperature and humidity each minute
GREETING = b""

WEATHER: Mapping[int, Meaning] = {
    100: Meaning("temperature"),
    200: Meaning("humidity"),
    300: Meaning("pressure"),
    400: Meaning("wind_speed"),
    500: Meaning("wind_direction"),
    620: Meaning("rain_total"),
    820: Meaning("rain_rate"),
}
MORE_WEATHER: Mapping[int, Meaning] = {
    110: Meaning("dew_point"),
    420: Meaning("wind_lull"),
    440: Meaning("wind_gust"),
    600: Meaning("rain_total"),  # litres a m²
    900: Meaning("radiation"),
}
ROAD: Mapping[int, Meaning] = {
    100: Meaning("road_temperature"),
    110: Meaning("temperature"),
    120: Meaning("dew_point"),
    210: Meaning("humidity"),
    610: Meaning("water_film"),
    800: Meaning("ice_share", "/100"),
    820: Meaning("friction", "/"),
    900: Meaning("road_condition", "count", least=0, most=98),  # 99: not determined
}
WEATHER_CLASS, ROAD_CLASS = 0x7, 0xA
ASKED = {WEATHER_CLASS: WEATHER, ROAD_CLASS: ROAD}
KNOWN = {WEATHER_CLASS: {**WEATHER, **MORE_WEATHER}, ROAD_CLASS: ROAD}

SHEET = Sheet(
    models="Lufft WS200-UMB to WS800-UMB, WS10, VENTUS-UMB, MARWIS-UMB, StaRWIS-UMB",
    reads={
        "temperature": Range("Cel", -60, 70),
        "dew_point": Range("Cel", -60, 70),
        "humidity": Range("%RH", 0, 100),
        "pressure": Range("hPa", 300, 1200),
        "wind_speed": Range("m/s", 0, 90),
        "wind_lull": Range("m/s", 0, 90, thin=Thin.LEAST),
        "wind_gust": Range("m/s", 0, 90, thin=Thin.MOST),
        "wind_direction": Range("deg", 0, 360),
        "rain_total": Range("mm", 0, 100_000),
        "rain_rate": Range("mm/h", 0, 400),
        "radiation": Range("W/m2", 0, 2000),
        "road_temperature": Range("Cel", -40, 80),
        "water_film": Range("mm", 0, 10),
        "ice_share": Range("/100", 0, 100),
        "friction": Range("/", 0, 1),
        "road_condition": Range("count", 0, 98),
    },
    wiring="RS-485, two wires, 24 V for the heating; address and channels are settings",
    check="CRC-16, sender and receiver, head and tail",
    traps="a model answers only some channels: name those that it has; 625 (rain since the last request) is lost with "
    "an answer that is lost, use 620",
    evidence=Evidence.RECORDED,
    probes=(bytes.fromhex("0110017001f002022610030cb004"), bytes.fromhex("011001a001f00202261003674504")),
)

GROUP = 15  # channels of a request: their answer stays below the 210 bytes that a frame may carry
TIMEOUT_S = 0.6  # the long one of node-red-umbparser, umb_consts.js, is 0.51 s
PERIODS_S = (0.1, 3600.0)


@dataclass(frozen=True, slots=True)
class Settings:
    """Whom to ask, what, and how often.

    ``address`` is class and number of the device, as 0x7001. ``channels`` say by their numbers, such as "100", what
    they mean; none of them are the usual ones of its class.
    """

    address: int = 0x7001
    channels: Mapping[str, Meaning] = field(default_factory=dict)
    period_s: float = PERIOD_S

    def __post_init__(self) -> None:
        if not (0 < self.kind < MASTER_CLASS and self.address & 0xFFF > 0):
            raise ValueError(f"address is {self.address:#06x}; expected class and number of a device, such as 0x7001")
        if wrong := [name for name in self.channels if not (name.isdecimal() and int(name) <= 0xFFFF)]:
            raise ValueError(f"channel is {wrong[0]!r}; expected a number of 0 to 65535, such as '100'")
        if not (self.channels or self.kind in ASKED):
            raise ValueError(f"channels of {self.address:#06x} are none; expected some: its class has no usual ones")
        if not PERIODS_S[0] <= self.period_s <= PERIODS_S[1]:
            raise ValueError(f"period_s is {self.period_s:g}; expected {PERIODS_S[0]:g} to {PERIODS_S[1]:g}")

    @property
    def kind(self) -> int:
        """Class of the device."""
        return self.address >> 12

    def meanings(self) -> Mapping[int, Meaning]:
        """What is asked for."""
        return {int(name): meaning for name, meaning in self.channels.items()} or ASKED[self.kind]


SETTINGS = Settings()


class Decoder:
    """Readings of the channels; gaps of those that have none, with the device's own reason.

    While nobody asks it listens to all that is said on the bus: questions are skipped, and a channel of which it is not
    known what it means is a note.
    """

    def __init__(self, settings: Settings = SETTINGS) -> None:
        self._meanings = {kind: {**known} for kind, known in KNOWN.items()}
        self._meanings.setdefault(settings.kind, {}).update(settings.meanings())
        channels = list(settings.meanings())
        groups = [channels[at : at + GROUP] for at in range(0, len(channels), GROUP)]
        self._dialogue = Dialogue([self._question(settings, group) for group in groups])
        self._bus = Framer(HEAD[:1], lambda head: measured(head, HEAD), lambda frame: overheard(frame, self._meanings))
        self._asks = False

    def feed(self, data: bytes) -> list[Item]:
        """Readings, gaps; notes."""
        return (self._dialogue if self._asks else self._bus).feed(data)

    def tick(self, now_s: float) -> list[Item]:
        """The request that is due."""
        self._asks = True
        return self._dialogue.tick(now_s)

    def _question(self, settings: Settings, group: Sequence[int]) -> Question:
        data = struct.pack(f"<B{len(group)}H", len(group), *group)
        start = HEAD + struct.pack("<HH", MASTER, settings.address)
        longest = LEAST_LENGTH + 2 + VALUE_BYTES * len(group)

        def measure(head: memoryview) -> int | Verdict:
            other = len(head) > 8 and head[8] != MANY
            return Verdict.NOISE if other else measured(head, start, longest)

        return Question(
            request(settings.address, MANY, data),
            measure,
            lambda frame: answer(frame, self._meanings),
            settings.period_s,
            TIMEOUT_S,
            settings.address,
        )
