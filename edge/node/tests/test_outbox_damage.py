"""A damaged outbox is set aside and told; what is not the file's own fault is not."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from edge.message.body import Priority
from edge.node.outbox import BUSY_TIMEOUT_S, NS_PER_MS, Head, Outbox, OutboxView, Row
from edge.node.tests.hand_clock import NOON_NS

LATER_NS = NOON_NS + 60 * 10**9
PAGE = 4096


def opened(path: Path, now_ns: int = LATER_NS) -> Outbox:
    return Outbox.open(path, max_bytes=1 << 22, now_ns=now_ns)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An outbox of 200 messages, closed in order."""
    path = tmp_path / "outbox.sqlite"
    with opened(path, NOON_NS) as outbox:
        first = outbox.head().seq + 1
        rows = [Row(seq, Priority.READING, bytes(1000)) for seq in range(first, first + 200)]
        outbox.commit(rows, Head(rows[-1].seq, bytes(16), 1))
    return path


def write(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def truncate(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size * 6 // 10)


def number_behind_the_messages(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE chain SET seq = seq - 100")


def foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE outbox (colour TEXT)")


DAMAGES: dict[str, Callable[[Path], None]] = {
    "first page zeroed": lambda path: write(path, 0, bytes(PAGE)),
    "schema page of noise": lambda path: write(path, 100, b"\xff" * 200),
    "a later page zeroed": lambda path: write(path, 5 * PAGE, bytes(PAGE)),
    "format number of no SQLite": lambda path: write(path, 44, b"\0\0\0\x09"),
    "cut to 60 %": truncate,
    "the next number is one of a message that waits": number_behind_the_messages,
    "another program's tables": foreign,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_set_aside_and_a_new_chain_begins_above_its_numbers(path: Path, damage: str) -> None:
    DAMAGES[damage](path)
    with opened(path) as outbox:
        aside = path.with_name(f"outbox.sqlite.corrupt-{LATER_NS}")
        assert outbox.found == f"damaged: set aside as {aside.name}"
        assert aside.exists()
        assert outbox.waiting() == 0
        assert outbox.head().seq == LATER_NS // NS_PER_MS > NOON_NS // NS_PER_MS + 200
        outbox.commit([Row(outbox.head().seq + 1, Priority.ALARM, b"alarm")], outbox.head())


def test_the_log_beside_a_damaged_file_goes_with_it(path: Path) -> None:
    with OutboxView(path) as view:  # while somebody reads, the log stays
        view.one(1)
        write(path, 0, b"no database at all")
        with opened(path):
            assert path.with_name(f"outbox.sqlite.corrupt-{LATER_NS}-wal").exists()


def test_only_the_newest_damaged_file_is_kept(path: Path) -> None:
    for number in (1, 2, 3):
        path.write_bytes(b"no database at all, number %d" % number)
        with opened(path, LATER_NS + number):
            pass
    (aside,) = path.parent.glob("*.corrupt-*")
    assert aside.read_bytes() == b"no database at all, number 3"


def test_one_changed_byte_in_a_message_is_not_seen_by_sqlite(path: Path) -> None:
    write(path, path.stat().st_size - 500, b"\x01")
    with opened(path) as outbox:  # why delivery verifies each row before it sends it
        assert outbox.found == "kept"


def test_a_folder_that_is_missing_is_no_damage(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        opened(tmp_path / "missing" / "outbox.sqlite")


def test_a_lock_that_another_holds_is_no_damage(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.node.outbox.BUSY_TIMEOUT_S", BUSY_TIMEOUT_S / 50)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            opened(path)
    assert list(path.parent.glob("*.corrupt-*")) == []
