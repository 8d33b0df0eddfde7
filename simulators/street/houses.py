"""Houses that sound does not pass: boxes on the ground, with walls that mirror.

        north                 Below the ground the block is mirrored: a way by way of the ground, unfolded, is
     ┌─────────┐ height       straight, and what stands in it stands there upside down.
west │         │ east
     └─────────┘
        south
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

SKIN_M = 1e-3  # what slides along a wall does not pass it
PARALLEL_M = 1e-9
TALLEST_M = 500.0


@dataclass(frozen=True, slots=True)
class House:
    """Metres, in the block's coordinates."""

    west: float
    east: float
    south: float
    north: float
    height: float

    def __post_init__(self) -> None:
        if not (self.west < self.east and self.south < self.north and 0 < self.height <= TALLEST_M):
            raise ValueError(f"a house has west below east, south below north, and a height of up to {TALLEST_M:g} m")

    def holds(self, x: float, y: float, z: float, margin_m: float = 0.0) -> bool:
        """Whether a point is inside, or less than ``margin_m`` outside."""
        beside_m = max(self.west - x, x - self.east, self.south - y, y - self.north)
        return beside_m < margin_m and z < self.height + margin_m


@dataclass(frozen=True, slots=True)
class Wall:
    """The wall at ``at`` of ``axis`` (0: x, 1: y), from ``low`` to ``high`` of the other; ``outwards`` is -1 or 1."""

    axis: int
    at: float
    outwards: int
    low: float
    high: float
    height: float

    def faces(self, point: NDArray[np.float64]) -> bool:
        """Whether a point is on the street's side."""
        return bool((point[self.axis] - self.at) * self.outwards > 0)

    def mirrored(self, point: NDArray[np.float64]) -> NDArray[np.float64]:
        """A point's image behind it."""
        image = point.copy()
        image[self.axis] = 2 * self.at - point[self.axis]
        return image

    def met(self, image: NDArray[np.float64], point: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """Where the line from an image behind it to ``point`` passes through it, if it does."""
        before, behind = point[self.axis] - self.at, self.at - image[self.axis]
        if before * behind <= 0:
            return None
        met = image + (point - image) * (behind / (before + behind))
        inside = self.low <= met[1 - self.axis] <= self.high and abs(met[2]) <= self.height
        return np.asarray(met) if inside else None


class Houses:
    """All of a block's."""

    def __init__(self, houses: Sequence[House]) -> None:
        plan = np.array([((h.west, h.south), (h.east, h.north)) for h in houses]).reshape(-1, 2, 2)
        self.heights_m = np.array([h.height for h in houses])
        self._low = np.column_stack((plan[:, 0] + SKIN_M, SKIN_M - self.heights_m))
        self._high = np.column_stack((plan[:, 1] - SKIN_M, self.heights_m - SKIN_M))
        self.walls = tuple(wall for house in houses for wall in _walls(house))
        self.corners = _corners(houses)

    def passed(
        self, start: NDArray[np.float64], stop: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Where, as shares of the way, straight ways enter and leave each house: shape (…, houses); if enter < leave.

        ``start`` and ``stop`` have shape (…, 3), or (…, 2): in plan, through houses without end above.
        """
        axes = start.shape[-1]
        way = (stop - start)[..., None, :]
        way = np.where(np.abs(way) < PARALLEL_M, PARALLEL_M, way)
        low = (self._low[:, :axes] - start[..., None, :]) / way
        high = (self._high[:, :axes] - start[..., None, :]) / way
        return np.minimum(low, high).max(axis=-1).clip(0, 1), np.maximum(low, high).min(axis=-1).clip(0, 1)

    def between(self, start: NDArray[np.float64], stop: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether a house stands between, for each of the ways."""
        enter, leave = self.passed(start, stop)
        return np.asarray((enter < leave).any(axis=-1))


def _walls(house: House) -> tuple[Wall, ...]:
    west_east = [(0, at, outwards, house.south, house.north) for at, outwards in ((house.west, -1), (house.east, 1))]
    south_north = [(1, at, outwards, house.west, house.east) for at, outwards in ((house.south, -1), (house.north, 1))]
    return tuple(Wall(*wall, house.height) for wall in (*west_east, *south_north))


def _corners(houses: Sequence[House]) -> NDArray[np.float64]:
    """Those around which there is a way, shape (n, 2): where two houses touch there is none."""
    free = [
        (x, y)
        for house in houses
        for x, y in product((house.west, house.east), (house.south, house.north))
        if not any(other.holds(x, y, 0.0, SKIN_M) for other in houses if other is not house)
    ]
    return np.array(free, np.float64).reshape(-1, 2)
