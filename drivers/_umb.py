"""Lufft's UMB binary protocol, version 1.0: one master asks, a device answers.

     0   1  2   4    6    7   8       9   10        8+len
    01  10  to  from len  02  command 10  data …    03  crc  04      little endian; len: command to the end of the data

    23  one channel     channel(2)                  status  channel(2)  type  value
    26  status          --                          status
    2F  many            count  count · channel(2)   status  count  count · (bytes  status  channel(2)  type  value)

CRC-16/MCRF4XX of all bytes before it. The first four bits of an address are its class, F is the master's.

Source: Lufft, "UMB-Protokoll 1.0", version 1.7, chapter 3 (its example prints the CRC of the request byte-swapped);
status codes as in OttHydromet/node-red-umbparser, umb_consts.js (MIT).
"""

import struct
from collections.abc import Callable, Iterator, Mapping

from drivers._checks import crc16_mcrf4xx
from drivers._framing import Verdict
from drivers._meaning import Meaning
from drivers._types import Gap, Item, Note, Why

HEAD = b"\x01\x10"
STX, ETX, EOT = 0x02, 0x03, 0x04
MASTER, MASTER_CLASS = 0xF001, 0xF
VERSION = 0x10  # of a command
DATA_AT, BEHIND_BYTES, AROUND_BYTES = 10, 4, 12  # data; ETX, CRC, EOT; all that len does not count
LEAST_LENGTH, MOST_LENGTH = 2, 0xFF  # len: command and version at least
ONE, STATUS, MANY = 0x23, 0x26, 0x2F
VALUE_BYTES = 1 + 1 + 2 + 1 + 8  # of one channel in an answer at most: length, status, channel, type, value

TYPES: Mapping[int, str] = {
    0x10: "<B",
    0x11: "<b",
    0x12: "<H",
    0x13: "<h",
    0x14: "<I",
    0x15: "<i",
    0x16: "<f",
    0x17: "<d",
}
STATUSES: Mapping[int, str] = {
    0x10: "unknown command",
    0x11: "invalid parameter",
    0x12: "invalid header",
    0x13: "invalid version of the command",
    0x20: "read error",
    0x23: "invalid address",
    0x24: "invalid channel",
    0x25: "not possible in this mode",
    0x28: "busy",
    0x29: "low voltage",
    0x2A: "hardware fault",
    0x2B: "measurement error",
    0x2C: "error of initialisation",
    0x2D: "operating system error",
    0x2E: "internal communication error",
    0x30: "default configuration",
    0x31: "invalid adjustment",
    0x32: "configuration fails its CRC",
    0x33: "adjustment fails its CRC",
    0x36: "channel off",
    0x37: "service mode",
    0x50: "value overflow",
    0x51: "value underflow",
    0x52: "over its range",
    0x53: "under its range",
    0x54: "invalid data",
    0x55: "cannot measure",
    0x56: "calculation error",
    0x60: "flash fails its CRC",
    0x63: "flash defective",
    0x64: "configuration error",
}


def request(address: int, command: int, data: bytes = b"") -> bytes:
    """What the master says."""
    body = bytes((command, VERSION)) + data
    frame = HEAD + struct.pack("<HHB", address, MASTER, len(body)) + bytes((STX,)) + body + bytes((ETX,))
    return frame + struct.pack("<H", crc16_mcrf4xx(frame)) + bytes((EOT,))


def measured(head: memoryview, start: bytes, longest: int = MOST_LENGTH) -> int | Verdict:
    """The frame at the head, if it begins with ``start`` and is not ``longest`` by its own count."""
    if head[: len(start)] != start[: len(head)]:
        return Verdict.NOISE
    if len(head) < 8:
        return Verdict.MORE
    length, size = head[6], AROUND_BYTES + head[6]
    if head[7] != STX or not LEAST_LENGTH <= length <= longest:
        return Verdict.NOISE
    if len(head) < size:
        return Verdict.MORE
    crc = int.from_bytes(head[size - 3 : size - 1], "little")
    whole = head[size - BEHIND_BYTES] == ETX and head[size - 1] == EOT and crc == crc16_mcrf4xx(head[: size - 3])
    return size if whole else Verdict.DAMAGED


def overheard(frame: bytes, meanings: Mapping[int, Mapping[int, Meaning]]) -> list[Item]:
    """What a frame says, whoever says it; a question says nothing."""
    return answer(frame, meanings) if frame[3] >> 4 == MASTER_CLASS else []


def answer(frame: bytes, meanings: Mapping[int, Mapping[int, Meaning]]) -> list[Item]:
    """What an answer says; ``meanings`` are those of the channels of each class of devices."""
    data = frame[DATA_AT:-BEHIND_BYTES]
    if not data or (data[0] and frame[8] != ONE):
        return [Gap(Why.INVALID, f"{frame[5]:02x}{frame[4]:02x}: {_words(data[0]) if data else 'no status'}")]
    return ANSWERS.get(frame[8], _nothing)(data, meanings.get(frame[5] >> 4, {}))


def _nothing(_data: bytes, _meanings: Mapping[int, Meaning]) -> list[Item]:
    return []


def _state(_data: bytes, _meanings: Mapping[int, Meaning]) -> list[Item]:
    return [Note("status", "ok")]


def _many(data: bytes, meanings: Mapping[int, Meaning]) -> list[Item]:
    return [item for value in _values(data) for item in _value(value, meanings)]


def _values(data: bytes) -> Iterator[bytes]:
    """What is said of each channel, as far as there is something."""
    at = 2
    for _ in range(data[1] if len(data) > 1 else 0):
        size = data[at] if at < len(data) else 0
        yield data[at + 1 : at + 1 + size]
        at += 1 + size


def _value(said: bytes, meanings: Mapping[int, Meaning]) -> list[Item]:
    """One channel: status, channel, and where it has a value its type and the value."""
    status, channel = said[:1], int.from_bytes(said[1:3], "little")
    meaning = meanings.get(channel)
    name = f"channel {channel}" + (f", {meaning.quantity}" if meaning else "")
    if status != b"\0":
        return [Gap(Why.INVALID, f"{name}: {_words(status[0]) if status else 'no status'}")]
    layout = TYPES.get(said[3]) if len(said) > 3 else None
    if layout is None or struct.calcsize(layout) != len(said) - 4:
        return [Gap(Why.INVALID, f"{name}: {said[3:].hex() or 'nothing'} is no value of a known type")]
    (number,) = struct.unpack(layout, said[4:])
    return meaning.items(float(number), 0) if meaning else [Note(name, f"{number:.9g}")]


def _words(status: int) -> str:
    return STATUSES.get(status, f"status {status:#04x}")


ANSWERS: Mapping[int, Callable[[bytes, Mapping[int, Meaning]], list[Item]]] = {
    ONE: _value,
    STATUS: _state,
    MANY: _many,
}
