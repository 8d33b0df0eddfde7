"""A real MQTT 5 broker on loopback, in a process of its own; with TLS and client certificates if a test asks."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from iotcore import Broker

SETTINGS = """\
id = 0
[router]
id = 0
max_connections = 100
max_outgoing_packet_count = 200
max_segment_size = 1048576
max_segment_count = 10
[v5.1]
name = "loopback"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1
{tls}
[v5.1.connections]
connection_timeout_ms = 5000
max_payload_size = 1048576
max_inflight_count = 200
dynamic_filters = true
"""
TLS = """
[v5.1.tls]
capath = "{folder}/ca.pem"
certpath = "{folder}/broker.pem"
keypath = "{folder}/broker.key"
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def broker(folder: Path, port: int, tls: bool = False) -> Iterator[Broker]:
    """The broker; with ``tls`` by the certificates in ``folder``."""
    settings = folder / "broker.toml"
    settings.write_text(SETTINGS.format(port=port, tls=TLS.format(folder=folder) if tls else ""))
    with Broker(config_path=str(settings)) as running:
        try:
            yield running
        finally:
            if running._process is not None:  # under coverage SIGTERM waits for Python code to run: for ever
                running._process.kill()
