"""Nodes of a city block, and what they hear of bangs, each at a time that moving air makes it come."""

from collections.abc import Sequence

import numpy as np

from dsp.locate import Air, Arrival, Place, travel

STILL = Air(15.0, 1.0, 0.0, 0.0, 0.5)
NODES = {
    "a": Place(0, 0, 5),
    "b": Place(380, 20, 4.5),
    "c": Place(400, 350, 5),
    "d": Place(30, 410, 5.5),
    "e": Place(200, 190, 5),
    "f": Place(190, 480, 5),
    "g": Place(-60, 200, 4.8),
    "h": Place(470, 180, 5.2),
}
EPOCH_S = 1_795_000_000.0


def block(count: int) -> dict[str, Place]:
    """The first so many nodes."""
    return dict(list(NODES.items())[:count])


def heard(
    nodes: dict[str, Place],
    source: tuple[float, float, float],
    at_s: Sequence[float] = (0.0,),
    *,
    air: Air = STILL,
    sigma_s: float = 1e-4,
    seed: int = 1,
) -> list[Arrival]:
    """Arrivals of a bang at each of the moments, with their clocks' errors."""
    rng = np.random.default_rng(seed)
    places = np.array([(place.x_m, place.y_m, place.z_m) for place in nodes.values()])
    taken = travel.seconds(np.array(source)[None], places, air.speed_m_s, np.array(air.wind))
    return [
        Arrival(node, EPOCH_S + moment + float(way_s) + rng.normal(0, sigma_s), sigma_s)
        for moment in at_s
        for node, way_s in zip(nodes, taken, strict=True)
    ]
