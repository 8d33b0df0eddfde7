"""The book of an audit: the hash of every message that was placed, and where the audit stands.

    hashes      node, number, run ──▶ hash: tells a message that comes again from another in its place
    checkpoint  the audit's state, how many bytes of the archive it has read, and their SHA-256

An SQLite file, so that memory does not grow with the archive. With a path it outlives the audit, which goes on from
there: hashes and state are committed together, so a book always is of one moment. Without a path it is a temporary
file, gone when it is closed.

A checkpoint is bound to what was read (the SHA-256 of all its bytes, in order) and to the keys: an archive in which one
earlier byte is another, missing or elsewhere, or another set of keys, makes it void. It is a note to oneself and not
signed: whoever can write it can say what was verified. Keep it as you keep the keys.
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from edge.errors import UserError
from edge.message.cbor import decode, encode

APPLICATION_ID = 0x4C414D42  # "LAMB"
VERSION = 1  # of the state, and of what is verified: with another one a checkpoint is void
SCHEMA = f"""
PRAGMA application_id = {APPLICATION_ID};
CREATE TABLE IF NOT EXISTS nodes (id INTEGER PRIMARY KEY, node TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS hashes (
    node INTEGER NOT NULL, seq INTEGER NOT NULL, boot BLOB NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (node, seq, boot)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS checkpoint (one INTEGER PRIMARY KEY CHECK (one = 1), state BLOB NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The first ``size`` bytes of an archive, whose SHA-256 is ``sha256``, were audited: ``state``.

    ``bound`` is the hash of what else the verdicts depend on: the keys, and ``VERSION``.
    """

    bound: bytes
    size: int
    sha256: bytes
    state: object


class Book:
    """The file: ``with Book.open(path) as book``."""

    def __init__(self, connection: sqlite3.Connection, *, lasting: bool) -> None:
        self.lasting = lasting  # whether it outlives the audit
        self._connection = connection
        self._nodes: dict[str, int] = dict(connection.execute("SELECT node, id FROM nodes").fetchall())

    @classmethod
    def open(cls, path: Path | None) -> Self:
        """Opens the file, or makes it; a temporary one without a path. UserError if it is something else."""
        try:
            connection = sqlite3.connect(path or "")
        except sqlite3.Error as error:
            raise UserError(
                f"cannot open the checkpoint {path}: {error}", "name a file in a folder of yours"
            ) from error
        try:
            _refuse_others(connection)
            if path is None:
                connection.execute("PRAGMA journal_mode = OFF")
            connection.executescript(SCHEMA)
            return cls(connection, lasting=path is not None)
        except (sqlite3.Error, ValueError) as error:
            connection.close()
            raise UserError(
                f"{path} is no checkpoint: {error}", "name another file, or one that is not there"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._connection.close()
        if isinstance(error, sqlite3.Error):
            hint = "free some of the disk, or name another file"
            raise UserError(f"cannot go on with the hashes of the messages: {error}", hint) from error

    def add(self, node: str, seq: int, boot: bytes, digest: bytes) -> None:
        """A message that was not there."""
        self._connection.execute("INSERT INTO hashes VALUES (?, ?, ?, ?)", (self._id(node), seq, boot, digest))

    def find(self, node: str, seq: int) -> dict[bytes, bytes]:
        """The hashes of the messages of this number, by run."""
        rows = self._connection.execute(
            "SELECT boot, hash FROM hashes WHERE node = ? AND seq = ?", (self._id(node), seq)
        )
        return dict(rows.fetchall())

    def _id(self, node: str) -> int:
        if node not in self._nodes:
            made = self._connection.execute("INSERT INTO nodes (node) VALUES (?)", (node,)).lastrowid
            self._nodes[node] = made or 0
        return self._nodes[node]

    def save(self, checkpoint: Checkpoint) -> None:
        """The checkpoint, and all that was added, are on the disk when this returns."""
        data = encode([checkpoint.bound, checkpoint.size, checkpoint.sha256, checkpoint.state])
        with self._connection:
            self._connection.execute("INSERT OR REPLACE INTO checkpoint VALUES (1, ?)", (data,))

    def checkpoint(self) -> Checkpoint | None:
        """The one that was saved last."""
        found = self._connection.execute("SELECT state FROM checkpoint").fetchone()
        match decode(found[0]) if found else None:
            case [bytes(bound), int(size), bytes(sha256), state]:
                return Checkpoint(bound, size, sha256, state)
        return None

    def clear(self) -> None:
        """Forgets everything."""
        with self._connection:
            for table in ("hashes", "nodes", "checkpoint"):
                self._connection.execute(f"DELETE FROM {table}")  # noqa: S608  names of our own
        self._nodes.clear()


def _refuse_others(connection: sqlite3.Connection) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and application != APPLICATION_ID:
        raise ValueError("a database of another program")
    if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise ValueError("its pages do not hold together")
