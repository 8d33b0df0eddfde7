"""Messages on disk, until they are delivered.

One SQLite file: write-ahead log, synchronous FULL, so that what was committed outlives a power cut. The number of the
next message and the hash of the last are a row of the same file, written in the same transaction as it: number,
chain and message cannot disagree. Alarms and health have partial indexes, which cost nothing for the many readings.
The file has a page limit below the disk's size; when it is full the oldest of what matters least gives way, and that is
itself a message.

Owned by one thread; :class:`OutboxView` reads beside it.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from edge.message.body import GENESIS, Priority
from edge.node.damage import is_damage, set_aside

APPLICATION_ID = 0x4C414D50  # "LAMP"
PAGE_BYTES = 4096
BUSY_TIMEOUT_S = 5.0
EARLIEST_NS = 1_767_225_600 * 10**9  # 2026-01-01: no clock of a node is right that says less
NS_PER_MS = 1_000_000

SCHEMA = f"""
PRAGMA application_id = {APPLICATION_ID};
CREATE TABLE IF NOT EXISTS outbox (seq INTEGER PRIMARY KEY, priority INTEGER NOT NULL, signed BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS alarms ON outbox (seq) WHERE priority = {int(Priority.ALARM)};
CREATE INDEX IF NOT EXISTS health ON outbox (seq) WHERE priority = {int(Priority.HEALTH)};
CREATE TABLE IF NOT EXISTS chain (
    one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, head BLOB NOT NULL, runs INTEGER NOT NULL,
    begun INTEGER NOT NULL DEFAULT 0
);
"""


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain stands: the latest number given, the hash of that message, the runs so far.

    ``begun``: the chain's own numbers are above it. A chain that is begun anew in the same file leaves others below.
    """

    seq: int
    digest: bytes
    runs: int
    begun: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A signed message that waits."""

    seq: int
    priority: Priority
    signed: bytes


class OutboxFullError(Exception):
    """The page limit is reached: something must give way."""


class OutboxUnreadableError(Exception):
    """The file cannot be read; ``damaged`` tells whether that is the file's own fault."""

    def __init__(self, words: str, *, damaged: bool) -> None:
        super().__init__(words)
        self.damaged = damaged


class Outbox:
    """The file, open for writing. ``found`` tells what was found on the disk: new, kept or damaged."""

    def __init__(self, connection: sqlite3.Connection, found: str) -> None:
        self._connection = connection
        self.found = found

    @classmethod
    def open(cls, path: Path, *, max_bytes: int, now_ns: int, floor: int = 0) -> Self:
        """Opens the file, or makes it. A damaged one is set aside under another name and a new one begun.

        A new chain's numbers begin as :func:`beginning` has it.
        """
        found = "kept" if path.exists() else "new"
        connection = cls._try(path, max_bytes)
        if connection is None:
            found = f"damaged: set aside as {set_aside(path, now_ns).name}"
            connection = cls._connect(path, max_bytes)
        with connection:
            row = (beginning(now_ns, floor), GENESIS)
            connection.execute("INSERT OR IGNORE INTO chain (one, seq, head, runs) VALUES (1, ?, ?, 0)", row)
        return cls(connection, found)

    @classmethod
    def _try(cls, path: Path, max_bytes: int) -> sqlite3.Connection | None:
        """The file's connection, None if it is damaged."""
        try:
            connection = cls._connect(path, max_bytes)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            return None
        if _is_sound(connection):
            return connection
        connection.close()
        return None

    @staticmethod
    def _connect(path: Path, max_bytes: int) -> sqlite3.Connection:
        # opened by whoever starts the node, then owned by the writing thread
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA max_page_count = {max_bytes // PAGE_BYTES}")
            connection.executescript(SCHEMA)
            if not any(name == "begun" for _, name, *_ in connection.execute("PRAGMA table_info(chain)")):
                connection.execute("ALTER TABLE chain ADD COLUMN begun INTEGER NOT NULL DEFAULT 0")  # an earlier file
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._connection.close()

    def head(self) -> Head:
        """Where the chain stands."""
        return Head(*self._connection.execute("SELECT seq, head, runs, begun FROM chain").fetchone())

    def waiting(self) -> int:
        """How many messages wait; counts them all."""
        return int(self._connection.execute("SELECT count(*) FROM outbox").fetchone()[0])

    def commit(
        self, rows: Sequence[Row], head: Head, delivered: Iterable[tuple[int, int]] = (), evicted: Iterable[int] = ()
    ) -> int:
        """Adds ``rows``, moves the chain to ``head``, forgets what was ``delivered`` (ranges) or ``evicted`` (numbers).

        All of it is on the disk then, or nothing. Returns how many messages were forgotten. OutboxFullError if the page
        limit is reached.
        """
        try:
            with self._connection:
                gone = self._forget([*delivered, *((seq, seq) for seq in evicted)])
                self._connection.executemany(
                    "INSERT INTO outbox VALUES (?, ?, ?)", [(row.seq, int(row.priority), row.signed) for row in rows]
                )
                self._connection.execute(
                    "UPDATE chain SET seq = ?, head = ?, runs = ?, begun = ?",
                    (head.seq, head.digest, head.runs, head.begun),
                )
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
                raise OutboxFullError(str(error)) from error
            raise
        return gone

    def _forget(self, ranges: Iterable[tuple[int, int]]) -> int:
        return self._connection.executemany("DELETE FROM outbox WHERE seq BETWEEN ? AND ?", ranges).rowcount

    def oldest(self, priority: Priority, count: int) -> list[int]:
        """Numbers of the ``count`` oldest messages of a priority."""
        rows = self._connection.execute(
            f"SELECT seq FROM outbox WHERE priority = {int(priority)} ORDER BY seq LIMIT ?",  # noqa: S608
            (count,),
        )
        return [seq for (seq,) in rows]


def beginning(now_ns: int, floor: int = 0) -> int:
    """The number below a new chain's first: the milliseconds since 1970, and not below ``floor``.

    Numbers that were given before, by a file that is lost, were fewer than one a millisecond: none comes again.
    """
    return max(max(now_ns, EARLIEST_NS) // NS_PER_MS, floor)


def _is_sound(connection: sqlite3.Connection) -> bool:
    """Whether the pages hold together, and no message has a number that the chain has still to give."""
    ahead = "SELECT count(*) FROM outbox WHERE seq > (SELECT seq FROM chain)"
    try:
        found = connection.execute("PRAGMA quick_check(1)").fetchone(), connection.execute(ahead).fetchone()
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return False
    return found == (("ok",), (0,))


class OutboxView:
    """What waits, for the one who sends it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Self:
        try:
            self._connection = _beside(self._path)
        except sqlite3.OperationalError as error:
            raise OutboxUnreadableError(str(error), damaged=False) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._connection.close()

    def after(self, priority: Priority, seq: int, limit: int) -> list[Row]:
        """Up to ``limit`` messages of one priority with numbers above ``seq``, oldest first."""
        rows = self._select(
            # the priority stands in the text, so that SQLite may use the partial index
            f"SELECT seq, signed FROM outbox WHERE priority = {int(priority)} AND seq > ? ORDER BY seq LIMIT ?",  # noqa: S608
            seq,
            limit,
        )
        return [Row(number, priority, signed) for number, signed in rows]

    def one(self, seq: int) -> Row | None:
        """The message of this number, if it still waits."""
        found = self._select("SELECT priority, signed FROM outbox WHERE seq = ?", seq)
        return Row(seq, Priority(found[0][0]), found[0][1]) if found else None

    def _select(self, sql: str, *values: int) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise OutboxUnreadableError(str(error), damaged=is_damage(error)) from error


def _beside(path: Path) -> sqlite3.Connection:
    """A connection that only reads, and makes no file where there is none."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_S)


def head_of(path: Path) -> tuple[Head, int]:
    """Where the chain of a file stands, and how many messages wait in it; for whoever looks from outside."""
    with closing(_beside(path)) as connection:
        head = Head(*connection.execute("SELECT seq, head, runs FROM chain").fetchone())
        return head, int(connection.execute("SELECT count(*) FROM outbox").fetchone()[0])
