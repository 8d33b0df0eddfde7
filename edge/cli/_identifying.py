"""Which sensor is on a port: listen first, then ask what no sensor minds to be asked.

    listen  9600 ── bytes? ──▶ 115200 ─▶ 19200 … until a driver understands; silence ends it
    ask     at each probing driver's own speed: its probe, and a moment for the answer

All drivers read what comes, side by side. Whoever explains most of the bytes has it; how sure that is depends on how
much was understood and how strong the driver's check is. Nothing is ever written but the ``probes`` of the sheets.
"""

import re
import select
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from drivers._identity import USB_PREFIX, resolve
from drivers._port import SerialPort
from drivers._screen import Screen
from drivers._stop import MS_PER_S, Stop
from drivers._types import Block, Decoder, Driver, Gap, Latch, Line, Note, Reading, Why
from edge import plugins

FIRST_S = 3.0  # most sensors that talk do so within two seconds
NEXT_S = 1.5  # at each other speed, where something was heard and not understood
UNSURE_S = 10.0  # longer, where somebody is heard who may be just warming up
PAUSE_S = 1.2  # behind an answer to what was not its question; sound level meters want a second between commands
ANSWER_S = 0.7  # the slowest answer, of a sensor level meter, takes half a second
ENOUGH = 0.95  # so sure needs no more listening
SURE_S = 0.5  # but at least so long, for a sibling may understand more
MOST_BYTES = 1 << 15  # of one listening; the acoustic front-end says half a megabyte a second
SPEEDS = (Line(9600), Line(115_200), Line(19_200), Line(4800), Line(256_000), Line(38_400), Line(57_600))
WEAK_MOST = 0.9  # of a protocol whose frames have no check
HALF_AT = 1.0  # so many frames make it half sure, twice as many three quarters, and so on
HALF = 0.5  # a reading that the device itself calls invalid: a sibling's frame may look like that too
GOOD = 0.3  # more than one such answer; who answers better is looked for among the other probes
COUNT = re.compile(r"(\d+) bytes")


@dataclass(frozen=True, slots=True)
class Found:
    """A driver that understands what is on a port: how sure that is (0 to 1), at which speed, and what was said."""

    driver: str
    confidence: float
    baud: int
    words: str


@dataclass(slots=True)
class _Ear:
    """One driver that listens."""

    name: str
    driver: Driver
    decoder: Decoder
    screen: Screen
    heard: float = 0.0
    wrong: int = 0
    quantities: dict[str, None] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str) -> "_Ear":
        driver = cast(Driver, plugins.load("drivers", name))
        return cls(name, driver, driver.Decoder(), Screen(driver.SHEET, driver.PERIOD_S, 0.0))

    def feed(self, data: bytes, now_s: float) -> None:
        for item in self.screen.items(self.decoder.feed(data), now_s):
            match item:
                case Gap(Why.NOISE | Why.CHECKSUM, detail):
                    self.wrong += sum(int(size) for size in COUNT.findall(detail))
                case Gap(Why.IMPLAUSIBLE):
                    self.wrong += 1
                case Gap(Why.INVALID | Why.RESTART):
                    self._count("that it has no value yet", HALF)
                case Reading(quantity):
                    self._count(quantity)
                case Note(topic):
                    self._count(topic)
                case Block() | Latch():
                    self._count("samples")

    def _count(self, what: str, weight: float = 1.0) -> None:
        self.heard += weight
        self.quantities[what] = None

    def confidence(self, total: int) -> float:
        if not self.heard:
            return 0.0
        explained = max(0.0, 1 - self.wrong / max(total, 1))
        most = WEAK_MOST if "none" in self.driver.SHEET.check else 1.0
        return float(most * explained * (1 - 0.5 ** (self.heard / HALF_AT)))


@dataclass(slots=True)
class Look:
    """One port that is looked at."""

    port: str
    stop: Stop
    heard_bytes: int = 0
    done: bool = False

    def _path(self) -> str:
        """Where the port is now; a path is one from where the person stands."""
        return resolve(self.port if self.port.startswith(USB_PREFIX) else str(Path(self.port).absolute()))

    def best(self) -> Found | None:
        """Who is there; None if nobody is recognised. PortError if the port cannot be opened."""
        names = plugins.names("drivers")
        return self._listen(names) or self._ask(names)

    def _listen(self, names: Sequence[str]) -> Found | None:
        for number, line in enumerate(SPEEDS):
            with SerialPort.open(self._path(), line) as port:
                found = self._hear(port, line, names, NEXT_S if number else FIRST_S)
                if found and found.confidence < GOOD:
                    found = self._hear(port, line, names, UNSURE_S)
            if found or not self.heard_bytes or self.stop.is_set():
                return found
        return None

    def _ask(self, names: Sequence[str]) -> Found | None:
        """Each probe at its driver's own speed; the surest of who answers."""
        best: Found | None = None
        for line, probe in _probes(names):
            if self.stop.is_set() or (best and best.confidence >= GOOD):
                break
            before = self.heard_bytes
            with SerialPort.open(self._path(), line) as port:
                port.write(probe, self.stop)
                found = self._hear(port, line, names, ANSWER_S, echo=probe)
            if found and (best is None or found.confidence > best.confidence):
                best = found
            if self.heard_bytes > before:
                self.stop.wait(PAUSE_S)
        return best

    def _hear(
        self, port: SerialPort, line: Line, names: Sequence[str], for_s: float, echo: bytes = b""
    ) -> Found | None:
        """The surest driver of what comes in so many seconds."""
        ears, total, begun_s = [_Ear.of(name) for name in names], 0, time.monotonic()
        poller = select.poll()
        poller.register(port, select.POLLIN)
        poller.register(self.stop, select.POLLIN)
        while (left_s := begun_s + for_s - time.monotonic()) > 0 and total < MOST_BYTES and not self.stop.is_set():
            if not poller.poll(left_s * MS_PER_S):
                break
            data = port.read()
            if echo and data.startswith(echo):  # a bus of two wires says again what we said
                data, echo = data[len(echo) :], b""
            total += len(data)
            for ear in ears:
                ear.feed(data, time.monotonic())
            if time.monotonic() > begun_s + SURE_S and _surest(ears, total, line, ENOUGH):
                break
        self.heard_bytes += total
        return _surest(ears, total, line, 0.0)


def _surest(ears: Iterable[_Ear], total: int, line: Line, least: float) -> Found | None:
    best = max(ears, key=lambda ear: ear.confidence(total))
    confidence = best.confidence(total)
    if confidence <= least:
        return None
    words = f"{best.heard:g} readings or words understood: {', '.join(list(best.quantities)[:6])}"
    return Found(best.name, round(confidence, 2), line.baud, words)


def _probes(names: Iterable[str]) -> list[tuple[Line, bytes]]:
    """Each probe with the speed at which it is asked.

    Whole lines come first, for half a line would spoil the next; then words, then bytes.
    """
    found: dict[tuple[Line, bytes], None] = {}
    for name in names:
        driver = cast(Driver, plugins.load("drivers", name))
        found |= dict.fromkeys((driver.LINE, probe) for probe in driver.SHEET.probes)
    return sorted(found, key=lambda one: (not one[1].endswith(b"\n"), not one[1].isascii()))
