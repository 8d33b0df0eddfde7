"""A whole bench on this machine: a real broker, simulated sensors on ports, the node in a process of its own.

sensors ── ptys ──▶ node (lamppost run) ──▶ broker on loopback ──▶ gateway
"""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from edge.errors import UserError

if TYPE_CHECKING:
    from edge.trust.keys import PrivateKey
    from simulators._pty import Pty
    from simulators._types import Sensor

NODE = "lamp-demo"
GATEWAY = "gateway"
CITY = "city-evidence"
STOP_S = 20.0  # a node's sensing, last commits and delivery each have their own, shorter time

BROKER = """\
id = 0

[router]
id = 0
max_connections = 1000
max_outgoing_packet_count = 1000
max_segment_size = 104857600
max_segment_count = 10

[v5.1]
name = "loopback"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1

[v5.1.connections]
connection_timeout_ms = 5000
max_payload_size = 1048576
max_inflight_count = 200
dynamic_filters = true
"""

CONFIG = """\
[node]
name = "{name}"
key = "node.pem"
state = "state"
heartbeat_s = 2

[uplinks.bench]
transport = "mqtt"
gateway_keys = "gateway.cbor"
host = "127.0.0.1"
port = {port}
"""

SENSOR = """
[sensors.{name}]
driver = "{driver}"
port = "{port}"
sample_s = 1
report_s = 2
warm_up_s = 0
"""

EVIDENCE = """
[sensors.pcm.detectors.gunshot]

[evidence]
recipient = "city-evidence.pub"
"""


@dataclass(frozen=True, slots=True)
class Bench:
    """The folder of a bench and its broker's port."""

    folder: Path
    port: int
    gateway_key: "PrivateKey"

    @property
    def config(self) -> Path:
        """The node's configuration."""
        return self.folder / "node.toml"

    @property
    def keys(self) -> Path:
        """The node's public key, as the gateway and ``lamppost verify`` want it."""
        return self.folder / "keys.cbor"

    @property
    def clips(self) -> Path:
        """The folder of the node's sealed clips."""
        from edge.node.clip_ring import EVIDENCE_FOLDER

        return self.folder / "state" / EVIDENCE_FOLDER

    @property
    def outbox(self) -> Path:
        """The node's outbox."""
        from edge.node.node import OUTBOX_FILE

        return self.folder / "state" / OUTBOX_FILE


def free_port() -> int:
    """A TCP port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def prepare(folder: Path, sensors: Mapping[str, Path], port: int) -> Bench:
    """Keys and configuration of a node with ``sensors`` (driver: port), and of its gateway."""
    from edge.trust import keys, recipient

    folder.mkdir(parents=True, exist_ok=True)
    node, gateway, city = keys.make(NODE), keys.make(GATEWAY), recipient.make(CITY)
    keys.save_private(node, folder / "node.pem")
    keys.save_private(gateway, folder / "gateway.pem")
    keys.save_pem(city.key, folder / "city-evidence.pem")
    keys.save_public([node.public], folder / "keys.cbor")
    keys.save_public([gateway.public], folder / "gateway.cbor")
    keys.save_public([city.public], folder / "city-evidence.pub")
    tables = [SENSOR.format(name=name, driver=name, port=path) for name, path in sensors.items()]
    text = CONFIG.format(name=NODE, port=port) + "".join(tables)
    text += EVIDENCE if "pcm" in sensors else ""
    (folder / "node.toml").write_text(text, encoding="utf-8")
    return Bench(folder, port, gateway)


@contextmanager
def broker(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A real MQTT 5 broker on loopback, in a process of its own; what it kept is gone when it ends."""
    try:
        from iotcore import Broker
    except ImportError as error:
        raise UserError("the bench needs the package iotcore", "pip install 'lamppost[office]'") from error
    settings = folder / "broker.toml"
    settings.write_text(BROKER.format(port=port), encoding="utf-8")
    with Broker(config_path=str(settings)) as running:
        process = cast("subprocess.Popen[bytes]", running._process)  # it offers it in no other way
        try:
            yield process
        finally:
            process.kill()  # it has nothing to save, and under coverage SIGTERM waits for Python code to run: for ever


@contextmanager
def ports(sensors: Mapping[str, "Sensor"]) -> Iterator[dict[str, "Pty"]]:
    """Simulated sensors, each on a port."""
    from simulators._pty import Pty

    with ExitStack() as stack:
        yield {name: stack.enter_context(Pty(sensor)) for name, sensor in sensors.items()}


@contextmanager
def node(bench: Bench) -> Iterator[subprocess.Popen[bytes]]:
    """The node in a process of its own, its words in ``node.log``; stopped in order at the end."""
    with program(["run", "-c", str(bench.config)], bench.folder / "node.log") as process:
        yield process


@contextmanager
def program(arguments: Sequence[str], words: Path, found: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """``lamppost`` with ``arguments`` in a process of its own, told to stop at the end, and waited for.

    What it says goes to the file ``words``, what it finds to the file ``found``; both grow.
    """
    command = [sys.executable, "-m", "edge.cli", *arguments]
    with ExitStack() as stack:
        err, out = (stack.enter_context(file.open("ab")) for file in (words, found or words))
        process = stack.enter_context(subprocess.Popen(command, stdout=out, stderr=err))
        stack.callback(_await, process)
        stack.callback(process.terminate)
        yield process


def _await(process: subprocess.Popen[bytes]) -> None:
    deadline_s = time.monotonic() + STOP_S
    while process.poll() is None:
        if time.monotonic() > deadline_s:
            process.kill()
        time.sleep(0.05)
