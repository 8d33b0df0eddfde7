"""A shot in a block, from the sound to the place: five front-ends, five nodes, a broker, a gateway, all of them real.

    Block ─ five microphones on ptys ─▶ five ``lamppost run`` ─▶ broker ─▶ ``lamppost gateway --nodes`` ─▶ incident

The nodes discipline their sample clocks by the front-ends' GNSS seconds; the computer's clock stamps nothing here.
"""

import json
import math
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edge.cli import _bench
from edge.trust import keys
from hil_tests.program import objects
from hil_tests.waiting import until
from simulators._pty import Pty
from simulators.street.block import Block
from simulators.street.front_end import front_end
from simulators.street.listener import Listener

RATE_HZ = 16_000
PLACES = {
    "lamp-1": (0.0, 0.0, 5.0),
    "lamp-2": (210.0, 15.0, 5.5),
    "lamp-3": (225.0, 190.0, 4.5),
    "lamp-4": (-10.0, 205.0, 5.0),
    "lamp-5": (105.0, 260.0, 6.0),
}
DRIFTS_PPM = (12.0, -7.0, 20.0, -15.0, 3.0)
SHOT = (130.0, 80.0, 1.5)
SHOT_AT_S = 30.0  # of scene time; the nodes have locked by then
NEAR_M, SOON_S = 3.0, 3.0
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
class Scene:
    """When the shot was, what the gateway told first, and by when that stood in its file."""

    shot_s: float
    incident: dict[str, Any]
    told_s: float


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder, start_s = tmp_path_factory.mktemp("block"), int(time.time())
    block = _block(start_s)
    port = _bench.free_port()
    _prepare(folder, port)
    with ExitStack() as stack:
        stack.enter_context(_bench.broker(folder, port))
        for name in PLACES:
            sensor = front_end(block, Listener(block, name), time.time())
            stack.enter_context(Pty(sensor, link=folder / f"{name}.tty"))
        found = folder / "found.jsonl"
        stack.enter_context(_bench.program(_gateway(folder, port), folder / "gateway.log", found))
        for name in PLACES:
            stack.enter_context(_bench.program(["run", "-c", str(folder / f"{name}.toml")], folder / f"{name}.log"))
        until(lambda: _located(found), "a located incident", 90.0)
        told_s = time.time()
        yield Scene(start_s + SHOT_AT_S, _located(found)[0], told_s)


def _block(start_s: int) -> Block:
    nodes = {
        name: {**dict(zip("xyz", place, strict=True)), "rate_hz": RATE_HZ, "channels": 1, "drift_ppm": drift}
        for (name, place), drift in zip(PLACES.items(), DRIFTS_PPM, strict=True)
    }
    shot = {"kind": "gunshot", "at": SHOT_AT_S, **dict(zip("xyz", SHOT, strict=True))}
    wind = {"speed": 2.0, "from_deg": 250.0}
    return Block.of({"nodes": nodes, "events": [shot], "temperature_c": 12.0, "wind": wind}, start_s)


def _prepare(folder: Path, port: int) -> None:
    gateway = keys.make("gateway")
    keys.save_private(gateway, folder / "gateway.pem")
    keys.save_public([gateway.public], folder / "gateway.cbor")
    nodes = [keys.make(name) for name in PLACES]
    for key in nodes:
        keys.save_private(key, folder / f"{key.public.name}.pem")
        text = NODE.format(name=key.public.name, port=port)
        (folder / f"{key.public.name}.toml").write_text(text, encoding="utf-8")
    keys.save_public([key.public for key in nodes], folder / "keys.cbor")
    places = {name: dict(zip("xyz", place, strict=True)) for name, place in PLACES.items()}
    (folder / "block.json").write_text(json.dumps({"nodes": places, "temperature_c": 12.0}), encoding="utf-8")


def _gateway(folder: Path, port: int) -> list[str]:
    files = {"--keys": "keys.cbor", "--key": "gateway.pem", "--store": "city.sqlite", "--nodes": "block.json"}
    options = [word for option, name in files.items() for word in (option, str(folder / name))]
    return ["gateway", "--json", *options, "--host", "127.0.0.1", "--port", str(port)]


def _located(found: Path) -> list[dict[str, Any]]:
    return [line for line in objects(found.read_text(encoding="utf-8")) if line.get("located")]


def test_one_shot_that_five_nodes_hear_is_one_place_within_three_metres(scene: Scene) -> None:
    (located,) = scene.incident["located"]
    assert math.dist((located["x"], located["y"]), SHOT[:2]) < NEAR_M


def test_it_is_told_within_three_seconds_of_the_shot(scene: Scene) -> None:
    assert scene.told_s - scene.shot_s < SOON_S


def test_it_names_the_messages_of_the_nodes_that_it_rests_on(scene: Scene) -> None:
    used = [message for one in scene.incident["used"] for message in one["messages"]]
    assert len(set(used)) >= 4
