"""The direction that a sound came from, how well that is known, and what else it may be.

samples ─┤ usable microphones ├─┤ gate, or average ├─┤ steered response ├─ shadows ─┤ air, places ├─ Direction
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.array.geometry import Array, Geometry, azimuth_deg, elevation_deg
from dsp.array.listening import Sound
from dsp.array.microphones import usable
from dsp.array.phases import Phases
from dsp.array.steering import Peak, Steering

NEARLY = 0.85
"""Of the highest peak's agreement: a second one so high may as well be the true one."""
LEAST_SIGMAS = 5.0
"""Above what phases of pure noise add up to; of thousands of directions the best reaches 4."""
UNKNOWN_DEG = 180 / 12**0.5  # sigma of an elevation of which nothing is known
ALL_ROUND_DEG = 360 / 12**0.5  # and of an azimuth
WHOLE_S = (0.01, 0.13)  # before and behind an onset that does not stand out
LONG = "no onset stands out: a longer window was averaged"


@dataclass(frozen=True, slots=True)
class Inexact:
    """Standard deviations of what is taken as known: places of microphones, each coordinate, and speed of sound.

    ``ground_deg`` is how far the ground's reflection, which no gate keeps out, pulls elevations.
    """

    place_m: float = 0.0
    speed_m_s: float = 0.0
    ground_deg: float = 0.0


EXACT = Inexact()


@dataclass(frozen=True, slots=True)
class Direction:
    """Azimuth clockwise from the array's y axis, elevation above its level; sigmas are standard deviations.

    ``ambiguous`` says in words why another direction may be as true, if so; ``azimuth_is_sure`` and
    ``elevation_is_sure`` tell which of the two that does not touch. ``others_deg`` are those other directions, azimuth
    and elevation. ``agreement`` is the share of the phases that point there, ``gated`` whether they are those of an
    onset, ``notes`` what was done otherwise than wished.
    """

    azimuth_deg: float
    elevation_deg: float
    azimuth_sigma_deg: float
    elevation_sigma_deg: float
    azimuth_is_sure: bool
    elevation_is_sure: bool
    ambiguous: tuple[str, ...]
    others_deg: tuple[tuple[float, float], ...]
    agreement: float
    gated: bool
    microphones: tuple[int, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoDirection:
    """Nothing can be told, and why."""

    reason: str
    notes: tuple[str, ...] = ()


def direction(
    samples: NDArray[np.floating],
    rate_hz: float,
    places_m: Array,
    *,
    onset: int | None = None,
    speed_m_s: float = 343.0,
    inexact: Inexact = EXACT,
) -> Direction | NoDirection:
    """Where ``samples`` (channels, n) came from; ``places_m`` (channels, 3): x right, y forward, z up.

    ``onset`` is the sample, to 10 ms, with which a bang began; some 0.1 s before it tell the noise. Without it the
    whole of the samples is averaged. ValueError where channels and places do not match.
    """
    if samples.ndim != 2 or places_m.shape != (samples.shape[0], 3):
        raise ValueError(f"samples of shape {samples.shape}, places of {places_m.shape}; expected (n, …) and (n, 3)")
    lines = np.asarray(samples, np.float64)
    found = usable(lines)
    if len(found.used) < 2:
        return NoDirection(f"{len(found.used)} of {len(lines)} microphones hear, and two are needed", found.faults)
    used = list(found.used)
    geometry = Geometry(np.asarray(places_m, np.float64)[used])
    if geometry.rank == 0:
        return NoDirection("all microphones are in one place", found.faults)
    sound = Sound(lines[used], rate_hz, geometry, speed_m_s)
    peaks = _of_onset(sound, onset) if onset is not None else []
    gated = bool(peaks)
    notes = found.faults if onset is None or gated else (*found.faults, LONG)
    peaks = peaks or _averaged(sound, onset)
    if not peaks:
        return NoDirection("no direction stands out of the noise", notes)
    return _Telling(geometry, speed_m_s, inexact).told(peaks, gated, found.used, notes)


def _of_onset(sound: Sound, about: int) -> list[Peak]:
    """Of the gate at an onset; none where no onset or no direction stands out."""
    onset = sound.onset(about)
    if onset is None:
        return []
    peaks = _peaks(sound, sound.bang(onset, np.zeros(sound.geometry.rank)))
    if not peaks:
        return []
    aligned = Steering(sound.geometry, sound.bang(onset, peaks[0].shadow), sound.speed_m_s)
    return [aligned.climbed(peaks[0].shadow), *peaks[1:]] if aligned.phases.weights.any() else peaks


def _averaged(sound: Sound, about: int | None) -> list[Peak]:
    """Of all samples, or of those around an onset that did not stand out."""
    first, last = 0, sound.lines.shape[1]
    if about is not None:
        first, last = (about + round(seconds * sound.rate_hz) for seconds in (-WHOLE_S[0], WHOLE_S[1]))
    phases = sound.lasting(first, last)
    return _peaks(sound, phases) if phases else []


def _peaks(sound: Sound, phases: Phases) -> list[Peak]:
    if not phases.weights.any():
        return []
    peaks = Steering(sound.geometry, phases, sound.speed_m_s).peaks()
    return peaks if peaks[0].agreement > LEAST_SIGMAS * phases.of_noise else []


@dataclass(frozen=True, slots=True, eq=False)
class _Telling:
    """From shadows to a direction in degrees."""

    geometry: Geometry
    speed_m_s: float
    inexact: Inexact

    def told(self, peaks: list[Peak], gated: bool, used: tuple[int, ...], notes: tuple[str, ...]) -> Direction:
        shadow, covariance = self._with_the_air(peaks[0])
        vector = self.geometry.directions(shadow[None])[0]
        azimuth, elevation = float(azimuth_deg(vector)), float(elevation_deg(vector))
        azimuth_sigma, elevation_sigma = self._sigmas(shadow, covariance)
        near = [one for one in peaks[1:] if one.agreement >= NEARLY * peaks[0].agreement]
        lobes = [self.geometry.directions(one.shadow[None])[0] for one in near]
        mirror = [self.geometry.mirrored(vector)] if self.geometry.rank < 3 else []
        sure = not self.geometry.is_upright, elevation_sigma < UNKNOWN_DEG
        others = [(float(azimuth_deg(one)), float(elevation_deg(one))) for one in (*mirror, *lobes)]
        return Direction(
            azimuth, elevation, azimuth_sigma, elevation_sigma,
            azimuth_is_sure=sure[0] and all(apart_deg(azimuth, other) <= azimuth_sigma for other, _ in others),
            elevation_is_sure=sure[1] and all(abs(elevation - o) <= elevation_sigma for _, o in others),
            ambiguous=(*self._mirrors(), *_lobes(len(near))),
            others_deg=tuple(others), agreement=peaks[0].agreement, gated=gated, microphones=used, notes=notes,
        )  # fmt: skip

    def _with_the_air(self, peak: Peak) -> tuple[Array, Array]:
        """The shadow and its covariance, with what is not known exactly.

        All delays are in proportion to the speed of sound. In space a direction's shadow is as long as the direction,
        1, so the length of what was found tells about the air, and the direction does not depend on it.
        """
        seen = self.geometry.centred @ self.geometry.basis
        covariance = peak.covariance + self.inexact.place_m**2 * np.linalg.inv(seen.T @ seen)
        scale = self.inexact.speed_m_s / self.speed_m_s
        covariance = covariance + scale**2 * np.outer(peak.shadow, peak.shadow)
        if self.geometry.rank < 3:
            return peak.shadow, covariance
        length = float(np.linalg.norm(peak.shadow))
        toward = peak.shadow / length
        gain = covariance @ toward / (toward @ covariance @ toward)
        return peak.shadow + gain * (1 - length), covariance - np.outer(gain, toward @ covariance)

    def _sigmas(self, shadow: Array, covariance: Array) -> tuple[float, float]:
        """Of azimuth and elevation, by how far one sigma on each principal axis turns the direction."""
        vector = self.geometry.directions(shadow[None])[0]
        variances, axes = np.linalg.eigh(covariance)
        steps = (np.sqrt(np.maximum(variances, 0)) * axes).T
        turned = np.stack([self.geometry.directions(shadow + side * steps) for side in (-1, 1)])
        azimuths = (azimuth_deg(turned) - azimuth_deg(vector) + 180) % 360 - 180
        elevations = elevation_deg(turned) - elevation_deg(vector)
        azimuth, elevation = (float(np.sqrt(np.sum(np.max(one**2, axis=0)))) for one in (azimuths, elevations))
        if self.geometry.rank == 1:
            return (ALL_ROUND_DEG, elevation) if self.geometry.is_upright else (azimuth, UNKNOWN_DEG)
        return azimuth, float(np.hypot(elevation, self.inexact.ground_deg))

    def _mirrors(self) -> tuple[str, ...]:
        if self.geometry.rank == 3:
            return ()
        if self.geometry.rank == 1:
            return ("a line of microphones tells a cone of directions",)
        return ("a plane of microphones does not tell a direction from its mirror image",)


def _lobes(near: int) -> tuple[str, ...]:
    return (f"{near} other direction{'s' * (near > 1)} nearly as likely",) if near else ()


def apart_deg(one: float, other: float) -> float:
    """Between two azimuths, 0 to 180."""
    return abs((one - other + 180) % 360 - 180)
