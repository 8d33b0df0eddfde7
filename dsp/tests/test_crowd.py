"""Crowds in synthetic streets: what is heard as one, what is not, and what is said of it."""

from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from math import gcd

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import resample_poly

from dsp.crowd import LIMITS
from dsp.detection import Detection, Detector
from dsp.detectors import crowd_level, crowd_surge
from dsp.tests import crowds
from dsp.tests.crowds import RATE_HZ, Sound

BEFORE_S = 90
STREET_RMS = 2e-3
LOUD = 15.0  # dB over the street


@lru_cache(maxsize=32)
def crowd(seconds: float) -> Sound:
    return np.tile(crowds.voices(40, 10) + 0.7 * crowds.voices(20, 10, seed=9, shouted=True), 30)[
        : round(seconds * RATE_HZ)
    ]


OTHERS: dict[str, Callable[[float], Sound]] = {
    "rain": crowds.rain,
    "wind": crowds.wind,
    "truck": crowds.truck,
    "siren": crowds.siren,
    "one voice": lambda seconds: crowds.voices(1, seconds),
    "a whistle": lambda seconds: np.sqrt(2) * np.sin(2 * np.pi * 1500 * np.arange(round(seconds * RATE_HZ)) / RATE_HZ),
}


def scene(sound: Sound, over_db: float = LOUD, rise_s: float = 0.0) -> NDArray[np.float32]:
    """A street, and from ``BEFORE_S`` on ``sound`` over it, that comes up from 15 dB less in ``rise_s``."""
    street = crowds.street(BEFORE_S + sound.size / RATE_HZ)[: BEFORE_S * RATE_HZ + sound.size]
    lower_db = np.interp(np.arange(sound.size) / RATE_HZ, [0, max(rise_s, 1e-6)], [15.0 if rise_s else 0.0, 0.0])
    street[BEFORE_S * RATE_HZ :] += sound * 10 ** ((over_db - lower_db) / 20)
    return np.asarray(STREET_RMS * street, np.float32)


def heard(detector: Detector, samples: NDArray[np.float32], piece: int = RATE_HZ) -> list[Detection]:
    found = [one for at in range(0, samples.size, piece) for one in detector.feed(samples[at : at + piece])]
    return found + detector.close()


def level(samples: NDArray[np.float32], **options: float) -> list[Detection]:
    return heard(crowd_level.Detector(RATE_HZ, **options), samples)  # type: ignore[arg-type]  # numbers alone


def surge(samples: NDArray[np.float32], **options: float) -> list[Detection]:
    return heard(crowd_surge.Detector(RATE_HZ, **options), samples)  # type: ignore[arg-type]  # numbers alone


def test_a_crowd_is_heard_within_a_quarter_of_a_minute_and_told_again_each_minute() -> None:
    found = level(scene(crowd(150)))
    assert BEFORE_S < found[0].stop / RATE_HZ <= BEFORE_S + 15
    assert abs(found[0].start / RATE_HZ - BEFORE_S) <= 5
    assert len(found) == 3
    assert all(later.stop - one.stop >= 60 * RATE_HZ for one, later in pairwise(found))
    assert {one.start for one in found} == {found[0].start}


def test_its_level_is_that_of_the_speech_band_on_the_calibrations_scale() -> None:
    samples = scene(crowd(30))
    (relative,), (absolute,) = level(samples), level(samples, full_scale_db=120.0)
    spectrum = np.abs(np.fft.rfft(samples[relative.stop - 8 * RATE_HZ : relative.stop])) ** 2
    hz = np.fft.rfftfreq(8 * RATE_HZ, 1 / RATE_HZ)
    power = 2 * spectrum[(hz > 223) & (hz < 4467)].sum() / (8 * RATE_HZ) ** 2
    assert relative.measures["level_db"] == pytest.approx(10 * np.log10(power), abs=0.5)
    assert absolute.measures["level_db"] == pytest.approx(relative.measures["level_db"] + 120)
    assert any("dB re full scale over the last 8 s" in reason for reason in relative.reasons)
    assert not any("full scale" in reason for reason in absolute.reasons)


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_crowd_is_none_however_loud(name: str) -> None:
    samples = scene(OTHERS[name](60))
    assert level(samples) == []
    assert surge(samples) == []
    assert surge(scene(OTHERS[name](120), rise_s=60)) == []


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 44_100, 48_000])
def test_a_crowd_is_heard_at_every_rate(rate_hz: int) -> None:
    common = gcd(rate_hz, RATE_HZ)
    samples = resample_poly(scene(crowd(30)), rate_hz // common, RATE_HZ // common).astype(np.float32)
    for detector in (crowd_level.Detector(rate_hz), crowd_surge.Detector(rate_hz)):
        (found,) = heard(detector, samples)
        assert BEFORE_S - 8 < found.start / rate_hz < BEFORE_S + 10


def test_a_crowd_under_the_street_is_not_heard() -> None:
    assert level(scene(crowd(60), over_db=-5)) == []


def test_the_reasons_name_each_measure_with_its_limit() -> None:
    (found,) = level(scene(crowd(30)))
    assert "threshold 7" in found.reasons[0]
    for limit in LIMITS:
        assert limit.reason(found.measures[limit.measure]) in found.reasons
    assert np.isfinite(list(found.measures.values())).all()


def test_a_crowd_that_begins_at_once_is_a_jump() -> None:
    found = surge(scene(crowd(60)))
    assert BEFORE_S < found[0].stop / RATE_HZ <= BEFORE_S + 20
    assert found[0].measures["jump_db"] > 10
    assert any("over the median of the minutes before" in reason for reason in found[0].reasons)


def test_a_crowd_that_grows_is_a_rise_with_its_slope_and_error() -> None:
    (found, *_) = surge(scene(crowd(150), over_db=18, rise_s=150), jump_db=99)
    assert 3 < found.measures["slope_db_a_minute"] < 12
    assert 0 <= found.measures["slope_db_a_minute_error"] < 2
    assert any("± " in reason and "dB a minute" in reason for reason in found.reasons)


def test_a_crowd_that_stays_as_it_is_is_no_surge() -> None:
    assert all(one.stop < (BEFORE_S + 150) * RATE_HZ for one in surge(scene(crowd(300))))
    assert surge(np.asarray(STREET_RMS * crowd(200), np.float32)) == []


def test_a_hole_is_not_judged_across_and_the_floor_outlives_it() -> None:
    samples = scene(crowd(40))
    samples[BEFORE_S * RATE_HZ : BEFORE_S * RATE_HZ + 100] = np.nan
    (found,) = level(samples)
    assert found.start >= (BEFORE_S + 1) * RATE_HZ
    assert found.stop <= (BEFORE_S + 20) * RATE_HZ
    everything = np.full(60 * RATE_HZ, np.nan, np.float32)
    assert level(everything, all_scores=True) == surge(everything, all_scores=True) == []


def test_overload_is_said() -> None:
    found = level(np.clip(scene(crowd(60)) * 60, -1, 1), threshold=-1000.0)[-1]
    assert found.measures["overload_s"] > 0
    assert "touched full scale" in found.reasons[-1]


@pytest.mark.parametrize("make", [crowd_level.Detector, crowd_surge.Detector])
@pytest.mark.parametrize("piece", [331, 16_001, 10**9])
def test_any_chunking_tells_the_same_to_the_last_bit(make: type[Detector], piece: int) -> None:
    samples = scene(crowd(30))
    first, second = (make(RATE_HZ, all_scores=True) for _ in range(2))  # type: ignore[call-arg]  # each has it
    assert heard(first, samples, piece) == heard(second, samples)


@pytest.mark.parametrize("make", [crowd_level.Detector, crowd_surge.Detector])
def test_all_scores_only_adds_what_stayed_below_the_threshold(make: type[Detector]) -> None:
    samples = scene(crowd(30))
    everything = heard(make(RATE_HZ, all_scores=True), samples)  # type: ignore[call-arg]  # each has it
    reported = heard(make(RATE_HZ), samples)  # type: ignore[call-arg]  # each takes the rate
    assert reported == [one for one in everything if one.score >= one.threshold]
    assert len(everything) > len(reported)


@pytest.mark.parametrize("make", [crowd_level.Detector, crowd_surge.Detector])
@pytest.mark.parametrize("level_", [0.0, 0.7])
def test_silence_and_a_constant_give_nothing(make: type[Detector], level_: float) -> None:
    constant = np.full(120 * RATE_HZ, level_, np.float32)
    assert heard(make(RATE_HZ, all_scores=True), constant) == []  # type: ignore[call-arg]  # each has it


@pytest.mark.parametrize("options", [{"over_s": 30}, {"over_s": 1e6}, {"rate_db_a_minute": 0}, {"jump_db": -1}])
def test_options_that_make_no_sense_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected"):
        crowd_surge.Detector(RATE_HZ, **options)  # type: ignore[arg-type]  # numbers alone


@pytest.mark.parametrize("make", [crowd_level.Detector, crowd_surge.Detector])
def test_several_channels_are_refused_with_their_shape(make: type[Detector]) -> None:
    with pytest.raises(ValueError, match=r"\(2, 10\).*shape \(n,\)"):
        make(RATE_HZ).feed(np.zeros((2, 10), np.float32))  # type: ignore[call-arg]  # each takes the rate
