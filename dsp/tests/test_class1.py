"""The meter is class 1: every figure through the meter itself, against the limits that the standards print."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from dsp.octaves import MID_HZ
from dsp.tests import class1, class1_bands, iec
from dsp.tests.iec import Array
from dsp.weighting import F1_HZ, F2_HZ, F3_HZ, F4_HZ, weighting_db

LIMITS = Path(__file__).parents[3] / "shared/data/iec_limits.json"
BURST_RATES_HZ = (44_100, 48_000)  # steps of 21 and 24 samples
ALIASES_HZ = np.array([1100, 2000, 3000, 4740, 5000, 5250, 6000, 6630, 7250])
"""What would fold onto a slow band at about 6 kHz, or onto the frames that its rate is changed in."""


def bilinear(samples: NDArray[np.float32], rate_hz: float) -> Array:
    """Weighting A and C as most write it: the poles of the standard through the bilinear transform."""
    turns = 2 * np.pi * np.array([F1_HZ, F1_HZ, F4_HZ, F4_HZ, F2_HZ, F3_HZ])
    found = []
    for zeros, poles in ((4, turns), (2, turns[:4])):
        z, p, _ = signal.bilinear_zpk(np.zeros(zeros), -poles, 1.0, rate_hz)
        sections = signal.zpk2sos(z, p, 1.0)
        _, at_1_khz = signal.sosfreqz(sections, worN=[1000.0], fs=rate_hz)
        found.append(signal.sosfilt(sections, samples) / abs(at_1_khz[0]))
    last = np.stack((*found, samples), axis=-1)[:, -round(rate_hz) :]
    return np.asarray((last.astype(np.float64) ** 2).sum(axis=1) / rate_hz)


def test_the_limits_are_those_of_the_shared_table() -> None:
    if not LIMITS.exists():
        pytest.skip(f"{LIMITS.name} is not here")
    shared = json.loads(LIMITS.read_text(encoding="utf-8"))
    weights, filters = shared["iec61672_1_2013_table3"], shared["iec61260_1_2014_class1"]
    assert weights["nominal_hz"] == [row.nominal_hz for row in iec.WEIGHTS]
    assert weights["upper_db"] == [row.upper_db for row in iec.WEIGHTS]
    assert [-iec.ANY if one is None else -one for one in weights["lower_db"]] == [row.lower_db for row in iec.WEIGHTS]
    assert (tuple(filters["pass_x"]), tuple(filters["pass_max_db"])) == (iec.PASS_X, iec.PASS_UPPER_DB)
    assert (tuple(filters["stop_x"]), tuple(filters["stop_min_db"])) == (iec.STOP_X, iec.STOP_LOWER_DB)
    assert (filters["pass_min_db"], filters["effective_bandwidth_limit_db"]) == (iec.PASS_LOWER_DB, iec.BANDWIDTH_DB)


def test_the_curves_are_those_of_table_3_to_its_tenth_of_a_decibel() -> None:
    hz = class1.exact_hz([row.nominal_hz for row in iec.WEIGHTS])
    assert np.allclose(weighting_db("A", hz), [row.a_db for row in iec.WEIGHTS], atol=0.0501)
    assert np.allclose(weighting_db("C", hz), [row.c_db for row in iec.WEIGHTS], atol=0.0501)


@pytest.mark.parametrize(("rows", "constant_s"), [(iec.FAST_BURSTS, 0.125), (iec.SLOW_BURSTS, 1.0)])
def test_the_bursts_of_table_4_follow_its_formulas(rows: tuple[iec.Burst, ...], constant_s: float) -> None:
    times_s = np.array([row.duration_ms for row in rows]) / 1000
    assert np.allclose(iec.time_weighted_db(times_s, constant_s), [row.max_db for row in rows], atol=0.0501)
    assert np.allclose(iec.exposure_db(times_s), [row.exposure_db for row in rows], atol=0.0501)


@pytest.mark.parametrize("rate_hz", class1.RATES_HZ)
def test_the_weightings_are_class_1_at_every_frequency_of_table_3(rate_hz: int) -> None:
    for name, measured in class1.weightings(rate_hz).items():
        assert len(measured) == len(class1.told(rate_hz)) >= 29
        worst = class1.least(measured)
        assert worst.margin_db > 0, worst
        assert max(abs(one.deviation_db) for one in measured) < 0.1, name


@pytest.mark.parametrize("rate_hz", [16_000, 32_000])
def test_a_plain_bilinear_weighting_is_not_class_1(rate_hz: int) -> None:
    measured = class1.weightings(rate_hz, bilinear)
    assert class1.least(measured["A"]).margin_db < 0
    assert class1.least(measured["C"]).margin_db < 0


def test_the_weightings_are_one_at_1_khz() -> None:
    at_1_khz = [one.deviation_db for some in class1.weightings(48_000).values() for one in some if " 1000 " in one.name]
    assert len(at_1_khz) == 3
    assert max(at_1_khz) - min(at_1_khz) < iec.WEIGHTINGS_AT_1_KHZ_DB / 10


@pytest.mark.parametrize("rate_hz", BURST_RATES_HZ)
def test_bursts_of_a_tone_are_class_1_wherever_they_start(rate_hz: int) -> None:
    for measured in class1.bursts(rate_hz).values():
        assert min(class1.least(some).margin_db for some in measured) > 0
        assert max(abs(one.deviation_db) for some in measured for one in some) < 0.2


@pytest.mark.parametrize("rate_hz", BURST_RATES_HZ)
def test_peaks_of_single_cycles_are_class_1(rate_hz: int) -> None:
    assert class1.least(class1.peaks(rate_hz)).margin_db > 0


@pytest.mark.parametrize("nominal_hz", class1.LINEARITY_HZ)
def test_levels_are_linear_over_ninety_decibels(nominal_hz: float) -> None:
    assert class1.linear_range_db(class1.linearity(48_000, nominal_hz)) >= 90


def test_fast_slow_and_time_averaged_levels_agree_on_a_steady_tone() -> None:
    assert max(map(abs, class1.times_at_1_khz())) < iec.TIMES_AT_1_KHZ_DB / 10


@pytest.mark.parametrize("rate_hz", class1.RATES_HZ)
def test_third_octaves_are_class_1_wherever_a_tone_may_fold(rate_hz: int) -> None:
    for band in class1_bands.thirds(rate_hz):
        assert band.mask_margin_db > 0, band.nominal_hz
        assert abs(band.bandwidth_db) < iec.BANDWIDTH_DB / 4, band.nominal_hz
    summed_db = class1_bands.summed_db(rate_hz)
    assert iec.SUM_LOWER_DB < summed_db.min() < summed_db.max() < iec.SUM_UPPER_DB


@pytest.mark.parametrize("rate_hz", class1.RATES_HZ)
def test_octaves_of_three_thirds_are_class_1(rate_hz: int) -> None:
    for band in class1_bands.octaves(rate_hz):
        assert band.mask_margin_db > 0, band.nominal_hz
        assert abs(band.bandwidth_db) < iec.BANDWIDTH_DB / 4, band.nominal_hz


def test_a_band_pass_of_order_two_is_not_class_1() -> None:
    good = class1_bands.thirds(48_000)[17]
    poor = class1_bands.Band(1000.0, 1000.0, 3, good.frequency_hz, 1 / (1 + (1 / good.gain - 1) ** (2 / 3)))
    assert poor.mask_margin_db < 0 < good.mask_margin_db


@pytest.mark.parametrize("rate_hz", [44_100])  # whose grid is the oddest
def test_tones_through_the_whole_meter_fall_within_the_masks_and_agree_with_the_responses(rate_hz: int) -> None:
    hz = np.sort(np.concatenate((MID_HZ[::6], MID_HZ[10:20:3] * 1.1, ALIASES_HZ)))
    heard_db = class1.db(np.maximum(class1_bands.through_meter(hz, rate_hz), 1e-30))
    for band, told_db in zip(class1_bands.thirds(rate_hz), heard_db.T, strict=False):
        assert iec.mask_margin_db(hz / band.mid_hz, -told_db, 3).min() > 0, band.nominal_hz
        expected_db = np.interp(hz, band.frequency_hz, class1.db(np.maximum(band.gain, 1e-30)))
        near = expected_db > -50
        assert np.allclose(told_db[near], expected_db[near], atol=0.2), band.nominal_hz
