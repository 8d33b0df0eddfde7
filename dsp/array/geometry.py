"""What an array can tell by the places of its microphones, and the way from there to azimuth and elevation.

         y  forward                      p = Bᵀ u     what the array sees of a direction u: its shadow in the
         │   / azimuth, clockwise                     space B that the microphones span
         │  /
    ─────┼───── x  right                 space  3   any direction
         │                               plane  2   u or its mirror image: a level array knows no up from down
         z  up, to the reader            line   1   a cone of directions

Delays tell ``p`` and no more. A far source is assumed: on 10 cm the wave front of 5 m is bent by 1/4 mm.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FLAT = 0.05
"""Share of the largest extent that counts as none: it would tell a direction twenty times worse."""
UPRIGHT = 0.2  # level share of a line, 12°, below which it stands
MOST_POINTS = 4000  # of a grid of directions; a search of so many takes a few ms
GOLDEN_RAD = np.pi * (3 - 5**0.5)


@dataclass(frozen=True, eq=False)
class Geometry:
    """Places of microphones in metres, shape (n, 3): x right, y forward, z up."""

    places: Array

    @cached_property
    def centred(self) -> Array:
        """Places about their middle."""
        return np.asarray(self.places - self.places.mean(axis=0))

    @cached_property
    def _axes(self) -> tuple[Array, int]:
        _, extents, axes = np.linalg.svd(self.centred, full_matrices=True)
        return axes, int(np.count_nonzero(extents > FLAT * max(extents[0], 1e-9)))

    @property
    def rank(self) -> int:
        """Dimensions that the microphones span: 0 to 3."""
        return self._axes[1]

    @property
    def basis(self) -> Array:
        """Orthonormal columns that span them, shape (3, rank)."""
        axes, rank = self._axes
        return axes[:rank].T

    @cached_property
    def pairs(self) -> NDArray[np.intp]:
        """Each two microphones, shape (pairs, 2)."""
        return np.stack(np.triu_indices(len(self.places), 1), axis=1)

    @cached_property
    def spans_m(self) -> Array:
        """From the second to the first of each pair, in the array's own space, shape (pairs, rank)."""
        first, second = self.pairs.T
        return np.asarray((self.centred[first] - self.centred[second]) @ self.basis)

    @cached_property
    def aperture_m(self) -> float:
        """The largest distance of two microphones."""
        return float(np.linalg.norm(self.spans_m, axis=1).max())

    @property
    def finest(self) -> float:
        """The spacing that a grid can have."""
        return float(
            {1: 2 / MOST_POINTS, 2: (np.pi / MOST_POINTS) ** 0.5, 3: (4 * np.pi / MOST_POINTS) ** 0.5}[self.rank]
        )

    @property
    def is_upright(self) -> bool:
        """Whether it is a line that stands, and tells nothing of azimuth."""
        return self.rank == 1 and float(np.linalg.norm(self.basis[:2])) < UPRIGHT

    def grid(self, spacing: float) -> Array:
        """Shadows of all directions, about ``spacing`` apart, shape (points, rank); ``MOST_POINTS`` of them at most."""
        if self.rank == 1:
            return np.linspace(-1, 1, _points(2 / spacing))[:, None]
        if self.rank == 2:
            turn = np.arange(count := _points(np.pi / spacing**2))
            return _polar(np.sqrt((turn + 0.5) / count), turn * GOLDEN_RAD)
        height = 1 - 2 * (np.arange(count := _points(4 * np.pi / spacing**2)) + 0.5) / count
        return np.column_stack((_polar(np.sqrt(1 - height**2), GOLDEN_RAD * np.arange(count)), height))

    def directions(self, shadows: Array) -> Array:
        """Unit vectors that have these ``shadows`` (points, rank), and of several the one that :func:`_rise` tells.

        A shadow longer than 1, which no direction has, is that of a direction in the array's own space. A line is
        taken to point at a source as high as itself.
        """
        length = np.linalg.norm(shadows, axis=1, keepdims=True)
        shadows = shadows / np.maximum(length, 1)
        if self.rank == 3:
            return np.asarray(shadows / np.maximum(np.linalg.norm(shadows, axis=1, keepdims=True), 1e-9) @ self.basis.T)
        missing = np.sqrt(np.maximum(1 - np.sum(shadows**2, axis=1, keepdims=True), 0))
        return np.asarray(shadows @ self.basis.T + missing * self.across)

    @cached_property
    def across(self) -> Array:
        """The unit vector out of a plane, or out of a line: downward or level, where the street is."""
        axes, rank = self._axes
        if rank == 2:
            return np.asarray(-axes[2] if axes[2, 2] > 0 else axes[2])
        level = np.cross(axes[0], (0.0, 0.0, 1.0))
        length = float(np.linalg.norm(level))
        return np.asarray(level / length if length > FLAT else axes[1])

    def mirrored(self, direction: Array) -> Array:
        """The other direction with the same shadow, of a plane or a line."""
        return np.asarray(direction - 2 * (direction @ self.across) * self.across)


def _points(wanted: float) -> int:
    return int(np.clip(wanted, 9, MOST_POINTS))


def _polar(radius: NDArray[np.floating], angle: NDArray[np.floating]) -> Array:
    """Points spread evenly by the golden angle (H. Vogel, Math. Biosci. 44, 1979)."""
    return np.stack((radius * np.cos(angle), radius * np.sin(angle)), axis=1)


def azimuth_deg(directions: Array) -> Array:
    """Clockwise from y, 0 to 360, of unit vectors (…, 3)."""
    return np.asarray(np.degrees(np.arctan2(directions[..., 0], directions[..., 1])) % 360)


def elevation_deg(directions: Array) -> Array:
    """Above the level, -90 to 90."""
    return np.asarray(np.degrees(np.arcsin(np.clip(directions[..., 2], -1, 1))))
