"""Modbus RTU as a master that only reads.

    request   slave  03|04  register(2)  count(2)  crc(2)           big endian; the CRC low byte first
    answer    slave  03|04  bytes        data …    crc(2)
    refusal   slave  83|84  code                   crc(2)

The length comes from the header, never from silence: a USB adapter shows no pause of 3.5 characters. Source: Modbus
Application Protocol V1.1b3, 6.3, 6.4, 7; Modbus over Serial Line V1.02, 2.5.1.
"""

from collections.abc import Callable
from dataclasses import dataclass

from drivers._checks import crc16_modbus
from drivers._dialogue import Question
from drivers._framing import Verdict
from drivers._types import Gap, Item, Why

HOLDING, INPUT = 3, 4
REFUSED = 0x80
REFUSAL_BYTES = 5
AROUND_BYTES = 5  # address, function, count of bytes; CRC
REASONS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    6: "device busy",
}


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
