"""The chain: whatever the order of arrival, it is complete only when it is."""

from hypothesis import given
from hypothesis import strategies as st

from edge.message.body import GENESIS
from edge.trust.chain import Span, covers, digest, gaps, join


def links(count: int, first: int = 100, genesis: bytes = GENESIS) -> list[Span]:
    """A chain of ``count`` messages."""
    chain, prev = [], genesis
    for seq in range(first, first + count):
        head = digest(prev + seq.to_bytes(8, "big"))
        chain.append(Span(seq, seq, prev, head))
        prev = head
    return chain


def joined(some: list[Span]) -> tuple[tuple[Span, ...], list[str]]:
    spans: tuple[Span, ...] = ()
    flaws = []
    for link in some:
        result = join(spans, link)
        spans = result.spans
        flaws += [result.flaw] if result.flaw else []
    return spans, flaws


@given(st.permutations(links(8)))
def test_any_order_of_arrival_gives_one_span_from_the_beginning(shuffled: list[Span]) -> None:
    spans, flaws = joined(shuffled)
    assert flaws == []
    assert spans == (Span(100, 107, GENESIS, links(8)[-1].head),)
    assert gaps(spans, latest=107) == []


@given(st.permutations(links(10)), st.sets(st.integers(0, 9), min_size=1, max_size=9))
def test_whatever_is_taken_out_is_missed_exactly(shuffled: list[Span], taken: set[int]) -> None:
    kept = [link for link in shuffled if link.first - 100 not in taken]
    spans, flaws = joined(kept)
    missing = {n for a, b in gaps(spans, latest=109) for n in range(max(a, 100), b + 1)}
    assert flaws == []
    assert missing == {100 + n for n in taken}
    assert all(covers(spans, link.first) for link in kept)


def test_a_message_put_in_another_ones_place_does_not_link() -> None:
    chain = links(3)
    forged = Span(101, 101, chain[0].head, digest(b"forged"))
    assert "is not what the message 102 that was received follows" in joined([chain[0], chain[2], forged])[1][0]
    rewritten = Span(102, 102, forged.head, digest(b"rewritten"))
    assert "does not follow the message 101 that was received" in joined([chain[0], chain[1], rewritten])[1][0]


def test_a_second_chain_after_a_reinstall_begins_anew_and_is_no_gap() -> None:
    spans, flaws = joined(links(3) + links(2, first=500))
    assert flaws == []
    assert gaps(spans) == []
    spans, flaws = joined(links(3) + links(2, first=103))  # even right behind the old one
    assert flaws == []
    assert gaps(spans) == []


def test_what_the_node_itself_gave_up_is_no_gap() -> None:
    chain = links(10)
    spans, _ = joined(chain[:2] + chain[7:])
    assert gaps(spans) == [(102, 106)]
    assert gaps(spans, dropped=[(102, 106)]) == []
    assert gaps(spans, dropped=[(103, 104)]) == [(102, 102), (105, 106)]
    assert gaps(spans, dropped=[(0, 103), (106, 200)]) == [(104, 105)]


def test_a_chain_whose_beginning_was_never_received_says_so() -> None:
    spans, _ = joined(links(5)[2:])
    assert gaps(spans) == [(0, 101)]


def test_a_cut_tail_is_missed_by_what_the_heartbeat_named() -> None:
    spans, _ = joined(links(5))
    assert gaps(spans, latest=106) == [(105, 106)]
