"""A sound level meter: a stream of samples to one :class:`Second` after the other.

             ┌─ A ─┬─ x² ─┬─ ∫ ───────────── exposure A          ┌─ levels in each eighth of a second
    samples ─┤     │      └─ F, S, I ─────── Fast, Slow, Impulse │
             ├─ C ─┴─ x² ─┬─ ∫ ───────────── exposure C          │
             │            └─ between samples ─ peak C            │
             ├─ Z ── x² ──── ∫ ───────────── exposure Z          │
             └─ thirds ──────────────────────────────────────────┘

Everything is energy (∫x² dt, s) or mean square, full scale 1.0; decibels come last, in :mod:`dsp.summary`. A second is
worked on when it is complete, always in the same pieces: any chunking gives the same answer to the last bit. The mean
of the first second is taken for the converter's offset and removed for good, so that an offset is no bang at the start.
A step that holds what is no number is silence and no time; behind it Fast has to settle again. Bands come up to 25 ms
late, and of a sound in the last moment of a stream that ends with a whole second a part is lost.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp import weighting
from dsp.blocks import Blocks
from dsp.clean import Clean
from dsp.grid import Grid
from dsp.octaves import Thirds
from dsp.peak import TruePeak
from dsp.recursive import Array, Recursive
from dsp.time_weighting import SETTLING_S, TimeWeighting


@dataclass(frozen=True, slots=True, eq=False)
class Second:
    """What one second of sound held, or the shorter rest at the end. Axis 0 is the channel everywhere.

    ``exposure`` (channels, 3) is that of A, C and Z. ``fast``, ``slow`` and ``impulse`` (channels, steps) are mean
    squares after each step of ``step_s``; up to ``settling`` (channels,) of them belong to an instrument just switched
    on, or to what follows a hole.
    ``peak`` is the largest magnitude of the C-weighted signal. ``bands`` (channels, 8, 31) is the energy in each eighth
    of a second and third octave (:data:`dsp.octaves.MID_HZ`), of which ``told_bands`` have room at this rate.
    ``missing_s`` is how much of it was no number, ``overload_s`` how much touched full scale.
    """

    duration_s: float
    step_s: float
    settling: NDArray[np.intp]
    exposure: Array
    fast: Array
    slow: Array
    impulse: Array
    peak: Array
    bands: Array
    told_bands: int
    missing_s: Array
    overload_s: Array


class Meter:
    """A sound level meter of several channels at ``rate_hz`` (8 to 192 kHz; ValueError otherwise)."""

    def __init__(self, rate_hz: float, channels: int) -> None:
        self._rate_hz = rate_hz
        self.grid = Grid.of(rate_hz)
        self._seconds = Blocks(self.grid.second)
        self._channels = [_Channel(self.grid) for _ in range(channels)]

    def feed(self, samples: NDArray[np.float32]) -> list[Second]:
        """The seconds that ``samples``, shape (channels, n), complete; full scale ±1.0."""
        if samples.ndim != 2 or samples.shape[0] != len(self._channels):
            raise ValueError(f"samples of shape {samples.shape}; expected ({len(self._channels)}, n)")
        return [self.second(second) for second in self._seconds.feed(samples)]

    def close(self) -> list[Second]:
        """What is left: a second that was cut short, if any. Behind its end all is silent."""
        rest = self._seconds.rest()
        self._seconds = Blocks(self.grid.second)
        return [self.second(rest)] if rest.shape[-1] else []

    def second(self, samples: NDArray[np.float32]) -> Second:
        """``grid.second`` samples at once, shape (channels, n), or the fewer, at least one, that end the stream."""
        count = samples.shape[-1]
        if count < self.grid.second:
            samples = np.pad(samples, ((0, 0), (0, self.grid.second - count)))
        heard = [channel.second(one, count) for channel, one in zip(self._channels, samples, strict=True)]
        stacked = {name: np.stack([one[name] for one in heard]) for name in heard[0]}
        return Second(
            duration_s=count / self._rate_hz,
            step_s=self.grid.step_s,
            settling=stacked.pop("settling").astype(np.intp),
            told_bands=self._channels[0].thirds.bands,
            **stacked,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """What a part of a second held: energies in samples, averages (3, steps), the largest magnitude."""

    a: float
    c: float
    averages: Array
    peak: float


class _Channel:
    """One channel, a second at a time."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._part = grid.part()
        self._weighting = Recursive([weighting.system(grid.rate_hz)], grid.step, self._part.steps)
        self._time = TimeWeighting(self._part)
        self._peak = TruePeak(self._part)
        self.thirds = Thirds(grid)
        self._clean = Clean(grid)
        self._settled_at = round(SETTLING_S / grid.step_s)  # steps from now

    def second(self, given: NDArray[np.float32], count: int) -> dict[str, Array]:
        """The fields of :class:`Second` for this channel; what lies behind ``count`` samples is padding."""
        clean = self._clean.second(given, count)
        samples = clean.samples
        length = self._part.second
        parts = [self._weighed(samples[at : at + length], count - at) for at in range(0, count, length)]
        z = max(0.0, _energy(samples) - samples.sum() ** 2 / count)
        steps = -(-count // self._grid.step)
        averages = np.concatenate([part.averages for part in parts], axis=1)[:, :steps]
        return {
            "exposure": np.array([sum(part.a for part in parts), sum(part.c for part in parts), z])
            / self._grid.rate_hz,
            "fast": averages[0],
            "slow": averages[1],
            "impulse": averages[2],
            "peak": np.array(max(part.peak for part in parts)),
            "bands": self.thirds.second(samples),
            "settling": np.array(self._settle(clean.missing_s > 0, steps)),
            "missing_s": np.array(clean.missing_s),
            "overload_s": np.array(clean.overload_s),
        }

    def _weighed(self, samples: Array, count: int) -> _Part:
        """A part of a second, silent behind ``count``."""
        both = self._weighting.block(samples.reshape(self._part.steps, -1))[0]
        a, c = both[:, : self._grid.step], both[:, self._grid.step :].ravel()
        if count < samples.size:
            a = np.where(np.arange(samples.size).reshape(a.shape) < count, a, 0)
            c[count:] = 0
        squares = a * a
        peak = self._peak.block(c, min(count, samples.size))
        return _Part(float(squares.sum()), _energy(c), self._time.block(squares), peak)

    def _settle(self, has_hole: bool, steps: int) -> int:
        """How many steps of this second Fast needs to settle; counts them for the next."""
        if has_hole:
            self._settled_at = steps + round(SETTLING_S / self._grid.step_s)
        settling = min(self._settled_at, steps)
        self._settled_at -= settling
        return settling


def _energy(samples: Array) -> float:
    """Sum of squares, on this core alone; a dot product would wake all of them."""
    return float(np.einsum("i,i->", samples, samples))
