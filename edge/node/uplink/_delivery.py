"""From the outbox to the gateway's receipt.

    outbox ── oldest alarms, health, readings ──▶ way ──▶ broker ──▶ gateway
      ▲                                                                  │ verified, committed
      └──────────── forget ◀── receipt, signed by the gateway ◀──────────┘

A message is sent again until a receipt covers it. The broker's acknowledgement only says that the next may be sent. All
state here may be lost at any time: the outbox is what counts, and the gateway tells messages that come twice apart.
"""

import logging
import random
from collections.abc import Iterable

from drivers._backoff import backoff_s
from drivers._stop import Stop
from edge.message.body import ChainEnd, Priority
from edge.node.clock import NS_PER_S, Clock
from edge.node.config import UplinkTable
from edge.node.journal import Journal
from edge.node.outbox import OutboxUnreadableError, OutboxView, Row
from edge.node.uplink._transport import Accepted, Came, Declined, LostError, Receipted, Transport, Way
from edge.trust import cose
from edge.trust.chain import digest
from edge.trust.cose import Refused
from edge.trust.keys import Registry
from edge.trust.verifier import verify_receipt

log = logging.getLogger(__name__)

RESEND_S = 10.0  # without a receipt for so long a message is sent again; only one, while no receipt comes at all
ACCEPT_S = 30.0  # a next hop that takes nothing for so long is left: a broker may hang with its connection alive
BACKOFF_BASE_S = 0.5
BACKOFF_CAP_S = 30.0
OUTSTANDING = 1000  # messages sent and without receipt: some 300 kB in the broker's hands at most
CONNECTED = {"receipt": "connected", "acceptance": "connected; what the broker accepts counts as delivered"}
DRAIN_S = 5.0  # at the end, for the last heartbeat to be receipted


class Delivery:
    """One uplink. ``run`` is the body of its thread; ``state`` may be read from others."""

    def __init__(
        self, name: str, table: UplinkTable, transport: Transport, registry: Registry, journal: Journal, clock: Clock
    ) -> None:
        self.name = name
        self.state = "not tried yet"
        self._table = table
        self._transport = transport
        self._registry = registry
        self._journal = journal
        self._clock = clock
        self._sent_ns: dict[int, int] = {}  # number: when it was sent
        self._unaccepted: dict[int, int] = {}  # the same, of those that the next hop has yet to take
        self._seen: dict[Priority, int] = {}  # the highest number sent of each priority
        self._answered_ns = 0  # when something was delivered last
        self._asked_ns = 0  # the last message that was sent again while no receipt came
        self._deadline_ns = 0

    def run(self, stop: Stop) -> None:
        """Deliver until ``stop`` is set, and then what is left, for at most ``DRAIN_S``."""
        failures = 0
        while not self._finished(stop):
            try:
                with self._transport.open(self._table.settings, self._journal.identity.node, stop) as way:
                    self._say(CONNECTED[self._table.delivered_on])
                    failures = 0
                    self._deliver(way, stop)
            except (LostError, OutboxUnreadableError) as error:
                self._say(str(error))
            if stop.is_set():
                return
            failures += 1
            stop.wait(backoff_s(failures, random.random(), base_s=BACKOFF_BASE_S, cap_s=BACKOFF_CAP_S))

    def _say(self, state: str) -> None:
        if state != self.state:
            (log.info if state in CONNECTED.values() else log.warning)("uplink %s: %s", self.name, state)
        self.state = state

    def _finished(self, stop: Stop) -> bool:
        if not stop.is_set():
            return False
        now_ns = self._clock.monotonic_ns()
        self._deadline_ns = self._deadline_ns or now_ns + int(DRAIN_S * NS_PER_S)
        return self._journal.state.waiting == 0 or now_ns > self._deadline_ns

    def _deliver(self, way: Way, stop: Stop) -> None:
        generation = self._journal.state.generation
        self._forget_sent()
        with OutboxView(self._journal.path) as outbox:
            while not self._finished(stop) and self._journal.state.generation == generation:
                try:
                    self._turn(way, outbox)
                except OutboxUnreadableError as error:
                    if error.damaged:
                        self._journal.doubt(generation)
                    raise

    def _turn(self, way: Way, outbox: OutboxView) -> None:
        self._send(way, outbox)
        for came in way.turn():
            self._take(came, outbox)
        waits_ns = self._clock.monotonic_ns() - min(self._unaccepted.values(), default=self._clock.monotonic_ns())
        if waits_ns > ACCEPT_S * NS_PER_S:
            raise LostError(f"the next hop took nothing for {ACCEPT_S:g} s")

    def _forget_sent(self) -> None:
        self._sent_ns.clear()
        self._unaccepted.clear()
        self._seen.clear()

    def _send(self, way: Way, outbox: OutboxView) -> None:
        for row in self._due(outbox, way.window - len(self._unaccepted)):
            if not self._whole(row):
                continue
            way.send(row.seq, row.signed)
            self._sent_ns[row.seq] = self._unaccepted[row.seq] = self._clock.monotonic_ns()

    def _whole(self, row: Row) -> bool:
        """Whether the disk gave back what was signed; SQLite alone would not notice a changed row."""
        if cose.is_by(row.signed, self._journal.identity.public):
            return True
        self._journal.spoiled(row.seq)
        return False

    def _due(self, outbox: OutboxView, room: int) -> list[Row]:
        """What goes next: alarms first, whatever waits for a receipt; then what was sent long ago; then the rest."""
        due = self._fresh(outbox, Priority.ALARM, room)
        due += self._overdue(outbox, room - len(due))
        for priority in (Priority.HEALTH, Priority.READING):
            free = min(room - len(due), OUTSTANDING - len(self._sent_ns) - len(due))
            due += self._fresh(outbox, priority, free)
        return due

    def _fresh(self, outbox: OutboxView, priority: Priority, room: int) -> list[Row]:
        if room <= 0:
            return []
        rows = outbox.after(priority, self._seen.get(priority, 0), room)
        if rows:
            self._seen[priority] = rows[-1].seq
        return rows

    def _overdue(self, outbox: OutboxView, room: int) -> list[Row]:
        rows = []
        for seq in self._late()[: max(0, room)]:
            del self._sent_ns[seq]
            row = outbox.one(seq)
            if row is not None:
                rows.append(row)
        return rows

    def _late(self) -> list[int]:
        """What was sent long ago; while no receipt comes only the oldest, as a question, now and then."""
        now_ns = self._clock.monotonic_ns()
        before_ns = now_ns - int(RESEND_S * NS_PER_S)
        late = [seq for seq, sent_ns in self._sent_ns.items() if sent_ns < before_ns and seq not in self._unaccepted]
        if not late or self._answered_ns >= before_ns:
            return late
        if self._asked_ns >= before_ns:
            return []
        self._asked_ns = now_ns
        return late[:1]

    def _take(self, came: Came, outbox: OutboxView) -> None:
        match came:
            case Accepted(seq):
                self._unaccepted.pop(seq, None)
                if self._table.delivered_on == "acceptance":
                    self._delivered([(seq, seq)])
            case Declined(seq, why):
                self._unaccepted.pop(seq, None)
                self._say(f"the next hop declines: {why}")
            case Receipted(signed):
                self._receipted(signed, outbox)

    def _receipted(self, signed: bytes, outbox: OutboxView) -> None:
        try:
            receipt = verify_receipt(signed, self._registry, self._journal.identity.node)
        except Refused as refused:
            log.warning("uplink %s: a receipt is refused: %s", self.name, refused)
            return
        ends = [ChainEnd(receipt.through, receipt.head), *([receipt.highest] if receipt.highest else [])]
        whole, *_ = [self._is_ours(end, outbox) for end in ends]
        self._delivered(
            [(self._journal.state.begun + 1, receipt.through), *receipt.ranges] if whole else receipt.ranges
        )

    def _is_ours(self, end: ChainEnd, outbox: OutboxView) -> bool:
        """Whether a message that the gateway holds is certainly one of ours that waits.

        After an old copy of the disk was put back the gateway may hold numbers that we have not given yet, or others'
        messages under numbers that we gave. The journal is told then.
        """
        row = outbox.one(end.seq)
        if row is not None and digest(row.signed) == end.digest:
            return True
        state = self._journal.state  # asked after the row was looked for: what is not there and not above it was sent
        if end.seq > state.latest or (row is not None and end.seq > state.begun and self._whole(row)):
            self._journal.witnessed(end)
        return False

    def _delivered(self, ranges: Iterable[tuple[int, int]]) -> None:
        self._say(CONNECTED[self._table.delivered_on])
        self._answered_ns = self._clock.monotonic_ns()
        known = [(first, last) for first, last in ranges if last <= self._journal.state.latest]
        self._journal.delivered(known)
        for first, last in known:
            for seq in [seq for seq in self._sent_ns if first <= seq <= last]:
                del self._sent_ns[seq]
