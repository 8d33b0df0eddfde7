"""NTi Audio XL2: a sound level meter that is asked in ASCII over its USB port.

    INIT:STATE?                        RUNNING            or SETTLING, STOPPED, FROZEN, PAUSED
    MEAS:INIT  MEAS:SLM:123? LAF       53.8 dB, OK        a snapshot is taken, then read
    MEAS:SLM:123:DT? LAEQ              55.1 dB, OK        over the time since the snapshot before
    *IDN?                              NTiAudio,XL2,A2A-12345-E0,FW4.50

Each line ends in CR LF. An answer does not name its quantity: it is the one that was asked for, one question at a time,
and what comes after a time-out has as long again to pass by. A status other than OK is a gap. Where no measurement runs
one is begun (``INIT START``, which the device forgets without power); one that a person paused or froze is left alone.

Source: XL2NoiseScout, References/command.md (github.com/qwe900/XL2NoiseScout), an extract of NTi's "XL2 Remote
Measurement Manual", for commands and the answer "53.8 dB, OK"; qwe900/NTiXL2, ntixl2/message.py, for the names of
levels and states and the form of the identity. Which words stand for other statuses neither tells: none of them is
believed. ``:DT?`` is from the first alone, and is asked only where the configuration wants an Leq.
"""

import re
from dataclasses import dataclass

from drivers._dialogue import Dialogue, Question
from drivers._dialogue_lines import LineDialogue, whole
from drivers._framing import Decode, Verdict
from drivers._sheet import Evidence, Range, Sheet
from drivers._types import Gap, Item, Line, Note, Reading, Why

PERIOD_S = 1.0
LINE = Line(9600)  # a USB port: any will do
GREETING = b""

COMMANDS = {
    **{name: f"MEAS:SLM:123? {name}" for name in ("LAF", "LAS", "LCF", "LCS", "LZF", "LZS")},
    **{name: f"MEAS:SLM:123:DT? {name.upper()}" for name in ("LAeq", "LCeq", "LZeq")},
}
LOUDER_PER_S = 80.0  # from a still night at 30 dB to a shot at 110 dB
IDENTIFY = b"*IDN?\r\n"
SHEET = Sheet(
    models="NTi Audio XL2",
    reads={name: Range("dB", 10, 150, per_s=LOUDER_PER_S) for name in COMMANDS},
    wiring="USB, set to COM port on its screen; needs the option Remote Measurement",
    check="no checksum: the whole line, its unit and its status",
    traps="an answer does not name its quantity; without the option it answers nothing that helps; range and profile "
    "are set on the device, and it writes to its card where logging is on",
    evidence=Evidence.DOCUMENTED,
    probes=(IDENTIFY,),
)

TIMEOUT_S = 2.0
STATE_S = 10.0
LONGEST_LINE_BYTES = 96  # the identity; a level is shorter than 40
LEVEL = re.compile(rb"([^,;\r\n]{1,16}?) ?dB, ?([A-Za-z_ ]{1,16})\r?\n")
NUMBER = re.compile(rb"-?\d{1,3}(\.\d{1,6})?")
IDENTITY = re.compile(rb"NTiAudio, ?XL2, ?([ -+\--~]{1,24}), ?([ -+\--~]{1,24})\r?\n")
STATE = re.compile(rb"(STOPPED|FROZEN|SETTLING|RUNNING|PAUSED)\r?\n")
REFUSAL = re.compile(rb"(;|OPTION_REQUIRED)\r?\n")
COMMAND = re.compile(rb"[A-Z*][A-Z0-9:]{1,16}\??( [A-Z]{1,8})?\r?\n")  # an echo; a state looks like one
KNOWN = re.compile(b"|".join(line.pattern for line in (LEVEL, IDENTITY, REFUSAL, COMMAND)))
GOOD = b"OK"
HELD = (b"FROZEN", b"PAUSED")


@dataclass(frozen=True, slots=True)
class Settings:
    """``levels`` are names of :data:`COMMANDS`, divided by blanks."""

    levels: str = "LAF"

    def __post_init__(self) -> None:
        names = self.levels.split()
        if not names or not set(names) <= COMMANDS.keys():
            raise ValueError(f"levels is {self.levels!r}; expected some of: {' '.join(COMMANDS)}")


DEFAULTS = Settings()


def _question(commands: str, answer: "re.Pattern[bytes]", decode: Decode, every_s: float = 0.0) -> Question:
    """What is answered by a line, or by a refusal."""

    def measure(head: memoryview) -> int | Verdict:
        line, newline, _ = bytes(head[:LONGEST_LINE_BYTES]).partition(b"\n")
        if not newline:
            return Verdict.MORE if len(head) < LONGEST_LINE_BYTES else Verdict.NOISE
        line += newline
        return len(line) if answer.fullmatch(line) or REFUSAL.fullmatch(line) else Verdict.NOISE

    def decoded(line: bytes) -> list[Item]:
        if REFUSAL.fullmatch(line):
            return [Gap(Why.INVALID, f"it refuses {commands.splitlines()[-1]!r}: {line.decode().strip()}")]
        return decode(line)

    return Question(f"{commands}\r\n".encode(), measure, decoded, every_s, TIMEOUT_S)


def _level(name: str, line: bytes) -> Item:
    value, status = (part.strip() for part in LEVEL.sub(rb"\1,\2", line).split(b","))
    if status != GOOD or not NUMBER.fullmatch(value):
        return Gap(Why.INVALID, f"{name} is {line.decode('ascii', 'replace').strip()!r}")
    return Reading(name, float(value), "dB")


def _identity(line: bytes) -> list[Item]:
    *_, serial, firmware = line.decode().split(",")
    return [Note("serial_number", serial.strip()), Note("firmware", firmware.strip())]


class Decoder:
    """Readings of the levels that ``settings`` names, of one snapshot; notes of its serial number and firmware."""

    def __init__(self, settings: Settings = DEFAULTS) -> None:
        self._start = _question("INIT START\r\nINIT:STATE?", STATE, self._started)
        self._snapshots = 0
        state = _question("INIT:STATE?", STATE, self._state, STATE_S)
        levels = self._levels("MEAS:INIT\r\n", *settings.levels.split())
        self._dialogue = Dialogue([state, levels, _question("*IDN?", IDENTITY, _identity)])
        lines = LineDialogue(self._dialogue, whole(self._dialogue, KNOWN), LONGEST_LINE_BYTES)
        self.feed, self.tick = lines.feed, lines.tick

    def _levels(self, before: str, name: str, *others: str) -> Question:
        """Asks for a level, and then for the others of the same snapshot."""
        following = self._levels("", *others) if others else None

        def decode(line: bytes) -> list[Item]:
            self._snapshots += bool(before)
            if following:
                self._dialogue.follow(following)
            since_before = ":DT?" in COMMANDS[name] and self._snapshots < 2
            return (
                [Gap(Why.WARMING, f"{name}: of the time before the first snapshot")]
                if since_before
                else [_level(name, line)]
            )

        return _question(before + COMMANDS[name], LEVEL, decode, PERIOD_S)

    def _state(self, line: bytes) -> list[Item]:
        state = line.strip()
        if state == b"STOPPED":
            self._dialogue.follow(self._start)
        return [Gap(Why.INVALID, f"its measurement is {state.decode().lower()}")] if state in HELD else []

    def _started(self, line: bytes) -> list[Item]:
        self._snapshots = 0
        return [Gap(Why.INVALID, "its measurement does not start")] if line.strip() == b"STOPPED" else []
