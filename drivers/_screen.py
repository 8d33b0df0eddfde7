"""Plausibility: what a sensor says is a reading when the sensor is warm, and the value one that it can give.

    Reading ─┬ warm? ─┬ within its range? ─┬ no faster than it can? ─┬ median of the last n ─▶ Reading
             └────────┴────────────────────┴── Gap (warming up, implausible)

Frames of many sensors have a weak check or none: line-rate noise gives an A02 53 false frames an hour. A value beyond
what the sensor can give, or one that jumps faster than the world does, is a gap; a jump that stays is believed.
Decoders know no clock; here the time comes with the items, from whoever has one.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from statistics import median

from drivers._sheet import Range, Sheet
from drivers._types import Gap, Item, Reading, Why

AGREE = 3
"""So many readings on end make a jump true."""
STALE_PERIODS = 3.0
"""Of the sensor's own: a reading further back says nothing of the one at hand, and a window must be filled anew."""


@dataclass(slots=True)
class _Track:
    """One quantity of one channel."""

    value: float | None = None  # the last that was believed
    at_s: float = 0.0
    jumped: list[float] = field(default_factory=list)
    window: deque[tuple[float, float]] = field(default_factory=deque)  # when, value


class Screen:
    """Items of one sensor as they may be told. ``warm_up_s`` and ``period_s`` in place of the sheet's, where known."""

    def __init__(self, sheet: Sheet, period_s: float, warm_up_s: float | None = None) -> None:
        self._ranges = sheet.reads
        self._warm_up_s = sheet.warm_up_s if warm_up_s is None else warm_up_s
        self._stale_s = STALE_PERIODS * period_s
        self._since_s: float | None = None
        self._tracks: dict[tuple[str, int], _Track] = {}

    def begin(self) -> None:
        """The port was opened, or the sensor's power failed: it may be cold."""
        self._since_s = None
        self._tracks.clear()

    def items(self, items: Iterable[Item], now_s: float) -> list[Item]:
        """What is to be told of ``items``, which came at ``now_s`` of a monotonic clock."""
        told: list[Item] = []
        for item in items:
            if isinstance(item, Gap) and item.why is Why.RESTART:
                self.begin()
            told += self._reading(item, now_s) if isinstance(item, Reading) else [item]
        return told

    def _reading(self, reading: Reading, now_s: float) -> list[Item]:
        self._since_s = now_s if self._since_s is None else self._since_s
        left_s = self._since_s + self._warm_up_s - now_s
        if left_s > 0:
            return [Gap(Why.WARMING, f"{reading.quantity}: {left_s:.0f} of {self._warm_up_s:g} s to go")]
        known = self._ranges.get(reading.quantity)
        return self._ranged(reading, known, now_s) if known else [reading]

    def _ranged(self, reading: Reading, known: Range, now_s: float) -> list[Item]:
        words = f"{reading.quantity} {reading.value:.6g} {reading.unit}"
        if not known.least <= reading.value <= known.most:
            return [Gap(Why.IMPLAUSIBLE, f"{words}: beyond {known.least:g} to {known.most:g}")]
        track = self._tracks.setdefault((reading.quantity, reading.channel), _Track())
        if not self._follows(track, reading.value, known, now_s):
            return [Gap(Why.IMPLAUSIBLE, f"{words}: {track.value:.6g} before, at most {known.per_s:g} a second")]
        track.value, track.at_s = reading.value, now_s
        track.jumped.clear()
        return self._smoothed(track, reading, known, now_s) if known.median > 1 else [reading]

    def _follows(self, track: _Track, value: float, known: Range, now_s: float) -> bool:
        """Whether the value may come after the last, or enough of its like came instead of that one."""
        if track.value is None or now_s - track.at_s > self._stale_s + AGREE * self._stale_s:
            return True
        reach = known.per_s * max(now_s - track.at_s, self._stale_s / STALE_PERIODS)
        if abs(value - track.value) <= reach:
            return True
        alike = [one for one in track.jumped if abs(one - value) <= reach]
        track.jumped = [*alike[-AGREE:], value]
        return len(track.jumped) >= AGREE

    def _smoothed(self, track: _Track, reading: Reading, known: Range, now_s: float) -> list[Item]:
        track.window.append((now_s, reading.value))
        while len(track.window) > known.median or track.window[0][0] < now_s - known.median * self._stale_s:
            track.window.popleft()
        if len(track.window) < known.median:
            return []
        return [replace(reading, value=median(value for _, value in track.window))]
