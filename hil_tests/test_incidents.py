"""``lamppost gateway --nodes``, from outside: signed events of five nodes in, one signed incident out; killed once."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from drivers._stop import Stop
from edge.cli import _bench
from edge.gateway.tests.street import FIVE, KEYS, PLACES, Street
from edge.link import topics
from edge.link.mqtt import Session, Settings
from edge.trust import keys
from edge.trust.chain import digest
from edge.trust.incident import verify_incident
from hil_tests.program import lamppost, objects
from hil_tests.waiting import until

PLACE = (130.0, 80.0)


@dataclass
class Bench:
    """A folder with keys and places, and a broker's port."""

    folder: Path
    port: int

    @contextmanager
    def gateway(self) -> Iterator[Path]:
        """The real program, killed at the end; the file of what it finds."""
        files = {"--keys": "keys.cbor", "--key": "gateway.pem", "--store": "city.sqlite", "--nodes": "corner.json"}
        options = [word for option, name in files.items() for word in (option, str(self.folder / name))]
        found = self.folder / "found.jsonl"
        command = ["gateway", *options, "--host", "127.0.0.1", "--port", str(self.port), "--json"]
        with _bench.program(command, self.folder / "gateway.log", found) as process:
            yield found
            process.kill()

    def publish(self, session: Session, signed: dict[str, bytes], found: Path, events: int) -> list[dict[str, Any]]:
        """Publishes until the gateway tells of so many events; the incidents that it tells, once it has told them."""

        def told() -> bool:
            for node, message in signed.items():
                session.publish(topics.up("lamppost", node), message)
            session.turn(0.1)
            lines = list(objects(found.read_text()))
            return sum(line.get("type") == "event" for line in lines) >= events and bool(_incidents(found))

        until(told, "an incident")
        return _incidents(found)


def _incidents(found: Path) -> list[dict[str, Any]]:
    return [line for line in objects(found.read_text()) if "incident" in line]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    gateway = keys.make("gateway")
    keys.save_private(gateway, tmp_path / "gateway.pem")
    keys.save_public([gateway.public], tmp_path / "gateway.cbor")
    keys.save_public([KEYS[name].public for name in FIVE], tmp_path / "keys.cbor")
    nodes = {name: dict(zip("xyz", at, strict=True)) for name, at in PLACES.items()}
    (tmp_path / "corner.json").write_text(json.dumps({"nodes": nodes}), encoding="utf-8")
    return Bench(tmp_path, _bench.free_port())


@contextmanager
def desk(port: int) -> Iterator[Session]:
    with (
        Stop.open() as stop,
        Session.open(Settings("127.0.0.1", port), "desk", [topics.incidents("lamppost")], stop) as session,
    ):
        yield session


def test_five_nodes_one_incident_and_a_gateway_that_was_killed_goes_on_with_it(bench: Bench) -> None:
    signed = Street().shot(PLACE, time.time_ns())
    last = list(signed)[-1]
    four = {node: message for node, message in signed.items() if node != last}
    with _bench.broker(bench.folder, bench.port), desk(bench.port) as session:
        with bench.gateway() as found:
            first = bench.publish(session, four, found, 4)
        with bench.gateway() as found:
            until(lambda: bench.publish(session, {last: signed[last]}, found, 5)[-1]["revision"] > 0, "the fifth")
        published = until(lambda: _arrived(session), "the published incidents")
    assert {one["incident"] for one in _incidents(found)} == {first[0]["incident"]}
    final = _incidents(found)[-1]
    assert {name for one in final["used"] for name in one["messages"]} == {digest(one).hex() for one in signed.values()}
    assert abs(final["located"][0]["x"] - PLACE[0]) + abs(final["located"][0]["y"] - PLACE[1]) < 4
    registry = keys.Registry.load(bench.folder / "gateway.cbor")
    assert {verify_incident(one, registry).incident.id.hex() for one in published} == {first[0]["incident"]}


def _arrived(session: Session) -> list[bytes]:
    session.turn(0.1)
    return [one.payload for one in session.arrived()]


def test_a_file_of_places_that_is_none_is_a_persons_mistake(bench: Bench) -> None:
    (bench.folder / "corner.json").write_text('{"nodes": {"lamp-1": {"x": 1}}}')
    files = ["--keys", "keys.cbor", "--key", "gateway.pem", "--nodes", "corner.json"]
    ran = lamppost("gateway", *files, folder=bench.folder)
    assert ran.returncode == 2
    assert "there are 1 nodes" in ran.stderr
