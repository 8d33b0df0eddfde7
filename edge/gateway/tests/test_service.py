"""The service on a real broker: batches in, receipts back, whatever the broker does."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

import pytest

from drivers._stop import Stop
from drivers.tests.wire import until
from edge.gateway import service
from edge.gateway.ingest import Batch, Ingest, Stored
from edge.gateway.service import serve
from edge.gateway.store import Store
from edge.gateway.tests.background import beside
from edge.gateway.tests.nodes import GATEWAY, GATEWAYS, REGISTRY, Pen
from edge.link import topics
from edge.link.mqtt import Session, Settings
from edge.link.tests.brokers import broker, free_port
from edge.message.body import Receipt
from edge.trust.verifier import verify_receipt


@contextmanager
def serving(folder: Path, port: int) -> Iterator["SimpleQueue[Batch]"]:
    batches: SimpleQueue[Batch] = SimpleQueue()

    def run(stop: Stop) -> None:
        with Store.open(folder / "city.sqlite") as store:
            serve(Ingest(store, REGISTRY, GATEWAY), Settings("127.0.0.1", port), "gateway", batches.put, stop)

    with beside(run):
        yield batches


@contextmanager
def node(port: int) -> Iterator[Session]:
    """A publisher in a node's place, subscribed to its receipts."""
    with (
        Stop.open() as stop,
        Session.open(Settings("127.0.0.1", port), "lamp-1", [topics.receipt("lamppost", "lamp-1")], stop) as session,
    ):
        yield session


def receipted(session: Session, through: int) -> Receipt:
    """The first receipt that reaches so far."""
    found: list[Receipt] = []

    def came() -> bool:
        session.turn(0.01)
        for arrived in session.arrived():
            session.take(arrived)
            found.append(verify_receipt(arrived.payload, GATEWAYS, "lamp-1"))
        return any(receipt.through >= through for receipt in found)

    until(came)
    return found[-1]


def published(session: Session, *messages: bytes) -> None:
    for message in messages:
        session.publish(topics.up("lamppost", "lamp-1"), message)
    session.turn(0.01)


def test_what_is_published_is_stored_told_and_receipted(tmp_path: Path) -> None:
    port = free_port()
    chain = Pen().chain(5)
    with broker(tmp_path, port), serving(tmp_path, port) as batches, node(port) as session:
        outcomes = _first_outcomes(session, batches, chain)
        assert receipted(session, 105).through == 105
    assert isinstance(outcomes[0], Stored)
    with Store.open(tmp_path / "city.sqlite") as store:
        assert list(store.messages()) == chain


def _first_outcomes(session: Session, batches: "SimpleQueue[Batch]", chain: list[bytes]) -> list[object]:
    """Publishes until the gateway has subscribed and told something."""

    def told() -> bool:
        published(session, *chain)
        return not batches.empty()

    until(told)
    return list(batches.get().outcomes)


def test_noise_on_the_topic_is_refused_and_stops_nothing(tmp_path: Path) -> None:
    port = free_port()
    pen = Pen()
    with broker(tmp_path, port), serving(tmp_path, port) as batches, node(port) as session:
        _first_outcomes(session, batches, [pen.write()])
        published(session, b"noise", b"", pen.write())
        assert receipted(session, 102).through == 102


def test_a_gateway_that_was_away_takes_what_the_broker_kept(tmp_path: Path) -> None:
    port = free_port()
    pen = Pen()
    with broker(tmp_path, port), node(port) as session:
        with serving(tmp_path, port) as batches:
            _first_outcomes(session, batches, [pen.write()])
            receipted(session, 101)
        published(session, *pen.chain(3))
        with serving(tmp_path, port):
            assert receipted(session, 104).through == 104


def test_a_broker_that_comes_late_or_goes_and_comes_again_is_connected_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(service, "BACKOFF_CAP_S", 0.05)
    port = free_port()
    with caplog.at_level(logging.INFO), serving(tmp_path, port) as batches:
        until(lambda: "cannot reach" in caplog.text)
        for first in (100, 200):
            with broker(tmp_path, port), node(port) as session:
                while not batches.empty():
                    batches.get()  # what the broker before gave twice
                _first_outcomes(session, batches, [Pen(seq=first).write()])
                receipted(session, first + 1)
            losses = first // 100
            until(lambda losses=losses: caplog.text.count("lost 127.0.0.1") == losses)  # type: ignore[misc]
