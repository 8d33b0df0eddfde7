"""Gunshots of judgements made by hand: echoes, bursts, thresholds."""

import pytest

from dsp.detectors.gunshot import Detector
from dsp.tests.judgements import NEVER, RATE_HZ, judged


def trial(threshold: float = 0.0, max_false_alarms_per_day: float = 24.0) -> Detector:
    return Detector(RATE_HZ, threshold=threshold, max_false_alarms_per_day=max_false_alarms_per_day)


def times_s(*at_s: float, peaks: tuple[float, ...] = ()) -> list[float]:
    """When the detector tells rounds, of shots that the classifier is sure of."""
    levels = peaks or (0.5,) * len(at_s)
    heard = [judged("gunshot", t, peak=peak) for t, peak in zip(at_s, levels, strict=True)]
    return [found.start / RATE_HZ for found in trial().hear(heard)]


def test_rounds_of_a_burst_are_told_one_by_one_and_counted() -> None:
    rounds_s = (0.8, 1.1, 1.4, 2.1, 3.0)
    found = trial().hear([judged("gunshot", t) for t in rounds_s])
    assert [one.start / RATE_HZ for one in found] == pytest.approx(rounds_s)
    assert [one.measures["round"] for one in found] == [1, 2, 3, 4, 5]
    assert found[-1].reasons[-1] == "round 5 of a burst, at 0.00, 0.30, 0.60, 1.30, 2.20 s"


def test_a_round_after_two_quiet_seconds_begins_another_burst() -> None:
    found = trial().hear([judged("gunshot", t) for t in (1.0, 1.5, 4.0)])
    assert [one.measures["round"] for one in found] == [1, 2, 1]


@pytest.mark.parametrize("late_s", [0.03, 0.08, 0.12, 0.2])
def test_an_echo_is_not_another_shot(late_s: float) -> None:
    assert times_s(1.0, 1.0 + late_s, peaks=(0.5, 0.25)) == [1.0]


def test_echoes_are_counted_and_told_with_the_next_round() -> None:
    heard = [judged("gunshot", t, peak=p) for t, p in ((1.0, 0.5), (1.1, 0.2), (1.2, 0.1), (1.6, 0.5))]
    first, second = trial().hear(heard)
    assert (first.measures["echoes"], second.measures["echoes"]) == (0, 2)
    assert second.reasons[-1].endswith("; echoes since the last: 2")


def test_rounds_are_equally_loud_and_none_is_taken_for_an_echo() -> None:
    assert times_s(1.0, 1.35, 1.7, peaks=(0.5, 0.45, 0.4)) == pytest.approx([1.0, 1.35, 1.7])


def test_what_the_classifier_takes_for_something_else_is_not_told() -> None:
    assert trial().hear([judged("fireworks", 1.0), judged("impact", 2.0)]) == []


def test_a_shot_that_it_was_unsure_of_masks_nothing() -> None:
    heard = [judged("gunshot", 1.0, odds=NEVER), judged("gunshot", 1.1, peak=0.2)]
    assert len(trial().hear(heard)) == 1


def test_the_reasons_name_score_threshold_and_what_else_it_was_like() -> None:
    (found,) = trial(threshold=0.5).hear([judged("gunshot", 1.0)])
    assert found.reasons[0].startswith("rose 30.0 dB above the floor")
    assert found.reasons[2].startswith("like gunshot with a score of 1.000 (threshold 0.500), nothing else")
    assert found.measures["p_gunshot"] > 0.99


def test_fewer_accepted_alarms_mean_a_higher_threshold() -> None:
    strict, lax = (trial(max_false_alarms_per_day=n) for n in (2, 200))
    (high,), (low,) = (one.hear([judged("gunshot", 1.0)]) for one in (strict, lax))
    assert high.threshold > low.threshold


def test_a_threshold_of_its_own_overrides_the_accepted_alarms() -> None:
    (found,) = trial(0.25, 2).hear([judged("gunshot", 1.0)])
    assert found.threshold == 0.25


@pytest.mark.parametrize("threshold", [-0.1, 1.5, float("nan")])
def test_a_threshold_that_no_score_can_be_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="a score is 0 to 1"):
        trial(threshold)


def test_so_few_alarms_that_none_were_measured_are_refused() -> None:
    with pytest.raises(ValueError, match=r"0\.01 false alarms a day; no threshold is known to make so few"):
        trial(max_false_alarms_per_day=0.01)
