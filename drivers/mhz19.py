"""Winsen MH-Z19B, MH-Z19C and their like: carbon dioxide by infrared, asked.

    FF 01 86 00 00 00 00 00 79      asked          FF 86 CO2(2) T s u(2) check      answered
    CO2 ppm, big endian; T the board's °C + 40; s stability, of the MH-Z19 only; u of no known meaning
    check: bytes 1 to 8 sum to 0, modulo 256

Nothing else is ever sent: 79 switches the automatic baseline, 87 and 88 calibrate, 99 sets the range. Source: Winsen,
"MH-Z19B User's manual V1.6" (the question, CO2 and the check; the rest is reserved there); T: ESPHome,
components/mhz19; s and u: ESPEasy, P049; a capture of an MH-Z19B: PyPMS, tests/captured_data/MHZ19B.hexdump (MIT).

For some minutes after power-up it says a constant, such as 400, 410, 500 or 555 ppm, which nothing in the value tells
from air. So the sensor is cold for 75 s (ESPHome; PyPMS waits 180 s, the manual says 3 minutes). Where ``u`` is 15,000
it boots (ESPEasy: then, and only then): the first such answer is told as a restart, which makes it cold again. 0 ppm is
what it says while it has no value (PyPMS: warming up), and an ``s`` between 0 and 64 is not stable.
"""

from drivers._checks import sum8
from drivers._dialogue import Dialogue, Question
from drivers._framing import Verdict
from drivers._sheet import Evidence, Range, Sheet
from drivers._types import Gap, Item, Line, Reading, Why
from drivers._units import reading

LINE = Line(9600)
PERIOD_S = 5.0
GREETING = b""
ASK_CO2 = bytes.fromhex("ff0186000000000079")
SHEET = Sheet(
    models="Winsen MH-Z19, MH-Z19B, MH-Z19C, MH-Z14A",
    reads={
        "co2": Range("ppm", 300, 10_000, per_s=200),
        "board_temperature": Range("Cel", -40, 85, per_s=2),
    },
    wiring="5 V supply, TTL 3.3 V",
    check="sum of 8 bits, head; the answer must follow its question",
    traps="takes the lowest of each day for 400 ppm: it needs fresh air; in its first minutes it says a constant",
    evidence=Evidence.RECORDED,
    warm_up_s=75.0,
    probes=(ASK_CO2,),
)

HEAD = b"\xff\x86"
ANSWER_BYTES = 9
TIMEOUT_S = 1.0
COLDEST = 40  # what is added to the temperature
BOOTING = 15_000
STABLE = 64


def _measure(head: memoryview) -> int | Verdict:
    if head[: len(HEAD)] != HEAD[: len(head)]:
        return Verdict.NOISE
    if len(head) < ANSWER_BYTES:
        return Verdict.MORE
    return ANSWER_BYTES if sum8(head[1:ANSWER_BYTES]) == 0 else Verdict.DAMAGED


def _air(frame: bytes) -> list[Item]:
    co2, warmth, stability = int.from_bytes(frame[2:4], "big"), frame[4], frame[5]
    if not co2:
        return [Gap(Why.INVALID, "0 ppm: it has no value yet")]
    if 0 < stability < STABLE:
        return [Gap(Why.INVALID, f"{co2} ppm is not stable: {stability} of {STABLE}")]
    board: list[Item] = [Reading("board_temperature", float(warmth - COLDEST), "Cel")] if warmth else []
    return [reading("co2", float(co2)), *board]


class Decoder:
    """Readings ``co2`` and ``board_temperature``; gaps while it boots."""

    def __init__(self) -> None:
        dialogue = Dialogue([Question(ASK_CO2, _measure, self._items, PERIOD_S, TIMEOUT_S)])
        self.feed, self.tick = dialogue.feed, dialogue.tick
        self._booting = False

    def _items(self, frame: bytes) -> list[Item]:
        booted, self._booting = self._booting, int.from_bytes(frame[6:8], "big") == BOOTING
        if not self._booting:
            return _air(frame)
        return [Gap(Why.INVALID if booted else Why.RESTART, "it boots, and has no value meanwhile")]
