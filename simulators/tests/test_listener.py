"""What nodes of a block hear, and that files, front-ends and truth are of one scene."""

import json
import struct
import wave
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.signal import resample

from simulators.sensors.pcm import Sensor
from simulators.street.air import Air
from simulators.street.block import EXAMPLE, Block, Happening, Node
from simulators.street.front_end import front_end
from simulators.street.listener import Listener
from simulators.street.propagation import SPEED_M_S
from simulators.street.recording import write

START_S = 1_777_672_800  # 2026-05-01 22:00:00 UTC
START_GPS_S = START_S - 315_964_800 + 18
RATE_HZ = 48_000
FINER = 64  # of a sample
HIGH_M = 1000.0  # where neither ground nor houses answer
WIND_M_S = np.array((10.0, 0.0, 0.0))


def high(**nodes: Node) -> Block:
    """Nodes and a shot high above everything, in a west wind."""
    event = Happening("gunshot", 2.0, 0, 0, HIGH_M)
    return Block(nodes=nodes, events=(event,), air=Air(wind_m_s=10, wind_from_deg=270))


def onset_s(listener: Listener) -> float:
    """Scene time of the highest peak near the first sound, between samples."""
    near = round(listener.sample_at(listener.arrivals[0].first_s)) - 200
    finer = resample(listener.samples(near, 400)[0].astype(np.float64), 400 * FINER)
    return (near + int(np.argmax(finer)) / FINER) / listener.node.true_rate_hz


def carried_s(place: tuple[float, float, float]) -> float:
    """From the shot to the microphone, by a search for when the sphere that the wind carries gets there."""
    way = np.subtract(place, (0, 0, HIGH_M))
    return float(brentq(lambda t: np.linalg.norm(WIND_M_S * t - way) - SPEED_M_S * t, 0, 10, xtol=1e-13, rtol=1e-14))


def test_a_shot_is_in_the_samples_when_the_wind_has_carried_it_there() -> None:
    places = [(200.0, 0.0, HIGH_M), (-200.0, 0.0, HIGH_M), (0.0, 200.0, HIGH_M), (-141.0, -141.0, HIGH_M + 5)]
    names = [Node(*place, channels=1, drift_ppm=20.0 * n) for n, place in enumerate(places)]
    block = high(**{f"n{n}": node for n, node in enumerate(names)})
    late_s = [
        onset_s(Listener(block, name)) - 2.0 - carried_s(node.place) for name, node in block.nodes.items()
    ]  # each by the same: what 200 m of air round off the edge
    assert 0 < late_s[0] < 3 / RATE_HZ
    assert late_s == pytest.approx([late_s[0]] * 4, abs=1 / (FINER * RATE_HZ) + 1e-6)
    straight = Listener(block, "n0").arrivals[0]
    assert not straight.shadowed
    assert straight.direct_s == pytest.approx(2.0 + 200 / (SPEED_M_S + 10), abs=1e-9)


def test_twice_as_far_is_half_as_loud() -> None:
    block = high(near=Node(50, 0, HIGH_M, channels=1), far=Node(100, 0, HIGH_M, channels=1))
    heard = []
    for name in block.nodes:
        listener = Listener(block, name)
        first = round(listener.sample_at(listener.arrivals[0].first_s))
        low = np.abs(np.fft.rfft(listener.samples(first - 40, 96)[0])[1:3])  # 500 and 1000 Hz: air keeps them
        heard.append(low)
    np.testing.assert_allclose(heard[0] / heard[1], 2.0, rtol=0.03)


def test_an_array_turns_with_its_heading() -> None:
    turned = {f"h{heading}": Node(0, -100, HIGH_M, heading, channels=4) for heading in (0, 90)}
    block = Block(nodes=turned, events=high(a=Node(0, 0)).events)
    firsts = {
        name: np.argmax(np.abs(Listener(block, name).samples(round(2.29 * RATE_HZ), 1200)), axis=1) for name in turned
    }
    south_east = {"h0": 3, "h90": 0}  # the corner that lies so; the shot is north
    for name, corner in south_east.items():
        north_of_it = firsts[name].max() - firsts[name].min()
        assert north_of_it == pytest.approx(0.1 / SPEED_M_S * RATE_HZ, abs=1)
        assert firsts[name][corner] == firsts[name].max()


def test_a_house_between_takes_the_edge_off_a_shot() -> None:
    open_air, there = replace(EXAMPLE, houses=()), {}
    for block in (open_air, EXAMPLE):
        listener = Listener(block, "corner")
        arrival = listener.arrivals[0]
        near = listener.samples(round(listener.sample_at(arrival.first_s)) - 240, 480)
        there[arrival.shadowed] = 20 * np.log10(np.abs(near).max())
        assert arrival.direct_s == pytest.approx(10.30894, abs=1e-5)
    assert 15 < there[False] - there[True] < 30


@pytest.fixture(scope="module")
def west() -> Listener:
    return Listener(EXAMPLE, "west")


def test_samples_do_not_depend_on_how_they_are_asked_for(west: Listener) -> None:
    first, count = 489_000, 12_000
    whole = west.samples(first, count)
    cuts = [0, 1, 2, 700, 701, 2200, 9000, count]
    parts = [west.samples(first + low, high - low) for low, high in reversed(list(pairwise(cuts)))]
    np.testing.assert_array_equal(np.concatenate(parts[::-1], axis=1), whole)
    np.testing.assert_array_equal(Listener(EXAMPLE, "west").samples(first, count), whole)


def test_a_scene_has_a_time_before_its_start(west: Listener) -> None:
    before = west.samples(-700, 1000)
    assert before[:, :700].std() > 0
    np.testing.assert_array_equal(before[:, 700:], west.samples(0, 300))


def test_each_node_has_its_own_street_and_another_seed_is_another(west: Listener) -> None:
    ours = west.samples(0, 4800)
    for other in (Listener(EXAMPLE, "east"), Listener(replace(EXAMPLE, seed=2), "west")):
        assert abs(np.corrcoef(ours[0], other.samples(0, 4800)[0])[0, 1]) < 0.5


# the files


def read(file: Path) -> NDArray[np.float64]:
    with wave.open(str(file)) as sound:
        assert (sound.getsampwidth(), sound.getframerate()) == (3, 16_000)
        data = np.frombuffer(sound.readframes(sound.getnframes()), np.uint8).reshape(-1, sound.getnchannels(), 3)
    whole = np.pad(data, ((0, 0), (0, 0), (1, 0))).view("<i4")[..., 0] >> 8
    return np.asarray(whole.T / 2**23)


def test_files_agree_with_their_truth(tmp_path: Path) -> None:
    nodes = {
        name: replace(node, rate_hz=16_000, channels=2, late_s=0.01, drift_ppm=50.0)
        for name, node in EXAMPLE.nodes.items()
    }
    events = tuple(replace(event, at=2.0) for event in EXAMPLE.events)
    block = replace(EXAMPLE, nodes=nodes, events=events, start_s=START_S)
    files = [file.name for file in write(block, tmp_path, 4)]
    assert files == [*(f"{name}.wav" for name in nodes), "event-1.json", "truth.json"]
    truth = json.loads((tmp_path / "truth.json").read_text())
    (event,) = truth["events"]
    assert (event["kind"], event["time"], event["utc"]) == (
        "gunshot", START_S + 2.0, "2026-05-01T22:00:02.000000+00:00",
    )  # fmt: skip
    for name, heard in event["heard"].items():
        sound = np.abs(read(tmp_path / f"{name}.wav"))
        assert sound.shape == (2, 64_000)
        loud = np.flatnonzero(sound.max(axis=0) > 10 * sound[:, : 16_000 * 2].max())[0] if not heard["shadowed"] else 0
        true = (heard["time"] - START_S - 0.01) * 16_000 * 1.00005
        assert heard["sample"] == pytest.approx(true, abs=0.01)
        assert heard["shadowed"] or loud == pytest.approx(true, abs=6)  # a microphone is up to 5 cm nearer, or farther
    assert [name for name, heard in event["heard"].items() if heard["shadowed"]] == ["corner"]


def test_the_truth_of_an_event_is_what_locate_reads(tmp_path: Path) -> None:
    for _ in write(replace(EXAMPLE, reflections=0), tmp_path, 1):
        pass
    one = json.loads((tmp_path / "event-1.json").read_text())
    assert one.keys() == {"nodes", "temperature_c", "wind", "arrivals"}
    assert one["wind"] == {"speed": 3.0, "from_deg": 240.0}
    assert one["nodes"]["west"] == {"x": -40, "y": 33, "z": 5.0}
    times = {arrival["node"]: arrival["time"] for arrival in one["arrivals"]}
    assert times["west"] == pytest.approx(10.23332, abs=1e-5)


# the front-ends


def edges(sensor: Sensor, seconds: float) -> dict[int, float]:
    """Sample, with its fraction, of each GPS second that was latched."""
    found = {}
    while sensor.due_s() < seconds:
        frame = sensor.emit()
        if frame[5] == 2:
            sample, ticks, a_sample, _, _, _, tow_s, week = struct.unpack_from("<QIIIiBIH", frame, 32)
            found[week * 604_800 + tow_s] = sample + (ticks << 16) / a_sample
    return found


@pytest.mark.parametrize("late_s", [0.0, 20e-6])
def test_two_front_ends_of_a_scene_agree_on_its_seconds_whenever_they_were_switched_on(late_s: float) -> None:
    places = {
        "a": Node(150, 0, HIGH_M, channels=1, drift_ppm=18),
        "b": Node(0, -150, HIGH_M, channels=1, late_s=late_s),
    }
    block, told_s = high(**places), {}
    for (name, node), on_s in zip(places.items(), (0.123456, -1.7654321), strict=True):
        listener = Listener(block, name)
        sensor = front_end(listener, START_S, START_S + on_s)
        found = edges(sensor, 5.2)
        assert min(found) == START_GPS_S + np.floor(on_s) + 1
        shot = onset_s(listener) * node.true_rate_hz - round(sensor.powered_s * node.true_rate_hz)  # since its boot
        nearest = START_GPS_S + 2
        rate_hz = found[nearest + 1] - found[nearest]
        told_s[name] = nearest - START_GPS_S + (shot - found[nearest]) / rate_hz - carried_s(node.place)
    assert told_s["a"] == pytest.approx(2.0, abs=3 / RATE_HZ)
    assert told_s["a"] - told_s["b"] == pytest.approx(late_s, abs=1e-6)


def test_seconds_that_are_off_are_off_by_their_jitter() -> None:
    node = Node(150, 0, HIGH_M, rate_hz=8000, channels=1, jitter_s=1e-4)
    sensor = front_end(Listener(Block(nodes={"a": node}), "a"), START_S, START_S)
    found = list(edges(sensor, 30.5).values())
    off_s = np.array(found) / 8000 - np.arange(1, 31)
    assert off_s.std() == pytest.approx(1e-4, rel=0.4)
    assert abs(off_s.mean()) < 0.6e-4


def test_a_front_end_that_boots_again_goes_on_in_the_scene() -> None:
    sensor = front_end(Listener(Block(nodes={"a": Node(0, 0, rate_hz=8000, channels=1)}), "a"), START_S, START_S + 0.25)
    found = edges(sensor.restarted(1.5), 2.0)  # at 1.75 s of the scene
    assert found == pytest.approx({START_GPS_S + 2: 0.25 * 8000, START_GPS_S + 3: 1.25 * 8000})
