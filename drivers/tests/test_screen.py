"""Plausibility, with times that the test counts."""

import pytest

from drivers._screen import AGREE, Screen
from drivers._sheet import Evidence, Range, Sheet
from drivers._types import Gap, Item, Note, Reading, Why

PERIOD_S = 1.0


def sheet(known: Range, warm_up_s: float = 0.0) -> Sheet:
    return Sheet("a ruler", {"distance": known}, "", "", "", Evidence.CONSTRUCTED, warm_up_s)


def metres(value: float, channel: int = 0) -> Reading:
    return Reading("distance", value, "m", channel)


def told(screen: Screen, values: list[float], from_s: float = 0.0) -> list[float | Why]:
    """What is told of readings that come once a second."""
    items = [item for at, value in enumerate(values) for item in screen.items([metres(value)], from_s + at)]
    return [item.value if isinstance(item, Reading) else item.why for item in items if isinstance(item, Reading | Gap)]


def test_a_value_beyond_what_the_sensor_can_give_is_a_gap_with_the_bounds() -> None:
    (gap,) = Screen(sheet(Range("m", 0.3, 5)), PERIOD_S).items([metres(7)], 0.0)
    assert gap == Gap(Why.IMPLAUSIBLE, "distance 7 m: beyond 0.3 to 5")


def test_a_jump_is_a_gap_and_the_value_after_it_is_held_against_the_last_good_one() -> None:
    screen = Screen(sheet(Range("m", 0, 9, per_s=0.1)), PERIOD_S)
    assert told(screen, [2.0, 2.05, 4.0, 2.2]) == [2.0, 2.05, Why.IMPLAUSIBLE, 2.2]


def test_a_jump_that_stays_is_believed() -> None:
    screen = Screen(sheet(Range("m", 0, 9, per_s=0.1)), PERIOD_S)
    assert told(screen, [2.0, 4.0, 4.0, 4.0, 4.1]) == [2.0, *[Why.IMPLAUSIBLE] * (AGREE - 1), 4.0, 4.1]


def test_jumps_that_do_not_agree_are_never_believed() -> None:
    screen = Screen(sheet(Range("m", 0, 9, per_s=0.1)), PERIOD_S)
    assert told(screen, [2.0, 4.0, 6.0, 8.0, 5.0, 2.05]) == [2.0, *[Why.IMPLAUSIBLE] * 4, 2.05]


def test_after_a_long_silence_any_value_may_come() -> None:
    screen = Screen(sheet(Range("m", 0, 9, per_s=0.1)), PERIOD_S)
    assert told(screen, [2.0]) == [2.0]
    assert told(screen, [8.0], from_s=60.0) == [8.0]


def test_the_median_of_five_is_told_once_there_are_five() -> None:
    screen = Screen(sheet(Range("m", 0, 9, median=5)), PERIOD_S)
    assert told(screen, [1, 2, 9, 3, 2, 2]) == [2, 2]


def test_single_values_far_apart_make_no_median() -> None:
    screen = Screen(sheet(Range("m", 0, 9, median=5)), PERIOD_S)
    assert [item for at in range(50) for item in screen.items([metres(3)], at * 60.0)] == []


def test_channels_are_held_apart() -> None:
    screen = Screen(sheet(Range("m", 0, 9, per_s=0.1)), PERIOD_S)
    items = screen.items([metres(1, 0), metres(8, 1)], 0.0) + screen.items([metres(1, 0), metres(8, 1)], 1.0)
    assert not [item for item in items if isinstance(item, Gap)]


def test_before_it_is_warm_a_reading_is_a_gap_that_says_how_long_still() -> None:
    screen = Screen(sheet(Range("m", 0, 9), warm_up_s=30.0), PERIOD_S)
    assert screen.items([metres(1)], 100.0) == [Gap(Why.WARMING, "distance: 30 of 30 s to go")]
    assert screen.items([metres(1)], 129.0) == [Gap(Why.WARMING, "distance: 1 of 30 s to go")]
    assert screen.items([metres(1)], 130.0) == [metres(1)]


@pytest.mark.parametrize("cold", ["opened again", "restarted"])
def test_it_is_cold_again_after_each_opening_and_restart(cold: str) -> None:
    screen = Screen(sheet(Range("m", 0, 9), warm_up_s=30.0), PERIOD_S)
    screen.items([metres(1)], 0.0)
    assert screen.items([metres(1)], 30.0) == [metres(1)]
    if cold == "opened again":
        screen.begin()
    else:
        screen.items([Gap(Why.RESTART, "a banner")], 31.0)
    assert [type(item) for item in screen.items([metres(1)], 32.0)] == [Gap]


def test_a_configured_warm_up_stands_in_place_of_the_sheets() -> None:
    screen = Screen(sheet(Range("m", 0, 9), warm_up_s=30.0), PERIOD_S, warm_up_s=0.0)
    assert screen.items([metres(1)], 0.0) == [metres(1)]


def test_what_the_sheet_does_not_know_passes_and_so_do_words() -> None:
    items: list[Item] = [Reading("colour", 7.0, "count"), Note("firmware", "1.0"), Gap(Why.LOST, "one")]
    assert Screen(sheet(Range("m", 0, 9)), PERIOD_S).items(items, 0.0) == items
