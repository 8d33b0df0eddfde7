"""What a configured number means."""

import math

import pytest

from drivers._meaning import Meaning
from drivers._types import Gap, Reading, Why


def test_a_number_becomes_the_quantitys_unit() -> None:
    assert Meaning("water_level", scale=0.1, offset=2.0).items(189, 7) == [Reading("water_level", 20.9, "m", 7)]


def test_its_own_channel_comes_before_its_readers() -> None:
    assert Meaning("supply", channel=3).items(12.5, 7) == [Reading("supply", 12.5, "V", 3)]


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_what_is_no_number_is_no_value(number: float) -> None:
    assert [item.why for item in Meaning("supply").items(number, 0) if isinstance(item, Gap)] == [Why.INVALID]


@pytest.mark.parametrize("number", [-0.1, 30.1, 1e308])
def test_what_is_beyond_its_limits_is_a_gap(number: float) -> None:
    (gap,) = Meaning("supply", least=0, most=30, scale=10 if number > 1e300 else 1).items(number, 0)
    assert isinstance(gap, Gap)
    assert gap.why is Why.IMPLAUSIBLE


@pytest.mark.parametrize(
    ("meaning", "words"),
    [
        ({"quantity": "wind speed"}, "'wind speed' is no quantity"),
        ({"quantity": "supply", "unit": "mV"}, "unit of supply is 'mV'; expected 'V'"),
        ({"quantity": "flow"}, "unit of flow is ''; expected a SenML unit"),
        ({"quantity": "supply", "scale": 0.0}, "supply has scale 0"),
        ({"quantity": "supply", "least": 3.0, "most": 3.0}, "least 3, most 3"),
        ({"quantity": "supply", "channel": -2}, "channel -2"),
    ],
)
def test_a_meaning_that_makes_no_sense_is_refused_in_words(meaning: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Meaning(**meaning)  # type: ignore[arg-type]  # on purpose
