"""The thread that writes the ledger, and the bounded hand-over to it.

    workers ─┐
             ├─ heard, listened ─▶ [ bounded ] ─▶ once a second ─▶ ledger.sqlite ◀─ lamppost label
    shadows ─┘

A sensor's thread leaves its word and goes on: nothing here waits for a disk, and nothing of it alarms or is sent. While
the disk takes nothing, what finds no room is dropped, and listening does not count: no rate is told too low for it.
"""

import itertools
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from drivers._stop import Stop
from edge.message.body import Event
from edge.node.clock import NS_PER_S, Clock
from edge.node.damage import kind_of
from edge.node.entries import Entry, Role, Source, Span
from edge.node.ledger import Ledger

log = logging.getLogger(__name__)

GROUP_S = 1.0  # one commit a second at most
SPANS_S = 60.0  # where nothing is heard: what a kill takes of the listening that is known
HOLE_NS = 60 * NS_PER_S  # a longer one ends a span; so does a wall clock that is set
MOST_WAITING = 1024  # entries in memory, a megabyte; and spans
ROOM = {Role.ACTIVE: MOST_WAITING, Role.SHADOW: MOST_WAITING // 2}  # no shadow takes the room of what was alarmed
# the disk's fault or somebody's who holds a lock, and not the file's: it is waited for
PASSING = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class Scribe:
    """``run`` is the body of its thread; any thread may tell it what was heard and who listened."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque()
        self._spans: dict[Source, Span] = {}
        self._changed: dict[tuple[Source, int], Span] = {}
        self._written_ns = clock.monotonic_ns()
        self._is_dropping = False
        self._trouble = ""

    def heard(self, event: Event, role: Role) -> None:
        """One event for the ledger."""
        with self._lock:
            if len(self._entries) < ROOM[role]:
                self._entries.append(Entry(event, role))
                return
            known, self._is_dropping = self._is_dropping, True
        if not known:
            log.warning("the ledger does not keep up: from now on entries are dropped, and listening does not count")

    def listened(self, sources: Iterable[Source], seconds: float) -> None:
        """These have listened for so long until now."""
        now_ns = self._clock.wall_ns()
        with self._lock:
            if self._is_dropping:
                return
            for source in sources:
                span = self._spans[source] = self._longer(source, now_ns, seconds)
                self._changed[source, span.begun_ns] = span
            for key in list(itertools.islice(self._changed, max(0, len(self._changed) - MOST_WAITING))):
                del self._changed[key]

    def _longer(self, source: Source, now_ns: int, seconds: float) -> Span:
        span = self._spans.get(source)
        if span is None or abs(now_ns - span.ended_ns) > HOLE_NS:
            return Span(source, now_ns - round(seconds * NS_PER_S), now_ns, seconds)
        return replace(span, ended_ns=max(now_ns, span.ended_ns), seconds=span.seconds + seconds)

    def run(self, stop: Stop) -> None:
        """Write until ``stop`` is set, and then what is left."""
        with Ledger.open(self._path, self._clock.wall_ns()) as ledger:
            if ledger.aside:
                log.warning("the ledger was damaged, or of another version: it is set aside as %s", ledger.aside.name)
                self._forget()
            while not stop.wait(GROUP_S):
                if self._due():
                    self._try(ledger)
            self._try(ledger)

    def _forget(self) -> None:
        """Listening until now belongs to entries that are set aside."""
        with self._lock:
            self._spans.clear()
            self._changed.clear()

    def _due(self) -> bool:
        return bool(self._entries) or self._clock.monotonic_ns() - self._written_ns >= SPANS_S * NS_PER_S

    def _try(self, ledger: Ledger) -> None:
        """Writes what waits; a disk that is full or busy is told once, and tried again."""
        try:
            self._write(ledger)
        except sqlite3.OperationalError as error:
            if kind_of(error) not in PASSING:
                raise
            if str(error) != self._trouble:
                log.warning("the ledger cannot be written, and waits: %s", error)
            self._trouble = str(error)
            return
        if self._trouble:
            log.info("the ledger is written again")
        self._trouble = ""

    def _write(self, ledger: Ledger) -> None:
        with self._lock:
            entries, spans = list(self._entries), dict(self._changed)
        ledger.write(entries, spans.values())
        with self._lock:
            for _ in entries:
                self._entries.popleft()
            self._changed = {key: span for key, span in self._changed.items() if spans.get(key) is not span}
            self._is_dropping = False
        self._written_ns = self._clock.monotonic_ns()
