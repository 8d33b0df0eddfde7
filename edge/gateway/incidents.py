"""The gateway's incidents: located, signed, stored, then told; remembered when it starts again.

    batch ─▶ listeners, fusion ─▶ findings ─▶ sign ─▶ store ─▶ commit ─▶ told, published

What comes here is verified and stored already. An incident is on the disk before anybody hears of it, and is published
until the broker has taken it.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from edge.gateway import findings
from edge.gateway.arrivals import told_by
from edge.gateway.fusion import KEPT_NS, Fusion, Group, Look
from edge.gateway.ingest import Batch, Stored
from edge.gateway.listeners import Listeners
from edge.gateway.plane import Site
from edge.gateway.store import Store
from edge.message.body import Message
from edge.message.incident import Incident
from edge.trust.chain import digest
from edge.trust.cose import Refused
from edge.trust.incident import sign_incident, verify_incident
from edge.trust.keys import Registry, Signer
from edge.trust.verifier import verify_message

log = logging.getLogger(__name__)

MOST_RECALLED = 20_000  # messages that are read again at a start, the latest: verifying them takes some seconds
REST = 2  # times as long as a look took nothing is looked at: receipts keep two thirds of the time

Told = Callable[[Incident], None]


class Incidents:
    """What is going on now. Times ``now_ns`` are the gateway's monotonic ones; ``told`` gets what is on the disk."""

    def __init__(self, site: Site, store: Store, signer: Signer, name: str, told: Told) -> None:
        self._plane = site.plane
        self._store = store
        self._signer = signer
        self._name = name
        self._told = told
        self._listeners = Listeners()
        self._fusion = Fusion(site, self._listeners)
        self._strangers: set[str] = set()
        self._rest_until_ns = 0

    def recall(self, nodes: Registry, gateways: Registry, now_ns: int) -> None:
        """Reads the last hour from the store, every message verified anew, so that what is known goes on."""
        since_ns = time.time_ns() - KEPT_NS
        for received_ns, signed in self._store.since(since_ns, MOST_RECALLED):
            try:
                verified = verify_message(signed, nodes)
            except Refused:  # of a key that is not believed any more
                continue
            self._hear(verified.message, digest(signed), now_ns - (since_ns + KEPT_NS - received_ns))
        for signed in self._store.incidents(since_ns):
            try:
                self._attach(verify_incident(signed, gateways).incident)
            except Refused as refused:
                log.warning("an incident in the store is not ours: %s", refused)
        for group in self._fusion.groups:
            told = {message for one in group.known for arrival in one.support for message in arrival.messages}
            if {message for one in group.heard for message in one.messages} <= told:
                group.news_since_ns = None

    def _attach(self, incident: Incident) -> None:
        """To the group that it was found in."""
        told = {message for arrival in incident.support for message in arrival.messages}
        for group in self._fusion.groups:
            if any(told & set(one.messages) for one in group.heard):
                group.known = [*(one for one in group.known if one.id != incident.id), incident]
                return

    def take(self, batch: Batch, now_ns: int) -> None:
        """What was verified and stored just now; what was refused says nothing."""
        for outcome in batch.outcomes:
            if isinstance(outcome, Stored):
                self._hear(outcome.message, digest(outcome.signed), now_ns)

    def _hear(self, message: Message, hash_: bytes, now_ns: int) -> None:
        self._listeners.heard(message)
        one = told_by(message, hash_)
        if one is None:
            return
        if self._fusion.knows(one.node):
            self._fusion.add(one, now_ns)
            self._fusion.forget(now_ns)
        elif one.node not in self._strangers:
            self._strangers.add(one.node)
            log.warning("%s is not among the nodes whose place is known: what it hears places nothing", one.node)

    def look(self, now_ns: int) -> None:
        """Looks at the group with the latest news, if any is due: one at a time, receipts wait for no more."""
        due = self._fusion.due(now_ns) if now_ns >= self._rest_until_ns else []
        if not due:
            return
        begun_ns = time.monotonic_ns()
        group, settled = max(due, key=lambda one: one[0].came_ns)
        look = self._fusion.look(group, now_ns, settled)
        found = findings.news(look, group.known, self._plane)
        made_ns = time.time_ns()
        told = [replace(one, gateway=self._name, made_ns=made_ns) for one in found]
        with self._store.transaction():
            for one in told:
                self._store.add_incident(one.id, one.revision, made_ns, sign_incident(one, self._signer))
        for one in told:
            group.known = [*(other for other in group.known if other.id != one.id), one]
            self._told(one)
        self._rest_until_ns = now_ns + REST * (time.monotonic_ns() - begun_ns)
        if settled and not group.known:
            _say_why_not(group, look)

    def untold(self, most: int) -> list[tuple[int, bytes]]:
        """Signed incidents that the broker has not taken, and the numbers by which ``was_told`` knows them."""
        return self._store.untold_incidents(most)

    def was_told(self, number: int) -> None:
        """The broker has taken it."""
        with self._store.transaction():
            self._store.told_incident(number)


def _say_why_not(group: Group, look: Look) -> None:
    why = look.answer.refused or "what they heard does not fit one place"
    log.info("heard by %s, not located: %s", ", ".join(sorted(group.nodes)), why)
