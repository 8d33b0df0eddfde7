"""The audit: in whatever order and in however many sittings messages are read, the same is found."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.errors import UserError
from edge.message import body as b
from edge.trust.audit import Audit, Verdict, examine
from edge.trust.audit_state import packed, unpack
from edge.trust.book import Book, Checkpoint
from edge.trust.chain import digest
from edge.trust.tests.chains import BODIES, REGISTRY, START, chain, signed, stopping

ONE = chain(12)
EXAMINED = [examine(message, REGISTRY) for message in ONE]


def bodies(count: int) -> list[b.Body]:
    return [BODIES[0](0)] * count


def audited(messages: Sequence[bytes]) -> tuple[list[Verdict], list[tuple[int, int]], Audit]:
    """Verdicts, gaps, and the audit."""
    with Book.open(None) as book:
        audit = Audit(book)
        verdicts = [audit.take(examine(message, REGISTRY)) for message in messages]
        return verdicts, [(first, last) for _, first, last in audit.gaps()], audit


@given(order=st.permutations(range(12)), taken=st.sets(st.integers(0, 11), max_size=5))
@settings(max_examples=40)
def test_any_order_gives_the_same_gaps_and_spans(order: list[int], taken: set[int]) -> None:
    def read(numbers: Sequence[int]) -> tuple[object, object]:
        with Book.open(None) as book:
            audit = Audit(book)
            assert all(audit.take(EXAMINED[n]).ok for n in numbers)
            return audit.gaps(), audit.nodes["lamp-1"].main

    kept = [n for n in order if n not in taken]
    assert read(kept) == read(sorted(kept))


@given(cuts=st.lists(st.integers(0, 12), max_size=3))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_an_audit_in_several_sittings_ends_where_one_sitting_does(tmp_path: Path, cuts: list[int]) -> None:
    path = tmp_path / "book"
    path.unlink(missing_ok=True)
    ends = [*sorted(cuts), 12]
    state: object = None
    for first, last in zip([0, *ends], ends, strict=False):
        with Book.open(path) as book:
            audit, found = Audit(book), book.checkpoint()
            if found:
                unpack(found.state, audit)
            for one in [*EXAMINED[first:last], EXAMINED[0]]:  # the first again: told from the book
                audit.take(one)
            state = packed(audit)
            book.save(Checkpoint(b"keys", last, bytes(32), state))
    with Book.open(None) as book:
        audit = Audit(book)
        for one in [*EXAMINED, *[EXAMINED[0]] * (len(ends) - (0 in ends))]:
            audit.take(one)
        assert audit.refused["replay"] >= 1
        assert packed(audit)[2] == state[2]  # type: ignore[index]


def disk_put_back(doubled: int = 3) -> list[bytes]:
    """Run 1; run 2 goes on; an old copy of the disk is put back, and run 3 goes on from the same message."""
    first = signed([b.Boot(1, "0", "", "new"), *bodies(3)])
    behind, seq = digest(first[-1]), START + len(first)
    second = signed([b.Boot(2, "0", "", "kept"), *bodies(5)], boot=2, seq=seq, prev=behind)
    third = signed([b.Boot(2, "0", "", "kept"), *bodies(doubled - 1)], boot=3, seq=seq, prev=behind)
    return [*first, *second, *third]


def test_an_old_copy_of_the_disk_is_named_with_its_numbers_and_runs() -> None:
    verdicts, gaps, audit = audited(disk_put_back())
    bad = [verdict for verdict in verdicts if not verdict.ok]
    assert [verdict.seq for verdict in bad] == [START + 4, START + 5, START + 6]
    assert f"run {'03' * 8} gives this number again, which run {'02' * 8} gave: an old copy" in bad[0].why
    (twice,) = audit.nodes["lamp-1"].twice.values()
    assert (twice.first, twice.last, twice.count) == (START + 4, START + 6, 3)
    assert (audit.nodes["lamp-1"].reordered, audit.nodes["lamp-1"].highest) == (0, START + 9)
    assert gaps == []


def test_both_runs_of_a_disk_that_was_put_back_are_held_to_their_own_chain() -> None:
    log = disk_put_back(doubled=9)  # beyond the numbers of run 2
    assert audited(log)[1] == []
    assert audited([*log[:12], *log[13:]])[1] == [(START + 6, START + 6)]  # of run 3, though run 2 has that number
    assert audited([*log[:10], *log[11:]])[1] == [(START + 4, START + 4)]  # its boot
    assert audited([*log[:6], *log[7:]])[1] == [(START + 6, START + 6)]  # of run 2


def test_the_boot_of_a_new_chain_holds_the_old_one_to_its_end() -> None:
    old = signed([b.Boot(1, "0", "", "new"), *bodies(5)])
    end, held = b.ChainEnd(START + 5, digest(old[-1])), b.ChainEnd(START + 90, bytes(16))
    boot = b.Boot(1, "0", "", "rolled back: an old copy", end, held)
    new = signed([boot, stopping(START + 101)], seq=START + 100)
    verdicts, gaps, audit = audited([*old, *new])
    assert all(verdict.ok for verdict in verdicts)
    assert (gaps, audit.nodes["lamp-1"].told) == ([], {START + 100: "rolled back: an old copy"})
    assert audited([*old[:-2], *new])[1] == [(START + 4, START + 5)]
    assert audited(new)[1] == [(START + 5, START + 5)]


def test_a_book_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello, world " * 100)
    with pytest.raises(UserError, match="is no checkpoint"):
        Book.open(tmp_path / "text")
    with pytest.raises(UserError, match="cannot open the checkpoint"):
        Book.open(tmp_path / "nowhere" / "book")
    assert (tmp_path / "text").read_text().startswith("hello")


def test_a_damaged_book_and_a_full_disk_are_a_persons_to_mend(tmp_path: Path) -> None:
    with Book.open(tmp_path / "book") as book:
        for seq in range(2000):
            book.add("lamp-1", seq, bytes(8), bytes(16))
        book.save(Checkpoint(b"keys", 0, bytes(32), 0))
    data = bytearray((tmp_path / "book").read_bytes())
    data[3 * 4096 : 6 * 4096] = bytes(3 * 4096)
    (tmp_path / "book").write_bytes(data)
    with pytest.raises(UserError, match="is no checkpoint"):
        Book.open(tmp_path / "book")
    book = Book.open(tmp_path / "full")
    book.add("lamp-1", 1, bytes(8), bytes(16))
    with pytest.raises(UserError, match="cannot go on"), book:
        book.add("lamp-1", 1, bytes(8), bytes(16))  # an error of SQLite, as a full disk is one
