"""The ledger on disk: what the detectors heard, active ones and shadows, who listened when, and what people marked.

    heard       an event a row, with a number that a person can type; and a mark: confirmed, false or unknown
    listened    spans of listening, by which alarms a day are counted
    gave_way    how many old events that nobody marked made room for new ones

One SQLite file. The node writes it in one thread, ``lamppost label`` reads it and marks in it meanwhile (write-ahead
log). The writer runs with synchronous NORMAL, which costs a card one flush in many commits: a power cut may take the
last entries but no alarm with them, for those are signed in the outbox. A person's mark is flushed at once.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from edge.errors import UserError
from edge.message.body import Event
from edge.node.damage import is_damage, set_aside
from edge.node.entries import Entry, GaveWay, Mark, Role, Source, Span, Wanted

LEDGER_FILE = "ledger.sqlite"
VERSION = 1
BUSY_TIMEOUT_S = 5.0
MOST_UNMARKED = 10_000  # of each role, so that a shadow that says much pushes out nothing that was alarmed; and
MOST_MARKED = 20_000  # of both: 28 MB in all, with 700 bytes a row
MOST_SPANS = 20_000  # some ten years of a node with two detectors and a start a day; 2 MB

SCHEMA = f"""
BEGIN;
CREATE TABLE heard (
    id INTEGER PRIMARY KEY AUTOINCREMENT, time_ns INTEGER NOT NULL, sensor TEXT NOT NULL, kind TEXT NOT NULL,
    role TEXT NOT NULL, score REAL NOT NULL, threshold REAL NOT NULL, model BLOB NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, device_boot INTEGER NOT NULL, rate_hz REAL NOT NULL,
    channels TEXT NOT NULL, measures TEXT NOT NULL, reasons TEXT NOT NULL, calibration BLOB NOT NULL,
    mark TEXT NOT NULL DEFAULT '', by TEXT NOT NULL DEFAULT '', marked_ns INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX heard_at ON heard (time_ns);
CREATE INDEX unmarked ON heard (role, id) WHERE mark = '';
CREATE INDEX marked ON heard (id) WHERE mark <> '';
CREATE TABLE listened (
    sensor TEXT NOT NULL, kind TEXT NOT NULL, role TEXT NOT NULL, model BLOB NOT NULL,
    begun_ns INTEGER NOT NULL, ended_ns INTEGER NOT NULL, seconds REAL NOT NULL,
    PRIMARY KEY (begun_ns, sensor, kind, role, model)
) WITHOUT ROWID;
CREATE TABLE gave_way (role TEXT PRIMARY KEY, count INTEGER NOT NULL, until_ns INTEGER NOT NULL) WITHOUT ROWID;
PRAGMA user_version = {VERSION};
COMMIT;
"""
HEARD = (
    "time_ns, sensor, kind, role, score, threshold, model, first, last, device_boot, rate_hz, channels, measures, "
    "reasons, calibration"
)


class UnfitError(Exception):
    """The file is no ledger, or a damaged one, or of another version."""


class Ledger:
    """The file. ``aside`` is where a damaged one went when it was opened, if there was one."""

    def __init__(self, connection: sqlite3.Connection, aside: Path | None = None) -> None:
        self._connection = connection
        self.aside = aside

    @classmethod
    def open(cls, path: Path, now_ns: int) -> Self:
        """For the node. Makes the file; one that is damaged, or of another version, is set aside and a new one made."""
        try:
            connection = _sound(path)
        except (sqlite3.DatabaseError, UnfitError) as error:
            if isinstance(error, sqlite3.DatabaseError) and not is_damage(error):
                raise
            aside = set_aside(path, now_ns)
            return cls(_sound(path), aside)
        return cls(connection)

    @classmethod
    def beside(cls, path: Path) -> Self:
        """For people, while a node may write: the file as it is. UnfitError or an error of SQLite if it is none."""
        return cls(_connected(path))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._connection.close()

    def write(self, entries: Iterable[Entry], spans: Iterable[Span]) -> None:
        """Adds entries, adds or lengthens spans, and lets the oldest give way where there are too many."""
        with self._connection:
            marks = ", ".join("?" * 15)
            self._connection.executemany(f"INSERT INTO heard ({HEARD}) VALUES ({marks})", map(_row, entries))  # noqa: S608
            self._connection.executemany(
                "INSERT OR REPLACE INTO listened VALUES (?, ?, ?, ?, ?, ?, ?)", map(_span_row, spans)
            )
            self._make_room()

    def _make_room(self) -> None:
        for role in Role:
            self._give_way(role)
        self._connection.execute(
            "DELETE FROM heard WHERE id IN (SELECT id FROM heard WHERE mark <> '' ORDER BY id DESC LIMIT -1 OFFSET ?)",
            (MOST_MARKED,),
        )
        self._connection.execute(
            "DELETE FROM listened WHERE begun_ns < "
            "(SELECT begun_ns FROM listened ORDER BY begun_ns DESC LIMIT 1 OFFSET ?)",
            (MOST_SPANS - 1,),
        )

    def _give_way(self, role: Role) -> None:
        gone = self._connection.execute(
            "SELECT id, time_ns FROM heard WHERE role = ? AND mark = '' ORDER BY id DESC LIMIT -1 OFFSET ?",
            (role, MOST_UNMARKED),
        ).fetchall()
        if gone:
            self._connection.executemany("DELETE FROM heard WHERE id = ?", [(number,) for number, _ in gone])
            self._connection.execute(
                "INSERT INTO gave_way VALUES (?, ?, ?) ON CONFLICT (role) DO UPDATE SET "
                "count = count + excluded.count, until_ns = max(until_ns, excluded.until_ns)",
                (role, len(gone), max(time_ns for _, time_ns in gone)),
            )

    def entries(self, wanted: Wanted) -> list[Entry]:
        """Oldest first."""
        rows = self._connection.execute(
            f"SELECT {HEARD}, id, mark, by, marked_ns FROM heard WHERE (? IN ('', kind)) AND (? IN ('', sensor)) "  # noqa: S608
            "AND time_ns BETWEEN ? AND ? AND (mark = '' OR NOT ?) ORDER BY time_ns DESC, id DESC LIMIT ?",
            (wanted.kind, wanted.sensor, wanted.since_ns, wanted.until_ns, wanted.unmarked, wanted.last),
        )
        return [_entry(row) for row in rows.fetchall()[::-1]]

    def numbered(self, ids: Iterable[int]) -> list[Entry]:
        """The entries with these numbers, in that order. UserError for a number that is not there."""
        sql = f"SELECT {HEARD}, id, mark, by, marked_ns FROM heard WHERE id = ?"  # noqa: S608
        found = []
        for number in ids:
            row = self._connection.execute(sql, (number,)).fetchone()
            if row is None:
                hint = "lamppost label lists them; the oldest unmarked ones make room for new ones"
                raise UserError(f"there is no entry {number}", hint)
            found.append(_entry(row))
        return found

    def mark(self, ids: Sequence[int], mark: Mark, by: str, now_ns: int) -> None:
        """All of them, on the disk when this returns."""
        self._connection.execute("PRAGMA synchronous = FULL")
        with self._connection:
            self._connection.executemany(
                "UPDATE heard SET mark = ?, by = ?, marked_ns = ? WHERE id = ?",
                [(mark, by, now_ns, number) for number in ids],
            )

    def spans(self) -> list[Span]:
        """All listening that is known, oldest first."""
        rows = self._connection.execute(
            "SELECT sensor, kind, role, model, begun_ns, ended_ns, seconds FROM listened ORDER BY begun_ns"
        )
        return [Span(Source(sensor, kind, Role(role), model), *rest) for sensor, kind, role, model, *rest in rows]

    def gave_way(self) -> dict[Role, GaveWay]:
        """What made room, by role."""
        rows = self._connection.execute("SELECT role, count, until_ns FROM gave_way").fetchall()
        return {role: GaveWay() for role in Role} | {Role(role): GaveWay(*rest) for role, *rest in rows}


def _sound(path: Path) -> sqlite3.Connection:
    """A connection for the node to a file whose pages hold together."""
    connection = _connected(path, "rwc")
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        if connection.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
            raise UnfitError("its pages do not hold together")
    except (sqlite3.Error, UnfitError):
        connection.close()
        raise
    return connection


def _connected(path: Path, mode: str = "rw") -> sqlite3.Connection:
    """A connection to a file of this version; ``rwc`` makes it."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=BUSY_TIMEOUT_S)
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == 0 and mode == "rwc":
            connection.executescript(SCHEMA)
        elif version != VERSION:
            raise UnfitError(f"it has version {version}, expected {VERSION}")
    except (sqlite3.Error, UnfitError):
        connection.close()
        raise
    return connection


def _row(entry: Entry) -> tuple[object, ...]:
    event = entry.event
    return (
        *(event.time_ns, event.sensor, event.kind, entry.role, event.score, event.threshold, event.model),
        *(event.first, event.last, event.device_boot, event.rate_hz, json.dumps(event.channels)),
        *(json.dumps(dict(event.measures)), json.dumps(event.reasons, ensure_ascii=False), event.calibration),
    )


def _span_row(span: Span) -> tuple[object, ...]:
    source = span.source
    return (source.sensor, source.kind, source.role, source.model, span.begun_ns, span.ended_ns, span.seconds)


def _entry(row: Sequence[Any]) -> Entry:
    time_ns, sensor, kind, role, score, threshold, model, first, last, boot, rate_hz, *rest = row
    channels, measures, reasons, calibration, number, mark, by, marked_ns = rest
    try:
        event = Event(
            kind=kind, sensor=sensor, time_ns=time_ns, first=first, last=last, device_boot=boot, rate_hz=rate_hz,
            channels=tuple(json.loads(channels)), score=score, threshold=threshold, measures=json.loads(measures),
            reasons=tuple(json.loads(reasons)), model=model, calibration=calibration,
        )  # fmt: skip
        return Entry(event, Role(role), number, Mark(mark), by, marked_ns)
    except ValueError as error:
        raise UnfitError(f"its entry {number} is damaged: {error}") from error
