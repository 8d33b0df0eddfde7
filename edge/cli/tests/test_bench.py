"""The bench of the signal processing, and that the peers on it do the same work."""

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dsp.meter import Meter
from dsp.octaves import NOMINAL_HZ
from edge.cli import _peers, _peers_numba, _stages
from edge.cli._peers_numba import Array, Cascade, Plain, energy, thinned
from edge.cli._throughput import AGREE_DB, NOT_A_LEVEL, RATE_HZ, Sound, Speed, Way, blocks, speeds, street


def as_class(sections: Array) -> Cascade:
    """As numba would compile it, and slow."""
    return Cascade(*(sections[:, at].copy() for at in (0, 1, 2, 4, 5)))


def as_functions(sections: Array) -> Plain:
    return Plain(energy, thinned, np.asarray(sections), np.zeros((len(sections), 2)))


def deaf(_: Sound) -> float:
    return NOT_A_LEVEL


def tone(seconds: float) -> Sound:
    """1 kHz at -6 dB, where every weighting is 0 dB."""
    turns = 1000 * np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return np.asarray(np.sqrt(2) * 10 ** (-6 / 20) * np.sin(2 * np.pi * turns), np.float32)


@pytest.mark.parametrize("made", [as_class, as_functions])
def test_the_meter_in_the_style_of_noisesensor_reads_a_tone(made: Callable[[Array], Any]) -> None:
    meter = _peers_numba.Meter(made)
    read = [meter.block(block.astype(np.float64)) for block in blocks(tone(0.2))][-1]
    levels_db = 10 * np.log10(read / (RATE_HZ / 10))
    assert levels_db.size == 2 + len(NOMINAL_HZ)
    assert np.allclose(levels_db[:2], -6, atol=0.05)
    assert levels_db[2 + NOMINAL_HZ.index(1000)] == pytest.approx(-6, abs=0.1)
    assert np.delete(levels_db[2:], NOMINAL_HZ.index(1000)).max() < -20


@pytest.mark.skipif(not importlib.util.find_spec("numba"), reason="numba is not here: pip install 'lamppost[bench]'")
@pytest.mark.parametrize("plain", [False, True])
def test_the_compiled_meter_agrees_with_ours_on_street_noise(plain: bool) -> None:
    made = _peers_numba.compiled_functions() if plain else _peers_numba.compiled_class()
    sound, peer, meter = street(4), _peers_numba.Meter(made), Meter(RATE_HZ, 1)
    theirs = [peer.block(block.astype(np.float64)) for block in blocks(sound)][-10:]
    ours = [second for block in blocks(sound) for second in meter.feed(block[None])][-1]
    read_db = 10 * np.log10(np.concatenate((ours.exposure[0, :2], ours.bands[0].sum(axis=0))))
    apart_db = 10 * np.log10(np.sum(theirs, axis=0) / RATE_HZ) - read_db
    assert np.abs(apart_db[:2]).max() < AGREE_DB
    assert np.abs(apart_db[-20:]).max() < AGREE_DB


def test_each_stage_and_floor_takes_sound_and_costs_less_than_the_whole() -> None:
    ways = [_stages.ours(), *_stages.stages(), *_stages.floors()]
    found = speeds(ways, street(2), rounds=3)
    assert all(0 < speed.times[0] < 1 for speed in found[1:])
    assert sum(speed.times[1] for speed in found if speed.way.kind == "stage") < 1.2


def test_a_way_that_reads_another_level_is_not_the_same_work() -> None:
    ours = Way("ours", "ours", "", lambda sound: -40.0 if sound.size else 0.0)
    other = Way("other", "peer", "", lambda sound: -40.5 if sound.size else 0.0)
    floor = Way("floor", "floor", "", deaf)
    assert [speed.agrees for speed in speeds([ours, other, floor], street(1), rounds=1)] == [True, False, True]


def test_ratios_are_taken_within_a_round() -> None:
    way = Way("peer", "peer", "", deaf)
    speed = Speed(way, 10.0, [4.0, 40.0, 4.0], [1.0, 10.0, 2.0], NOT_A_LEVEL)
    assert (speed.times, speed.channel_seconds) == ([2.0, 4.0, 4.0], 2.5)


def test_a_peer_that_is_absent_says_what_it_needs() -> None:
    absent = _peers.Peer("nothing", "a_module_that_is_not_here", "all", lambda: deaf)
    newer = _peers.Peer("nothing", "math", "all", lambda: deaf, python=(9, 9))
    assert absent.missing == "pip install 'lamppost[bench]'"
    assert newer.missing.startswith("Python 9.9")


def test_every_peer_is_either_run_or_named_as_absent() -> None:
    ways, absent = _peers.loaded()
    named = {way.name.split()[0] for way in ways} | {one.package for one in absent}
    assert {"soundlevelmeter", "phonometry"} <= named
    assert len(ways) + len(absent) >= 3
