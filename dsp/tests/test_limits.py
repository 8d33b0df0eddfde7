import pytest

from dsp.limits import ANY, Limit


@pytest.mark.parametrize(("value", "cost_db"), [(1, 0.5), (2, 0), (5, 0), (9, 2)])
def test_each_unit_beyond_a_limit_costs(value: float, cost_db: float) -> None:
    assert Limit("decay_ms", 2, 5, 0.5, "{}").cost_db(value) == cost_db


@pytest.mark.parametrize(
    ("least", "most", "words"),
    [
        (-ANY, 60, "took 70 ms (at most 60), which costs 2.0 dB"),
        (75, ANY, "took 70 ms (at least 75), which costs 1.0 dB"),
        (60, 80, "took 70 ms (60 to 80)"),
    ],
)
def test_a_reason_names_number_limit_and_cost(least: float, most: float, words: str) -> None:
    assert Limit("decay_ms", least, most, 0.2, "took {:.0f} ms").reason(70) == words
