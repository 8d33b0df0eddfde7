"""The node: its threads, put together and taken apart in order.

start   journal and ledger, uplinks, evidence, shadows, sensors, heartbeat
stop    sensors (they tell what they gathered), shadows, evidence (it keeps what they cut out), last heartbeat, uplinks
        (they deliver what is left), journal and ledger
"""

import fcntl
import importlib.metadata
import logging
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from drivers._outgoing import Outgoing
from drivers._reader import PortReader
from drivers._ring import Ring
from drivers._stop import Stop
from edge import plugins
from edge.errors import UserError
from edge.message.body import BOOT_BYTES, Body, Calibrated, Event, SensorState
from edge.node.calibrations import CALIBRATIONS_FILE, Calibration, in_force, load
from edge.node.clip_ring import EVIDENCE_FOLDER, ClipRing
from edge.node.clock import NS_PER_S, Clock, SystemClock
from edge.node.config import TRANSPORTS, Config, UplinkTable
from edge.node.entries import Role
from edge.node.heartbeat import Heartbeat
from edge.node.journal import Journal
from edge.node.keeper import Custody, Keeper
from edge.node.known_time import KnownTime
from edge.node.ledger import LEDGER_FILE
from edge.node.links import Identity
from edge.node.listening import model_of
from edge.node.model import Model
from edge.node.sampletime import Utc
from edge.node.scribe import Scribe
from edge.node.shadow import Fed, Shadow, sources
from edge.node.supervisor import Job, Supervisor
from edge.node.timewatch import TimeWatch
from edge.node.uplink._delivery import DRAIN_S, Delivery
from edge.node.uplink._transport import DatedTransport, Way
from edge.node.worker import SensorWorker
from edge.trust.keys import Registry, load_private
from edge.trust.recipient import load as load_recipient

log = logging.getLogger(__name__)

OUTBOX_FILE = "outbox.sqlite"
LOCK_FILE = "lock"
SENSING_STOP_S = 3.0  # a worker tells what it gathered, a reader leaves its poll
SHADOW_STOP_S = 1.0  # it hears what waits
KEEPING_STOP_S = 3.0  # the last clips, on a card that stalls
SETTLE_S = 5.0  # the last commits, on a card that stalls
MB = 1 << 20
DAY_S = 86_400


class Node:
    """All that runs on one pole."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self.journal = _journal(config, clock)
        self._calibrations = self._calibrated()
        self._scribe = Scribe(config.node.state / LEDGER_FILE, clock)
        self._shadows = {name: self._shadow(name) for name, table in config.sensors.items() if table.shadow}
        self._keeper = self._clip_keeper()
        self._workers: list[SensorWorker] = []
        floor = KnownTime(config.node.state)
        self._time = TimeWatch(self.journal.put, clock, floor)
        self._utc = Utc(lambda: floor.floor_s, self._time.known)
        sensing = [job for name in config.sensors for job in self._sensor(name)]
        self._deliveries = [self._delivery(name, table) for name, table in config.uplinks.items()]
        self.heartbeat = Heartbeat(
            self.journal.put, self.sensor_states, self.uplink_states, clock, config.node.heartbeat_s
        )
        self._writing = Supervisor([Job("journal", self.journal.run), Job("ledger", self._scribe.run)])
        self._shadowing = Supervisor(Job(f"shadow of {name}", shadow.run) for name, shadow in self._shadows.items())
        self._reaching = Supervisor(Job(f"uplink {d.name}", d.run) for d in self._deliveries)
        self._keeping = Supervisor([Job("evidence", self._keeper.run)] if self._keeper else [])
        self._sensing = Supervisor([*sensing, Job("clock", self._time.run), Job("heartbeat", self.heartbeat.run)])
        self.journal.prepare()

    def _calibrated(self) -> dict[str, Calibration]:
        """The calibrations in force, each told in the chain. A file that is broken stops no sensor."""
        path, registry = self._config.node.state / CALIBRATIONS_FILE, Registry([self.journal.identity.public])
        try:
            known = load(path, registry)
        except UserError as mistake:
            log.warning("%s; %s", mistake.message, mistake.hint)
            return {}
        found = in_force(known, self._config.sensors)
        for name in found:
            self.journal.put(Calibrated(known.latest[name].signed))
        return found

    def _clip_keeper(self) -> Keeper | None:
        """Who keeps clips. Where nobody shall, those of before are removed."""
        table, node = self._config.evidence, self._config.node
        if table is None:
            _forget(ClipRing(node.state / EVIDENCE_FOLDER, 0, 0))
            return None
        ring = ClipRing(node.state / EVIDENCE_FOLDER, table.max_mb * MB, round(table.max_days * DAY_S * NS_PER_S))
        custody = Custody(node.name, load_recipient(table.recipient), table.kinds)
        return Keeper(custody, ring, self.journal.put, self._clock)

    def _sensor(self, name: str) -> list[Job]:
        table, ring, outgoing = self._config.sensors[name], Ring(), Outgoing()
        model = Model.of(table)
        reader = PortReader(table.port, model.line, ring, model.greeting, outgoing=outgoing)
        calibration = self._calibrations.get(name)
        worker = SensorWorker(
            *(name, table, model, ring, self._put, self._clock),
            say=outgoing.put, calibration=calibration, beside=self._beside(name),
            clips=self._keeper.clips() if self._keeper else None, utc=self._utc,
        )  # fmt: skip
        self._workers.append(worker)
        return [Job(f"port of {name}", reader.run), Job(f"sensor {name}", worker.run)]

    def _put(self, body: Body) -> None:
        self.journal.put(body)
        if isinstance(body, Event):
            self._scribe.heard(body, Role.ACTIVE)

    def _shadow(self, name: str) -> Shadow:
        table = self._config.sensors[name]
        return Shadow(name, table.shadows(), self._calibrations.get(name), self._scribe, self._clock)

    def _beside(self, name: str) -> Callable[[Fed], None]:
        """What else is done with a sensor's sound: the ledger counts who listened, and a shadow hears it too."""
        models = {kind: model_of(kind, options) for kind, options in self._config.sensors[name].options().items()}
        active, shadow = sources(name, Role.ACTIVE, models), self._shadows.get(name)

        def hear(fed: Fed) -> None:
            if fed.hears:
                self._scribe.listened(active, fed.seconds)
            if shadow:
                shadow.take(fed)

        return hear

    def _delivery(self, name: str, table: UplinkTable) -> Delivery:
        transport = _Dated(cast(DatedTransport, plugins.load(TRANSPORTS, table.transport)), self._utc)
        registry = Registry.load(table.gateway_keys) if table.gateway_keys else Registry([])
        return Delivery(name, table, transport, registry, self.journal, self._clock)

    def sensor_states(self) -> dict[str, SensorState]:
        """Hearing, quiet or deaf, for every sensor."""
        return {worker.name: worker.state for worker in self._workers}

    def uplink_states(self) -> dict[str, str]:
        """How each uplink fares, in words."""
        return {delivery.name: delivery.state for delivery in self._deliveries}

    def run(self, stop: Stop) -> None:
        """Runs until ``stop`` is set, and stops in order, nothing gathered lost."""
        for part in (self._writing, self._reaching, self._keeping, self._shadowing, self._sensing):
            part.start()
        while not stop.wait(1.0):
            pass
        late = self._sensing.stop(SENSING_STOP_S)
        late += self._shadowing.stop(SHADOW_STOP_S)
        late += self._keeping.stop(KEEPING_STOP_S)
        self.heartbeat.beat(stopping=True)
        self._settle()
        late += self._reaching.stop(DRAIN_S + 1.0)
        late += self._writing.stop(SETTLE_S)
        for name in late:
            log.warning("%s did not stop in time", name)

    def _settle(self) -> None:
        with Stop.open() as never:
            for _ in range(int(SETTLE_S / 0.1)):
                if self.journal.settled() or never.wait(0.1):
                    return


@dataclass(frozen=True, slots=True)
class _Dated:
    """A transport that is told, each time it opens, the latest time that was known for sure."""

    transport: DatedTransport
    utc: Utc

    def open(self, settings: object, node: str, stop: Stop) -> AbstractContextManager[Way]:
        return self.transport.open(settings, node, stop, floor_s=self.utc.floor_s())


def _forget(ring: ClipRing) -> None:
    try:
        gone = ring.clear()
    except OSError as error:
        log.warning("clips of before cannot be removed: %s", error)
        return
    if gone:
        log.warning("%d clips of before are removed, for the configuration has no [evidence] now", len(gone))


def _journal(config: Config, clock: Clock) -> Journal:
    key = load_private(config.node.key, config.node.name)
    identity = Identity(config.node.name, secrets.token_bytes(BOOT_BYTES), key, key.public)
    version = importlib.metadata.version("lamppost")
    path = config.node.state / OUTBOX_FILE
    return Journal(path, identity, clock, max_bytes=config.outbox.max_mb * MB, version=version)


def run(config: Config, stop: Stop) -> None:
    """Runs the node of ``config`` on this machine until ``stop`` is set."""
    with claimed(config.node.state):
        Node(config, SystemClock()).run(stop)


def claimed(state: Path) -> IO[str]:
    """The folder of what must not be lost, locked for one node alone: two would give one number twice."""
    try:
        state.mkdir(parents=True, exist_ok=True)
        lock = (state / LOCK_FILE).open("w")
    except OSError as error:
        raise UserError(f"cannot use the folder {state}: {error.strerror}", "set node.state to a folder") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise UserError(f"{state} is in use by another node", "stop that one, or set another node.state") from error
    return lock
