"""An uplink in memory: a journal, a next hop that a test commands, and the delivery between them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue

from drivers._stop import Stop
from drivers.tests.wire import until
from edge.message.body import GENESIS, ChainEnd, Receipt
from edge.node.config import UplinkTable
from edge.node.journal import Journal
from edge.node.tests.hand_clock import HandClock
from edge.node.tests.journals import (
    bang,
    journal_at,
    writing,
)
from edge.node.uplink._delivery import Delivery
from edge.node.uplink._transport import Accepted, Came, LostError, Receipted
from edge.trust import keys
from edge.trust.verifier import sign_receipt

GATEWAY = keys.make("gateway")


@dataclass
class Hop:
    """A transport in memory: it takes what it is sent, or is down; a test says what comes back."""

    window: int = 2000
    down: bool = False
    accepts: bool = True
    opens: int = 0
    sent: list[tuple[int, bytes]] = field(default_factory=list)
    back: "SimpleQueue[Came]" = field(default_factory=SimpleQueue)

    @contextmanager
    def open(self, settings: object, node: str, stop: Stop) -> Iterator["Hop"]:  # noqa: ARG002  a Transport's open
        if self.down:
            raise LostError("nobody there")
        self.opens += 1
        yield self

    def send(self, seq: int, signed: bytes) -> None:
        if self.down:
            raise LostError("gone")
        self.sent.append((seq, signed))
        if self.accepts:
            self.back.put(Accepted(seq))

    def turn(self) -> list[Came]:
        if self.down:
            raise LostError("gone")
        try:
            return [self.back.get(timeout=0.005)]
        except Empty:
            return []

    def seqs(self) -> list[int]:
        return [seq for seq, _ in self.sent]

    def receipt(
        self, *ranges: tuple[int, int], through: int = 0, head: bytes = GENESIS, highest: ChainEnd | None = None
    ) -> None:
        receipt = Receipt("lamp-1", through, head, ranges, 1, highest)
        self.back.put(Receipted(sign_receipt(receipt, GATEWAY)))


@dataclass
class Uplink:
    """A journal, a hop, and the delivery between them."""

    folder: Path
    clock: HandClock = field(default_factory=HandClock)
    hop: Hop = field(default_factory=Hop)
    delivered_on: str = "receipt"
    run: int = 1

    def __post_init__(self) -> None:
        self.journal: Journal = journal_at(self.folder, clock=self.clock, max_bytes=1 << 24, run=self.run)
        table = UplinkTable("memory", Path("gateway.cbor"), self.delivered_on)
        self.delivery = Delivery("city", table, self.hop, keys.Registry([GATEWAY.public]), self.journal, self.clock)

    def put(self, count: int) -> list[int]:
        """So many alarms, on the disk; their numbers."""
        until(lambda: self.journal.state.latest > 0)
        last = self.journal.state.latest + count
        for _ in range(count):
            self.journal.put(bang())
        until(lambda: self.journal.state.latest == last)
        return list(range(last - count + 1, last + 1))


@contextmanager
def delivering(uplink: Uplink) -> Iterator[None]:
    with Stop.open() as stop:
        thread = threading.Thread(target=uplink.delivery.run, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            uplink.clock.pass_until_ended(thread)


@contextmanager
def running(uplink: Uplink) -> Iterator[Uplink]:
    with writing(uplink.journal):
        until(lambda: uplink.journal.state.waiting == 1)
        with delivering(uplink):
            yield uplink
