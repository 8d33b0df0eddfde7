"""Hearing, quiet or deaf: streets that are heard, and what befalls microphones, told within a stated time."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from dsp.condition import DEAF_AFTER_S, HEARS_AFTER_S, Condition, Sense, Verdict
from dsp.signs import signs
from dsp.tests import capsules
from dsp.tests.capsules import RATE_HZ, Second, Sound, heard, seconds, street, told_after_s

AMBIENCE = Path(__file__).resolve().parents[2].parent / "shared/data/ambience"
LEARNING_S = 8 * 60  # five minutes that are learned, and two that wait
ONE, FOUR = seconds(street(1)), seconds(street(4))

Fault = Callable[[Sound], Sound]


def faulty(fault: Fault, channels: int = 4, channel: int = 2) -> list[Second]:
    sound = street(channels)
    sound[channel] = fault(sound[channel])
    return seconds(sound)


def stuttering(sound: Sound) -> Sound:
    """A fifth of each second holds one value."""
    held = sound.copy().reshape(-1, RATE_HZ)
    held[:, :3200] = held[:, :1]
    return held.reshape(-1)


def without_numbers(sound: Sound) -> Sound:
    return np.where(np.arange(sound.size) % 1000 == 0, np.float32(np.nan), sound)


@pytest.fixture(scope="module")
def learned() -> Callable[[int], Condition]:
    """A judge of so many channels that has learned the street."""

    def made(channels: int) -> Condition:
        condition = Condition(channels)
        heard(condition, {1: ONE, 4: FOUR}[channels], LEARNING_S)
        return condition

    return made


def test_a_living_street_is_heard_on_each_channel_and_the_level_says_so() -> None:
    for verdicts in heard(Condition(4), FOUR, 150)[10:]:
        assert [verdict.sense for verdict in verdicts] == [Sense.HEARING] * 4
        assert verdicts[0].evidence.startswith("level -5")


@pytest.mark.parametrize(
    ("fault", "within_s", "words"),
    [
        (lambda sound: sound * 0, 3, "level -100 dB, below -95: no microphone is this quiet"),
        (lambda sound: sound * 0 + np.float32(0.3), 3, "no microphone is this quiet"),
        (lambda sound: capsules.noise(sound, -101), 3, "no microphone is this quiet"),
        (stuttering, 3, "stuck at one value for 0.20 s"),
        (without_numbers, 3, "0.1% of the samples are no numbers"),
        (lambda sound: np.clip(sound * 300, -1, 1), 33, "clipped in 33 of 33 s"),
        (lambda sound: np.clip(sound * 300, -0.7, 0.6), 33, "clipped in 33 of 33 s"),
        (capsules.low_passed, 33, "1 to 8 kHz 28 dB under its neighbours"),
        (capsules.attenuated, 33, "1 to 8 kHz 36 dB under its neighbours"),
        (lambda sound: capsules.noise(sound, -88), 33, "dB under its neighbours"),
        (capsules.hum, 33, "dB under its neighbours"),
        (lambda sound: capsules.noise(sound, -40), 63, "stands still while its neighbours move by 12 dB"),
    ],
)
def test_a_fault_of_one_of_four_is_told_in_time_with_nothing_learned(fault: Fault, within_s: int, words: str) -> None:
    verdicts = heard(Condition(4), faulty(fault), 70)
    deaf_s = told_after_s(verdicts, 2, Sense.DEAF)
    assert deaf_s <= within_s
    assert words in verdicts[deaf_s - 1][2].evidence
    assert verdicts[-1][2].sense is Sense.DEAF
    assert not [v for each in verdicts for at, v in enumerate(each) if at != 2 and v.sense is Sense.DEAF]


def test_a_channel_that_repeats_another_is_deaf() -> None:
    sound = street(4)
    sound[3] = sound[1]
    verdicts = heard(Condition(4), seconds(sound), 20)
    assert told_after_s(verdicts, 3, Sense.DEAF) == DEAF_AFTER_S
    assert verdicts[-1][3].evidence == "the same as channel 1, sample for sample: wiring or firmware"
    assert verdicts[-1][1].sense is Sense.HEARING


@pytest.mark.parametrize(
    ("fault", "within_s", "words"),
    [
        (capsules.attenuated, 50, "dB under its own floor of the last hour, bass to treble"),
        (capsules.hum, 65, "mains hum, and the rest stands still: unplugged?; "),
        (lambda sound: capsules.noise(sound, -70), 65, "white noise of -70 dB that stands still"),
    ],
)
def test_a_lone_microphone_is_deaf_by_what_it_learned(
    learned: Callable[[int], Condition], fault: Fault, within_s: int, words: str
) -> None:
    verdicts = heard(learned(1), faulty(fault, 1, 0), 100)
    deaf_s = told_after_s(verdicts, 0, Sense.DEAF)
    assert deaf_s <= within_s
    assert words in verdicts[deaf_s - 1][0].evidence


def test_a_lone_microphone_under_a_cover_is_doubted_until_the_cover_is_off(
    learned: Callable[[int], Condition],
) -> None:
    condition = learned(1)
    covered = heard(condition, faulty(capsules.low_passed, 1, 0), 5400)
    assert told_after_s(covered, 0, Sense.QUIET) <= 61
    assert {each[0].sense for each in covered[61:]} == {Sense.QUIET}
    assert covered[-1][0].evidence.endswith("dB under its own floor of the last hour: covered?")
    assert told_after_s(heard(condition, ONE, 100), 0, Sense.HEARING) == 1


def test_hum_alone_is_a_doubt_for_who_has_learned_nothing() -> None:
    verdicts = heard(Condition(1), faulty(capsules.hum, 1, 0), 70)
    assert verdicts[-1][0].sense is Sense.QUIET
    assert "mains hum, and the rest stands still" in verdicts[-1][0].evidence


def test_noise_of_a_converter_is_told_with_nothing_learned_and_at_every_rate() -> None:
    for rate_hz in (8_000, 12_000, 48_000):
        noise = capsules.noise(np.zeros(20 * rate_hz, np.float32), -85)[None]
        verdicts = heard(Condition(1), seconds(noise, rate_hz), 70)
        assert told_after_s(verdicts, 0, Sense.DEAF) <= 62


def test_an_offset_is_a_doubt() -> None:
    verdicts = heard(Condition(1), faulty(lambda sound: sound - np.float32(0.12), 1, 0), 20)
    assert verdicts[-1][0] == Verdict(Sense.QUIET, "offset of -12% of full scale: bias or capacitor broken?")


def test_wind_at_one_capsule_is_a_doubt_and_no_deafness() -> None:
    """Incoherent rumble, 20 dB over the street below 200 Hz."""

    def windy(sound: Sound) -> Sound:
        noise = capsules.pink(np.random.default_rng(3), sound.size, -25)
        spectrum = np.fft.rfft(noise) / (1 + (np.fft.rfftfreq(sound.size, 1 / RATE_HZ) / 100) ** 2)
        return (sound + np.fft.irfft(spectrum, sound.size)).astype(np.float32)

    verdicts = heard(Condition(4), faulty(windy), 70)
    assert verdicts[-1][2].sense is Sense.QUIET
    assert "hears something else" in verdicts[-1][2].evidence
    assert [v.sense for at, v in enumerate(verdicts[-1]) if at != 2] == [Sense.HEARING] * 3


def test_noise_of_their_own_in_all_channels_is_no_doubt() -> None:
    rng = np.random.default_rng(8)
    apart = np.stack([capsules.pink(rng, 30 * RATE_HZ, -60) for _ in range(4)]).astype(np.float32)
    assert {v.evidence[:8] for each in heard(Condition(4), seconds(apart), 150)[3:] for v in each} == {"level -6"}


def test_of_two_channels_the_lower_is_only_doubted() -> None:
    verdicts = heard(Condition(2), faulty(capsules.low_passed, 2, 1), 70)[-1]
    assert [verdict.sense for verdict in verdicts] == [Sense.HEARING, Sense.QUIET]
    assert verdicts[1].evidence.startswith("treble ")


@pytest.mark.parametrize("level_db", [-60.0, -80.0])
def test_a_still_night_of_pink_noise_is_not_deaf(level_db: float) -> None:
    night = seconds(street(1, level_db=level_db, swell_db=0))
    assert Sense.DEAF not in {each[0].sense for each in heard(Condition(1), night, 900)}


def test_rain_that_ends_over_a_lone_microphone_is_no_deafness(learned: Callable[[int], Condition]) -> None:
    """Treble falls by 20 dB from one second to the next, bass by 6."""
    rain = capsules.noise(street(1)[0], -45)[None] + street(1)
    condition = Condition(1)
    heard(condition, seconds(rain), LEARNING_S)
    assert Sense.DEAF not in {each[0].sense for each in heard(condition, ONE, 600)}


def test_a_night_that_falls_by_five_decibels_an_hour_is_learned() -> None:
    condition, evening = Condition(1), street(1, duration_s=15)
    for step in range(20):  # of six minutes
        night = seconds(evening * np.float32(10 ** (-0.5 * step / 20)))
        assert {each[0].sense for each in heard(condition, night, 360)[3:]} == {Sense.HEARING}


def test_what_lasts_shorter_than_the_hysteresis_is_not_told_and_what_is_told_lasts() -> None:
    condition, dead = Condition(1), seconds(np.zeros((1, RATE_HZ), np.float32))
    heard(condition, ONE, 30)
    assert {each[0].sense for each in heard(condition, dead, DEAF_AFTER_S - 1)} == {Sense.HEARING}
    heard(condition, ONE, 1)
    assert {each[0].sense for each in heard(condition, dead, DEAF_AFTER_S - 1)} == {Sense.HEARING}
    assert heard(condition, dead, 1)[-1][0].sense is Sense.DEAF
    assert {each[0].sense for each in heard(condition, ONE, HEARS_AFTER_S - 1)} == {Sense.DEAF}
    assert heard(condition, ONE, 1)[-1][0].sense is Sense.HEARING


def test_a_loose_plug_is_deaf_without_a_break() -> None:
    condition, dead = Condition(1), seconds(np.zeros((1, RATE_HZ), np.float32))
    heard(condition, ONE, 30)
    senses = [each[0].sense for _ in range(10) for each in heard(condition, dead, 5) + heard(condition, ONE, 5)]
    assert sum(before is not after for before, after in pairwise(senses)) == 1


def test_a_minute_in_which_the_plug_was_out_is_not_learned(learned: Callable[[int], Condition]) -> None:
    condition, dead = learned(1), seconds(np.zeros((1, RATE_HZ), np.float32))
    heard(condition, dead, 20)
    heard(condition, ONE, LEARNING_S)
    assert "covered?" in heard(condition, faulty(capsules.low_passed, 1, 0), 70)[-1][0].evidence


def test_a_minute_in_which_the_cover_came_is_not_learned_when_it_is_off(learned: Callable[[int], Condition]) -> None:
    condition, covered = learned(1), faulty(capsules.low_passed, 1, 0)
    for given, duration_s in ((ONE, 45), (covered, 315), (ONE, LEARNING_S)):
        heard(condition, given, duration_s)
    assert "covered?" in heard(condition, covered, 70)[-1][0].evidence


def test_a_second_of_silence_in_each_half_minute_is_not_the_floor() -> None:
    condition = Condition(1)
    heard(condition, ONE[:-1] + faulty(capsules.attenuated, 1, 0)[-1:], LEARNING_S)
    assert "covered?" in heard(condition, faulty(capsules.low_passed, 1, 0), 70)[-1][0].evidence


def test_a_night_is_forgotten_after_an_hour_of_day() -> None:
    condition = Condition(1)
    heard(condition, seconds(street(1, level_db=-90)), LEARNING_S)
    heard(condition, ONE, 3600 + 180)
    assert "covered?" in heard(condition, faulty(capsules.low_passed, 1, 0), 70)[-1][0].evidence


def test_another_number_of_channels_or_bands_is_refused() -> None:
    told, bands = ONE[0]
    with pytest.raises(ValueError, match=r"signs of shape \(1,\).*expected \(4,\)"):
        Condition(4).second(told, bands)
    with pytest.raises(ValueError, match=r"bands of \(1, 30\)"):
        Condition(1).second(signs(street(1)[:, :RATE_HZ], RATE_HZ), bands[:, :30])


STREETS = ("9a12b4b8", "a7b4879b", "64710754")  # of the development share


def recording(name: str) -> Sound:
    soundfile = pytest.importorskip("soundfile", reason="needs the extra 'bench': soundfile reads the recordings")
    path = next(AMBIENCE.glob(f"*/berlin_noise__{name}.flac"), None)
    if path is None:
        pytest.skip(f"needs the recording berlin_noise__{name}.flac in shared/data/ambience beside the repository")
    samples, rate_hz = soundfile.read(path, dtype="float32")
    assert rate_hz == RATE_HZ
    return np.asarray(samples[: samples.size // RATE_HZ * RATE_HZ])


@pytest.mark.parametrize("name", STREETS)
def test_a_recorded_street_is_heard(name: str) -> None:
    verdicts = heard(Condition(1), seconds(recording(name)[None]), 900)
    assert {each[0].sense for each in verdicts[1:]} == {Sense.HEARING}


@pytest.mark.parametrize("fault", [capsules.attenuated, capsules.low_passed, capsules.hum])
@pytest.mark.parametrize("name", STREETS)
def test_a_fault_in_a_recorded_street_is_told(name: str, fault: Fault) -> None:
    sound, condition = recording(name), Condition(1)
    heard(condition, seconds(sound[None]), LEARNING_S)
    verdicts = heard(condition, seconds(fault(sound)[None]), 100)
    assert told_after_s(verdicts, 0, Sense.QUIET if fault is capsules.low_passed else Sense.DEAF) <= 65
