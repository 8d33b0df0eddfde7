"""The gateway on a broker: batches from MQTT to the store, receipts back.

The broker is told that a message was taken only after the store's commit, and keeps the session while we are away; the
nodes keep everything until the receipt in any case.
"""

import logging
import random
from collections.abc import Callable

from drivers._backoff import backoff_s
from drivers._stop import Stop
from edge.gateway.ingest import Batch, Ingest
from edge.link import topics
from edge.link.mqtt import LinkError, Session, Settings

log = logging.getLogger(__name__)

SESSION_EXPIRY_S = 24 * 3600  # how long the broker keeps what we have not taken
RECEIPT_QOS = 0  # a receipt that is lost is asked for again, by the message; so no broker's window limits a batch
BACKOFF_BASE_S = 0.2
BACKOFF_CAP_S = 10.0


def serve(ingest: Ingest, settings: Settings, client_id: str, told: Callable[[Batch], None], stop: Stop) -> None:
    """Takes messages until ``stop`` is set, reconnecting for ever; ``told`` gets each batch once it is stored."""
    failures = 0
    while not stop.is_set():
        try:
            with Session.open(
                settings, client_id, [topics.up(settings.prefix, "+")], stop, expiry_s=SESSION_EXPIRY_S
            ) as session:
                log.info("connected to %s:%d", settings.host, settings.port)
                failures = 0
                _take(session, ingest, settings.prefix, told, stop)
        except LinkError as error:
            log.warning("%s", error)
        failures += 1
        stop.wait(backoff_s(failures, random.random(), base_s=BACKOFF_BASE_S, cap_s=BACKOFF_CAP_S))


def _take(session: Session, ingest: Ingest, prefix: str, told: Callable[[Batch], None], stop: Stop) -> None:
    while not stop.is_set():
        session.turn()
        session.acknowledged()
        arrived = session.arrived()
        if not arrived:
            continue
        batch = ingest.take(one.payload for one in arrived)
        for one in arrived:
            session.take(one)
        for node, receipt in batch.receipts.items():
            session.publish(topics.receipt(prefix, node), receipt, RECEIPT_QOS)
        told(batch)
