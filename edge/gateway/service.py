"""The gateway on a broker: batches from MQTT to the store, receipts back, incidents to whoever acts on them.

The broker is told that a message was taken only after the store's commit, and keeps the session while we are away; the
nodes keep everything until the receipt in any case.
"""

import logging
import random
import time
from collections.abc import Callable, Sequence

from drivers._backoff import backoff_s
from drivers._stop import Stop
from edge.gateway.incidents import Incidents
from edge.gateway.ingest import Batch, Ingest
from edge.link import topics
from edge.link.mqtt import Acknowledged, LinkError, Session, Settings

log = logging.getLogger(__name__)

SESSION_EXPIRY_S = 24 * 3600  # how long the broker keeps what we have not taken
RECEIPT_QOS = 0  # a receipt that is lost is asked for again, by the message; so no broker's window limits a batch
UNDER_WAY = 20  # incidents that the broker has not acknowledged; brokers bear more
BACKOFF_BASE_S = 0.2
BACKOFF_CAP_S = 10.0


def serve(
    ingest: Ingest,
    settings: Settings,
    client_id: str,
    told: Callable[[Batch], None],
    stop: Stop,
    incidents: Incidents | None = None,
) -> None:
    """Takes messages until ``stop`` is set, reconnecting for ever; ``told`` gets each batch once it is stored."""
    failures = 0
    while not stop.is_set():
        try:
            with Session.open(
                settings, client_id, [topics.up(settings.prefix, "+")], stop, expiry_s=SESSION_EXPIRY_S
            ) as session:
                log.info("connected to %s:%d", settings.host, settings.port)
                failures = 0
                desk = _Desk(session, incidents, topics.incidents(settings.prefix)) if incidents else None
                while not stop.is_set():
                    batch = _turn(session, ingest, settings.prefix, desk)
                    if batch is not None:
                        told(batch)
        except LinkError as error:
            log.warning("%s", error)
        failures += 1
        stop.wait(backoff_s(failures, random.random(), base_s=BACKOFF_BASE_S, cap_s=BACKOFF_CAP_S))


def _turn(session: Session, ingest: Ingest, prefix: str, desk: "_Desk | None") -> Batch | None:
    """What came, once it is stored and receipted; None if nothing came."""
    session.turn()
    acknowledged, arrived = session.acknowledged(), session.arrived()
    batch = None
    if arrived:
        batch = ingest.take(one.payload for one in arrived)
        for one in arrived:
            session.take(one)
        for node, receipt in batch.receipts.items():
            session.publish(topics.receipt(prefix, node), receipt, RECEIPT_QOS)
    if desk:
        desk.turn(batch, acknowledged)
    return batch


class _Desk:
    """Incidents on one session: what the broker has not acknowledged when it breaks is published again on the next."""

    def __init__(self, session: Session, incidents: Incidents, topic: str) -> None:
        self._session = session
        self._incidents = incidents
        self._topic = topic
        self._under_way: dict[int, int] = {}  # by the number of the publication, that of the incident

    def turn(self, batch: Batch | None, acknowledged: Sequence[Acknowledged]) -> None:
        """What came in this turn, and what the broker has taken."""
        if batch is not None:
            self._incidents.take(batch, time.monotonic_ns())
        self._incidents.look(time.monotonic_ns())
        for one in acknowledged:
            number = self._under_way.pop(one.mid, None)
            if number is not None:  # also if nobody subscribes: the store has it
                self._incidents.was_told(number)
        for number, signed in self._incidents.untold(UNDER_WAY):
            if number not in self._under_way.values():
                self._under_way[self._session.publish(self._topic, signed)] = number
