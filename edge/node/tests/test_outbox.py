"""The outbox: what was committed is there, whatever happens to the program."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from edge.message.body import GENESIS, Priority
from edge.node.outbox import (
    EARLIEST_NS,
    NS_PER_MS,
    Head,
    Outbox,
    OutboxFullError,
    OutboxUnreadableError,
    OutboxView,
    Row,
    head_of,
)
from edge.node.tests.hand_clock import NOON_NS

MB = 1 << 20
FIRST = NOON_NS // NS_PER_MS + 1  # number of a new chain's first message


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.sqlite"


def opened(path: Path, *, max_bytes: int = MB, now_ns: int = NOON_NS, floor: int = 0) -> Outbox:
    return Outbox.open(path, max_bytes=max_bytes, now_ns=now_ns, floor=floor)


def put(outbox: Outbox, *priorities: Priority, size: int = 300) -> list[int]:
    """A message of each priority, in one commit; their numbers."""
    head = outbox.head()
    rows = [Row(head.seq + 1 + n, priority, os.urandom(size)) for n, priority in enumerate(priorities)]
    outbox.commit(rows, Head(rows[-1].seq, bytes(16), head.runs))
    return [row.seq for row in rows]


def test_a_new_chain_begins_at_the_milliseconds_of_the_day(path: Path) -> None:
    with opened(path) as outbox:
        assert outbox.found == "new"
        assert outbox.head() == Head(FIRST - 1, GENESIS, 0)


def test_a_clock_that_is_years_behind_gives_no_numbers_of_the_past(path: Path) -> None:
    with opened(path, now_ns=0) as outbox:
        assert outbox.head().seq == EARLIEST_NS // NS_PER_MS


def test_a_new_chain_begins_above_the_numbers_that_are_known(path: Path) -> None:
    with opened(path, floor=FIRST + 99) as outbox:
        assert outbox.head().seq == FIRST + 99


def test_what_was_committed_is_kept(path: Path) -> None:
    with opened(path) as outbox:
        (seq,) = put(outbox, Priority.ALARM)
    with opened(path, now_ns=NOON_NS * 2) as outbox:
        assert outbox.found == "kept"
        assert outbox.waiting() == 1
        assert outbox.head().seq == seq


def test_numbers_are_not_used_again_after_a_drain_and_a_restart(path: Path) -> None:
    with opened(path) as outbox:
        before = put(outbox, Priority.READING, Priority.READING)
        outbox.commit([], outbox.head(), [(0, before[-1])])
        assert outbox.waiting() == 0
    with opened(path) as outbox:
        assert put(outbox, Priority.READING) == [before[-1] + 1]


def test_a_commit_is_whole_or_nothing(path: Path) -> None:
    with opened(path) as outbox:
        (kept,) = put(outbox, Priority.ALARM)
        before = outbox.head()
        twice = [Row(before.seq + 1, Priority.READING, b"new"), Row(kept, Priority.READING, b"its number is taken")]
        with pytest.raises(sqlite3.IntegrityError):
            outbox.commit(twice, Head(before.seq + 2, bytes(16), 0), [(kept - 1, kept - 1)])
        assert outbox.head() == before
        assert outbox.waiting() == 1


def test_how_many_were_forgotten_is_counted_over_ranges_and_evictions(path: Path) -> None:
    with opened(path) as outbox:
        seqs = put(outbox, *[Priority.READING] * 6)
        assert outbox.commit([], outbox.head(), [(seqs[0], seqs[2]), (seqs[1], seqs[2])], [seqs[4]]) == 4
        assert outbox.commit([], outbox.head()) == 0


def test_the_page_limit_refuses_what_is_new_and_never_a_deletion(path: Path) -> None:
    with opened(path) as outbox:
        with pytest.raises(OutboxFullError):
            put(outbox, *[Priority.READING] * 400, size=3000)
        put(outbox, *[Priority.READING] * 200, size=3000)
        with pytest.raises(OutboxFullError):
            put(outbox, *[Priority.READING] * 200, size=3000)
        waiting = outbox.waiting()
        assert path.stat().st_size <= MB
        assert outbox.commit([], outbox.head(), [(0, outbox.head().seq)]) == waiting
        put(outbox, *[Priority.READING] * 200, size=3000)


def test_the_oldest_of_a_priority_are_found(path: Path) -> None:
    with opened(path) as outbox:
        seqs = put(outbox, Priority.ALARM, Priority.READING, Priority.HEALTH, Priority.READING)
        assert outbox.oldest(Priority.READING, 1) == [seqs[1]]
        assert outbox.oldest(Priority.READING, 9) == [seqs[1], seqs[3]]
        assert outbox.oldest(Priority.ALARM, 9) == [seqs[0]]
        assert outbox.oldest(Priority.HEALTH, 0) == []


@pytest.mark.parametrize(("priority", "index"), [(Priority.ALARM, "alarms"), (Priority.HEALTH, "health")])
def test_alarms_and_health_are_found_by_their_own_small_index(path: Path, priority: Priority, index: str) -> None:
    queries: list[str] = []
    with opened(path) as outbox, OutboxView(path) as view:
        view._connection.set_trace_callback(queries.append)
        view.after(priority, 0, 10)
        (query,) = [query for query in queries if query.startswith("SELECT")]
        plan = view._connection.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
        assert outbox.waiting() == 0
    assert f"INDEX {index} " in str(plan)


def test_every_commit_waits_for_the_disk(path: Path) -> None:
    with opened(path) as outbox:
        assert outbox._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert outbox._connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


WRITER = """
import sys, itertools
from pathlib import Path
from edge.message.body import Priority
from edge.node.outbox import Head, Outbox, Row
with Outbox.open(Path(sys.argv[1]), max_bytes=1 << 24, now_ns=0) as outbox:
    for seq in itertools.count(outbox.head().seq + 1):
        outbox.commit([Row(seq, Priority.READING, b"%d" % seq)], Head(seq, bytes(16), 1))
        print(seq, flush=True)
"""


def test_a_writer_that_is_killed_loses_nothing_that_it_told(path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(path)]
    for _ in range(2):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            told = [int(writer.stdout.readline()) for _ in range(30)]
            writer.send_signal(signal.SIGKILL)
            told += [int(line) for line in writer.stdout.read().splitlines()]
        with opened(path) as outbox, OutboxView(path) as view:
            assert outbox.found == "kept"
            assert outbox.head().seq >= told[-1]
            assert [row.seq for row in view.after(Priority.READING, told[0] - 1, len(told))] == told


def test_a_view_reads_while_the_writer_writes(path: Path) -> None:
    with opened(path) as outbox, OutboxView(path) as view:
        alarm, reading = put(outbox, Priority.ALARM, Priority.READING)
        assert [row.seq for row in view.after(Priority.ALARM, 0, 10)] == [alarm]
        assert view.after(Priority.ALARM, alarm, 10) == []
        (row,) = view.after(Priority.READING, 0, 10)
        assert view.one(reading) == row
        assert view.one(reading + 1) is None


def test_a_view_makes_no_file_where_there_is_none(path: Path) -> None:
    with pytest.raises(OutboxUnreadableError) as caught, OutboxView(path):
        pass
    assert not caught.value.damaged
    assert not path.exists()


def test_a_view_of_a_file_that_is_no_outbox_says_that_it_is_damaged(path: Path) -> None:
    path.write_bytes(b"no database " * 500)
    with OutboxView(path) as view, pytest.raises(OutboxUnreadableError) as caught:
        view.one(1)
    assert caught.value.damaged


def test_where_the_chain_stands_is_told_from_outside(tmp_path: Path) -> None:
    path = tmp_path / "what? 100% #1.sqlite"
    with opened(path) as outbox:
        put(outbox, Priority.HEALTH)
        assert head_of(path) == (outbox.head(), 1)
