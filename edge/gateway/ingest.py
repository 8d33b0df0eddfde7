"""Signed bytes in; verified, stored, receipted. Knows no network.

    bytes ── verify ──▶ known? ──▶ join the chain ──▶ store ──▶ commit ──▶ receipts

A node sends again until it has a receipt, so the same bytes coming twice are no fault: they are receipted again, and
delivered once. A batch is committed as one, and only then is anything said of it.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from edge.gateway.store import Store
from edge.message.body import GENESIS, Message, Receipt
from edge.trust.chain import Span, covers, gaps, join, ranges_of
from edge.trust.cose import Refusal, Refused
from edge.trust.keys import Registry, Signer
from edge.trust.verifier import Verified, sign_receipt, verify_message


@dataclass(frozen=True, slots=True)
class Stored:
    """A message that is believed and on the disk; ``flaw`` says what is wrong with its place, if anything."""

    message: Message
    signed: bytes
    flaw: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """Bytes that are not believed, or not again (:attr:`Refusal.REPLAY`)."""

    refusal: Refusal
    detail: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of some bytes, and what is to be said back, by node."""

    outcomes: tuple[Stored | Rejected, ...]
    receipts: dict[str, bytes]


class Ingest:
    """Takes batches into a store and signs receipts for them."""

    def __init__(self, store: Store, registry: Registry, signer: Signer) -> None:
        self._store = store
        self._registry = registry
        self._signer = signer

    def take(self, data: Iterable[bytes]) -> Batch:
        """Verifies and stores ``data``; everything in the returned batch is on the disk."""
        now_ns = time.time_ns()
        held: dict[str, set[int]] = {}
        with self._store.transaction():
            outcomes = tuple(self._one(item, now_ns, held) for item in data)
        return Batch(outcomes, {node: self._receipt(node, seqs, now_ns) for node, seqs in held.items()})

    def _one(self, data: bytes, now_ns: int, held: dict[str, set[int]]) -> Stored | Rejected:
        """``held`` gathers, by node, the numbers that are in the store."""
        try:
            verified = verify_message(data, self._registry)
            flaw = self._place(verified, held)
        except Refused as refused:
            if refused.refusal is not Refusal.REPLAY:
                self._store.refuse(data, refused.refusal, refused.detail, now_ns)
            return Rejected(refused.refusal, refused.detail, data)
        self._store.add(verified, flaw, now_ns)
        held.setdefault(verified.message.node, set()).add(verified.message.seq)
        return Stored(verified.message, data, flaw)

    def _place(self, verified: Verified, held: dict[str, set[int]]) -> str:
        """Puts the message into its chain; says what is wrong there. Refused for a replay, or for a second truth."""
        message, link = verified.message, verified.link
        known = self._store.find(message)
        if known == link.head:
            held.setdefault(message.node, set()).add(message.seq)
            raise Refused(Refusal.REPLAY, f"{message.node} {message.seq} is here already")
        if known is not None:
            raise Refused(Refusal.FORK, f"{message.node} {message.seq}: another message has this number in this run")
        near = self._store.spans_near(message.node, message.seq)
        if covers(near, message.seq):
            runs = " and ".join(boot.hex() for boot in self._store.runs(message.node, message.seq))
            return f"run {runs} gave this number before: an old copy of the node's disk was put back"
        joined = join(near, link)
        self._store.replace_spans(message.node, near, joined.spans)
        return joined.flaw

    def _receipt(self, node: str, seqs: Iterable[int], now_ns: int) -> bytes:
        """The ranges are those of the batch, also below ``through``: a node may have another chain there."""
        whole = self._store.whole(node) or Span(0, 0, GENESIS, GENESIS)
        ranges = ranges_of(sorted(seqs))
        highest = self._store.highest(node)
        return sign_receipt(Receipt(node, whole.last, whole.head, ranges, now_ns, highest), self._signer)

    def missing(self, node: str) -> list[tuple[int, int]]:
        """Numbers of ``node`` that are not here, and that it did not itself give up."""
        record = self._store.record(node)
        return gaps(record.spans, record.dropped, record.latest)
