"""What bangs in a street, as spectra: pressure at 1 m, time zero at the bang.

    p │█            Friedlander's blast wave (Proc. R. Soc. A 186, 1946):
      │██▄             p(t) = P (1 - t/T) e^(-t/T),  t ≥ 0
    ──┴─T▀▄▄▄▄▄──      S(f) = P T · jωT / (1 + jωT)²      falls 6 dB an octave above 1 / 2πT
           ▀▀▀▀

A spectrum is exact at any rate and delay, where a sampled edge would not be. Peaks: a 9 mm pistol gives about 150 dB
at 1 m off its axis (R. Maher, S. Shaw, AES 33rd Conf., 2008, at 1 to 30 m).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PISTOL_PA = 600.0  # 20 log10(600 / 20e-6) = 150 dB
PISTOL_S = 0.25e-3  # most power at 1 / 2πT = 640 Hz, as in the live fire in Pittsburgh (400 to 800 Hz)
SHELL_PA = 400.0
SHELL_S = 1.2e-3  # more powder, slower: a duller bang
SPARK_PA = 40.0
SPARK_S = 0.1e-3
SPARKS = 60
CRACKLE_S = (0.25, 1.5)  # after the bang
WHISTLE_PA = 4.0
WHISTLE_S = 1.2  # until the bang
WHISTLE_HZ = (1500.0, 3500.0)


@dataclass(frozen=True, slots=True)
class Span:
    """How long before and after the bang a source and its reverberation sound."""

    before_s: float
    after_s: float


SPANS = {"gunshot": Span(0.02, 1.98), "firework": Span(1.5, 3.5)}


def spectrum(kind: str, rate_hz: float, count: int, rng: np.random.Generator) -> NDArray[np.complex128]:
    """Spectrum at the ``count``-point Fourier frequencies of a source of ``kind``, a name in ``SPANS``."""
    frequency_hz = np.fft.rfftfreq(count, 1 / rate_hz)
    bang = blast(frequency_hz, PISTOL_PA, PISTOL_S) if kind == "gunshot" else _firework(rate_hz, count, rng)
    return bang * rate_hz * _anti_alias(frequency_hz, rate_hz)


def blast(frequency_hz: NDArray[np.floating], peak_pa: float, positive_s: float) -> NDArray[np.complex128]:
    """Fourier transform of a blast wave, Pa·s."""
    phase = 2j * np.pi * frequency_hz * positive_s
    return np.asarray(peak_pa * positive_s * phase / (1 + phase) ** 2)


def _firework(rate_hz: float, count: int, rng: np.random.Generator) -> NDArray[np.complex128]:
    """A rocket's whistle, its shell, and the crackle of its stars."""
    frequency_hz = np.fft.rfftfreq(count, 1 / rate_hz)
    stars = np.zeros(count)
    stars[np.round(rng.uniform(*CRACKLE_S, SPARKS) * rate_hz).astype(int)] = rng.uniform(0.3, 1, SPARKS)
    crackle = np.fft.rfft(stars) * blast(frequency_hz, SPARK_PA, SPARK_S)
    return np.fft.rfft(_whistle(rate_hz, count)) / rate_hz + blast(frequency_hz, SHELL_PA, SHELL_S) + crackle


def _whistle(rate_hz: float, count: int) -> NDArray[np.float64]:
    """A tone that swells and climbs until the bang; what is before time zero wraps to the end of the line."""
    until_s = np.arange(round(WHISTLE_S * rate_hz), 0, -1) / rate_hz
    share = 1 - until_s / WHISTLE_S
    low_hz, high_hz = WHISTLE_HZ
    turns = WHISTLE_S * (low_hz * share + (high_hz - low_hz) * share**2 / 2)
    line = np.zeros(count)
    line[count - share.size :] = WHISTLE_PA * np.sin(np.pi * share) ** 2 * np.sin(2 * np.pi * turns)
    return line


def _anti_alias(frequency_hz: NDArray[np.floating], rate_hz: float) -> NDArray[np.float64]:
    """The converter's low-pass, a raised cosine from 0.4 to 0.5 of the rate."""
    share = np.clip((frequency_hz / rate_hz - 0.4) / 0.1, 0, 1)
    return np.asarray((1 + np.cos(np.pi * share)) / 2)
