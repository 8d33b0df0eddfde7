"""The one place where bodies become links of the chain.

    workers ── put ──▶ [ drafts ] ──▶ number, sign, commit ──▶ outbox ◀── uplinks
    uplinks ── delivered ─▶ [ ranges ] ──┘

Any thread may put; one thread writes. Commits are grouped, because a card does some twenty a second; what is urgent
commits at once. A draft leaves memory only when it is on the disk. When readings come faster than the disk takes them
they are dropped, counted, and told.
"""

import itertools
import threading
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from drivers._stop import Stop
from edge.message.body import (
    PRIORITIES,
    Absence,
    Body,
    Boot,
    Dropped,
    Health,
    Measurements,
    Message,
    Priority,
    TimeQuality,
)
from edge.node.clock import NS_PER_S, Clock
from edge.node.outbox import Head, Outbox, OutboxFullError, Row
from edge.trust.chain import digest, ranges_of
from edge.trust.keys import PublicKey, Signer
from edge.trust.verifier import sign_message

GROUP_S = 0.5  # readings wait this long for others: 2 commits a second at most, well within a card's 20
GROUP_ROWS = 256
EVICT_ROWS = 64  # at first, then twice as many: some five pages of readings
MAX_DRAFTS = 4096  # readings in memory: over an hour of a node with five sensors that stores nothing


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
class JournalState:
    """The journal as other threads may see it."""

    latest: int = 0
    waiting: int = 0
    evicted: int = 0
    generation: int = 0  # counts openings of the outbox: another file may be there


class Journal:
    """Bodies in; signed, chained, committed messages out. ``run`` is the body of its thread."""

    def __init__(self, path: Path, identity: Identity, clock: Clock, *, max_bytes: int, version: str) -> None:
        self.path = path
        self.identity = identity
        self._clock = clock
        self._max_bytes = max_bytes
        self._version = version
        self._changed = threading.Condition()
        self._drafts: deque[Draft] = deque()
        self._delivered: list[tuple[int, int]] = []
        self._lost: Counter[str] = Counter()
        self._told_boot = False
        self._state = JournalState()

    @property
    def state(self) -> JournalState:
        """A snapshot."""
        return self._state

    def put(self, body: Body) -> None:
        """Takes a body for the chain. Readings may be dropped when the disk does not keep up; that is told."""
        draft = self._draft(body)
        with self._changed:
            if isinstance(body, Measurements) and len(self._drafts) >= MAX_DRAFTS:
                self._lost[body.sensor] += len(body.records)
            else:
                self._drafts.append(draft)
            self._changed.notify()

    def delivered(self, ranges: Iterable[tuple[int, int]]) -> None:
        """These numbers are in the gateway's store and may be forgotten."""
        with self._changed:
            self._delivered.extend(ranges)
            self._changed.notify()

    def spoiled(self, seq: int) -> None:
        """The disk gave message ``seq`` back changed: it cannot be delivered, and that is told."""
        with self._changed:
            self._drafts.append(self._draft(Dropped(((seq, seq),), 1, "damaged on the disk")))
            self._delivered.append((seq, seq))
            self._changed.notify()

    def settled(self) -> bool:
        """Whether all that was put is on the disk."""
        with self._changed:
            return not self._drafts

    def run(self, stop: Stop) -> None:
        """Write until ``stop`` is set and all that was put is on the disk."""
        now_ns = self._clock.wall_ns()
        with Outbox.open(self.path, max_bytes=self._max_bytes, now_ns=now_ns, floor=self._state.latest) as outbox:
            self._begin(outbox)
            while not (stop.is_set() and self.settled()):
                self._wait(stop)
                self._write(outbox)

    def _begin(self, outbox: Outbox) -> None:
        head = outbox.head()
        generation = self._state.generation + 1
        self._state = replace(self._state, latest=head.seq, waiting=outbox.waiting(), generation=generation)
        if not self._told_boot or outbox.found != "kept":
            boot = Boot(head.runs + 1, self._version, machine_boot(), outbox.found)
            with self._changed:
                self._drafts.appendleft(self._draft(boot))
            self._told_boot = True

    def _wait(self, stop: Stop) -> None:
        deadline_ns = self._clock.monotonic_ns() + int(GROUP_S * NS_PER_S)
        with self._changed:
            while not self._ripe(stop):
                left_s = (deadline_ns - self._clock.monotonic_ns()) / NS_PER_S
                if left_s <= 0 or not self._changed.wait(left_s):
                    return

    def _ripe(self, stop: Stop) -> bool:
        return stop.is_set() or len(self._drafts) >= GROUP_ROWS or any(draft.urgent for draft in self._drafts)

    def _write(self, outbox: Outbox) -> None:
        drafts, delivered = self._taken()
        if not drafts and not delivered:
            return
        count = 0
        while True:
            evicted = outbox.least(count)
            told = [self._draft(Dropped(ranges_of(evicted), len(evicted), "outbox full"))] if evicted else []
            head, rows = self._linked(outbox.head(), [*told, *drafts])
            try:
                gone = outbox.commit(rows, head, delivered, evicted)
            except OutboxFullError:
                count = self._more_room(count, len(evicted))
                continue
            self._settle(len(drafts), len(delivered))
            self._advance(head, len(rows) - gone, len(evicted))
            return

    def _more_room(self, asked: int, got: int) -> int:
        """How many messages must give way at the next try; OutboxFullError if there are no more."""
        if got < asked:
            raise OutboxFullError(f"{self._max_bytes} bytes hold not even what is to be written; raise outbox.max_mb")
        return asked * 2 or EVICT_ROWS

    def _taken(self) -> tuple[list[Draft], list[tuple[int, int]]]:
        """What the next commit holds; it stays in memory until that is done."""
        with self._changed:
            self._drafts.extend(self._draft(self._overrun(sensor, count)) for sensor, count in self._lost.items())
            self._lost.clear()
            return list(itertools.islice(self._drafts, GROUP_ROWS)), list(self._delivered)

    def _settle(self, drafts: int, delivered: int) -> None:
        with self._changed:
            for _ in range(drafts):
                self._drafts.popleft()
            del self._delivered[:delivered]

    def _advance(self, head: Head, more: int, evicted: int) -> None:
        state = self._state
        self._state = replace(
            state, latest=head.seq, waiting=max(0, state.waiting + more), evicted=state.evicted + evicted
        )

    def _draft(self, body: Body) -> Draft:
        return Draft(body, self._clock.wall_ns(), self._clock.quality())

    def _overrun(self, sensor: str, count: int) -> Absence:
        now_ns = self._clock.wall_ns()
        return Absence(sensor, "overrun", f"{count} readings: the disk did not keep up", now_ns, now_ns, count)

    def _linked(self, head: Head, drafts: Iterable[Draft]) -> tuple[Head, list[Row]]:
        """Numbers, signs and chains the drafts behind ``head``."""
        rows = []
        for draft in drafts:
            signed = sign_message(self._message(head, draft), self.identity.signer)
            runs = draft.body.runs if isinstance(draft.body, Boot) else head.runs
            head = Head(head.seq + 1, digest(signed), runs)
            rows.append(Row(head.seq, PRIORITIES[type(draft.body)], signed))
        return head, rows

    def _message(self, head: Head, draft: Draft) -> Message:
        who, body = self.identity, draft.body
        if isinstance(body, Health):  # where the chain stands is known only here
            body = replace(body, latest=head.seq, waiting=self._state.waiting, evicted=self._state.evicted)
        return Message(who.node, who.boot, head.seq + 1, head.digest, draft.time_ns, draft.quality, body)


def machine_boot() -> str:
    """The kernel's id of this boot of the machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
