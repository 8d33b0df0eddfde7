"""Time as receivers tell it: dates of UTC, weeks of GPS, and receivers that are 1024 weeks late.

    GPS week 0 began on 1980-01-06. The satellites send ten bits of it, so that each 1024 weeks it begins anew:
    1999-08-22, 2019-04-07, 2038-11-21. A receiver guesses the rest from when its firmware was made, and is wrong, as
    a rule by 1024 weeks, some twenty years after. NMEA's dates of two digits and UBX's weeks of 16 bits inherit that.

Source: IS-GPS-200, 20.3.3.3.1.1 (transmission week number).
"""

from dataclasses import replace
from datetime import date

from drivers._types import Gap, Item, Note, Reading, Why

UNIX_EPOCH, GPS_EPOCH = date(1970, 1, 1), date(1980, 1, 6)
DAY_S = 86_400
WEEK_S = 7 * DAY_S
ROLL_OVER_WEEKS = 1024
CREDIBLE_WEEKS = ROLL_OVER_WEEKS // 2
"""A date that needs to be corrected to more than this after the earliest may as well be none: a receiver that knows
nothing says 1980-01-06 or 2000-01-01, for one."""

WEEKS_IN_UNIT = {"utc": WEEK_S}  # of what is not told in weeks
DATED = frozenset(("utc", "pps_gnss_week", "pps_utc_week", "event_gnss_week", "event_utc_week"))


def utc_s(day: date, hour: float, minute: float, second: float) -> float:
    """Seconds since 1970, without leap seconds; the leap second itself, 23:59:60, is the first of the next day."""
    if hour >= 24 or minute >= 60 or second >= 61:
        raise ValueError(f"{hour:g}:{minute:g}:{second:g} is not a time")
    return (day - UNIX_EPOCH).days * DAY_S + hour * 3600 + minute * 60 + second


class RollOver:
    """Corrects what one receiver says: nothing is earlier than ``earliest``."""

    def __init__(self, earliest: date) -> None:
        self._earliest = earliest
        self._late: dict[str, int] = {}

    def corrected(self, items: list[Item]) -> list[Item]:
        """``items`` with dates that can be; a note when a correction begins or ends, a gap where it does not help."""
        return [right for item in items for right in self._item(item)]

    def _item(self, item: Item) -> list[Item]:
        if not isinstance(item, Reading) or item.quantity not in DATED:
            return [item]
        week = WEEKS_IN_UNIT.get(item.quantity, 1)
        earliest = self._earliest_of(item.quantity)
        late = -(-max(0.0, earliest - item.value) // (ROLL_OVER_WEEKS * week)) * ROLL_OVER_WEEKS
        value = item.value + late * week
        if late and value > earliest + CREDIBLE_WEEKS * week:
            return [
                Gap(Why.INVALID, f"{item.quantity} {item.value:.0f}: before {self._earliest}, nor just 1024 weeks late")
            ]
        return [*self._news(item.quantity, int(late)), replace(item, value=value)]

    def _earliest_of(self, quantity: str) -> float:
        if quantity == "utc":
            return utc_s(self._earliest, 0, 0, 0)
        return (self._earliest - GPS_EPOCH).days // 7

    def _news(self, quantity: str, late: int) -> list[Item]:
        before, self._late[quantity] = self._late.get(quantity, 0), late
        words = f"{quantity} is {late} weeks late and corrected" if late else f"{quantity} is right again"
        return [Note("week roll-over", words)] if late != before else []
