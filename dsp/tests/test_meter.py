"""The meter as a whole: against closed forms, against a plain calculation, and against itself in other pieces."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import lfilter, resample_poly, sosfilt

from dsp.meter import Meter, Second
from dsp.octaves import MID_HZ, NOMINAL_HZ
from dsp.summary import Summary
from dsp.weighting import sections

RATE = 48_000
NOISE = (np.random.default_rng(3).standard_normal((2, 3 * RATE + 1234)) * 0.1).astype(np.float32)


def measured(samples: NDArray[np.float32], rate_hz: float = RATE, chunk: int = 0) -> list[Second]:
    meter = Meter(rate_hz, len(samples))
    count = samples.shape[1]
    told = [s for at in range(0, count, chunk or count) for s in meter.feed(samples[:, at : at + (chunk or count)])]
    return told + meter.close()


def summary(samples: NDArray[np.float32], rate_hz: float = RATE) -> Summary:
    whole = Summary(len(samples))
    for second in measured(samples, rate_hz):
        whole.add(Summary.of(second))
    return whole


def tone(frequency_hz: float, level_db: float, seconds: float = 2.0, rate_hz: float = RATE) -> NDArray[np.float32]:
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    return np.asarray(10 ** (level_db / 20) * np.sqrt(2) * np.sin(2 * np.pi * frequency_hz * time_s), np.float32)[None]


@pytest.mark.parametrize("chunk", [7, 480, 4_800, 50_001])
def test_any_chunks_give_the_same_to_the_last_bit(chunk: int) -> None:
    for one, other in zip(measured(NOISE), measured(NOISE, chunk=chunk), strict=True):
        for field in fields(Second):
            np.testing.assert_array_equal(getattr(one, field.name), getattr(other, field.name), err_msg=field.name)


def test_sample_by_sample_gives_the_same_to_the_last_bit() -> None:
    short = NOISE[:, :8000]
    for one, other in zip(measured(short, 8000), measured(short, 8000, chunk=1), strict=True):
        np.testing.assert_array_equal(one.fast, other.fast)
        np.testing.assert_array_equal(one.bands, other.bands)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(1, 9000), min_size=1, max_size=8), st.integers(1, 3))
def test_any_cuts_give_the_same(sizes: list[int], channels: int) -> None:
    samples = np.tile(NOISE[:1], (channels, 1))[:, : sum(sizes)]
    meter, told, at = Meter(8000, channels), [], 0
    for size in sizes:
        told += meter.feed(samples[:, at : at + size])
        at += size
    for one, other in zip(told + meter.close(), measured(samples, 8000), strict=True):
        np.testing.assert_array_equal(one.exposure, other.exposure)
        np.testing.assert_array_equal(one.bands, other.bands)


def test_channels_do_not_hear_each_other() -> None:
    both, alone = measured(NOISE), measured(NOISE[1:])
    for one, other in zip(both, alone, strict=True):
        np.testing.assert_array_equal(one.exposure[1], other.exposure[0])
        np.testing.assert_array_equal(one.bands[1], other.bands[0])


def test_fast_slow_and_equivalent_levels_are_those_of_a_plain_calculation() -> None:
    samples = NOISE[0] - NOISE[0, :RATE].astype(np.float64).mean()
    a, c = sosfilt(sections(RATE), samples), sosfilt(sections(RATE)[:2], samples)
    told = measured(NOISE[:1])
    step = round(told[0].step_s * RATE)
    for name, tau_s in (("fast", 0.125), ("slow", 1.0)):
        keep = np.exp(-1 / (tau_s * RATE))
        plain = lfilter([1 - keep], [1, -keep], a**2)[step - 1 :: step]
        ours = np.concatenate([getattr(second, name)[0] for second in told])
        np.testing.assert_allclose(ours[: plain.size], plain, rtol=1e-9)
    exposure = sum(second.exposure[0] for second in told)
    z = sum(np.var(one) * one.size for one in np.split(samples, range(RATE, samples.size, RATE)))
    np.testing.assert_allclose(exposure, np.array([np.sum(a**2), np.sum(c**2), z]) / RATE, rtol=1e-9)


def test_impulse_rises_with_35_ms_and_falls_with_2_9_db_a_second() -> None:
    samples = np.concatenate((np.zeros(RATE), tone(1000, -20, 0.02)[0], np.zeros(3 * RATE))).astype(np.float32)
    impulse_db = 10 * np.log10(np.concatenate([second.impulse[0] for second in measured(samples[None])])[2000:] + 1e-20)
    # IEC 60651:1979, Table VII: a single burst of 20 ms reads 3.6 dB below the steady tone
    assert impulse_db.max() == pytest.approx(-20 - 3.6, abs=0.1)
    assert impulse_db[4000] - impulse_db[2000] == pytest.approx(-10 / 1.5 * np.log10(np.e), abs=1e-6)


@pytest.mark.parametrize("frequency_hz", [1000.0, 7999.0, 12_000.0, 16_000.0, 19_900.0])
def test_the_peak_is_found_between_the_samples(frequency_hz: float) -> None:
    weights = np.sqrt(2) * 10 ** (-20 / 20) * abs(summary_gain_c(frequency_hz))
    found = np.sqrt(max(second.peak[0] for second in measured(tone(frequency_hz, -20, 4))[2:]) ** 2)
    assert 20 * np.log10(found / weights) == pytest.approx(0, abs=0.13)


def summary_gain_c(frequency_hz: float) -> complex:
    from dsp.recursive import response

    return complex(response(sections(RATE)[:2], np.array([frequency_hz]), RATE)[0])


def test_the_peak_of_noise_is_that_of_upsampling_it_all() -> None:
    c = sosfilt(sections(RATE)[:2], NOISE[0] - NOISE[0, :RATE].astype(np.float64).mean())
    whole = np.abs(resample_poly(c, 16, 1)[: 3 * RATE * 16]).max()
    assert max(second.peak[0] for second in measured(NOISE[:1])[:3]) == pytest.approx(whole, rel=0.005)


@pytest.mark.parametrize("rate_hz", [8000, 11_025, 16_000, 22_050, 31_250, 44_100, 47_999, 48_000, 96_000])
@pytest.mark.parametrize("index", [0, 8, 17, 18, 19, 22])
def test_a_tone_at_mid_band_reads_its_level_in_its_band_at_any_rate(rate_hz: int, index: int) -> None:
    levels = summary(tone(MID_HZ[index], -20, 8, rate_hz), rate_hz).levels(0)
    if NOMINAL_HZ[index] in levels.bands:
        # the lowest bands take half a second of eight to rise; a window sees what is around a tone's ends
        assert levels.bands[NOMINAL_HZ[index]] == pytest.approx(-20, abs=0.4 if index < 4 else 0.1)
    else:
        assert MID_HZ[index] > 0.42 * rate_hz


def test_the_bands_of_noise_add_up_to_its_level() -> None:
    levels = summary(NOISE[:1]).levels(0)
    together = 10 * np.log10(sum(10 ** (db / 10) for db in levels.bands.values()))
    share = (MID_HZ[-1] * 10**0.05 - MID_HZ[0] * 10**-0.05) / (RATE / 2)  # white noise, 18 Hz to 22.4 kHz of 24 kHz
    # each band lets 0.06 dB too much through
    assert together == pytest.approx(levels.levels["LZeq"] + 10 * np.log10(share) + 0.06, abs=0.03)


def test_an_offset_of_the_converter_is_no_sound() -> None:
    levels = summary(tone(1000, -40, 3) + np.float32(0.3)).levels(0).levels
    assert levels["LZeq"] == pytest.approx(-40, abs=0.01)
    assert levels["LCpeak"] == pytest.approx(-40 + 3.01, abs=0.5)


def test_what_is_no_number_is_missing_and_not_heard() -> None:
    samples = tone(1000, -20, 4)
    samples[0, RATE : RATE + 480] = np.nan
    samples[0, 2 * RATE] = np.inf
    levels = summary(samples).levels(0)
    assert levels.missing_s == pytest.approx(0.0105)
    assert levels.measured_s == pytest.approx(4 - 0.0105)
    assert levels.levels["LAeq"] == pytest.approx(-20, abs=0.05)
    assert levels.levels["LAFmin"] == pytest.approx(-20, abs=0.2)  # holes, and what follows them, tell no minimum


@pytest.mark.parametrize("hole", [slice(0, RATE), slice(RATE, 2 * RATE), slice(RATE + 100, RATE + 5000)])
def test_a_hole_in_a_signal_with_an_offset_is_no_bang_and_no_minimum(hole: slice) -> None:
    samples = NOISE[:1, : 3 * RATE] * np.float32(0.1)
    whole = summary(samples).levels(0).levels
    holed = samples + np.float32(0.1)
    holed[0, hole] = np.nan
    told = summary(holed).levels(0).levels
    for name in ("LAeq", "LCeq", "LAFmin", "LA90", "LA50"):
        assert told[name] == pytest.approx(whole[name], abs=0.5), name
    assert whole["LCpeak"] - 2 < told["LCpeak"] < whole["LCpeak"] + 0.5  # the largest may be in the hole


def test_a_step_that_holds_what_is_no_number_gives_neither_time_nor_energy() -> None:
    samples = NOISE[:1, : 3 * RATE].copy()
    samples[0, : 2 * RATE : 48] = np.nan  # every other step of 24 samples
    levels = summary(samples).levels(0)
    assert levels.missing_s == pytest.approx(1)
    assert levels.levels["LZeq"] == pytest.approx(-20, abs=0.1)


def test_what_touches_full_scale_is_marked() -> None:
    samples = tone(1000, -20, 2)
    samples[0, 100:124], samples[0, -1] = 1.0, -1.0
    assert summary(samples).levels(0).overload_s == pytest.approx(0.0015)  # three steps of half a millisecond


def test_a_clipped_recording_of_eight_bits_is_marked() -> None:
    samples = np.clip(np.round(tone(1000, 3, 2) * 128), -128, 127) / 128
    assert summary(samples.astype(np.float32)).levels(0).overload_s == pytest.approx(2, abs=0.2)


def test_floating_point_beyond_full_scale_has_its_percentiles() -> None:
    levels = summary(tone(1000, -20, 2) * np.float32(32_768)).levels(0).levels
    assert levels["LA50"] == pytest.approx(-20 + 90.3, abs=0.1)
    assert levels["LAFmin"] <= levels["LA99"] <= levels["LA1"] <= levels["LAFmax"]


def test_what_lies_below_the_range_is_marked() -> None:
    samples = np.concatenate((tone(1000, -20, 1), tone(1000, -80, 2)), axis=1)
    levels = summary(samples).levels(0, full_scale_db=120, lowest_db=60)
    # Fast falls by 40 dB in 9.2 time constants
    assert levels.under_range_s == pytest.approx(2 - 0.125 * np.log(10) * 4, abs=0.01)


def test_silence_reads_the_floor_and_is_no_error() -> None:
    levels = summary(np.zeros((1, 2 * RATE), np.float32)).levels(0)
    assert list(levels.levels.values()) == pytest.approx([-200.0] * len(levels.levels), abs=0.1)
    assert set(levels.bands.values()) == {-200.0}


def test_full_scale_offset_reads_silence_and_is_marked() -> None:
    levels = summary(np.ones((1, 2 * RATE), np.float32)).levels(0)
    assert levels.levels["LZeq"] < -150
    assert levels.overload_s == pytest.approx(2)


def test_one_sample_and_half_a_second_have_the_levels_that_they_can_have() -> None:
    one = summary(np.full((1, 1), 0.5, np.float32)).levels(0)
    assert one.measured_s == pytest.approx(1 / RATE)
    assert "LA50" not in one.levels
    half = summary(tone(1000, -20, 0.5)).levels(0)
    assert half.levels["LAeq"] == pytest.approx(-20, abs=0.05)
    assert "LA50" not in half.levels
    assert half.levels["LAFmax"] == pytest.approx(-20 + 10 * np.log10(1 - np.exp(-4)), abs=0.03)


def test_nothing_fed_is_nothing_told() -> None:
    meter = Meter(RATE, 1)
    assert meter.feed(np.empty((1, 0), np.float32)) == []
    assert meter.close() == []


def test_a_wrong_shape_is_refused_with_both_shapes() -> None:
    with pytest.raises(ValueError, match=r"\(3, 10\); expected \(2, n\)"):
        Meter(RATE, 2).feed(np.zeros((3, 10), np.float32))
    with pytest.raises(ValueError, match=r"\(10,\); expected \(2, n\)"):
        Meter(RATE, 2).feed(np.zeros(10, np.float32))


def test_every_rate_of_the_range_has_a_grid_and_a_meter() -> None:
    for rate_hz in (*range(8000, 192_001, 12_345), 8003, 31_250, 47_999.5):
        told = measured(tone(1000, -20, 2.1, rate_hz), rate_hz)
        assert sum(second.duration_s for second in told) == pytest.approx(2.1, abs=1e-3)
        assert 10 * np.log10(told[1].exposure[0, 0] / told[1].duration_s) == pytest.approx(-20, abs=0.02)
