"""Levels of a sensor's channels as they are told: of each sample period, of minutes, hours and days of the clock.

    second ─┬─▶ sample_s ─────────── LAeq  LAFmax  LCpeak
            ├─▶ minute ───────────── LAeq_1min … LA90_1min, and bands LZeq_1min_1000Hz
            ├─▶ quarter, hour, day ─ LAeq_15min … LA99_24h
            └─▶ hours of a day ───── Lday  Levening  Lnight  Lden

Without a calibration a channel's levels are told under other names, ``LAeq_re_FS``: decibels re full scale are nobody's
limit. What is missing or doubtful is told beside: ``measured`` where a period was not whole, ``overload`` and
``under_range``, each as seconds of the period.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from drivers._types import Reading
from dsp.meter import Second
from dsp.periods import DAY_S, HOUR_S, MINUTE_S, QUARTER_S, DayEveningNight, Period, Running
from dsp.summary import Levels, Summary
from edge.node.calibrations import Calibration
from edge.node.clock import NS_PER_S
from edge.node.config import LevelsTable

SAMPLED = ("LAeq", "LAFmax", "LCpeak")
MINUTE = ("LAeq", "LCeq", "LAFmax", "LAFmin", "LCpeak", "LA10", "LA50", "LA90")
NAMES = {MINUTE_S: "_1min", QUARTER_S: "_15min", HOUR_S: "_1h", DAY_S: "_24h"}
RELATIVE = "_re_FS"
SHORT_S = 0.01  # a period that lacks less is whole: a sample clock is not the wall clock


class SoundLevels:
    """Gathers one sensor's seconds; gives the readings that they complete."""

    def __init__(self, channels: int, sample_s: float, table: LevelsTable, calibration: Calibration | None) -> None:
        self.channels = channels
        self._table = table
        self._zone: tzinfo = ZoneInfo(table.timezone)
        self._full_scale_db = calibration.full_scale_db if calibration else {}
        self._sample_s = max(1, round(sample_s))
        self._sampled, self._seconds = Summary(channels), 0
        self._running = Running(channels)
        self._days = [DayEveningNight() for _ in range(channels)]

    def second(self, second: Second, middle_ns: int) -> list[Reading]:
        """Readings that ``second`` completes; its middle was at ``middle_ns`` of the wall clock."""
        summary = Summary.of(second)
        over = self._running.add(summary, self._local_s(middle_ns))
        readings = [reading for period in over for reading in self._period(period)]
        self._sampled.add(summary)
        self._seconds += 1
        if self._seconds == self._sample_s:
            readings += self._told(self._sampled, self._sample_s, "", SAMPLED)
            self._sampled, self._seconds = Summary(self.channels), 0
        return readings

    def _local_s(self, wall_ns: int) -> int:
        wall_s = wall_ns // NS_PER_S
        offset = datetime.fromtimestamp(wall_s, self._zone).utcoffset()
        return wall_s + (int(offset.total_seconds()) if offset else 0)

    def _period(self, period: Period) -> Iterator[Reading]:
        names = MINUTE if period.length_s == MINUTE_S else None
        yield from self._told(period.summary, period.length_s, NAMES[period.length_s], names)
        for channel in range(self.channels):
            levels = self._levels(period.summary, channel)
            if period.length_s == MINUTE_S:
                bands = {f"LZeq_1min_{nominal:g}Hz": db for nominal, db in self._bands(levels).items()}
                yield from self._named(bands, channel)
            if period.length_s == HOUR_S and "LAeq" in levels.levels:
                found = self._days[channel].hour(period.start_s, levels.levels["LAeq"], levels.measured_s)
                yield from self._named(found, channel)

    def _levels(self, summary: Summary, channel: int) -> Levels:
        known_db = self._full_scale_db.get(channel)
        if known_db is None:
            return summary.levels(channel)
        return summary.levels(channel, full_scale_db=known_db, lowest_db=self._table.lowest_db)

    def _bands(self, levels: Levels) -> Mapping[float, float]:
        return {"third": levels.bands, "octave": levels.octaves(), "none": {}}[self._table.bands]

    def _told(self, summary: Summary, length_s: int, suffix: str, names: tuple[str, ...] | None) -> Iterator[Reading]:
        for channel in range(self.channels):
            levels = self._levels(summary, channel)
            told = levels.levels if names is None else {n: levels.levels[n] for n in names if n in levels.levels}
            yield from self._named({f"{name}{suffix}": db for name, db in told.items()}, channel)
            for name, seconds in _marks(levels, length_s).items():
                yield Reading(f"{name}{suffix}", round(seconds, 3), "s", channel)

    def _named(self, levels: Mapping[str, float], channel: int) -> Iterator[Reading]:
        relative = "" if channel in self._full_scale_db else RELATIVE
        for name, db in levels.items():
            yield Reading(f"{name}{relative}", round(db, 1), "dB", channel)


def _marks(levels: Levels, length_s: int) -> dict[str, float]:
    """What makes a period's levels doubtful, in seconds of it."""
    marks = {"overload": levels.overload_s, "under_range": levels.under_range_s}
    found = {name: seconds for name, seconds in marks.items() if seconds > 0}
    return found | ({"measured": levels.measured_s} if levels.measured_s < length_s - SHORT_S else {})
