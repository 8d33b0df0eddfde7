"""Around and over houses: where sound goes that does not go straight, and what it loses at the edges.

    source ·---╭──e──╮---· node         z = detour - straight line,  e from its first edge to its last
               │house│
    D(f) = 10 lg(3 + 20 z f/c · C · K),  C = 1 at one edge, else (1 + (5λ/e)²) / (1/3 + (5λ/e)²);  at most 20 or 25 dB

Three ways: over the roofs, and around the corners on the left and on the right, each the shortest. Source: ISO
9613-2:1996, 7.4, equations 14 to 18, after Z. Maekawa, Appl. Acoust. 1, 1968; K is its correction for weather, over the
roofs alone. Ground reflections are in its 20. Phase of least delay: A. Oppenheim, R. Schafer, "Discrete-Time Signal
Processing", 1989, 12.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from simulators.street.houses import Houses

MOST_DB = (20.0, 25.0)  # at one edge, at more
SIDES = (-1.0, 1.0)

Places = NDArray[np.float64]
"""Points of a way one after the other, shape (n, 3)."""


@dataclass(frozen=True, slots=True)
class Bend:
    """What a detour is: longer than the straight line by ``more_m``, ``edges_m`` from first to last edge."""

    more_m: float
    edges_m: float
    weather: float

    @classmethod
    def of(cls, places: Places, *, over: bool) -> "Bend":
        """Of a way from its source, by its edges, to who hears it; ``over`` roofs, or around corners."""
        legs_m = np.linalg.norm(np.diff(places, axis=0), axis=1)
        straight_m = float(np.linalg.norm(places[-1] - places[0]))
        more_m = float(legs_m.sum()) - straight_m
        weather = np.exp(-np.sqrt(legs_m[0] * legs_m[-1] * straight_m / (2 * more_m)) / 2000) if over else 1.0
        return cls(more_m, float(legs_m[1:-1].sum()), float(weather))

    def loss_db(self, frequency_hz: NDArray[np.floating], speed_m_s: float) -> NDArray[np.float64]:
        """At each frequency."""
        per_m = frequency_hz / speed_m_s
        apart = (per_m * self.edges_m / 5) ** 2  # (e / 5λ)²: C is 1 where it is 0, at one edge or at 0 Hz
        twice = (apart + 1) / (apart / 3 + 1)
        loss_db = 10 * np.log10(3 + 20 * self.more_m * per_m * twice * self.weather)
        return np.asarray(np.minimum(loss_db, MOST_DB[self.edges_m > 0]))

    def response(self, frequency_hz: NDArray[np.floating], speed_m_s: float) -> NDArray[np.complex128]:
        """The loss at frequencies of a real Fourier transform, with the least phase: nothing comes before its time."""
        half = frequency_hz.size - 1
        cepstrum = np.fft.irfft(-self.loss_db(frequency_hz, speed_m_s) / 20 * np.log(10), 2 * half)
        cepstrum[1:half] *= 2
        cepstrum[half + 1 :] = 0
        return np.asarray(np.exp(np.fft.rfft(cepstrum)))


def detours(houses: Houses, source: NDArray[np.float64], target: NDArray[np.float64]) -> Iterator[tuple[Places, Bend]]:
    """The ways around what stands between."""
    over = _over(houses, source, target)
    yield over, Bend.of(over, over=True)
    for side in SIDES:
        around = _around(houses, source, target, side)
        if around is not None:
            yield around, Bend.of(around, over=False)


def _over(houses: Houses, source: NDArray[np.float64], target: NDArray[np.float64]) -> Places:
    """A band stretched over the roofs in the vertical plane of both ends."""
    enter, leave = houses.passed(source[:2], target[:2])
    stands = enter < leave
    shares = np.concatenate(((0.0,), enter[stands], leave[stands], (1.0,)))
    heights_m = np.concatenate(((source[2],), np.tile(houses.heights_m[stands], 2), (target[2],)))
    order = np.argsort(shares, kind="stable")
    band: list[NDArray[np.float64]] = []
    for share, height_m in zip(shares[order], heights_m[order], strict=True):
        while len(band) > 1 and _slack(band[-2], band[-1], np.array((share, height_m))):
            band.pop()
        band.append(np.array((share, height_m)))
    shares, heights_m = np.array(band).T
    return np.column_stack((source[:2] + shares[:, None] * (target - source)[:2], heights_m))


def _slack(first: NDArray[np.float64], middle: NDArray[np.float64], last: NDArray[np.float64]) -> bool:
    """Whether a band from first to last passes above the middle."""
    return bool(_cross(middle - first, last - first) >= 0)


def _cross(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0])


def _around(houses: Houses, source: NDArray[np.float64], target: NDArray[np.float64], side: float) -> Places | None:
    """The shortest way in plan by corners on one side of the straight line; height changes evenly along it."""
    beside = _cross(target[:2] - source[:2], houses.corners - source[:2]) * side > 0
    nodes = np.vstack((source[:2], houses.corners[beside], target[:2]))
    lengths_m = np.linalg.norm(nodes[:, None] - nodes, axis=2)
    lengths_m[houses.between(nodes[:, None], nodes[None])] = np.inf
    way = _shortest(lengths_m)
    if way is None:
        return None
    plan = nodes[way]
    gone_m = np.cumsum([0.0, *(lengths_m[one, other] for one, other in pairwise(way))])
    heights_m = source[2] + (target[2] - source[2]) * gone_m / gone_m[-1]
    return np.column_stack((plan, heights_m))


def _shortest(lengths_m: NDArray[np.float64]) -> Sequence[int] | None:
    """From the first to the last (E. Dijkstra, Numer. Math. 1, 1959)."""
    last = len(lengths_m) - 1
    found: dict[int, int] = {}
    waiting: list[tuple[float, int, int]] = [(0.0, 0, 0)]
    while waiting and last not in found:
        length_m, node, before = heapq.heappop(waiting)
        if node in found:
            continue
        found[node] = before
        for other in np.flatnonzero(np.isfinite(lengths_m[node])):
            if other not in found:
                heapq.heappush(waiting, (length_m + lengths_m[node, other], int(other), node))
    return _back(found, last) if last in found else None


def _back(found: dict[int, int], last: int) -> list[int]:
    way = [last]
    while way[-1]:
        way.append(found[way[-1]])
    return way[::-1]
