import pytest

from dsp.lasting import Lasting, Lasts


def told(scores: list[float], repeat_s: float = 3, quiet_s: float = 0) -> list[tuple[int, Lasts]]:
    lasting = Lasting(threshold=10, hysteresis=2, repeat_s=repeat_s, quiet_s=quiet_s)
    return [(at, found) for at, score in enumerate(scores) if (found := lasting.second(at, score))]


def test_a_state_is_told_when_it_begins_and_again_at_most_each_repeat() -> None:
    assert told([9, 10, 11, 11, 11, 11]) == [(1, Lasts(1, 1)), (4, Lasts(1, 2))]


def test_it_ends_only_below_the_hysteresis() -> None:
    assert told([10, 8, 10, 8, 10], repeat_s=100) == [(0, Lasts(0, 1))]
    assert told([10, 7.9, 10], repeat_s=100) == [(0, Lasts(0, 1)), (2, Lasts(2, 1))]


def test_it_ends_only_after_it_was_quiet_for_so_long() -> None:
    assert told([10, 0, 0, 10], repeat_s=100, quiet_s=2) == [(0, Lasts(0, 1))]
    assert told([10, 0, 0, 0, 10], repeat_s=100, quiet_s=2) == [(0, Lasts(0, 1)), (4, Lasts(4, 1))]


def test_seconds_that_nobody_scored_are_quiet() -> None:
    lasting = Lasting(threshold=10, hysteresis=2, repeat_s=100, quiet_s=2)
    assert [lasting.second(at, 10) for at in (0, 3, 7)] == [Lasts(0, 1), None, Lasts(7, 1)]


def test_it_is_never_told_while_the_score_is_below_the_threshold() -> None:
    assert told([10, 9, 9, 9, 9, 10]) == [(0, Lasts(0, 1)), (5, Lasts(0, 2))]


def test_no_number_is_no_score() -> None:
    assert told([float("nan")] * 3) == []


@pytest.mark.parametrize(("hysteresis", "repeat_s"), [(-1, 10), (1, 0), (float("nan"), 10)])
def test_a_state_that_cannot_be_is_refused(hysteresis: float, repeat_s: float) -> None:
    with pytest.raises(ValueError, match="expected 0 or more, 1 or more"):
        Lasting(threshold=1, hysteresis=hysteresis, repeat_s=repeat_s)
