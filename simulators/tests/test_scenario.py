"""The world that simulators measure."""

from pathlib import Path

import pytest

from simulators.scenario import WHAT, Change, World

RAIN = """
[[change]]
what = "rain_rate"
at_s = 60
to = 12
over_s = 30
for_s = 600

[[change]]
what = "water_level"
by = 2.4
over_s = 3600
"""


@pytest.fixture
def rain(tmp_path: Path) -> World:
    (tmp_path / "rain.toml").write_text(RAIN)
    return World.load(tmp_path / "rain.toml")


def test_rain_begins_grows_lasts_and_ends(rain: World) -> None:
    found = [rain.value("rain_rate", at_s) for at_s in (0, 59, 75, 90, 659, 675, 690, 9000)]
    assert found == [0, 0, 6, 12, 12, 6, 0, 0]


def test_water_rises_by_four_centimetres_a_minute(rain: World) -> None:
    rise = rain.value("water_level", 1200) - rain.value("water_level", 0)
    assert rise == pytest.approx(20 * 0.04, abs=2 * WHAT["water_level"].wander)


def test_who_is_switched_on_later_sees_the_same_world(rain: World) -> None:
    assert rain.later(70).value("rain_rate", 5) == rain.value("rain_rate", 75)


def test_values_wander_within_their_reach_and_each_seed_otherwise() -> None:
    reach = WHAT["co2"].wander
    found = [World(1).value("co2", at_s) for at_s in range(600)]
    assert max(abs(one - WHAT["co2"].value) for one in found) <= reach
    assert max(found) - min(found) > reach / 2
    assert found != [World(2).value("co2", at_s) for at_s in range(600)]


def test_no_value_leaves_what_there_is() -> None:
    world = World(0, (Change("humidity", to=180.0), Change("wind_speed", by=-20.0)))
    assert world.value("humidity", 5) == 100
    assert world.value("wind_speed", 5) == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[change]]\nwhat = "rainrate"\nto = 1', "what is 'rainrate'; expected one of: air_temperature"),
        ('[[change]]\nwhat = "rain_rate"', "expected one of them"),
        ('[[change]]\nwhat = "rain_rate"\nto = 1\nby = 2', "expected one of them"),
        ('[[change]]\nwhat = "rain_rate"\nto = 1\nat_s = -5', "a time below 0"),
        ('[[change]]\nwhat = "rain_rate"\nto = 1\nuntil = 5', "unexpected keyword argument 'until'"),
        ("[[chance]]\nto = 1", "unknown key 'chance'"),
        ("[[change", "Expected ']]'"),
    ],
)
def test_a_scenario_that_makes_no_sense_is_refused_in_words(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text(text)
    with pytest.raises(ValueError, match=says):
        World.load(tmp_path / "wrong.toml")
