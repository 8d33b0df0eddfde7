"""Hi-Link HLK-LD2450: where up to three people are and how fast they go, by 24 GHz radar, ten times a second.

    AA FF 03 00 | target 1 | target 2 | target 3 | 55 CC       a target: x mm, y mm, speed cm/s, gate mm, two bytes each

Little endian, sign and magnitude, and the top bit 1 means positive: 0E 03 is -782, B1 86 is +1713. y goes away from
the module, x across; the document does not say to which side. A positive speed goes away (so ESPHome reads it). A
target at 0, 0 is none, whatever else stands there. There is no checksum: head and tail must fit.

The places of the targets are the channels 0 to 2. A person who leaves frees a place and may come back in another: that
is a jump, believed when three reports say so. Three are the most: this tells presence, it counts no crowd.

Nothing is ever sent: to be asked anything the module must first be put into its configuration, in which it is silent.

Source: Hi-Link, "HLK-LD2450 Serial Communication Protocol" V1.03, 2.3.
"""

import struct

from drivers._framing import Framer, Verdict
from drivers._sheet import Evidence, Range, Sheet
from drivers._types import Item, Line
from drivers._units import reading

LINE = Line(256_000)
PERIOD_S = 0.1
GREETING = b""
FASTEST_M_S = 10.0  # a cyclist
SHEET = Sheet(
    models="Hi-Link HLK-LD2450",
    reads={
        "targets": Range("count", 0, 3, per_s=30, median=5),  # 0 to 3 within a report
        "target_x": Range("m", -8, 8, per_s=FASTEST_M_S, median=5),
        "target_y": Range("m", 0, 8, per_s=FASTEST_M_S, median=5),
        "target_speed": Range("m/s", -10, 10, per_s=20, median=5),  # 10 m/s braked or reached in half a second
    },
    wiring="5 V supply, TTL 3.3 V; 256,000 Bd is beyond the UART of some adapters",
    check="head and tail; no checksum",
    traps="three targets at most; sees through plastic, and a fan or a curtain as a person",
    evidence=Evidence.DOCUMENTED,
)

HEAD, TAIL = b"\xaa\xff\x03\x00", b"\x55\xcc"
TARGETS = struct.Struct("<4s" + 3 * "HHHH" + "2s")
POSITIVE = 0x8000
MM_A_M, CM_A_M = 1000, 100


def _measure(head: memoryview) -> int | Verdict:
    if head[:4] != HEAD[: len(head)]:
        return Verdict.NOISE
    if len(head) < TARGETS.size:
        return Verdict.MORE
    return TARGETS.size if head[TARGETS.size - len(TAIL) : TARGETS.size] == TAIL else Verdict.NOISE


def _signed(word: int) -> int:
    magnitude = word & ~POSITIVE
    return magnitude if word & POSITIVE else -magnitude


def _items(frame: bytes) -> list[Item]:
    words = [_signed(word) for word in TARGETS.unpack(frame)[1:-1]]
    seen = [(place, *words[4 * place : 4 * place + 3]) for place in range(3) if any(words[4 * place : 4 * place + 2])]
    told: list[Item] = [reading("targets", float(len(seen)))]
    for place, x_mm, y_mm, speed_cm_s in seen:
        told += [
            reading("target_x", x_mm / MM_A_M, place),
            reading("target_y", y_mm / MM_A_M, place),
            reading("target_speed", speed_cm_s / CM_A_M, place),
        ]
    return told


class Decoder:
    """Reading ``targets``; ``target_x``, ``target_y`` and ``target_speed`` of each that there is."""

    def __init__(self) -> None:
        self.feed = Framer(HEAD[:1], _measure, _items).feed
