"""What the city holds: every message's own bytes, once, and where each node's chain stands.

One SQLite file. A message, and the spans of its chain that it joins, are committed together; the receipt follows.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from edge.errors import UserError
from edge.message.body import GENESIS, ChainEnd, Dropped, Health, Message
from edge.trust.chain import Span, digest
from edge.trust.verifier import Verified

BUSY_TIMEOUT_S = 5.0
SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY, node TEXT NOT NULL, seq INTEGER NOT NULL, boot BLOB NOT NULL, received_ns INTEGER NOT NULL,
    flaw TEXT NOT NULL, signed BLOB NOT NULL, UNIQUE (node, seq, boot)
);
CREATE TABLE IF NOT EXISTS spans (
    node TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, prev BLOB NOT NULL, head BLOB NOT NULL,
    PRIMARY KEY (node, first)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dropped (node TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS nodes (node TEXT PRIMARY KEY, latest INTEGER NOT NULL, heard_ns INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS incidents (
    number INTEGER PRIMARY KEY, id BLOB NOT NULL, revision INTEGER NOT NULL, made_ns INTEGER NOT NULL,
    told INTEGER NOT NULL, signed BLOB NOT NULL, UNIQUE (id, revision)
);
CREATE INDEX IF NOT EXISTS untold ON incidents (number) WHERE told = 0;
CREATE TABLE IF NOT EXISTS refused (
    id INTEGER PRIMARY KEY, received_ns INTEGER NOT NULL, why TEXT NOT NULL, detail TEXT NOT NULL, bytes BLOB NOT NULL
);
"""
MAX_REFUSED = 10_000  # rows, and
REFUSED_BYTES = 4096  # of each, its head: 40 MB in all; an attacker fills no disk with what is not believed


@dataclass(frozen=True, slots=True)
class NodeRecord:
    """What is held of a node: its spans, what it dropped itself, and the highest number that it has named."""

    spans: tuple[Span, ...]
    dropped: tuple[tuple[int, int], ...]
    latest: int


class Store:
    """The file: ``with Store.open(path) as store``. What is written within one ``transaction`` stands or falls."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, path: Path) -> Self:
        """Opens the file, or makes it. UserError if it is something else."""
        try:
            connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)
        except sqlite3.Error as error:
            raise UserError(f"cannot open the store {path}: {error}", "name a file in a folder that exists") from error
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(SCHEMA)
        except sqlite3.Error as error:
            connection.close()
            raise UserError(f"{path} is no store of the gateway: {error}", "name another file") from error
        return cls(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written within is on the disk when it ends, or nothing if it breaks."""
        with self._connection:
            yield

    def find(self, message: Message) -> bytes | None:
        """The hash of the message that stands in this one's place: same node, number and boot."""
        row = self._connection.execute(
            "SELECT signed FROM messages WHERE node = ? AND seq = ? AND boot = ?",
            (message.node, message.seq, message.boot),
        ).fetchone()
        return digest(row[0]) if row else None

    def runs(self, node: str, seq: int) -> list[bytes]:
        """The runs in which the node gave this number: more than one where an old copy of its disk was put back."""
        rows = self._connection.execute("SELECT boot FROM messages WHERE node = ? AND seq = ? ORDER BY id", (node, seq))
        return [boot for (boot,) in rows]

    def add(self, verified: Verified, flaw: str, received_ns: int) -> None:
        """A message that was not here before."""
        message = verified.message
        self._connection.execute(
            "INSERT INTO messages (node, seq, boot, received_ns, flaw, signed) VALUES (?, ?, ?, ?, ?, ?)",
            (message.node, message.seq, message.boot, received_ns, flaw, verified.signed),
        )
        latest = message.body.latest if isinstance(message.body, Health) else message.seq
        self._connection.execute(
            "INSERT INTO nodes VALUES (?, ?, ?) ON CONFLICT (node) DO UPDATE SET latest = max(latest, excluded.latest),"
            " heard_ns = excluded.heard_ns",
            (message.node, latest, received_ns),
        )
        if isinstance(message.body, Dropped):
            rows = [(message.node, first, last) for first, last in message.body.ranges]
            self._connection.executemany("INSERT INTO dropped VALUES (?, ?, ?)", rows)

    def spans(self, node: str) -> tuple[Span, ...]:
        """Where the node's chain stands, in order."""
        sql = "SELECT first, last, prev, head FROM spans WHERE node = ? ORDER BY first"
        return tuple(Span(*row) for row in self._connection.execute(sql, (node,)))

    def record(self, node: str) -> NodeRecord:
        """What is held of ``node``."""
        dropped = self._connection.execute("SELECT first, last FROM dropped WHERE node = ?", (node,)).fetchall()
        latest = self._connection.execute("SELECT latest FROM nodes WHERE node = ?", (node,)).fetchone()
        return NodeRecord(self.spans(node), tuple(dropped), latest[0] if latest else 0)

    def spans_near(self, node: str, seq: int) -> tuple[Span, ...]:
        """The spans, in order, that cover number ``seq`` or that its message may join; after an outage there are many.

        Spans do not overlap: of those that begin at ``seq`` + 1 or before, only the last two can.
        """
        sql = "SELECT first, last, prev, head FROM spans WHERE node = ? AND first <= ? ORDER BY first DESC LIMIT 2"
        return tuple(Span(*row) for row in self._connection.execute(sql, (node, seq + 1)).fetchall()[::-1])

    def whole(self, node: str) -> Span | None:
        """The latest of the node's spans that reach back to a chain's beginning."""
        sql = "SELECT first, last, prev, head FROM spans WHERE node = ? AND prev = ? ORDER BY first DESC LIMIT 1"
        row = self._connection.execute(sql, (node, GENESIS)).fetchone()
        return Span(*row) if row else None

    def highest(self, node: str) -> ChainEnd | None:
        """Where the last of the node's spans ends."""
        sql = "SELECT last, head FROM spans WHERE node = ? ORDER BY first DESC LIMIT 1"
        row = self._connection.execute(sql, (node,)).fetchone()
        return ChainEnd(*row) if row else None

    def replace_spans(self, node: str, before: Sequence[Span], after: Sequence[Span]) -> None:
        """The spans ``before`` became ``after``."""
        self._connection.executemany(
            "DELETE FROM spans WHERE node = ? AND first = ?", [(node, span.first) for span in before]
        )
        rows = [(node, span.first, span.last, span.prev, span.head) for span in after]
        self._connection.executemany("INSERT INTO spans VALUES (?, ?, ?, ?, ?)", rows)

    def nodes(self) -> list[str]:
        """All nodes that were heard."""
        return [node for (node,) in self._connection.execute("SELECT node FROM nodes ORDER BY node")]

    def refuse(self, data: bytes, why: str, detail: str, received_ns: int) -> None:
        """Bytes that are not believed, kept for whoever asks why; the oldest give way."""
        self._connection.execute(
            "INSERT INTO refused (received_ns, why, detail, bytes) VALUES (?, ?, ?, ?)",
            (received_ns, why, detail, data[:REFUSED_BYTES]),
        )
        self._connection.execute("DELETE FROM refused WHERE id <= (SELECT max(id) FROM refused) - ?", (MAX_REFUSED,))

    def messages(self) -> Iterable[bytes]:
        """The bytes of all messages, in the order of nodes and numbers."""
        with closing(self._connection.execute("SELECT signed FROM messages ORDER BY node, seq, boot")) as rows:
            for (signed,) in rows:
                yield signed

    def since(self, since_ns: int, most: int) -> list[tuple[int, bytes]]:
        """When each message was received since then, and its bytes, in the order in which they came; the last ones."""
        rows: list[tuple[int, bytes]] = []
        sql = "SELECT received_ns, signed FROM messages ORDER BY id DESC LIMIT ?"
        with closing(self._connection.execute(sql, (most,))) as found:
            for received_ns, signed in found:
                if received_ns < since_ns:
                    break
                rows.append((received_ns, signed))
        return rows[::-1]

    def add_incident(self, id_: bytes, revision: int, made_ns: int, signed: bytes) -> None:
        """A new revision of an incident."""
        self._connection.execute(
            "INSERT INTO incidents (id, revision, made_ns, told, signed) VALUES (?, ?, ?, 0, ?)",
            (id_, revision, made_ns, signed),
        )

    def incidents(self, since_ns: int) -> list[bytes]:
        """The bytes of all revisions that were made since then, in the order in which they were."""
        sql = "SELECT signed FROM incidents WHERE made_ns >= ? ORDER BY number"
        return [signed for (signed,) in self._connection.execute(sql, (since_ns,))]

    def untold_incidents(self, most: int) -> list[tuple[int, bytes]]:
        """Numbers and bytes of those that no broker has taken, the oldest first."""
        sql = "SELECT number, signed FROM incidents WHERE told = 0 ORDER BY number LIMIT ?"
        return self._connection.execute(sql, (most,)).fetchall()

    def told_incident(self, number: int) -> None:
        """A broker has taken it."""
        self._connection.execute("UPDATE incidents SET told = 1 WHERE number = ?", (number,))
