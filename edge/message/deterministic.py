"""Core deterministic CBOR (RFC 8949, section 4.2.1), walked by hand before the decoder sees it.

Each item has one encoding: the shortest length, the shortest float that says the same, labels in the order of their
bytes. A label is a whole number or a text; others we never need, and an attacker would: a map of arrays whose hashes
are all alike takes a dictionary seconds for each hundred kilobytes. The walk takes time by the byte, whatever they say.
"""

import struct
from typing import NoReturn

from edge.message.cbor import MAX_DEPTH, CborError, Flaw, decode

UINT, NINT, BYTES, TEXT, ARRAY, MAP, TAG, OTHER = range(8)  # major types: RFC 8949, 3.1
LABELS = (UINT, NINT, TEXT)
SHORT = 24  # what the first byte says by itself
WIDTHS = {24: (1, 24), 25: (2, 1 << 8), 26: (4, 1 << 16), 27: (8, 1 << 32)}  # bytes of an argument, and the least
NOT_TOLD = 31  # a length that comes piece by piece; of the major type OTHER: a break
HALF, SINGLE, DOUBLE = 25, 26, 27
NAN = b"\xf9\x7e\x00"
NARROWER = {SINGLE: (struct.Struct(">f"), struct.Struct(">e")), DOUBLE: (struct.Struct(">d"), struct.Struct(">f"))}


def decode_deterministic(data: bytes) -> object:
    """What :func:`edge.message.cbor.decode` gives, if ``data`` is that item's one deterministic encoding."""
    try:
        _walk(data, 0, 0)
    except IndexError as error:
        raise CborError(f"{len(data)} bytes; expected more", Flaw.TRUNCATED) from error
    return decode(data)


def _size_of(first: int) -> int:
    """Bytes of an item that has no other inside, if its first byte says them; else 0."""
    major, info = first >> 5, first & 31
    if info >= SHORT or major in (ARRAY, MAP, TAG):
        return 0
    return 1 + info if major in (BYTES, TEXT) else 1


_SIZES = bytes(_size_of(first) for first in range(256))


def _walk(data: bytes, at: int, depth: int) -> int:
    """Where the item at ``at`` ends; IndexError if it does not begin. An end beyond the data is left to the decoder."""
    if size := _SIZES[data[at]]:
        return at + size
    major = data[at] >> 5
    if major == TAG:
        raise CborError(f"a tag at {at}; none has a meaning here", Flaw.TAG)
    if major == OTHER:
        return _other(data, at)
    argument, end = _argument(data, at)
    if major in (UINT, NINT):
        return end
    if major in (BYTES, TEXT):
        return end + argument
    if depth == MAX_DEPTH:
        raise CborError(f"more than {MAX_DEPTH} levels at {at}", Flaw.DEPTH)
    walk = _array if major == ARRAY else _map
    return walk(data, end, argument, depth + 1)


def _argument(data: bytes, at: int) -> tuple[int, int]:
    """The number that the item's head says, and where the head ends."""
    info = data[at] & 31
    if info < SHORT:
        return info, at + 1
    if info not in WIDTHS:
        words = "a length that is not told" if info == NOT_TOLD else "a reserved form"
        raise CborError(f"{words} at {at}", Flaw.INDEFINITE if info == NOT_TOLD else Flaw.FORM)
    width, least = WIDTHS[info]
    end = at + 1 + width
    if end > len(data):
        raise CborError(f"{len(data)} bytes; the head at {at} ends at {end}", Flaw.TRUNCATED)
    argument = int.from_bytes(data[at + 1 : end], "big")
    if argument < least:
        _longer(at)
    return argument, end


def _array(data: bytes, at: int, count: int, depth: int) -> int:
    for _ in range(count):
        size = _SIZES[data[at]]  # asked here too: most items are small, and a call takes longer than they do
        at = at + size if size else _walk(data, at, depth)
    return at


def _map(data: bytes, at: int, count: int, depth: int) -> int:
    before = b""
    for _ in range(count):
        size = _SIZES[data[at]]
        end = at + size if size else _walk(data, at, depth)
        label = data[at:end]
        if data[at] >> 5 not in LABELS:
            raise CborError(f"a label at {at} that is neither a whole number nor a text", Flaw.LABEL)
        if label <= before:
            flaw = Flaw.DUPLICATE if label == before else Flaw.UNSORTED
            raise CborError(f"label {label.hex()} at {at} after {before.hex()}", flaw)
        before = label
        size = _SIZES[data[end]]
        at = end + size if size else _walk(data, end, depth)
    return at


def _other(data: bytes, at: int) -> int:
    """Floats, and the simple values of two bytes."""
    info = data[at] & 31
    if info == SHORT:
        return at + 2
    if info not in WIDTHS:
        raise CborError(f"a break or a reserved form at {at}", Flaw.FORM)
    end = at + 1 + WIDTHS[info][0]
    if end <= len(data) and data[at:end] != NAN and _is_longer(info, data[at + 1 : end]):
        _longer(at)
    return end


def _is_longer(info: int, said: bytes) -> bool:
    """Whether a shorter float says the same; of the NaNs one is right."""
    if info == HALF:
        return said[0] & 0x7C == 0x7C and said not in (b"\x7c\x00", b"\xfc\x00")
    wide, narrow = NARROWER[info]
    (value,) = wide.unpack(said)
    try:
        return value != value or narrow.unpack(narrow.pack(value)) == (value,)  # noqa: PLR0124  NaN
    except OverflowError:
        return False


def _longer(at: int) -> NoReturn:
    raise CborError(f"what stands at {at} has a shorter form (RFC 8949, 4.2.1)", Flaw.NOT_SHORTEST)
