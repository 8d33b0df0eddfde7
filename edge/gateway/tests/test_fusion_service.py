"""Incidents on a real broker: published signed, once a revision, also after the broker or the gateway was away."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers._stop import Stop
from drivers.tests.wire import until
from edge.gateway.incidents import Incidents
from edge.gateway.ingest import Ingest
from edge.gateway.service import serve
from edge.gateway.store import Store
from edge.gateway.tests.background import beside
from edge.gateway.tests.nodes import GATEWAY, GATEWAYS
from edge.gateway.tests.street import FIVE, REGISTRY, SITE, Street
from edge.link import topics
from edge.link.mqtt import Session, Settings
from edge.link.tests.brokers import broker, free_port
from edge.message.incident import Incident
from edge.trust.chain import digest
from edge.trust.incident import verify_incident

PLACE = (130.0, 80.0)


@contextmanager
def serving(folder: Path, port: int) -> Iterator[list[Incident]]:
    """The gateway in a thread; what it tells on its own terminal."""
    told: list[Incident] = []
    settings = Settings("127.0.0.1", port)

    def run(stop: Stop) -> None:
        with Store.open(folder / "city.sqlite") as store:
            incidents = Incidents(SITE, store, GATEWAY, "gateway", told.append)
            incidents.recall(REGISTRY, GATEWAYS, time.monotonic_ns())
            serve(Ingest(store, REGISTRY, GATEWAY), settings, "gateway", lambda _: None, stop, incidents)

    with beside(run):
        yield told


@contextmanager
def desk(port: int) -> Iterator[Session]:
    """Whoever acts on incidents, who speaks for the nodes too."""
    heard = [topics.incidents("lamppost"), *(topics.receipt("lamppost", name) for name in FIVE)]
    with (
        Stop.open() as stop,
        Session.open(Settings("127.0.0.1", port), "desk", heard, stop) as session,
    ):
        yield session


def incidents(session: Session, published: dict[str, bytes], enough: int) -> list[Incident]:
    """The verified incidents that come once these messages are published, until one has so many arrivals."""
    found: list[Incident] = []

    def came() -> bool:
        for node, signed in published.items():  # again, until the gateway has subscribed: it takes each once
            session.publish(topics.up("lamppost", node), signed)
        session.turn(0.05)
        for arrived in session.arrived():
            session.take(arrived)
            if arrived.topic == topics.incidents("lamppost"):
                found.append(verify_incident(arrived.payload, GATEWAYS).incident)
        return any(len(one.support) >= enough for one in found)

    until(came)
    return found


def test_a_shot_that_five_nodes_hear_is_published_as_one_incident_within_three_seconds(tmp_path: Path) -> None:
    port = free_port()
    signed = Street().shot(PLACE, time.time_ns())
    with broker(tmp_path, port), serving(tmp_path, port) as told, desk(port) as session:
        found = incidents(session, signed, 5)
        heard_ns = max(one.time_ns for one in found[-1].support)
    assert {one.id for one in found} == {told[0].id}
    assert [one.revision for one in found] == list(range(len(found)))
    assert {message for one in found[-1].support for message in one.messages} == {
        digest(one) for one in signed.values()
    }
    assert found[0].made_ns - heard_ns < 3e9


def test_what_nobody_could_be_told_is_told_when_the_broker_is_there(tmp_path: Path) -> None:
    port = free_port()
    with Store.open(tmp_path / "city.sqlite") as store:
        gone = Incidents(SITE, store, GATEWAY, "gateway", lambda _: None)
        gone.take(Ingest(store, REGISTRY, GATEWAY).take(Street().shot(PLACE).values()), time.monotonic_ns())
        gone.look(time.monotonic_ns())
        assert len(store.untold_incidents(9)) == 1
    with broker(tmp_path, port), desk(port) as session, serving(tmp_path, port):
        assert [one.revision for one in incidents(session, {}, 5)] == [0]
        with Store.open(tmp_path / "city.sqlite") as store:
            until(lambda: store.untold_incidents(9) == [])
