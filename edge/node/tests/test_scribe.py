"""The hand-over to the ledger: bounded, never waiting, and honest about what it could not write."""

import logging
import resource
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from drivers._stop import Stop
from drivers.tests.wire import PATIENCE_S, until
from edge.node import ledger as ledger_module
from edge.node import scribe as scribe_module
from edge.node.entries import Entry, Role, Span, Wanted
from edge.node.ledger import Ledger, UnfitError
from edge.node.scribe import HOLE_NS, MOST_WAITING, SPANS_S, Scribe
from edge.node.supervisor import Job, Supervisor
from edge.node.tests.hand_clock import HandClock
from edge.node.tests.ledgers import heard, source


@dataclass
class Desk:
    """A scribe, and the ledger that it writes."""

    folder: Path

    def __post_init__(self) -> None:
        self.path = self.folder / "ledger.sqlite"
        self.clock = HandClock()
        self.scribe = Scribe(self.path, self.clock)

    def hears(self, count: int, role: Role = Role.ACTIVE) -> None:
        for number in range(count):
            self.scribe.heard(heard(number / 1e5).event, role)

    def listens(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.pass_s(1)
            self.scribe.listened([source()], 1.0)

    def entries(self) -> list[Entry]:
        with Ledger.beside(self.path) as ledger:
            return ledger.entries(Wanted())

    def has(self, count: int) -> bool:
        """Whether so many entries are on the disk; the file may be in the making."""
        with suppress(UnfitError, sqlite3.OperationalError):
            return len(self.entries()) == count
        return False

    def spans(self) -> list[Span]:
        with Ledger.beside(self.path) as ledger:
            return ledger.spans()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Under a supervisor, which starts it again when it breaks."""
        supervisor = Supervisor([Job("ledger", self.scribe.run)], restart_min_s=0.01)
        supervisor.start()
        try:
            yield
        finally:
            assert supervisor.stop(PATIENCE_S) == []


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(scribe_module, "GROUP_S", 0.02)
    monkeypatch.setattr(ledger_module, "BUSY_TIMEOUT_S", 0.05)
    return Desk(tmp_path)


def test_what_was_heard_is_on_the_disk_soon_and_all_of_it_at_the_stop(desk: Desk) -> None:
    with desk.writing():
        desk.hears(2)
        until(lambda: desk.has(2))
        desk.hears(3, Role.SHADOW)
        desk.listens(5)
    assert [entry.role for entry in desk.entries()].count(Role.SHADOW) == 3
    assert [span.seconds for span in desk.spans()] == [5]


def test_listening_is_written_each_minute_also_where_nothing_is_heard(desk: Desk) -> None:
    with desk.writing():
        until(lambda: desk.has(0))
        desk.listens(10)
        desk.clock.pass_s(SPANS_S)
        until(lambda: [span.seconds for span in desk.spans()] == [10])


@pytest.mark.parametrize("wall_s", [HOLE_NS / 1e9 + 1, -3600])
def test_a_hole_and_a_clock_that_is_set_begin_another_span(desk: Desk, wall_s: float) -> None:
    with desk.writing():
        desk.listens(10)
        desk.clock.wall += int(wall_s * 1e9)
        desk.listens(20)
    assert sorted(span.seconds for span in desk.spans()) == [10, 20]
    assert {(span.ended_ns - span.begun_ns) / 1e9 for span in desk.spans()} == {10, 20}


def test_a_short_hole_is_within_a_span_and_not_counted(desk: Desk) -> None:
    with desk.writing():
        desk.listens(10)
        desk.clock.pass_s(30)
        desk.listens(10)
    assert [(span.seconds, span.ended_ns - span.begun_ns) for span in desk.spans()] == [(20, 50 * 10**9)]


def test_a_ledger_that_somebody_holds_keeps_no_thread_waiting_and_is_written_later(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    with desk.writing(), caplog.at_level(logging.INFO):
        desk.hears(1)
        until(lambda: desk.has(1))
        with closing(sqlite3.connect(desk.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            begun_s = time.monotonic()
            desk.hears(100)
            assert time.monotonic() - begun_s < 0.1
            until(lambda: "the ledger cannot be written, and waits: database is locked" in caplog.text)
            time.sleep(0.3)
        until(lambda: desk.has(101))
        until(lambda: "the ledger is written again" in caplog.text)
    assert caplog.text.count("cannot be written") == 1


@contextmanager
def full_disk(path: Path) -> Iterator[None]:
    """No file of this process grows beyond the size that the ledger's log has now."""
    room = path.with_name(path.name + "-wal").stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_told_once_and_what_waits_is_written_when_there_is_room(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    with desk.writing():
        desk.hears(1)
        until(lambda: desk.has(1))
        with full_disk(desk.path):
            desk.hears(500)
            until(lambda: "cannot be written" in caplog.text)
            time.sleep(0.2)
        until(lambda: desk.has(501))
    assert caplog.text.count("cannot be written") == 1
    assert "broke" not in caplog.text


def test_what_finds_no_room_is_dropped_and_told_once_and_listening_does_not_count_meanwhile(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.listens(7)
    desk.hears(MOST_WAITING + 5)
    desk.listens(100)
    with desk.writing():
        until(lambda: desk.has(MOST_WAITING))
        desk.listens(3)
    assert caplog.text.count("the ledger does not keep up") == 1
    assert sum(span.seconds for span in desk.spans()) == 10


def test_a_shadow_that_says_much_leaves_room_for_what_was_alarmed(desk: Desk) -> None:
    desk.hears(MOST_WAITING, Role.SHADOW)
    desk.hears(10)
    with desk.writing():
        pass
    roles = [entry.role for entry in desk.entries()]
    assert (roles.count(Role.SHADOW), roles.count(Role.ACTIVE)) == (MOST_WAITING // 2, 10)


def test_spans_that_wait_are_bounded_too(desk: Desk) -> None:
    for _ in range(MOST_WAITING + 5):
        desk.clock.pass_s(100)
        desk.scribe.listened([source()], 1.0)
    with desk.writing():
        pass
    assert len(desk.spans()) == MOST_WAITING


def test_a_ledger_that_is_damaged_while_it_is_written_is_set_aside_and_what_waits_goes_into_a_new_one(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    with desk.writing():
        desk.listens(50)
        desk.hears(300)
        until(lambda: desk.has(300))
        with closing(sqlite3.connect(desk.path)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with desk.path.open("r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * 8 * 4096)
        desk.hears(2)
        until(lambda: "set aside as ledger.sqlite.corrupt-" in caplog.text)
        until(lambda: desk.has(2))
        desk.listens(3)
    assert [span.seconds for span in desk.spans()] == [3]  # what was listened to before belongs to what is lost


def test_a_scribe_that_is_told_to_stop_at_once_still_writes(desk: Desk) -> None:
    desk.hears(1)
    with Stop.open() as stop:
        stop.set()
        thread = threading.Thread(target=desk.scribe.run, args=(stop,))
        thread.start()
        thread.join(PATIENCE_S)
    assert len(desk.entries()) == 1
