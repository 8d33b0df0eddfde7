from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from dsp.detection import Detection
from dsp.detectors.siren import Detector
from dsp.tests.sirens import COUNTRIES, Siren, echoed, passing, sound

RATE_HZ = 16_000
STREET_RMS = 0.003
BY_NAME = {siren.name: siren for siren in COUNTRIES}
YELP, WAIL, TWO_TONE = BY_NAME["yelp"], BY_NAME["wail"], BY_NAME["two-tone NL"]
BEFORE_S = 2.0

Sound = NDArray[np.float64]


def street(seconds: float, rate_hz: int = RATE_HZ, *, rms: float = STREET_RMS) -> Sound:
    """Noise that falls by 6 dB an octave above 100 Hz, as far traffic does."""
    spectrum = np.fft.rfft(np.random.default_rng(3).standard_normal(round(seconds * rate_hz)))
    hz = np.fft.rfftfreq(round(seconds * rate_hz), 1 / rate_hz)
    noise = np.fft.irfft(spectrum / np.maximum(hz, 100), round(seconds * rate_hz))
    return np.asarray(noise * rms / np.sqrt(np.mean(noise**2)))


def heard(signal: Sound, rate_hz: int = RATE_HZ) -> list[Detection]:
    detector = Detector(rate_hz)
    return detector.feed(signal.astype(np.float32)) + detector.close()


def in_street(siren: Sound, rate_hz: int = RATE_HZ, *, rms: float = 10 * STREET_RMS) -> Sound:
    """``BEFORE_S`` of street, then the siren in it."""
    total = street(BEFORE_S + siren.size / rate_hz, rate_hz)
    total[-siren.size :] += rms * siren
    return total


@pytest.mark.parametrize("siren", COUNTRIES, ids=[siren.name for siren in COUNTRIES])
def test_the_sirens_of_several_countries_are_told_once(siren: Siren) -> None:
    (found,) = heard(in_street(sound(siren, RATE_HZ, 12.0)))
    assert found.start / RATE_HZ == pytest.approx(BEFORE_S, abs=1.5)


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 12_000, 22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("siren", [YELP, TWO_TONE], ids=["yelp", "two-tone"])
def test_pitches_and_rate_are_measured_the_same_at_any_rate(siren: Siren, rate_hz: int) -> None:
    (found,) = heard(in_street(sound(siren, rate_hz, 8.0), rate_hz), rate_hz)
    ends_hz = siren.low_hz / 1.03, siren.high_hz / 1.1, siren.high_hz * 1.03
    assert ends_hz[0] <= found.measures["low_hz"] <= ends_hz[1] <= found.measures["high_hz"] <= ends_hz[2]
    assert found.measures["cycles_hz"] == pytest.approx(siren.cycles_hz, rel=0.03)


@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 96_000])
def test_a_slow_wail_is_told_after_one_turn_at_any_rate(rate_hz: int) -> None:
    (found,) = heard(in_street(sound(WAIL, rate_hz, 8.0), rate_hz), rate_hz)
    assert found.stop / rate_hz < BEFORE_S + 1 / WAIL.cycles_hz
    assert "there and back" in found.reasons[0]


@pytest.mark.parametrize(("siren", "within_s"), [(YELP, 2.6), (TWO_TONE, 2 / 0.7 + 1), (WAIL, 1 / 0.35 + 1)])
def test_a_siren_is_told_soon_after_its_pattern_is_there(siren: Siren, within_s: float) -> None:
    detector = Detector(RATE_HZ)
    signal = in_street(sound(siren, RATE_HZ, 8.0)).astype(np.float32)
    assert detector.feed(signal[: round((BEFORE_S + within_s) * RATE_HZ)]) != []


@pytest.mark.parametrize("siren", [YELP, WAIL, TWO_TONE], ids=["yelp", "wail", "two-tone"])
def test_a_siren_on_a_car_that_passes_is_told(siren: Siren) -> None:
    assert heard(in_street(passing(siren, RATE_HZ, 12.0, speed_m_s=20, off_m=12)))


@pytest.mark.parametrize("late_s", [0.05, 0.15, 0.22])
@pytest.mark.parametrize("siren", [YELP, WAIL, TWO_TONE], ids=["yelp", "wail", "two-tone"])
def test_an_echo_hides_no_siren(siren: Siren, late_s: float) -> None:
    assert heard(in_street(echoed(sound(siren, RATE_HZ, 12.0), RATE_HZ, late_s=late_s)))


def test_a_siren_as_loud_as_the_street_is_told() -> None:
    assert heard(in_street(sound(YELP, RATE_HZ, 12.0), rms=STREET_RMS))


def test_a_clipped_siren_is_told() -> None:
    assert heard(np.clip(in_street(sound(TWO_TONE, RATE_HZ, 8.0), rms=8.0), -1, 1))


def test_a_siren_that_lasts_is_told_again_every_thirty_seconds_with_its_duration() -> None:
    found = heard(in_street(sound(YELP, RATE_HZ, 70.0)))
    assert [one.measures["lasted_s"] for one in found] == pytest.approx([2, 32, 62], abs=1.0)
    assert len({one.start for one in found}) == 1
    assert found[-1].reasons[0].endswith(f"for {found[-1].measures['lasted_s']:.1f} s")


def test_a_siren_that_changes_its_tune_is_still_the_same() -> None:
    tunes = np.concatenate([sound(siren, RATE_HZ, 8.0) for siren in (YELP, WAIL, YELP)])
    assert len(heard(in_street(tunes))) == 1


def test_a_siren_after_a_long_pause_is_another() -> None:
    yelp = in_street(sound(YELP, RATE_HZ, 6.0))
    assert len(heard(np.concatenate((yelp, street(15.0), yelp)))) == 2


def test_the_reasons_say_what_it_did_with_numbers_and_limits() -> None:
    (found,) = heard(in_street(sound(YELP, RATE_HZ, 6.0)))
    assert found.reasons[0].startswith("a tone swept between ")
    assert found.reasons[0].partition(" Hz ")[2].startswith("3.2")
    assert "threshold 8 dB" in found.reasons[1]
    assert any("(at least 0.88)" in reason for reason in found.reasons)
    (found,) = heard(in_street(sound(TWO_TONE, RATE_HZ, 6.0)))
    assert found.reasons[0].startswith("two tones of 375 and 500 Hz, 0.7")


def notes(*pitches_hz: float, each_s: float, seconds: float = 12.0, gap_s: float = 0.0) -> Sound:
    """Held notes with harmonics, one after the other, over and over."""
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    which = (time_s // each_s).astype(int) % len(pitches_hz)
    phase = 2 * np.pi * np.cumsum(np.asarray(pitches_hz)[which]) / RATE_HZ
    voice = sum((np.sin(n * phase) / n for n in (1, 2, 3, 4)), np.zeros(time_s.size))
    return np.asarray(voice * (time_s % each_s >= gap_s))


def speech(seconds: float = 12.0) -> Sound:
    """Pulses at 110 to 180 Hz through two formants that move as syllables do, with pauses."""
    rng, time_s = np.random.default_rng(5), np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    syllables_s = np.arange(0, seconds + 1, 0.17)
    slow = [np.interp(time_s, syllables_s, rng.uniform(0, 1, syllables_s.size)) for _ in range(4)]
    phase = 2 * np.pi * np.cumsum(110 + 70 * slow[0]) / RATE_HZ
    pitch_hz = 110 + 70 * slow[0]
    first_hz, second_hz = 300 + 600 * slow[1], 900 + 1400 * slow[2]
    voice = np.zeros(time_s.size)
    for n in range(1, 25):
        hz = n * pitch_hz
        voice += np.sin(n * phase) * (1 / (1 + ((hz - first_hz) / 80) ** 2) + 0.5 / (1 + ((hz - second_hz) / 120) ** 2))
    return np.asarray(voice * (slow[3] > 0.25))


def cry(seconds: float = 12.0) -> Sound:
    """A baby: 400 to 550 Hz and back for 0.8 s, then a breath, never quite the same."""
    rng = np.random.default_rng(6)
    parts: list[Sound] = []
    while sum(part.size for part in parts) < seconds * RATE_HZ:
        long_s, breath_s = rng.uniform(0.6, 1.1), rng.uniform(0.25, 0.6)
        time_s = np.arange(round(long_s * RATE_HZ)) / RATE_HZ
        hz = rng.uniform(380, 430) * 2 ** (rng.uniform(0.3, 0.6) * np.sin(np.pi * time_s / long_s))
        phase = 2 * np.pi * np.cumsum(hz) / RATE_HZ
        parts += [sum((np.sin(n * phase) / n for n in range(1, 6)), np.zeros(time_s.size))]
        parts += [np.zeros(round(breath_s * RATE_HZ))]
    return np.concatenate(parts)


def vibrato(octaves: float) -> Sound:
    time_s = np.arange(12 * RATE_HZ) / RATE_HZ
    return np.asarray(
        np.sin(2 * np.pi * np.cumsum(600 * 2 ** (octaves / 2 * np.sin(2 * np.pi * 6 * time_s))) / RATE_HZ)
    )


def bell() -> Sound:
    """Struck once a second; its partials are no harmonics."""
    time_s = np.arange(12 * RATE_HZ) / RATE_HZ
    partials = sum(
        (np.sin(2 * np.pi * 420 * n * time_s) / n for n in (0.5, 1, 1.2, 1.5, 2, 2.7)), np.zeros(time_s.size)
    )
    return np.asarray(partials * np.exp(-(time_s % 1.0) / 0.6))


def bird() -> Sound:
    """Chirps from 4 down to 2.5 kHz, four a second."""
    time_s = np.arange(12 * RATE_HZ) / RATE_HZ
    part = (time_s * 4) % 1.0
    return np.asarray(np.sin(2 * np.pi * np.cumsum(4000 - 2500 * part) / RATE_HZ) * (part < 0.6))


def engine() -> Sound:
    """90 to 160 Hz and back every 3 s, with all harmonics."""
    time_s = np.arange(12 * RATE_HZ) / RATE_HZ
    phase = 2 * np.pi * np.cumsum(125 + 35 * np.sin(2 * np.pi * time_s / 3)) / RATE_HZ
    return sum((np.sin(n * phase) / n**0.5 for n in range(1, 20)), np.zeros(time_s.size))


OTHERS: dict[str, Callable[[], Sound]] = {
    "a steady tone": lambda: notes(1000, each_s=12),
    "an alarm clock": lambda: notes(2000, each_s=0.5, gap_s=0.25),
    "a reversing beeper": lambda: notes(1250, each_s=1.0, gap_s=0.5),
    "a car's horn": lambda: notes(415, each_s=0.9, gap_s=0.3) + notes(523, each_s=0.9, gap_s=0.3),
    "an arpeggio": lambda: notes(440, 554, 659, 880, each_s=0.25),
    "a scale": lambda: notes(440, 494, 554, 587, 659, 740, 831, 880, each_s=0.3),
    "a tune": lambda: notes(392, 440, 392, 523, 494, 392, 440, 392, 587, 523, each_s=0.4),
    "a door bell": lambda: notes(659, 523, each_s=0.7, seconds=1.4),
    "a singer's vibrato": lambda: vibrato(0.17),
    "speech": speech,
    "a baby": cry,
    "a church bell": bell,
    "a bird": bird,
    "an engine": engine,
    "wind": lambda: street(12.0, rms=1.0),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_sounds_are_no_sirens(name: str) -> None:
    other = OTHERS[name]()
    assert heard(in_street(other / np.sqrt(np.mean(other**2)))) == []


def test_white_noise_is_no_siren() -> None:
    assert heard(np.random.default_rng(7).normal(0, 0.05, 60 * RATE_HZ)) == []


@pytest.mark.parametrize("cycles_hz", [10.0, 16.0])
def test_what_cycles_faster_than_a_siren_may_is_none(cycles_hz: float) -> None:
    assert heard(in_street(sound(replace(YELP, cycles_hz=cycles_hz), RATE_HZ, 8.0))) == []


@pytest.mark.parametrize("nothing", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_count_as_silence(nothing: float) -> None:
    signal = in_street(sound(YELP, RATE_HZ, 8.0))
    signal[RATE_HZ : RATE_HZ + 500] = nothing
    assert len(heard(signal)) == 1
    assert heard(np.full(3 * RATE_HZ, nothing)) == []


@pytest.mark.parametrize("rate_hz", [4_000, 192_000])
def test_a_rate_that_it_cannot_hear_at_is_refused(rate_hz: int) -> None:
    with pytest.raises(ValueError, match="takes 8000 to 96000"):
        Detector(rate_hz)


def test_several_channels_are_refused_with_their_shape() -> None:
    with pytest.raises(ValueError, match=r"\(4, 10\).*shape \(n,\)"):
        Detector(RATE_HZ).feed(np.zeros((4, 10), np.float32))


@pytest.mark.parametrize("piece", [1_000, 4_001, 100_000])
def test_any_chunking_gives_the_same_siren(piece: int) -> None:
    signal = in_street(sound(YELP, RATE_HZ, 40.0)).astype(np.float32)
    whole, pieces = Detector(RATE_HZ, all_scores=True), Detector(RATE_HZ, all_scores=True)
    found = [one for at in range(0, signal.size, piece) for one in pieces.feed(signal[at : at + piece])]
    assert found + pieces.close() == whole.feed(signal) + whole.close()
    assert found


def test_all_scores_tells_at_most_once_a_second_what_stayed_below() -> None:
    signal = in_street(sound(YELP, RATE_HZ, 10.0)).astype(np.float32)
    detector = Detector(RATE_HZ, threshold_db=99, all_scores=True)
    found = detector.feed(signal) + detector.close()
    assert 5 <= len(found) <= 12
    assert all(one.score < one.threshold for one in found)
