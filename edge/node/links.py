"""Drafts to links of the chain: each gets its number, the hash of the one before, and a signature.

draft ── what only the chain's writer knows ──▶ number, prev ──▶ signed ──▶ row of the outbox
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace

from edge.message.body import GENESIS, PRIORITIES, Absence, Body, Boot, ChainEnd, Health, Message, Priority, TimeQuality
from edge.node.outbox import Head, Row, beginning
from edge.trust.chain import digest
from edge.trust.keys import PublicKey, Signer
from edge.trust.verifier import sign_message

log = logging.getLogger(__name__)

DETAIL_CHARS = 200  # of an error, in a message


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the node is, in this run."""

    node: str
    boot: bytes
    signer: Signer
    public: PublicKey


@dataclass(frozen=True, slots=True)
class Draft:
    """A body, and when and how well that was known."""

    body: Body
    time_ns: int
    quality: TimeQuality

    @property
    def urgent(self) -> bool:
        """Whether it waits for no others."""
        return PRIORITIES[type(self.body)] < Priority.READING


@dataclass(frozen=True, slots=True)
class Link:
    """A signed message, and where the chain stands with it."""

    row: Row
    head: Head


def linked(who: Identity, head: Head, drafts: Iterable[Draft], *, waiting: int, evicted: int) -> list[Link]:
    """Numbers, signs and chains the drafts behind ``head``; heartbeats say how many messages wait, and were evicted."""
    links = []
    for draft in drafts:
        told = replace(draft, body=_told(draft.body, head, waiting, evicted))
        head = _behind(head, told)
        signed = _signed(who, head, told)
        head = replace(head, seq=head.seq + 1, digest=digest(signed))
        links.append(Link(Row(head.seq, PRIORITIES[type(draft.body)], signed), head))
    return links


def _told(body: Body, head: Head, waiting: int, evicted: int) -> Body:
    """The body with what is known only where the chain is written."""
    match body:
        case Health():
            return replace(body, latest=head.seq, waiting=waiting, evicted=evicted)
        case Boot():
            found = ChainEnd(head.seq, head.digest) if head.digest != GENESIS else None
            return replace(body, found=found) if body.witness is None else _rolled_back(body, found, head.runs)
    return body


def _rolled_back(body: Boot, found: ChainEnd | None, runs: int) -> Boot:
    held, ours = body.witness.seq if body.witness else 0, found.seq if found else 0
    what = f"the chain on this disk stood at {ours}, and a gateway holds {held}, which is not in it"
    why = "an old copy was put back, or the clock was behind when the chain began"
    return replace(body, runs=runs, outbox=f"{body.outbox}: {what}: {why}", found=found)


def _behind(head: Head, draft: Draft) -> Head:
    """Where the draft's link is put: behind ``head``, or at the beginning of a new chain above all that was given."""
    if not isinstance(draft.body, Boot):
        return head
    if draft.body.witness is None:
        return replace(head, runs=draft.body.runs)
    above = beginning(draft.time_ns, max(head.seq, draft.body.witness.seq))
    return replace(head, seq=above, digest=GENESIS, begun=above)


def _signed(who: Identity, head: Head, draft: Draft) -> bytes:
    """The draft's message; an absence stands where a body cannot be said, so that it stops nothing else."""
    try:
        return sign_message(_message(who, head, draft), who.signer)
    except ValueError as error:
        log.warning("a body is left out: %s", error)
        return sign_message(_message(who, head, _unsayable(who, draft, error)), who.signer)


def _unsayable(who: Identity, draft: Draft, error: ValueError) -> Draft:
    detail = f"{type(draft.body).__name__}: {error}"[:DETAIL_CHARS].encode("ascii", "replace").decode()
    return replace(draft, body=Absence(who.node, "unsayable", detail, draft.time_ns, draft.time_ns, 1))


def _message(who: Identity, head: Head, draft: Draft) -> Message:
    return Message(who.node, who.boot, head.seq + 1, head.digest, draft.time_ns, draft.quality, draft.body)
