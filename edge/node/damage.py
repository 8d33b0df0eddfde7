"""Files of SQLite that a failing card has damaged: how that is told from a full disk or a lock, and where they go."""

import sqlite3
from contextlib import suppress
from pathlib import Path

# the file's own fault, and not that of a disk, a lock or a folder; ERROR: a header or a table that is not ours
DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)


def kind_of(error: sqlite3.Error) -> int:
    """The primary result code; above its low byte stands the particular case."""
    return error.sqlite_errorcode & 0xFF


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file itself is at fault."""
    return kind_of(error) in DAMAGE


def set_aside(path: Path, now_ns: int) -> Path:
    """Renames the file and the log beside it; returns the new name.

    Only the newest is kept: a failing card would fill itself with damaged files.
    """
    for old in path.parent.glob(f"{path.name}.corrupt-*"):
        old.unlink()
    aside = path.with_name(f"{path.name}.corrupt-{now_ns}")
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    return aside
