"""Third octaves on the bench: what each band lets through of a tone, at any frequency, against its mask.

    slow bands    Σ |C(f, k)|² · |H(f + k/T)|²    C  what the change of rate makes of a tone: itself and what folds,
                                                     a line every 1/T, T its frame; measured, tone by tone
                                                  H  the band-pass at the slow rate
    fast bands    Σ |X(f)|² · W                   X  a frame of the tone, W the weights of its bins

A tone takes seconds to settle in the slow bands, hence the formulas; ``through_meter`` reads all bands from a whole
meter, at some frequencies, and has to agree. The reference attenuation (IEC 61260-1:2014, 5.9) is 0 dB everywhere.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from dsp.grid import Grid
from dsp.octaves import MID_HZ, NOMINAL_HZ, SLOW_BANDS, Fast, Slow, nominal_octaves, told_bands
from dsp.recursive import response
from dsp.tests import iec
from dsp.tests.class1 import AMPLITUDE, db, paired, seconds_of, tones
from dsp.tests.iec import Array, G

AN_OCTAVE = 72  # frequencies, 24 to a third (IEC 61260-2:2016, 7.2.1.4); middle and edges of every third are among them
LOWEST_HZ = 2.0
SETTLING_S = 3
THIRD, OCTAVE = 3, 1  # bands an octave


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """A band's name, middle and width, and the share of a tone's power that it tells at each frequency."""

    nominal_hz: float
    mid_hz: float
    an_octave: int
    frequency_hz: Array
    gain: Array

    @property
    def mask_margin_db(self) -> float:
        """The least distance to the mask of table 1, over all frequencies; negative is outside."""
        attenuation_db = -db(np.maximum(self.gain, 1e-30))
        return float(iec.mask_margin_db(self.frequency_hz / self.mid_hz, attenuation_db, self.an_octave).min())

    @property
    def bandwidth_db(self) -> float:
        """Deviation of the effective bandwidth (5.12): ∫ gain d ln f over ln G / b."""
        return float(db(self.gain.sum() / AN_OCTAVE * self.an_octave))


def ladder_hz(rate_hz: float) -> Array:
    """Frequencies of equal ratio through 1 kHz, up to half the rate."""
    first, last = (np.log(one / 1000) / np.log(G) * AN_OCTAVE for one in (LOWEST_HZ, rate_hz / 2))
    return np.asarray(1000 * G ** (np.arange(np.ceil(first), np.ceil(last)) / AN_OCTAVE))


@lru_cache
def thirds(rate_hz: float) -> list[Band]:
    """The third octaves that a rate has room for."""
    frequency_hz = ladder_hz(rate_hz)
    gains = np.hstack((_slow_gains(frequency_hz, rate_hz), _fast_gains(frequency_hz, rate_hz)))
    bands = zip(NOMINAL_HZ, MID_HZ.tolist(), gains.T, strict=False)
    return [Band(nominal, mid_hz, THIRD, frequency_hz, gain) for nominal, mid_hz, gain in bands]


def octaves(rate_hz: float) -> list[Band]:
    """The octaves that it has room for: each the sum of three thirds."""
    told = thirds(rate_hz)
    whole = [[told[one] for one in some] for some in nominal_octaves().values() if some[-1] < len(told)]
    return [
        Band(middle.nominal_hz, middle.mid_hz, OCTAVE, middle.frequency_hz, low.gain + middle.gain + high.gain)
        for low, middle, high in whole
    ]


def summed_db(rate_hz: float) -> Array:
    """Output of a band and its neighbours together, at each frequency within it (5.16); for each band that has two."""
    told, edge = thirds(rate_hz), AN_OCTAVE // 2 // THIRD
    found = []
    for low, middle, high in zip(told, told[1:], told[2:], strict=False):
        at = int(np.argmin(np.abs(middle.frequency_hz - middle.mid_hz)))
        found.append(db((low.gain + middle.gain + high.gain)[at - edge : at + edge + 1]))
    return np.array(found)


def through_meter(frequency_hz: Array, rate_hz: float) -> Array:
    """Gain of power of all bands at some frequencies, read from a whole meter: (frequencies, 31)."""
    heard = seconds_of(tones(frequency_hz, rate_hz, SETTLING_S + 1), rate_hz)[-1]
    return paired(heard.bands.sum(axis=1)) / (AMPLITUDE**2 * heard.duration_s)


def _slow_gains(frequency_hz: Array, rate_hz: float) -> Array:
    slow = Slow(Grid.of(rate_hz))
    frame_in, frame_out = slow.resample.kernel.shape[0] - slow.resample.past, slow.resample.kernel.shape[1]
    line_hz = rate_hz / frame_in
    made = np.stack([_lines(slow, one, rate_hz, frame_in) for one in frequency_hz])
    lines_hz = (frequency_hz[:, None] + line_hz * np.arange(frame_out)).ravel()
    passed = [np.abs(response(one, lines_hz, line_hz * frame_out)).reshape(made.shape) ** 2 for one in slow.sections]
    return np.stack([(made * one).sum(axis=1) for one in passed], axis=1)


def _lines(slow: Slow, frequency_hz: float, rate_hz: float, frame_in: int) -> Array:
    """Power of the lines that a tone of power 1 becomes at the slow rate; of three frames, the last has settled."""
    angle = 2 * np.pi * frequency_hz / rate_hz * np.arange(3 * frame_in)
    cosine, sine = (slow.resample.block(wave.reshape(3, -1))[-1] for wave in (np.cos(angle), np.sin(angle)))
    at = frame_in * (2 + np.arange(sine.size) / sine.size)
    still = (cosine + 1j * sine) * np.exp(-2j * np.pi * frequency_hz / rate_hz * at)
    return np.asarray(np.abs(np.fft.fft(still) / sine.size) ** 2)


def _fast_gains(frequency_hz: Array, rate_hz: float) -> Array:
    fast = Fast(Grid.of(rate_hz), MID_HZ[SLOW_BANDS : told_bands(rate_hz)])
    window = fast._window
    angle = 2 * np.pi / rate_hz * frequency_hz[:, None] * np.arange(window.size)
    spectra = np.fft.rfft(np.stack((np.cos(angle), np.sin(angle))) * window)
    return np.asarray((np.abs(spectra) ** 2 @ fast.weights).sum(axis=0) / (window @ window))
