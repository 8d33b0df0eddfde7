"""Where and when a source may have been: a vote of all pulses on a grid, and its best places refined.

Each pulse says of each cell when a source there would have been; where many nodes name one moment, one may have been.
Refinement is Gauss-Newton with soft assignment: a pulse counts by how much likelier it is the direct sound of the
candidate than chance, under a spread that narrows, for all candidates at once.
"""

import math

import numpy as np
from numpy.typing import NDArray

from dsp.locate import travel
from dsp.locate.pulses import Floats, Pulses

CELL_M = 50.0
BIN_S = 0.06
MARGIN_M = 250.0  # beyond the outermost nodes
MOST_CELLS = 20_000
MOST = 40  # candidates
APART_CELLS, APART_BINS = 2, 3
SPREADS_S = (0.06, 0.04, 0.03, 0.02, 0.013, 0.008, 0.0, 0.0)  # annealed, down to a candidate's own


def candidates(pulses: Pulses) -> Floats:
    """Places and times of emission, shape (k, 4): x, y, z, s; the likeliest first."""
    grid, axes = _grid(pulses)
    votes, first = _votes(pulses, grid)
    peaks = _peaks(votes.reshape(len(axes[0]), len(axes[1]), -1))
    if not peaks.size:
        return np.empty((0, 4))
    cell, moment = peaks[:, 0] * len(axes[1]) + peaks[:, 1], peaks[:, 2]
    start = np.column_stack([grid[cell], first + (moment + 1) * BIN_S])
    return refined(pulses, start)


def _grid(pulses: Pulses) -> tuple[Floats, tuple[Floats, Floats]]:
    """Cells over the nodes and around them, at a source's usual height."""
    low, high = pulses.nodes[:, :2].min(axis=0) - MARGIN_M, pulses.nodes[:, :2].max(axis=0) + MARGIN_M
    cell = max(CELL_M, math.sqrt(float(np.prod(high - low)) / MOST_CELLS))
    x, y = (np.arange(a, b + cell, cell) for a, b in zip(low, high, strict=True))
    plane = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)
    return np.column_stack([plane, height(pulses, plane)]), (x, y)


def height(pulses: Pulses, plane: Floats) -> Floats:
    """A source's usual height at places (k, 2): below the median of the six nodes that are nearest."""
    away = np.linalg.norm(plane[:, None] - pulses.nodes[:, :2], axis=-1)
    near = np.argsort(away, axis=1)[:, :6]
    return np.asarray(np.median(pulses.nodes[near, 2], axis=1) - pulses.street.below_nodes_m)


def _votes(pulses: Pulses, grid: Floats) -> tuple[NDArray[np.float32], float]:
    """Votes of (cell, moment): of each node its weightiest pulse; and when the first moment begins."""
    away = pulses.away_m(grid)
    at_s = pulses.at_s[None] - away[:, pulses.node] / pulses.air.speed_m_s
    first = float(at_s.min()) - BIN_S
    moments = int((float(at_s.max()) - first) / BIN_S) + 3
    share = pulses.heard(away)[:, pulses.node] / (pulses.chance * 4 * BIN_S)
    weight = np.clip(np.log(np.maximum(share, 1e-9)), 0, 4)
    moment = ((at_s - first) / BIN_S).astype(np.intp)
    votes = np.zeros((grid.shape[0], moments), np.float32)
    rows = np.arange(grid.shape[0])
    for node in range(len(pulses.names)):
        mine = np.flatnonzero(pulses.node == node)
        if mine.size:
            votes += _of_node(votes.shape, rows, moment[:, mine].T, weight[:, mine].T)
    return votes, first


def _of_node(
    shape: tuple[int, ...], rows: NDArray[np.intp], moments: NDArray[np.intp], weights: Floats
) -> NDArray[np.float32]:
    """The weightiest of a node's pulses (n, cells) for each cell and moment, and the moments beside it."""
    best = np.zeros(shape, np.float32)
    for moment, weight in zip(moments, weights, strict=True):
        for step in (-1, 0, 1):
            at = rows, moment + step
            best[at] = np.maximum(best[at], weight)
    return best


def _peaks(votes: NDArray[np.float32]) -> NDArray[np.intp]:
    """Highest (x, y, moment), each apart from those before it."""
    left, found = votes.copy(), []
    least = 0.35 * float(votes.max(initial=0))
    for _ in range(MOST):
        x, y, t = np.unravel_index(int(left.argmax()), left.shape)
        if left[x, y, t] <= max(least, 0):
            break
        found.append((int(x), int(y), int(t)))
        near = tuple(
            slice(max(0, int(at) - apart), int(at) + apart + 1)
            for at, apart in zip((x, y, t), (APART_CELLS, APART_CELLS, APART_BINS), strict=True)
        )
        left[near] = 0
    return np.array(found, np.intp).reshape(-1, 3)


def refined(pulses: Pulses, start: Floats) -> Floats:
    """Candidates (k, 4) moved to where the pulses around them agree best, at their usual height."""
    at = start.copy()
    speed, wind = pulses.air.speed_m_s, np.array(pulses.air.wind)
    nodes = pulses.nodes[pulses.node]
    for least_s in SPREADS_S:
        at[:, 2] = height(pulses, at[:, :2])
        place = at[:, None, :3]
        taken = travel.seconds(place, nodes, speed, wind)
        rest = pulses.at_s - taken - at[:, 3:]
        away = np.linalg.norm(nodes - place, axis=-1)
        spread = np.maximum(least_s, pulses.spread_s(away))
        weight = responsibility(pulses, rest, spread, away) / spread**2
        slope = travel.slopes(place, nodes, speed, wind)[..., :2]
        design = np.concatenate([slope, np.ones_like(rest)[..., None]], axis=-1)
        normal = np.einsum("kni,kn,knj->kij", design, weight, design) + np.diag([1e-4, 1e-4, 1e-2])
        step = np.linalg.solve(normal, np.einsum("kni,kn,kn->ki", design, weight, rest)[..., None])[..., 0]
        step[:, :2] *= np.minimum(1, 100 / np.maximum(np.linalg.norm(step[:, :2], axis=1), 1e-9))[:, None]
        at[:, :2] += step[:, :2]
        at[:, 3] += step[:, 2]
    at[:, 2] = height(pulses, at[:, :2])
    return at


def responsibility(pulses: Pulses, rest: Floats, spread: Floats, away: Floats) -> Floats:
    """Probability that each pulse is the direct sound, by its rest (k, n) alone."""
    direct = pulses.heard(away) * np.exp(-0.5 * (rest / spread) ** 2) / (spread * math.sqrt(2 * math.pi))
    return np.asarray(direct / (direct + pulses.chance))
