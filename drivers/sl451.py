"""CEM DT-8852, sold as PCE-322A and Voltcraft SL-451: a class 2 sound level meter that talks by itself.

    A5 token [data]      0 to 3 bytes of data, by the token; settings and levels in turn, a level 20 times a second

    1B 1C      frequency weighting A, C             02 03     time weighting fast, slow
    0E 04 05   live, maximum held, minimum held     0D        level, BCD, dB x 10
    0B 0C      that level was on the display, was in its bar graph
    11 07 08   the level is within the range, above it, below it
    30 40 4B 4C  the range                          0F 1F     battery low, good

Source: sigrok wiki, "CEM DT-8852" (sigrok.org/wiki/CEM_DT-8852), its tables of tokens, which name a partial protocol
document of Conrad (105031-da-01-en). Nothing here is from the drivers that sigrok and dt8852 offer (both GPL). The wiki
changed its mind on whether 0B, 1B and 1C carry a byte: both are understood.

A level alone says neither which quantity it is nor whether it is live. It is a reading when weightings and mode were
heard since the last foreign bytes, when ``0B`` follows it, and when the range was kept before and after it.
The commands of the meter only toggle, and 33 switches it off: none is sent.
"""

from collections.abc import Callable

from drivers._dialogue import ANY_BYTE
from drivers._framing import Framer, Verdict
from drivers._sheet import Evidence, Range, Sheet
from drivers._types import Gap, Item, Line, Note, Reading, Why

LINE = Line(9600)
PERIOD_S = 1.0
GREETING = b""
LOUDER_PER_S = 80.0  # from a still night at 30 dB to a shot at 110 dB
SHEET = Sheet(
    models="CEM DT-8852, PCE-322A, Voltcraft SL-451",
    reads={name: Range("dB", 30, 130, per_s=LOUDER_PER_S) for name in ("LAF", "LAS", "LCF", "LCS")},
    wiring="USB (CP2102 inside)",
    check="no checksum: token, BCD digits, and the tokens around a level",
    traps="talks only after its SETUP key was pressed, which also stops it from switching itself off; class 2; in a "
    "hold mode, or beyond the range that is set, there is no reading",
    evidence=Evidence.CONSTRUCTED,
)

START = 0xA5
DIGITS = 10
FOREIGN_BYTES = 5  # a token that nobody wrote down, with its data, is no reason to forget the settings; more is noise

DATA_BYTES = {0x06: (3,), 0x0D: (2,), 0x0B: (0, 1), 0x1B: (0, 1), 0x1C: (0, 1)} | dict.fromkeys(
    (0x02, 0x03, 0x04, 0x05, 0x07, 0x08, 0x09, 0x0A, 0x0C, 0x0E, 0x0F, 0x11, 0x19, 0x1A, 0x1F, 0x30, 0x40, 0x4B, 0x4C),
    (0,),
)
LEVEL, DISPLAYED, IN_BARS = 0x0D, 0x0B, 0x0C
LIVE, KEPT = "live", "within"
SETTINGS = {
    0x1B: ("frequency", "A"),
    0x1C: ("frequency", "C"),
    0x02: ("time", "F"),
    0x03: ("time", "S"),
    0x0E: ("mode", LIVE),
    0x04: ("mode", "maximum held"),
    0x05: ("mode", "minimum held"),
}
NEEDED = {what for what, _ in SETTINGS.values()}
RANGES = {0x11: KEPT, 0x07: "above", 0x08: "below"}
NOTES = {
    0x30: ("range", "30 to 80 dB"),
    0x40: ("range", "30 to 130 dB"),
    0x4B: ("range", "50 to 100 dB"),
    0x4C: ("range", "80 to 130 dB"),
    0x0F: ("battery", "low"),
    0x1F: ("battery", "good"),
}


def _measure(head: memoryview) -> int | Verdict:
    """A token with its data; of the two that it may have the longer, unless the next token begins there."""
    if head[0] != START:
        return Verdict.NOISE
    if len(head) < 2:
        return Verdict.MORE
    if head[1] not in DATA_BYTES:
        return Verdict.NOISE
    fewest, most = 2 + min(DATA_BYTES[head[1]]), 2 + max(DATA_BYTES[head[1]])
    if len(head) < most:
        return Verdict.MORE
    return fewest if most > fewest and head[fewest] == START else most


class Decoder:
    """Reading of the weightings that are set; gaps for levels that are held or out of range; notes."""

    def __init__(self) -> None:
        self._framer = Framer(ANY_BYTE, self._watched, self._token)
        self._settings: dict[str, str] = {}
        self._range = ""
        self._level: float | None = None  # heard, not yet told
        self._displayed = False
        self._notes: dict[str, str] = {}
        self._foreign = 0

    def feed(self, data: bytes) -> list[Item]:
        """What the tokens that ``data`` completes say."""
        return self._framer.feed(data)

    def _watched(self, head: memoryview) -> int | Verdict:
        cut = _measure(head)
        if cut is Verdict.NOISE:
            self._doubt()
        return cut

    def _doubt(self) -> None:
        """A foreign byte: a level beside it is none; after more of them the settings may be others."""
        self._level = None
        self._foreign += 1
        if self._foreign > FOREIGN_BYTES:
            self._settings.clear()
            self._range = ""

    def _token(self, frame: bytes) -> list[Item]:
        self._foreign = 0
        token = frame[1]
        if token in SETTINGS:
            return self._set(*SETTINGS[token])
        if token in RANGES:
            return self._ranged(RANGES[token])
        if token in NOTES:
            return self._note(*NOTES[token])
        return TOLD[token](self, frame) if token in TOLD else []

    def _set(self, what: str, value: str) -> list[Item]:
        if self._settings.get(what) != value:
            self._level = None
        self._settings[what] = value
        return []

    def _note(self, topic: str, text: str) -> list[Item]:
        known, self._notes[topic] = self._notes.get(topic), text
        return [] if known == text else [Note(topic, text)]

    def _heard(self, frame: bytes) -> list[Item]:
        digits = [digit for byte in frame[2:] for digit in divmod(byte, 16)]
        self._level = int("".join(map(str, digits))) / 10 if max(digits) < DIGITS else None
        self._displayed = False
        return []

    def _shown(self, _frame: bytes) -> list[Item]:
        self._displayed = True
        return []

    def _only_bars(self, _frame: bytes) -> list[Item]:
        self._level = None
        return []

    def _ranged(self, kept: str) -> list[Item]:
        """The level that was displayed is told, if the range was kept before it and still is."""
        before, self._range = self._range, kept
        level, self._level = self._level, None
        if level is None or not self._displayed or not before or NEEDED - self._settings.keys():
            return []
        if (mode := self._settings["mode"]) != LIVE:
            return [Gap(Why.INVALID, f"{level} dB: {mode}")]
        if beyond := {before, kept} - {KEPT}:
            return [Gap(Why.INVALID, f"{level} dB: {min(beyond)} the range of the meter")]
        return [Reading(f"L{self._settings['frequency']}{self._settings['time']}", level, "dB")]


TOLD: dict[int, Callable[[Decoder, bytes], list[Item]]] = {
    LEVEL: Decoder._heard,
    DISPLAYED: Decoder._shown,
    IN_BARS: Decoder._only_bars,
}
