"""Delivery: a message leaves the outbox when the gateway's signed receipt covers it, and for no other reason."""

import logging
import time

import pytest

from drivers.tests.wire import until
from edge.message.body import GENESIS, Receipt
from edge.node.tests.hop import GATEWAY, Uplink
from edge.node.tests.journals import (
    NODE,
    rows_of,
    waiting_in,
)
from edge.node.uplink._delivery import RESEND_S
from edge.node.uplink._transport import Declined, Receipted
from edge.trust import keys
from edge.trust.chain import digest
from edge.trust.verifier import sign_receipt


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
    until(lambda: [v.message.seq for v in waiting_in(uplink.folder)][1:4] == seqs[1:])
    until(lambda: uplink.journal.state.waiting == 5)  # the boot, three of ours, and the record of that


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
