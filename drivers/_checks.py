"""Checks of frames, each named as its datasheet names it.

Tests hold each against the check value of its standard or against frames of real devices. A check whose frames only one
sensor sends stands with that sensor; CRC-32 is ``zlib.crc32``.
"""

import binascii
from functools import reduce
from itertools import accumulate
from operator import xor


def crc16_ccitt(data: bytes | memoryview) -> int:
    """CRC-16/IBM-3740, often called CCITT-FALSE: polynomial 1021, from FFFF, nothing reflected."""
    return binascii.crc_hqx(data, 0xFFFF)


def sum8(data: bytes | memoryview) -> int:
    """Sum of the bytes modulo 256."""
    return sum(data) & 0xFF


def xor8(data: bytes | memoryview) -> int:
    """Exclusive or of the bytes: the checksum of NMEA 0183."""
    return reduce(xor, data, 0)


def _reflected_table(polynomial: int) -> tuple[int, ...]:
    """What each byte does to a reflected CRC-16 of a reflected ``polynomial``."""
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ polynomial * (value & 1)  # noqa: PLW2901  shifted through
        table.append(value)
    return tuple(table)


_A001, _8408 = _reflected_table(0xA001), _reflected_table(0x8408)


def crc16_modbus(data: bytes | memoryview) -> int:
    """CRC-16/MODBUS: polynomial 8005 reflected, from FFFF; low byte first on the wire."""
    return reduce(lambda crc, byte: crc >> 8 ^ _A001[(crc ^ byte) & 0xFF], data, 0xFFFF)


def crc16_mcrf4xx(data: bytes | memoryview) -> int:
    """CRC-16/MCRF4XX: polynomial 1021 reflected, from FFFF; low byte first on the wire."""
    return reduce(lambda crc, byte: crc >> 8 ^ _8408[(crc ^ byte) & 0xFF], data, 0xFFFF)


def fletcher8(data: bytes | memoryview) -> bytes:
    """Two sums modulo 256, the second of the first (RFC 1145): the CK_A and CK_B of a u-blox frame."""
    sums = list(accumulate(data, initial=0))
    return bytes((sums[-1] & 0xFF, sum(sums) & 0xFF))


def crc_sdi12(data: bytes | memoryview) -> bytes:
    """CRC-16/ARC, as that of Modbus but from 0, in three letters of six bits each (SDI-12 1.4, 4.4.12)."""
    crc = reduce(lambda crc, byte: crc >> 8 ^ _A001[(crc ^ byte) & 0xFF], data, 0)
    return bytes((0x40 | crc >> 12, 0x40 | crc >> 6 & 0x3F, 0x40 | crc & 0x3F))
