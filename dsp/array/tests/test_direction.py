"""Where a sound comes from, held against waves whose direction is exact."""

from typing import Any

import numpy as np
import pytest

from dsp.array.direction import ALL_ROUND_DEG, Direction, Inexact, NoDirection, apart_deg, direction
from dsp.array.tests.waves import (
    COUNT,
    LINE,
    ONSET,
    RATE_HZ,
    SPEED_M_S,
    SQUARE,
    TETRAHEDRON,
    Array,
    rushing,
    shot,
    toward,
)

NOISE_20_DB = 0.5 * 0.0108  # a tenth of the rms of the blast's first 8 ms, 0.054 of 0.5


def found(samples: Array, places: Array = SQUARE, **options: Any) -> Direction:
    told = direction(samples, options.pop("rate_hz", RATE_HZ), places, speed_m_s=SPEED_M_S, **options)
    assert isinstance(told, Direction), told
    return told


def refused(samples: Array, places: Array = SQUARE, **options: Any) -> NoDirection:
    told = direction(samples, RATE_HZ, places, speed_m_s=SPEED_M_S, **options)
    assert isinstance(told, NoDirection), told
    return told


@pytest.mark.parametrize(("source", "azimuth"), [((0, 1, 0), 0), ((1, 0, 0), 90), ((0, -1, 0), 180), ((-1, 0, 0), 270)])
def test_azimuth_runs_clockwise_from_north_which_is_y_to_east_which_is_x(
    source: tuple[float, float, float], azimuth: float
) -> None:
    for places in (SQUARE, TETRAHEDRON):
        told = found(shot(places, np.array(source, float)), places, onset=ONSET)
        assert apart_deg(told.azimuth_deg, azimuth) < 0.1
        assert told.azimuth_is_sure
        assert told.gated


def test_the_microphone_that_hears_first_lies_toward_the_source() -> None:
    samples = np.random.default_rng(1).standard_normal((4, COUNT)) * 1e-4
    for channel, late in enumerate((0, 4, 4, 0)):  # whole samples: 4 / 16 kHz x 340 m/s are 85 of the 100 mm
        samples[channel, ONSET + late : ONSET + late + 3] += (0.5, -0.3, -0.1)
    assert apart_deg(found(samples, onset=ONSET).azimuth_deg, 0) < 0.5


@pytest.mark.parametrize("elevation", [-60, -3, 0, 40])
def test_an_array_in_space_tells_up_from_down(elevation: float) -> None:
    told = found(shot(TETRAHEDRON, toward(300, elevation)), TETRAHEDRON, onset=ONSET)
    assert (told.azimuth_deg, told.elevation_deg) == pytest.approx((300, elevation), abs=0.2)
    assert told.elevation_is_sure
    assert (told.ambiguous, told.others_deg) == ((), ())


@pytest.mark.parametrize("rate_hz", [16_000, 48_000])
@pytest.mark.parametrize("places", [SQUARE, SQUARE * 10, TETRAHEDRON], ids=["10 cm", "1 m", "tetrahedron"])
def test_a_wave_almost_without_noise_is_found_far_between_samples_and_points_of_the_grid(
    places: Array, rate_hz: int
) -> None:
    for azimuth in (12.345, 101.1, 233.3):
        samples = shot(places, toward(azimuth, -3), noise=1e-6, rate_hz=rate_hz)
        assert (
            apart_deg(found(samples, places, onset=ONSET, rate_hz=rate_hz).azimuth_deg, azimuth) < 0.03
        )  # 0.1 µs: the gate opens at whole samples


def test_a_plane_of_microphones_does_not_tell_up_from_down_and_still_tells_azimuth() -> None:
    told = found(shot(SQUARE, toward(77, 30)), onset=ONSET)
    assert told.azimuth_deg == pytest.approx(77, abs=0.1)
    assert told.azimuth_is_sure
    assert not told.elevation_is_sure
    assert (told.elevation_deg, told.others_deg[0][1]) == pytest.approx((-30, 30), abs=0.3)
    assert "mirror image" in told.ambiguous[0]


def test_a_plane_that_stands_confuses_before_and_behind_it() -> None:
    wall = SQUARE[:, [0, 2, 1]]  # in x and z
    told = found(shot(wall, toward(30, 10)), wall, onset=ONSET)
    azimuths = (told.azimuth_deg, told.others_deg[0][0])
    assert sorted(azimuths) == pytest.approx([30, 150], abs=0.5)
    assert not told.azimuth_is_sure
    assert told.elevation_is_sure
    assert told.elevation_deg == pytest.approx(10, abs=0.5)


def test_two_microphones_tell_a_cone_of_directions() -> None:
    told = found(shot(LINE, toward(60)), LINE, onset=ONSET)
    assert sorted((told.azimuth_deg, told.others_deg[0][0])) == pytest.approx([60, 120], abs=0.3)
    assert not told.azimuth_is_sure
    assert not told.elevation_is_sure
    assert told.elevation_sigma_deg > 50


def test_a_line_that_stands_tells_elevation_alone() -> None:
    mast = LINE[:, [2, 1, 0]]
    told = found(shot(mast, toward(60, 20)), mast, onset=ONSET)
    assert told.elevation_deg == pytest.approx(20, abs=0.3)
    assert told.elevation_is_sure
    assert not told.azimuth_is_sure
    assert told.azimuth_sigma_deg == ALL_ROUND_DEG


def test_a_narrow_sound_on_a_wide_array_may_have_come_from_elsewhere() -> None:
    time_s = np.arange(COUNT) / RATE_HZ
    places, tones = SQUARE * 10, (900.0, 905.0, 910.0, 915.0)
    early_s = places @ toward(20) / SPEED_M_S
    samples = np.sum([0.02 * np.sin(2 * np.pi * hz * (time_s + early_s[:, None])) for hz in tones], axis=0)
    told = found(samples + np.random.default_rng(1).standard_normal(samples.shape) * 1e-4, places)
    assert any("nearly as likely" in why for why in told.ambiguous)
    assert not told.azimuth_is_sure


def test_a_sound_that_lasts_is_averaged() -> None:
    told = found(rushing(SQUARE, toward(200, -5)))
    assert told.azimuth_deg == pytest.approx(200, abs=0.1)
    assert (told.gated, told.notes) == (False, ())


def test_an_echo_behind_the_gate_does_not_turn_a_bang() -> None:
    late = round(0.006 * RATE_HZ)
    samples = shot(SQUARE, toward(10)) + 2 * shot(SQUARE, toward(100), onset=ONSET + late, seed=2)
    assert found(samples, onset=ONSET).azimuth_deg == pytest.approx(10, abs=0.2)


@pytest.mark.parametrize("wrong", [-150, 0, 150])
def test_an_onset_need_be_known_to_10_ms_only(wrong: int) -> None:
    assert found(shot(SQUARE, toward(10)), onset=ONSET + wrong).azimuth_deg == pytest.approx(10, abs=0.1)


def test_where_no_onset_stands_out_a_longer_window_is_averaged_and_told() -> None:
    told = found(rushing(SQUARE, toward(200)), onset=ONSET)
    assert told.azimuth_deg == pytest.approx(200, abs=0.5)
    assert not told.gated
    assert told.notes == ("no onset stands out: a longer window was averaged",)


def test_errors_are_as_large_as_they_are_said_to_be_and_small() -> None:
    random, errors, sigmas = np.random.default_rng(7), [], []
    for number in range(80):
        azimuth = random.uniform(0, 360)
        told = found(shot(SQUARE, toward(azimuth, -4), noise=NOISE_20_DB, seed=number), onset=ONSET)
        errors.append(apart_deg(told.azimuth_deg, azimuth))
        sigmas.append(told.azimuth_sigma_deg)
    within = np.array(errors) / np.array(sigmas)
    assert np.median(errors) < 0.3
    assert np.quantile(errors, 0.9) < 0.8
    assert 0.5 < np.mean(within < 1) < 0.86  # 68 %, within three standard deviations of a share of 80
    assert np.mean(within < 2) > 0.85


def test_what_is_not_known_exactly_widens_the_error() -> None:
    samples = shot(SQUARE, toward(10, -40))
    exact = found(samples, onset=ONSET)
    places = found(samples, onset=ONSET, inexact=Inexact(place_m=1e-3))
    air = found(samples, onset=ONSET, inexact=Inexact(speed_m_s=5.0))
    ground = found(samples, onset=ONSET, inexact=Inexact(ground_deg=1.0))
    # 1 mm across, on the mean of 4 microphones at 5 cm from each axis: 1 / (50 x 2 x cos 40°) rad
    assert places.azimuth_sigma_deg == pytest.approx(np.degrees(1 / (100 * np.cos(np.radians(40)))), rel=0.1)
    assert air.azimuth_sigma_deg == pytest.approx(exact.azimuth_sigma_deg, rel=0.05)
    # cos el = p, so d el = dp / tan el
    assert air.elevation_sigma_deg == pytest.approx(np.degrees(5 / SPEED_M_S / np.tan(np.radians(40))), rel=0.1)
    assert ground.elevation_sigma_deg == pytest.approx(np.hypot(exact.elevation_sigma_deg, 1.0))


def test_in_space_the_speed_of_sound_does_not_turn_a_direction() -> None:
    samples = shot(TETRAHEDRON, toward(120, 25))
    told = direction(samples, RATE_HZ, TETRAHEDRON, onset=ONSET, speed_m_s=330.0, inexact=Inexact(speed_m_s=15.0))
    assert isinstance(told, Direction)
    assert (told.azimuth_deg, told.elevation_deg) == pytest.approx((120, 25), abs=0.2)


@pytest.mark.parametrize("onset", [ONSET, None])
def test_a_constant_on_each_channel_changes_nothing(onset: int | None) -> None:
    samples = shot(SQUARE, toward(10)) if onset else rushing(SQUARE, toward(10))
    offset = samples + np.array([[0.1], [-0.2], [0.05], [0.0]])
    assert found(offset, onset=onset).azimuth_deg == pytest.approx(found(samples, onset=onset).azimuth_deg, abs=1e-3)


@pytest.mark.parametrize(
    ("spoiled", "why"),
    [("nan", "gives no numbers"), ("infinite", "gives no numbers"), ("dead", "is dead"), ("clipped", "is clipped")],
)
def test_a_bad_microphone_is_left_out_and_named(spoiled: str, why: str) -> None:
    samples = shot(SQUARE, toward(50))
    samples[2] = {
        "nan": np.where(np.arange(COUNT) == 5, np.nan, samples[2]),
        "infinite": np.where(np.arange(COUNT) == 5, np.inf, samples[2]),
        "dead": np.full(COUNT, 0.25),
        "clipped": np.clip(samples[2] * 40, -1, 1),
    }[spoiled]
    told = found(samples, onset=ONSET)
    assert told.azimuth_deg == pytest.approx(50, abs=0.2)
    assert told.microphones == (0, 1, 3)
    assert told.notes == (f"microphone 2 is left out, for it {why}",)


def test_where_all_are_clipped_they_are_used_all_the_same() -> None:
    told = found(np.clip(shot(SQUARE, toward(50)) * 12, -1, 1), onset=ONSET)
    assert told.azimuth_deg == pytest.approx(50, abs=3)
    assert told.microphones == (0, 1, 2, 3)
    assert told.notes[0] == "microphone 0 is clipped, and used for want of others"


def test_silence_has_no_direction_and_says_why() -> None:
    assert refused(np.zeros((4, COUNT))).reason == "0 of 4 microphones hear, and two are needed"
    assert refused(np.full((4, COUNT), np.nan)).notes[0] == "microphone 0 is left out, for it gives no numbers"


@pytest.mark.parametrize("onset", [ONSET, None])
def test_noise_of_the_microphones_alone_has_no_direction(onset: int | None) -> None:
    told = [
        direction(np.random.default_rng(n).standard_normal((4, COUNT)), RATE_HZ, SQUARE, onset=onset) for n in range(20)
    ]
    assert sum(isinstance(one, Direction) for one in told) <= 1


def test_too_little_sound_or_one_place_has_no_direction() -> None:
    assert "stands out" in refused(np.random.default_rng(1).standard_normal((4, 100))).reason
    assert "stands out" in refused(shot(SQUARE, toward(50))[:, :100], onset=50).reason
    assert refused(shot(SQUARE, toward(50)), np.zeros((4, 3)), onset=ONSET).reason == "all microphones are in one place"


def test_places_and_channels_that_do_not_match_are_refused() -> None:
    with pytest.raises(ValueError, match=r"samples of shape \(3, 6400\), places of \(4, 3\)"):
        direction(np.zeros((3, COUNT)), RATE_HZ, SQUARE)
