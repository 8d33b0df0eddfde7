"""Our sound level meter, its stages one by one, and the floors: what no meter of this kind does without."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dsp import weighting
from dsp.grid import Grid
from dsp.meter import Meter
from dsp.octaves import MID_HZ, SLOW_BANDS, Fast, Slow, told_bands
from dsp.peak import TruePeak
from dsp.recursive import Recursive
from dsp.time_weighting import TimeWeighting
from edge.cli._throughput import NOT_A_LEVEL, RATE_HZ, Sound, Way, blocks

Array = NDArray[np.float64]
FRAME = 2400  # samples of a transform, 50 ms


def ours() -> Way:
    """The whole meter."""
    meter = Meter(RATE_HZ, 1)

    def hear(sound: Sound) -> float:
        heard = [second for block in blocks(sound) for second in meter.feed(block[None])]
        return float(10 * np.log10(sum(one.exposure[0, 0] for one in heard) / sum(one.duration_s for one in heard)))

    return Way(
        "whole meter", "ours", "A, C, Z, Fast, Slow, Impulse, true peak, 31 thirds each eighth of a second", hear
    )


def stages() -> list[Way]:
    """What the meter is made of, each fed with whole seconds."""
    grid = Grid.of(RATE_HZ)
    part = grid.part()
    both = Recursive([weighting.system(RATE_HZ)], part.step, part.steps)
    times, peak, slow = TimeWeighting(part), TruePeak(part), Slow(grid)
    fast = Fast(grid, MID_HZ[SLOW_BANDS : told_bands(RATE_HZ)])
    parts: dict[str, Callable[[Array], object]] = {
        "weightings A and C": lambda second: [both.block(one) for one in second.reshape(-1, part.steps, part.step)],
        "Fast, Slow, Impulse": lambda second: [
            times.block(one * one) for one in second.reshape(-1, part.steps, part.step)
        ],
        "true peak": lambda second: [peak.block(one, one.size) for one in second.reshape(-1, part.second)],
        "thirds to 1.25 kHz": slow.second,
        "thirds from 1.6 kHz": fast.second,
    }
    return [_by_seconds(name, "stage", "a part of the whole", work) for name, work in parts.items()]


def floors() -> list[Way]:
    """One pass of SciPy's filter, and one of NumPy's transform, over the same samples."""
    from scipy.signal import sosfilt

    sections = weighting.sections(RATE_HZ)
    state = np.zeros((len(sections), 2))

    def one_pass(second: Array) -> None:
        state[:] = sosfilt(sections, second, zi=state)[1]

    return [
        _by_seconds("one sosfilt pass", "floor", "three sections over the samples", one_pass),
        _by_seconds("one rfft pass", "floor", "the samples once", lambda one: np.fft.rfft(one.reshape(-1, FRAME))),
    ]


def _by_seconds(name: str, kind: str, words: str, work: Callable[[Array], object]) -> Way:
    def hear(sound: Sound) -> float:
        for second in sound.astype(np.float64).reshape(-1, RATE_HZ):
            work(second)
        return NOT_A_LEVEL

    return Way(name, kind, words, hear)
