"""What a field of a message must be: each check gives the value back or raises ValueError with what it found."""

import sys
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from typing import TypeAlias, TypeVar

from edge.message.body import NAME

Check: TypeAlias = Callable[[object], object]
_Level = TypeVar("_Level", bound=IntEnum)

UINT64 = 2**64
SEQ_END = 2**63  # SQLite's integers end here; numbers that begin at the milliseconds of today never come near
MAX_ITEMS = 10_000  # of a list or a map in a message


def name(value: object) -> str:
    """A name of a node, a sensor, a kind."""
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise ValueError(f"expected a name ({NAME.pattern}); found {value!r}")
    return value


def text(value: object) -> str:
    """Any text."""
    if not isinstance(value, str):
        raise ValueError(f"expected text; found {value!r}")
    return value


def integer(value: object) -> int:
    """A whole number that fits CBOR's own integers."""
    if isinstance(value, bool) or not isinstance(value, int) or not -UINT64 <= value < UINT64:
        raise ValueError(f"expected a whole number of 64 bits; found {value!r}")
    return value


def uint(value: object) -> int:
    """A whole number from 0 to 2^64-1."""
    if integer(value) < 0:
        raise ValueError(f"expected a number not below 0; found {value!r}")
    return integer(value)


def seq(value: object) -> int:
    """A number of a message, 0 to 2^63-1."""
    if uint(value) >= SEQ_END:
        raise ValueError(f"expected a sequence number below 2^63; found {value!r}")
    return uint(value)


def number(value: object) -> float:
    """A finite number; an integer too large for a float is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= sys.float_info.max:
        raise ValueError(f"expected a finite number; found {value!r}")
    return value


def boolean(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false; found {value!r}")
    return value


def binary(value: object) -> bytes:
    """Bytes, so many as a message has room for."""
    if not isinstance(value, bytes):
        raise ValueError(f"expected bytes; found {value!r}")
    return value


def octets(size: int) -> Callable[[object], bytes]:
    """Exactly ``size`` bytes."""

    def check(value: object) -> bytes:
        if not isinstance(value, bytes) or len(value) != size:
            raise ValueError(f"expected {size} bytes; found {value!r}")
        return value

    return check


def level(kind: type[_Level]) -> Callable[[object], _Level]:
    """A member of an enumeration."""
    return lambda value: kind(uint(value))


def items(value: object) -> Sequence[object]:
    """A list, not longer than a message may have."""
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)) or len(value) > MAX_ITEMS:
        raise ValueError(f"expected a list of at most {MAX_ITEMS}; found {type(value).__name__}")
    return value


def fields(value: object) -> Mapping[object, object]:
    """A map, not larger than a message may have."""
    if not isinstance(value, Mapping) or len(value) > MAX_ITEMS:
        raise ValueError(f"expected a map of at most {MAX_ITEMS}; found {type(value).__name__}")
    return value


def each(check: Check) -> Check:
    """A list, every item checked."""
    return lambda value: tuple(check(item) for item in items(value))


def row(*checks: Check) -> Callable[[object], tuple[object, ...]]:
    """A list with one check for each place."""

    def check(value: object) -> tuple[object, ...]:
        if len(items(value)) != len(checks):
            raise ValueError(f"expected {len(checks)} items; found {len(items(value))}")
        return tuple(one(item) for one, item in zip(checks, items(value), strict=True))

    return check


def table(key: Check, value: Check) -> Check:
    """A map, every key and value checked."""
    return lambda found: {key(k): value(v) for k, v in fields(found).items()}
