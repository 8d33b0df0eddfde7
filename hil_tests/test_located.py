"""A shot in a block, from the sound to the place: five front-ends and nodes, a broker, a gateway, all real."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from hil_tests.quarter import Quarter, quarter
from hil_tests.waiting import until
from simulators.street.block import Block

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
SHARP_S = 0.2e-3  # of the time of an event: three samples


@dataclass(frozen=True, slots=True)
class Scene:
    """What ran, what the gateway told first, and by when that stood in its file."""

    quarter: Quarter
    incident: dict[str, Any]
    told_s: float


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with quarter(_block(int(time.time())), tmp_path_factory.mktemp("block")) as running:
        until(running.located, "a located incident", 90.0)
        told_s = time.time()
        yield Scene(running, running.located()[0], told_s)


def _block(start_s: int) -> Block:
    nodes = {
        name: {**dict(zip("xyz", place, strict=True)), "rate_hz": RATE_HZ, "channels": 1, "drift_ppm": drift}
        for (name, place), drift in zip(PLACES.items(), DRIFTS_PPM, strict=True)
    }
    shot = {"kind": "gunshot", "at": SHOT_AT_S, **dict(zip("xyz", SHOT, strict=True))}
    wind = {"speed": 2.0, "from_deg": 250.0}
    return Block.of({"nodes": nodes, "events": [shot], "temperature_c": 12.0, "wind": wind}, start_s)


def test_each_node_tells_the_shot_when_it_came(scene: Scene) -> None:
    until(lambda: scene.quarter.events().keys() == PLACES.keys(), "the events of all nodes", 20.0)
    late_s = scene.quarter.late_s(0)
    assert late_s == pytest.approx(dict.fromkeys(PLACES, 0.0), abs=SHARP_S)


def test_one_shot_that_five_nodes_hear_is_one_place_within_three_metres(scene: Scene) -> None:
    (located,) = scene.incident["located"]
    assert math.dist((located["x"], located["y"]), SHOT[:2]) < NEAR_M


def test_it_is_told_within_three_seconds_of_the_shot(scene: Scene) -> None:
    assert scene.told_s - scene.quarter.start_s - SHOT_AT_S < SOON_S


def test_it_names_the_messages_of_the_nodes_that_it_rests_on(scene: Scene) -> None:
    used = [message for one in scene.incident["used"] for message in one["messages"]]
    assert len(set(used)) >= 4
