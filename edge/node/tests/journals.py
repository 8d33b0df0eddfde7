"""A journal on a test's disk, with real keys, in a real thread."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from drivers._stop import Stop
from drivers.tests.wire import PATIENCE_S
from edge.message.body import Event, Measurements, Record
from edge.node.clock import Clock
from edge.node.journal import Journal
from edge.node.links import Identity
from edge.node.supervisor import Job, Supervisor
from edge.node.tests.hand_clock import HandClock
from edge.trust import keys
from edge.trust.verifier import Verified, verify_message

NODE = keys.make("lamp-1")
REGISTRY = keys.Registry([NODE.public])
MB = 1 << 20


def journal_at(folder: Path, *, max_bytes: int = MB, clock: Clock | None = None, run: int = 1) -> Journal:
    identity = Identity("lamp-1", bytes([run] * 8), NODE, NODE.public)
    return Journal(folder / "outbox.sqlite", identity, clock or HandClock(), max_bytes=max_bytes, version="1.0")


def readings(number: int = 0, count: int = 1) -> Measurements:
    return Measurements("air", tuple(Record("pm10", "ug/m3", float(number), 1e9 + n) for n in range(count)))


def bang(score: float = 12.5) -> Event:
    return Event("gunshot", "mic", 1, 10, 20, 0, 48_000.0, (0,), score, 9.0, {"rise_db": 12.5}, ("loud",), bytes(32))


@contextmanager
def writing(journal: Journal) -> Iterator[None]:
    """The journal's thread, stopped and joined at the end: all that was put is on the disk then."""
    with Stop.open() as stop:
        thread = threading.Thread(target=journal.run, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            journal.delivered(())  # wakes it
            thread.join(PATIENCE_S)
            assert not thread.is_alive()


@contextmanager
def kept_writing(journal: Journal) -> Iterator[Supervisor]:
    """The same under a supervisor, which starts it again when it breaks."""
    supervisor = Supervisor([Job("journal", journal.run)], restart_min_s=0.01)
    supervisor.start()
    try:
        yield supervisor
    finally:
        assert supervisor.stop(PATIENCE_S) == []


def rows_of(folder: Path) -> list[bytes]:
    """The signed bytes that wait, in order of their numbers."""
    with closing(sqlite3.connect(folder / "outbox.sqlite")) as connection:
        return [signed for (signed,) in connection.execute("SELECT signed FROM outbox ORDER BY seq")]


def waiting_in(folder: Path) -> list[Verified]:
    """The messages that wait, verified."""
    return [verify_message(signed, REGISTRY) for signed in rows_of(folder)]
