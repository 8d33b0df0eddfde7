"""Sensirion's SHDLC: a master asks, one device answers.

    request   7E  address  command  bytes  data …         check  7E
    answer    7E  address  command  state  bytes  data …  check  7E

Between the two 7E a byte 7E, 7D, 11 or 13 is sent as 7D and itself XOR 20. ``check`` is the complement of the sum of
what stands between, before that is done. It is undone byte by byte: 7D 5D 31 is 7D 31, never 11. State: bit 7 says that
the device has an error of its own, the other bits why a command was not obeyed.

Source: Sensirion, "Datasheet SPS30", version 1.0, March 2020, section 5 (UART interface); sensirion-shdlc-driver 1.0.2
(BSD-3), against which the tests hold it.
"""

import re
from collections.abc import Callable, Container
from dataclasses import dataclass

from drivers._checks import sum8
from drivers._dialogue import Question
from drivers._framing import Verdict
from drivers._types import Item

EDGE, ESCAPE, FLIP = 0x7E, 0x7D, 0x20
STUFFED = frozenset((0x7E, 0x7D, 0x11, 0x13))
ADDRESS = 0
HEADER_BYTES = 4  # address, command, state, count of data bytes
LONGEST_BYTES = 1 + 2 * (HEADER_BYTES + 0xFF + 1) + 1  # every byte of a frame stuffed, but its edges
DEVICE_ERROR = 0x80
UNKNOWN, NOT_ALLOWED = 0x02, 0x43
ERRORS = {
    0x01: "wrong data length",
    UNKNOWN: "unknown command",
    0x03: "no access right",
    0x04: "illegal parameter",
    0x28: "internal argument out of range",
    NOT_ALLOWED: "not allowed in its current state",
}


@dataclass(frozen=True, slots=True)
class Command:
    """A command, the sizes of data that its answer may have, and what state and data of an answer say."""

    number: int
    data: bytes
    sizes: Container[int]
    decode: Callable[[int, bytes], list[Item]]

    def question(self, every_s: float, timeout_s: float, before: bytes = b"") -> Question:
        """Says it, after the bytes ``before``."""
        content = bytes((ADDRESS, self.number, len(self.data))) + self.data
        return Question(before + framed(content), self._measure, self._items, every_s, timeout_s)

    def _measure(self, head: memoryview) -> int | Verdict:
        if head[0] != EDGE:
            return Verdict.NOISE
        raw, edge, _ = bytes(head[1:LONGEST_BYTES]).partition(bytes((EDGE,)))
        content = unstuffed(raw)
        if content[:2] != bytes((ADDRESS, self.number))[: len(content)] or not self._fits(content):
            return Verdict.NOISE
        if edge:
            return 1 + len(raw) + 1 if _holds(content) else (Verdict.DAMAGED if content else Verdict.NOISE)
        return Verdict.DAMAGED if len(content) > _size(content) else Verdict.MORE

    def _fits(self, content: bytes) -> bool:
        """Whether an answer may begin so; one that refuses has no data."""
        if len(content) < HEADER_BYTES:
            return True
        state, size = content[2:HEADER_BYTES]
        return size in self.sizes or (size == 0 and error(state) != 0)

    def _items(self, frame: bytes) -> list[Item]:
        content = unstuffed(frame[1:-1])
        return self.decode(content[2], content[HEADER_BYTES:-1])


def framed(content: bytes) -> bytes:
    """``content`` with its check, stuffed, between its edges."""
    checked = content + bytes((~sum8(content) & 0xFF,))
    stuffed = (bytes((ESCAPE, byte ^ FLIP)) if byte in STUFFED else bytes((byte,)) for byte in checked)
    return bytes((EDGE,)) + b"".join(stuffed) + bytes((EDGE,))


def unstuffed(raw: bytes) -> bytes:
    """What was stuffed so; of an escape at the end the byte is still to come."""
    return re.sub(rb"\x7d(.?)", lambda pair: bytes(byte ^ FLIP for byte in pair[1]), raw, flags=re.DOTALL)


def error(state: int) -> int:
    """Why a command was not obeyed; 0 if it was."""
    return state & ~DEVICE_ERROR


def words(state: int) -> str:
    """What ``state`` says where all is not well."""
    if error(state):
        return ERRORS.get(error(state), f"error {error(state):#04x}")
    return "an error of its own" if state & DEVICE_ERROR else ""


def _size(content: bytes) -> int:
    """Bytes that the whole content has, as far as it says so."""
    return HEADER_BYTES + (content[HEADER_BYTES - 1] if len(content) >= HEADER_BYTES else 0) + 1


def _holds(content: bytes) -> bool:
    return len(content) == _size(content) and sum8(content) == 0xFF
