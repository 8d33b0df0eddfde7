"""Listening: one event for a bang on all channels, whatever the chunks."""

import numpy as np
import pytest
from numpy.typing import NDArray

from dsp.tests.signals import street
from edge.errors import UserError
from edge.node.listening import (
    HOLD_S,
    MERGE_S,
    STEP_S,
    Heard,
    Listener,
    Options,
    calibrated,
    check_options,
    model_of,
)

RATE_HZ = 8000
MERGE = round(MERGE_S * RATE_HZ)


def clicks(seconds: float, *found: tuple[int, int, float]) -> NDArray[np.float32]:
    """Silence on three channels with clicks: channel, sample, level."""
    samples = np.zeros((3, round(seconds * RATE_HZ)), np.float32)
    for channel, at, level in found:
        samples[channel, at] = level
    return samples


def heard(samples: NDArray[np.float32], kind: str, *, chunk: int = 10**9) -> list[Heard]:
    listener = Listener(RATE_HZ, samples.shape[0], {kind: {}})
    told = [one for at in range(0, samples.shape[1], chunk) for one in listener.feed(samples[:, at : at + chunk])]
    return told + listener.close()


def test_a_bang_on_all_channels_is_one_event_with_the_best_channels_measures(click: str) -> None:
    (event,) = heard(clicks(2, (0, 4000, 0.6), (1, 4020, 0.9), (2, 3990, 0.7)), click)
    assert (event.kind, event.channels, event.channel) == (click, (0, 1, 2), 1)
    assert event.detection.start == 4020
    assert event.detection.measures["level"] == pytest.approx(0.9)


def test_clicks_that_lie_further_apart_than_sound_crosses_an_array_are_two(click: str) -> None:
    assert len(heard(clicks(2, (0, 4000, 0.6), (1, 4000 + MERGE, 0.6)), click)) == 1
    assert len(heard(clicks(2, (0, 4000, 0.6), (1, 4001 + MERGE, 0.6)), click)) == 2


def test_of_two_clicks_of_one_channel_in_one_event_the_better_is_told(click: str) -> None:
    (event,) = heard(clicks(2, (0, 4000, 0.6), (0, 4100, 0.8), (0, 4200, 0.7)), click)
    assert event.detection.start == 4100


def test_an_event_is_told_when_all_channels_have_had_their_time(click: str) -> None:
    listener = Listener(RATE_HZ, 3, {click: {}})
    samples, step = clicks(1, (0, 10, 0.9)), round(STEP_S * RATE_HZ)
    told_at = next(at for at in range(0, samples.shape[1], step) if listener.feed(samples[:, at : at + step]))
    assert HOLD_S * RATE_HZ <= told_at <= (HOLD_S + 2 * STEP_S) * RATE_HZ


def test_the_end_of_the_stream_completes_what_was_begun(click: str) -> None:
    samples = clicks(1.01, (0, round(1.01 * RATE_HZ) - 1, 0.9))
    assert [event.detection.start for event in heard(samples, click)] == [samples.shape[1] - 1]
    assert Listener(RATE_HZ, 3, {click: {}}).close() == []


@pytest.mark.parametrize("chunk", [1, 7, 64, 160, 999, 4000])
def test_chunking_changes_no_event(click: str, chunk: int) -> None:
    random = np.random.default_rng(3)
    found = [(int(c), int(at), 0.6 + 0.4 * random.random()) for c, at in random.integers(0, (3, 8000), (60, 2))]
    samples = clicks(1.01, *found)
    assert heard(samples, click, chunk=chunk) == heard(samples, click)


def test_a_model_is_known_by_its_kind_and_its_options() -> None:
    assert model_of("gunshot", {}) == model_of("gunshot", {})
    assert len({model_of("gunshot", {}), model_of("gunshot", {"threshold": 0.5}), model_of("other", {})}) == 3


def test_detectors_that_share_a_hearing_tell_what_each_tells_alone() -> None:
    kinds: dict[str, Options] = {kind: {"all_scores": True} for kind in ("gunshot", "fireworks", "other", "scream")}
    signal = np.stack([street(RATE_HZ, 4.0, blasts_s=(1.0, 1.6, 2.9), peak=peak) for peak in (0.5, 0.4)])
    together = Listener(RATE_HZ, 2, kinds)
    told = together.feed(signal) + together.close()
    for kind, options in kinds.items():
        alone = Listener(RATE_HZ, 2, {kind: options})
        assert [one for one in told if one.kind == kind] == alone.feed(signal) + alone.close()


def test_options_are_those_of_the_detector(click: str) -> None:
    assert check_options(click, {"threshold": 1, "nan": True}, "here") == {"threshold": 1, "nan": True}
    with pytest.raises(UserError, match=r"here\.rate_hz is no option"):
        check_options(click, {"rate_hz": 1}, "here")


def loud(known: dict[int, float], **options: float) -> list[Heard]:
    """What a noise limit of 10 s says of 11 s at -20 dB re full scale on two channels."""
    tone = 0.1 * np.sqrt(2) * np.sin(2 * np.pi * 1000 * np.arange(11 * RATE_HZ) / RATE_HZ)
    listener = Listener(RATE_HZ, 2, {"noise_limit": {"averaging_s": 10, **options}}, known)
    return listener.feed(np.stack((tone, tone)).astype(np.float32)) + listener.close()


def test_a_channels_calibration_reaches_a_detector_that_asks_for_it() -> None:
    (event,) = loud({1: 114.0}, limit_db=90)
    assert event.channels == (1,)
    assert event.detection.measures["measured_level_db"] == pytest.approx(94, abs=0.1)
    assert not any("full scale" in reason for reason in event.detection.reasons)


def test_a_full_scale_that_is_configured_stands_before_the_calibration() -> None:
    assert loud({1: 114.0}, limit_db=90, full_scale_db=100.0) == []


def test_without_a_calibration_a_limit_is_relative_to_full_scale_and_says_so() -> None:
    (event,) = loud({}, limit_db=-24)
    assert event.channels == (0, 1)
    assert any("no calibration is known" in reason for reason in event.detection.reasons)


def test_a_detector_that_does_not_ask_gets_no_calibration(click: str) -> None:
    assert calibrated(click, {"threshold": 1}, 114.0) == {"threshold": 1}
