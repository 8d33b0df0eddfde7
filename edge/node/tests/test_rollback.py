"""An old copy of the disk is put back: the node sees it by the gateway's receipts, says so, and repeats no number."""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from drivers.tests.wire import until
from edge.message.body import GENESIS, Boot, ChainEnd
from edge.node.journal import ANEW_S, MAX_WITNESSED
from edge.node.outbox import NS_PER_MS, head_of
from edge.node.tests.hop import Uplink, running
from edge.node.tests.journals import journal_at, waiting_in, writing
from edge.trust.chain import digest


def told(uplink: Uplink) -> list[tuple[int, bytes, Boot]]:
    """Number, what it follows, and body, of each record of a rollback that waits."""
    messages = [verified.message for verified in waiting_in(uplink.folder)]
    return [(m.seq, m.prev, m.body) for m in messages if isinstance(m.body, Boot) and m.body.witness]


def test_a_receipt_above_all_that_we_gave_is_told_and_the_numbers_go_on_above_it(uplink: Uplink) -> None:
    last = uplink.put(2)[-1]
    head, _ = head_of(uplink.folder / "outbox.sqlite")
    held = ChainEnd(last + 10**12, digest(b"what the disk said that is gone"))
    uplink.hop.receipt(through=held.seq, head=held.digest)
    until(lambda: len(told(uplink)) == 1)
    seq, prev, boot = told(uplink)[0]
    assert (seq, prev) == (held.seq + 1, GENESIS)
    assert (boot.found, boot.witness, boot.runs) == (ChainEnd(head.seq, head.digest), held, 1)
    assert boot.outbox.startswith(
        f"rolled back: the chain on this disk stood at {last}, and a gateway holds {held.seq}"
    )


def test_the_new_chain_is_above_what_no_gateway_ever_saw(uplink: Uplink) -> None:
    """Numbers are fewer than one a millisecond, so the clock is above those that were lost with the newer disk."""
    last = uplink.put(1)[-1]
    uplink.clock.pass_s(3600)
    uplink.hop.receipt(through=last + 5, head=digest(b""))
    until(lambda: len(told(uplink)) == 1)
    assert told(uplink)[0][0] > uplink.clock.wall_ns() // NS_PER_MS - 1000


def test_another_message_under_a_number_that_we_gave_is_told_once_however_often_the_gateway_names_it(
    uplink: Uplink,
) -> None:
    seqs = uplink.put(4)
    for _ in range(3):
        uplink.hop.receipt(through=seqs[1], head=digest(b"what the other run said"))
    until(lambda: len(told(uplink)) == 1)
    uplink.hop.receipt(through=seqs[1], head=digest(b"what the other run said"))
    later = uplink.put(1)[0]
    assert [seq for seq, _, _ in told(uplink)] == [later - 1]


def test_the_new_chains_receipts_delete_nothing_of_the_old_one(uplink: Uplink) -> None:
    old = uplink.put(3)
    uplink.hop.receipt(through=old[0], head=digest(b"what the other run said"))
    until(lambda: len(told(uplink)) == 1)
    new = uplink.put(1)[0]
    until(lambda: uplink.hop.seqs()[-1] == new)
    uplink.hop.receipt(through=new, head=digest(uplink.hop.sent[-1][1]))
    until(lambda: uplink.journal.state.waiting == 4)
    assert [v.message.seq for v in waiting_in(uplink.folder)][1:] == old


def test_where_the_new_chain_began_outlives_a_restart(tmp_path: Path) -> None:
    with running(Uplink(tmp_path)) as uplink:
        old = uplink.put(1)[0]
        uplink.hop.receipt(through=old + 7, head=digest(b""))
        until(lambda: len(told(uplink)) == 1)
        began = told(uplink)[0][0]
    with closing(sqlite3.connect(tmp_path / "outbox.sqlite")) as file:
        assert file.execute("SELECT begun FROM chain").fetchone() == (began - 1,)


def test_an_outbox_of_an_earlier_version_goes_on(tmp_path: Path) -> None:
    with running(Uplink(tmp_path)) as uplink:
        last = uplink.put(1)[0]
    with closing(sqlite3.connect(tmp_path / "outbox.sqlite")) as file:
        file.execute("ALTER TABLE chain DROP COLUMN begun")
    with writing(journal_at(tmp_path, run=2)):
        pass
    assert [v.message.seq for v in waiting_in(tmp_path)] == [last - 1, last, last + 1]


def test_a_stolen_gateway_key_does_not_exhaust_the_numbers(uplink: Uplink, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        uplink.hop.receipt(through=MAX_WITNESSED, head=digest(b""))
        until(lambda: "no node comes there" in caplog.text)
    uplink.put(1)
    assert told(uplink) == []


def test_a_gateway_that_misses_something_before_tells_by_the_highest_number_that_it_holds(uplink: Uplink) -> None:
    last = uplink.put(2)[-1]
    until(lambda: uplink.hop.seqs()[-1] == last)
    uplink.hop.receipt(highest=ChainEnd(last, digest(uplink.hop.sent[-1][1])))  # ours
    uplink.hop.receipt(highest=ChainEnd(last + 9, digest(b"")))
    until(lambda: len(told(uplink)) == 1)
    assert told(uplink)[0][2].witness == ChainEnd(last + 9, digest(b""))


def test_two_machines_with_one_key_do_not_chase_each_others_numbers(uplink: Uplink) -> None:
    above = [uplink.put(1)[0] + 10**13 * number for number in (1, 2, 3)]
    for seq in above:
        uplink.hop.receipt(highest=ChainEnd(seq, digest(b"")))
        until(lambda: len(told(uplink)) == 1 and uplink.hop.back.empty())
    uplink.clock.pass_s(ANEW_S + 1)
    uplink.hop.receipt(highest=ChainEnd(above[-1], digest(b"")))
    until(lambda: len(told(uplink)) == 2)
