import numpy as np
from scipy.signal import find_peaks

from dsp.onset import Rise, first_arrival, peaks, two_largest


def rise(hops: int = 10) -> Rise:
    return Rise(hops, tau_hops=5, delay_hops=2, warm_hops=3)


def test_a_step_rises_by_its_height_and_then_becomes_the_floor() -> None:
    levels = np.repeat([-60.0, -40.0], 30)[:, None]
    adaptive = rise()
    rises = np.concatenate([adaptive.block(block) for block in levels.reshape(6, 10, 1)])[:, 0]
    np.testing.assert_allclose(rises[:30], 0, atol=1e-9)
    np.testing.assert_allclose(rises[30:32], 20)
    expected = 20 * np.exp(-np.arange(1, 29) / 5)  # closed form: what the average has not yet followed
    np.testing.assert_allclose(rises[32:], expected, rtol=1e-6)


def test_the_first_rows_do_not_rise_out_of_an_empty_frame() -> None:
    levels = np.concatenate((np.full((3, 1), -100.0), np.full((7, 1), -50.0)))
    np.testing.assert_allclose(rise().block(levels), 0, atol=1e-9)


def test_a_single_band_does_not_rise_as_far_as_two() -> None:
    assert two_largest(np.array([[20.0, 0, 0, 0], [20, 20, 0, -5]])).tolist() == [10, 20]


def test_peaks_are_those_that_scipy_finds_at_the_same_distance() -> None:
    strength = np.random.default_rng(1).standard_normal(2000)
    ours = peaks(strength, apart=6, least=1.0)
    # find_peaks drops the lower of two near peaks even where a dropped one stood between them: ours are among its own
    scipys, _ = find_peaks(strength, height=1.0, distance=7)
    assert set(ours) <= set(scipys)
    assert all(strength[k] == strength[k - 6 : k + 7].max() for k in ours)


def test_a_plateau_has_one_peak() -> None:
    assert peaks(np.array([0.0, 0, 0, 5, 5, 5, 0, 0, 0]), apart=2, least=1).tolist() == [3]


def test_the_first_arrival_is_where_noise_grows() -> None:
    rng = np.random.default_rng(1)
    window = np.concatenate((rng.standard_normal(200) * 0.01, rng.standard_normal(100))).astype(np.float32)
    assert abs(first_arrival(window, margin=8) - 200) <= 2


def test_the_first_arrival_comes_before_a_louder_echo() -> None:
    rng = np.random.default_rng(2)
    levels = np.repeat([0.01, 0.4, 1.0], [200, 60, 60])
    assert abs(first_arrival((rng.standard_normal(320) * levels).astype(np.float32), margin=8) - 200) <= 2


def test_silence_has_a_first_arrival_that_is_a_number() -> None:
    assert 8 <= first_arrival(np.zeros(100, np.float32), margin=8) < 100
