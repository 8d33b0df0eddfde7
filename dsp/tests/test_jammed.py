"""Whoever plays noise or a tone at a microphone masks shots: it says so, and a shot that is louder is still heard."""

import numpy as np
import pytest

from dsp.condition import Condition, Sense
from dsp.detectors.gunshot import Detector
from dsp.tests.capsules import RATE_HZ, Sound, heard, noise, seconds, street
from dsp.tests.signals import street as shots

LEARNING_S = 8 * 60
WHITE_DB = 20 * np.log10(0.05)


def tone(hz: float, level_db: float, count: int) -> Sound:
    turns = hz * np.arange(count) / RATE_HZ
    return np.asarray(10 ** (level_db / 20) * np.sqrt(2) * np.sin(2 * np.pi * turns), np.float32)


@pytest.mark.parametrize("channels", [1, 4])
def test_white_noise_at_a_twentieth_of_full_scale_is_jamming_from_the_first_minute(channels: int) -> None:
    sound = np.stack([noise(np.zeros(30 * RATE_HZ, np.float32), WHITE_DB)] * channels)
    sound += 1e-4 * np.random.default_rng(1).standard_normal(sound.shape).astype(np.float32)
    verdicts = heard(Condition(channels), seconds(sound), 62)
    assert all(each.evidence.startswith("jammed? -2") for each in verdicts[-1])
    assert all("stand still: what is no louder is not heard" in each.evidence for each in verdicts[-1])
    assert {each.sense for each in verdicts[-1]} == {Sense.QUIET}


@pytest.mark.parametrize("hz", [440, 1000, 3000])
def test_a_tone_over_a_learned_street_is_jamming_within_two_minutes(hz: float) -> None:
    condition, quiet = Condition(1), street(1)
    heard(condition, seconds(quiet), LEARNING_S)
    verdicts = heard(condition, seconds(quiet + tone(hz, -20, quiet.shape[1])), 120)
    assert not [each for each in verdicts[63:] if "jammed? -20 dB" not in each[0].evidence]
    assert verdicts[-1][0].sense is (Sense.DEAF if hz == 1000 else Sense.QUIET)  # 1 kHz is a harmonic of the mains too


def test_what_is_far_louder_than_its_own_floor_and_stands_still_is_jamming_too() -> None:
    condition, night = Condition(1), street(1, level_db=-75)
    heard(condition, seconds(night), LEARNING_S)
    verdicts = heard(condition, seconds(noise(night[0], -48)[None]), 70)
    assert "dB over its own floor: what is no louder is not heard" in verdicts[-1][0].evidence


def test_a_loud_street_that_lives_is_not_jammed() -> None:
    verdicts = heard(Condition(1), seconds(street(1, level_db=-25)), 200)
    assert not [each for each in verdicts if "jammed" in each[0].evidence]


def scores(signal: Sound) -> list[float]:
    detector = Detector(RATE_HZ, all_scores=True)
    found = detector.feed(signal) + detector.close()
    return [one.score for one in found if abs(one.start / RATE_HZ - 1.0) < 0.05]


def test_a_shot_in_white_noise_loses_score_and_noise_alone_alarms_nobody() -> None:
    shot = shots(RATE_HZ, 3.0, blasts_s=(1.0,), peak=0.5)
    masked = shot + noise(shot, WHITE_DB)
    assert max(scores(masked), default=-np.inf) < max(scores(shot)) / 3
    detector = Detector(RATE_HZ)
    assert detector.feed(noise(np.zeros(20 * RATE_HZ, np.float32), WHITE_DB)) + detector.close() == []


def small_loudspeaker(sound: Sound) -> Sound:
    """24 dB an octave below 700 Hz."""
    frequency_hz = np.fft.rfftfreq(sound.size, 1 / RATE_HZ)
    share = (frequency_hz / 700) ** 4
    return np.fft.irfft(np.fft.rfft(sound) * share / np.sqrt(1 + share**2), sound.size).astype(np.float32)


def covered(sound: Sound) -> Sound:
    """24 dB an octave from 400 Hz, and 20 dB less."""
    frequency_hz = np.fft.rfftfreq(sound.size, 1 / RATE_HZ)
    passed = np.fft.rfft(sound) / np.sqrt(1 + (frequency_hz / 400) ** 8)
    return (0.1 * np.fft.irfft(passed, sound.size) + noise(sound, -80)).astype(np.float32)


@pytest.mark.parametrize("fooled", [small_loudspeaker, covered])
def test_playback_and_a_cover_cost_a_shot_score(fooled: object) -> None:
    assert callable(fooled)
    shot = shots(RATE_HZ, 3.0, blasts_s=(1.0,), peak=0.5)
    assert max(scores(fooled(shot)), default=-np.inf) < max(scores(shot)) / 3


def test_bursts_of_wind_are_no_shots_and_where_they_clip_the_state_says_so() -> None:
    rng, signal = np.random.default_rng(4), shots(RATE_HZ, 20.0, blasts_s=())
    gusts = np.fft.irfft(
        np.fft.rfft(rng.standard_normal(signal.size)) * (np.fft.rfftfreq(signal.size, 1 / RATE_HZ) < 30)
    )
    swell = np.clip(np.sin(2 * np.pi * 0.3 * np.arange(signal.size) / RATE_HZ), 0, None)
    windy = (0.2 * swell * gusts / gusts.std()).astype(np.float32)
    detector = Detector(RATE_HZ)
    assert detector.feed(signal + windy) + detector.close() == []
    verdicts = heard(Condition(1), seconds(np.clip(30 * windy, -1, 1)[None]), 60)
    assert any("clipped in" in each[0].evidence for each in verdicts)


def damaged(kind: str, signal: Sound) -> Sound:
    """The shot at 1 s, cut into by what happens to streams."""
    hurt, at = signal.copy(), slice(round(1.002 * RATE_HZ), round(1.03 * RATE_HZ))
    hurt[at] = {"zeros": 0.0, "no numbers": np.nan, "stuck": hurt[at.start], "infinite": np.inf, "offset": 0.7}[kind]
    return hurt


@pytest.mark.parametrize("kind", ["zeros", "no numbers", "stuck", "infinite", "offset"])
def test_damage_in_the_middle_of_a_shot_neither_stops_nor_deafens(kind: str) -> None:
    signal = damaged(kind, shots(RATE_HZ, 5.0, blasts_s=(1.0, 3.5)))
    detector = Detector(RATE_HZ, all_scores=True)
    found = detector.feed(signal) + detector.close()
    assert all(np.isfinite([one.score, *one.measures.values()]).all() for one in found)
    rules = Detector(RATE_HZ)
    starts_s = [one.start / RATE_HZ for one in rules.feed(signal) + rules.close()]
    assert any(abs(at_s - 3.5) < 2e-3 for at_s in starts_s)
