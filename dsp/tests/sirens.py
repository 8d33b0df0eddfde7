"""Sirens that tests and benches feed to the detector: tones made from a course of frequency over time.

    course f(t)  ──┤ φ = 2π ∫ f dt ├──┤ Σ harmonics, aₙ sin nφ ├──┤ Doppler, echo ├──  rms 1

What each country's siren plays is in ``COUNTRIES``, with where it was read; rates without a source are guesses around
those with one, and ``varied`` spreads them all.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

SOUND_M_S = 340.0


@dataclass(frozen=True, slots=True)
class Siren:
    """``low_hz`` to ``high_hz`` and back, ``cycles_hz`` times a second; ``shape`` names the course between them."""

    name: str
    low_hz: float
    high_hz: float
    cycles_hz: float
    shape: str  # "steps", "triangle", "sine" or "fade": up quickly, down slowly, as motors do
    harmonics: tuple[float, ...] = (1.0, 0.1, 0.33, 0.05, 0.2)  # about a square wave through a horn
    pause_s: float = 0.0


HORN = (0.5, 0.8, 1.0, 0.8, 0.6, 0.4)
"""Compressed-air and membrane horns are loudest at 1 to 2 kHz, some octaves over what they play."""

COUNTRIES = (
    Siren("two-tone DE town", 410, 547, 0.66, "steps", HORN),  # colliseum.net; rate as in Switzerland
    Siren("two-tone DE land", 362, 483, 0.66, "steps", HORN),  # the same
    Siren("two-tone CH", 415, 554, 0.66, "steps", HORN, 0.1),  # swiss-firefighters.ch: G#, C#, twice in 2.5 to 3.5 s
    Siren("two-tone NL", 375, 500, 0.7, "steps"),  # opennieuwsbank.nl, Rijksoverheid 2009-01-13
    Siren("two-tone FR police", 435, 580, 55 / 60, "steps"),  # gigeoju.eklablog.com after 12volts.eu: 50 to 60 a minute
    Siren("two-tone FR gendarmes", 435, 732, 55 / 60, "steps"),  # the same
    Siren("two-tone FR ambulance", 435, 651, 55 / 60, "steps"),  # the same
    Siren("two-tone FR fire", 435, 488, 27 / 60, "steps"),  # the same: 25 to 30 a minute
    Siren("wail slow", 600, 1400, 12 / 60, "triangle"),  # infostance.fr: 12 a minute
    Siren("wail", 650, 1350, 0.35, "sine"),
    Siren("wail motor", 450, 1150, 0.15, "fade"),
    Siren("yelp FR", 600, 1400, 72 / 60, "triangle"),  # infostance.fr: 72 a minute
    Siren("yelp", 650, 1450, 3.2, "triangle"),
    Siren("yelp fast", 650, 1800, 4.2, "fade"),  # rauwers.be on Federal Signal: 650 to 1800 Hz
)


def course_hz(siren: Siren, time_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """The fundamental at each time, on a scale of octaves between its ends."""
    phase = (time_s * siren.cycles_hz) % 1.0
    between = {
        "steps": (phase >= 0.5).astype(np.float64),
        "triangle": 1 - np.abs(1 - 2 * phase),
        "sine": (1 - np.cos(2 * np.pi * phase)) / 2,
        "fade": np.where(phase < 0.3, phase / 0.3, (1 - phase) / 0.7),
    }[siren.shape]
    return np.asarray(siren.low_hz * (siren.high_hz / siren.low_hz) ** between)


def sound(siren: Siren, rate_hz: int, seconds: float, *, first_s: float = 0.0) -> NDArray[np.float64]:
    """What the siren sends out from ``first_s`` of its cycle on, rms about 1; nothing above half the rate."""
    time_s = first_s + np.arange(round(seconds * rate_hz)) / rate_hz
    hz = course_hz(siren, time_s)
    return _voice(siren, hz, time_s, rate_hz)


def passing(
    siren: Siren, rate_hz: int, seconds: float, *, speed_m_s: float, off_m: float, first_s: float = 0.0
) -> NDArray[np.float64]:
    """The same on a car that passes ``off_m`` metres away in the middle: shifted, and louder near by; rms 1."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    apart_m = np.hypot((time_s - seconds / 2) * speed_m_s, off_m)
    sent_s = time_s - apart_m / SOUND_M_S  # to first order in speed over sound
    slower = np.gradient(sent_s, 1 / rate_hz)
    hz = course_hz(siren, first_s + 10 + sent_s) * slower
    heard = _voice(siren, hz, first_s + 10 + sent_s, rate_hz) * off_m / apart_m
    return np.asarray(heard / np.sqrt(np.mean(heard**2)))


def echoed(
    signal: NDArray[np.float64], rate_hz: int, *, late_s: float = 0.15, share: float = 0.7
) -> NDArray[np.float64]:
    """With a façade's echo, so much later and so much weaker."""
    late = round(late_s * rate_hz)
    return signal + share * np.concatenate((np.zeros(late), signal[: signal.size - late]))


def varied(siren: Siren, rng: np.random.Generator) -> Siren:
    """With its rate changed by up to a fifth and its tones by up to 3 %, at random."""
    tune = rng.uniform(0.97, 1.03)
    cycles_hz = siren.cycles_hz * rng.uniform(0.8, 1.2)
    return replace(siren, low_hz=siren.low_hz * tune, high_hz=siren.high_hz * tune, cycles_hz=cycles_hz)


def _voice(siren: Siren, hz: NDArray[np.float64], time_s: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:
    phase = 2 * np.pi * np.cumsum(hz) / rate_hz
    numbers = range(1, len(siren.harmonics) + 1)
    loud = zip(numbers, siren.harmonics, strict=True)
    voice = sum((a * np.sin(n * phase) * (n * hz < 0.45 * rate_hz) for n, a in loud), np.zeros(hz.size))
    pausing = (time_s * siren.cycles_hz * 2) % 1.0 < siren.pause_s * siren.cycles_hz * 2
    return np.asarray(np.where(pausing, 0, voice) / np.sqrt(np.sum(np.square(siren.harmonics)) / 2))
