"""The time of samples, against crystals whose time is known and a Kalman filter in matrices."""

import itertools
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsp.clockfit.crystal import STREET
from dsp.clockfit.fit import ClockFit, State
from dsp.clockfit.gnss import corrected, relabelled, utc_second
from dsp.clockfit.tick import alike
from dsp.clockfit.track import NS_PER_S, Edge, Track
from dsp.tests.crystals import (
    FAULTS,
    OFFSET,
    RATE_HZ,
    START_S,
    TICKS,
    WEATHERS,
    Course,
    Fault,
    Latch,
    Weather,
    befallen,
    error_s,
)

RATE = int(RATE_HZ)
FAULT_S = 200
CAUGHT = pytest.mark.parametrize(("ticks", "rms_us"), [(TICKS, 0.1), (1, 2.0)], ids=["by a timer", "by the sample"])


def fault(name: str) -> Fault:
    return next(one for one in FAULTS if name in one.name)


@CAUGHT
@pytest.mark.parametrize("weather", WEATHERS, ids=lambda weather: weather.name)
def test_a_sample_is_timed_as_well_as_its_seconds_are_caught_and_the_claim_is_true(
    weather: Weather, ticks: int, rms_us: float
) -> None:
    course, latch, rows = Course.of(weather, 702, 3), Latch(ClockFit(RATE_HZ), ticks), []
    for second in range(1, 700):
        latch.catch(course, second)
        if second > 100:
            rows.append(error_s(latch.fit, course, second + 0.5))
    errors, sigmas = np.array(rows).T
    assert np.sqrt(np.mean(errors**2)) < rms_us * 1e-6
    assert np.mean(np.abs(errors) <= 3 * sigmas) >= 0.997
    assert sigmas.mean() < rms_us * 1e-6


@CAUGHT
@pytest.mark.parametrize(("coast_s", "most_us"), [(60, 5), (600, 150)])
def test_without_seconds_it_coasts_and_says_how_far_off_it_may_be(
    ticks: int, rms_us: float, coast_s: int, most_us: float
) -> None:
    course, latch = Course.of(WEATHERS[1], 600 + coast_s + 2, 4), Latch(ClockFit(RATE_HZ), ticks)
    for second in range(1, 600):
        latch.catch(course, second)
    error, sigma = error_s(latch.fit, course, 599 + coast_s)
    assert abs(error) < most_us * 1e-6
    assert abs(error) < 3 * sigma < 4 * most_us * 1e-6
    assert latch.fit.at((599 + coast_s) * RATE).state is State.HOLDOVER


@CAUGHT
@pytest.mark.parametrize("name", ["missing", "doubled", "one pulse 20 us late", "named a second"])
def test_a_fault_that_passes_costs_nothing(name: str, ticks: int, rms_us: float) -> None:
    latch, rows = befallen(fault(name), ticks, FAULT_S, FAULT_S + 120)
    errors, sigmas = np.abs(rows[FAULT_S - 1 :]).T
    assert errors.max() < 8e-6
    assert np.all(errors <= 3 * sigmas)
    assert not latch.fit.steps


@CAUGHT
@pytest.mark.parametrize(("name", "by_s"), [("leap", -1.0), ("not counted", 0.01)])
def test_a_step_that_stays_is_taken_after_three_seconds_and_declared(
    name: str, by_s: float, ticks: int, rms_us: float
) -> None:
    latch, rows = befallen(fault(name), ticks, FAULT_S, FAULT_S + 60)
    errors, sigmas = np.abs(rows[FAULT_S - 1 :]).T
    assert np.all(errors <= 3 * sigmas)
    assert errors[2:].max() < 10e-6
    (step,) = latch.fit.steps
    assert step.by_ns == pytest.approx(by_s * NS_PER_S, abs=30_000)
    assert step.sample == pytest.approx((FAULT_S + 2.5) * RATE, abs=RATE)


def test_a_pulse_that_is_late_for_good_is_followed_as_nobody_can_tell_without_a_second_clock() -> None:
    _, rows = befallen(fault("for good"), TICKS, FAULT_S, FAULT_S + 30)
    errors, sigmas = rows[FAULT_S - 1 :].T
    assert np.all(np.abs(errors[:2]) < 0.1e-6)
    assert np.all(sigmas[:2] > 19e-6)
    assert errors[-1] == pytest.approx(-20e-6, abs=0.2e-6)


def test_the_end_of_a_pulse_is_never_taken_for_its_beginning_even_where_it_comes_first() -> None:
    course, latch = Course.of(WEATHERS[0], 30, 3), Latch(ClockFit(RATE_HZ))
    latch.catch(course, 0, late_s=0.1)
    for second in range(1, 20):
        latch.catch(course, second)
        latch.catch(course, second, late_s=0.1)
    assert abs(error_s(latch.fit, course, 19.5)[0]) < 0.2e-6


@CAUGHT
def test_a_crystal_whose_frequency_jumps_is_followed(ticks: int, rms_us: float) -> None:
    course = Course.of(WEATHERS[0], 400, 3)
    course.counts[200:] += 3e-6 * RATE_HZ * np.arange(course.counts.size - 200)
    latch, rows = Latch(ClockFit(RATE_HZ), ticks), []
    for second in range(1, 390):
        latch.catch(course, second)
        rows.append(error_s(latch.fit, course, second + 0.5) if second > 100 else (0.0, 1.0))
    errors, sigmas = np.abs(rows).T
    assert errors.max() < 20e-6
    assert errors[250:].max() < 5 * rms_us * 1e-6
    assert np.mean(errors > 3 * sigmas) < 0.02


def test_samples_that_are_lost_but_counted_cost_nothing() -> None:
    course, latch = Course.of(WEATHERS[0], 100, 3), Latch(ClockFit(RATE_HZ))
    for second in (*range(1, 40), *range(52, 60)):
        latch.catch(course, second)
    assert abs(error_s(latch.fit, course, 59.5)[0]) < 0.2e-6
    assert not latch.fit.steps


def test_after_a_reboot_samples_are_counted_anew_and_the_crystal_is_known() -> None:
    course = Course.of(WEATHERS[1], 200, 3)
    before = Latch(ClockFit(RATE_HZ))
    for second in range(1, 100):
        before.catch(course, second)
    after, fresh = Latch(before.fit.rebooted()), Latch(ClockFit(RATE_HZ))
    for second in (110, 111, 112):
        after.catch(course, second, shift=-110 * RATE)
        fresh.catch(course, second, shift=-110 * RATE)
    known, unknown = (error_s(latch.fit, course, 122, -110 * RATE) for latch in (after, fresh))
    assert abs(known[0]) < 3 * known[1] < 3e-6
    assert known[1] < unknown[1]
    assert ClockFit(RATE_HZ).rebooted().steps == ()


def test_without_any_second_the_host_is_all_there_is_and_no_average_makes_it_better() -> None:
    fit = ClockFit(RATE_HZ)
    with pytest.raises(LookupError):
        fit.at(0)
    for second in range(300):
        fit.coarse(second * RATE, (START_S + second) * NS_PER_S + 700_000, 1e-3)
    told = fit.at(300 * RATE)
    assert told.state is State.FREE
    assert told.utc_ns == pytest.approx((START_S + 300) * NS_PER_S + 700_000, abs=100_000)
    assert told.sigma_s > 1e-3


def test_seconds_take_over_from_the_host_and_the_host_from_seconds_that_are_long_gone() -> None:
    course, latch = Course.of(WEATHERS[0], 9000, 3), Latch(ClockFit(RATE_HZ))
    states = []
    for second in range(1, 9000):
        if 20 < second < 60:
            latch.catch(course, second)
        sample, _ = course.sample_at(second)
        latch.fit.coarse(sample, (START_S + second) * NS_PER_S + 900_000, 1e-3)
        states.append(latch.fit.at(sample).state)
    assert [state for state, _ in itertools.groupby(states)] == [
        State.FREE,
        State.LOCKED,
        State.HOLDOVER,
        State.FREE,
    ]
    assert not latch.fit.steps


def test_a_host_that_steps_does_not_move_what_seconds_say() -> None:
    course, latch = Course.of(WEATHERS[0], 200, 3), Latch(ClockFit(RATE_HZ))
    for second in range(1, 150):
        latch.catch(course, second)
        host_s = START_S + second + (3600 if second > 50 else 0)
        latch.fit.coarse(course.sample_at(second)[0], host_s * NS_PER_S, 1e-3)
    assert abs(error_s(latch.fit, course, 149.5)[0]) < 0.2e-6


def test_a_host_that_steps_is_followed_where_it_is_all_there_is() -> None:
    fit = ClockFit(RATE_HZ)
    for second in range(100):
        fit.coarse(second * RATE, (START_S + second + (3600 if second > 50 else 0)) * NS_PER_S, 1e-3)
    assert fit.at(100 * RATE).utc_ns == pytest.approx((START_S + 3700) * NS_PER_S, abs=1_000_000)
    assert [round(step.by_ns / NS_PER_S) for step in fit.steps] == [3600]


happenings = st.lists(
    st.tuples(
        st.sampled_from(["second", "coarse", "nothing", "late", "step"]),
        st.floats(0, 0.999),
        st.integers(-3_000_000, 3_000_000),
    ),
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(happenings)
def test_later_samples_never_have_an_earlier_time_but_behind_a_declared_step(
    happenings: list[tuple[str, float, int]],
) -> None:
    fit, offset_ns = ClockFit(RATE_HZ), 0
    told: list[tuple[int, int]] = []
    fit.coarse(0, START_S * NS_PER_S, 1e-3)
    for second, (what, ask, by_ns) in enumerate(happenings, 1):
        offset_ns += by_ns if what == "step" else 0
        late_ns = by_ns if what == "late" else 0
        utc_ns = (START_S + second) * NS_PER_S + offset_ns + late_ns
        if what == "coarse":
            fit.coarse(second * RATE, utc_ns, 1e-3)
        elif what != "nothing":
            fit.second(Edge(second * RATE, 0.0, utc_ns, 1e-7))
        sample = second * RATE + int(ask * RATE)
        told += [(at, fit.at(at).utc_ns) for at in (sample, sample + 1)]
    told.sort()
    for (one, one_ns), (other, other_ns) in itertools.pairwise(told):
        stepped = sum(step.by_ns for step in fit.steps if one < step.sample <= other)
        assert other_ns - one_ns >= min(0, stepped) - 1
    assert [fit.at(sample).utc_ns for sample, _ in told] == [utc_ns for _, utc_ns in told]


def test_nothing_is_lost_to_the_size_of_the_numbers() -> None:
    ten_years = 10 * 365 * 86_400
    course, latch = Course.of(WEATHERS[0], 60, 3), Latch(ClockFit(RATE_HZ))
    for second in range(1, 60):
        latch.catch(course, second, shift=ten_years * RATE)
    assert abs(error_s(latch.fit, course, 59.5, ten_years * RATE)[0]) < 0.1e-6


def test_the_filter_is_the_one_of_the_matrices() -> None:
    draw = np.random.default_rng(5)
    edges = [
        Edge(second * RATE, 0.3, (START_S + second) * NS_PER_S + int(draw.normal(0, 900)), 1e-6) for second in range(40)
    ]
    track = Track.begin(STREET, RATE_HZ, edges[0], OFFSET, 1e-10)
    state, spread = np.array([(edges[0].utc_ns - START_S * NS_PER_S) / NS_PER_S, OFFSET]), np.diag([1e-12, 1e-10])
    step = np.array([[1.0, 1.0], [0.0, 1.0]])
    noise = STREET.walk * np.array([[1 / 3, 1 / 2], [1 / 2, 1]]) + np.diag([STREET.white, 0])
    for second, edge in enumerate(edges[1:], 1):
        track = track.told(edge)
        state, spread = step @ state, step @ spread @ step.T + noise
        gain = spread[:, 0] / (spread[0, 0] + 1e-12)
        state = state + gain * ((edge.utc_ns - (START_S + second) * NS_PER_S) / NS_PER_S - state[0])
        spread = spread - np.outer(gain, spread[0])
        ahead_s = (track.utc_ns - (START_S + second) * NS_PER_S) / NS_PER_S + track.rest_s
        assert ahead_s == pytest.approx(state[0], abs=1e-12)
    assert track.drift == pytest.approx(state[1], rel=1e-6)
    found = [track.var_time, track.var_both, track.var_drift]
    assert found == pytest.approx([spread[0, 0], spread[0, 1], spread[1, 1]], rel=1e-6)


@pytest.mark.parametrize(
    ("gained", "expected"), [(0.86, 1.8), (3.0, 100), (2.999, 100), (0.95, 5), (0.5, 25), (0.38, 1), (1 / 3, 100 / 9)]
)
def test_seconds_err_alike_for_as_long_as_they_fall_alike_within_their_ticks(gained: float, expected: float) -> None:
    assert alike(gained, 0.0) == pytest.approx(expected, rel=0.02)
    assert alike(gained, 0.4) == 1


def test_a_crystal_at_which_all_seconds_fall_alike_claims_no_more_than_its_ticks_allow() -> None:
    errors = []
    for seed in range(12):
        course, latch = Course.of(WEATHERS[0], 402, seed, 1 / RATE_HZ + 2e-8), Latch(ClockFit(RATE_HZ), 1)
        for second in range(1, 300):
            latch.catch(course, second)
        errors += [error_s(latch.fit, course, at) for at in (299.5, 400)]
    found, sigmas = np.abs(errors).T
    assert np.all(found < 3 * sigmas)
    assert 3e-6 < sigmas[::2].min() <= sigmas[::2].max() < 12e-6


@pytest.mark.parametrize("week", [2446, 2446 % 1024, 2446 - 1024])
def test_the_week_has_all_its_bits_whatever_the_receiver_left_of_them(week: int) -> None:
    built_s = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
    second = utc_second(week, 388_800 + 18, pivot_s=built_s)
    assert datetime.fromtimestamp(second, UTC) == datetime(2026, 11, 26, 12, tzinfo=UTC)


def test_gps_time_is_ahead_of_utc_by_the_leap_seconds() -> None:
    """GPS week 1930 began on 2017-01-01T00:00:00 GPS, when UTC stood at 2016-12-31T23:59:42 (IERS Bulletin C 52)."""
    assert datetime.fromtimestamp(utc_second(1930, 18, pivot_s=1_400_000_000), UTC) == datetime(2017, 1, 1, tzinfo=UTC)
    assert utc_second(1930, 18, pivot_s=0, leap_s=19) == utc_second(1930, 18, pivot_s=0) - 1


def test_a_host_that_knows_the_second_names_it() -> None:
    assert relabelled(100, 99 * NS_PER_S + 1_000_000, 20_000_000) == 99
    assert relabelled(100, 99 * NS_PER_S + 1_000_000, 400_000_000) == 100


def test_the_sawtooth_is_taken_out_across_the_border_of_a_sample() -> None:
    for before, error_s_, sample, after in ((0.9999, 10e-9, 8, 0.00038), (0.0001, -10e-9, 6, 0.99962)):
        whole, fraction = corrected(7, before, RATE_HZ, error_s_)
        assert whole == sample
        assert fraction == pytest.approx(after, abs=1e-6)
