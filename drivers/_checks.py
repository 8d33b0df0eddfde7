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


def fletcher8(data: bytes | memoryview) -> bytes:
    """Two sums modulo 256, the second of the first (RFC 1145): the CK_A and CK_B of a u-blox frame."""
    sums = list(accumulate(data, initial=0))
    return bytes((sums[-1] & 0xFF, sum(sums) & 0xFF))
