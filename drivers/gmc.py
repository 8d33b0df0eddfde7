"""GQ Electronics GMC-280 to GMC-800: Geiger counters on USB, asked for their counts a minute.

    <GETVER>>   GMC-500+Re 2.22          model and firmware, 13 to 15 characters
    <GETCPM>>   00 00 04 BA              counts of the last minute, big endian: 2 bytes of a 300, 4 of a 500, 600, 800

Answers have no frame, no checksum and no mark: what is late, cut or one byte too long would shift all that follow, and
four bytes of noise are a count. So each count stands between two versions, and is told when the second is the same as
the first and nothing lay between. The version is the check that the protocol lacks.

    <GETVER>> ─▶ version ─▶ <GETCPM>> ─▶ count ─▶ <GETVER>> ─▶ the same version: the count is told ─▶ <GETCPM>> …

At opening the counter is told <HEARTBEAT0>>: one that another program left in its heartbeat says a count each second
unasked. The documents do not say that this is forgotten without power; they give it no place in the configuration, nor
does pygmc's map of it, and pygmc says it at each opening too. What is stored (<WCFG…>>, <ECFG>>, <SETDATETIME…>>) is
never told, nor <POWEROFF>>.

Sources: GQ Electronics, "GQ-RFC1201" 1.40 (GMC-280, 300, 320) and "GQ-RFC1801" 1.00 (GMC-500, 600); pygmc 0.14.2 for
GMC-800 and GMC-SE, and its recorded answers (MIT). Should a firmware end in a letter, that is told as noise, and the
counts are still read.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from drivers._dialogue import Dialogue, Question
from drivers._framing import Verdict
from drivers._sheet import Evidence, Range, Sheet
from drivers._types import Gap, Item, Line, Note, Reading, Why
from drivers._units import reading

LINE = Line(115_200)
PERIOD_S = 2.5
GREETING = b"<HEARTBEAT0>>"
GET_VERSION, GET_COUNTS = b"<GETVER>>", b"<GETCPM>>"
PAUSE_S = 2.0  # between a count and the next; it is a sum over a minute
TIMEOUT_S = 1.0  # answers take some 30 ms, now and then 200
SHEET = Sheet(
    models="GQ GMC-280, GMC-300, GMC-320, GMC-500, GMC-600, GMC-800, GMC-SE",
    reads={
        "counts": Range("/min", 0, 999_999, per_s=1000, median=5),  # what the display can show
        "dose_rate": Range("uSv/h", 0, 100_000, per_s=100, median=5),
    },
    wiring="USB (CH340); it runs on USB power, and must be left switched on",
    check="its version before and after each count; no checksum",
    traps="GMC-300 before V4 and GMC-300S: set baud to 57600; dose_rate needs cpm_per_usv_h, 154 for an M4011 tube",
    evidence=Evidence.RECORDED,
    warm_up_s=60.0,  # until a minute has been counted
    probes=(GET_VERSION,),
)

VERSION = re.compile(rb"GMC-[0-9A-Z+]{2,6} ?Re ?[0-9]\.[0-9]{2}")
VERSION_HEAD = b"GMC-"
LONGEST_VERSION_BYTES = 20
COUNT_BYTES = {
    "GMC-280": 2,
    "GMC-300": 2,
    "GMC-320": 2,
    "GMC-SE": 2,
    "GMC-500": 4,
    "GMC-600": 4,
    "GMC-800": 4,
}
WIDTHS = (0, 2, 4)


@dataclass(frozen=True, slots=True)
class Settings:
    """``cpm_per_usv_h`` is the tube's factor, 0 if no dose rate is wanted.

    ``count_bytes`` is 2 or 4 for a model that is not known here, 0 for one that is.
    """

    cpm_per_usv_h: float = 0.0
    count_bytes: int = 0

    def __post_init__(self) -> None:
        if not self.cpm_per_usv_h >= 0:
            raise ValueError(f"cpm_per_usv_h is {self.cpm_per_usv_h:g}; expected counts a minute at 1 uSv/h, or 0")
        if self.count_bytes not in WIDTHS:
            raise ValueError(f"count_bytes is {self.count_bytes}; expected 2, 4, or 0 to go by the model")


DEFAULT = Settings()


def _measure_version(head: memoryview) -> int | Verdict:
    if head[:4] != VERSION_HEAD[: len(head)]:
        return Verdict.NOISE
    if found := VERSION.match(head):
        return found.end()
    return Verdict.MORE if len(head) < LONGEST_VERSION_BYTES else Verdict.NOISE


class Decoder:
    """Reading ``counts``, and ``dose_rate`` where the tube's factor is known; a note of the version."""

    def __init__(self, settings: Settings = DEFAULT) -> None:
        self._settings = settings
        self._asks_version = Question(GET_VERSION, _measure_version, self._introduced, PAUSE_S, TIMEOUT_S)
        self._asks_counts = Question(GET_COUNTS, self._measure_counts, self._counted, 0, TIMEOUT_S)
        self._dialogue = Dialogue([self._asks_version], follows=[self._asks_counts])
        self._width = 0
        self._known: Note | None = None
        self._held: list[Item] = []
        self._counts_held = 0

    def feed(self, data: bytes) -> list[Item]:
        """Readings that a version confirms; notes; gaps."""
        return self._confirmed(self._dialogue.feed(data))

    def tick(self, now_s: float) -> list[Item]:
        """What to ask now, and gaps of questions without an answer."""
        return self._confirmed(self._dialogue.tick(now_s))

    def _confirmed(self, items: Iterable[Item]) -> list[Item]:
        """Holds a count back until the version comes once more, and nothing but it."""
        told: list[Item] = []
        for item in items:
            if isinstance(item, Reading):
                self._hold(item)
            elif isinstance(item, Note):
                told += self._released(item)
            else:
                told.append(item)
                if isinstance(item, Gap):
                    self._held, self._counts_held = [], 0
        return told

    def _hold(self, item: Reading) -> None:
        first = item.quantity == "counts"
        self._held = [item] if first else [*self._held, item]
        self._counts_held += first

    def _released(self, version: Note) -> list[Item]:
        held, counts, known = self._held, self._counts_held, self._known
        self._held, self._counts_held, self._known = [], 0, version
        if counts > 1:  # in a recording: some of it are other answers
            return [Gap(Why.NOISE, f"{counts} counts without a version between them")]
        return held if version == known else [version]

    def _introduced(self, frame: bytes) -> list[Item]:
        model = frame.decode().partition("Re")[0].strip()
        known = (width for name, width in COUNT_BYTES.items() if model.startswith(name))
        self._width = self._settings.count_bytes or next(known, 0)
        note = Note("version", frame.decode())
        if not self._width:
            return [note, Gap(Why.INVALID, f"{model} is not known: set count_bytes to 2 or 4")]
        self._dialogue.follow(self._asks_counts, PAUSE_S)
        return [note]

    def _measure_counts(self, head: memoryview) -> int | Verdict:
        if not self._width:
            return Verdict.NOISE
        return self._width if len(head) >= self._width else Verdict.MORE

    def _counted(self, frame: bytes) -> list[Item]:
        self._dialogue.follow(self._asks_version)
        counts = int.from_bytes(frame, "big")
        if not ~counts & (1 << 8 * len(frame)) - 1:
            return [Gap(Why.INVALID, f"{counts} counts: it can count no more")]
        told: list[Item] = [reading("counts", float(counts))]
        if self._settings.cpm_per_usv_h:
            told.append(reading("dose_rate", counts / self._settings.cpm_per_usv_h))
        return told
