"""A recording's seconds to levels: of each interval, of all of it, and of its whole days.

seconds ─┬─ intervals of the clock ──────────── Interval
         ├─ everything ────────────────┬─────── Whole
         └─ hours ── day, evening, night ┘
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from dsp.meter import Meter, Second
from dsp.periods import DAY_S, HOUR_S, DayEveningNight, Period, Running
from dsp.summary import SILENCE_DB, Levels, Summary


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asks of recordings. ``interval_s`` 0 and ``bands`` "" ask for none of them.

    Full scale stands for ``full_scale_db`` re ``reference``; below ``lowest_db`` the instrument tells nothing. With
    ``start``, the local time of the first sample, intervals are those of the clock.
    """

    full_scale_db: float
    reference: str
    lowest_db: float
    bands: str
    interval_s: int
    start: datetime | None

    @property
    def origin_s(self) -> int:
        """When the recording began, in seconds of local time since a midnight."""
        if self.start is None:
            return 0
        clock = self.start
        return clock.toordinal() * DAY_S + (clock.hour * 60 + clock.minute) * 60 + clock.second


@dataclass(frozen=True, slots=True)
class Interval:
    """Levels of one channel from ``start_s`` of the recording on."""

    channel: int
    start_s: int
    levels: Levels


@dataclass(frozen=True, slots=True)
class Whole:
    """Levels of one channel over all of the recording, and over so many ``days`` that it holds from seven to seven."""

    channel: int
    levels: Levels
    days: int
    day_levels: Mapping[str, float]


class Measuring:
    """One recording, second by second."""

    def __init__(self, rate_hz: int, channels: int, asked: Asked) -> None:
        self.duration_s = 0.0
        self._asked = asked
        self._meter = Meter(rate_hz, channels)
        self._whole = Summary(channels)
        self._intervals = Running(channels, [asked.interval_s] if asked.interval_s else [])
        self._hours = Running(channels, [HOUR_S] if asked.start else [])
        self._days = [_Days() for _ in range(channels)]

    def seconds(self, blocks: Iterable[NDArray[np.float32]]) -> Iterator[Second]:
        """What ``add`` takes, of all the recording's samples."""
        for block in blocks:
            yield from self._meter.feed(block)
        yield from self._meter.close()

    def add(self, second: Second) -> list[Interval]:
        """A second more; the intervals that it finds over."""
        summary, at_s = Summary.of(second), self._asked.origin_s + int(self.duration_s)
        self.duration_s += second.duration_s
        self._whole.add(summary)
        self._hear(self._hours.add(summary, at_s))
        return self._told(self._intervals.add(summary, at_s))

    def rest(self) -> list[Interval]:
        """The last interval, as long as it is. The recording is over."""
        self._hear(self._hours.rest())
        return self._told(self._intervals.rest())

    def whole(self) -> list[Whole]:
        """Each channel's levels from the first second to the last."""
        levels = [self._levels(self._whole, channel) for channel in range(len(self._days))]
        return [
            Whole(at, one, days.count, days.mean())
            for at, (one, days) in enumerate(zip(levels, self._days, strict=True))
        ]

    def _levels(self, summary: Summary, channel: int) -> Levels:
        return summary.levels(channel, full_scale_db=self._asked.full_scale_db, lowest_db=self._asked.lowest_db)

    def _told(self, periods: Sequence[Period]) -> list[Interval]:
        return [
            Interval(channel, max(0, period.start_s - self._asked.origin_s), self._levels(period.summary, channel))
            for period in periods
            for channel in range(len(self._days))
        ]

    def _hear(self, hours: Sequence[Period]) -> None:
        for hour in hours:
            for channel, days in enumerate(self._days):
                days.hour(hour.start_s, self._levels(hour.summary, channel))


class _Days:
    """Lday, Levening, Lnight and Lden of one channel; of several days their energy mean (2002/49/EC, annex I)."""

    def __init__(self) -> None:
        self._of_hours = DayEveningNight()
        self._sums: dict[str, float] = {}
        self.count = 0

    def hour(self, start_s: int, levels: Levels) -> None:
        """An hour that is over."""
        day = self._of_hours.hour(start_s, levels.levels.get("LAeq", SILENCE_DB), levels.measured_s)
        self.count += bool(day)
        for name, level in day.items():
            self._sums[name] = self._sums.get(name, 0.0) + 10 ** (level / 10)

    def mean(self) -> Mapping[str, float]:
        """By name; empty without a whole day."""
        return {name: 10 * float(np.log10(energy / self.count)) for name, energy in self._sums.items()}
