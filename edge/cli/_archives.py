"""Stored messages, wherever they are: a CBOR sequence, a gateway's store, a node's outbox.

Each is read as one run of bytes, in pieces, so that memory does not grow with the file: an item is a message's own
bytes, or what stands between two messages. A database is the sequence of its messages, in the order in which they came;
it is opened for reading alone, while a node or a gateway may write.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from edge.errors import UserError

HEAD = b"\xd2\x84"  # CBOR tag 18 and an array of four: a COSE_Sign1
WINDOWS_BYTES = (1 << 12, 1 << 16, 1 << 20)  # looked at for one item, one after the other; most fit the first
PIECE_BYTES = 1 << 20  # read at once; at least the largest window
JUNK_BYTES = 1 << 20  # of what is no message, told as one item
SQLITE = b"SQLite format 3\x00"
BUSY_TIMEOUT_S = 5.0
MESSAGES = {  # by the table that holds them
    "messages": "SELECT signed FROM messages ORDER BY id",
    "outbox": "SELECT signed FROM outbox ORDER BY seq",
}


class Archive(Protocol):
    """A file of stored messages; offsets count the bytes of its items."""

    @property
    def path(self) -> Path:
        """The file."""
        ...

    def size(self) -> int:
        """Bytes of all items."""
        ...

    def pieces(self) -> Iterator[bytes]:
        """All bytes, piece by piece."""
        ...

    def items(self, start: int) -> Iterator[bytes]:
        """The items from offset ``start`` on, at which one begins."""
        ...


def archive(path: Path) -> Archive:
    """What the file is. UserError if it cannot be read, or is a database of another program."""
    try:
        with path.open("rb") as file:
            head = file.read(len(SQLITE))
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}", "name a file of stored messages") from error
    return Rows(path, _query(path)) if head == SQLITE else Sequence(path)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A CBOR sequence (RFC 8742) of tagged COSE_Sign1."""

    path: Path

    def size(self) -> int:
        """Of the file."""
        return self.path.stat().st_size

    def pieces(self) -> Iterator[bytes]:
        """All bytes, piece by piece."""
        yield from self._read(0)

    def _read(self, start: int) -> Iterator[bytes]:
        try:
            with self.path.open("rb") as file:
                file.seek(start)
                while piece := file.read(PIECE_BYTES):
                    yield piece
        except OSError as error:
            raise UserError(f"cannot read {self.path}: {error.strerror}", "copy the file to a sound disk") from error

    def items(self, start: int) -> Iterator[bytes]:
        """The bytes of each message; what stands between two of them, or behind the last, as items of their own."""
        return items(self._read(start))


def items(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The items of a sequence that comes in pieces, however it is cut."""
    buffer, at = b"", 0
    for piece in pieces:
        buffer, at = buffer[at:] + piece, 0
        while len(buffer) - at >= 2 * PIECE_BYTES:
            length = _length(buffer, at)
            yield buffer[at : at + length]
            at += length
    while at < len(buffer):
        length = _length(buffer, at)
        yield buffer[at : at + length]
        at += length


def _length(data: bytes, at: int) -> int:
    """How long the message at ``at`` is; if there is none, how far it is to where the next may begin."""
    from edge.message.cbor import CborError, decode_first

    windows = WINDOWS_BYTES if data.startswith(HEAD, at) else ()
    for window in windows:
        with suppress(CborError):
            return decode_first(data[at : at + window])[1]
    following = data.find(HEAD, at + 1, at + JUNK_BYTES + 1)
    return (following if following > 0 else min(at + JUNK_BYTES, len(data))) - at


def is_cut(item: bytes) -> bool:
    """Whether the item is the beginning of a message, and its end is missing."""
    from edge.message.cbor import CborError, CutError, decode_first

    if not item.startswith(HEAD):
        return item == HEAD[:1]
    try:
        decode_first(item)
    except CutError:
        return True
    except CborError:
        pass
    return False


@dataclass(frozen=True, slots=True)
class Rows:
    """A database whose messages ``query`` gives, in an order that only grows at its end."""

    path: Path
    query: str

    def size(self) -> int:
        """Of all messages together."""
        sql = f"SELECT total(length(signed)) FROM ({self.query})"  # noqa: S608  a query of our own
        try:
            with closing(_beside(self.path)) as connection:
                return int(connection.execute(sql).fetchone()[0])
        except sqlite3.Error as error:
            raise _unreadable(self.path, error) from error

    def pieces(self) -> Iterator[bytes]:
        """Message by message. UserError where the database is damaged."""
        try:
            with closing(_beside(self.path)) as connection:
                for (signed,) in connection.execute(self.query):
                    yield signed if isinstance(signed, bytes) else str(signed).encode()
        except sqlite3.Error as error:
            raise _unreadable(self.path, error) from error

    def items(self, start: int) -> Iterator[bytes]:
        """The messages from offset ``start`` on."""
        at = 0
        for signed in self.pieces():
            if at >= start:
                yield signed
            at += len(signed)


def _query(path: Path) -> str:
    try:
        with closing(_beside(path)) as connection:
            rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
            columns = {name: {row[1] for row in connection.execute(f"PRAGMA table_info({name!r})")} for (name,) in rows}
    except sqlite3.Error as error:
        raise _unreadable(path, error) from error
    for table, query in MESSAGES.items():
        if "signed" in columns.get(table, ()):
            return query
    found = f"tables {', '.join(columns)}" if columns else "no table"
    raise UserError(
        f"{path} is a database of another program: found {found}; expected messages (a gateway's store) or outbox",
        "name the gateway's --store, a node's outbox.sqlite, or a CBOR sequence",
    )


def _beside(path: Path) -> sqlite3.Connection:
    """A connection that only reads."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_S)


def _unreadable(path: Path, error: sqlite3.Error) -> UserError:
    hint = "copy it, with the -wal file beside it if there is one, to a folder that you may write to, and try again"
    return UserError(f"cannot read the database {path}: {error}", hint)
