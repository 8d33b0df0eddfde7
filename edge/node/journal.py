"""The one place where bodies become links of the chain.

    workers ── put ──▶ [ drafts ] ──▶ number, sign, commit ──▶ outbox ◀── uplinks
    uplinks ── delivered ─▶ [ ranges ] ──┘

Any thread may put; one thread writes. Commits are grouped, because a card does some twenty a second; what is urgent
commits at once. A draft leaves memory only when it is on the disk. When readings come faster than the disk takes them
they are dropped, counted, and told.
"""

import itertools
import logging
import sqlite3
import threading
from collections import Counter, deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from drivers._stop import Stop
from edge.errors import UserError
from edge.message.body import (
    Absence,
    Body,
    Boot,
    ChainEnd,
    Dropped,
    Health,
    Measurements,
    Priority,
)
from edge.node.clock import NS_PER_S, Clock, machine_boot
from edge.node.eviction import given_up, giving_way
from edge.node.links import Draft, Identity, Link, linked
from edge.node.outbox import Head, Outbox, OutboxFullError

log = logging.getLogger(__name__)

GROUP_S = 0.5  # readings wait this long for others: 2 commits a second at most, well within a card's 20
GROUP_ROWS = 256
MAX_DRAFTS = 4096  # in memory: over an hour of a node with five sensors that stores nothing; alarms may be more
ANEW_S = 600  # between chains that are begun anew: two machines with one key must not chase each other's numbers
MAX_WITNESSED = 2**62  # whoever steals a gateway's key must not make a node run out of numbers, which end at 2^63


@dataclass(frozen=True, slots=True)
class JournalState:
    """The journal as other threads may see it."""

    latest: int = 0
    waiting: int = 0
    evicted: int = 0
    generation: int = 0  # counts openings of the outbox: another file may be there
    begun: int = 0  # the chain's own numbers are above this


class DamagedError(Exception):
    """The outbox cannot be read: it is opened again, which sets a damaged file aside."""


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
        self._delivered: set[tuple[int, int]] = set()
        self._witnessed = 0  # the highest number that a gateway held and we did not
        self._anew_ns = 0  # before this no chain is begun anew
        self._lost: Counter[str] = Counter()
        self._prepared: Outbox | None = None
        self._told_boot = False
        self._doubted = 0  # the generation that could not be read
        self._state = JournalState()

    @property
    def state(self) -> JournalState:
        """A snapshot."""
        return self._state

    def put(self, body: Body) -> None:
        """Takes a body for the chain. Readings, gaps, heartbeats may be dropped if the disk is slow; that is told."""
        draft = self._draft(body)
        with self._changed:
            if not isinstance(body, Measurements | Absence | Health) or len(self._drafts) < MAX_DRAFTS:
                self._drafts.append(draft)
            else:
                self._drop(body)
            self._changed.notify()

    def _drop(self, body: Body) -> None:
        match body:
            case Measurements(sensor, records):
                self._lost[sensor] += len(records)
            case Absence(sensor=sensor, count=count):
                self._lost[sensor] += count
        # of a heartbeat nothing is told: the next one says it all again

    def delivered(self, ranges: Iterable[tuple[int, int]]) -> None:
        """These numbers are in the gateway's store and may be forgotten."""
        with self._changed:
            self._delivered.update(ranges)
            self._changed.notify()

    def witnessed(self, end: ChainEnd) -> None:
        """A gateway holds what our disk knows nothing of: an old copy of it was put back. Told, and begun anew."""
        if end.seq >= MAX_WITNESSED:
            log.warning("a receipt names number %d; no node comes there", end.seq)
            return
        with self._changed:
            now_ns = self._clock.monotonic_ns()
            if end.seq <= self._witnessed or now_ns < self._anew_ns:
                return
            self._witnessed, self._anew_ns = end.seq, now_ns + ANEW_S * NS_PER_S
            self._drafts.append(self._draft(Boot(0, self._version, machine_boot(), "rolled back", witness=end)))
            self._changed.notify()
        log.warning("the gateway holds number %d of ours, which this disk does not: an old copy was put back", end.seq)

    def spoiled(self, seq: int) -> None:
        """The disk gave message ``seq`` back changed: it cannot be delivered, and that is told."""
        with self._changed:
            self._drafts.append(self._draft(Dropped(((seq, seq),), 1, "damaged on the disk")))
            self._delivered.add((seq, seq))
            self._changed.notify()

    def doubt(self, generation: int) -> None:
        """The outbox of this generation cannot be read."""
        self._doubted = generation

    def settled(self) -> bool:
        """Whether all that was put is on the disk, and all that was delivered is not any more."""
        with self._changed:
            return not (self._drafts or self._delivered or self._lost)

    def prepare(self) -> None:
        """Opens the outbox for ``run``, before any thread runs. UserError if disk or file do not let us."""
        try:
            self._prepared = self._open()
        except (sqlite3.Error, OSError) as error:
            hint = "set node.state to a folder on a disk with room, that this user may write to"
            raise UserError(f"cannot open the outbox {self.path}: {error}", hint) from error

    def _open(self) -> Outbox:
        now_ns, floor = self._clock.wall_ns(), self._state.latest
        return Outbox.open(self.path, max_bytes=self._max_bytes, now_ns=now_ns, floor=floor)

    def run(self, stop: Stop) -> None:
        """Write until ``stop`` is set and all that was put is on the disk."""
        prepared, self._prepared = self._prepared, None
        with prepared or self._open() as outbox:
            self._begin(outbox)
            while not (stop.is_set() and self.settled()):
                self._wait(stop)
                self._write(outbox)
                if self._doubted == self._state.generation:
                    raise DamagedError(f"an uplink cannot read {self.path}")

    def _begin(self, outbox: Outbox) -> None:
        head = outbox.head()
        generation = self._state.generation + 1
        self._state = replace(
            self._state, latest=head.seq, waiting=outbox.waiting(), generation=generation, begun=head.begun
        )
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
        """Commits drafts; fewer where all of them find no room together. Each is signed once, however often that is."""
        drafts, delivered = self._taken()
        if not drafts and not delivered:
            return
        head = outbox.head()
        links = self._linked(head, drafts)
        while not self._committed(outbox, head, links, delivered):
            if len(links) <= 1:
                if drafts:
                    self._leave_out(drafts[0])
                return
            links = links[: len(links) // 2]

    def _committed(self, outbox: Outbox, head: Head, links: list[Link], delivered: set[tuple[int, int]]) -> bool:
        """Whether ``links`` found room behind ``head``. Behind them stands what gave way for them."""
        least = max((link.row.priority for link in links), default=Priority.READING)
        for evicted in giving_way(outbox, least):
            last = links[-1].head if links else head
            told = self._linked(last, [self._draft(dropped) for dropped in given_up(evicted)])
            whole = [*links, *told]
            last = whole[-1].head if whole else head
            with suppress(OutboxFullError):
                gone = outbox.commit([link.row for link in whole], last, delivered, evicted)
                self._settle(len(links), delivered)
                self._advance(last, len(whole) - gone, len(evicted))
                return True
        return False

    def _leave_out(self, draft: Draft) -> None:
        """What finds no room, though all that matters no more than it gave way, must not stop what comes after it."""
        hint = f"{self._max_bytes} bytes hold not even what is to be written; raise outbox.max_mb"
        log.warning("the outbox is full: no room for %s; %s", type(draft.body).__name__, hint)
        with self._changed:
            self._drafts.popleft()
            if isinstance(draft.body, Measurements):
                self._drop(draft.body)

    def _taken(self) -> tuple[list[Draft], set[tuple[int, int]]]:
        """What the next commit holds; it stays in memory until that is done."""
        with self._changed:
            self._drafts.extend(self._draft(self._overrun(sensor, count)) for sensor, count in self._lost.items())
            self._lost.clear()
            return list(itertools.islice(self._drafts, GROUP_ROWS)), set(self._delivered)

    def _settle(self, drafts: int, delivered: set[tuple[int, int]]) -> None:
        with self._changed:
            for _ in range(drafts):
                self._drafts.popleft()
            self._delivered -= delivered

    def _advance(self, head: Head, more: int, evicted: int) -> None:
        state = self._state
        self._state = replace(
            state,
            latest=head.seq,
            waiting=max(0, state.waiting + more),
            evicted=state.evicted + evicted,
            begun=head.begun,
        )

    def _draft(self, body: Body) -> Draft:
        return Draft(body, self._clock.wall_ns(), self._clock.quality())

    def _overrun(self, sensor: str, count: int) -> Absence:
        now_ns = self._clock.wall_ns()
        return Absence(sensor, "overrun", f"{count} readings: the disk did not keep up", now_ns, now_ns, count)

    def _linked(self, head: Head, drafts: Iterable[Draft]) -> list[Link]:
        state = self._state
        return linked(self.identity, head, drafts, waiting=state.waiting, evicted=state.evicted)
