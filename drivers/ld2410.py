"""Hi-Link HLK-LD2410, LD2410B, LD2410C: who moves or rests before a 24 GHz radar, ten times a second.

    F4 F3 F2 F1 | length 2 | 02 AA | state | moving cm 2, energy | resting cm 2, energy | cm 2 | 55 00 | F8 F7 F6 F5
                             01 AA   the same, then gates and energies of the engineering mode

state   0 nobody, bit 0 moves, bit 1 rests; 4 to 6 while the module measures its own background noise

Little endian. There is no checksum: head, length, kind, state and tail must all fit. In a state that has no moving
target the module still says a moving distance, that of the last one: a distance is told only for what its state says is
there. Gates and energies serve to set the module up and are not told.

Nothing is ever sent: to be asked anything the module must first be put into its configuration, in which it is silent.

Sources: Hi-Link, "HLK-LD2410 Serial Communication Protocol" V1.02, 2.3; frames of a real module: a comment in Tasmota's
xsns_102_ld2410.ino.
"""

import struct

from drivers._framing import Framer, Verdict
from drivers._sheet import Evidence, Range, Sheet
from drivers._types import Gap, Item, Line, Why
from drivers._units import reading

LINE = Line(256_000)
PERIOD_S = 0.1
GREETING = b""
FASTEST_M_S = 10.0  # a cyclist; who jumps farther is another person, and is believed after three reports
SHEET = Sheet(
    models="Hi-Link HLK-LD2410, LD2410B, LD2410C",
    reads={
        "presence": Range("count", 0, 3, per_s=30, median=5),  # 0 to 3 within a report
        "moving_distance": Range("m", 0, 8, per_s=FASTEST_M_S, median=5),
        "resting_distance": Range("m", 0, 8, per_s=FASTEST_M_S, median=5),
        "distance": Range("m", 0, 8, per_s=FASTEST_M_S, median=5),
    },
    wiring="5 V supply, TTL 3.3 V; 256,000 Bd is beyond the UART of some adapters",
    check="head, length, kind, state and tail; no checksum",
    traps="old firmware says 0 m for who rests; sees through plastic, and a fan or a curtain as a person",
    evidence=Evidence.RECORDED,
)

HEAD, TAIL = b"\xf4\xf3\xf2\xf1", b"\x55\x00\xf8\xf7\xf6\xf5"
MARK = 0xAA
AROUND_BYTES = 10  # head, length, and the four last bytes
ENGINEERING, BASIC = 1, 2
LENGTHS = {
    BASIC: range(13, 14),
    ENGINEERING: range(17, 65),  # two numbers of gates, an energy a gate, and what a firmware adds; 35 is usual
}
BODY = struct.Struct("<BHBHBH")
MOVING, RESTING = 1, 2
NOISE_STATES = {
    4: "it measures its background noise",
    5: "it has measured its background noise",
    6: "it failed to measure its background noise",
}
STATES = (0, MOVING, RESTING, MOVING | RESTING, *NOISE_STATES)
CM_A_M = 100


def _measure(head: memoryview) -> int | Verdict:
    if head[:4] != HEAD[: len(head)]:
        return Verdict.NOISE
    if len(head) < AROUND_BYTES:
        return Verdict.MORE
    size = int.from_bytes(head[4:6], "little")
    if size not in LENGTHS.get(head[6], ()) or head[7] != MARK or head[8] not in STATES:
        return Verdict.NOISE
    whole = AROUND_BYTES + size
    if len(head) < whole:
        return Verdict.MORE
    return whole if head[whole - len(TAIL) : whole] == TAIL else Verdict.NOISE


def _items(frame: bytes) -> list[Item]:
    state, moving_cm, _, resting_cm, _, cm = BODY.unpack_from(frame, 8)
    if state in NOISE_STATES:
        return [Gap(Why.INVALID, NOISE_STATES[state])]
    seen = {"moving_distance": moving_cm, "resting_distance": resting_cm, "distance": cm}
    there = {"moving_distance": state & MOVING, "resting_distance": state & RESTING, "distance": state and cm}
    told = [reading(name, value / CM_A_M) for name, value in seen.items() if there[name]]
    return [reading("presence", float(state)), *told]


class Decoder:
    """Reading ``presence`` (bit 0 moves, bit 1 rests), the distances of both, and that of the detection if any."""

    def __init__(self) -> None:
        self.feed = Framer(HEAD[:1], _measure, _items).feed
