"""Sentences of NMEA 0183: the frame that receivers and weather instruments share.

    $ttKKK,field,field,…*hh CR LF         tt talker (GP, WI, YX …), KKK kind, hh XOR of what stands between $ and *

Source: NMEA 0183 4.10. The checksum is demanded, and the CR is not: tools that record a stream drop it.
"""

import re
from collections.abc import Callable

from drivers._checks import xor8
from drivers._framing import Verdict

DOLLAR = ord("$")
SENTENCE_BYTES = 250  # the standard says 82; RTK receivers write more digits and proprietary sentences are longer still
KNOT_M_S = 1852 / 3600

_BODY = rb"\$([ -#%%-)+-~]{0,%d})" % SENTENCE_BYTES
_SENTENCE = re.compile(_BODY + rb"\*([0-9A-Fa-f]{2})\r?\n")
_PART = re.compile(_BODY + rb"(\*([0-9A-Fa-f]{0,2}|[0-9A-Fa-f]{2}\r))?")
_NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{0,12})?")


def measure(head: memoryview, check: Callable[[bytes], int] = xor8) -> int | Verdict:
    """Of a :class:`drivers._framing.Framer` whose frames begin with a dollar; ``check`` of what stands before the *."""
    if sentence := _SENTENCE.match(head):
        return sentence.end() if check(sentence[1]) == int(sentence[2], 16) else Verdict.DAMAGED
    return Verdict.MORE if _PART.fullmatch(head) else Verdict.NOISE


def fields(sentence: bytes) -> list[str]:
    """What stands between the commas of a whole sentence, its address first."""
    return sentence[1 : sentence.index(b"*")].decode("ascii").split(",")


def kind(address: str) -> str:
    """RMC of GPRMC; nothing for a proprietary sentence, whose address begins with P."""
    return address[2:] if len(address) == 5 and address[0] != "P" else ""


def number(field: str) -> float:
    """A field's number; a ValueError for all else, an empty field too."""
    if not _NUMBER.fullmatch(field):
        raise ValueError(f"{field!r} is not a number")
    return float(field)
