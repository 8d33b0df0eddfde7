"""Signs of life of microphones: what one second of sound says about the capsule, the cable and the converter.

    samples ─┬─ finite?  limits?  runs of one value? ───────────── invalid  clipped  stuck  same
             ├─ mean, mean square ──────────────────────────────── dc  level_db
             └─ means of k samples: 3 kHz ─┬─ lines of the mains ─ hum
                                           └─ Welch, 50…200 Hz ─── coherence

Numbers only; :mod:`dsp.condition` judges. A second of 48 kHz costs 0.9 ms for one channel, 3 ms for four (measured on
one core of an x86-64 server).

Magnitude-squared coherence is that of G. C. Carter, "Coherence and time delay estimation", Proc. IEEE 75 (1987):
|Gxy|² / (Gxx Gyy) from averaged spectra.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.filters import product
from dsp.levels import power_db

LIMIT = 1 - 2**-15
"""The greatest code of a 16-bit converter; those of finer ones lie above. Nothing louder can be told from it."""
FLAT_LEAST = 0.05
"""No stage clips 26 dB under full scale; below, a few codes make tops that look flat."""
FLAT_RUN = 3
"""Equal samples in a row at the second's extreme. Two happen by chance; three at 48 kHz are 63 µs without movement."""
PILED = 4
"""Times as many samples at the extreme as at the next value: what was cut off piles up there. The top code of a sine
has at most 1 / (√2 - 1) = 2.4 times as many as the next, that of a street fewer, however coarse the codes."""
SLOW_HZ = 3000.0
"""Means of whole numbers of samples down to about this rate. What folds into 0 to 300 Hz comes from 2.7 kHz and above,
19 dB lower for the mean alone, and streets have 20 dB less there to begin with."""
ARRAY_HZ = (50.0, 200.0)
"""Where an array of at most 0.5 m hears one field. In sound from everywhere the coherence over d metres is
(sin kd / kd)², k = 2πf/c: over 0.5 m 0.93 at 50 Hz, 0.63 at 125 Hz, 0.28 at 200 Hz, and none at c/2d = 343 Hz; over
the 0.1 m of a small square never less than 0.95. From one direction it is 1. Below 50 Hz wind is louder than sound."""
FRAME_S = 0.125
"""8 Hz a line, 15 overlapping frames a second: noise without relation reads 0.06 (the median of the lines)."""
MAINS_HZ = (50.0, 60.0)
MAINS_OFF = 0.004
"""0.2 Hz of 50, the greatest steady deviation in the grid of Europe (Regulation (EU) 2017/1485, annex III)."""
MAINS_LINE_HZ = 2.0
"""Half the width of a line in the spectrum of a second under a Hann window."""
HUM_TO_HZ = 1000.0
TINY = 1e-20
"""Of a power: -200 dB, under any converter's own noise; keeps quotients of silence finite."""


@dataclass(frozen=True, slots=True, eq=False)
class Signs:
    """One second's signs; arrays of shape (channels,) where nothing else is said. Full scale is 1.0.

    ``dc`` is the mean, ``level_db`` the level without it in dB re full scale. ``clipped``, ``stuck`` (the longest run
    of one value) and ``invalid`` (no finite number; taken as 0) are shares of the samples. ``hum`` is the share of the
    energy below 1 kHz on the lines of the mains. ``coherence`` (channels, channels) is the median over 50 to 200 Hz,
    0 to 1; ``same`` (channels, channels) says which channels agree sample for sample and are not constant.
    """

    level_db: NDArray[np.float64]
    dc: NDArray[np.float64]
    clipped: NDArray[np.float64]
    stuck: NDArray[np.float64]
    invalid: NDArray[np.float64]
    hum: NDArray[np.float64]
    coherence: NDArray[np.float64]
    same: NDArray[np.bool_]


def signs(samples: NDArray[np.float32], rate_hz: float) -> Signs:
    """The signs of ``samples`` (channels, n), full scale 1.0: about a second of sound, 0.25 s at least.

    ValueError for another shape, for less, or for a rate below 3 kHz.
    """
    _check(samples, rate_hz)
    finite = np.isfinite(samples)
    valid = samples if finite.all() else np.where(finite, samples, np.float32(0))
    dc = valid.mean(axis=1, dtype=np.float64)
    sound = valid - dc[:, None].astype(np.float32)
    slow, slow_hz = _slow(sound, rate_hz)
    return Signs(
        level_db=power_db(np.einsum("cn,cn->c", sound, sound) / sound.shape[1]),
        dc=dc,
        clipped=np.array([_clipped(channel) for channel in valid]),
        stuck=np.array([_longest_run(channel) / channel.size for channel in valid]),
        invalid=1 - finite.mean(axis=1),
        hum=_hum(slow, slow_hz),
        coherence=_coherence(slow, slow_hz),
        same=_same(valid),
    )


def _check(samples: NDArray[np.float32], rate_hz: float) -> None:
    if samples.ndim != 2 or rate_hz < SLOW_HZ or samples.shape[1] < 2 * FRAME_S * rate_hz:
        raise ValueError(
            f"samples of shape {samples.shape} at {rate_hz:g} Hz, expected (channels, n) at {SLOW_HZ:g} Hz or more, "
            f"{2 * FRAME_S:g} s at least; feed whole seconds"
        )


def _runs(holds: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The lengths of the stretches in which something ``holds``."""
    where = np.flatnonzero(holds)
    return np.diff(np.flatnonzero(np.diff(where) != 1), prepend=-1, append=where.size - 1)


def _longest_run(channel: NDArray[np.float32]) -> int:
    """The most equal samples in a row, 1 at least."""
    return 1 + int(_runs(channel[1:] == channel[:-1]).max())


def _clipped(channel: NDArray[np.float32]) -> float:
    """Share of the samples at the converter's limits, or on flat tops below them."""
    most, least = channel.max(), channel.min()
    tops = sum(_flat_top(channel, extreme) for extreme in (most, least) if FLAT_LEAST <= abs(extreme) < LIMIT)
    limits = int(np.count_nonzero(np.abs(channel) >= LIMIT)) if max(most, -least) >= LIMIT else 0
    return (limits + tops) / channel.size


def _flat_top(channel: NDArray[np.float32], extreme: np.float32) -> int:
    """How many samples lie in runs at ``extreme``, if that is where a stage stopped; a constant has no tops."""
    runs = _runs(channel == extreme)
    flat = int(runs[(runs >= FLAT_RUN) & (runs < channel.size)].sum())
    if not flat:
        return 0
    from_extreme = np.abs(channel - extreme)
    beside = np.count_nonzero(from_extreme == from_extreme[from_extreme > 0].min())
    return flat if flat >= PILED * beside else 0


def _same(samples: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which two channels hold the same changing samples, shape (channels, channels); none is the same as itself."""
    channels = samples.shape[0]
    same = np.zeros((channels, channels), np.bool_)
    for one in range(channels):
        for other in range(one):
            equal = np.array_equal(samples[one], samples[other]) and np.ptp(samples[one]) > 0
            same[one, other] = same[other, one] = equal
    return same


def _slow(sound: NDArray[np.float32], rate_hz: float) -> tuple[NDArray[np.float32], float]:
    """Means of as many samples as bring the rate to ``SLOW_HZ`` or a little more, and that rate."""
    each = int(rate_hz // SLOW_HZ)
    whole = sound[:, : sound.shape[1] // each * each]
    return product(whole.reshape(sound.shape[0], -1, each), np.full((each, 1), 1 / each, np.float32))[
        ..., 0
    ], rate_hz / each


def _hum(slow: NDArray[np.float32], slow_hz: float) -> NDArray[np.float64]:
    """Share of the energy up to ``HUM_TO_HZ`` that lies on the lines of the mains, whichever mains fits better."""
    count = slow.shape[1]
    frequency_hz = np.fft.rfftfreq(count, 1 / slow_hz)
    power = np.abs(np.fft.rfft(slow * np.hanning(count).astype(np.float32))) ** 2 * (frequency_hz <= HUM_TO_HZ)
    lines = [power[:, _on_lines(frequency_hz, mains_hz)].sum(axis=1) for mains_hz in MAINS_HZ]
    return np.asarray(np.max(lines, axis=0) / np.maximum(power.sum(axis=1), TINY), np.float64)


def _on_lines(frequency_hz: NDArray[np.floating], mains_hz: float) -> NDArray[np.bool_]:
    """Whether a frequency belongs to the mains or one of its harmonics."""
    harmonic = np.rint(frequency_hz / mains_hz)
    off_hz = np.abs(frequency_hz - harmonic * mains_hz)
    return np.asarray((harmonic >= 1) & (off_hz <= MAINS_LINE_HZ + MAINS_OFF * frequency_hz))


def _coherence(slow: NDArray[np.float32], slow_hz: float) -> NDArray[np.float64]:
    """The median over ``ARRAY_HZ`` of the coherence of any two channels: lines that the mains bring do not count."""
    if slow.shape[0] == 1:
        return np.ones((1, 1))
    frame = round(FRAME_S * slow_hz)
    frames = np.lib.stride_tricks.sliding_window_view(slow, frame, axis=1)[:, :: frame // 2]
    spectra = np.fft.rfft(frames * np.hanning(frame).astype(np.float32))
    frequency_hz = np.fft.rfftfreq(frame, 1 / slow_hz)
    band = spectra[:, :, (frequency_hz >= ARRAY_HZ[0]) & (frequency_hz <= ARRAY_HZ[1])]
    cross = np.abs(np.einsum("afk,bfk->abk", band, band.conj())) ** 2
    own = np.einsum("aak->ak", cross) ** 0.5
    quotient = cross / np.maximum(own[:, None] * own[None, :], TINY**2)
    return np.asarray(np.median(quotient, axis=2), np.float64)
