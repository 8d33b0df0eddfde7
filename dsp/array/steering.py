"""The direction in which the phases of all pairs add up, how well that is known, and what else comes near.

    J(p) = Σ W cos(φ - k · p)          k = 2πf (r_i - r_j) / c, over pairs and frequencies

Searched on a grid by generalised cross-correlations (SRP-PHAT: J. DiBiase, thesis, Brown University, 2000), then
climbed by Newton's method on the phases themselves, so that neither samples nor grid bound what is found. How far the
scatter of the phases may have moved the top is told by its curvature and the scatter of the slopes (H. White,
Econometrica 50, 1982):  A⁻¹ B A⁻¹,  A = -J'',  B = Σ slope slopeᵀ over frequencies.
"""

from dataclasses import dataclass, replace

import numpy as np

from dsp.array.geometry import Array, Geometry
from dsp.array.phases import Phases

FINER = 8  # points of a correlation to a sample
STEP_RAD = 0.6  # phase between neighbours of the grid, of the mean square frequency at the ends of the array
CLIMBS = 12
NOISE_SHARE = 0.01
"""Of the weighted phases, that noise turns away; it weighs little. More of them is the work of echoes."""
LONGEST = 1.1  # a shadow longer than 1 is noise or cold air
NEAR = 1e-6  # the top is where a step is shorter
LOBES = 3  # that are looked at
HALF = 0.6  # of the highest point: a point of the grid may lie that much below a top that is nearly as high
LOBE = 6.0  # curvature times distance squared, in parts of the height, within which a point is of the same lobe


@dataclass(frozen=True, slots=True, eq=False)
class Peak:
    """A shadow ``p`` in which ``agreement`` of the weighted phases point, 0 to 1, with the covariance of ``p``."""

    shadow: Array
    agreement: float
    covariance: Array


@dataclass(frozen=True, slots=True, eq=False)
class Steering:
    """Phases and the delays that directions make."""

    geometry: Geometry
    phases: Phases
    speed_m_s: float

    def peaks(self) -> list[Peak]:
        """The highest first, and those that come near it; fewer where the others lead to the same."""
        stages = self._stages()
        points, heights = stages[0]._searched()
        found: list[Peak] = []
        least = HALF * heights.max()
        for _ in range(LOBES):
            if not heights.size or heights.max() < least:
                break
            peak, curvature = stages[0]._lobe(points[np.argmax(heights)])
            away = points - peak.shadow
            for stage in stages[1:]:
                peak = stage.climbed(peak.shadow)
            if not any(_same(peak, one) for one in found):
                found.append(peak)
            outside = np.einsum("ij,jk,ik->i", away, curvature, away) > LOBE
            outside &= np.arange(heights.size) != np.argmax(heights)
            points, heights = points[outside], heights[outside]
        return sorted(found, key=lambda peak: -peak.agreement)

    def _stages(self) -> "list[Steering]":
        """Of low frequencies, for which the finest grid is fine enough, then of twice as many, at last of all."""
        phases, stages = self.phases, [self]
        while stages[0]._spacing < self.geometry.finest:
            below = phases.frequency_hz <= stages[0].phases.frequency_hz[-1] / 2
            if not phases.weights[:, below].any():
                break
            lower = replace(
                phases, frequency_hz=phases.frequency_hz[below], phases=phases.phases[:, below],
                weights=phases.weights[:, below],
            )  # fmt: skip
            stages.insert(0, replace(self, phases=lower))
        return stages

    def _searched(self) -> tuple[Array, Array]:
        """A grid of shadows, and how high each stands."""
        phases = self.phases
        points = self.geometry.grid(self._spacing)
        lags = self.geometry.spans_m @ points.T / self.speed_m_s * phases.rate_hz * FINER
        correlations = self._correlations()
        at = np.rint(lags).astype(np.intp) % correlations.shape[1]
        return points, np.take_along_axis(correlations, at, axis=1).sum(axis=0)

    @property
    def _spacing(self) -> float:
        """Of shadows between which phases turn by ``STEP_RAD``."""
        weights = self.phases.weights.sum(axis=0)
        mean_hz = float(np.sqrt(np.sum(weights * self.phases.frequency_hz**2) / weights.sum()))
        return STEP_RAD * self.speed_m_s / (2 * np.pi * mean_hz * self.geometry.aperture_m / 2)

    def _correlations(self) -> Array:
        """Of each pair at all lags, ``FINER`` a sample, from lag 0 on and the negative ones at the end."""
        phases = self.phases
        across = np.zeros((len(self.geometry.pairs), phases.count * FINER // 2 + 1), np.complex128)
        bins = np.rint(phases.frequency_hz * phases.count / phases.rate_hz).astype(np.intp)
        across[:, bins] = (phases.weights * phases.phases).conj()
        return np.asarray(np.fft.irfft(across, phases.count * FINER))

    def climbed(self, shadow: Array) -> Peak:
        """The top above a point."""
        return self._lobe(shadow)[0]

    def _lobe(self, shadow: Array) -> tuple[Peak, Array]:
        """The top above a point, and its curvature in parts of its height."""
        longest = self._spacing
        for _ in range(CLIMBS):
            slopes, curvature, _ = self._around(shadow)
            step = np.linalg.solve(curvature, slopes.sum(axis=1))
            length = float(np.linalg.norm(step))
            shadow = shadow + step * min(1.0, longest / max(length, NEAR))
            shadow = shadow / max(1.0, float(np.linalg.norm(shadow)) / LONGEST)
            if length < NEAR:
                break
        slopes, curvature, height = self._around(shadow)
        inverse = np.linalg.inv(curvature)
        covariance = inverse @ (slopes @ slopes.T) @ inverse * self.phases.spread * self._freed(shadow.size)
        total = float(self.phases.weights.sum())
        agreement = height / total
        echoes = self.phases.echo_share**2 * 2 * max(1 - agreement - NOISE_SHARE, 0) * total * inverse
        return Peak(shadow, agreement, covariance + echoes), curvature / max(height, 1e-3 * total)

    def _freed(self, fitted: int) -> float:
        """By how much scatter is larger than what is left after ``fitted`` unknowns took their part of it."""
        curved = self.phases.weights.sum(axis=0) * self.phases.frequency_hz**2
        count = float(curved.sum() ** 2 / np.sum(curved**2)) / self.phases.spread
        return (count / max(count - fitted, 1.0)) ** 2

    def _around(self, shadow: Array) -> tuple[Array, Array, float]:
        """Slopes by frequency (rank, frequencies), curvature and height of J at ``shadow``."""
        waves = 2 * np.pi * self.phases.frequency_hz / self.speed_m_s
        turned = self.phases.phases * np.exp(-1j * np.outer(self.geometry.spans_m @ shadow, waves))
        weighted = self.phases.weights * turned
        slopes = self.geometry.spans_m.T @ (weighted.imag * waves)
        curved = np.maximum(weighted.real, 0.05 * self.phases.weights) @ waves**2
        curvature = (self.geometry.spans_m.T * curved) @ self.geometry.spans_m
        return slopes, curvature, float(weighted.real.sum())


def _same(one: Peak, other: Peak) -> bool:
    return bool(np.linalg.norm(one.shadow - other.shadow) < 0.02)
