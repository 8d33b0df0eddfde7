"""Delivery: a message leaves the outbox when the gateway's signed receipt covers it, and for no other reason."""

import logging
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest

from drivers._stop import Stop
from drivers.tests.wire import until
from edge.message.body import GENESIS, Dropped, Event, Receipt
from edge.node.config import UplinkTable
from edge.node.journal import Journal
from edge.node.tests.hand_clock import HandClock
from edge.node.tests.journals import (
    NODE,
    REGISTRY,
    bang,
    journal_at,
    kept_writing,
    readings,
    rows_of,
    waiting_in,
    writing,
)
from edge.node.uplink import _delivery
from edge.node.uplink._delivery import ACCEPT_S, OUTSTANDING, RESEND_S, Delivery
from edge.node.uplink._transport import Accepted, Came, Declined, LostError, Receipted
from edge.trust import keys
from edge.trust.chain import digest
from edge.trust.verifier import sign_receipt, verify_message

GATEWAY = keys.make("gateway")


@dataclass
class Hop:
    """A transport in memory: it takes what it is sent, or is down; a test says what comes back."""

    window: int = 2000
    down: bool = False
    accepts: bool = True
    opens: int = 0
    sent: list[tuple[int, bytes]] = field(default_factory=list)
    back: "SimpleQueue[Came]" = field(default_factory=SimpleQueue)

    @contextmanager
    def open(self, settings: object, node: str, stop: Stop) -> Iterator["Hop"]:  # noqa: ARG002  a Transport's open
        if self.down:
            raise LostError("nobody there")
        self.opens += 1
        yield self

    def send(self, seq: int, signed: bytes) -> None:
        if self.down:
            raise LostError("gone")
        self.sent.append((seq, signed))
        if self.accepts:
            self.back.put(Accepted(seq))

    def turn(self) -> list[Came]:
        if self.down:
            raise LostError("gone")
        try:
            return [self.back.get(timeout=0.005)]
        except Empty:
            return []

    def seqs(self) -> list[int]:
        return [seq for seq, _ in self.sent]

    def receipt(self, *ranges: tuple[int, int], through: int = 0, head: bytes = GENESIS) -> None:
        receipt = Receipt("lamp-1", through, head, ranges, 1)
        self.back.put(Receipted(sign_receipt(receipt, GATEWAY)))


@dataclass
class Uplink:
    """A journal, a hop, and the delivery between them."""

    folder: Path
    clock: HandClock = field(default_factory=HandClock)
    hop: Hop = field(default_factory=Hop)
    delivered_on: str = "receipt"

    def __post_init__(self) -> None:
        self.journal: Journal = journal_at(self.folder, clock=self.clock, max_bytes=1 << 24)
        table = UplinkTable("memory", Path("gateway.cbor"), self.delivered_on)
        self.delivery = Delivery("city", table, self.hop, keys.Registry([GATEWAY.public]), self.journal, self.clock)

    def put(self, count: int) -> list[int]:
        """So many alarms, on the disk; their numbers."""
        until(lambda: self.journal.state.latest > 0)
        last = self.journal.state.latest + count
        for _ in range(count):
            self.journal.put(bang())
        until(lambda: self.journal.state.latest == last)
        return list(range(last - count + 1, last + 1))


@contextmanager
def delivering(uplink: Uplink) -> Iterator[None]:
    with Stop.open() as stop:
        thread = threading.Thread(target=uplink.delivery.run, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            uplink.clock.pass_until_ended(thread)


@contextmanager
def running(uplink: Uplink) -> Iterator[Uplink]:
    with writing(uplink.journal):
        until(lambda: uplink.journal.state.waiting == 1)
        with delivering(uplink):
            yield uplink


@pytest.fixture
def uplink(tmp_path: Path) -> Iterator[Uplink]:
    with running(Uplink(tmp_path)) as uplink:
        until(lambda: len(uplink.hop.sent) == 1)  # the boot
        yield uplink


def test_a_message_leaves_the_outbox_on_the_gateways_receipt(uplink: Uplink) -> None:
    seqs = uplink.put(3)
    until(lambda: uplink.hop.seqs()[1:] == seqs)
    uplink.hop.receipt((seqs[0], seqs[1]))
    until(lambda: uplink.journal.state.waiting == 2)
    assert uplink.delivery.state == "connected"


def test_what_is_sent_are_the_very_bytes_of_the_outbox(uplink: Uplink) -> None:
    uplink.put(3)
    until(lambda: len(uplink.hop.sent) == 4)
    assert [signed for _, signed in uplink.hop.sent] == rows_of(uplink.folder)


def test_the_next_hops_acceptance_alone_deletes_nothing(uplink: Uplink) -> None:
    uplink.put(3)
    until(lambda: len(uplink.hop.sent) == 4 and uplink.hop.back.empty())
    time.sleep(0.1)
    assert uplink.journal.state.waiting == 4
    assert uplink.journal.settled()


def test_a_cumulative_receipt_with_our_chains_hash_covers_all_before(uplink: Uplink) -> None:
    seqs = uplink.put(4)
    until(lambda: len(uplink.hop.sent) == 5)
    uplink.hop.receipt(through=seqs[2], head=digest(uplink.hop.sent[3][1]))
    until(lambda: uplink.journal.state.waiting == 1)


def test_a_cumulative_receipt_for_another_chain_of_the_same_numbers_covers_nothing(uplink: Uplink) -> None:
    seqs = uplink.put(4)  # a disk was restored from a copy: the gateway's chain is one that we do not have
    uplink.hop.receipt((seqs[0], seqs[0]), through=seqs[2], head=digest(b"what the other run said"))
    until(lambda: uplink.journal.state.waiting == 4)
    assert [v.message.seq for v in waiting_in(uplink.folder)][1:] == seqs[1:]


@pytest.mark.parametrize("case", ["forged", "for another node", "by a node's own key", "not a receipt", "changed"])
def test_a_receipt_that_is_not_the_gateways_is_ignored_and_logged(
    uplink: Uplink, case: str, caplog: pytest.LogCaptureFixture
) -> None:
    (seq,) = uplink.put(1)
    receipt = Receipt("lamp-1", 0, GENESIS, ((seq, seq),), 1)
    good = sign_receipt(receipt, GATEWAY)
    signed = {
        "forged": sign_receipt(receipt, keys.make("gateway")),
        "for another node": sign_receipt(Receipt("lamp-2", 0, GENESIS, ((seq, seq),), 1), GATEWAY),
        "by a node's own key": sign_receipt(receipt, NODE),
        "not a receipt": rows_of(uplink.folder)[0],
        "changed": good[:-1] + bytes([good[-1] ^ 1]),
    }[case]
    with caplog.at_level(logging.WARNING):
        uplink.hop.back.put(Receipted(signed))
        until(lambda: "a receipt is refused" in caplog.text)
    assert uplink.journal.settled()
    assert uplink.journal.state.waiting == 2


def test_a_receipt_for_numbers_that_were_never_given_is_ignored(uplink: Uplink) -> None:
    (seq,) = uplink.put(1)
    uplink.hop.receipt((0, seq + 1000), (seq, seq))
    until(lambda: uplink.journal.state.waiting == 1)


def test_without_any_receipt_only_one_message_is_sent_again_as_a_question(uplink: Uplink) -> None:
    uplink.put(20)
    until(lambda: len(uplink.hop.sent) == 21 and uplink.hop.back.empty())
    for question in (1, 2):
        uplink.clock.pass_s(RESEND_S + 0.1)
        time.sleep(0.2)
        assert uplink.hop.seqs()[21:] == uplink.hop.seqs()[:question]


def test_once_a_receipt_comes_all_that_was_sent_long_ago_is_sent_again(uplink: Uplink) -> None:
    seqs = uplink.put(20)
    until(lambda: len(uplink.hop.sent) == 21 and uplink.hop.back.empty())
    uplink.clock.pass_s(RESEND_S + 0.1)
    uplink.hop.receipt((seqs[0], seqs[9]))
    until(lambda: set(uplink.hop.seqs()[21:]) >= set(seqs[10:]))
    assert not set(uplink.hop.seqs()[21:]) & set(seqs[:10])


def test_a_message_that_nobody_will_have_is_told_and_sent_again(uplink: Uplink) -> None:
    uplink.hop.accepts = False
    (seq,) = uplink.put(1)
    until(lambda: uplink.hop.seqs()[-1] == seq)
    uplink.hop.back.put(Declined(seq, "No matching subscribers"))
    until(lambda: uplink.delivery.state == "the next hop declines: No matching subscribers")
    uplink.clock.pass_s(RESEND_S + 0.1)
    until(lambda: len(uplink.hop.sent) > 2)
    assert uplink.journal.state.waiting == 2
    uplink.hop.receipt((seq, seq))
    until(lambda: uplink.delivery.state == "connected")


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
    kinds = [type(verify_message(signed, REGISTRY).message.body).__name__ for _, signed in uplink.hop.sent]
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
    told = verify_message(uplink.hop.sent[-1][1], REGISTRY).message.body
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
