"""Each sign against its closed form."""

import numpy as np
import pytest
from numpy.typing import NDArray

from dsp.signs import signs

RATE_HZ = 48_000
RNG = np.random.default_rng(5)
NOISE = (RNG.standard_normal((4, RATE_HZ)) * 0.01).astype(np.float32)


def sine(amplitude: float, frequency_hz: float = 997.0, rate_hz: int = RATE_HZ) -> NDArray[np.float32]:
    return (amplitude * np.sin(2 * np.pi * frequency_hz * np.arange(rate_hz) / rate_hz)).astype(np.float32)[None]


def test_an_offset_is_told_and_is_no_level() -> None:
    told = signs(sine(0.5) + np.float32(-0.25), RATE_HZ)
    assert told.dc == pytest.approx([-0.25], abs=1e-6)
    assert told.level_db == pytest.approx([20 * np.log10(0.5) - 3.01], abs=0.01)


def test_noise_is_not_clipped_nor_stuck_nor_invalid_nor_the_same() -> None:
    told = signs(NOISE, RATE_HZ)
    assert not told.clipped.any()
    assert not told.invalid.any()
    assert not told.same.any()
    assert (told.stuck < 1e-3).all()


@pytest.mark.parametrize("limit", [1.0, 0.7, 0.1])
def test_the_share_of_a_sine_that_is_cut_off_is_clipped(limit: float) -> None:
    clipped = np.clip(sine(limit / np.cos(np.pi / 8), 101.0), -limit, limit)  # a quarter of each half wave
    assert signs(clipped, RATE_HZ).clipped == pytest.approx([0.25], abs=0.01)


@pytest.mark.parametrize("amplitude", [0.999, 0.5, 0.01])
@pytest.mark.parametrize("frequency_hz", [250.0, 1000.0])
def test_a_calibrators_tone_in_16_bits_is_not_clipped(amplitude: float, frequency_hz: float) -> None:
    told = signs(np.round(sine(amplitude, frequency_hz) * 32768) / np.float32(32768), RATE_HZ)
    assert told.clipped < 1e-3


def test_tops_of_a_few_codes_are_not_clipped() -> None:
    faint = (np.round(NOISE * 200) / 32768).astype(np.float32)
    assert not signs(faint, RATE_HZ).clipped.any()


@pytest.mark.parametrize("sound", [NOISE * 8, np.concatenate([sine(0.9, hz) for hz in (50.0, 63.0, 250.0, 999.0)])])
def test_tops_of_a_coarse_converter_are_not_clipped(sound: NDArray[np.float32]) -> None:
    assert not signs(np.round(sound * 100) / np.float32(128), RATE_HZ).clipped.any()


def test_peaks_that_touch_one_value_for_a_sample_are_not_clipped() -> None:
    touching = NOISE[:1].copy()
    touching[:, ::100] = 0.5
    assert not signs(touching, RATE_HZ).clipped.any()


def test_the_longest_run_of_one_value_is_the_stuck_share() -> None:
    held = NOISE.copy()
    held[1, 1000:13_000] = 0.123
    held[1, 20_000:21_000] = 0.2
    held[3] = 0.5
    told = signs(held, RATE_HZ)
    assert told.stuck[1] == pytest.approx(0.25)
    assert told.stuck[3] == 1
    assert told.clipped[3] == 0


def test_what_is_no_number_is_counted_and_spreads_nowhere() -> None:
    broken = NOISE.copy()
    broken[2, :480] = (np.nan, np.inf, -np.inf) * 160
    told = signs(broken, RATE_HZ)
    np.testing.assert_allclose(told.invalid, [0, 0, 0.01, 0], atol=1e-9)
    assert told.level_db[2] == pytest.approx(-40, abs=0.2)
    for array in (told.level_db, told.dc, told.clipped, told.stuck, told.hum, told.coherence):
        assert np.isfinite(array).all()


@pytest.mark.parametrize("rate_hz", [8_000, 12_000, 16_000, 44_100, 48_000])
@pytest.mark.parametrize("mains_hz", [49.9, 50.2, 60.05])
def test_hum_of_either_mains_is_hum_at_every_rate_and_noise_is_not(rate_hz: int, mains_hz: float) -> None:
    tones = sum(sine(0.01 / n, mains_hz * n, rate_hz) for n in (1, 2, 3, 5, 7))
    assert signs(np.asarray(tones), rate_hz).hum > 0.99
    assert signs(NOISE[:1, :rate_hz], rate_hz).hum < 0.25


def test_a_voice_is_no_hum() -> None:
    assert signs(np.asarray(sum(sine(0.01, 117.0 * n) for n in (1, 2, 3, 4))), RATE_HZ).hum < 0.3


def test_coherence_is_one_for_one_sound_and_near_none_for_four() -> None:
    late = np.stack([np.roll(NOISE[0], lag) for lag in (0, 7, 14, 70)])
    np.testing.assert_allclose(signs(late, RATE_HZ).coherence, 1, atol=0.02)
    others = signs(NOISE, RATE_HZ).coherence[~np.eye(4, dtype=bool)]
    assert others.max() < 0.2


@pytest.mark.parametrize("ratio_db", [-6.0, 0.0, 6.0])
def test_coherence_of_a_common_sound_in_noise_is_that_of_theory(ratio_db: float) -> None:
    """γ² = (S / (S + N))² for the same noise power in both."""
    share = 10 ** (ratio_db / 10)
    many = [RNG.standard_normal((3, RATE_HZ)) for _ in range(20)]
    both = [np.stack([common * share**0.5 + one, common * share**0.5 + two]) for common, one, two in many]
    mean = np.mean([signs(each.astype(np.float32) * np.float32(0.01), RATE_HZ).coherence[0, 1] for each in both])
    assert mean == pytest.approx((share / (1 + share)) ** 2, abs=0.05)


def test_silence_has_signs_without_warnings() -> None:
    told = signs(np.zeros((2, RATE_HZ), np.float32), RATE_HZ)
    assert (told.stuck == 1).all()
    assert not told.same.any()
    assert not told.hum.any()
    assert not told.coherence.any()


def test_a_copy_is_the_same_and_a_louder_copy_is_not() -> None:
    told = signs(np.stack([NOISE[0], NOISE[1], NOISE[0], 2 * NOISE[0]]), RATE_HZ)
    assert np.argwhere(told.same).tolist() == [[0, 2], [2, 0]]


@pytest.mark.parametrize(("shape", "rate_hz"), [((48_000,), 48_000), ((1, 100), 48_000), ((1, 2000), 2000)])
def test_what_is_no_second_of_sound_is_refused_with_its_shape(shape: tuple[int, ...], rate_hz: int) -> None:
    with pytest.raises(ValueError, match="feed whole seconds"):
        signs(np.zeros(shape, np.float32), rate_hz)
