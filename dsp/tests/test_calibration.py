"""A calibrator's tone in closed form, and everything that makes it unfit."""

import numpy as np
import pytest
from numpy.typing import NDArray

from dsp.calibration import Reference, Tone, full_scale_db, refusals, tone

RATE_HZ = 48_000
KILOHERTZ = Reference(94.0, 1000.0)
PISTONPHONE = Reference(114.0, 250.0)
Signal = NDArray[np.float64]


def seconds(count: float, rate_hz: float = RATE_HZ) -> Signal:
    return np.arange(round(count * rate_hz)) / rate_hz


def sine(frequency_hz: float, level_db: float, *, rate_hz: float = RATE_HZ, lasting: float = 5.0) -> Signal:
    """RMS ``level_db`` re 1.0, from an odd phase."""
    amplitude = np.sqrt(2) * 10 ** (level_db / 20)
    return np.asarray(amplitude * np.sin(2 * np.pi * frequency_hz * seconds(lasting, rate_hz) + 0.3))


def noise(level_db: float, count: int) -> Signal:
    return np.random.default_rng(1).standard_normal(count) * 10 ** (level_db / 20)


def tremble(share: float) -> Signal:
    """A factor that goes up and down by ``share``, slower than a piece."""
    return np.asarray(1 + share * np.sin(2 * np.pi * 0.7 * seconds(5)))


def found(signal: Signal, rate_hz: float = RATE_HZ) -> Tone:
    return tone(signal.astype(np.float32), rate_hz)


def refused(signal: Signal, reference: Reference = KILOHERTZ) -> list[str]:
    """The first words of each reason."""
    return [reason.partition(":")[0] for reason in refusals(found(signal), reference)]


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("frequency_hz", [250.0, 251.19, 999.3, 1000.0])
def test_level_and_frequency_are_those_of_the_closed_form_at_any_rate(rate_hz: int, frequency_hz: float) -> None:
    clean = found(sine(frequency_hz, -23.7, rate_hz=rate_hz), rate_hz)
    assert clean.level_db == pytest.approx(-23.7, abs=1e-4)  # 32-bit samples round by 1e-6 dB, and add -150 dB of noise
    assert clean.frequency_hz == pytest.approx(frequency_hz, abs=1e-3)
    assert clean.spread_db < 1e-3
    assert clean.residual_db < -80
    assert refusals(clean, Reference(94, frequency_hz)) == ()


def test_a_full_scale_sine_is_three_decibels_under_full_scale() -> None:
    assert found(sine(1000, 10 * np.log10(0.5))).level_db == pytest.approx(-3.0103, abs=1e-4)


@pytest.mark.parametrize("noise_db", [-35.0, -50.0, -70.0])
def test_noise_is_told_beside_a_level_that_it_does_not_change(noise_db: float) -> None:
    signal = sine(1000, -20)
    noisy = found(signal + noise(-20 + noise_db, signal.size))
    assert noisy.level_db == pytest.approx(-20, abs=0.01)
    assert noisy.frequency_hz == pytest.approx(1000, abs=0.01)
    assert noisy.noise_db == pytest.approx(noise_db, abs=0.1)
    assert refusals(noisy, KILOHERTZ) == ()


def test_harmonics_are_told_apart_from_noise() -> None:
    bent = found(sine(1000, -20) + sine(2000, -60) + sine(3000, -60))
    assert bent.harmonics_db == pytest.approx(-40 + 10 * np.log10(2), abs=0.01)
    assert bent.noise_db < -80
    assert bent.residual_db == pytest.approx(bent.harmonics_db, abs=0.01)


def test_the_spread_is_that_of_a_level_that_drifts() -> None:
    rising = 10 ** (np.linspace(0, 1.0, 5 * RATE_HZ) / 20)
    drifting = found(sine(1000, -20) * rising)
    assert drifting.spread_db == pytest.approx(
        1.0 * 39 / 40, abs=0.01
    )  # from the middle of the first piece to the last's
    assert drifting.level_db == pytest.approx(-20 + 0.5, abs=0.02)


def test_an_offset_of_the_converter_is_no_sound() -> None:
    shifted = found(sine(1000, -20) + 0.05)
    assert shifted.level_db == pytest.approx(-20, abs=1e-4)
    assert shifted.residual_db < -80


@pytest.mark.parametrize("phase_s", [0.0, 0.01, 0.777])
def test_the_tone_stands_wherever_it_was_cut(phase_s: float) -> None:
    cut = sine(1000, -20, lasting=6)[round(phase_s * RATE_HZ) :]
    assert found(cut).level_db == pytest.approx(-20, abs=1e-4)


@pytest.mark.parametrize(
    ("case", "signal", "words"),
    [
        ("another frequency", sine(250, -20), ["off frequency"]),
        ("2.5 % off", sine(1025, -20), ["off frequency"]),
        ("1.7 % off, as class 2 may be", sine(1017, -20), []),
        ("a tremble of half a decibel", sine(1000, -20) * tremble(0.03), ["unsteady"]),
        ("class 1's own tremble", sine(1000, -20) * tremble(0.007), []),
        ("a slip at the end", sine(1000, -20) * np.where(seconds(5) > 4.8, 0.9, 1), ["unsteady"]),
        ("full scale", np.clip(sine(1000, 0), -1, 1), ["clipped", "clipped before the converter", "noisy"]),
        ("flat tops", np.clip(sine(1000, -20), -0.127, 0.127), ["clipped before the converter", "noisy"]),
        ("a little flat", np.clip(sine(1000, -20), -0.134, 0.134), ["clipped before the converter"]),
        ("a knock at full scale", sine(1000, -20) + np.where(seconds(5) == 2.0, 1, 0), ["clipped"]),
        ("noise of the street", sine(1000, -40) + noise(-65, 5 * RATE_HZ), ["noisy"]),
        ("a leaking coupler", sine(1000, -20) + sine(2000, -45), ["noisy"]),
        ("too short", sine(1000, -20, lasting=2.5), ["too short"]),
        ("silence", np.zeros(5 * RATE_HZ), ["silence"]),
        ("a whisper", sine(1000, -90), ["silence"]),
    ],
)  # fmt: skip
def test_what_is_unfit_is_refused_for_its_own_reason(case: str, signal: Signal, words: list[str]) -> None:
    reasons = refused(signal)
    assert [reason for reason in reasons if reason != "noisy" or "noisy" in words] == words, case


def test_noise_alone_is_no_tone() -> None:
    assert "noisy" in refused(noise(-20, 5 * RATE_HZ))


def test_a_reason_says_what_was_found_what_was_expected_and_what_to_try() -> None:
    (reason,) = refusals(found(sine(250, -20)), KILOHERTZ)
    assert "250.0 Hz, expected 1000 Hz within 2%" in reason
    assert "check --frequency" in reason


def test_full_scale_stands_for_the_references_level_less_the_tones() -> None:
    assert full_scale_db(found(sine(1000, -26)), KILOHERTZ) == pytest.approx(120.0, abs=1e-3)
    assert full_scale_db(found(sine(250, -3.0103)), PISTONPHONE) == pytest.approx(117.0103, abs=1e-3)


def test_what_the_microphone_adds_at_the_calibrators_frequency_is_taken_into_account() -> None:
    assert full_scale_db(found(sine(250, -26)), PISTONPHONE, -0.4) == pytest.approx(139.6, abs=1e-3)


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        (np.zeros((2, 48_000)), r"shape \(2, 48000\); expected \(n,\)"),
        (np.zeros(0), "0 samples at 48000 Hz; expected 12000 or more"),
        (np.zeros(11_999), "11999 samples"),
        (np.array([np.nan, np.inf, 0.0]), "2 samples are no numbers"),
    ],
)
def test_what_is_no_sound_of_one_channel_is_told(samples: Signal, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        tone(samples, RATE_HZ)
