"""What is told of the levels, second by second, on the clock of the street."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from drivers._types import Reading
from dsp.meter import Meter, Second
from edge.node.calibrations import Calibration
from edge.node.clock import NS_PER_S
from edge.node.config import LevelsTable
from edge.node.levels import SoundLevels

RATE = 8000
TONE = (0.1 * np.sqrt(2) * np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE)).astype(np.float32)
SEVEN = datetime(2026, 11, 23, 7, tzinfo=ZoneInfo("Europe/Amsterdam"))


def a_second(*, channels: int = 1) -> Second:
    meter = Meter(RATE, channels)
    return meter.feed(np.tile(TONE, (channels, 2)))[1]


SECOND = a_second()


def told(
    seconds: range, levels: SoundLevels, second: Second = SECOND, start: datetime = SEVEN
) -> dict[int, list[Reading]]:
    """Readings by the second, since ``start``, that completed them."""
    begin_ns = round(start.timestamp()) * NS_PER_S
    found = {at: levels.second(second, begin_ns + at * NS_PER_S + NS_PER_S // 2) for at in seconds}
    return {at: readings for at, readings in found.items() if readings}


def table(bands: str = "none", lowest_db: float = -200.0) -> LevelsTable:
    return LevelsTable(bands, lowest_db, "Europe/Amsterdam")


def test_a_sample_period_tells_three_levels_of_each_channel() -> None:
    levels = SoundLevels(2, 5, table(), Calibration(b"i" * 16, {0: 114.0, 1: 114.0}))
    found = told(range(12), levels, a_second(channels=2))
    assert list(found) == [4, 9]
    assert [(r.quantity, r.channel) for r in found[4]] == [
        (name, channel) for channel in (0, 1) for name in ("LAeq", "LAFmax", "LCpeak")
    ]
    assert {r.value for r in found[4]} == {94.0, 97.0}  # a tone's peak stands 3 dB above its level


def test_levels_without_a_calibration_say_so_in_their_name_channel_by_channel() -> None:
    levels = SoundLevels(2, 1, table(), Calibration(b"i" * 16, {1: 114.0}))
    (readings,) = told(range(1), levels, a_second(channels=2)).values()
    assert {(r.quantity, r.channel, r.value) for r in readings if "LAeq" in r.quantity} == {
        ("LAeq_re_FS", 0, -20.0), ("LAeq", 1, 94.0),
    }  # fmt: skip


def test_a_minute_has_its_levels_and_bands_and_a_quarter_every_percentile() -> None:
    levels = SoundLevels(1, 3600, table("octave"), Calibration(b"i" * 16, {0: 114.0}))
    found = told(range(901), levels)
    assert list(found) == list(range(60, 901, 60))
    names = {r.quantity for r in found[60]}
    assert {"LAeq_1min", "LAFmin_1min", "LA90_1min", "LZeq_1min_1000Hz", "LZeq_1min_31.5Hz"} <= names
    assert not any(name.startswith("measured") for name in names)
    assert {"LA1_15min", "LASmax_15min", "SEL_15min"} <= {r.quantity for r in found[900]}
    (band,) = (r.value for r in found[60] if r.quantity == "LZeq_1min_1000Hz")
    assert band == pytest.approx(94, abs=0.2)


@pytest.mark.parametrize(("bands", "count"), [("none", 0), ("octave", 7), ("third", 23)])  # up to 3.36 kHz of 8 kHz
def test_bands_are_told_as_configured(bands: str, count: int) -> None:
    readings = told(range(61), SoundLevels(1, 3600, table(bands), None))[60]
    assert len([r for r in readings if r.quantity.endswith("Hz_re_FS")]) == count


def test_a_period_with_a_hole_says_how_much_was_measured() -> None:
    levels = SoundLevels(1, 3600, table(), None)
    told(range(20), levels)
    readings = {r.quantity: r for r in told(range(50, 61), levels)[60]}
    assert (readings["measured_1min"].value, readings["measured_1min"].unit) == (30.0, "s")


def test_overload_and_under_range_are_told_in_seconds() -> None:
    levels = SoundLevels(1, 1, table(lowest_db=95.0), Calibration(b"i" * 16, {0: 114.0}))
    second = replace(SECOND, overload_s=np.array([0.25]))
    (readings,) = told(range(1), levels, second).values()
    marks = {r.quantity: r.value for r in readings if r.unit == "s"}
    assert marks == {"overload": 0.25, "under_range": 1.0}


PIECE_S = 40
PIECE = replace(SECOND, duration_s=float(PIECE_S), exposure=SECOND.exposure * PIECE_S)


def day(start: datetime) -> dict[int, dict[str, float]]:
    """The levels that a day from seven completes, told in pieces of 40 s."""
    levels = SoundLevels(1, 86_400, table(), Calibration(b"i" * 16, {0: 114.0}))
    found = told(range(0, 25 * 3600 + 1, PIECE_S), levels, PIECE, start)
    return {at: {r.quantity: r.value for r in readings} for at, readings in found.items()}


def test_a_day_from_seven_has_its_levels_at_seven_of_the_streets_own_clock() -> None:
    found = day(SEVEN)
    (levels,) = (one for one in found.values() if "Lden" in one)
    assert levels is found[24 * 3600]
    assert levels["Lday"] == levels["Levening"] == levels["Lnight"] == 94.0
    assert levels["Lden"] == pytest.approx(94 + 6.4, abs=0.05)  # Lden of a level that never changes
    assert [at for at, one in found.items() if "LAeq_24h" in one] == [17 * 3600]  # midnight


def test_a_day_whose_night_lacks_an_hour_has_no_levels() -> None:
    before_summer_time = datetime(2026, 3, 28, 7, tzinfo=ZoneInfo("Europe/Amsterdam"))
    assert not any("Lden" in one for one in day(before_summer_time).values())
