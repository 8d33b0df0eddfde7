"""A quarter of a city: a block of houses, and at each of its nodes a real node that hears it; one broker, one gateway.

    Block ─ simulated front-ends on ptys ─▶ a ``lamppost run`` each ─▶ broker ─▶ ``lamppost gateway --nodes`` ─▶ City

The nodes discipline their sample clocks by the front-ends' GNSS seconds; the computer's clock stamps nothing here.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.cli import _bench
from edge.message.body import Event
from edge.trust import keys
from hil_tests.city import City
from hil_tests.program import objects
from simulators._pty import Pty
from simulators.street.block import Block
from simulators.street.front_end import front_end
from simulators.street.listener import Listener

NODE = """
[node]
name = "{name}"
key = "{name}.pem"
state = "{name}"
heartbeat_s = 5

[uplinks.bench]
transport = "mqtt"
gateway_keys = "gateway.cbor"
host = "127.0.0.1"
port = {port}

[sensors.mic]
driver = "pcm"
port = "{name}.tty"

[sensors.mic.detectors.gunshot]
threshold = 0.3
"""


@dataclass(frozen=True, slots=True)
class Quarter:
    """What runs, and the truth about it: the ``start_s`` of the scene in UTC, and each node's ``listeners``."""

    folder: Path
    start_s: int
    listeners: Mapping[str, Listener]
    city: City

    def located(self) -> list[dict[str, Any]]:
        """The incidents that the gateway told with a place."""
        told = objects((self.folder / "found.jsonl").read_text(encoding="utf-8"))
        return [line for line in told if line.get("located")]

    def events(self) -> dict[str, list[Event]]:
        """The verified events of each node that told any."""
        found: dict[str, list[Event]] = {}
        for message in self.city.messages():
            if isinstance(message.body, Event):
                found.setdefault(message.node, []).append(message.body)
        return found

    def late_s(self, number: int) -> dict[str, float]:
        """By how much each node's nearest event is stamped later than the scene's event ``number`` came to it."""
        return {name: self._late_s(events, self._came_s(name, number)) for name, events in self.events().items()}

    def _late_s(self, events: list[Event], came_s: float) -> float:
        return min((event.time_ns / 1e9 - self.start_s - came_s for event in events), key=abs)

    def _came_s(self, name: str, number: int) -> float:
        return self.listeners[name].arrivals[number].first_s


@contextmanager
def quarter(block: Block, folder: Path) -> Iterator[Quarter]:
    """Everything runs from here on; the block has a start."""
    assert block.start_s is not None, "a quarter needs a block with a start"
    port, listeners = _bench.free_port(), {name: Listener(block, name) for name in block.nodes}
    _prepare(block, folder, port)
    with ExitStack() as stack:
        stack.enter_context(_bench.broker(folder, port))
        for name, listener in listeners.items():
            sensor = front_end(listener, block.start_s, time.time())
            stack.enter_context(Pty(sensor, link=folder / f"{name}.tty"))
        stack.enter_context(_bench.program(_gateway(folder, port), folder / "gateway.log", folder / "found.jsonl"))
        for name in block.nodes:
            stack.enter_context(_bench.program(["run", "-c", str(folder / f"{name}.toml")], folder / f"{name}.log"))
        yield Quarter(folder, block.start_s, listeners, City(folder / "city.sqlite", folder / "keys.cbor"))


def _prepare(block: Block, folder: Path, port: int) -> None:
    """Keys and configurations. The gateway knows where the nodes are and how warm it is, and nothing of the wind."""
    gateway = keys.make("gateway")
    keys.save_private(gateway, folder / "gateway.pem")
    keys.save_public([gateway.public], folder / "gateway.cbor")
    nodes = [keys.make(name) for name in block.nodes]
    for key in nodes:
        keys.save_private(key, folder / f"{key.public.name}.pem")
        text = NODE.format(name=key.public.name, port=port)
        (folder / f"{key.public.name}.toml").write_text(text, encoding="utf-8")
    keys.save_public([key.public for key in nodes], folder / "keys.cbor")
    places = {name: dict(zip("xyz", node.place, strict=True)) for name, node in block.nodes.items()}
    known = {"nodes": places, "temperature_c": block.air.temperature_c}
    (folder / "block.json").write_text(json.dumps(known), encoding="utf-8")


def _gateway(folder: Path, port: int) -> list[str]:
    files = {"--keys": "keys.cbor", "--key": "gateway.pem", "--store": "city.sqlite", "--nodes": "block.json"}
    options = [word for option, name in files.items() for word in (option, str(folder / name))]
    return ["gateway", "--json", *options, "--host", "127.0.0.1", "--port", str(port)]
