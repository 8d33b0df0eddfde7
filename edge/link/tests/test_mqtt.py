"""A session against a real broker: what works, and every way in which it does not."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers._stop import Stop
from drivers.tests.wire import until
from edge.errors import UserError
from edge.link import mqtt, topics
from edge.link.mqtt import LinkError, Session, Settings, Tls
from edge.link.tests.brokers import broker, free_port
from edge.link.tests.certificates import Authority

# paho leaves the socket of a failed handshake to the garbage collector, which closes it at once
UNCLOSED = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture
def stop() -> Iterator[Stop]:
    with Stop.open() as stop:
        yield stop


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    port = free_port()
    with broker(tmp_path, port):
        yield Settings("127.0.0.1", port)


def turned(session: Session, true: Callable[[], object]) -> None:
    def done() -> bool:
        session.turn(0.01)
        return bool(true())

    until(done)


def next_arrived(session: Session) -> mqtt.Arrived:
    arrived: list[mqtt.Arrived] = []

    def came() -> bool:
        arrived.extend(session.arrived())
        return bool(arrived)

    turned(session, came)
    return arrived[0]


def test_what_one_session_publishes_another_gets_with_its_bytes_unchanged(settings: Settings, stop: Stop) -> None:
    payload = bytes(range(256)) * 100
    with (
        Session.open(settings, "gateway", [topics.up("lamppost", "+")], stop) as gateway,
        Session.open(settings, "lamp-1", [], stop) as node,
    ):
        mid = node.publish(topics.up("lamppost", "lamp-1"), payload)
        arrived = next_arrived(gateway)
        assert (arrived.topic, arrived.payload) == ("lamppost/lamp-1/up", payload)
        gateway.take(arrived)
        gateway.turn()
        node.turn()
        assert node.acknowledged() == [mqtt.Acknowledged(mid, "")]


def test_a_message_without_promise_is_taken_without_answer(settings: Settings, stop: Stop) -> None:
    topic = topics.up("lamppost", "lamp-1")
    with Session.open(settings, "gateway", [topic], stop) as gateway, Session.open(settings, "l", [], stop) as node:
        for payload in (b"1", b"2"):
            node.publish(topic, payload, qos=0)
            arrived = next_arrived(gateway)
            assert arrived.payload == payload
            gateway.take(arrived)  # an acknowledgement of number 0 would end the session


def test_a_session_that_is_kept_gets_what_came_while_it_was_away(settings: Settings, stop: Stop) -> None:
    topic = topics.up("lamppost", "+")
    Session.open(settings, "gateway", [topic], stop, expiry_s=60).close()
    with Session.open(settings, "lamp-1", [], stop) as node:
        node.publish(topics.up("lamppost", "lamp-1"), b"meanwhile")
        turned(node, node.acknowledged)
    with Session.open(settings, "gateway", [topic], stop, expiry_s=60) as gateway:
        assert next_arrived(gateway).payload == b"meanwhile"


def test_a_port_where_nobody_listens_is_told(stop: Stop) -> None:
    with pytest.raises(LinkError, match=r"cannot reach 127\.0\.0\.1:.*refused"):
        Session.open(Settings("127.0.0.1", free_port()), "lamp-1", [], stop)


@pytest.mark.parametrize("host", ["broker.invalid", "", "x" * 300])
def test_a_host_that_has_no_address_is_told(host: str, stop: Stop) -> None:
    with pytest.raises(LinkError, match="cannot reach"):
        Session.open(Settings(host), "lamp-1", [], stop)


@pytest.fixture
def mute_port() -> Iterator[int]:
    """A port that accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_broker_that_says_nothing_is_left_in_time(
    mute_port: int, stop: Stop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt, "CONNECT_TIMEOUT_S", 0.2)
    with pytest.raises(LinkError, match=r"gave no answer within 0\.2 s"):
        Session.open(Settings("127.0.0.1", mute_port), "lamp-1", [], stop)


def test_a_stop_ends_the_waiting_for_a_broker_that_says_nothing(mute_port: int, stop: Stop) -> None:
    threading.Timer(0.1, stop.set).start()
    with pytest.raises(LinkError, match="stopped before"):
        Session.open(Settings("127.0.0.1", mute_port), "lamp-1", [], stop)


def test_a_broker_that_goes_away_is_told_to_who_turns_and_to_who_publishes(tmp_path: Path, stop: Stop) -> None:
    port = free_port()
    with broker(tmp_path, port) as running:
        session = Session.open(Settings("127.0.0.1", port), "lamp-1", [], stop)
        running.stop()
        with pytest.raises(LinkError, match="lost"):
            turned(session, lambda: False)
        with pytest.raises(LinkError, match="lost"):
            session.publish("lamppost/lamp-1/up", b"x")
        session.close()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    authority = Authority(tmp_path)
    for name in ("broker", "lamp-1"):
        authority.issue(name)
    return authority


def tls(folder: Path, ca: str = "ca.pem", name: str = "lamp-1") -> Tls:
    return Tls(folder / ca, folder / f"{name}.pem", folder / f"{name}.key")


@pytest.fixture
def tls_port(tmp_path: Path, authority: Authority) -> Iterator[int]:
    port = free_port()
    with broker(tmp_path, port, tls=True):
        yield port


def test_broker_and_node_know_each_other_by_certificates(tmp_path: Path, tls_port: int, stop: Stop) -> None:
    with Session.open(Settings("127.0.0.1", tls_port, tls(tmp_path)), "lamp-1", ["a"], stop) as session:
        session.publish("a", bytes(50_000))
        turned(session, session.arrived)


@UNCLOSED
def test_a_node_shows_its_certificate_to_a_broker_that_asks(tmp_path: Path, authority: Authority, stop: Stop) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(tmp_path / "ca.pem"))
    context.load_cert_chain(tmp_path / "broker.pem", tmp_path / "broker.key")
    context.verify_mode = ssl.CERT_REQUIRED
    shown: list[object] = []

    def ask() -> None:
        connection, _ = server.accept()
        with context.wrap_socket(connection, server_side=True) as secured:
            shown.append(secured.getpeercert())

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=ask)
        thread.start()
        with pytest.raises(LinkError):
            Session.open(Settings("127.0.0.1", server.getsockname()[1], tls(tmp_path)), "lamp-1", [], stop)
        thread.join(5)
    assert "lamp-1" in str(shown)


@UNCLOSED
def test_a_broker_of_another_authority_is_not_talked_to(tmp_path: Path, tls_port: int, stop: Stop) -> None:
    Authority(tmp_path, "other")
    with pytest.raises(LinkError, match="CERTIFICATE_VERIFY_FAILED"):
        Session.open(Settings("127.0.0.1", tls_port, tls(tmp_path, "other.pem")), "lamp-1", [], stop)


def test_tls_files_that_are_not_there_are_named(tmp_path: Path, authority: Authority) -> None:
    with pytest.raises(UserError, match=r"missing\.pem"):
        Tls(tmp_path / "missing.pem").context()
    with pytest.raises(UserError, match=r"lamp-9\.pem"):
        tls(tmp_path, name="lamp-9").context()


def test_certificate_and_key_go_together() -> None:
    with pytest.raises(ValueError, match="go together"):
        Tls(certificate=Path("lamp-1.pem"))


def test_without_files_the_systems_authorities_are_trusted() -> None:
    assert Tls().context().check_hostname


def test_a_password_is_the_first_line_of_its_file(tmp_path: Path, settings: Settings, stop: Stop) -> None:
    file = tmp_path / "password"
    file.write_text("secret\nand a note\n")
    told = Settings("127.0.0.1", settings.port, username="lamp-1", password_file=file)
    assert told.password() == "secret"
    assert settings.password() == ""
    Session.open(told, "lamp-1", [], stop).close()


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe"])
def test_a_password_file_that_holds_none_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UserError, match="cannot read a password from"):
        Settings("127.0.0.1", password_file=file).password()


@pytest.mark.parametrize(("key", "value"), [("port", 0), ("port", 65536), ("prefix", "a/+"), ("prefix", "")])
def test_settings_that_no_broker_takes_are_refused(key: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"{key} is"):
        Settings("127.0.0.1", **{key: value})  # type: ignore[arg-type]


def test_who_may_not_subscribe_is_told(settings: Settings, stop: Stop) -> None:
    with pytest.raises(LinkError):
        Session.open(settings, "lamp-1", ["$SYS/#"], stop)
