"""The journal on a disk that is full, or that fails: what gives way is told, and nothing that was put is forgotten."""

import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from drivers.tests.wire import until
from edge.message.body import Absence, Dropped, Event, Health, Measurements, Priority
from edge.node.eviction import EVICT_ROWS, MAX_RANGES, given_up
from edge.node.journal import Journal
from edge.node.outbox import PAGE_BYTES, Head, Outbox, OutboxFullError, Row
from edge.node.tests.hand_clock import NOON_NS
from edge.node.tests.journals import (
    MB,
    REGISTRY,
    bang,
    journal_at,
    kept_writing,
    readings,
    rows_of,
    waiting_in,
    writing,
)
from edge.trust.chain import Span, gaps, join, ranges_of
from edge.trust.keys import Signer
from edge.trust.verifier import verify_message


def filled(journal: Journal, count: int, records: int = 100) -> None:
    for number in range(count):
        journal.put(readings(number, records))


def test_a_full_outbox_gives_up_its_oldest_readings_and_says_so_in_the_chain(tmp_path: Path) -> None:
    journal = journal_at(tmp_path, max_bytes=MB // 4)
    with writing(journal):
        journal.put(bang())
        filled(journal, 150)
    found = waiting_in(tmp_path)
    bodies = [v.message.body for v in found]
    given_up = [body for body in bodies if isinstance(body, Dropped)]
    held = {v.message.seq for v in found}
    assert given_up
    assert sum(isinstance(body, Event) for body in bodies) == 1
    missing = set(range(min(held), journal.state.latest + 1)) - held
    told = {seq for body in given_up for first, last in body.ranges for seq in range(first, last + 1)}
    assert told == missing
    assert sum(body.count for body in given_up) == len(missing) == journal.state.evicted
    assert journal.state.waiting == len(found)


def test_a_receiver_of_a_chain_with_evictions_finds_no_gap(tmp_path: Path) -> None:
    journal = journal_at(tmp_path, max_bytes=MB // 4)
    with writing(journal):
        filled(journal, 150)
    spans: tuple[Span, ...] = ()
    dropped: list[tuple[int, int]] = []
    for verified in waiting_in(tmp_path):
        spans = join(spans, verified.link).spans
        dropped += verified.message.body.ranges if isinstance(verified.message.body, Dropped) else []
    assert len(spans) > 1
    assert gaps(spans, dropped, journal.state.latest) == []


def test_a_heartbeat_tells_how_many_were_given_up(tmp_path: Path) -> None:
    journal = journal_at(tmp_path, max_bytes=MB // 4)
    with writing(journal):
        filled(journal, 150)
        until(journal.settled)
        journal.put(Health(1.0, 0, 0, 0, {}, {}))
    (body,) = [v.message.body for v in waiting_in(tmp_path) if isinstance(v.message.body, Health)]
    assert body.evicted == journal.state.evicted > 0


def many_heartbeats(journal: Journal, count: int) -> None:
    uplinks = {f"uplink-{n}": "down" * 50 for n in range(20)}
    for _ in range(count):
        journal.put(Health(1.0, 0, 0, 0, {}, uplinks))


def test_health_gives_way_to_an_alarm_and_to_newer_health(tmp_path: Path) -> None:
    journal = journal_at(tmp_path)
    with writing(journal):
        many_heartbeats(journal, 300)
        journal.put(bang())
    bodies = [v.message.body for v in waiting_in(tmp_path)]
    assert isinstance(bodies[-2], Event)
    assert isinstance(bodies[-1], Dropped)  # what gave way is told behind what it gave way for
    assert bodies[-3] != bodies[0]


def test_a_reading_pushes_out_no_alarm_and_no_health_but_is_left_out_and_told(tmp_path: Path) -> None:
    journal = journal_at(tmp_path)
    with Outbox.open(journal.path, max_bytes=MB, now_ns=NOON_NS) as outbox, suppress(OutboxFullError):
        for count in itertools.count(1):
            priority = Priority.ALARM if count < 500 else Priority.HEALTH
            seq = outbox.head().seq + 1
            outbox.commit([Row(seq, priority, bytes(300))], Head(seq, bytes(16), 1))
    with writing(journal):
        journal.put(readings(count=1800))
    assert journal.state.evicted <= 2 * EVICT_ROWS  # for the boot and for the absence, which are health
    absence, dropped = [verify_message(row, REGISTRY).message.body for row in rows_of(tmp_path)[-2:]]
    assert isinstance(dropped, Dropped)
    assert isinstance(absence, Absence)
    assert (absence.sensor, absence.why, absence.count) == ("air", "overrun", 1800)


def test_more_than_the_outbox_holds_at_once_is_written_in_smaller_groups(tmp_path: Path) -> None:
    journal = journal_at(tmp_path)
    filled(journal, 60, records=600)  # messages of 20 kB, more than the outbox, in one group
    with writing(journal):
        pass
    found = waiting_in(tmp_path)
    assert isinstance(found[-1].message.body, Measurements)
    assert found[-1].message.body.records[0].value == 59
    assert (tmp_path / "outbox.sqlite").stat().st_size <= MB


@dataclass
class CountingSigner:
    """The node's key, as it is, and how often it was used."""

    key: Signer
    times: int = 0

    @property
    def alg(self) -> int:
        return self.key.alg

    @property
    def kid(self) -> bytes:
        return self.key.kid

    def sign(self, to_be_signed: bytes) -> bytes:
        self.times += 1
        return self.key.sign(to_be_signed)


def test_a_message_is_not_signed_anew_for_each_try_to_find_it_room(tmp_path: Path) -> None:
    journal = journal_at(tmp_path, max_bytes=MB // 4)
    signer = CountingSigner(journal.identity.signer)
    journal.identity = replace(journal.identity, signer=signer)
    filled(journal, 150)
    with writing(journal):
        pass
    assert journal.state.evicted > 0
    assert signer.times < 3 * 150  # a group that found no room is halved, and what stood behind gets other numbers


def test_a_message_too_large_for_the_whole_outbox_stops_nothing_that_follows(tmp_path: Path) -> None:
    journal = journal_at(tmp_path, max_bytes=12 * PAGE_BYTES)
    with writing(journal):
        journal.put(readings(count=2000))
        journal.put(bang())
    bodies = [v.message.body for v in waiting_in(tmp_path)]
    assert any(isinstance(body, Event) for body in bodies)
    assert any(isinstance(body, Absence) and body.count == 2000 for body in bodies)


@contextmanager
def failing(path: Path) -> Iterator[None]:
    """Every insertion into the outbox fails, by SQLite's own means."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TRIGGER fault BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'worn out'); END")
        connection.commit()
        yield
        connection.execute("DROP TRIGGER fault")
        connection.commit()


def test_a_disk_that_fails_for_a_while_loses_no_draft_and_no_number(tmp_path: Path) -> None:
    journal = journal_at(tmp_path)
    with kept_writing(journal) as supervisor:
        until(lambda: journal.state.waiting == 1)
        with failing(journal.path):
            for score in range(5):
                journal.put(bang(score))
            until(lambda: supervisor.states()["journal"].restarts >= 2)
            assert "worn out" in supervisor.states()["journal"].last_error
            assert not journal.settled()
        until(journal.settled)
    _boot, *alarms = waiting_in(tmp_path)
    assert [v.message.body.score for v in alarms if isinstance(v.message.body, Event)] == [0, 1, 2, 3, 4]
    assert len(ranges_of(v.message.seq for v in alarms)) == 1


@pytest.mark.parametrize("count", [0, 1, MAX_RANGES, MAX_RANGES + 1])
def test_what_was_given_up_is_told_exactly_in_records_of_bounded_size(count: int) -> None:
    numbers = [2 * n for n in reversed(range(count))]
    told = given_up(numbers)
    assert all(len(record.ranges) <= MAX_RANGES for record in told)
    assert [r for record in told for r in record.ranges] == [(n, n) for n in sorted(numbers)]
    assert sum(record.count for record in told) == count
