"""A sound level meter on the bench: tones and bursts in, what it reads against what class 1 asks for.

Everything goes through :class:`dsp.meter.Meter`, a second at a time, and is read from its seconds. Each tone is fed
twice, as sine and as cosine on a channel of its own: the sum of both energies holds no ripple of partial periods.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dsp.grid import Grid
from dsp.meter import Meter, Second
from dsp.tests import iec
from dsp.tests.iec import Array
from dsp.time_weighting import FAST_S, SLOW_S
from dsp.weighting import weighting_db

RATES_HZ = (16_000, 32_000, 44_100, 48_000, 96_000)
TOP_SHARE = 0.42  # of the rate: beyond, nothing is told
AMPLITUDE = 0.5
STARTS = (0.0, 0.21, 0.43, 0.62, 0.87)  # of a step; between samples too
BURST_AT_S = 0.5
TOP_DB = -3.1  # a tone just under full scale
QUANTUM = 2.0**-23  # of 24 bits
LEVELS_DB = TOP_DB - np.arange(0, 140, 5.0)
LINEARITY_DB = 0.3
LINEARITY_HZ = (31.5, 1000.0, 8000.0)
Hear = Callable[[NDArray[np.float32], float], Array]
"""Two seconds of sound at a rate to the exposures in the second of them: (channels, n) to (channels, 3), A, C and Z."""


def exact_hz(nominal_hz: ArrayLike) -> Array:
    """The frequency that a nominal one stands for."""
    return np.asarray(1000 * 10 ** (np.round(10 * np.log10(np.asarray(nominal_hz) / 1000)) / 10))


def db(power: ArrayLike) -> Array:
    return np.asarray(10 * np.log10(power))


def told(rate_hz: float) -> list[iec.Weight]:
    """The rows of table 3 that a rate has room for."""
    return [one for one in iec.WEIGHTS if exact_hz(one.nominal_hz) <= TOP_SHARE * rate_hz]


def tones(frequency_hz: Array, rate_hz: float, seconds: int) -> NDArray[np.float32]:
    """Each frequency as sine and as cosine: (2 · frequencies, samples)."""
    turns = frequency_hz[:, None] * np.arange(seconds * round(rate_hz)) / rate_hz
    both = np.stack((np.sin(2 * np.pi * turns), np.cos(2 * np.pi * turns)), axis=1)
    return (AMPLITUDE * both.reshape(-1, turns.shape[1])).astype(np.float32)


def paired(energy: Array) -> Array:
    """Sum over sine and cosine of each frequency: (2 · frequencies, …) to (frequencies, …)."""
    return np.asarray(energy.reshape(-1, 2, *energy.shape[1:]).sum(axis=1))


def seconds_of(samples: NDArray[np.float32], rate_hz: float) -> list[Second]:
    """What a meter makes of it, fed in pieces of a tenth of a second."""
    meter, piece = Meter(rate_hz, samples.shape[0]), round(rate_hz) // 10
    pieces = (samples[:, at : at + piece] for at in range(0, samples.shape[1], piece))
    return [second for one in pieces for second in meter.feed(one)]


def through_meter(samples: NDArray[np.float32], rate_hz: float) -> Array:
    return seconds_of(samples, rate_hz)[-1].exposure


@dataclass(frozen=True, slots=True)
class Measured:
    """A deviation from what the standard has, beside its limits."""

    name: str
    deviation_db: float
    lower_db: float
    upper_db: float

    @property
    def margin_db(self) -> float:
        """How far inside its limits; negative is outside."""
        return min(self.deviation_db - self.lower_db, self.upper_db - self.deviation_db)


def least(some: Sequence[Measured]) -> Measured:
    """What comes nearest to its limits."""
    return min(some, key=lambda one: one.margin_db)


@lru_cache
def weightings(rate_hz: float, hear: Hear = through_meter) -> dict[str, list[Measured]]:
    """Weightings A, C and Z at each frequency of table 3 that the rate has room for."""
    rows = told(rate_hz)
    frequency_hz = exact_hz([row.nominal_hz for row in rows])
    heard = paired(hear(tones(frequency_hz, rate_hz, 2), rate_hz))
    found = {
        "A": db(heard[:, 0] / heard[:, 2]),
        "C": db(heard[:, 1] / heard[:, 2]),
        "Z": db(heard[:, 2] / AMPLITUDE**2),
    }
    return {
        name: [
            Measured(f"{name} {row.nominal_hz:g} Hz", float(one), row.lower_db, row.upper_db)
            for row, one in zip(rows, level - weighting_db(name, frequency_hz), strict=True)
        ]
        for name, level in found.items()
    }


@lru_cache
def bursts(rate_hz: float) -> dict[str, list[list[Measured]]]:
    """LAFmax, LASmax and LAE of each burst of table 4, for each of its starts."""
    rows = iec.FAST_BURSTS
    starts_s = BURST_AT_S + np.array(STARTS) * Grid.of(rate_hz).step_s
    heard = seconds_of(_bursts([row.duration_ms / 1000 for row in rows], starts_s, rate_hz), rate_hz)
    steady = heard[-1].exposure[-1, 0] / heard[-1].duration_s
    fast, slow = (np.max([getattr(one, name)[:-1].max(axis=1) for one in heard], axis=0) for name in ("fast", "slow"))
    exposure = np.sum([one.exposure[:-1, 0] for one in heard], axis=0)
    times_s = np.array([row.duration_ms / 1000 for row in rows])
    return {
        "LAFmax": _against(rows, db(fast / steady), iec.time_weighted_db(times_s, FAST_S)),
        "LASmax": _against(iec.SLOW_BURSTS, db(slow / steady), iec.time_weighted_db(times_s, SLOW_S)),
        "LAE": _against(rows, db(exposure / steady), iec.exposure_db(times_s)),
    }


def _bursts(durations_s: Sequence[float], starts_s: Array, rate_hz: float) -> NDArray[np.float32]:
    """Each duration at each start, a channel each, from one zero of the tone to another; the last channel is steady."""
    time_s = np.arange(2 * round(rate_hz)) / rate_hz
    since_s = np.concatenate([time_s - start_s for _ in durations_s for start_s in starts_s]).reshape(-1, time_s.size)
    lasting_s = np.repeat(durations_s, starts_s.size)[:, None]
    on = (since_s > -1e-9) & (since_s < lasting_s - 1e-9)
    tone = np.where(on, np.sin(2 * np.pi * iec.BURST_HZ * since_s), 0)
    return (AMPLITUDE * np.vstack((tone, np.sin(2 * np.pi * iec.BURST_HZ * time_s)))).astype(np.float32)


def _against(rows: Sequence[iec.Burst], read_db: Array, wanted_db: Array) -> list[list[Measured]]:
    read = read_db.reshape(-1, len(STARTS))
    return [
        [Measured(f"{row.duration_ms:g} ms", float(one - wanted), row.lower_db, row.upper_db) for one in some]
        for row, some, wanted in zip(rows, read, wanted_db, strict=False)
    ]


@lru_cache
def peaks(rate_hz: float) -> list[Measured]:
    """LCpeak over LC of the cycles of table 5 that the rate has room for."""
    rows = [row for row in iec.PEAKS if exact_hz(row.nominal_hz) <= TOP_SHARE * rate_hz]
    time_s = np.arange(2 * round(rate_hz)) / rate_hz
    frequency_hz = exact_hz([row.nominal_hz for row in rows])[:, None]
    turns = frequency_hz * (time_s - BURST_AT_S)
    cycles = np.array([row.cycles for row in rows])[:, None]
    tone = np.sign(cycles) * np.sin(2 * np.pi * turns)
    short = np.where((turns > -1e-9) & (turns < np.abs(cycles)), tone, 0)
    heard = seconds_of((AMPLITUDE * np.vstack((short, tone))).astype(np.float32), rate_hz)
    peak = np.max([one.peak[: len(rows)] for one in heard], axis=0)
    steady = heard[-1].exposure[len(rows) :, 1] / heard[-1].duration_s
    return [
        Measured(f"{row.cycles:g} cycles {row.nominal_hz:g} Hz", float(one - row.above_db), -row.limit_db, row.limit_db)
        for row, one in zip(rows, db(peak**2 / steady), strict=True)
    ]


@lru_cache
def linearity(rate_hz: float, nominal_hz: float) -> Array:
    """How far LAeq of a tone, as 24 bits hold it, is off at each of ``LEVELS_DB``; by definition 0 at the third."""
    turns = exact_hz(nominal_hz) * np.arange(2 * round(rate_hz)) / rate_hz
    samples = np.sqrt(2) * 10 ** (LEVELS_DB[:, None] / 20) * np.sin(2 * np.pi * turns)
    held = (np.round(samples / QUANTUM) * QUANTUM).astype(np.float32)
    deviation = db(np.maximum(through_meter(held, rate_hz)[:, 0], 1e-30)) - LEVELS_DB
    return np.asarray(deviation - deviation[2])


def linear_range_db(deviation_db: Array) -> float:
    """How far down from the highest level every level is within ``LINEARITY_DB``."""
    outside = np.flatnonzero(np.abs(deviation_db) > LINEARITY_DB)
    return float(LEVELS_DB[0] - LEVELS_DB[outside[0] - 1 if outside.size else -1])


def times_at_1_khz() -> tuple[float, float]:
    """Fast and slow levels of a steady tone over its time-averaged level."""
    heard = seconds_of(tones(np.array([1000.0]), 48_000, 8), 48_000)[-1]
    level = heard.exposure[0, 0] / heard.duration_s
    return float(db(heard.fast[0, -1] / level)), float(db(heard.slow[0, -1] / level))
