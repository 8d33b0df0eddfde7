"""A noise permit's limit: when it is broken, and what is said of it."""

import numpy as np
import pytest
from numpy.typing import NDArray

from dsp.detection import Detection
from dsp.detectors.noise_limit import Detector
from dsp.meter import Meter
from dsp.summary import Summary

RATE_HZ = 8_000


def tone(*levels_db: tuple[float, float], hz: float = 1000.0) -> NDArray[np.float32]:
    """A tone of 1 kHz, where A and C weigh nothing: level re full scale, and for how many seconds."""
    gain = np.concatenate([np.full(round(seconds * RATE_HZ), 10 ** (db / 20)) for db, seconds in levels_db])
    return np.asarray(np.sqrt(2) * gain * np.sin(2 * np.pi * hz * np.arange(gain.size) / RATE_HZ), np.float32)


def heard(samples: NDArray[np.float32], piece: int = 10**9, **options: float) -> list[Detection]:
    detector = Detector(RATE_HZ, **options)  # type: ignore[arg-type]  # a test's options are all numbers
    found = [one for at in range(0, samples.size, piece) for one in detector.feed(samples[at : at + piece])]
    return found + detector.close()


def ends_s(found: list[Detection]) -> list[float]:
    return [one.stop / RATE_HZ for one in found]


def test_a_limit_that_nobody_set_is_broken_by_nothing() -> None:
    assert heard(np.ones(30 * RATE_HZ, np.float32) * tone((0, 30)), averaging_s=10) == []
    assert heard(tone((0, 30)), averaging_s=10, all_scores=True) == []


def test_the_level_is_that_of_the_class_1_meter_over_the_same_time() -> None:
    rng = np.random.default_rng(1)
    samples = (0.05 * rng.standard_normal(30 * RATE_HZ)).astype(np.float32)
    found = heard(samples, averaging_s=10, limit_db=-60, repeat_s=1)
    seconds = Meter(RATE_HZ, 1).feed(samples[None])
    for one in found[-15:]:
        summary = Summary(1)
        for second in seconds[one.stop // RATE_HZ - 10 : one.stop // RATE_HZ]:
            summary.add(Summary.of(second))
        assert one.score == pytest.approx(summary.levels(0).levels["LAeq"], abs=1e-9)


def test_it_is_told_when_the_energy_of_the_time_is_above_the_limit_and_not_before() -> None:
    # -20 dB for n of 10 s are -30 + 10 lg n: above -25.5 dB from n = 3 on (-25.2), and 60 s before that are far below
    (found,) = heard(tone((-60, 60), (-20, 4)), averaging_s=10, limit_db=-25.5)
    assert found.stop == 63 * RATE_HZ
    assert found.score == pytest.approx(-25.23, abs=0.05)


def test_what_was_not_measured_counts_as_silence() -> None:
    (found,) = heard(tone((-20, 5)), averaging_s=10, limit_db=-24)
    assert ends_s([found]) == [4]
    assert found.measures["measured_s"] == pytest.approx(4)
    assert found.measures["measured_level_db"] == pytest.approx(-20, abs=0.1)
    assert any("4 s of that were measured; what was not counts as silence" in reason for reason in found.reasons)


def test_numbers_that_are_none_are_no_energy_and_no_time() -> None:
    samples = tone((-20, 30))
    samples[5 * RATE_HZ : 12 * RATE_HZ] = np.nan
    found = heard(samples, averaging_s=10, limit_db=-20.3, repeat_s=1)
    assert [one for one in found if 6 * RATE_HZ <= one.stop <= 21 * RATE_HZ] == []
    assert found[-1].measures["measured_s"] == 10
    assert heard(np.full(30 * RATE_HZ, np.nan, np.float32), averaging_s=10, limit_db=-90) == []


def test_an_excess_ends_a_hysteresis_below_and_is_told_again_each_repeat() -> None:
    levels = [(-20.0, 30.0), (-20.6, 30.0), (-20.0, 10.0), (-40.0, 30.0), (-20.0, 15.0)]
    told = heard(tone(*levels), averaging_s=10, limit_db=-20.3, clear_db=1, repeat_s=20)
    assert [one.measures["told"] for one in told] == [1, 2, 3, 1]
    assert len({one.start for one in told}) == 2
    assert [one.measures["lasts_s"] > 0 for one in told] == [False, True, True, False]
    assert all(one.score >= one.threshold for one in told)


def test_c_weighting_hears_the_bass_that_a_does_not() -> None:
    bass = tone((-20, 12), hz=63)
    assert heard(bass, averaging_s=10, limit_db=-25) == []
    assert heard(bass, averaging_s=10, limit_db=-25, c_weighted=True)[0].reasons[0].startswith("LCeq over 10 s")


def test_the_full_scale_makes_levels_absolute_and_without_one_the_reasons_say_so() -> None:
    (absolute,) = heard(tone((-20, 12)), averaging_s=10, limit_db=94, full_scale_db=114.05)
    assert absolute.reasons[0].endswith("dB; the limit is 94 dB")
    assert not any("full scale" in reason for reason in absolute.reasons)
    (relative,) = heard(tone((-20, 12)), averaging_s=10, limit_db=-20.05)
    assert "the limit is -20.05 dB re full scale" in relative.reasons[0]
    assert relative.reasons[1].startswith("no calibration is known")


def test_overload_and_the_share_of_the_last_minute_are_told() -> None:
    samples = np.clip(tone((-30, 60), (-13, 60), (2, 2)), -1, 1)
    found = heard(samples, averaging_s=120, limit_db=-14.5)[-1]
    assert found.measures["overload_s"] > 0.5
    assert found.measures["last_minute_share"] == pytest.approx(0.97, abs=0.01)
    assert any("touched full scale: it was louder than this says" in reason for reason in found.reasons)
    assert any(reason.startswith("the last minute brought 9") for reason in found.reasons)


def test_all_scores_tells_the_level_once_an_averaging_time() -> None:
    told = heard(tone((-20, 35)), averaging_s=10, limit_db=0, all_scores=True)
    assert ends_s(told) == [10, 20, 30]
    assert [one.score for one in told] == pytest.approx([-20] * 3, abs=0.1)


@pytest.mark.parametrize("piece", [1, 777, 16_001])
def test_any_chunking_tells_the_same_to_the_last_bit(piece: int) -> None:
    samples = tone((-20, 4), (-40, 3), (-20, 2))
    options = {"averaging_s": 3, "limit_db": -21, "repeat_s": 1}
    assert heard(samples, piece, **options) == heard(samples, **options)


@pytest.mark.parametrize("averaging_s", [0.5, 1e6, float("nan")])
def test_an_averaging_time_that_makes_no_sense_is_refused(averaging_s: float) -> None:
    with pytest.raises(ValueError, match="expected 1 to 86400"):
        Detector(RATE_HZ, averaging_s=averaging_s)


def test_several_channels_are_refused_with_their_shape() -> None:
    with pytest.raises(ValueError, match=r"\(2, 10\).*shape \(n,\)"):
        Detector(RATE_HZ, limit_db=0).feed(np.zeros((2, 10), np.float32))
