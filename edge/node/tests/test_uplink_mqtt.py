"""Delivery over MQTT to a real broker: its PUBACK deletes nothing, its absence loses nothing."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers._stop import Stop
from drivers.tests.wire import until
from edge.link.mqtt import Session, Settings, Tls
from edge.link.tests.brokers import broker, free_port
from edge.message.body import GENESIS, Receipt
from edge.node.config import UplinkTable
from edge.node.journal import Journal
from edge.node.tests.hand_clock import HandClock
from edge.node.tests.journals import bang, journal_at, rows_of, writing
from edge.node.uplink import _delivery, mqtt
from edge.node.uplink._delivery import Delivery
from edge.node.uplink._transport import LostError
from edge.trust import keys
from edge.trust.verifier import sign_receipt

GATEWAY = keys.make("gateway")


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_delivery, "BACKOFF_CAP_S", 0.05)


@contextmanager
def delivering(journal: Journal, port: int, clock: HandClock) -> Iterator[Delivery]:
    table = UplinkTable("mqtt", Path("gateway.cbor"), settings=Settings("127.0.0.1", port))
    delivery = Delivery("city", table, mqtt, keys.Registry([GATEWAY.public]), journal, clock)  # type: ignore[arg-type]  # a module is the transport
    with Stop.open() as stop:
        thread = threading.Thread(target=delivery.run, args=(stop,))
        thread.start()
        try:
            yield delivery
        finally:
            stop.set()
            clock.pass_until_ended(thread)


@contextmanager
def city(port: int) -> Iterator[Session]:
    with (
        Stop.open() as stop,
        Session.open(Settings("127.0.0.1", port), "city", ["lamppost/lamp-1/up"], stop) as session,
    ):
        yield session


def received(session: Session, count: int, clock: HandClock) -> list[bytes]:
    """So many messages; meanwhile time passes, so that what nobody heard is sent again."""
    found: list[bytes] = []

    def enough() -> bool:
        session.turn(0.01)
        clock.pass_s(0.1)
        for arrived in session.arrived():
            session.take(arrived)
            found.append(arrived.payload)
        return len(found) >= count

    until(enough)
    return found


def test_messages_reach_the_broker_and_stay_until_the_receipt(tmp_path: Path) -> None:
    port, clock = free_port(), HandClock()
    journal = journal_at(tmp_path, clock=clock)
    with broker(tmp_path, port), city(port) as session, writing(journal):
        for _ in range(5):
            journal.put(bang())
        until(lambda: journal.state.waiting == 6)
        with delivering(journal, port, clock) as delivery:
            assert set(received(session, 6, clock)) == set(rows_of(tmp_path))
            until(lambda: not delivery._unaccepted)  # every PUBACK came
            assert journal.state.waiting == 6
            receipt = Receipt("lamp-1", 0, GENESIS, ((0, journal.state.latest),), 1)
            session.publish("lamppost/lamp-1/receipt", sign_receipt(receipt, GATEWAY))
            session.turn()
            until(lambda: journal.state.waiting == 0)


def test_a_broker_that_goes_and_comes_again_gets_what_has_no_receipt(tmp_path: Path) -> None:
    port, clock = free_port(), HandClock()
    journal = journal_at(tmp_path, clock=clock)
    with writing(journal), delivering(journal, port, clock) as delivery:
        until(lambda: "cannot reach" in delivery.state)
        for _ in range(2):
            with broker(tmp_path, port), city(port) as session:
                until(lambda: delivery.state == "connected")
                assert set(rows_of(tmp_path)) <= set(received(session, 1, clock))
            until(lambda: delivery.state != "connected")


def test_no_more_is_under_way_than_the_broker_allows(tmp_path: Path) -> None:
    port = free_port()
    with broker(tmp_path, port), Stop.open() as stop, mqtt.open(Settings("127.0.0.1", port), "lamp-1", stop) as way:
        assert 1 <= way.window <= mqtt.WINDOW


def test_a_way_that_is_gone_is_told_by_sending_and_by_turning(tmp_path: Path) -> None:
    port = free_port()
    settings = Settings("127.0.0.1", port)
    with broker(tmp_path, port) as running, Stop.open() as stop, mqtt.open(settings, "lamp-1", stop) as way:
        running.stop()
        with pytest.raises(LostError):
            _turn_for_ever(way)
        with pytest.raises(LostError):
            way.send(1, b"x")


def _turn_for_ever(way: mqtt._MqttWay) -> None:
    while True:
        way.turn()


def test_a_mistake_in_the_settings_is_told_as_a_way_that_is_not_there(tmp_path: Path) -> None:
    settings = Settings("127.0.0.1", 8883, Tls(tmp_path / "missing.pem"))
    with (
        Stop.open() as stop,
        pytest.raises(LostError, match=r"missing\.pem.*; expected"),
        mqtt.open(settings, "l", stop),
    ):
        pass
