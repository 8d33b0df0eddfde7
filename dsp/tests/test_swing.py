import numpy as np
import pytest
from numpy.typing import NDArray

from dsp.ridge import Course
from dsp.swing import repeated, there_and_back

HOPS_A_SECOND = 100
TIME_S = np.arange(4 * HOPS_A_SECOND) / HOPS_A_SECOND


def course(octaves: NDArray[np.floating]) -> tuple[Course, NDArray[np.bool_]]:
    return Course(np.asarray(9.5 + octaves, np.float64), np.full(octaves.size, 20.0)), np.ones(octaves.size, bool)


@pytest.mark.parametrize("cycles_hz", [0.6, 1.0, 3.3, 6.7])
def test_the_period_of_a_sweep_is_found(cycles_hz: float) -> None:
    found = repeated(*course(np.sin(2 * np.pi * cycles_hz * TIME_S) / 2), hops_a_second=HOPS_A_SECOND, shortest_s=0.12)
    assert found is not None
    assert found.cycles_hz == pytest.approx(cycles_hz, rel=0.01)
    assert found.alike > 0.95
    assert found.octaves == pytest.approx(1.0, abs=0.03)
    assert found.moving > 0.7
    assert found.wander == pytest.approx(1.0, abs=0.1)


def test_two_tones_stay_at_their_ends() -> None:
    found = repeated(*course(0.4 * (TIME_S % 1.0 < 0.5)), hops_a_second=HOPS_A_SECOND, shortest_s=0.12)
    assert found is not None
    assert found.cycles_hz == pytest.approx(1.0, rel=0.01)
    assert found.at_ends == 1.0
    assert found.moving < 0.1


@pytest.mark.parametrize(
    "octaves", [np.zeros(400), TIME_S / 4, 0.04 * np.sin(TIME_S * 20)], ids=["steady", "rising once", "vibrato"]
)
def test_what_does_not_swing_has_no_period(octaves: NDArray[np.float64]) -> None:
    assert repeated(*course(octaves), hops_a_second=HOPS_A_SECOND, shortest_s=0.12) is None


def test_a_course_at_random_is_not_like_itself() -> None:
    steps = np.random.default_rng(1).normal(0, 0.05, 400)
    found = repeated(*course(np.cumsum(steps)), hops_a_second=HOPS_A_SECOND, shortest_s=0.12)
    assert found is None or found.alike < 0.75


def test_what_was_hardly_heard_says_nothing() -> None:
    swing, heard = course(np.sin(TIME_S * 9))
    assert repeated(swing, heard & (TIME_S < 1), hops_a_second=HOPS_A_SECOND, shortest_s=0.12) is None
    assert there_and_back(swing, np.zeros_like(heard), hops_a_second=HOPS_A_SECOND) is None


@pytest.mark.parametrize("up", [1, -1])
def test_one_turn_is_measured(up: int) -> None:
    found = there_and_back(*course(up * np.interp(TIME_S, [0, 1, 4], [0, 1, 0.2])), hops_a_second=HOPS_A_SECOND)
    assert found is not None
    assert found.octaves == pytest.approx(0.8, abs=0.05)
    assert found.seconds == pytest.approx(4, abs=0.1)
    assert found.shorter_s == pytest.approx(1, abs=0.1)
    assert found.straight == pytest.approx(1, abs=0.01)


def test_a_leap_breaks_a_glide() -> None:
    octaves = np.interp(TIME_S, [0, 2, 4], [0, 1, 0])
    octaves[300:] += 0.6
    assert there_and_back(*course(octaves), hops_a_second=HOPS_A_SECOND) is None
