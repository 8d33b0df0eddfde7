"""CEM DT-8852, after the tables of tokens of the sigrok wiki, "CEM DT-8852"; no capture of a real stream is public."""

import pytest

from drivers import sl451
from drivers._types import Gap, Item, Note, Reading, Why
from drivers.sl451 import Decoder
from drivers.tests.noise import heard

# Built of the wiki's tokens: dB(A), fast, live, 30 to 130 dB, within; 56.7 dB, displayed; the next cycle's "within".
# The level's token is frames.json's "CEM DT-8852": a50d0567 is 56.7 dB.
SETTINGS = "a51b00 a502 a50e a540 a511"
LEVEL = "a50d0567 a50b00"
WITHIN, ABOVE, BELOW = "a511", "a507", "a508"
STREAM = bytes.fromhex(SETTINGS + LEVEL + WITHIN + "a50d0571 a50b00" + WITHIN)
RANGE = Note("range", "30 to 130 dB")
IS_56_7 = Reading("LAF", 56.7, "dB")


def decoded(*tokens: str) -> list[Item]:
    return Decoder().feed(bytes.fromhex("".join(tokens)))


def test_a_level_is_told_as_the_weightings_before_it_say() -> None:
    assert Decoder().feed(STREAM) == [RANGE, IS_56_7, Reading("LAF", 57.1, "dB")]


@pytest.mark.parametrize(
    ("settings", "quantity"),
    [("a51b a502", "LAF"), ("a51b a503", "LAS"), ("a51c00 a502", "LCF"), ("a51c a503", "LCS")],
)
def test_each_pair_of_weightings_is_its_own_quantity(settings: str, quantity: str) -> None:
    assert decoded(settings, "a50e a511", LEVEL, WITHIN) == [Reading(quantity, 56.7, "dB")]


def test_tokens_with_and_without_the_byte_that_the_wiki_is_unsure_of_read_alike() -> None:
    assert decoded("a51b a502 a50e a511", "a50d0567 a50b", WITHIN) == [IS_56_7]
    assert decoded("a51b7f a502 a50e a511", "a50d0567 a50b7f", WITHIN) == [IS_56_7]


@pytest.mark.parametrize("missing", ["a51b00", "a502", "a50e", "a511"])
def test_before_weightings_mode_and_range_are_known_nothing_is_told(missing: str) -> None:
    assert decoded("a51b00 a502 a50e a511".replace(missing, ""), LEVEL, WITHIN) == []


def test_a_level_alone_is_no_reading() -> None:
    assert decoded("a50d0567") == []
    assert decoded(LEVEL, WITHIN) == []


def test_a_level_of_the_bar_graph_is_not_told() -> None:
    assert decoded("a51b00 a502 a50e a511", "a50d0567 a50c", WITHIN) == []


@pytest.mark.parametrize(("beyond", "words"), [(ABOVE, "above"), (BELOW, "below")])
def test_beyond_the_range_before_or_after_a_level_is_a_gap(beyond: str, words: str) -> None:
    gap = Gap(Why.INVALID, f"56.7 dB: {words} the range of the meter")
    assert decoded("a51b00 a502 a50e", beyond, LEVEL, WITHIN) == [gap]
    assert decoded("a51b00 a502 a50e", WITHIN, LEVEL, beyond) == [gap]


@pytest.mark.parametrize(("token", "words"), [("a504", "maximum held"), ("a505", "minimum held")])
def test_a_held_level_is_a_gap(token: str, words: str) -> None:
    assert decoded("a51b00 a502", token, "a511", LEVEL, WITHIN) == [Gap(Why.INVALID, f"56.7 dB: {words}")]


def test_a_level_that_came_before_the_weighting_changed_is_not_told_as_the_other() -> None:
    assert decoded("a51b00 a502 a50e a511", LEVEL, "a51c00", WITHIN) == []


def test_a_nibble_that_is_no_digit_is_no_level() -> None:
    assert decoded("a51b00 a502 a50e a511", "a50d0a67 a50b00", WITHIN) == []


def test_a_foreign_byte_beside_a_level_costs_it_and_more_of_them_the_settings() -> None:
    settings = "a51b00 a502 a50e a511"
    one = decoded(settings, "a50d0567 77 a50b00", WITHIN, LEVEL, WITHIN)
    assert one == [Gap(Why.NOISE, "1 bytes"), IS_56_7]
    many = decoded(settings, "77" * 6, LEVEL, WITHIN, LEVEL, WITHIN)
    assert many == [Gap(Why.NOISE, "6 bytes")]


def test_a_token_that_nobody_wrote_down_costs_no_settings() -> None:
    assert decoded("a51b00 a502 a50e a511", "a577 0102", LEVEL, WITHIN) == [Gap(Why.NOISE, "4 bytes"), IS_56_7]


def test_range_and_battery_are_noted_when_they_change() -> None:
    assert decoded("a51f a540 a51f a50f a540 a54b") == [
        Note("battery", "good"),
        RANGE,
        Note("battery", "low"),
        Note("range", "50 to 100 dB"),
    ]


def test_two_minutes_of_noise_gives_no_reading() -> None:
    assert [item for item in heard(sl451) if isinstance(item, Reading)] == []
