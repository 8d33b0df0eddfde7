"""A simulated Modbus RTU slave: registers that are computed when they are asked for.

    request   slave function first(2) count(2) crc(2)       answer   slave function bytes data … crc(2)

Source: Modbus Application Protocol V1.1b3; Modbus over Serial Line V1.02. A request with a wrong CRC, or for another
slave, is not answered; a register that is not there is refused with exception 2, a function with exception 1.
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from simulators._answers import Answers

REQUEST_BYTES = 8
ANY = 0xFE  # Senseair's address for whoever listens
READS = (3, 4)
NO_FUNCTION, NO_REGISTER = 1, 2

Register = Callable[[float], int]
"""The 16 bits of a register at a time."""


@dataclass(slots=True)
class Slaves:
    """Slaves on one bus: registers by address and number, the same for functions 3 and 4.

    ``functions`` are those of slaves that know one of them alone; ``dead`` are addresses of slaves without power.
    """

    registers: Mapping[int, Mapping[int, Register]]
    latency_s: float = 0.03
    functions: Mapping[int, Sequence[int]] = field(default_factory=dict)
    dead: frozenset[int] = frozenset()
    _heard: bytes = field(default=b"", init=False)
    _answers: Answers = field(default_factory=Answers, init=False)

    def due_s(self) -> float:
        """When the next answer is ready."""
        return self._answers.due_s()

    def emit(self) -> bytes:
        """That answer."""
        return self._answers.take()

    def receive(self, data: bytes, at_s: float) -> None:
        """Answers each whole request."""
        self._heard += data
        while len(self._heard) >= REQUEST_BYTES:
            request = self._heard[:REQUEST_BYTES]
            if crc(request[:-2]) != request[-2:]:
                self._heard = self._heard[1:]
                continue
            self._heard = self._heard[REQUEST_BYTES:]
            self._answers.put(at_s + self.latency_s, self._answer(request, at_s))

    def _answer(self, request: bytes, at_s: float) -> bytes:
        slave, function = request[0], request[1]
        first, count = int.from_bytes(request[2:4], "big"), int.from_bytes(request[4:6], "big")
        known = self.registers.get(slave)
        if known is None or slave in self.dead:
            return b""
        if function not in self.functions.get(slave, READS):
            return framed(bytes((slave, function | 0x80, NO_FUNCTION)))
        if not all(number in known for number in range(first, first + count)):
            return framed(bytes((slave, function | 0x80, NO_REGISTER)))
        words = b"".join((known[n](at_s) & 0xFFFF).to_bytes(2, "big") for n in range(first, first + count))
        return framed(bytes((slave, function, len(words))) + words)


def integer(value: Callable[[float], int], first: int, words: int = 1, low_first: bool = False) -> dict[int, Register]:
    """The registers of an integer of ``words`` words from ``first`` on; two's complement where it is below 0."""
    places = range(words) if low_first else reversed(range(words))
    return {first + n: partial(_word, value, 16 * place) for n, place in enumerate(places)}


def float32(value: Callable[[float], float], first: int) -> dict[int, Register]:
    """The two registers of an IEEE 754 single, high word first."""
    return integer(lambda at_s: int.from_bytes(struct.pack(">f", value(at_s)), "big"), first, 2)


def _word(value: Callable[[float], int], shift: int, at_s: float) -> int:
    return value(at_s) >> shift & 0xFFFF


def crc(data: bytes) -> bytes:
    """CRC-16/MODBUS, bit by bit, low byte first."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return value.to_bytes(2, "little")


def framed(body: bytes) -> bytes:
    """``body`` with its CRC."""
    return body + crc(body)
