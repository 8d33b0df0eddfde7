r"""Probes on an SDI-12 bus, asked through a serial adapter: level, soil, weather, whatever they measure.

    0MC!                     measure, values with a CRC          00132\r\n              013 s, 2 values
                                                                 0\r\n                  ready sooner than that
    0D0!  0D1! …             values, until there are two         0+3.14+2.718IWO\r\n    IWO: CRC
    0I!                      who are you                         013STS AG  4900001.51157252\r\n

What a value means is its place in the probe's manual and nothing in the line: the settings say it. The adapter makes
the break that wakes the bus, and 1200 Bd 7E1 of it; it has its own line speed. A command that finds no answer is said
three times. Addresses are never changed, and extended commands (X) never sent: what they do only the maker knows.

Without its CRC (``0M!``) a line has no check at all. So a line is heard as a whole or not at all: the second half of
another's is no answer, and neither is one with a foreign byte before it.

Source: SDI-12 Support Group, "SDI-12, version 1.4", January 2019, 4.4 (commands, CRC in 4.4.12), 7 (retries); a
transcript of a real pressure probe: joembedded/SDI12Term, README.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from drivers._checks import crc_sdi12
from drivers._dialogue import Dialogue, Question
from drivers._dialogue_lines import LineDialogue
from drivers._framing import Measure, Verdict
from drivers._meaning import Meaning
from drivers._sheet import Evidence, Range, Sheet
from drivers._types import Gap, Item, Line, Note, Why

LINE = Line(9600)
PERIOD_S = 10.0
GREETING = b""
SHEET = Sheet(
    models="SDI-12 probes, 1.0 to 1.4, behind an adapter of USB or RS-485",
    reads={
        "water_level": Range("m", -1, 100, per_s=0.05),
        "water_temperature": Range("Cel", -5, 60, per_s=0.1),
    },
    wiring="12 V, ground and one data line of 5 V; many probes on one line, each with its own address",
    check="CRC of three letters; without it the form of a line alone",
    traps="what its values mean and their units are settings, by their places; older probes know no CRC: crc = false",
    evidence=Evidence.DOCUMENTED,
    probes=(b"0I!",),
)

ADDRESSES = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
TIMEOUT_S = 1.0  # a line of 83 characters takes 0.7 s at 1200 Bd
TRIES = 3
CRC_BYTES = 3
PARTS = 10  # D0 to D9
LONGEST_BYTES = 96  # echo, address, 75 characters of values, CRC, CR LF: 86; an adapter may add a few
PERIODS_S = (1.0, 86_400.0)
NUMBER = rb"[+-](?:\d{1,7}(?:\.\d{0,7})?|\.\d{1,7})"
ECHO = re.compile(rb"\0*(?:[0-9A-Za-z](?:MC?\d?|D\d|I)!)?")
"""What an adapter may give back before the answer: the break, the command."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What the values of one probe mean, by their places in its answer: "1" is the first.

    ``measurement`` is 0 for its usual values (M), 1 to 9 for others (M1 to M9). With ``crc`` it is asked for checked
    values, which needs a probe of SDI-12 1.3 or later.
    """

    values: Mapping[str, Meaning]
    crc: bool = True
    measurement: int = 0

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError("values are none; expected the meaning of one at least")
        if wrong := [place for place in self.values if not re.fullmatch("[1-9][0-9]?", place)]:
            raise ValueError(f"value is {wrong[0]!r}; expected its place, '1' for the first")
        if self.measurement not in range(10):
            raise ValueError(f"measurement is {self.measurement}; expected 0 for M, 1 to 9 for M1 to M9")


def _level_probe() -> dict[str, Probe]:
    level, temperature = Meaning("water_level", least=-1, most=100), Meaning("water_temperature", least=-5, most=60)
    return {"0": Probe({"1": level, "2": temperature})}


@dataclass(frozen=True, slots=True)
class Settings:
    """The probes on the bus, by their addresses; each is asked every ``period_s``.

    Readings are of the channel that is their probe's place among addresses (0-9, a-z, A-Z), or of their own.
    """

    probes: Mapping[str, Probe] = field(default_factory=_level_probe)
    period_s: float = PERIOD_S

    def __post_init__(self) -> None:
        if not self.probes:
            raise ValueError("probes are none; expected one at least, by its address")
        if wrong := [address for address in self.probes if len(address) != 1 or address not in ADDRESSES]:
            raise ValueError(f"address is {wrong[0]!r}; expected one of 0-9, a-z, A-Z")
        if not PERIODS_S[0] <= self.period_s <= PERIODS_S[1]:
            raise ValueError(f"period_s is {self.period_s:g}; expected {PERIODS_S[0]:g} to {PERIODS_S[1]:g}")
        seen = set[tuple[str, int]]()
        for address, probe in self.probes.items():
            for meaning in probe.values.values():
                named = meaning.quantity, channel(address, meaning)
                if named in seen:
                    raise ValueError(f"{named[0]} of channel {named[1]} is there twice; expected a channel for each")
                seen.add(named)


def channel(address: str, meaning: Meaning) -> int:
    """Of a value: its own, or its probe's."""
    return ADDRESSES.index(address) if meaning.channel < 0 else meaning.channel


SETTINGS = Settings()
Follow = Callable[[Question, float, Measure | None], None]


class Decoder:
    """Readings as the settings name them; a note of who each probe is."""

    def __init__(self, settings: Settings = SETTINGS) -> None:
        talks = [_Talk(address, probe, settings.period_s, self._follow) for address, probe in settings.probes.items()]
        questions = [*(talk.start for talk in talks), *(talk.identify for talk in talks)]
        self._dialogue = Dialogue(questions, follows=[talk.overheard for talk in talks])
        lines = LineDialogue(self._dialogue, self._heard, LONGEST_BYTES)
        self.feed, self.tick = lines.feed, lines.tick

    def _heard(self, line: bytes) -> list[Item]:
        """A line, handed on with its line feed in front: nothing in its middle looks like a beginning."""
        echo = ECHO.match(line)
        return self._dialogue.feed(b"\n" + line[echo.end() if echo else 0 : -1])

    def _follow(self, question: Question, wait_s: float, call: Measure | None) -> None:
        self._dialogue.follow(question, wait_s, call)


def _form(text: bytes, crc: bool = False) -> Measure:
    """A line between its line feed and its carriage return that has this form, and before the end its CRC."""
    form = re.compile(rb"\n" + text + (rb"[@-\x7f]{%d}" % CRC_BYTES if crc else b"") + rb"\r")

    def measure(head: memoryview) -> int | Verdict:
        found = form.match(head)
        if not found:
            return Verdict.NOISE
        body = found[0][1:-1]
        holds = not crc or crc_sdi12(body[:-CRC_BYTES]) == body[-CRC_BYTES:]
        return found.end() if holds else Verdict.DAMAGED

    return measure


class _Talk:
    """The conversation with one probe."""

    def __init__(self, address: str, probe: Probe, period_s: float, follow: Follow) -> None:
        self._address, self._probe, self._follow = address, probe, follow
        self._count, self._place = 0, 1  # of values that it has, of the one that comes next
        at = address.encode()
        command = f"M{'C' if probe.crc else ''}{probe.measurement or ''}"
        self._call, self._data = _form(at), _form(at + rb"(?:%s){0,75}" % NUMBER, probe.crc)
        self.start = self._question(command, _form(at + rb"\d{4}"), self._begun, period_s)
        self.identify = self._question("I", _form(at + rb"1[0-4][ -~]{17,30}"), self._identity, 0.0)
        self.overheard = self._question("D0", self._measure, self._overheard, 0.0)

    def _question(
        self, command: str, measure: Measure, decode: Callable[[bytes], list[Item]], every_s: float
    ) -> Question:
        request = f"{self._address}{command}!".encode()
        return Question(request, measure, decode, every_s, TIMEOUT_S, ADDRESSES.index(self._address), TRIES)

    def _part(self, number: int) -> Question:
        return self._question(f"D{number}", self._measure, lambda frame: self._values(frame, number), 0.0)

    def _measure(self, head: memoryview) -> int | Verdict:
        """A line of values; of none it may have no CRC either."""
        empty = self._call(head)
        return self._data(head) if empty is Verdict.NOISE else empty

    def _begun(self, frame: bytes) -> list[Item]:
        """Seconds to wait, and how many values there will be."""
        wait_s, self._count, self._place = int(frame[2:5]), int(frame[5:6]), 1
        if self._count:
            self._follow(self._part(0), float(wait_s), self._call)
        missing = [place for place in self._probe.values if int(place) > self._count]
        words = f"probe {self._address} has {self._count} values, and none in place"
        return [Gap(Why.INVALID, f"{words} {place}") for place in missing]

    def _values(self, frame: bytes, part: int) -> list[Item]:
        numbers = re.findall(NUMBER, frame)
        if not numbers:
            return [Gap(Why.INVALID, f"probe {self._address} has no values: its measurement was broken off")]
        items = self._named(numbers)
        if self._place <= self._count and part + 1 < PARTS:
            self._follow(self._part(part + 1), 0.0, None)
        return items

    def _overheard(self, frame: bytes) -> list[Item]:
        """Of a recording; a line without values is the probe's call."""
        items = self._named(re.findall(NUMBER, frame))
        if self._place > self._count:
            self._place = 1
        return items

    def _named(self, numbers: list[bytes]) -> list[Item]:
        """The next values; what the settings do not name is left out."""
        items = list[Item]()
        for place, number in enumerate(numbers, self._place):
            if meaning := self._probe.values.get(str(place)):
                items += meaning.items(float(number), channel(self._address, meaning))
        self._place += len(numbers)
        return items

    def _identity(self, frame: bytes) -> list[Item]:
        text = frame[2:-1].decode("ascii")
        version, vendor, model, firmware, more = text[:2], text[2:10], text[10:16], text[16:19], text[19:]
        words = f"{vendor.strip()} {model.strip()}, version {firmware.strip()}, {more.strip() or 'no serial number'}"
        return [Note("probe", f"{self._address}: {words}, SDI-12 {version[0]}.{version[1]}")]
