import numpy as np
import pytest

from dsp.meter import Meter
from dsp.periods import DAY_S, HOUR_S, DayEveningNight, Running, lden
from dsp.summary import Summary

RATE = 8000
TONE = (0.1 * np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE)).astype(np.float32)[None]


def one_second() -> Summary:
    (second,) = Meter(RATE, 1).feed(TONE)
    return Summary.of(second)


def test_a_period_ends_with_the_first_second_of_the_next() -> None:
    running, second = Running(1, (10, 60)), one_second()
    over = {at: running.add(second, at) for at in range(55, 125)}
    ends = {at: [(p.start_s, p.length_s) for p in periods] for at, periods in over.items() if periods}
    assert ends == {
        60: [(50, 10), (0, 60)], 70: [(60, 10)], 80: [(70, 10)], 90: [(80, 10)], 100: [(90, 10)], 110: [(100, 10)],
        120: [(110, 10), (60, 60)],
    }  # fmt: skip


def test_a_period_says_how_much_of_it_was_measured() -> None:
    running, second = Running(1, (60,)), one_second()
    for at in (*range(60, 80), *range(100, 120)):
        assert running.add(second, at) == []
    (period,) = running.add(second, 120)
    assert period.summary.levels(0).measured_s == pytest.approx(40)
    (rest,) = running.rest()
    assert [rest.start_s, rest.summary.levels(0).measured_s] == pytest.approx([120, 1])
    assert running.rest() == []


def test_a_hole_of_days_ends_every_period_once() -> None:
    running, second = Running(1), one_second()
    running.add(second, 0)
    assert [p.length_s for p in running.add(second, 3 * DAY_S)] == [60, 900, 3600, 86_400]


def test_the_level_of_a_day_is_that_of_the_directive() -> None:
    # by hand: (12·10^6.0 + 4·10^6.3 + 8·10^6.0) / 24 = 1.166e6
    assert lden({"Lday": 60, "Levening": 58, "Lnight": 50}) == pytest.approx(60.667, abs=0.001)
    assert lden({"Lday": 60, "Levening": 55, "Lnight": 50}) == pytest.approx(60)


def day(levels_db: dict[int, float], *, first_h: int = 7, measured_s: float = HOUR_S) -> list[dict[str, float]]:
    gathered = DayEveningNight()
    told = [gathered.hour(h * HOUR_S, levels_db[h % 24], measured_s) for h in range(first_h, first_h + 24)]
    return [dict(one) for one in told if one]


LEVELS_DB = {hour: 65.0 if 7 <= hour < 19 else 60.0 if hour < 23 and hour >= 19 else 50.0 for hour in range(24)}


def test_a_day_of_24_whole_hours_from_seven_has_its_levels() -> None:
    (told,) = day(LEVELS_DB)
    assert told["Lday"] == pytest.approx(65)
    assert told["Levening"] == pytest.approx(60)
    assert told["Lnight"] == pytest.approx(50)
    assert told["Lden"] == pytest.approx(lden({name: told[name] for name in ("Lday", "Levening", "Lnight")}))


def test_a_loud_hour_counts_where_it_belongs() -> None:
    (told,) = day({**LEVELS_DB, 23: 80.0})
    assert told["Levening"] == pytest.approx(60)
    assert told["Lnight"] == pytest.approx(10 * np.log10((10**8 + 7 * 10**5) / 8))


def test_a_day_that_began_late_or_has_a_hole_has_no_levels() -> None:
    assert day(LEVELS_DB, first_h=8) == []
    assert day(LEVELS_DB, measured_s=0.98 * HOUR_S) == []
