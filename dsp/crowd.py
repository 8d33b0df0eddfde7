"""How much the last eight seconds sound like a crowd, in numbers; what is loud and what it is are told apart.

    seconds of VoiceBands ─┬─ the last 8 ─────────────┬─ level, spectrum, modulation, grain, steadiness
                           └─ the 10 minutes before ──┴─ floor: what is quieter in a tenth of the seconds

* Level: 250 Hz to 4 kHz, over the floor. The spectrum is that of what came on top of the floor.
* Spectrum: most of a voice's energy lies between 450 Hz and 1.8 kHz, spoken or shouted (spectra of ANSI S3.5-1997).
* Modulation at 2 to 8 Hz, the syllables: deep of one voice (H. Steeneken, T. Houtgast, J. Acoust. Soc. Am. 67, 1980),
  shallower by 1/√n of n that speak at once; the hiss of rain has hardly any. Faster modulation, 8 to 16 Hz, is that of
  rotors, engines and hands.
* Grain (:mod:`dsp.voice_bands`): of noise, of many, of one.

No words, no voices, no persons: levels of third octaves go in, and averages over eight seconds come out.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.levels import FLOOR_POWER, power_db
from dsp.limits import ANY, Limit
from dsp.octaves import WIDTH
from dsp.recursive import Array
from dsp.voice_bands import LOW_BANDS, TINY, VoiceBands, Voiced

WINDOW_S = 8  # some 16 periods of the slowest syllables: their modulation is known to a few dB
HISTORY_S = 600
LEAST_HISTORY_S = 10  # of a floor: less has no quietest tenth
FLOOR_SHARE = 0.1
SYLLABLES_HZ, FASTER_HZ = (2.0, 8.0), (8.0, 16.0)
OCTAVES = {"250": (0, 3), "500": (3, 6), "1000": (6, 9), "2000": (9, 13)}  # thirds from 250 Hz on; the last to 4 kHz
MIDDLE = slice(3, 9)  # 500 Hz to 1.6 kHz
NOISE_GRAIN = 1.8
"""Of Gaussian noise in n independent bins 2n / (n + 1): 1.7 in the 6 bins of 500 Hz, 1.9 in the 23 of 2 kHz."""
LEAST_COLOUR_DB = 60.0  # under the whole band: a third that is empty in a frame has no colour to speak of
LEAST_SHARE = 1e-4  # of a band's power is taken for what came on top of the floor, at least

LIKE = 10.0
LIMITS = (
    Limit("grain_db", 0.5, 2.7, 20, "its grain was {:.2f} dB over that of noise; one voice has 3 and more"),
    Limit("middle_db", -2.5, ANY, 5, "0.45-1.8 kHz held {:.1f} dB of the band's energy"),
    Limit("over_low_db", -3, ANY, 1, "0.25-4 kHz stood {:.1f} dB over 63-200 Hz"),
    Limit("syllables_db", -17, -2, 1, "syllables of 2-8 Hz modulated it by {:.1f} dB"),
    Limit("over_faster_db", 0, ANY, 1, "that is {:.1f} dB over the modulation at 8-16 Hz"),
    Limit("fluctuation_db", 2, 12, 1.5, "its thirds fluctuated {:.1f} dB more than noise does"),
    Limit("together", -1, 0.45, 20, "octaves rose and fell together by {:.2f} of 1"),
    Limit("colour_db", -ANY, 3.7, 6, "its colour changed by {:.1f} dB from frame to frame"),
    Limit("tone_db", -ANY, 7.5, 1.5, "one third stood {:.1f} dB over its neighbours"),
)
"""Set by hand, from what is said above, from synthetic voices (4 to 100 of them), and against all development
recordings; among those are only two of crowds. The bench in ``hil_tests`` says what they are worth on the rest."""


@dataclass(frozen=True, slots=True)
class Window:
    """The last ``WINDOW_S`` seconds: ``measures`` by name, and the likeness to a crowd, ``LIKE`` at most."""

    measures: dict[str, float]
    likeness: float


class Crowd:
    """Seconds of one channel; a hole begins a new window, and the floor outlives it."""

    def __init__(self, bands: VoiceBands) -> None:
        self._frame_s = bands.frame_s
        self._mid_hz = bands.mid_hz[LOW_BANDS:]
        self._window: deque[Voiced] = deque(maxlen=WINDOW_S)
        self._past = np.zeros((HISTORY_S, bands.mid_hz.size))
        self._known = 0  # seconds that went into it

    def second(self, heard: Voiced) -> Window | None:
        """The window that ends with this second; None where one is not full, the floor not known, or all is silent."""
        if not heard.whole:
            self._window.clear()
            return None
        if len(self._window) == WINDOW_S:
            self._past[self._known % HISTORY_S] = self._window[0].frames.mean(axis=0)
            self._known += 1
        self._window.append(heard)
        if len(self._window) < WINDOW_S or self._known < LEAST_HISTORY_S:
            return None
        frames = np.concatenate([one.frames for one in self._window])
        if frames[:, LOW_BANDS:].sum() <= FLOOR_POWER * len(frames):
            return None
        measures = self._measures(frames, self._floor())
        return Window(measures, LIKE - sum(limit.cost_db(measures[limit.measure]) for limit in LIMITS))

    def _floor(self) -> Array:
        past = self._past[: self._known]
        at = int(FLOOR_SHARE * len(past))
        return np.asarray(np.partition(past, at, axis=0)[at])

    def _measures(self, frames: Array, floor: Array) -> dict[str, float]:
        mean = frames.mean(axis=0)
        added = np.maximum(mean - floor, LEAST_SHARE * mean)
        level_db = float(power_db(mean[LOW_BANDS:].sum()))
        seconds = np.array([one.frames[:, LOW_BANDS:].sum() / len(one.frames) for one in self._window])
        return {
            "level_db": level_db,
            "over_floor_db": level_db - float(power_db(floor[LOW_BANDS:].sum())),
            "over_low_db": _db(added[LOW_BANDS:].sum() / max(added[:LOW_BANDS].sum(), TINY)),
            **_spectrum(added[LOW_BANDS:]),
            **self._modulation(frames[:, LOW_BANDS:], float(added[LOW_BANDS:].sum())),
            "grain_db": self._grain_db(),
            "steady_db": float(np.std(power_db(seconds))),
            "overload_s": sum(one.overload_s for one in self._window),
        }

    def _grain_db(self) -> float:
        weight = sum(one.grain_weight for one in self._window)
        return _db(sum(one.grain * one.grain_weight for one in self._window) / max(weight, TINY) / NOISE_GRAIN)

    def _modulation(self, voices: Array, added: float) -> dict[str, float]:
        power = voices.sum(axis=1)
        beat = _Beat(len(power), self._frame_s)
        syllables, faster = beat.variance(power / added, SYLLABLES_HZ), beat.variance(power / added, FASTER_HZ)
        thirds = beat.variance(voices / np.maximum(voices.mean(axis=0), TINY), SYLLABLES_HZ)
        octaves = np.stack([voices[:, first:behind].sum(axis=1) for first, behind in OCTAVES.values()], axis=1)
        colour_db = 10 * np.log10(np.maximum(voices[:, MIDDLE], TINY) / np.maximum(power, TINY)[:, None])
        return {
            "syllables_db": _db(2 * float(syllables)),
            "over_faster_db": _db(float(syllables) / max(float(faster), TINY)),
            "fluctuation_db": _db(float(np.median(thirds / self._noise_variance()))),
            "together": beat.together(np.log(np.maximum(octaves, TINY)), SYLLABLES_HZ),
            "colour_db": float(np.maximum(colour_db, -LEAST_COLOUR_DB).std(axis=0).mean()),
        }

    def _noise_variance(self) -> Array:
        """Of the power of Gaussian noise in each third, from 2 to 8 Hz, over the square of its mean.

        A frame of 1.5 hops' equivalent length has B · T degrees of freedom; its variance is spread up to half the
        frames' rate.
        """
        freedom = self._mid_hz * WIDTH * 1.5 * self._frame_s
        return (SYLLABLES_HZ[1] - SYLLABLES_HZ[0]) * 2 * self._frame_s / np.asarray(freedom)


class _Beat:
    """Modulation of ``frames`` frames, by a Hann window over all of them."""

    def __init__(self, frames: int, frame_s: float) -> None:
        self._window = np.hanning(frames + 2)[1:-1]
        self._hz = np.fft.rfftfreq(frames, frame_s)

    def _spectrum(self, rows: Array, band_hz: tuple[float, float]) -> NDArray[np.complex128]:
        centred = (rows - rows.mean(axis=0)).T * self._window
        inside = (self._hz >= band_hz[0]) & (self._hz <= band_hz[1])
        return np.asarray(np.fft.rfft(centred)[..., inside])

    def variance(self, rows: Array, band_hz: tuple[float, float]) -> Array:
        """What modulation in a band contributes to the variance of each column, shape (frames, …) to (…)."""
        spectrum = self._spectrum(rows, band_hz)
        whole = len(self._window) * float(np.sum(self._window**2))
        return np.asarray((spectrum.real**2 + spectrum.imag**2).sum(axis=-1) * 2 / whole)

    def together(self, rows: Array, band_hz: tuple[float, float]) -> float:
        """Mean correlation of the columns' modulation in a band, all pairs; 0 of columns that do not move."""
        spectrum = self._spectrum(rows, band_hz)
        covariance = (spectrum.conj() @ spectrum.T).real
        size = np.sqrt(np.maximum(np.diag(covariance), TINY))
        return float((covariance / np.outer(size, size))[np.triu_indices(len(size), 1)].mean())


def _spectrum(added: Array) -> dict[str, float]:
    """Of thirds from 250 Hz on: the share of the middle, and how far one stands over its neighbours."""
    each_db = 10 * np.log10(np.maximum(added, TINY))
    return {
        "middle_db": _db(float(added[MIDDLE].sum() / max(added.sum(), TINY))),
        "tone_db": float((each_db[1:-1] - (each_db[:-2] + each_db[2:]) / 2).max()),
    }


def _db(ratio: float) -> float:
    return 10 * float(np.log10(max(ratio, TINY)))
