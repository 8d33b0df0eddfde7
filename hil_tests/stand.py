"""The stand: sensors on ports, and a node, a broker and a gateway in processes of their own.

sensors ── ports ──▶ node ──▶ broker ──▶ gateway ──▶ its store, read as a City
simulated, or real with --port MODEL=PATH
"""

import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from edge.cli import _bench
from hil_tests.city import City
from hil_tests.program import Program, objects
from hil_tests.waiting import until
from simulators._pty import Pty
from simulators._types import Sensor

SENSORS = "simulators.sensors"
GUNSHOT = "[sensors.pcm.detectors.gunshot]"


@dataclass(frozen=True, slots=True)
class Plug:
    """A sensor on its port; ``pty`` is None for a real one."""

    name: str
    path: Path
    pty: Pty | None = None

    def simulated(self) -> Pty:
        """What a test may unplug, garble, or let hear shots; a test that asks this of a real sensor is skipped."""
        if self.pty is None:
            pytest.skip(f"the {self.name} at {self.path} is real; this needs one that does what a test tells it")
        return self.pty

    def plug_in(self) -> None:
        """Does nothing where it is in."""
        if self.pty is not None and not self.path.exists():
            self.pty.replug()


@dataclass(frozen=True, slots=True)
class Stand:
    """All that runs, and what it wrote."""

    bench: _bench.Bench
    plugs: Mapping[str, Plug]
    broker: Program
    gateway: Program
    node: Program
    city: City

    def words_of_node(self) -> str:
        """The node's log, of all its runs."""
        log = self.bench.folder / "node.log"
        return log.read_text(encoding="utf-8") if log.exists() else ""

    def found_by_gateway(self) -> list[dict[str, Any]]:
        """What the gateway told of each message that came."""
        return list(objects((self.bench.folder / "gateway.jsonl").read_text(encoding="utf-8")))

    def start(self) -> None:
        """Starts everything, whoever listens first."""
        for program in (self.broker, self.gateway, self.node):
            program.start()


Stands: TypeAlias = Callable[[Mapping[str, Sensor]], Stand]
"""Makes a stand of sensors, by their models."""


@contextmanager
def plugged(sensors: Mapping[str, Sensor], real: Mapping[str, Path], folder: Path) -> Iterator[dict[str, Plug]]:
    """Each sensor on a port: a simulated one under a link that outlives a replug, unless there is a ``real`` one."""
    plugs = {name: Plug(name, path) for name, path in real.items() if name in sensors}
    with ExitStack() as stack:
        for name in sensors.keys() - plugs.keys():
            pty = stack.enter_context(Pty(sensors[name], link=folder / name))
            plugs[name] = Plug(name, pty.path, pty)
        yield plugs


@contextmanager
def stand(plugs: Mapping[str, Plug], folder: Path) -> Iterator[Stand]:
    """A stand on which nothing runs yet; all that was started is stopped at the end."""
    bench = _bench.prepare(folder, {name: plug.path for name, plug in plugs.items()}, _bench.free_port())
    _hear_all_shots(bench.config)
    broker = Program(lambda: _bench.broker(folder, bench.port))
    gateway = Program(lambda: _gateway(bench))
    node = Program(lambda: _bench.node(bench))
    with ExitStack() as stack:
        for program in (broker, gateway, node):
            stack.callback(program.stop)
        yield Stand(bench, plugs, broker, gateway, node, City(folder / "city.sqlite", bench.keys))


def _hear_all_shots(config: Path) -> None:
    """What is tried here is what becomes of a shot that was heard; at the node's own threshold some are not."""
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace(GUNSHOT, f"{GUNSHOT}\nthreshold = 0.3"), encoding="utf-8")


@contextmanager
def _gateway(bench: _bench.Bench) -> "Iterator[subprocess.Popen[bytes]]":
    """The gateway, once it takes messages."""
    folder, words = bench.folder, bench.folder / "gateway.log"
    files = {"--keys": bench.keys, "--key": folder / "gateway.pem", "--store": folder / "city.sqlite"}
    options = {**files, "--host": "127.0.0.1", "--port": bench.port}
    arguments = [str(part) for option in options.items() for part in option]
    begun = words.stat().st_size if words.exists() else 0
    with _bench.program(["gateway", "--json", *arguments], words, folder / "gateway.jsonl") as process:
        until(lambda: b"connected to" in words.read_bytes()[begun:], "the gateway is connected")
        yield process
