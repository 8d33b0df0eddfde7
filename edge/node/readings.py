"""Readings of one sensor, thinned and gathered: many to a message.

Of each quantity one value of a sample period is told, if there was one: the last, or the sum of amounts, or the extreme
of extremes, as the driver's sheet has it. A period without a reading is a hole in the record, never the last value
again. Gaps of one kind within a report are told together.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from drivers._sheet import Thin
from drivers._types import Gap, Reading
from edge.message.body import Absence, Measurements, Record
from edge.node.clock import NS_PER_S

DETAIL_CHARS = 200  # of a gap, in a message
MAX_RECORDS = 2000  # in a message: 60 KB, a quarter of what a message may be


@dataclass(frozen=True, slots=True)
class _Held:
    reading: Reading
    wall_ns: int


class Readings:
    """Gathers readings; gives :class:`Measurements` when a report is due.

    Periods are those of the monotonic clock: when the wall clock is set, nothing waits and nothing is told twice.
    ``calibration`` is the id of the record by which the sensor's levels are absolute.
    """

    def __init__(self, sensor: str, sample_s: float, report_s: float, calibration: bytes = b"") -> None:
        self._sensor = sensor
        self._calibration = calibration
        self._sample_ns = int(sample_s * NS_PER_S)
        self._report_ns = int(report_s * NS_PER_S)
        self._held: dict[tuple[str, int], _Held] = {}
        self._period = -1
        self._records: list[Record] = []
        self._begun_ns: int | None = None

    def add(self, reading: Reading, monotonic_ns: int, wall_ns: int, thin: Thin = Thin.LAST) -> None:
        """A reading, when it was taken on both clocks, and what is told of several of its kind."""
        if monotonic_ns // self._sample_ns != self._period:
            self._close_period()
            self._period = monotonic_ns // self._sample_ns
        key, new = (reading.quantity, reading.channel), _Held(reading, wall_ns)
        self._held[key] = _thinned(self._held[key], new, thin) if key in self._held else new
        if self._begun_ns is None:
            self._begun_ns = monotonic_ns

    def keep(self, reading: Reading, monotonic_ns: int, wall_ns: int) -> None:
        """A reading that is a period's already: it is told, whatever else comes in the same sample period."""
        self._records.append(_record(_Held(reading, wall_ns)))
        if self._begun_ns is None:
            self._begun_ns = monotonic_ns

    def _close_period(self) -> None:
        self._records += [_record(held) for held in self._held.values()]
        self._held.clear()

    def due(self, monotonic_ns: int) -> Iterator[Measurements]:
        """What is to be told now: nothing before a report period is over, or the message full."""
        if self._begun_ns is None:
            return
        if monotonic_ns - self._begun_ns >= self._report_ns or len(self._records) >= MAX_RECORDS:
            yield from self.rest()

    def rest(self) -> Iterator[Measurements]:
        """All that was gathered, at the end of a report or of the run."""
        self._close_period()
        records, self._records, self._begun_ns = self._records, [], None
        for first in range(0, len(records), MAX_RECORDS):
            yield Measurements(self._sensor, tuple(records[first : first + MAX_RECORDS]), self._calibration)


def _thinned(old: _Held, new: _Held, thin: Thin) -> _Held:
    """What stands for both."""
    match thin:
        case Thin.SUM:
            return replace(new, reading=replace(new.reading, value=old.reading.value + new.reading.value))
        case Thin.MOST:
            return max(old, new, key=lambda one: one.reading.value)
        case Thin.LEAST:
            return min(old, new, key=lambda one: one.reading.value)
        case Thin.LAST:
            return new


def _record(held: _Held) -> Record:
    reading = held.reading
    name = reading.quantity if reading.channel == 0 else f"{reading.quantity}/{reading.channel}"
    return Record(name, reading.unit, reading.value, held.wall_ns / NS_PER_S)


class Absences:
    """Gathers gaps by their reason; gives :class:`Absence` with a report."""

    def __init__(self, sensor: str) -> None:
        self._sensor = sensor
        self._found: dict[str, Absence] = {}

    def add(self, gap: Gap, wall_ns: int) -> bool:
        """A gap, noticed at ``wall_ns``; whether it is the first of its kind in this report."""
        known = self._found.get(gap.why)
        self._found[gap.why] = (
            replace(known, stop_ns=wall_ns, count=known.count + 1)
            if known
            else Absence(self._sensor, str(gap.why), gap.detail[:DETAIL_CHARS], wall_ns, wall_ns, 1)
        )
        return known is None

    def rest(self) -> list[Absence]:
        """All that was gathered."""
        found, self._found = list(self._found.values()), {}
        return found
