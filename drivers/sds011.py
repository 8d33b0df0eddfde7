"""Nova SDS011, SDS018, SDS021: particles by laser scattering, once a second; SDS198 with coarse dust.

     0   1   2   3   4   5   6   7   8    9
    AA  cmd  -- six data bytes -----  sum  AB      sum: bytes 2..7, modulo 256; it does not cover cmd
         C0  PM2.5   PM10    id                    little endian, µg/m³ x 10
         CF  --      PM100   id                    SDS198: µg/m³
         C5  what 1  value   id                    answer to a command

Source: Nova Fitness, "Laser Dust Sensor Control Protocol V1.3" and "SDS011 specification V1.3" (range 0.0-999.9 µg/m³);
real frames: PyPMS, tests/captured_data/SDS01x.hexdump and SDS198.hexdump (MIT).

The fan runs up for some seconds and the sensor says 0 for both meanwhile. A frame does not tell that from clean air,
and air of a street never reads 0.0 for both: such a frame is a gap (ESPHome's sds011 drops it likewise).
"""

from collections.abc import Callable

from drivers._checks import sum8
from drivers._framing import Framer, Verdict
from drivers._sheet import Evidence, Range, Sheet
from drivers._types import Gap, Item, Line, Note, Reading, Why
from drivers._units import reading

LINE = Line(9600)
PERIOD_S = 1.0
SHEET = Sheet(
    models="Nova SDS011, SDS018, SDS021, SDS198",
    reads={
        "pm2_5": Range("ug/m3", 0, 999.9),
        "pm10": Range("ug/m3", 0, 999.9),
        "pm100": Range("ug/m3", 0, 20_000),
    },
    wiring="5 V supply, TTL 3.3 V; pin 6 TX, pin 7 RX",
    check="sum of 8 bits, head, tail and kind",
    traps="its checksum leaves out the kind of frame; the laser lives some 8,000 hours of work",
    evidence=Evidence.RECORDED,
    warm_up_s=15.0,
)

HEAD, TAIL = 0xAA, 0xAB
FRAME_BYTES = 10
LARGEST_TENTHS = 9999  # 999.9 µg/m³, end of the range in the specification


def _command(what: int, value: int) -> bytes:
    """Sets ``what`` to ``value`` on every sensor that hears it (id FFFF)."""
    body = bytes((what, 1, value)) + bytes(10) + b"\xff\xff"
    return bytes((HEAD, 0xB4)) + body + bytes((sum8(body), TAIL))


# A sensor that was left asleep, in query mode or on a duty cycle would be taken for a deaf one. It keeps these settings
# without power, so they are sent when a port opens, and again only while the sensor says nothing.
GREETING = _command(6, 1) + _command(2, 0) + _command(8, 0)


def _particles(data: bytes) -> list[Item]:
    tenths = int.from_bytes(data[0:2], "little"), int.from_bytes(data[2:4], "little")
    if tenths == (0, 0):
        return [Gap(Why.INVALID, "PM2.5 and PM10 are both 0: the fan runs up or is blocked")]
    if max(tenths) > LARGEST_TENTHS:
        return [Gap(Why.INVALID, f"PM2.5 {tenths[0] / 10}, PM10 {tenths[1] / 10}: beyond 999.9 ug/m3")]
    return [reading("pm2_5", tenths[0] / 10), reading("pm10", tenths[1] / 10)]


def _coarse(data: bytes) -> list[Item]:
    return [Reading("pm100", float(int.from_bytes(data[2:4], "little")), "ug/m3")]


ANSWERS: dict[int, Callable[[bytes], tuple[str, str]]] = {
    2: lambda value: ("report mode", "on query" if value[0] else "active"),
    6: lambda value: ("state", "working" if value[0] else "sleeping"),
    7: lambda value: ("firmware", "-".join(f"{part:02}" for part in value)),
    8: lambda value: ("duty period", f"{value[0]} min"),
}


def _answer(data: bytes) -> list[Item]:
    """Commands 2, 6, 8 answer ``what, set, value``; 7 answers ``what, year, month, day``."""
    what = data[0]
    if what not in ANSWERS:
        return []
    return [Note(*ANSWERS[what](data[1:4] if what == 7 else data[2:4]))]


FRAMES: dict[int, Callable[[bytes], list[Item]]] = {0xC0: _particles, 0xC5: _answer, 0xCF: _coarse}


def _measure(head: memoryview) -> int | Verdict:
    if len(head) < FRAME_BYTES:
        return Verdict.MORE
    if head[1] not in FRAMES or head[9] != TAIL:
        return Verdict.NOISE
    return FRAME_BYTES if sum8(head[2:8]) == head[8] else Verdict.DAMAGED


class Decoder:
    """Particles; the device's id when it is first seen or another one answers."""

    def __init__(self) -> None:
        self._framer = Framer(bytes((HEAD,)), _measure, self._items)
        self._device = ""

    def feed(self, data: bytes) -> list[Item]:
        """Readings ``pm2_5`` and ``pm10``, or ``pm100``; gaps; notes."""
        return self._framer.feed(data)

    def _items(self, frame: bytes) -> list[Item]:
        return [*self._introduction(frame[6:8].hex()), *FRAMES[frame[1]](frame[2:8])]

    def _introduction(self, device: str) -> list[Item]:
        known, self._device = self._device, device
        return [] if device == known else [Note("unique_id", device)]
