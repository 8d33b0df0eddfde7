import numpy as np
import pytest

from dsp.classifier import Alarms, Judgement, Scale, log_odds, model
from dsp.tests.signals import street
from dsp.trigger import Trigger

SCALE = Scale(1.5, -3.0, (Alarms(0.99, 1.2, 0.7), Alarms(0.9, 6.0, 0.9), Alarms(0.5, 24.0, 0.95)))


def test_log_odds_are_those_of_the_softmax() -> None:
    logits = np.array([2.0, 0.0, -1.0], np.float32)
    share = np.exp(logits) / np.exp(logits).sum()
    assert log_odds(logits) == pytest.approx(np.log(share / (1 - share)), abs=1e-5)


def test_log_odds_are_finite_where_a_class_is_certain() -> None:
    assert np.isfinite(log_odds(np.array([800.0, 0.0], np.float32))).all()


def test_the_score_grows_with_the_odds_and_stays_between_0_and_1() -> None:
    scores = [SCALE.score(x) for x in (-1e6, -2.0, 2.0, 9.0, 1e6)]
    assert scores == sorted(scores)
    assert scores[2] == pytest.approx(0.5)
    assert 0 <= scores[0] <= scores[-1] <= 1


@pytest.mark.parametrize(("a_day", "threshold"), [(1.2, 0.99), (10, 0.9), (24, 0.5), (1000, 0.5)])
def test_the_threshold_is_the_least_that_alarms_no_more_often(a_day: float, threshold: float) -> None:
    assert SCALE.threshold(a_day) == threshold


def test_a_rate_that_was_never_measured_is_refused_with_the_least_that_was() -> None:
    with pytest.raises(ValueError, match=r"0\.1 false alarms a day; .* 1\.2 a day, at a threshold of 0\.990"):
        SCALE.threshold(0.1)


def test_the_model_judges_every_class_of_its_card() -> None:
    trigger = Trigger(48_000)
    found = trigger.feed(street(48_000, 2.0, blasts_s=(0.9,)))[0]
    judged = Judgement(found, model())
    assert set(judged.log_odds) == set(model().names)
    assert set(model().scales) <= set(model().names)
    assert np.isfinite(list(judged.log_odds.values())).all()


def test_the_thresholds_of_the_card_fall_as_alarms_grow() -> None:
    for scale in model().scales.values():
        rows = sorted(scale.alarms, key=lambda row: row.a_day)
        assert [row.threshold for row in rows] == sorted((row.threshold for row in rows), reverse=True)
        assert [row.recall for row in rows] == sorted(row.recall for row in rows)
