"""Where exactly: the most probable place of the rounds of a source, their times and the air, from direct sounds.

    minimise  Σ rounds Σ nodes -ln f((t - τ - travel(place, c, wind)) / spread)  + priors of height, c and wind

Gauss-Newton; the weights are those of a mixture of two normal densities, so that a sound that came round a corner
bends little. With few nodes one late echo among them would bend much: every choice of nodes to leave out is fitted, and
the likeliest wins; to leave one out costs what an echo there costs. The air's error is part of the model, not of the
noise: a wind of 5 m/s that nobody told moves a source by metres, unless it is looked for.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.locate import travel
from dsp.locate.candidates import height
from dsp.locate.explain import WIDE, WIDE_SHARE, Shot
from dsp.locate.pulses import Floats, Pulses

STEPS = 8
LONGEST_STEP_M = 150.0
LEFT_OUT_NODES = 12  # with more, the mixture suffices
LEFT_OUT = 2
STRAY_SHARE = 0.1  # of direct sounds, that are none
STRAY_S = 0.15  # and come so late or early
UNKNOWNS = 6  # x, y, z, c, and the wind's two


@dataclass(frozen=True, slots=True)
class Fix:
    """A place with its air and its rounds' times; ``nats`` is the log posterior, to compare fixes of one data set.

    ``covariance`` is of x, y, z, c, wind, times; ``used`` and ``rest_s`` belong to ``pulses``, indices of direct sounds.
    """

    place: Floats
    speed_m_s: float
    wind: Floats
    times_s: Floats
    covariance: Floats
    pulses: NDArray[np.intp]
    round: NDArray[np.intp]
    used: NDArray[np.bool_]
    rest_s: Floats
    nats: float


@dataclass(frozen=True, slots=True)
class _Rows:
    """Direct sounds: which pulse, of which round, at which node."""

    pulse: NDArray[np.intp]
    round: NDArray[np.intp]
    node: NDArray[np.intp]


def fixed(pulses: Pulses, shots: Sequence[Shot], start: Floats | None = None) -> Fix:
    """The most probable place of ``shots``, from the first one's or from ``start`` (x, y) on."""
    rows = _rows(shots)
    plane = shots[0].at[:2] if start is None else start
    z = height(pulses, plane[None])[0]
    state = np.concatenate([plane, [z, pulses.air.speed_m_s], pulses.air.wind, [shot.at[3] for shot in shots]])
    kept = _kept(pulses, rows)
    states = _descended(pulses, rows, np.tile(state, (len(kept), 1)), kept, mixed=False)
    costs = [_nats(pulses, rows, states[k], kept[k]) for k in range(len(kept))]
    best = int(np.argmax(costs))
    state = _descended(pulses, rows, states[best : best + 1], kept[best : best + 1], mixed=True)[0]
    return _fix(pulses, rows, state, kept[best], costs[best])


def _rows(shots: Sequence[Shot]) -> _Rows:
    pairs = [(k, node, i) for k, shot in enumerate(shots) for node, i in enumerate(shot.direct) if i >= 0]
    table = np.array(pairs, np.intp).reshape(-1, 3)
    return _Rows(table[:, 2], table[:, 0], table[:, 1])


def _kept(pulses: Pulses, rows: _Rows) -> NDArray[np.bool_]:
    """Choices of rows, shape (choices, rows): all, and where nodes are few, all but those of one or two."""
    there = np.unique(rows.node)
    spare = there.size - 4 + int((~np.isnan(pulses.azimuth_rad[rows.pulse])).any())
    most = min(LEFT_OUT, spare) if there.size <= LEFT_OUT_NODES else 0
    choices = [gone for count in range(max(0, most) + 1) for gone in itertools.combinations(there.tolist(), count)]
    return np.array([~np.isin(rows.node, gone) for gone in choices])


def _spread(pulses: Pulses, rows: _Rows, state: Floats) -> Floats:
    away = np.linalg.norm(pulses.nodes[rows.node] - state[..., None, :3], axis=-1)
    return np.hypot(pulses.sigma_s[rows.pulse], pulses.path_s(away))


def _rest(pulses: Pulses, rows: _Rows, state: Floats) -> Floats:
    taken = travel.seconds(state[..., None, :3], pulses.nodes[rows.node], state[..., 3:4], state[..., None, 4:6])
    return np.asarray(pulses.at_s[rows.pulse] - state[..., UNKNOWNS + rows.round] - taken)


def _priors(pulses: Pulses, state: Floats) -> tuple[Floats, Floats]:
    """What is expected of the state, and one over its variance; 0 where nothing is."""
    air, street = pulses.air, pulses.street
    expected, weight = np.zeros_like(state), np.zeros(state.shape[-1])
    expected[..., 2] = height(pulses, np.atleast_2d(state[..., :2])).reshape(state.shape[:-1])
    expected[..., 3], expected[..., 4:6] = air.speed_m_s, air.wind
    weight[2], weight[3] = street.height_sigma_m**-2, air.speed_sigma_m_s**-2
    weight[4:6] = air.wind_sigma_m_s**-2
    return expected, weight


def _descended(pulses: Pulses, rows: _Rows, states: Floats, kept: NDArray[np.bool_], *, mixed: bool) -> Floats:
    """States (choices, unknowns) after Gauss-Newton on the kept rows."""
    states = states.copy()
    for _ in range(STEPS):
        normal, gradient = _normal(pulses, rows, states, kept, mixed=mixed)
        step = np.linalg.solve(normal, gradient[..., None])[..., 0]
        length = np.linalg.norm(step[:, :3], axis=1)
        step *= np.minimum(1, LONGEST_STEP_M / np.maximum(length, 1e-9))[:, None]
        states += step
    return states


def _normal(
    pulses: Pulses, rows: _Rows, states: Floats, kept: NDArray[np.bool_], *, mixed: bool
) -> tuple[Floats, Floats]:
    """Normal matrices and gradients, times and directions and priors together."""
    spread, rest = _spread(pulses, rows, states), _rest(pulses, rows, states)
    weight = kept * (_mixture_weight(rest / spread) if mixed else 1.0) / spread**2
    design = np.zeros((*rest.shape, states.shape[1]))
    nodes = pulses.nodes[rows.node]
    design[..., :UNKNOWNS] = travel.slopes(states[:, None, :3], nodes, states[:, 3:4], states[:, None, 4:6])
    design[:, np.arange(rows.round.size), UNKNOWNS + rows.round] = 1
    normal = np.einsum("kni,kn,knj->kij", design, weight, design)
    gradient = np.einsum("kni,kn,kn->ki", design, weight, rest)
    _add_directions(pulses, rows, states, kept, normal, gradient)
    expected, prior = _priors(pulses, states)
    normal += np.diag(prior + 1e-9)
    gradient += prior * (expected - states)
    return normal, gradient


def _add_directions(
    pulses: Pulses, rows: _Rows, states: Floats, kept: NDArray[np.bool_], normal: Floats, gradient: Floats
) -> None:
    known = ~np.isnan(pulses.azimuth_rad[rows.pulse])
    if not known.any():
        return
    away = states[:, None, :2] - pulses.nodes[rows.node, :2]
    squared = np.maximum(np.square(away).sum(-1), 1.0)
    off = np.nan_to_num(
        np.angle(np.exp(1j * (pulses.azimuth_rad[rows.pulse] - np.arctan2(away[..., 0], away[..., 1]))))
    )
    slope = np.stack([away[..., 1], -away[..., 0]], axis=-1) / squared[..., None]
    sigma = pulses.azimuth_sigma_rad[rows.pulse]
    weight = known * kept * _mixture_weight(off / sigma) / sigma**2
    normal[:, :2, :2] += np.einsum("kni,kn,knj->kij", slope, weight, slope)
    gradient[:, :2] += np.einsum("kni,kn,kn->ki", slope, weight, off)


def _mixture_weight(off: Floats) -> Floats:
    """By how much a rest of so many spreads counts less than under a single normal density."""
    narrow = (1 - WIDE_SHARE) * np.exp(-0.5 * off**2)
    wide = WIDE_SHARE / WIDE * np.exp(-0.5 * (off / WIDE) ** 2)
    return np.asarray((narrow + wide / WIDE**2) / np.maximum(narrow + wide, 1e-300))


def _nats(pulses: Pulses, rows: _Rows, state: Floats, kept: NDArray[np.bool_]) -> float:
    """Log posterior of a state, and of the choice that it rests on, the place and its air integrated over."""
    spread, rest = _spread(pulses, rows, state), _rest(pulses, rows, state)
    direct = (1 - STRAY_SHARE) * _density(rest / spread) / spread
    stray = STRAY_SHARE / (2 * STRAY_S)
    expected, prior = _priors(pulses, state)
    normal, _ = _normal(pulses, rows, state[None], kept[None], mixed=False)
    _, log_det = np.linalg.slogdet(normal[0])
    data = np.log(np.where(kept, np.maximum(direct, 1e-300), stray)).sum()
    return float(data - 0.5 * (prior * np.square(expected - state)).sum() - 0.5 * log_det)


def _density(off: Floats) -> Floats:
    wide = np.exp(-0.5 * (off / WIDE) ** 2) / WIDE
    return np.asarray(((1 - WIDE_SHARE) * np.exp(-0.5 * off**2) + WIDE_SHARE * wide) / math.sqrt(2 * math.pi))


def _fix(pulses: Pulses, rows: _Rows, state: Floats, kept: NDArray[np.bool_], nats: float) -> Fix:
    normal, _ = _normal(pulses, rows, state[None], kept[None], mixed=False)
    spread, rest = _spread(pulses, rows, state), _rest(pulses, rows, state)
    weight = _mixture_weight(rest / spread)
    freedom = kept.sum() - (state.size - 3)  # the priors hold height and air
    excess = float((kept * weight * np.square(rest / spread)).sum() / freedom) if freedom > 0 else 1.0
    return Fix(
        place=state[:3],
        speed_m_s=float(state[3]),
        wind=state[4:6],
        times_s=state[UNKNOWNS:],
        covariance=np.linalg.inv(normal[0]) * max(1.0, excess),
        pulses=rows.pulse,
        round=rows.round,
        used=kept,
        rest_s=rest,
        nats=nats,
    )
