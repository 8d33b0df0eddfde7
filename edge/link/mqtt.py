"""One MQTT 5 session (paho-mqtt), owned by one thread.

No thread of paho's own: its owner turns the loop, and paho's callbacks, which run inside that turn, only append to
lists. A session lives for one connection. What was under way when it breaks is not kept here: the outbox and the store
are the truth, and both ends may say everything twice.
"""

import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from drivers._stop import Stop
from edge.errors import UserError
from edge.link.dated_tls import advice, dated
from edge.trust import cose

CONNECT_TIMEOUT_S = 5.0  # TCP and TLS, and again for the broker's answer
KEEPALIVE_S = 20
TURN_S = 0.05  # an alarm waits no longer than this for its turn
TURNS_A_BATCH = 64  # packets taken from the socket before its owner looks at them
RECEIVE_MAXIMUM = 65_535  # MQTT 5, 3.2.2.3.3: what a broker means that says nothing
QOS = 1
MAX_PACKET_BYTES = cose.MAX_BYTES + 4096  # a message, and around it topic and properties
PORTS = range(1, 1 << 16)
WILDCARDS = "+#"  # MQTT 5, 4.7.1: no part of a topic that is published
SUCCESS = 0  # of a PUBACK; 0x10 means that nobody subscribes, from 0x80 on are errors


class LinkError(Exception):
    """The broker cannot be reached, or is not any more: what was tried, and what came."""


@dataclass(frozen=True, slots=True)
class Tls:
    """Who is trusted, and who we are to the broker. Paths to PEM files; without ``ca`` the system's are trusted."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key go together; found one of them")

    def context(self) -> ssl.SSLContext:
        """TLS 1.2 or newer, the broker's name checked. UserError if a file is not what it should be."""
        try:
            context = ssl.create_default_context(cafile=str(self.ca) if self.ca else None)
            if self.certificate is not None:
                context.load_cert_chain(self.certificate, self.key)
        except (OSError, ssl.SSLError) as error:
            files = [str(f) for f in (self.ca, self.certificate, self.key) if f]
            raise UserError(f"TLS files {files}: {error}", "expected certificates and a key in PEM") from error
        return context


@dataclass(frozen=True, slots=True)
class Settings:
    """How a broker is reached."""

    host: str
    port: int = 8883
    tls: Tls | None = None
    username: str = ""
    password_file: Path | None = None
    prefix: str = "lamppost"  # of the topics

    def __post_init__(self) -> None:
        if self.port not in PORTS:
            raise ValueError(f"port is {self.port}; expected {PORTS[0]} to {PORTS[-1]}")
        if not self.prefix or set(self.prefix) & set(WILDCARDS):
            raise ValueError(f"prefix is {self.prefix!r}; expected the beginning of a topic, without + and #")

    def password(self) -> str:
        """The first line of the password file, or nothing."""
        if self.password_file is None:
            return ""
        try:
            return self.password_file.read_text(encoding="utf-8").splitlines()[0]
        except (OSError, IndexError, UnicodeDecodeError) as error:
            raise UserError(f"cannot read a password from {self.password_file}: {error}", "one line of text") from error


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message from the broker; whoever took it over says so by ``Session.take``."""

    topic: str
    payload: bytes
    mid: int
    qos: int


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The broker's answer to a publication; ``fault`` is empty if somebody will receive it."""

    mid: int
    fault: str


class Session:
    """A connection to a broker: ``with Session.open(…) as session``."""

    def __init__(self, client: paho.Client, where: str) -> None:
        self._client = client
        self._where = where
        self._connected: Any = None
        self._lost = ""
        self._arrived: list[Arrived] = []
        self._acknowledged: list[Acknowledged] = []
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        self.receive_maximum = RECEIVE_MAXIMUM

    @classmethod
    def open(
        cls,
        settings: Settings,
        client_id: str,
        topics: Sequence[str],
        stop: Stop,
        *,
        expiry_s: int = 0,
        floor_s: int = 0,
    ) -> Self:
        """Connects and subscribes; LinkError if that fails. The broker keeps a broken session for ``expiry_s``.

        ``floor_s``: UTC that is past for sure, which certificates are held against while the wall clock shows less.
        """
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=paho.MQTTv5,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages_set(RECEIVE_MAXIMUM)  # the owner keeps to the broker's maximum
        if settings.tls is not None:
            client.tls_set_context(dated(settings.tls.context(), floor_s))
        if settings.username:
            client.username_pw_set(settings.username, settings.password())
        session = cls(client, f"{settings.host}:{settings.port}")
        try:
            session._connect(settings, expiry_s, stop)
            session._subscribe(topics, stop)
        except BaseException:
            session.close()
            raise
        return session

    def _connect(self, settings: Settings, expiry_s: int, stop: Stop) -> None:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's types end here
        properties.SessionExpiryInterval = expiry_s
        properties.MaximumPacketSize = MAX_PACKET_BYTES
        try:
            self._client.connect(
                settings.host, settings.port, keepalive=KEEPALIVE_S, clean_start=expiry_s == 0, properties=properties
            )
        except (OSError, ValueError) as error:  # ValueError: paho's, of an empty host name
            raise LinkError(f"cannot reach {self._where}: {error}{advice(error)}") from error
        self._until(lambda: self._connected is not None, "answer", stop)
        if self._connected.is_failure:
            raise LinkError(f"{self._where} refuses: {self._connected}")

    def _subscribe(self, topics: Sequence[str], stop: Stop) -> None:
        answered: list[Any] = []
        self._client.on_subscribe = lambda _client, _data, _mid, codes, _properties: answered.extend(codes)
        if topics:
            self._client.subscribe([(topic, QOS) for topic in topics])
            self._until(lambda: bool(answered), "answer to the subscription", stop)
        for topic, code in zip(topics, answered, strict=False):
            if code.is_failure:
                raise LinkError(f"{self._where} refuses the subscription to {topic}: {code}")

    def _until(self, done: Any, what: str, stop: Stop) -> None:
        deadline_s = time.monotonic() + CONNECT_TIMEOUT_S
        while not done():
            if stop.is_set():
                raise LinkError(f"stopped before {self._where} gave its {what}")
            if time.monotonic() > deadline_s:
                raise LinkError(f"{self._where} gave no {what} within {CONNECT_TIMEOUT_S:g} s")
            self.turn()

    def turn(self, timeout_s: float = TURN_S) -> None:
        """Lets packets flow, waiting at most ``timeout_s`` for the first. LinkError if the connection is lost."""
        for turn in range(TURNS_A_BATCH):
            before = len(self._arrived) + len(self._acknowledged)
            code = self._client.loop(timeout_s if turn == 0 else 0)
            if code != paho.MQTT_ERR_SUCCESS or self._lost:
                raise LinkError(f"lost {self._where}: {self._lost or paho.error_string(code)}")
            if len(self._arrived) + len(self._acknowledged) == before:
                return

    def publish(self, topic: str, payload: bytes, qos: int = QOS) -> int:
        """Gives a message to the broker; the number comes back in ``acknowledged``."""
        sent = self._client.publish(topic, payload, qos)
        if sent.rc != paho.MQTT_ERR_SUCCESS:
            raise LinkError(f"lost {self._where}: {paho.error_string(sent.rc)}")
        return sent.mid

    def arrived(self) -> list[Arrived]:
        """What came since the last call."""
        taken, self._arrived = self._arrived, []
        return taken

    def acknowledged(self) -> list[Acknowledged]:
        """The broker's answers since the last call."""
        taken, self._acknowledged = self._acknowledged, []
        return taken

    def take(self, arrived: Arrived) -> None:
        """Tells the broker that it need not keep ``arrived`` any longer."""
        self._client.ack(arrived.mid, arrived.qos)

    def close(self) -> None:
        """Says goodbye, if the broker still listens."""
        self._client.disconnect()
        self._client.loop(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _on_connect(self, _client: paho.Client, _data: object, _flags: object, reason: Any, properties: Any) -> None:
        self._connected = reason
        self.receive_maximum = getattr(properties, "ReceiveMaximum", RECEIVE_MAXIMUM)

    def _on_disconnect(
        self, _client: paho.Client, _data: object, _flags: object, reason: Any, _properties: Any
    ) -> None:
        self._lost = str(reason)

    def _on_message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        self._arrived.append(Arrived(message.topic, bytes(message.payload), message.mid, message.qos))

    def _on_publish(self, _client: paho.Client, _data: object, mid: int, reason: Any, _properties: Any) -> None:
        self._acknowledged.append(Acknowledged(mid, "" if reason.value == SUCCESS else str(reason)))
