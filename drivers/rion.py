"""Rion NL-42, NL-52 and NL-43, NL-53: sound level meters that are asked in ASCII, by RS-232C or USB.

    Frequency Weighting?      R+0000  A              Time Weighting?    R+0000  F         Measure?    R+0000  Start
    DOD?                      R+0000   58.3, 57.1, 91.0, 71.2, 41.8, …                    what the display shows
                                       Lp    Leq   LE    Lmax  Lmin                       of the main channel; --.- none
    any                       R+0001 unknown, 0002 parameter, 0003 specification, 0004 state

Lines end in CR LF; ``$`` is the prompt; a second passes between an answer and the next command. The level is LAF, LAS,
LCF … as the weightings say that were read before it: until they are known there is no reading. Leq, Lmax and Lmin are
those of the measurement that somebody started on the meter, from its start on: they are told while it runs. Nothing is
ever set.

Source: serversdwn/slmm (github.com), COMMUNICATION_GUIDE.md and docs/nl43_Command_ref.md, extracts of Rion's
"NL-43/NL-53 Communication Guide" (No. 66132, pages 39 to 95): commands, codes, pauses, and the order of DOD's fields,
"Lp, Leq, LE, Lmax, Lmin, LN1-LN5, Lpeak, LIeq, Leq,mov, Ltm5"; its app/services.py: "Start" and "Stop", two lines an
answer, the prompt; its log: 64 fields. That program once takes DOD's first field for a counter, as DRD's is. So the
order is not taken on trust: the five fields must have a decimal, and Lmin ≤ Leq ≤ Lmax, else all are a gap. The NL-42's
own manual was not at hand. Where the flags of over- and under-range stand no source tells: they are not read.
"""

import re

from drivers._dialogue import Dialogue, Question
from drivers._dialogue_lines import LineDialogue, whole
from drivers._framing import Decode, Verdict
from drivers._sheet import Evidence, Range, Sheet
from drivers._types import Gap, Item, Line, Note, Reading, Why

LINE = Line(38400)
PERIOD_S = 3.0  # a question between two levels, each with its second of rest
GREETING = b""
LOUDER_PER_S = 80.0  # from a still night at 30 dB to a shot at 110 dB
WEIGHTINGS, TIMES = ("A", "C", "Z"), ("F", "S")
QUANTITIES = [
    name
    for weighting in WEIGHTINGS
    for name in (
        f"L{weighting}eq",
        *(f"L{weighting}{time}{which}" for time in TIMES for which in ("", "max", "min")),
    )
]
SHEET = Sheet(
    models="Rion NL-42, NL-52, NL-43, NL-53",
    reads={name: Range("dB", 10, 150, per_s=LOUDER_PER_S) for name in QUANTITIES},
    wiring="RS-232C (9600 to 115200 Bd, set on the meter), or USB set to communication",
    check="no checksum: code, form of the line, Lmin ≤ Leq ≤ Lmax",
    traps="a weighting that is changed on the meter is noticed within half a minute; Leq, Lmax and Lmin are since the "
    "start of the measurement on the meter; over-range is not told",
    evidence=Evidence.CONSTRUCTED,
    probes=(b"Type?\r\n",),
)

PAUSE_S = 1.0  # "wait at least 1 s", Communication Guide
TIMEOUT_S = 3.0  # it answers within 3 s, same place
WEIGHTINGS_S = 30.0
STATE_S = 10.0
LONGEST_LINE_BYTES = 1024  # 64 fields of 6 or 7 bytes are displayed; an NL-43RT adds its bands
MEASURING = ("Start", "Run")
PROMPT = b"$"
ANSWERED, REFUSED = rb"R\+0000 ?\r\n", rb"R\+000[1-9] ?\r\n"
KNOWN = re.compile(rb"[ -~]*\r\n")
NO_VALUE = re.compile(r"-{1,3}\.-")
FIELD = re.compile(rf"-?\d{{1,3}}\.\d|{NO_VALUE.pattern}")
MAIN_CHANNEL = ("Lp", "Leq", "LE", "Lmax", "Lmin")
ASKED_ONCE = (
    ("Type", "model", rb'"?N[AL]-\d\d[A-Z]{0,2}"?'),
    ("Serial Number", "serial_number", rb'"?\d{8}"?'),
    ("System Version", "firmware", rb'"?\d{1,2}\.\d{1,2}(?:\.\d{1,4})?"?'),
)
REASONS = {1: "unknown command", 2: "wrong parameter", 3: "not of this model", 4: "not in this state"}


def _question(command: str, answer: bytes, decode: Decode, refused: Decode, every_s: float = 0.0) -> Question:
    """What is answered by a code and a line that ``answer`` matches, or by the code of a refusal."""
    good, bad = re.compile(ANSWERED + rb" *(" + answer + rb") *\r\n"), re.compile(REFUSED)

    def measure(head: memoryview) -> int | Verdict:
        """Whole lines come; what is not here yet can only be the second."""
        if found := bad.match(head) or good.match(head):
            return found.end()
        return Verdict.MORE if re.fullmatch(ANSWERED, head) else Verdict.NOISE

    def decoded(frame: bytes) -> list[Item]:
        found = good.fullmatch(frame)
        return decode(found[1]) if found else refused(frame)

    return Question(f"{command}\r\n".encode(), measure, decoded, every_s, TIMEOUT_S)


def _refused(command: str) -> Decode:
    def decode(frame: bytes) -> list[Item]:
        code = int(frame[2:6])
        return [Gap(Why.INVALID, f"it refuses {command}: {REASONS.get(code, f'code {code}')}")]

    return decode


def _note(topic: str) -> Decode:
    return lambda text: [Note(topic, text.decode().strip('" '))]


class Decoder:
    """The level, as weighted; Leq, Lmax and Lmin while a measurement runs; notes of what it is."""

    def __init__(self) -> None:
        self._weighting = self._time = self._state = ""
        self._dialogue = Dialogue(
            [
                self._setting("Frequency Weighting", rb"[ACZ]", self._weighted),
                self._setting("Time Weighting", rb"[FSI]|10ms", self._timed),
                _question("Measure?", rb"Start|Run|Stop", self._measures, _refused("Measure?"), STATE_S),
                _question("DOD?", rb"[ -~]*,[ -~]*", self._displayed, _refused("DOD?"), PAUSE_S),
                *(_question(f"{name}?", form, _note(topic), _refused(f"{name}?")) for name, topic, form in ASKED_ONCE),
            ],
            PAUSE_S,
        )
        self._lines = LineDialogue(self._dialogue, whole(self._dialogue, KNOWN), LONGEST_LINE_BYTES)
        self.tick = self._lines.tick

    def feed(self, data: bytes) -> list[Item]:
        """What the answers that ``data`` completes say; the prompt belongs to none of them."""
        return self._lines.feed(data.replace(PROMPT, b""))

    def _setting(self, name: str, answer: bytes, decode: Decode) -> Question:
        """Of the main channel, which some meters want to hear named."""
        named = f"{name} (Main)?"
        of_main = _question(named, answer, decode, _refused(named))

        def refused(_frame: bytes) -> list[Item]:
            self._dialogue.follow(of_main)
            return []

        return _question(f"{name}?", answer, decode, refused, WEIGHTINGS_S)

    def _weighted(self, text: bytes) -> list[Item]:
        self._weighting = text.decode()
        return []

    def _timed(self, text: bytes) -> list[Item]:
        self._time = text.decode()
        return []

    def _measures(self, text: bytes) -> list[Item]:
        known, self._state = self._state, text.decode()
        return [Note("measurement", self._state)] if known != self._state else []

    def _displayed(self, line: bytes) -> list[Item]:
        fields = [field.strip() for field in line.decode().split(",")[: len(MAIN_CHANNEL)]]
        if len(fields) < len(MAIN_CHANNEL) or not all(FIELD.fullmatch(field) for field in fields):
            return [Gap(Why.INVALID, f"the display says {fields}; expected {', '.join(MAIN_CHANNEL)}")]
        if not self._weighting or self._time not in TIMES:
            weightings = f"{self._weighting or 'not known'}, {self._time or 'not known'}"
            return [Gap(Why.INVALID, f"its weightings are {weightings}")]
        shown = zip(MAIN_CHANNEL, fields, strict=True)
        return self._levels({name: float(field) for name, field in shown if not NO_VALUE.fullmatch(field)})

    def _levels(self, of: dict[str, float]) -> list[Item]:
        """Of the fields that have a value."""
        if {"Leq", "Lmax", "Lmin"} <= of.keys() and not of["Lmin"] <= of["Leq"] <= of["Lmax"]:
            return [Gap(Why.INVALID, f"the display says {of}: Leq is not between Lmin and Lmax")]
        level = f"L{self._weighting}{self._time}"
        if "Lp" not in of:
            return [Gap(Why.INVALID, f"{level} has no value")]
        names = {"Lp": level}
        if self._state in MEASURING:
            names |= {"Leq": f"L{self._weighting}eq", "Lmax": f"{level}max", "Lmin": f"{level}min"}
        return [Reading(names[name], value, "dB") for name, value in of.items() if name in names]
