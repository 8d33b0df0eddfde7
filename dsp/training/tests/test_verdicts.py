import numpy as np
import pytest

from dsp.training import card, incidents
from dsp.training.report import Judged, judged, kinds_table, table
from dsp.training.verdicts import Shot, Stretch, Verdicts, alarms_at, in_a_row, least_threshold, log_odds, threshold_for

RANDOM = np.random.default_rng(5)


def stretch(*found: tuple[float, float], seconds: float = 3600.0, kind: str = "street") -> Stretch:
    at_s, score = (np.array([one[i] for one in found]) for i in (0, 1))
    return Stretch("hour", kind, kind, seconds, at_s, score)


def verdict(fold: int, shots: tuple[float, ...] = (), alarms: tuple[float, ...] = ()) -> Verdicts:
    told = [Shot(f"test_{n:03}.a", 0, f"SS-FP{fold}", "path", 20.0, 100.0, s) for n, s in enumerate(shots)]
    hour = stretch(*((10.0 * n, s) for n, s in enumerate(alarms)))
    return Verdicts(fold, told, [("x", "x", 1.0)], [stretch((1.0, -9.0), seconds=5)], [stretch((1.0, -9.0))], [hour])


def test_log_odds_are_of_a_class_against_all_others() -> None:
    logits = np.array([[0.0] * 15, [9.0] + [0.0] * 14], np.float32)
    assert log_odds(logits, "gunshot") == pytest.approx([-np.log(14), 9 - np.log(14)], abs=1e-6)


def test_alarms_that_follow_at_once_are_one() -> None:
    assert stretch((1.0, 5.0), (1.1, 5.0), (1.2, 5.0), (2.0, 5.0)).alarmed_s(4.0) == [1.0, 2.0]


def test_what_stays_below_the_threshold_is_no_alarm() -> None:
    assert stretch((1.0, 5.0), (3.0, 3.0)).alarms(4.0) == 1


def test_each_stretch_says_how_far_apart_its_alarms_are() -> None:
    at_s = np.array([0.0, 0.48, 0.96, 2.4])
    patches = Stretch("hour", "street", "street", 3600.0, at_s, np.full(4, 5.0), merge_s=1.0)
    assert patches.alarmed_s(5.0) == [0.0, 2.4]


def test_alarms_are_counted_at_all_thresholds_at_once_as_at_each_alone() -> None:
    at_s = np.cumsum(RANDOM.choice((0.1, 0.3, 2.0), 200))
    hour = Stretch("hour", "street", "street", 3600.0, at_s, RANDOM.integers(0, 9, 200).astype(float))  # many ties
    thresholds = np.arange(-1.0, 10.0)
    assert alarms_at([hour, hour], thresholds).tolist() == [2 * hour.alarms(threshold) for threshold in thresholds]


def test_all_that_have_the_score_of_the_threshold_count() -> None:
    tied = stretch((1.0, 5.0), (2.0, 4.0), (3.0, 4.0), (4.0, 4.0), (5.0, 3.0))
    candidates = np.array([5.0, 4.0, 3.0])
    assert [least_threshold([tied], most, candidates) for most in (1, 2, 3, 4, 5)] == [5.0, 5.0, 5.0, 4.0, 3.0]


def test_an_hour_that_is_one_long_alarm_is_no_quiet_one() -> None:
    at_s = np.arange(0.0, 60.0, 0.2)
    score = np.where(np.arange(at_s.size) % 10 == 0, 5.0, 1.0)  # thirty bangs, and what lies between them
    hour = Stretch("hour", "street", "street", 3600.0, at_s, score)
    assert (hour.alarms(1.0), hour.alarms(5.0)) == (1, 30)
    assert least_threshold([hour], 30, np.array([5.0, 1.0])) == 1.0
    assert least_threshold([hour], 29, np.array([9.0, 5.0, 1.0])) == 9.0


def test_no_threshold_is_low_enough_where_the_best_are_too_many() -> None:
    assert least_threshold([stretch((1.0, 5.0), (2.0, 5.0))], 1, np.array([5.0])) == np.inf


def test_two_in_a_row_are_averaged_and_the_first_counts_alone() -> None:
    assert in_a_row(np.array([2.0, 4.0, 0.0])).tolist() == [2.0, 3.0, 2.0]


def test_the_threshold_is_the_least_at_which_no_more_is_told() -> None:
    folds = [verdict(0, alarms=(5.0, 3.0, 1.0)), verdict(1, alarms=(4.0, 2.0))]
    assert threshold_for(folds, 1.0, np.inf) == 4.0  # two alarms in two hours
    assert threshold_for(folds, 0.5, np.inf) == 5.0


def test_each_fold_is_judged_by_the_threshold_of_the_others() -> None:
    folds = [verdict(0, (4.5,), (9.0,)), verdict(1, (4.5,), (4.0,)), verdict(2, (4.5,), (3.0,))]
    now = judged(folds, street_an_hour=0.5, clips_an_hour=np.inf)
    assert [fold.threshold for fold in now] == [4.0, 9.0, 9.0]
    assert [fold.found(4.5) for fold in now] == [True, False, False]


def test_the_tables_have_the_counts() -> None:
    now = [Judged(verdict(0, (4.5, 3.0), (9.0,)), 4.0)]
    rows = list(table(now))
    assert rows[1].split()[:8] == ["shots", "of", "10", "dB", "or", "more", "1", "2"]
    assert any(row.startswith("composed streets") and row.split()[2] == "1" for row in rows)
    assert "scream" in list(kinds_table({"scream": now}))[1]


def test_an_incident_needs_three_sensors_within_three_seconds() -> None:
    counted = incidents._incidents
    assert counted([(0.0, 1), (1.0, 2), (2.0, 3)]) == 1
    assert counted([(0.0, 1), (1.0, 1), (2.0, 1)]) == 0
    assert counted([(0.0, 1), (1.0, 2), (9.0, 3)]) == 0
    assert counted([(0.0, 1), (1.0, 2), (2.0, 3), (2.5, 4), (2.6, 5), (2.7, 6)]) == 2


def test_a_shot_is_confirmed_by_three_sensors_of_those_that_recorded_it() -> None:
    shots = [Shot(f"test_001.{n}", 0, "SS-FP1", "p", 20.0, 1.0, score) for n, score in enumerate((5.0, 5.0, 5.0, 0.0))]
    alone = [Shot("test_002.1", 0, "SS-FP1", "p", 20.0, 1.0, 5.0)]
    fold = Judged(Verdicts(0, shots + alone, [], [], [], []), 4.0)
    assert incidents.confirmed([fold]) == [True]
    assert incidents.confirmed([Judged(fold.verdicts, 6.0)]) == [False]


def test_a_scale_of_the_logistic_curve_is_recovered() -> None:
    x = RANDOM.uniform(-6, 6, 40_000)
    right = RANDOM.random(x.size) < 1 / (1 + np.exp(-(1.4 * x - 0.7)))
    slope, offset = card.platt(x[right], x[~right])
    balance = np.log(np.mean(~right) / np.mean(right))  # both weigh the same, however many they are
    assert (slope, offset) == pytest.approx((1.4, -0.7 + balance), abs=0.1)


def test_the_card_tells_thresholds_with_their_price() -> None:
    folds = [verdict(0, (9.0, 8.0, 1.0), tuple(RANDOM.uniform(-8, 2, 500))), verdict(1, (9.0, 0.5), (1.5, -3.0))]
    rows = card.scale(folds, "gunshot")["alarms"]
    assert isinstance(rows, list)
    assert [row["threshold"] for row in rows] == sorted((row["threshold"] for row in rows), reverse=True)
    assert rows[0]["a_day"] == 12  # one in two hours
    assert all(0 <= row["recall"] <= 1 for row in rows)
