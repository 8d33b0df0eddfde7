"""Running levels: seconds gathered to minutes, quarters, hours and days of the clock; and the levels of a whole day.

    Lden = 10 lg( (12 · 10^(Lday/10) + 4 · 10^((Levening + 5)/10) + 8 · 10^((Lnight + 10)/10)) / 24 )

Source: Directive 2002/49/EC, annex I; day 07-19 h, evening 19-23 h, night 23-07 h, local time. A period ends when a
second of the next one comes. What was not heard is not made up: each period says how much of it was measured.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dsp.summary import Summary

MINUTE_S, QUARTER_S, HOUR_S, DAY_S = 60, 900, 3600, 86_400
LENGTHS_S = (MINUTE_S, QUARTER_S, HOUR_S, DAY_S)
COMPLETE_SHARE = 0.99
"""A period is complete with this share of it measured: were the rest 10 dB louder, 10 lg(1 + 0.01 · 9) = 0.4 dB."""
DAY_BEGINS_H = 7
PARTS_H = {"Lday": range(7, 19), "Levening": range(19, 23), "Lnight": range(-1, 7)}  # hours; -1 is the 23rd
PENALTY_DB = {"Lday": 0, "Levening": 5, "Lnight": 10}


@dataclass(frozen=True, slots=True)
class Period:
    """``length_s`` from ``start_s`` on, and what was heard in it; it is over."""

    start_s: int
    length_s: int
    summary: Summary


class Running:
    """Periods of several lengths at once. Times are whole seconds of local time since any midnight."""

    def __init__(self, channels: int, lengths_s: Sequence[int] = LENGTHS_S) -> None:
        self._channels = channels
        self._open: dict[int, tuple[int, Summary]] = {}
        self._lengths_s = lengths_s

    def add(self, second: Summary, at_s: int) -> list[Period]:
        """A second that began in second ``at_s``; the periods that it finds over."""
        over = [period for length_s in self._lengths_s for period in self._over(length_s, at_s)]
        for length_s in self._lengths_s:
            start_s = at_s // length_s * length_s
            _, summary = self._open.setdefault(length_s, (start_s, Summary(self._channels)))
            summary.add(second)
        return over

    def _over(self, length_s: int, at_s: int) -> Iterator[Period]:
        if length_s in self._open and self._open[length_s][0] != at_s // length_s * length_s:
            start_s, summary = self._open.pop(length_s)
            yield Period(start_s, length_s, summary)

    def rest(self) -> list[Period]:
        """The periods that are not over, as far as they went."""
        rest = [Period(start_s, length_s, summary) for length_s, (start_s, summary) in self._open.items()]
        self._open.clear()
        return rest


class DayEveningNight:
    """Hours to the levels of a day that begins at seven, of one channel."""

    def __init__(self) -> None:
        self._hours: dict[int, float] = {}  # of the day that is gathered: mean square by hour since its midnight
        self._day = -1

    def hour(self, start_s: int, laeq_db: float, measured_s: float) -> Mapping[str, float]:
        """An hour that is over; with the last one before seven, the levels of a day whose every hour is complete."""
        day, hour = divmod(start_s // HOUR_S - DAY_BEGINS_H, 24)
        if day != self._day:
            self._day, self._hours = day, {}
        if measured_s >= COMPLETE_SHARE * HOUR_S:
            self._hours[(hour + DAY_BEGINS_H + 1) % 24 - 1] = 10 ** (laeq_db / 10)
        return self._levels() if hour == 24 - 1 else {}

    def _levels(self) -> Mapping[str, float]:
        if len(self._hours) < 24:
            return {}
        parts = {
            name: 10 * float(np.log10(np.mean([self._hours[hour] for hour in hours])))
            for name, hours in PARTS_H.items()
        }
        return {**parts, "Lden": lden(parts)}


def lden(parts: Mapping[str, float]) -> float:
    """The day-evening-night level of Lday, Levening and Lnight, in dB."""
    weighed = [len(PARTS_H[name]) * 10 ** ((level + PENALTY_DB[name]) / 10) for name, level in parts.items()]
    return 10 * float(np.log10(sum(weighed) / 24))
