"""The journal: bodies in, a chain of signed messages on the disk out."""

import logging
import time
from pathlib import Path

import pytest

from drivers.tests.wire import until
from edge.message.body import Absence, Boot, ChainEnd, Dropped, Event, Health, Measurements, Priority
from edge.node.clock import machine_boot
from edge.node.journal import GROUP_S, MAX_DRAFTS, Journal
from edge.node.outbox import OutboxView
from edge.node.tests.hand_clock import HandClock
from edge.node.tests.journals import bang, journal_at, kept_writing, readings, waiting_in, writing
from edge.trust.chain import Span, join, ranges_of


def heartbeat() -> Health:
    return Health(1.0, 0, 0, 0, {}, {})


def commits_within_s(journal: Journal, seq: int) -> float:
    begun_s = time.monotonic()
    until(lambda: journal.state.latest >= seq)
    return time.monotonic() - begun_s


def test_the_first_message_of_every_run_is_its_boot_and_runs_are_counted(tmp_path: Path) -> None:
    for run in (1, 2, 3):
        with writing(journal_at(tmp_path, run=run)) as _:
            pass
    waiting = waiting_in(tmp_path)
    found = [verified.message for verified in waiting]
    ends = [ChainEnd(verified.message.seq, verified.link.head) for verified in waiting]
    assert [message.boot[0] for message in found] == [1, 2, 3]
    assert [message.body for message in found] == [
        Boot(1, "1.0", machine_boot(), "new"),
        Boot(2, "1.0", machine_boot(), "kept", ends[0]),
        Boot(3, "1.0", machine_boot(), "kept", ends[1]),
    ]


def test_messages_of_all_runs_are_one_chain(tmp_path: Path) -> None:
    for run in (1, 2):
        journal = journal_at(tmp_path, run=run)
        with writing(journal):
            for number in range(5):
                journal.put(readings(number))
            journal.put(bang())
    spans: tuple[Span, ...] = ()
    flaws: set[str] = set()
    for verified in waiting_in(tmp_path):
        joined = join(spans, verified.link)
        spans, flaws = joined.spans, flaws | {joined.flaw}
    assert flaws == {""}
    assert len(spans) == 1
    assert spans[0].begins_chain


def test_a_stop_writes_all_that_was_put(tmp_path: Path) -> None:
    journal = journal_at(tmp_path)
    with writing(journal):
        for number in range(700):  # more than two groups
            journal.put(readings(number))
    values = [v.message.body.records[0].value for v in waiting_in(tmp_path) if isinstance(v.message.body, Measurements)]
    assert values == [float(number) for number in range(700)]
    assert journal.settled()


def test_an_alarm_is_committed_at_once_and_readings_wait_for_others(tmp_path: Path) -> None:
    journal = journal_at(tmp_path)
    with writing(journal):
        until(lambda: journal.state.latest > 0 and journal.settled())
        latest = journal.state.latest
        journal.put(bang())
        assert commits_within_s(journal, latest + 1) < GROUP_S / 2
        begun_s = time.monotonic()
        journal.put(readings())
        time.sleep(GROUP_S / 5)
        journal.put(readings())
        until(journal.settled)
        assert GROUP_S / 2 < time.monotonic() - begun_s < GROUP_S * 4


def test_a_message_says_when_its_body_was_put_and_how_well_that_is_known(tmp_path: Path) -> None:
    clock = HandClock()
    journal = journal_at(tmp_path, clock=clock)
    put_ns = clock.wall
    journal.put(bang())
    clock.pass_s(7)
    with writing(journal):
        pass
    message = waiting_in(tmp_path)[1].message
    assert (message.time_ns, message.quality.monotonic_ns) == (put_ns, clock.monotonic - 7 * 10**9)


def test_a_heartbeat_says_where_the_chain_stands(tmp_path: Path) -> None:
    journal = journal_at(tmp_path)
    with writing(journal):
        journal.put(bang())
        until(lambda: journal.state.waiting == 2)
        journal.put(heartbeat())
    message = waiting_in(tmp_path)[-1].message
    assert isinstance(message.body, Health)
    assert (message.body.latest, message.body.waiting, message.body.evicted) == (message.seq - 1, 2, 0)


def test_what_was_delivered_is_forgotten_and_nothing_else(tmp_path: Path) -> None:
    journal = journal_at(tmp_path)
    with writing(journal):
        for _ in range(4):
            journal.put(bang())
        until(lambda: journal.state.waiting == 5)
        last = journal.state.latest
        journal.delivered([(0, last - 3), (last - 1, last - 1)])
        until(lambda: journal.state.waiting == 2)
    assert [v.message.seq for v in waiting_in(tmp_path)] == [last - 2, last]


def test_a_receipt_that_comes_with_the_stop_is_still_worked_in(tmp_path: Path) -> None:
    journal = journal_at(tmp_path)
    with writing(journal):
        until(lambda: journal.state.waiting == 1)
        journal.delivered([(0, journal.state.latest)])
    assert waiting_in(tmp_path) == []


def test_a_message_that_the_disk_changed_is_forgotten_and_that_is_told(tmp_path: Path) -> None:
    journal = journal_at(tmp_path)
    with writing(journal):
        until(lambda: journal.state.waiting == 1)
        boot = journal.state.latest
        journal.spoiled(boot)
    (verified,) = waiting_in(tmp_path)
    assert verified.message.body == Dropped(((boot, boot),), 1, "damaged on the disk")


def test_what_the_disk_is_too_slow_for_is_told_by_sensor_and_alarms_are_never_lost(tmp_path: Path) -> None:
    journal = journal_at(tmp_path, max_bytes=16 << 20)
    for _ in range(MAX_DRAFTS):
        journal.put(readings())
    for _ in range(10):
        journal.put(readings(count=3))
        journal.put(Absence("mic", "lost", "", 0, 0, 2))
        journal.put(heartbeat())
        journal.put(bang())
    with writing(journal):
        pass
    bodies = [v.message.body for v in waiting_in(tmp_path)]
    told = {body.sensor: (body.why, body.count) for body in bodies if isinstance(body, Absence)}
    assert told == {"air": ("overrun", 30), "mic": ("overrun", 20)}
    assert sum(isinstance(body, Event) for body in bodies) == 10
    assert sum(isinstance(body, Measurements) for body in bodies) == MAX_DRAFTS


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (Measurements("air", ()), "one record at least"),
        (Absence("air", "lost", "\udc80", 0, 0, 1), "cannot be said in CBOR"),
        (Absence("no name", "lost", "", 0, 0, 1), "sensor: expected a name"),
        (bang(score=float("nan")), "score: expected a finite number"),
        (Absence("air", "lost", "x" * 300_000, 0, 0, 1), "bytes; a message has at most"),
    ],
)
def test_a_body_that_cannot_be_said_stops_nothing_and_is_told(
    tmp_path: Path, body: Event | Absence | Measurements, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    journal = journal_at(tmp_path)
    with caplog.at_level(logging.WARNING), writing(journal):
        journal.put(body)
        journal.put(bang())
    boot, told, alarm = (v.message.body for v in waiting_in(tmp_path))
    assert isinstance(boot, Boot)
    assert isinstance(told, Absence)
    assert told.why == "unsayable"
    assert words in told.detail
    assert alarm == bang()
    assert words in caplog.text


def test_a_damaged_outbox_is_set_aside_and_the_boot_says_so(tmp_path: Path) -> None:
    with writing(journal_at(tmp_path)):
        pass
    (tmp_path / "outbox.sqlite").write_bytes(b"no database at all")
    with writing(journal_at(tmp_path)):
        pass
    (verified,) = waiting_in(tmp_path)
    assert isinstance(verified.message.body, Boot)
    assert verified.message.body.outbox.startswith("damaged: set aside as outbox.sqlite.corrupt-")
    assert verified.link.begins_chain


def test_an_outbox_that_an_uplink_cannot_read_is_opened_again_in_the_same_run(tmp_path: Path) -> None:
    journal = journal_at(tmp_path)
    with kept_writing(journal):
        until(lambda: journal.state.waiting == 1)
        before = journal.state
        for name in ("outbox.sqlite", "outbox.sqlite-wal"):
            (tmp_path / name).unlink()
        journal.path.write_bytes(b"no database at all")
        journal.doubt(before.generation)
        until(lambda: journal.state.generation > before.generation)
        journal.put(bang())
        until(lambda: journal.state.waiting == 2)
    boot, alarm = waiting_in(tmp_path)
    assert isinstance(boot.message.body, Boot)
    assert boot.message.body.outbox.startswith("damaged")
    assert boot.message.seq > before.latest
    assert alarm.message.prev == boot.link.head


def test_a_doubt_about_a_file_of_before_opens_nothing_again(tmp_path: Path) -> None:
    journal = journal_at(tmp_path)
    with kept_writing(journal):
        journal.doubt(journal.state.generation + 7)
        journal.put(bang())
        until(lambda: journal.state.waiting == 2)
        assert journal.state.generation == 1


def test_numbers_follow_each_other_without_a_hole(tmp_path: Path) -> None:
    journal = journal_at(tmp_path)
    with writing(journal):
        for _ in range(20):
            journal.put(bang())
    seqs = [v.message.seq for v in waiting_in(tmp_path)]
    assert ranges_of(seqs) == ((seqs[0], seqs[0] + 20),)
    with OutboxView(journal.path) as view:
        assert len(view.after(Priority.ALARM, 0, 100)) == 20
