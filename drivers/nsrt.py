"""Convergence Instruments NSRT_mk3_Dev and NSRT_mk4_Dev: a sound level meter on USB that is asked in binary.

    request   command(4) address(4) count(4)       little endian; bit 31 of the command is set: only such are sent
    answer    count bytes                          without head, length, checksum

    80000010 level, 80000011 Leq since it was asked last, 80000022 time constant s: float 32
    80000020 weighting, 1 byte: 0 C, 1 A, 2 Z      80000031, 32, 33 model, serial number, firmware: 32 bytes, 0 ends it
    80000034 date of calibration, s since 1904: 8 bytes

Source: Convergence Instruments, "NSRT_mk4_Dev Com Protocol", 2025-02-06, sections 7 and 8. That texts come as all 32
bytes is from the client nsrt-mk3-dev 1.0.0 (PyPI), which waits for them. Reading an Leq begins a new one: volatile,
harmless. Writing a setting wears the flash (10,000 times) and is never done.

Nothing in an answer says what it answers. So a question is put only to a line that was quiet; the first bytes after it
are the answer, or the question has none; weighting and time constant count when exactly their bytes came. The level is
LAF, LAS, LCF … as those two say; until both are known there is no reading. A recording can be read where it holds both
directions: there the request tells what its answer is.

What this cannot tell: 4 bytes of noise that come between a question and its answer, and are a plausible level, pass for
it once in 160 times; a jump beyond what the sheet allows is then a gap.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from drivers._dialogue import ANY_BYTE, Dialogue, Question
from drivers._framing import Framer, Verdict
from drivers._sheet import Evidence, Range, Sheet
from drivers._types import Gap, Item, Line, Note, Reading, Request, Why

LINE = Line(9600)  # a USB port: any will do
PERIOD_S = 1.0
GREETING = b""
READ = 1 << 31
TEXT_BYTES = 32


def _request(command: int, count: int) -> bytes:
    return struct.pack("<III", READ | command, 0, count)


WEIGHTINGS = {0: "C", 1: "A", 2: "Z"}
TIMES_S = {"F": 0.125, "S": 1.0}
LOUDER_PER_S = 80.0  # from a still night at 30 dB to a shot at 110 dB
LEAST_DB, MOST_DB = 15.0, 145.0  # below the noise and above the overload of a half-inch microphone
LEAST_TAU_S, MOST_TAU_S = 0.001, 10.0  # apart from any level
SHEET = Sheet(
    models="Convergence Instruments NSRT_mk3_Dev, NSRT_mk4_Dev",
    reads={
        f"L{weighting}{what}": Range("dB", LEAST_DB, MOST_DB, per_s=LOUDER_PER_S)
        for weighting in WEIGHTINGS.values()
        for what in (*TIMES_S, "eq")
    },
    wiring="USB; the settings of its port have no effect",
    check="no checksum, no head: the first bytes after a question, of its length and plausible",
    traps="writing weighting, rate or time constant wears its flash; a change of them by another program is noticed "
    "within ten seconds; the first Leq after opening is of an unknown time and is left out",
    evidence=Evidence.CONSTRUCTED,
    warm_up_s=10.0,  # ten time constants of 1 s, section 8
    probes=(_request(0x31, TEXT_BYTES),),
)

REQUEST_BYTES = 12
TIMEOUT_S = 1.0
SETTINGS_S = 10.0
QUIET_S = 0.02  # a line that is not this meter's, at 9600 Bd, carries 19 bytes meanwhile
TAU_TOLERANCE = 0.01
MODEL_BEGINS = b"NSRT"
EPOCH = datetime(1904, 1, 1, tzinfo=UTC)
LATEST_S = 1 << 33  # the year 2176


def _float(data: bytes) -> float:
    (value,) = struct.unpack("<f", data)
    return float(value)


def _is_level(data: bytes) -> bool:
    return LEAST_DB <= _float(data) <= MOST_DB


def _is_tau(data: bytes) -> bool:
    return LEAST_TAU_S <= _float(data) <= MOST_TAU_S


def _is_weighting(data: bytes) -> bool:
    return data[0] in WEIGHTINGS


def _is_text(data: bytes) -> bool:
    text, end, _ = data.partition(b"\0")
    return bool(end and text) and text.isascii() and text.decode().isprintable()


def _is_date(data: bytes) -> bool:
    return int.from_bytes(data, "little") < LATEST_S


def _text(topic: str) -> Callable[[bytes], list[Item]]:
    return lambda data: [Note(topic, data.partition(b"\0")[0].decode())]


def _calibrated(data: bytes) -> list[Item]:
    date = EPOCH + timedelta(seconds=int.from_bytes(data, "little"))
    return [Note("calibrated", f"{date:%Y-%m-%d}")]


@dataclass(frozen=True, slots=True)
class _Query:
    """A read command, the bytes that it is answered with, and what they say; each ``every_s``, or with 0 once."""

    command: int
    size: int
    fits: Callable[[bytes], bool]
    decode: Callable[[bytes], list[Item]]
    every_s: float = 0.0

    @property
    def request(self) -> bytes:
        """Asks for it."""
        return _request(self.command, self.size)

    def measure(self, head: memoryview) -> int | Verdict:
        """Of the answer."""
        if len(head) < self.size:
            return Verdict.MORE
        return self.size if self.fits(bytes(head[: self.size])) else Verdict.NOISE


class Decoder:
    """The level and the Leq of each second; notes of model, serial number, firmware and date of calibration."""

    def __init__(self) -> None:
        self._queries = (
            _Query(0x20, 1, _is_weighting, self._weighting, SETTINGS_S),
            _Query(0x22, 4, _is_tau, self._time, SETTINGS_S),
            _Query(0x31, TEXT_BYTES, _is_text, _text("model")),
            _Query(0x32, TEXT_BYTES, _is_text, _text("serial_number")),
            _Query(0x33, TEXT_BYTES, _is_text, _text("firmware")),
            _Query(0x34, 8, _is_date, _calibrated),
            _Query(0x10, 4, _is_level, self._level, PERIOD_S),
            _Query(0x11, 4, _is_level, self._equivalent, PERIOD_S),
        )
        self._dialogue = Dialogue([self._question(query) for query in self._queries])
        self._overheard = Framer(ANY_BYTE, self._measure, self._decode)
        self._known: dict[str, str] = {}
        self._fresh: dict[str, str] = {}  # known as soon as it is sure that nothing else came
        self._fresh_bytes = 0
        self._live = False
        self._integrates = True  # an Leq that began at a time that is known
        self._clean = False  # nothing but an answer was heard since the question
        self._bytes = 0  # since the question
        self._heard = False
        self._quiet_since_s = 0.0

    def feed(self, data: bytes) -> list[Item]:
        """What the answer says that ``data`` completes."""
        if not self._live:
            return self._overheard.feed(data)
        self._heard = self._heard or bool(data)
        self._bytes += len(data)
        return self._dialogue.feed(data)

    def tick(self, now_s: float) -> list[Item]:
        """The next request that is due, if the line is quiet."""
        if not self._live:
            self._live, self._integrates = True, False
            self._quiet_since_s = now_s - QUIET_S
        if self._heard:
            self._heard, self._quiet_since_s = False, now_s
        return self._ask(now_s) if now_s - self._quiet_since_s >= QUIET_S else []

    def _ask(self, now_s: float) -> list[Item]:
        self._settle()
        items = self._dialogue.tick(now_s)
        if any(isinstance(item, Request) for item in items):
            self._clean, self._bytes = True, 0
        return items

    def _settle(self) -> None:
        """A setting counts when its bytes came and no others, but for an echo of the question."""
        if self._bytes in (self._fresh_bytes, REQUEST_BYTES + self._fresh_bytes):
            self._known |= self._fresh
        self._fresh.clear()

    def _question(self, query: _Query) -> Question:
        def measure(head: memoryview) -> int | Verdict:
            cut = query.measure(head) if self._clean else Verdict.NOISE
            self._clean = self._clean and cut is not Verdict.NOISE
            return cut

        return Question(query.request, measure, query.decode, query.every_s, TIMEOUT_S)

    def _measure(self, head: memoryview) -> int | Verdict:
        """A request that somebody made, with its answer; or the name of such a meter."""
        if head[: len(MODEL_BEGINS)] == MODEL_BEGINS[: len(head)]:
            return self._queries[2].measure(head)
        for query in self._queries:
            if head[:REQUEST_BYTES] == query.request[: len(head)]:
                cut = query.measure(head[REQUEST_BYTES:])
                return REQUEST_BYTES + cut if isinstance(cut, int) else cut
        return Verdict.NOISE

    def _decode(self, frame: bytes) -> list[Item]:
        if frame.startswith(MODEL_BEGINS):
            return self._queries[2].decode(frame)
        (query,) = (query for query in self._queries if frame.startswith(query.request))
        items = query.decode(frame[REQUEST_BYTES:])
        self._known |= self._fresh
        return items

    def _weighting(self, data: bytes) -> list[Item]:
        return self._set("weighting", WEIGHTINGS[data[0]], data)

    def _time(self, data: bytes) -> list[Item]:
        tau_s = _float(data)
        names = [name for name, one_s in TIMES_S.items() if abs(tau_s - one_s) <= TAU_TOLERANCE * one_s]
        return self._set("time", names[0] if names else f"{tau_s:.3g} s", data)

    def _set(self, what: str, value: str, data: bytes) -> list[Item]:
        self._fresh[what], self._fresh_bytes = value, len(data)
        return []

    def _level(self, data: bytes) -> list[Item]:
        weighting, time = self._known.get("weighting"), self._known.get("time")
        if not weighting or time not in TIMES_S:
            return [Gap(Why.INVALID, f"level of weighting {weighting or 'not known'}, time {time or 'not known'}")]
        return [Reading(f"L{weighting}{time}", _float(data), "dB")]

    def _equivalent(self, data: bytes) -> list[Item]:
        integrated, self._integrates = self._integrates, True
        if not integrated:
            return [Gap(Why.WARMING, "Leq: of the time before the first question")]
        weighting = self._known.get("weighting")
        if not weighting:
            return [Gap(Why.INVALID, "Leq of a weighting that is not known")]
        return [Reading(f"L{weighting}eq", _float(data), "dB")]
