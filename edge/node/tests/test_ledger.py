"""The ledger's file: what is kept, what gives way, and what is set aside."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from edge.node import ledger as ledger_module
from edge.node.entries import GaveWay, Mark, Role, Wanted
from edge.node.ledger import MOST_MARKED, MOST_SPANS, MOST_UNMARKED, VERSION, Ledger, UnfitError
from edge.node.tests.hand_clock import NOON_NS
from edge.node.tests.ledgers import heard, listened

PAGE = 4096


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger of 300 entries and a span."""
    path = tmp_path / "ledger.sqlite"
    with Ledger.open(path, NOON_NS) as ledger:
        ledger.write([heard(n / 1000) for n in range(300)], [listened(0, 1)])
    return path


def test_what_is_written_comes_back_with_a_running_number(tmp_path: Path) -> None:
    entries = [heard(0), heard(1, role=Role.SHADOW, threshold=6)]
    with Ledger.open(tmp_path / "ledger.sqlite", NOON_NS) as ledger:
        ledger.write(entries, [listened(0, 1)])
        found = ledger.entries(Wanted())
        assert [entry.id for entry in found] == [1, 2]
        assert [replace(entry, id=0) for entry in found] == entries
        assert ledger.spans() == [listened(0, 1)]
        assert ledger.aside is None


def test_a_span_that_goes_on_is_one_row(path: Path) -> None:
    with Ledger.open(path, NOON_NS) as ledger:
        ledger.write([], [listened(0, 2)])
        assert ledger.spans() == [listened(0, 2)]


def test_a_mark_of_a_person_is_kept_with_who_and_when_and_the_last_one_counts(path: Path) -> None:
    with Ledger.beside(path) as ledger:
        ledger.mark([17, 18], Mark.FALSE, "J. Jansen", 5)
        ledger.mark([18], Mark.CONFIRMED, "A. Visser", 6)
    with Ledger.beside(path) as ledger:
        found = ledger.numbered([17, 18])
    assert [(e.mark, e.by, e.marked_ns) for e in found] == [
        (Mark.FALSE, "J. Jansen", 5),
        (Mark.CONFIRMED, "A. Visser", 6),
    ]


def test_entries_are_chosen_by_kind_time_mark_and_number(path: Path) -> None:
    with Ledger.beside(path) as ledger:
        ledger.mark([300], Mark.UNKNOWN, "me", 5)
        assert [e.id for e in ledger.entries(Wanted(last=2))] == [299, 300]
        assert [e.id for e in ledger.entries(Wanted(unmarked=True, last=1))] == [299]
        since_ns = heard(0.298).event.time_ns
        assert [e.id for e in ledger.entries(Wanted("gunshot", "mic", since_ns))] == [299, 300]
        assert ledger.entries(Wanted("siren")) == ledger.entries(Wanted(sensor="air")) == []


def test_the_oldest_that_nobody_marked_give_way_and_no_shadow_pushes_out_what_was_alarmed(path: Path) -> None:
    with Ledger.open(path, NOON_NS) as ledger:
        ledger.mark([1], Mark.CONFIRMED, "me", 5)
        ledger.write((heard(2 + n / 1e5, role=Role.SHADOW) for n in range(MOST_UNMARKED + 7)), [])
        assert ledger.gave_way() == {Role.ACTIVE: GaveWay(), Role.SHADOW: GaveWay(7, heard(2 + 6 / 1e5).event.time_ns)}
        ledger.write([heard(3 + n / 1e5) for n in range(MOST_UNMARKED)], [])
        assert ledger.gave_way()[Role.ACTIVE] == GaveWay(299, heard(0.299).event.time_ns)
        assert ledger.numbered([1])[0].mark is Mark.CONFIRMED
        assert len(ledger.entries(Wanted())) == 1 + 2 * MOST_UNMARKED


def test_marked_ones_are_kept_longer_but_not_for_ever(path: Path) -> None:
    with Ledger.open(path, NOON_NS) as ledger:
        for round_ in range(3):
            ledger.write([heard(1 + round_ + n / 1e5) for n in range(MOST_UNMARKED)], [])
            ledger.mark([e.id for e in ledger.entries(Wanted(unmarked=True))], Mark.FALSE, "me", 5)
        ledger.write([], [])
        assert len(ledger.entries(Wanted())) == MOST_MARKED


def test_the_oldest_spans_give_way(path: Path) -> None:
    with Ledger.open(path, NOON_NS) as ledger:
        ledger.write([], [listened(1 + n, 1.5 + n) for n in range(MOST_SPANS)])
        assert ledger.spans()[0] == listened(1, 1.5)
        assert len(ledger.spans()) == MOST_SPANS


def write(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def change(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(sql)


def foreign(path: Path) -> None:
    path.unlink()
    change(path, "CREATE TABLE heard (colour TEXT)")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "no database at all": lambda path: path.write_bytes(b"no database" * 1000),
    "first page zeroed": lambda path: write(path, 0, bytes(PAGE)),
    "a later page zeroed": lambda path: write(path, 8 * PAGE, bytes(PAGE)),
    "cut short": lambda path: path.write_bytes(path.read_bytes()[: 10 * PAGE]),
    "another program's tables": foreign,
    "an index that misses rows": lambda path: write(path, 5 * PAGE, bytes(8)),
    "another version": lambda path: change(path, f"PRAGMA user_version = {VERSION + 1}"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_that_is_damaged_or_of_another_version_is_set_aside_and_a_new_one_begun(path: Path, damage: str) -> None:
    DAMAGES[damage](path)
    with Ledger.open(path, NOON_NS) as ledger:
        assert ledger.aside == path.with_name(f"ledger.sqlite.corrupt-{NOON_NS}")
        assert ledger.entries(Wanted()) == []
        ledger.write([heard(0)], [])
    assert path.with_name(f"ledger.sqlite.corrupt-{NOON_NS}").exists()


def test_a_lock_that_another_holds_is_no_damage(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "BUSY_TIMEOUT_S", 0.1)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            Ledger.open(path, NOON_NS)
    assert list(path.parent.glob("*.corrupt-*")) == []


def test_who_only_reads_makes_no_file_and_sets_none_aside(path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        Ledger.beside(path.with_name("other.sqlite"))
    change(path, "PRAGMA user_version = 9")
    with pytest.raises(UnfitError, match=f"it has version 9, expected {VERSION}"):
        Ledger.beside(path)
    assert {file.name for file in path.parent.iterdir()} == {"ledger.sqlite"}


def test_an_entry_that_the_disk_gave_back_changed_is_named(path: Path) -> None:
    change(path, "UPDATE heard SET measures = '{' WHERE id = 3")
    with Ledger.beside(path) as ledger, pytest.raises(UnfitError, match="its entry 3 is damaged"):
        ledger.entries(Wanted())
