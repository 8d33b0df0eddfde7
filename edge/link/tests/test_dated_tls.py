"""TLS on a computer whose clock is behind: next month's certificates here stand for those of today in 1970."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from drivers._stop import Stop
from edge.link.dated_tls import NO_CHECK_TIME
from edge.link.mqtt import LinkError, Session, Settings, Tls
from edge.link.tests.certificates import DAY, NOW, Authority

DAY_S = 86_400

# paho leaves the socket of a failed handshake to the garbage collector, which closes it at once
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning"
)


@contextmanager
def broker(folder: Path, later: timedelta, trusted: str = "ca") -> Iterator[tuple[Settings, list[bytes]]]:
    """A port with a certificate of ``later``, and the first bytes that it is told; it answers nothing."""
    Authority(folder, later=later).issue("broker")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "broker.pem", folder / "broker.key")
    told: list[bytes] = []

    def serve() -> None:
        connection, _ = server.accept()
        try:
            with context.wrap_socket(connection, server_side=True) as secured:
                told.append(secured.recv(1))
        except (ssl.SSLError, OSError):
            connection.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield Settings("127.0.0.1", server.getsockname()[1], Tls(folder / f"{trusted}.pem")), told
        thread.join(5)


def opened(settings: Settings, floor_s: int) -> str:
    """Why that failed in the end: the broker is none."""
    with Stop.open() as stop, pytest.raises(LinkError) as failed:
        Session.open(settings, "lamp-1", [], stop, floor_s=floor_s)
    return str(failed.value)


def test_a_certificate_that_the_clock_finds_too_new_is_told_with_what_the_clock_shows(tmp_path: Path) -> None:
    with broker(tmp_path, 30 * DAY) as (settings, told):
        assert "not yet valid" in (why := opened(settings, 0))
    assert "this computer's clock shows 2" in why
    assert told in ([], [b""])


@pytest.mark.parametrize("known_s", [30 * DAY_S, 20 * DAY_S], ids=["valid then", "renewed since"])
def test_where_the_clock_is_behind_what_is_known_that_counts(tmp_path: Path, known_s: int) -> None:
    with broker(tmp_path, 30 * DAY) as (settings, told):
        opened(settings, int(time.time()) + known_s)
    assert told == [b"\x10"]  # MQTT's CONNECT


def test_a_certificate_that_ended_before_what_is_known_is_refused_though_the_clock_finds_it_good(
    tmp_path: Path,
) -> None:
    with broker(tmp_path, NOW) as (settings, told):
        assert "ended on" in opened(settings, int(time.time()) + 30 * DAY_S)
    assert told == [b""]  # nothing of ours was said


def test_the_authority_is_checked_whatever_the_clock_shows(tmp_path: Path) -> None:
    Authority(tmp_path, "other", later=30 * DAY)
    with broker(tmp_path, 30 * DAY, trusted="other") as (settings, told):
        assert "CERTIFICATE_VERIFY_FAILED" in opened(settings, int(time.time()) + 30 * DAY_S)
    assert told in ([], [b""])


def test_where_the_clock_is_not_behind_openssl_checks_dates_itself(tmp_path: Path) -> None:
    from edge.link.dated_tls import dated

    context = dated(ssl.create_default_context(), int(time.time()) - 1)
    assert not context.verify_flags & NO_CHECK_TIME
    assert context.sslsocket_class is ssl.SSLSocket
