"""Modbus RTU as a master that only reads.

    request   slave  03|04  register(2)  count(2)  crc(2)           big endian; the CRC low byte first
    answer    slave  03|04  bytes        data …    crc(2)
    refusal   slave  83|84  code                   crc(2)

The length comes from the header, never from silence: a USB adapter shows no pause of 3.5 characters. Source: Modbus
Application Protocol V1.1b3, 6.3, 6.4, 7; Modbus over Serial Line V1.02, 2.2, 2.5.1.

A number of 32 bits takes two registers, and which of them holds the high half is each maker's own choice.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from drivers._checks import crc16_modbus
from drivers._dialogue import Question
from drivers._framing import Verdict
from drivers._types import Gap, Item, Why

HOLDING, INPUT = 3, 4
REFUSED = 0x80
REFUSAL_BYTES = 5
AROUND_BYTES = 5  # address, function, count of bytes; CRC
ADDRESSES = range(1, 248)  # Serial Line, 2.2; 0 is for all, 248 to 255 are reserved
REGISTERS = range(0x1_0000)
PAUSE_S = 0.02  # silence of 3.5 characters between frames, Serial Line, 2.5.1.1: 16 ms at 2400 Bd
REASONS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    6: "device busy",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """How a number lies in registers, and the patterns by which transmitters say that they have none."""

    code: str  # of struct
    none: frozenset[int]

    @property
    def registers(self) -> int:
        """How many it takes."""
        return struct.calcsize(">" + self.code) // 2


KINDS: Mapping[str, Kind] = {
    "u16": Kind("H", frozenset((0xFFFF,))),
    "i16": Kind("h", frozenset((0x7FFF, -0x8000))),
    "u32": Kind("I", frozenset((0xFFFF_FFFF,))),
    "i32": Kind("i", frozenset((0x7FFF_FFFF, -0x8000_0000))),
    "f32": Kind("f", frozenset()),  # it has NaN for that
}


def number(data: bytes, kind: Kind, low_word_first: bool = False) -> float:
    """The number in ``data``, the bytes of as many registers as ``kind`` takes. It may be NaN or infinite."""
    words = data[2:] + data[:2] if low_word_first else data
    (value,) = struct.unpack(">" + kind.code, words)
    return float(value)


@dataclass(frozen=True, slots=True)
class Registers:
    """``count`` consecutive registers of a slave, and what their 2 · ``count`` bytes say."""

    slave: int
    function: int
    first: int
    count: int
    decode: Callable[[bytes], list[Item]]

    def question(self, every_s: float, timeout_s: float) -> Question:
        """Asks for them."""
        head = bytes((self.slave, self.function)) + self.first.to_bytes(2, "big") + self.count.to_bytes(2, "big")
        return Question(framed(head), self._measure, self._items, every_s, timeout_s, self.slave)

    def _measure(self, head: memoryview) -> int | Verdict:
        start = bytes((self.slave, self.function, 2 * self.count)), bytes((self.slave, self.function | REFUSED))
        if head[:3] == start[0][: len(head)]:
            return checked(head, AROUND_BYTES + 2 * self.count)
        return checked(head, REFUSAL_BYTES) if head[:2] == start[1] else Verdict.NOISE

    def _items(self, frame: bytes) -> list[Item]:
        if frame[1] & REFUSED:
            why = REASONS.get(frame[2], f"exception {frame[2]}")
            return [Gap(Why.INVALID, f"slave {self.slave} refuses register {self.first}: {why}")]
        return self.decode(frame[3:-2])


def framed(body: bytes) -> bytes:
    """``body`` with its CRC."""
    return body + crc16_modbus(body).to_bytes(2, "little")


def checked(head: memoryview, size: int) -> int | Verdict:
    """The frame of ``size`` at the head if its CRC holds."""
    if len(head) < size:
        return Verdict.MORE
    return size if crc16_modbus(head[: size - 2]).to_bytes(2, "little") == head[size - 2 : size] else Verdict.DAMAGED
