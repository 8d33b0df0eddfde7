"""What every detector keeps to, whatever it detects: the folder is walked."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from itertools import cycle

import numpy as np
import pytest
from numpy.typing import NDArray

import dsp.detectors
from dsp.detection import Detection, Detector
from dsp.tests.signals import street

NAMES = [m.name for m in pkgutil.iter_modules(dsp.detectors.__path__) if not m.name.startswith("_")]
SIGNAL_RATE_HZ = 16_000
ODD_PIECES = (1, 7, 1600, 333, 4001)

Make = Callable[..., Detector]


@pytest.fixture(params=NAMES)
def make(request: pytest.FixtureRequest) -> Make:
    module = importlib.import_module(f"dsp.detectors.{request.param}")
    made: Make = module.Detector
    return made


def heard(detector: Detector, signal: NDArray[np.float32], pieces: Iterator[int]) -> list[Detection]:
    found, at = [], 0
    while at < signal.size:
        size = next(pieces)
        found += detector.feed(signal[at : at + size])
        at += size
    return found + detector.close()


def test_there_are_detectors() -> None:
    assert NAMES


@pytest.mark.parametrize("pieces", [(1,), ODD_PIECES, (1600,)])
def test_any_chunking_gives_identical_detections(make: Make, pieces: tuple[int, ...]) -> None:
    signal = street(SIGNAL_RATE_HZ, 3.0, blasts_s=(0.6, 1.1, 1.5, 2.9))
    whole = heard(make(SIGNAL_RATE_HZ, all_scores=True), signal, cycle([signal.size]))
    assert heard(make(SIGNAL_RATE_HZ, all_scores=True), signal, cycle(pieces)) == whole


@pytest.mark.parametrize("level", [0.0, 0.7, -1.0])
def test_silence_and_a_constant_give_nothing(make: Make, level: float) -> None:
    constant = np.full(2 * SIGNAL_RATE_HZ, level, np.float32)
    assert heard(make(SIGNAL_RATE_HZ, all_scores=True), constant, cycle([1600])) == []


def test_an_empty_signal_gives_nothing(make: Make) -> None:
    assert make(SIGNAL_RATE_HZ).close() == []


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 12_000, 22_050, 44_100, 48_000, 96_000])
def test_every_rate_is_taken_and_detections_lie_inside_the_signal(make: Make, rate_hz: int) -> None:
    signal = street(rate_hz, 1.5, blasts_s=(0.5, 1.0))
    for found in heard(make(rate_hz, all_scores=True), signal, cycle([rate_hz // 10])):
        assert 0 <= found.start <= found.stop
        assert found.start < signal.size
        assert np.isfinite([found.score, found.threshold, *found.measures.values()]).all()


def test_all_scores_only_adds_what_stayed_below_the_threshold(make: Make) -> None:
    signal = street(SIGNAL_RATE_HZ, 4.0, blasts_s=(0.7, 1.4, 2.0), peak=0.01)
    reported = heard(make(SIGNAL_RATE_HZ), signal, cycle([1600]))
    everything = heard(make(SIGNAL_RATE_HZ, all_scores=True), signal, cycle([1600]))
    assert reported == [found for found in everything if found.score >= found.threshold]
