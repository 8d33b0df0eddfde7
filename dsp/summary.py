"""Seconds of sound to the levels that people name, over any interval.

    LAeq, LCeq, LZeq     10 lg( (1/T) ∫ x² dt )                        IEC 61672-1:2013, 3.9
    SEL (LAE)            10 lg( ∫ xA² dt / 1 s )                       3.12
    LAFmax LAFmin LASmax LAImax   extremes of the time-weighted level  3.8
    LCpeak               20 lg of the largest magnitude                3.10
    LA1 … LA99           level that Fast exceeds in so many percent of the time (ISO 1996-1:2016, 3.1.3), from its
                         distribution over classes of 0.1 dB, straight lines within a class

What was no number does not count as time. Levels are re full scale 1.0; whoever knows the calibration adds it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dsp.levels import power_db
from dsp.meter import Second
from dsp.octaves import NOMINAL_HZ, nominal_octaves
from dsp.recursive import Array

SILENCE_DB = -200.0
"""What nothing at all reads, as zeros of a recording; a 32-bit converter's own noise lies at -190 dB."""
SILENCE_POWER = 10 ** (SILENCE_DB / 10)
PERCENTS = (1, 5, 10, 50, 90, 95, 99)
CLASS_DB = 0.1
TOP_DB = 120.0  # a recording in floating point may go beyond full scale, to ±32768 and more
CLASSES = round((TOP_DB - SILENCE_DB) / CLASS_DB)
EXTREMES = ("LAFmax", "LASmax", "LAImax", "LCpeak")


@dataclass(frozen=True, slots=True)
class Levels:
    """Levels of one channel over an interval, by name, in dB re full scale plus what calibration adds.

    A level that the interval does not have is not there: no percentiles before Fast has settled, nothing at all where
    nothing was measured. ``bands`` has third octaves by their nominal mid-band frequency. Of ``measured_s``, so much
    touched full scale, and so much lay below what the instrument can tell; ``missing_s`` comes on top.
    """

    levels: Mapping[str, float]
    bands: Mapping[float, float]
    measured_s: float
    missing_s: float
    overload_s: float
    under_range_s: float

    def octaves(self) -> Mapping[float, float]:
        """Octave bands that all three thirds are there of."""
        thirds = dict(zip(NOMINAL_HZ, (10 ** (db / 10) for db in self.bands.values()), strict=False))
        of = {nominal: [NOMINAL_HZ[i] for i in indices] for nominal, indices in nominal_octaves().items()}
        whole = {nominal: names for nominal, names in of.items() if all(name in thirds for name in names)}
        return {nominal: _db(sum(thirds[name] for name in names)) for nominal, names in whole.items()}


class Summary:
    """Seconds of so many channels, taken together."""

    def __init__(self, channels: int) -> None:
        self._step_s = 0.0
        self._duration_s = np.zeros(channels)
        self._missing_s = np.zeros(channels)
        self._overload_s = np.zeros(channels)
        self._exposure = np.zeros((channels, 3))
        self._bands = np.zeros((channels, len(NOMINAL_HZ)))
        self._told_bands = len(NOMINAL_HZ)
        self._most = np.zeros((channels, len(EXTREMES)))
        self._least = np.full(channels, np.inf)
        self._counts = np.zeros((channels, CLASSES), np.int64)

    @classmethod
    def of(cls, second: Second) -> Self:
        """One second alone."""
        made = cls(second.peak.size)
        made._step_s, made._told_bands = second.step_s, second.told_bands
        made._duration_s += second.duration_s
        made._missing_s, made._overload_s = second.missing_s, second.overload_s
        made._exposure, made._bands = second.exposure, second.bands.sum(axis=1)
        weighted = [one.max(axis=1) for one in (second.fast, second.slow, second.impulse)]
        made._most = np.stack([*weighted, second.peak**2], axis=1)
        for channel, settling in enumerate(second.settling):
            settled = second.fast[channel, settling:]
            if settled.size:
                made._least[channel] = settled.min()
                made._counts[channel] = _distribution(settled)
        return made

    def add(self, other: "Summary") -> None:
        """Takes ``other``, of as many channels, in."""
        self._step_s, self._told_bands = other._step_s, min(self._told_bands, other._told_bands)
        self._duration_s = self._duration_s + other._duration_s
        self._missing_s = self._missing_s + other._missing_s
        self._overload_s = self._overload_s + other._overload_s
        self._exposure = self._exposure + other._exposure
        self._bands = self._bands + other._bands
        self._counts = self._counts + other._counts
        self._most = np.maximum(self._most, other._most)
        self._least = np.minimum(self._least, other._least)

    def levels(self, channel: int, *, full_scale_db: float = 0.0, lowest_db: float = SILENCE_DB) -> Levels:
        """Levels of a channel. ``full_scale_db`` is what full scale 1.0 stands for, as calibration found.

        ``lowest_db``, on that scale, is the lowest level that the instrument tells.
        """
        missing_s = min(float(self._missing_s[channel]), float(self._duration_s[channel]))
        measured_s = float(self._duration_s[channel]) - missing_s
        found = self._of_time(channel, measured_s) | self._extremes(channel) if measured_s > 0 else {}
        bands = self._bands[channel, : self._told_bands] / measured_s if measured_s > 0 else np.empty(0)
        below = self._counts[channel, : max(0, _class_of(lowest_db - full_scale_db))].sum()
        return Levels(
            levels={name: level + full_scale_db for name, level in found.items()},
            bands=dict(zip(NOMINAL_HZ, (told_db(bands) + full_scale_db).tolist(), strict=False)),
            measured_s=measured_s,
            missing_s=missing_s,
            overload_s=float(self._overload_s[channel]),
            under_range_s=float(below) * self._step_s,
        )

    def _of_time(self, channel: int, measured_s: float) -> dict[str, float]:
        a, c, z = self._exposure[channel]
        return {"LAeq": _db(a / measured_s), "LCeq": _db(c / measured_s), "LZeq": _db(z / measured_s), "SEL": _db(a)}

    def _extremes(self, channel: int) -> dict[str, float]:
        found = dict(zip(EXTREMES, told_db(self._most[channel]).tolist(), strict=True))
        if np.isfinite(self._least[channel]):
            found["LAFmin"] = _db(self._least[channel])
            within = found["LAFmin"], found["LAFmax"]  # not beyond, by a part of a class
            found |= {
                f"LA{percent}": float(np.clip(_exceeded(self._counts[channel], percent), *within))
                for percent in PERCENTS
            }
        return found


def told_db(power: NDArray[np.floating]) -> Array:
    """Decibels of mean squares, ``SILENCE_DB`` at least."""
    return power_db(power, SILENCE_POWER)


def _db(power: float) -> float:
    return float(told_db(np.asarray(power)))


def _class_of(db: float) -> int:
    return int((db - SILENCE_DB) / CLASS_DB)


def _distribution(power: Array) -> NDArray[np.int64]:
    classes = ((told_db(power) - SILENCE_DB) / CLASS_DB).astype(np.intp)
    return np.bincount(np.minimum(classes, CLASSES - 1), minlength=CLASSES)


def _exceeded(counts: NDArray[np.int64], percent: float) -> float:
    """The level that is exceeded in ``percent`` of what was counted."""
    below = np.concatenate(([0], np.cumsum(counts)))
    wanted = below[-1] * (1 - percent / 100)
    at = int(np.searchsorted(below, wanted, side="left"))
    at = max(at, 1)
    into = (wanted - below[at - 1]) / max(1, counts[at - 1])
    return SILENCE_DB + CLASS_DB * (at - 1 + float(into))
