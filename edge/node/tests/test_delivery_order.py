"""Delivery: what goes first, how much at once, and what happens when something breaks on the way."""

import sqlite3
import threading
import time
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from drivers._stop import Stop
from drivers.tests.wire import until
from edge.message.body import Dropped, Event
from edge.node.tests.hop import Hop, Uplink, delivering, running
from edge.node.tests.journals import (
    REGISTRY,
    bang,
    kept_writing,
    readings,
    rows_of,
    waiting_in,
    writing,
)
from edge.node.uplink import _delivery
from edge.node.uplink._delivery import ACCEPT_S, OUTSTANDING
from edge.node.uplink._transport import Accepted
from edge.trust.verifier import verify_message


def test_after_a_loss_all_that_waits_is_sent_on_the_new_way(uplink: Uplink) -> None:
    uplink.put(2)
    until(lambda: len(uplink.hop.sent) == 3)
    uplink.hop.down = True
    until(lambda: uplink.delivery.state in ("gone", "nobody there"))
    uplink.hop.down = False
    until(lambda: len(uplink.hop.sent) == 6)
    assert set(uplink.hop.seqs()[3:]) == set(uplink.hop.seqs()[:3])
    assert uplink.delivery.state == "connected"


def test_a_next_hop_that_takes_nothing_for_long_is_left(tmp_path: Path) -> None:
    with running(Uplink(tmp_path, hop=Hop(accepts=False))) as uplink:
        until(lambda: len(uplink.hop.sent) == 1)
        uplink.clock.pass_s(ACCEPT_S + 1)
        until(lambda: uplink.hop.opens == 2)


def test_no_more_is_under_way_than_the_window_allows(tmp_path: Path) -> None:
    with running(Uplink(tmp_path, hop=Hop(window=3, accepts=False))) as uplink:
        uplink.put(9)
        until(lambda: len(uplink.hop.sent) == 3)
        time.sleep(0.1)
        assert len(uplink.hop.sent) == 3
        uplink.hop.back.put(Accepted(uplink.hop.sent[0][0]))
        until(lambda: len(uplink.hop.sent) == 4)


def test_an_alarm_overtakes_a_backlog_that_waits_for_receipts(tmp_path: Path) -> None:
    uplink = Uplink(tmp_path)
    for number in range(1500):
        uplink.journal.put(readings(number))
    with writing(uplink.journal):
        until(uplink.journal.settled)
        with delivering(uplink):
            until(lambda: len(uplink.hop.sent) == OUTSTANDING)
            (seq,) = uplink.put(1)
            until(lambda: len(uplink.hop.sent) == OUTSTANDING + 1)
    assert uplink.hop.seqs()[OUTSTANDING] == seq


def test_alarms_go_first_then_health_then_readings(tmp_path: Path) -> None:
    uplink = Uplink(tmp_path)
    uplink.journal.put(readings())
    uplink.journal.put(bang())
    with writing(uplink.journal):
        until(lambda: uplink.journal.state.waiting == 3)
        with delivering(uplink):
            until(lambda: len(uplink.hop.sent) == 3)
    kinds = [type(verify_message(signed, REGISTRY).message.body).__name__ for _, signed in uplink.hop.sent[:3]]
    assert kinds == ["Event", "Boot", "Measurements"]


def test_where_the_broker_counts_as_delivered_its_acceptance_deletes_and_health_says_so(tmp_path: Path) -> None:
    with running(Uplink(tmp_path, delivered_on="acceptance")) as uplink:
        until(lambda: uplink.journal.state.waiting == 0)
        assert uplink.delivery.state == "connected; what the broker accepts counts as delivered"


def test_a_message_that_the_disk_changed_is_not_sent_and_is_told(tmp_path: Path) -> None:
    uplink = Uplink(tmp_path)
    with writing(uplink.journal):
        until(lambda: uplink.journal.state.waiting == 1)
        (seq,) = uplink.put(1)
        changed = bytearray(rows_of(tmp_path)[1])
        changed[100] ^= 1
        with closing(sqlite3.connect(uplink.journal.path)) as connection, connection:
            connection.execute("UPDATE outbox SET signed = ? WHERE seq = ?", (bytes(changed), seq))
        with delivering(uplink):
            until(lambda: len(uplink.hop.sent) == 2)
    assert seq not in uplink.hop.seqs()
    told = verify_message(uplink.hop.sent[1][1], REGISTRY).message.body  # at the stop the first may be sent again
    assert told == Dropped(((seq, seq),), 1, "damaged on the disk")
    assert not any(isinstance(v.message.body, Event) for v in waiting_in(tmp_path))


def test_an_outbox_that_is_damaged_at_run_time_is_replaced_and_delivery_goes_on_with_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_delivery, "BACKOFF_BASE_S", 0.01)
    uplink = Uplink(tmp_path)
    with kept_writing(uplink.journal), ExitStack() as stack:
        until(lambda: uplink.journal.state.waiting == 1)
        for name in ("outbox.sqlite", "outbox.sqlite-wal"):
            (tmp_path / name).unlink()
        uplink.journal.path.write_bytes(b"no database at all")
        stack.enter_context(delivering(uplink))
        until(lambda: uplink.journal.state.generation == 2)
        until(lambda: len(uplink.hop.sent) == 1)
    assert b"damaged: set aside" in uplink.hop.sent[0][1]


def test_an_uplink_that_is_there_before_the_outbox_waits_for_it(tmp_path: Path) -> None:
    uplink = Uplink(tmp_path)
    with delivering(uplink):
        until(lambda: "unable to open" in uplink.delivery.state)
        with writing(uplink.journal):
            until(lambda: len(uplink.hop.sent) == 1)
    assert uplink.journal.state.generation == 1


def test_at_a_stop_what_is_left_is_delivered_first(tmp_path: Path) -> None:
    uplink = Uplink(tmp_path)
    with writing(uplink.journal), Stop.open() as stop:
        thread = threading.Thread(target=uplink.delivery.run, args=(stop,))
        thread.start()
        until(lambda: len(uplink.hop.sent) == 1)
        stop.set()
        (seq,) = uplink.put(1)
        until(lambda: len(uplink.hop.sent) == 2)
        uplink.hop.receipt((0, seq))
        thread.join(5)
        assert not thread.is_alive()
        assert uplink.journal.state.waiting == 0
