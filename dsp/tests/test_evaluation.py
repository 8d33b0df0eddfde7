import numpy as np
import pytest
from scipy.stats import chi2

from dsp.evaluation import bootstrap_share, match, poisson_rate, wilson


def test_each_label_takes_the_nearest_detection_once() -> None:
    matched = match([1.00, 1.03, 5.0], [1.02, 2.0], 0.05)
    assert matched.hits == ((0, 1),)
    assert matched.missed == (1,)
    assert matched.extra == (0, 2)


def test_two_labels_share_two_near_detections() -> None:
    assert match([1.0, 1.04], [1.01, 1.05], 0.05).hits == ((0, 0), (1, 1))


def test_nothing_matches_nothing() -> None:
    matched = match([], [], 0.05)
    assert (matched.hits, matched.missed, matched.extra) == ((), (), ())


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [  # R. Newcombe, Statistics in Medicine 17, 1998, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_limits_are_those_of_the_published_table(successes: int, trials: int, low: float, high: float) -> None:
    interval = wilson(successes, trials)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


def test_no_trials_leave_the_share_open() -> None:
    for interval in (wilson(0, 0), bootstrap_share([], seed=1)):
        assert (interval.low, interval.high) == (0, 1)


@pytest.mark.parametrize("count", [0, 1, 10, 503])
def test_poisson_limits_are_those_of_chi_square(count: int) -> None:
    interval = poisson_rate(count, 2.0)
    low = chi2.ppf(0.025, 2 * count) / 2 / 2.0 if count else 0
    assert (interval.low, interval.high) == pytest.approx((low, chi2.ppf(0.975, 2 * count + 2) / 2 / 2.0))


def test_equal_groups_leave_no_doubt_and_unequal_ones_much() -> None:
    same = bootstrap_share([(9, 10)] * 5, seed=1)
    assert (same.low, same.high) == pytest.approx((0.9, 0.9))
    torn = bootstrap_share([(10, 10), (10, 10), (0, 10)], seed=1)
    assert torn.low == 0
    assert torn.high == 1


def test_the_bootstrap_of_many_single_trials_is_close_to_wilson() -> None:
    found = np.random.default_rng(1).random(400) < 0.8
    ours = bootstrap_share([(int(hit), 1) for hit in found], seed=1)
    expected = wilson(int(found.sum()), 400)
    assert (ours.low, ours.high) == pytest.approx((expected.low, expected.high), abs=0.01)
