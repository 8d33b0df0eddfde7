"""``lamppost demo``: a whole bench on this machine, without configuration and without root."""

import argparse
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from edge.cli._output import Commands, Output, command
from edge.errors import UserError

if TYPE_CHECKING:
    from drivers._stop import Stop
    from edge.cli._bench import Bench
    from edge.cli._view import View
    from edge.gateway.ingest import Batch, Stored
    from simulators._types import Sensor
    from simulators.street.scene import Street

SECONDS = 30.0
LAST_S = 3.0  # for what the node delivered last to be told here
GATEWAY_STOP_S = 5.0


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = command(commands, "demo", _run, "a whole bench on this machine: simulated sensors, node, broker, gateway")
    parser.add_argument("--seconds", type=float, default=SECONDS, metavar="S", help=f"end after so long ({SECONDS:g})")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep messages.cborseq, keys.cbor and all else in DIR")


def _run(arguments: argparse.Namespace) -> int:
    if arguments.keep is not None:
        return _demo(arguments, _empty(arguments.keep))
    with tempfile.TemporaryDirectory(prefix="lamppost-") as folder:
        return _demo(arguments, Path(folder))


def _empty(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UserError(f"{folder} is not empty", "name a new folder: a demo overwrites nothing")
    except OSError as error:
        raise UserError(f"cannot use {folder}: {error.strerror}", "name a folder that you may write to") from error
    return folder


def _street() -> "Street":
    from simulators.street.scene import Street

    return Street(rate_hz=48_000, channels=4, seed=7)


def _sensors(street: "Street") -> "dict[str, Sensor]":
    from simulators._gps import gps_s
    from simulators.sensors import gnss, pcm, sds011

    return {
        "pcm": pcm.Sensor(signal=street, channels=4, gnss_start_s=gps_s(time.time())),
        "sds011": sds011.Sensor(seed=1),
        "gnss": gnss.Sensor(start_utc_s=int(time.time())),
    }


def _demo(arguments: argparse.Namespace, folder: Path) -> int:
    from edge.cli import _bench
    from edge.cli._signals import stop_on_signals

    port, output = _bench.free_port(), Output(arguments.json)
    with ExitStack() as stack:
        stop = stack.enter_context(stop_on_signals())
        street = _street()
        ptys = stack.enter_context(_bench.ports(_sensors(street)))
        bench = _bench.prepare(folder, {name: pty.path for name, pty in ptys.items()}, port)
        stack.enter_context(_bench.broker(folder, port))
        batches = stack.enter_context(_gateway(bench))
        account = Account(folder / "messages.cborseq")
        end_s = time.monotonic() + arguments.seconds
        with _shown(output) as view, _bench.node(bench):
            _watch(account, batches, view, stop, end_s)
        while _take(account, batches, view, LAST_S):
            pass
    output.say(_truth(street, arguments.seconds))
    output.say(_kept(bench))
    return _summary(account, bench, output)


def _kept(bench: "Bench") -> str:
    from edge.node.clip_ring import clips_in

    return f"kept on the node: {len(clips_in(bench.clips))} clips, sealed to the city's key"


def _truth(street: "Street", seconds: float) -> str:
    """What there was to hear."""
    happened = Counter(event.kind for event in street.happened(0, int(seconds * street.rate_hz)))
    return f"in the simulated street: {', '.join(f'{count} {kind}' for kind, count in happened.items()) or 'nothing'}"


@contextmanager
def _gateway(bench: "Bench") -> "Iterator[SimpleQueue[Batch]]":
    """The gateway in a thread of its own, which tells what it stored."""
    from drivers._stop import Stop
    from edge.gateway.ingest import Ingest
    from edge.gateway.service import serve
    from edge.gateway.store import Store
    from edge.link.mqtt import Settings
    from edge.trust.keys import Registry

    batches: SimpleQueue[Batch] = SimpleQueue()

    def run() -> None:
        with Store.open(bench.folder / "city.sqlite") as store:
            ingest = Ingest(store, Registry.load(bench.keys), bench.gateway_key)
            serve(ingest, Settings("127.0.0.1", bench.port), "gateway", batches.put, stop)

    with Stop.open() as stop:
        thread = threading.Thread(target=run, name="gateway", daemon=True)
        thread.start()
        yield batches
        stop.set()
        thread.join(GATEWAY_STOP_S)


@contextmanager
def _shown(output: Output) -> "Iterator[View]":
    """A live picture on a terminal; elsewhere a line for each message."""
    from edge.cli import _view

    if sys.stdout.isatty() and not output.as_json:
        with _view.picture() as view:
            yield view
    else:
        yield _view.Lines(output)


def _watch(account: "Account", batches: "SimpleQueue[Batch]", view: "View", stop: "Stop", end_s: float) -> None:
    while not stop.is_set() and (left_s := end_s - time.monotonic()) > 0:
        _take(account, batches, view, min(left_s, 0.25))
        view.refresh(left_s)


def _take(account: "Account", batches: "SimpleQueue[Batch]", view: "View", wait_s: float) -> bool:
    try:
        batch = batches.get(timeout=wait_s)
    except Empty:
        return False
    for stored in account.take(batch):
        view.show(stored)
    return True


class Account:
    """What the gateway has told so far; every message received goes to a file, in the order of its coming."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._first_seq = 0
        self.verified = 0
        self.rejected = 0
        self.events: Counter[str] = Counter()

    def take(self, batch: "Batch") -> "list[Stored]":
        """Counts a batch; gives what is new and believed."""
        from edge.gateway.ingest import Rejected, Stored
        from edge.trust.cose import Refusal

        stored = [outcome for outcome in batch.outcomes if isinstance(outcome, Stored)]
        rejected = [o for o in batch.outcomes if isinstance(o, Rejected) and o.refusal is not Refusal.REPLAY]
        with self._file.open("ab") as file:
            file.writelines(outcome.signed for outcome in stored)
        for outcome in stored:
            self._count(outcome)
        self.verified += len(stored)
        self.rejected += len(rejected)
        return stored

    def _count(self, outcome: "Stored") -> None:
        from edge.message.body import GENESIS, Event

        if outcome.message.prev == GENESIS:
            self._first_seq = outcome.message.seq
        if isinstance(outcome.message.body, Event):
            self.events[outcome.message.body.kind] += 1

    def sent(self, outbox: Path) -> int:
        """How many messages the node has made, by its own count."""
        from edge.node.outbox import head_of

        head, waiting = head_of(outbox)
        return head.seq - self._first_seq + 1 if self._first_seq else waiting


def _summary(account: Account, bench: "Bench", output: Output) -> int:
    sent = account.sent(bench.outbox) if bench.outbox.exists() else 0
    lost, events = sent - account.verified, dict(account.events)
    summary = {
        "sent": sent,
        "verified": account.verified,
        "rejected": account.rejected,
        "events": events,
        "lost": lost,
    }
    told = ", ".join(f"{count} {kind}" for kind, count in events.items()) or "none"
    words = f"{sent} sent, {account.verified} verified, {account.rejected} rejected, {lost} lost; events: {told}"
    output.line({"summary": summary}, words)
    return 0 if sent and not lost and not account.rejected else 1
