"""The first stage of hearing a bang: an adaptive trigger that proposes onsets, and is nearly free.

    any rate ─┤ 83 Hz … 5.3 kHz at 12 kHz ├─┤ 4 bands, 16 ms every 4 ms ├─┤ rise over floor ├─┐
                                                                             Proposal ─┤ onset ├─┤ peaks ├─┘

It says that something began abruptly and broadly, as a muzzle blast does; what it was is for ``dsp.classifier`` to say.
One low-pass for all rates keeps a recording's bandwidth from deciding.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dsp.bands import Bands
from dsp.blocks import Blocks
from dsp.features import Impulse, impulse
from dsp.filters import BandPass
from dsp.levels import FLOOR_DB
from dsp.onset import Rise, first_arrival, peaks, two_largest

HOP = 48  # samples at 12 kHz: 4 ms
FRAME = 4 * HOP  # 16 ms
HOPS_A_SECOND = 250
RATE_HZ = HOP * HOPS_A_SECOND
RATES_HZ = (8_000, 96_000)  # below, the top band is lost; above, no microphone's front-end works
BLOCK_HOPS = 25
"""Work is done 100 ms at a time: fewer calls a second cost less, and an alarm is not much later for it."""

BANDS_HZ = (120, 400, 1000, 2400, 5200)
CORNER_HZ = RATE_HZ / 2
RUMBLE_S = 6e-3  # what is slower than 1 / 12 ms = 83 Hz is wind and engines
TAU_HOPS = 0.15 * HOPS_A_SECOND
"""A floor of 0.15 s follows a passing car, and has forgotten a shot when the next round comes."""

APART_HOPS = 6  # 24 ms: the direct sound is found also when a louder echo follows it
BEFORE = 115 * HOP  # 0.46 s of what was before
AFTER = 125 * HOP  # 0.5 s of the sound itself
SEARCH = 5 * HOP  # 20 ms: how far before a frame the onset may lie
BEFORE_HOPS = (BEFORE + FRAME + SEARCH) // HOP
AFTER_HOPS = AFTER // HOP
HELD_HOPS = BEFORE_HOPS + BLOCK_HOPS + AFTER_HOPS
WARM_HOPS = 8  # 32 ms: until filter (12 ms) and frame (16 ms) are full of signal
MARGIN = 8  # samples: fewer say nothing about a variance

NOISE = (600, 24)  # samples before the onset, 50 ms to 2 ms: what the sound came out of
SOUND = 2208  # samples of the sound itself, 184 ms
CANDIDATE_DB = 6.0
"""Proposes all of 962 clear onsets of the live-fire recordings, and some 1,500 an hour in a street."""
STEADY_BLOCKS = 5  # 0.5 s: the rhythm at which sounds without an onset are looked at


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """Something may have begun at input sample ``onset``.

    ``line`` is the sound at ``RATE_HZ``, ``BEFORE`` samples before the onset and ``AFTER`` behind it, valid for good;
    ``rises_db`` is how far each of ``BANDS_HZ`` rose above its floor, ``levels_db`` how loud it was. A ``steady`` one
    is no onset: it is there because half a second has passed.
    """

    onset: int
    line: NDArray[np.float32]
    rises_db: NDArray[np.float64]
    levels_db: NDArray[np.float64]
    steady: bool = False

    @property
    def rise_db(self) -> float:
        """The strength of the proposal: the mean of the two bands that rose most."""
        return float(two_largest(self.rises_db[None])[0])

    def shape(self) -> Impulse:
        """How the sound begins and ends."""
        before = self.line[BEFORE - NOISE[0] : BEFORE - NOISE[1]]
        return impulse(before, self.line[BEFORE - RATE_HZ // 1000 : BEFORE + SOUND], rate_hz=RATE_HZ)


class LineTrigger:
    """Onsets in a line at ``RATE_HZ`` that is filtered already, counted in its samples."""

    def __init__(self) -> None:
        self._bands = Bands(RATE_HZ, frame=FRAME, hop=HOP, edges_hz=BANDS_HZ)
        self._rise = Rise(BLOCK_HOPS, tau_hops=TAU_HOPS, delay_hops=FRAME // HOP, warm_hops=WARM_HOPS)
        self._line = np.zeros(HELD_HOPS * HOP, np.float32)
        self._levels_db = np.full((HELD_HOPS, len(BANDS_HZ) - 1), FLOOR_DB)
        self._rises_db = np.zeros_like(self._levels_db)
        self._first = -HELD_HOPS * HOP
        self._blocks = 0

    def block(self, line: NDArray[np.float32]) -> Iterator[Proposal]:
        """Proposals completed by the next ``BLOCK_HOPS`` * ``HOP`` samples of the line."""
        self._hold(line)
        rises = self._rises_db[BEFORE_HOPS - APART_HOPS : BEFORE_HOPS + BLOCK_HOPS + APART_HOPS]
        for peak in peaks(two_largest(rises), apart=APART_HOPS, least=CANDIDATE_DB):
            yield self._proposal(int(peak) + BEFORE_HOPS - APART_HOPS)
        if self._blocks % STEADY_BLOCKS == 0 and self._first >= 0:
            yield self._at(BEFORE_HOPS, BEFORE_HOPS * HOP, steady=True)

    def _hold(self, line: NDArray[np.float32]) -> None:
        levels_db = self._bands.block(line)
        self._line = np.concatenate((self._line[line.size :], line))
        self._levels_db = np.concatenate((self._levels_db[BLOCK_HOPS:], levels_db))
        self._rises_db = np.concatenate((self._rises_db[BLOCK_HOPS:], self._rise.block(levels_db)))
        self._first += line.size
        self._blocks += 1

    def _proposal(self, hop: int) -> Proposal:
        """What is proposed where the rise peaks at row ``hop`` of what is held."""
        frame_end = (hop + 1) * HOP
        search = frame_end - FRAME - SEARCH
        onset = search + first_arrival(self._line[search:frame_end], margin=MARGIN)
        return self._at(hop, onset, steady=False)

    def _at(self, hop: int, onset: int, *, steady: bool) -> Proposal:
        line = self._line[onset - BEFORE : onset + AFTER]
        return Proposal(self._first + onset, line, self._rises_db[hop], self._levels_db[hop], steady)


class Trigger:
    """Onsets in one channel at any rate, each told at most 0.62 s after it; none in the first 0.03 s of a signal.

    ValueError for a rate outside ``RATES_HZ``. Hops are whole samples, so at 44.1 kHz and its parts "12 kHz" is 0.2 %
    off.
    """

    def __init__(self, rate_hz: float) -> None:
        if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
            raise ValueError(f"{rate_hz:g} samples a second; the detector takes {RATES_HZ[0]} to {RATES_HZ[1]}")
        self.hop_in = round(rate_hz / HOPS_A_SECOND)
        self._blocks = Blocks(self.hop_in * BLOCK_HOPS)
        self._band_pass = BandPass(rate_hz, hop_in=self.hop_in, hop_out=HOP, corner_hz=CORNER_HZ, rumble_s=RUMBLE_S)
        self._trigger = LineTrigger()
        self._fed = 0

    def feed(self, samples: NDArray[np.float32]) -> list[Proposal]:
        """Proposals completed by ``samples``, shape (n,), full scale ±1.0; what is no number is silence.

        ValueError for another shape.
        """
        if samples.ndim != 1:
            raise ValueError(f"samples of shape {samples.shape}; a detector hears one channel, shape (n,)")
        self._fed += samples.size
        samples = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
        return [found for block in self._blocks.feed(samples) for found in self._block(block)]

    def close(self) -> list[Proposal]:
        """Proposals that the end completes; the last sample is held on, so that the end itself makes no sound."""
        end, rest = self._fed, self._blocks.rest()
        held_on = np.full(self.hop_in * (AFTER_HOPS + 2 * BLOCK_HOPS) - rest.size, self._blocks.last())
        return [found for found in self.feed(held_on) if found.onset < end]

    def _block(self, samples: NDArray[np.float32]) -> Iterator[Proposal]:
        for found in self._trigger.block(self._band_pass.block(samples)):
            yield replace(found, onset=self._sample(found.onset))

    def _sample(self, position: int) -> int:
        """The input sample at a ``position`` of the line."""
        return max(0, round(position / HOP * self.hop_in) - self._band_pass.delay)
