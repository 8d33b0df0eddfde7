"""All ways by which sound gets from a place to another in a block of houses.

    straight            unless a house stands in it: then around and over (:mod:`simulators.street.detours`)
    by façades          image sources, to a named number of reflections, where each leg is free
    by the ground       each of these once more; what bends has it in its loss

Image sources: J. Borish, JASA 75, 1984. Wind carries sound on each leg by itself: the legs stay those of still air,
which changes the time of a reflection by a share of (w/c)² alone, as the way is the shortest (Fermat).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulators.street.air import Air
from simulators.street.detours import Bend, Places, detours
from simulators.street.houses import Houses, Wall
from simulators.street.propagation import GROUND_KEEPS, WALL_KEEPS, Point

LATEST_S = 0.5
"""After the first. What comes later is too weak to be told from what the streets scatter."""


@dataclass(frozen=True, slots=True)
class Way:
    """As if sound came straight from ``image``, weakened to ``keeps`` and by its ``bend``.

    It is there ``time_s`` after it was made: ``more_s`` later than if the wind were the same on all of the way.
    """

    image: NDArray[np.float64]
    length_m: float
    time_s: float
    more_s: float
    keeps: float = 1.0
    bend: Bend | None = None

    @classmethod
    def along(cls, places: Places, air: Air, keeps: float = 1.0, bend: Bend | None = None) -> "Way":
        """By ``places`` one after the other, the source first."""
        legs = np.diff(places, axis=0)
        legs_m, legs_s = np.linalg.norm(legs, axis=1), air.travel_s(places[:-1], places[1:])
        length_m, time_s = float(legs_m.sum()), float(legs_s.sum())
        image = places[-1] - legs[-1] * (length_m / legs_m[-1])
        return cls(image, length_m, time_s, time_s - float(air.travel_s(image, places[-1])), keeps, bend)


def ways(houses: Houses, air: Air, source: Point, target: Point, reflections: int) -> tuple[Way, ...]:
    """All that there are, the first first."""
    above, there = np.array(source, np.float64), np.array(target, np.float64)
    below = above * (1, 1, -1)
    found = [_bent(air, *detour) for detour in _detours(houses, above, there)]
    for start, kept in ((above, 1.0), (below, GROUND_KEEPS)):
        for places in _straight(houses, start, there, reflections):
            found.append(Way.along(places, air, kept * WALL_KEEPS ** (len(places) - 2)))  # noqa: PERF401  three deep
    found.sort(key=lambda way: way.time_s)
    return tuple(way for way in found if way.time_s - found[0].time_s <= LATEST_S)


def _bent(air: Air, places: Places, bend: Bend) -> Way:
    return Way.along(places, air, bend=bend)


def _detours(houses: Houses, source: NDArray[np.float64], target: NDArray[np.float64]) -> Iterator[tuple[Places, Bend]]:
    if houses.between(source, target):
        yield from detours(houses, source, target)


def _straight(
    houses: Houses, source: NDArray[np.float64], target: NDArray[np.float64], reflections: int
) -> Iterator[Places]:
    """Free ways by up to so many façades."""
    for images, walls in _images(houses.walls, (source,), (), reflections):
        places = _unfolded(images, walls, target)
        if places is not None and not houses.between(places[:-1], places[1:]).any():
            yield places


def _images(
    walls: Sequence[Wall], images: tuple[NDArray[np.float64], ...], by: tuple[Wall, ...], more: int
) -> Iterator[tuple[tuple[NDArray[np.float64], ...], tuple[Wall, ...]]]:
    yield images, by
    if more:
        for wall in walls:
            if wall.faces(images[-1]) and not (by and wall is by[-1]):
                yield from _images(walls, (*images, wall.mirrored(images[-1])), (*by, wall), more - 1)


def _unfolded(
    images: Sequence[NDArray[np.float64]], walls: Sequence[Wall], target: NDArray[np.float64]
) -> Places | None:
    """The way from its source to the target by the walls, if it meets each of them."""
    places = [target]
    for image, wall in zip(reversed(images), reversed(walls), strict=False):
        met = wall.met(image, places[-1])
        if met is None or not wall.faces(places[-1]):
            return None
        places.append(met)
    return np.array([images[0], *places[:0:-1], target])
