import numpy as np
import pytest
from scipy.stats import theilslopes

from dsp.slope import theil_sen


def test_the_slope_is_that_of_scipy() -> None:
    rng = np.random.default_rng(1)
    x, y = np.arange(15.0), rng.standard_normal(15)
    assert theil_sen(x, y)[0] == pytest.approx(theilslopes(y, x).slope, abs=1e-12)


def test_a_quarter_of_values_that_lie_anywhere_move_it_little() -> None:
    x = np.arange(12.0)
    y = 2 * x + np.random.default_rng(2).normal(0, 0.1, 12)
    y[[1, 6, 10]] += (80, -50, 30)
    assert theil_sen(x, y)[0] == pytest.approx(2, abs=0.1)


def test_the_error_is_the_scatter_of_the_slope_in_independent_noise() -> None:
    rng, x = np.random.default_rng(3), np.arange(12.0)
    found = np.array([theil_sen(x, rng.standard_normal(12)) for _ in range(2000)])
    assert np.std(found[:, 0]) == pytest.approx(np.sqrt(np.mean(found[:, 1] ** 2)), rel=0.2)


def test_a_line_has_no_error() -> None:
    assert theil_sen(np.arange(5.0), 3 * np.arange(5.0)) == (3.0, 0.0)


@pytest.mark.parametrize("count", [0, 3])
def test_too_few_points_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match="at least 4"):
        theil_sen(np.arange(float(count)), np.arange(float(count)))
