"""A sound level meter in the style of noisesensor (Université Gustave Eiffel, BSD-3), compiled by numba.

    x ─┬─ A ─ Σ x² ─── LAeq           each filter a cascade of second-order sections in direct form II, sample by
       ├─ C ─ Σ x² ─── LCeq           sample, section by section; compiled loops
       ├─ bands from 2.5 kHz
       └─ low-pass, order 20, every 10th ─┬─ bands from 250 Hz          third octaves: Butterworth, order 6
                                          └─ low-pass, every 10th ─── bands from 20 Hz

Written anew after its public algorithm (github.com/nicolas-f/noisesensor, ``spectrumchannel.py``), to stand beside ours
where that package is not on an index; weightings A and C are the bilinear ones, as there.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsp.octaves import MID_HZ, G
from dsp.weighting import F1_HZ, F2_HZ, F3_HZ, F4_HZ, REFERENCE_HZ
from edge.cli._throughput import RATE_HZ, Sound, blocks

Array = NDArray[np.float64]
EVERY = 10
DEPTH = 2  # times that the rate is divided; a block of a tenth of a second divides by a hundred
ORDER, ALIAS_ORDER = 6, 20


class Cascade:
    """Second-order sections one after the other, as noisesensor's class has them; numba compiles it whole."""

    def __init__(self, b0: Array, b1: Array, b2: Array, a1: Array, a2: Array) -> None:
        self.b0 = b0
        self.b1 = b1
        self.b2 = b2
        self.a1 = a1
        self.a2 = a2
        self.delay_1 = np.zeros(b0.size)
        self.delay_2 = np.zeros(b0.size)

    def energy(self, samples: Array) -> float:
        """Sum of squares of the output."""
        total = 0.0
        for i in range(samples.size):
            value = samples[i]
            for j in range(self.b0.size):
                value -= self.delay_1[j] * self.a1[j] + self.delay_2[j] * self.a2[j]
                out = value * self.b0[j] + self.delay_1[j] * self.b1[j] + self.delay_2[j] * self.b2[j]
                self.delay_2[j] = self.delay_1[j]
                self.delay_1[j] = value
                value = out
            total += value * value
        return total

    def thinned(self, samples: Array, kept: Array) -> None:
        """Every so many samples of the output, as many as ``kept`` takes."""
        every = samples.size // kept.size
        for i in range(samples.size):
            value = samples[i]
            for j in range(self.b0.size):
                value -= self.delay_1[j] * self.a1[j] + self.delay_2[j] * self.a2[j]
                out = value * self.b0[j] + self.delay_1[j] * self.b1[j] + self.delay_2[j] * self.b2[j]
                self.delay_2[j] = self.delay_1[j]
                self.delay_1[j] = value
                value = out
            if i % every == 0:
                kept[i // every] = value


def energy(samples: Array, sections: Array, held: Array) -> float:
    """As :meth:`Cascade.energy`; ``held`` (sections, 2) is kept between calls."""
    total = 0.0
    for i in range(samples.size):
        value = samples[i]
        for j in range(sections.shape[0]):
            value -= held[j, 0] * sections[j, 4] + held[j, 1] * sections[j, 5]
            out = value * sections[j, 0] + held[j, 0] * sections[j, 1] + held[j, 1] * sections[j, 2]
            held[j, 1] = held[j, 0]
            held[j, 0] = value
            value = out
        total += value * value
    return total


def thinned(samples: Array, kept: Array, sections: Array, held: Array) -> None:
    """As :meth:`Cascade.thinned`."""
    every = samples.size // kept.size
    for i in range(samples.size):
        value = samples[i]
        for j in range(sections.shape[0]):
            value -= held[j, 0] * sections[j, 4] + held[j, 1] * sections[j, 5]
            out = value * sections[j, 0] + held[j, 0] * sections[j, 1] + held[j, 1] * sections[j, 2]
            held[j, 1] = held[j, 0]
            held[j, 0] = value
            value = out
        if i % every == 0:
            kept[i // every] = value


class Meter:
    """LAeq, LCeq and 31 third octaves of each second, fed by blocks; ``made`` makes a cascade of sections."""

    def __init__(self, made: Callable[[Array], Any]) -> None:
        self._weightings = [made(_weighting(poles_hz, zeros)) for poles_hz, zeros in (A, C)]
        depths = range(DEPTH + 1)
        self._bands = [[made(_band(hz, depth)) for hz in MID_HZ if _depth(hz) == depth] for depth in depths]
        self._alias = [made(_low_pass()) for _ in range(DEPTH)]

    def hear(self, sound: Sound) -> float:
        """LAeq of all."""
        total = np.sum([self.block(block.astype(np.float64)) for block in blocks(sound)], axis=0)
        return float(10 * np.log10(total[0] / sound.size))

    def block(self, samples: Array) -> Array:
        """Sums of squares: A, C, then the bands, from 20 Hz up, as at the full rate."""
        weighted = [one.energy(samples) for one in self._weightings]
        bands: list[float] = []
        for depth, some in enumerate(self._bands):
            told = [one.energy(samples) * EVERY**depth for one in some]
            bands = told + bands
            samples = self._next(samples, depth)
        return np.array(weighted + bands)

    def _next(self, samples: Array, depth: int) -> Array:
        if depth == DEPTH:
            return samples
        kept = np.empty(samples.size // EVERY)
        self._alias[depth].thinned(samples, kept)
        return kept


def compiled_class() -> Callable[[Array], Any]:
    """What makes a :class:`Cascade` of sections, rows (b0, b1, b2, 1, a1, a2)."""
    numba, experimental = (importlib.import_module(name) for name in ("numba", "numba.experimental"))
    fields = ("b0", "b1", "b2", "a1", "a2", "delay_1", "delay_2")
    compiled = experimental.jitclass([(name, numba.float64[:]) for name in fields])(Cascade)
    return lambda sections: compiled(*(sections[:, at].copy() for at in (0, 1, 2, 4, 5)))


def compiled_functions() -> Callable[[Array], Any]:
    """The same of :func:`energy` and :func:`thinned`, which numba compiles to faster code than the class."""
    numba: Any = importlib.import_module("numba")
    quick = numba.njit(energy), numba.njit(thinned)
    return lambda sections: Plain(*quick, np.ascontiguousarray(sections, np.float64), np.zeros((len(sections), 2)))


@dataclass(frozen=True, slots=True, eq=False)
class Plain:
    """Compiled functions and what they work on."""

    quick_energy: Any
    quick_thinned: Any
    sections: Array
    held: Array

    def energy(self, samples: Array) -> float:
        """Sum of squares of the output."""
        return float(self.quick_energy(samples, self.sections, self.held))

    def thinned(self, samples: Array, kept: Array) -> None:
        """Every so many samples of the output."""
        self.quick_thinned(samples, kept, self.sections, self.held)


A = (np.array([F1_HZ, F1_HZ, F4_HZ, F4_HZ, F2_HZ, F3_HZ]), 4)
C = (np.array([F1_HZ, F1_HZ, F4_HZ, F4_HZ]), 2)


def _weighting(poles_hz: Array, zeros: int) -> Array:
    from scipy.signal import bilinear_zpk, sosfreqz, zpk2sos

    z, p, _ = bilinear_zpk(np.zeros(zeros), -2 * np.pi * poles_hz, 1.0, RATE_HZ)
    sections = zpk2sos(z, p, 1.0)
    sections[0, :3] /= abs(sosfreqz(sections, worN=[REFERENCE_HZ], fs=RATE_HZ)[1][0])
    return np.asarray(sections)


def _depth(mid_hz: float) -> int:
    """How often the rate is divided before a band: as often as leaves it below half of it."""
    return min(DEPTH, int(np.log10(RATE_HZ / (2 * mid_hz))))


def _band(mid_hz: float, depth: int) -> Array:
    from scipy.signal import butter

    edges = mid_hz * np.array([G ** (-1 / 6), G ** (1 / 6)])
    return np.asarray(butter(ORDER, edges, "bandpass", fs=RATE_HZ / EVERY**depth, output="sos"))


def _low_pass() -> Array:
    from scipy.signal import butter

    return np.asarray(butter(ALIAS_ORDER, 1 / EVERY, output="sos"))
