"""The last minute of microphones, summed up: what :mod:`dsp.faults` looks at.

    a second's signs and third octaves ─▶ Past (60 s, a ring of seconds) ─▶ Minute (medians, extremes, spans)

Third octaves are summed to four ranges, two octaves and more each: a cover, water or a dead capsule take octaves, and
the level of a range moves by chance less than that of a third octave (4.3 / √(bandwidth · 1 s) dB: 0.3 dB in the bass).
"""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dsp.signs import TINY, Signs

MINUTE_S = 60
RANGES = {"bass": (5, 12), "middle": (12, 17), "upper": (17, 22), "treble": (22, 27)}
"""First third octave, and the one behind the last, counted from 20 Hz: 63 to 250, 315 to 800, 1000 to 2500, 3150 to
8000 Hz. A rate below 7.5 kHz has no treble, one below 20 kHz not all of it; the same always, so it compares."""
TREBLE = 3
HIGH_RANGES = {"upper": 2, "treble": TREBLE}
HIGHS = slice(12, 27)  # third octaves from 315 Hz to 8 kHz, which hum hardly reaches
CLIPPED_LEAST = 1e-3
"""Of a second's samples, for the second to count as clipped: with less, only the peaks of single sounds are lost."""
QUIETEST_SHARE = 10
"""Percent of a minute's seconds that are its floor: six seconds, so one dropped frame makes none."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """Seconds, oldest first, ``MINUTE_S`` of them at most; arrays of shape (seconds, channels, …), levels in dB."""

    level_db: Array
    ranges_db: Array
    highs_db: Array
    dc: Array
    clipped: Array
    hum: Array
    coherence: Array

    @classmethod
    def of(cls, channels: int) -> Self:
        """No second yet."""
        flat, ranges = np.zeros((0, channels)), np.zeros((0, channels, len(RANGES)))
        return cls(flat, ranges, flat, flat, flat, flat, np.zeros((0, channels, channels)))

    def then(self, signs: Signs, bands: Array) -> Self:
        """With one second more; ``bands`` are mean squares, shape (channels, 31). ValueError for other shapes."""
        channels = self.level_db.shape[1]
        if signs.dc.shape != (channels,) or bands.shape != (channels, 31):
            expected = f"({channels},) and ({channels}, 31)"
            raise ValueError(f"signs of shape {signs.dc.shape} and bands of {bands.shape}, expected {expected}")
        ranges = np.stack([bands[:, first:behind].sum(axis=1) for first, behind in RANGES.values()], axis=1)
        highs = bands[:, HIGHS].sum(axis=1)
        now = (
            signs.level_db,
            _db(ranges),
            _db(highs),
            signs.dc,
            signs.clipped >= CLIPPED_LEAST,
            signs.hum,
            signs.coherence,
        )
        before = (getattr(self, field.name)[1 - MINUTE_S :] for field in fields(self))
        return type(self)(*(np.concatenate((past, new[None])) for past, new in zip(before, now, strict=True)))

    def quietest_db(self) -> Array:
        """The ranges' levels in the quietest seconds, shape (channels, ranges)."""
        return np.asarray(np.percentile(self.ranges_db, QUIETEST_SHARE, axis=0))


@dataclass(frozen=True, slots=True, eq=False)
class Minute:
    """What is judged: the second of ``now``, and up to ``MINUTE_S`` seconds that end with it.

    Shapes (channels,): ``least_db`` and ``most_db`` of the level, ``moved_db`` (greatest minus least level of 315 Hz to
    8 kHz), ``clipped_s``; and the medians ``dc`` and ``hum``. Shapes (channels, ranges): ``middle_db``, the median, and
    ``loudest_db``; ``floor_db`` is what was learned before, -inf where nothing was. ``coherence`` (channels, channels)
    is a median.
    """

    now: Signs
    seconds: int
    least_db: Array
    most_db: Array
    moved_db: Array
    clipped_s: Array
    dc: Array
    hum: Array
    middle_db: Array
    loudest_db: Array
    floor_db: Array
    coherence: Array

    @classmethod
    def of(cls, past: Past, now: Signs, floor_db: Array) -> Self:
        """The sum of ``past``, whose last second is ``now``."""
        return cls(
            now=now,
            seconds=past.level_db.shape[0],
            least_db=past.level_db.min(axis=0),
            most_db=past.level_db.max(axis=0),
            moved_db=np.ptp(past.highs_db, axis=0),
            clipped_s=past.clipped.sum(axis=0),
            dc=np.median(past.dc, axis=0),
            hum=np.median(past.hum, axis=0),
            middle_db=np.median(past.ranges_db, axis=0),
            loudest_db=past.ranges_db.max(axis=0),
            floor_db=floor_db,
            coherence=np.median(past.coherence, axis=0),
        )

    @property
    def half_full(self) -> bool:
        """Whether there are seconds enough for a median to say something."""
        return self.seconds >= MINUTE_S / 2

    @property
    def channels(self) -> int:
        """How many microphones."""
        return self.dc.size

    def others(self, channel: int) -> list[int]:
        """The other microphones of the array."""
        return [other for other in range(self.channels) if other != channel]

    def under_others_db(self, channel: int) -> Array:
        """By how much the ranges of ``channel`` lie under the median of the others, at least one; shape (ranges,)."""
        return np.asarray(np.median(self.middle_db[self.others(channel)], axis=0) - self.middle_db[channel])

    def under_floor_db(self, channel: int) -> Array:
        """By how much the ranges of ``channel`` lie under what it learned; -inf without; shape (ranges,)."""
        return np.asarray(self.floor_db[channel] - self.middle_db[channel])


def _db(power: Array) -> Array:
    """Decibels without the floor of dsp.levels: a third octave of a quiet night lies below it."""
    return np.asarray(10 * np.log10(np.maximum(power, TINY)))
