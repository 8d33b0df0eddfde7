"""Ingest: only what is believed is stored, only what is stored is receipted, and every refusal says why."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.gateway import store as stores
from edge.gateway.ingest import Batch, Ingest, Rejected, Stored
from edge.gateway.store import MAX_REFUSED, REFUSED_BYTES, Store
from edge.gateway.tests.nodes import GATEWAY, GATEWAYS, NODE, QUALITY, REGISTRY, Pen, bits, health, word
from edge.message.body import GENESIS, ChainEnd, Message, Receipt
from edge.message.cbor import decode, encode
from edge.message.codec import encode_message
from edge.trust import cose, keys
from edge.trust.chain import digest
from edge.trust.cose import ALG, KID, TAG, TYP, Refusal
from edge.trust.verifier import verify_receipt


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "city.sqlite") as store:
        yield store


@pytest.fixture
def ingest(store: Store) -> Ingest:
    return Ingest(store, REGISTRY, GATEWAY)


def receipt_of(batch: Batch) -> Receipt:
    return verify_receipt(batch.receipts["lamp-1"], GATEWAYS, "lamp-1")


def refusals(batch: Batch) -> list[Refusal]:
    return [outcome.refusal for outcome in batch.outcomes if isinstance(outcome, Rejected)]


def flaws(batch: Batch) -> list[str]:
    return [outcome.flaw for outcome in batch.outcomes if isinstance(outcome, Stored)]


def test_what_is_receipted_is_on_the_disk(ingest: Ingest, tmp_path: Path) -> None:
    chain = Pen().chain(3)
    batch = ingest.take(chain)
    with closing(sqlite3.connect(tmp_path / "city.sqlite")) as other:
        assert [row[0] for row in other.execute("SELECT signed FROM messages ORDER BY seq")] == chain
    assert flaws(batch) == ["", "", ""]
    receipt = receipt_of(batch)
    assert (receipt.through, receipt.head, receipt.ranges) == (103, digest(chain[-1]), ((101, 103),))


def test_what_came_early_is_receipted_by_its_range_and_completes_the_chain_later(ingest: Ingest) -> None:
    chain = Pen().chain(6)
    early = receipt_of(ingest.take([chain[2], chain[5], chain[3]]))
    assert (early.through, early.head, early.ranges) == (0, GENESIS, ((103, 104), (106, 106)))
    assert early.highest == ChainEnd(106, digest(chain[5]))
    assert ingest.missing("lamp-1") == [(0, 102), (105, 105)]
    late = receipt_of(ingest.take([chain[1], chain[0], chain[4]]))
    assert (late.through, late.head) == (106, digest(chain[5]))
    assert ingest.missing("lamp-1") == []


@given(order=st.permutations(range(12)), cut=st.integers(1, 11))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
def test_any_order_of_arrival_completes_the_chain(tmp_path: Path, order: Sequence[int], cut: int) -> None:
    chain = Pen().chain(12)
    path = tmp_path / "city.sqlite"
    path.unlink(missing_ok=True)
    with Store.open(path) as store:
        ingest = Ingest(store, REGISTRY, GATEWAY)
        some = [ingest.take(chain[n] for n in order[:cut]), ingest.take(chain[n] for n in order[cut:])]
        assert [flaw for batch in some for flaw in flaws(batch)] == [""] * 12
        assert receipt_of(some[1]).through == 112
        assert len(store.spans("lamp-1")) == 1


def test_the_same_bytes_again_are_a_replay_and_are_receipted_again(ingest: Ingest, store: Store) -> None:
    chain = Pen().chain(2)
    ingest.take(chain)
    again = ingest.take([chain[0], chain[0]])
    assert refusals(again) == [Refusal.REPLAY, Refusal.REPLAY]
    assert receipt_of(again).ranges == ((101, 101),)
    assert list(store.messages()) == chain


def test_no_flipped_bit_is_stored_or_receipted(ingest: Ingest, store: Store) -> None:
    batch = ingest.take(bits(Pen().write()))
    assert batch.receipts == {}
    assert list(store.messages()) == []
    assert Refusal.SIGNATURE in refusals(batch)


def test_a_key_that_nobody_enrolled_is_refused(ingest: Ingest) -> None:
    batch = ingest.take([Pen(key=keys.make("lamp-1")).write()])
    assert refusals(batch) == [Refusal.UNKNOWN_KEY]
    assert batch.receipts == {}


def test_another_algorithm_than_the_keys_own_is_refused(ingest: Ingest) -> None:
    sign1 = cose.parse(Pen().write())
    protected = encode({ALG: -7, KID: NODE.kid, TYP: cose.MESSAGE_TYPE})
    signature = NODE.sign(cose.to_be_signed(protected, sign1.payload))
    changed = TAG + encode([protected, {}, sign1.payload, signature])
    assert refusals(ingest.take([changed])) == [Refusal.ALGORITHM]


def test_a_node_may_not_speak_for_another(store: Store) -> None:
    other = keys.make("lamp-2")
    ingest = Ingest(store, keys.Registry([other.public]), GATEWAY)
    assert refusals(ingest.take([Pen(key=other).write()])) == [Refusal.NODE]


def test_a_receipt_is_no_message(ingest: Ingest) -> None:
    receipt = ingest.take(Pen().chain(1)).receipts["lamp-1"]
    assert refusals(ingest.take([receipt])) == [Refusal.TYPE]


@pytest.mark.parametrize(("label", "value"), [(3, 2**63), (5, 10**400), (6, [2, 0, 10**400])])
def test_numbers_that_no_store_holds_are_refused_and_stop_nothing(ingest: Ingest, label: int, value: object) -> None:
    payload = decode(cose.parse(Pen().write()).payload)
    assert isinstance(payload, dict)
    bad = cose.sign(encode(payload | {label: value}), cose.MESSAGE_TYPE, NODE)
    beyond_64_bits = value != 2**63  # CBOR has no integers there, but tagged ones
    assert refusals(ingest.take([bad])) == [Refusal.TAG if beyond_64_bits else Refusal.SCHEMA]


def test_another_message_of_the_same_number_in_the_same_run_is_a_fork(ingest: Ingest, store: Store) -> None:
    pen = Pen()
    chain = pen.chain(2)
    twin = Pen(seq=101, prev=digest(chain[0])).write(word("rewritten"))
    ingest.take(chain)
    batch = ingest.take([twin])
    assert refusals(batch) == [Refusal.FORK]
    assert batch.receipts == {}
    assert list(store.messages()) == chain


def test_the_numbers_of_a_restored_old_disk_are_stored_with_their_flaw_and_receipted(ingest: Ingest) -> None:
    pen = Pen()
    first = pen.chain(2)
    restored = pen.copy(boot=2)
    ingest.take([*first, *pen.chain(5)])
    batch = ingest.take(restored.chain(2))
    named = "run 0101010101010101 gave this number before: an old copy of the node's disk was put back"
    assert flaws(batch) == [named, named]
    receipt = receipt_of(batch)
    assert receipt.ranges == ((103, 104),)
    assert receipt.through == 107  # the node sees by the hash that this is not its chain


def test_a_message_that_does_not_follow_is_stored_with_its_flaw(ingest: Ingest) -> None:
    pen = Pen()
    chain = pen.chain(2)
    stranger = Pen(seq=102, prev=digest(b"something else")).write()
    batch = ingest.take([*chain, stranger])
    assert flaws(batch)[2] == "does not follow the message 102 that was received"
    assert receipt_of(batch).through == 102


def test_what_the_node_gave_up_itself_is_not_missing(ingest: Ingest) -> None:
    pen = Pen()
    chain = pen.chain(2)
    dropped = pen.skip(5)
    ingest.take([*chain, pen.write(dropped)])
    assert ingest.missing("lamp-1") == []


def test_a_tail_that_the_heartbeat_names_is_missing(ingest: Ingest) -> None:
    pen = Pen()
    ingest.take([pen.write()])
    ingest.take([Pen(seq=101, prev=pen.prev).write(health(latest=105))])
    assert ingest.missing("lamp-1") == [(103, 105)]


def test_a_new_chain_after_a_reinstall_is_no_gap_and_is_receipted_from_its_own_beginning(ingest: Ingest) -> None:
    ingest.take(Pen().chain(3))
    later = Pen(seq=500, boot=2).chain(2)
    receipt = receipt_of(ingest.take(later))
    assert (receipt.through, receipt.head) == (502, digest(later[-1]))
    assert ingest.missing("lamp-1") == []


def test_a_crash_between_store_and_receipt_is_healed_by_the_node_that_sends_again(tmp_path: Path) -> None:
    chain = Pen().chain(3)
    with Store.open(tmp_path / "city.sqlite") as store:
        Ingest(store, REGISTRY, GATEWAY).take(chain)  # and its receipts never left
    with Store.open(tmp_path / "city.sqlite") as store:
        batch = Ingest(store, REGISTRY, GATEWAY).take(chain)
        assert receipt_of(batch).through == 103
        assert list(store.messages()) == chain


def test_a_batch_that_breaks_in_the_middle_leaves_nothing_behind(ingest: Ingest, tmp_path: Path) -> None:
    chain = Pen().chain(3)
    with closing(sqlite3.connect(tmp_path / "city.sqlite")) as other:
        other.execute(
            "CREATE TRIGGER fault BEFORE INSERT ON messages WHEN new.seq = 102 BEGIN SELECT RAISE(ABORT, 'worn'); END"
        )
        other.commit()
        with pytest.raises(sqlite3.IntegrityError):
            ingest.take(chain)
        other.execute("DROP TRIGGER fault")
        other.commit()
    batch = ingest.take(chain)
    assert flaws(batch) == ["", "", ""]
    assert receipt_of(batch).through == 103


def test_what_is_refused_is_kept_with_its_reason_its_head_only_and_the_newest(
    ingest: Ingest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "MAX_REFUSED", 5)
    assert MAX_REFUSED * REFUSED_BYTES < 50e6
    ingest.take([b"\x00" * 1_000_000, *(b"noise %d" % n for n in range(7))])
    with closing(sqlite3.connect(tmp_path / "city.sqlite")) as other:
        rows = other.execute("SELECT why, bytes FROM refused ORDER BY id").fetchall()
    assert rows == [("form", b"noise %d" % n) for n in range(2, 7)]
    ingest.take([b"\x00" * 1_000_000])
    with closing(sqlite3.connect(tmp_path / "city.sqlite")) as other:
        assert other.execute("SELECT max(length(bytes)), why FROM refused").fetchone() == (REFUSED_BYTES, "size")


def test_nodes_are_told_apart(store: Store) -> None:
    other = keys.make("lamp-2")
    ingest = Ingest(store, keys.Registry([NODE.public, other.public]), GATEWAY)
    message = Message("lamp-2", bytes(8), 101, GENESIS, 0, QUALITY, word())
    theirs = cose.sign(encode_message(message), cose.MESSAGE_TYPE, other)
    batch = ingest.take([*Pen().chain(2), theirs])
    assert set(batch.receipts) == {"lamp-1", "lamp-2"}
    assert verify_receipt(batch.receipts["lamp-2"], GATEWAYS, "lamp-2").through == 101
    assert store.nodes() == ["lamp-1", "lamp-2"]
