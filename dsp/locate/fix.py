"""Where exactly: the most probable place of the rounds of a source, their times and the air, from direct sounds.

    minimise  Σ rounds Σ nodes -ln f((t - τ - travel(place, c, wind)) / spread)  + priors of height, c and wind

Gauss-Newton; the weights are those of a mixture of two normal densities, so that a sound that came round a corner
bends little. With few nodes one late echo among them would bend much: every choice of nodes to leave out is fitted, and
the likeliest wins; to leave one out costs what an echo there costs. The air's error is part of the model, not of the
noise: a wind of 5 m/s that nobody told moves a source by metres, unless it is looked for.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.locate import travel
from dsp.locate.candidates import height
from dsp.locate.explain import WIDE, WIDE_SHARE, Shot, density
from dsp.locate.pulses import Floats, Pulses

STEPS = 8
LONGEST_STEP_M = 150.0
CLOSE_M = 1e-3
LONGEST_STEP_M_S = 20.0  # of sound's speed and wind: beyond, no step is to be believed
LEFT_OUT_NODES = 12  # with more, the mixture suffices
LEFT_OUT = 2
STRAY_SHARE = 0.2  # of direct sounds, that are none but their first echo
STRAY_S = 0.15  # and come up to so much late
UNKNOWNS = 6  # x, y, z, c, and the wind's two
HEIGHTS = np.array([-2.6, -1.7, -0.8, 0.0, 0.8, 1.7, 2.6])
"""In standard deviations: times hardly change with a height near the nodes' own, so each of some heights is tried, and
what they say of the place is weighed together."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A place with its air and its rounds' times; ``nats`` is the log posterior, to compare fixes of one data set.

    ``covariance`` is of x, y, z, c, wind, times; ``used`` and ``rest_s`` belong to ``pulses``, the direct sounds.
    ``excess`` is how much larger the rests are than expected, squared; 1 where all is as it should.
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
    excess: float
    nats: float


@dataclass(frozen=True, slots=True)
class _Rows:
    """Direct sounds: which pulse, of which round, at which node."""

    pulse: NDArray[np.intp]
    round: NDArray[np.intp]
    node: NDArray[np.intp]


def fixed(pulses: Pulses, shots: Sequence[Shot], start: Floats | None = None) -> Fix:
    """The most probable place of ``shots``, from the first one's or from ``start`` (x, y) on.

    LookupError if no height and no choice of nodes leads to a place.
    """
    with np.errstate(all="ignore"):  # a descent that runs away ends in no number, and has no share
        return _fixed(pulses, shots, start)


def _fixed(pulses: Pulses, shots: Sequence[Shot], start: Floats | None) -> Fix:
    rows = _rows(shots)
    plane = shots[0].at[:2] if start is None else start
    middle = height(pulses, plane[None])[0]
    heights = middle + HEIGHTS * pulses.street.height_sigma_m
    state = np.concatenate([plane, [middle, pulses.air.speed_m_s], pulses.air.wind, [shot.at[3] for shot in shots]])
    kept = _kept(pulses, rows)
    states = np.tile(state, (len(kept), heights.size, 1))
    states[..., 2] = heights
    each = np.repeat(kept, heights.size, axis=0)
    flat = _descended(pulses, rows, states.reshape(-1, state.size), each, mixed=False)
    nats = _nats(pulses, rows, flat, each).reshape(len(kept), -1)
    total = np.logaddexp.reduce(nats, axis=1)
    best = int(np.argmax(total))
    states = flat.reshape(states.shape)[best]
    chosen = np.repeat(kept[best : best + 1], heights.size, axis=0)
    if len(kept) == 1:  # nobody could be left out: what is off must bend little
        states = _descended(pulses, rows, states, chosen, mixed=True)
        nats = _nats(pulses, rows, states, chosen)[None]
    if not np.isfinite(total[best]):
        raise LookupError("no place explains the direct sounds")
    share = np.exp(nats[best] - np.logaddexp.reduce(nats[best]))
    states, share = _closer(pulses, rows, states, share, chosen, mixed=len(kept) == 1)
    return _fix(pulses, rows, states, share, kept[best], float(total[best]))


def _closer(
    pulses: Pulses, rows: _Rows, states: Floats, share: Floats, kept: NDArray[np.bool_], *, mixed: bool
) -> tuple[Floats, Floats]:
    """The same over heights that lie as closely as the posterior is wide."""
    mean = share @ states[:, 2]
    spacing = float(np.diff(states[:, 2]).mean())
    wide = max(float(np.sqrt(share @ np.square(states[:, 2] - mean))), spacing / 2)
    near = states[np.full(len(states), int(share.argmax()))].copy()
    near[:, 2] = mean + HEIGHTS * wide
    near = _descended(pulses, rows, near, kept, mixed=mixed)
    nats = _nats(pulses, rows, near, kept)
    if not np.isfinite(nats).any():
        return states, share
    return near, np.exp(nats - np.logaddexp.reduce(nats))


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
    """What is expected of air, and one over its variance; 0 where nothing is."""
    air = pulses.air
    expected, weight = np.zeros_like(state), np.zeros(state.shape[-1])
    expected[..., 3], expected[..., 4:6] = air.speed_m_s, air.wind
    weight[3] = air.speed_sigma_m_s**-2
    weight[4:6] = air.wind_sigma_m_s**-2
    return expected, weight


def _descended(pulses: Pulses, rows: _Rows, states: Floats, kept: NDArray[np.bool_], *, mixed: bool) -> Floats:
    """States (choices, unknowns) after Gauss-Newton on the kept rows."""
    states = states.copy()
    for _ in range(STEPS):
        normal, gradient = _normal(pulses, rows, states, kept, mixed=mixed)
        step = np.linalg.solve(normal, gradient[..., None])[..., 0]
        far = (
            np.linalg.norm(step[:, :3], axis=1) / LONGEST_STEP_M
            + np.linalg.norm(step[:, 3:6], axis=1) / LONGEST_STEP_M_S
        )
        step /= np.maximum(1, far)[:, None]
        states += step
        if np.abs(step[:, :2]).max() < CLOSE_M:
            break
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
    design[..., 2] = 0  # the height stands
    design[:, np.arange(rows.round.size), UNKNOWNS + rows.round] = 1
    weighted = np.swapaxes(design * weight[..., None], 1, 2)
    normal = weighted @ design
    gradient = (weighted @ rest[..., None])[..., 0]
    _add_directions(pulses, rows, states, kept, normal, gradient)
    expected, prior = _priors(pulses, states)
    normal += np.diag(prior + 1e-9)
    normal[:, 2, 2] = 1
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


def _nats(pulses: Pulses, rows: _Rows, states: Floats, kept: NDArray[np.bool_]) -> Floats:
    """Log posterior of states, and of the choices that they rest on, with what is linear integrated over."""
    spread, rest = _spread(pulses, rows, states), _rest(pulses, rows, states)
    direct = (1 - STRAY_SHARE) * density(rest, spread)
    stray = STRAY_SHARE / STRAY_S
    expected, prior = _priors(pulses, states)
    off = 0.5 * (prior * np.square(expected - states)).sum(-1)
    height_off = 0.5 * np.square((states[:, 2] - height(pulses, states[:, :2])) / pulses.street.height_sigma_m)
    normal, _ = _normal(pulses, rows, states, kept, mixed=False)
    _, log_det = np.linalg.slogdet(normal)
    nats = np.log(np.where(kept, np.maximum(direct, 1e-300), stray)).sum(-1) - off - height_off - 0.5 * log_det
    return np.where(np.isfinite(nats), nats, -np.inf)


def _fix(pulses: Pulses, rows: _Rows, states: Floats, share: Floats, kept: NDArray[np.bool_], nats: float) -> Fix:
    """Mean and covariance over the heights: within each, and between them."""
    every = np.repeat(kept[None], len(states), axis=0)
    normal, _ = _normal(pulses, rows, states, every, mixed=False)
    mean = share @ np.nan_to_num(states)
    apart = np.nan_to_num(states) - mean
    inverse = np.linalg.inv(np.where(share[:, None, None] > 0, normal, np.eye(mean.size)))
    covariance = np.einsum("k,kij->ij", share, inverse) + np.einsum("k,ki,kj->ij", share, apart, apart)
    likeliest = states[int(share.argmax())]
    spread, rest = _spread(pulses, rows, likeliest), _rest(pulses, rows, likeliest)
    freedom = kept.sum() - (mean.size - 3)  # the priors hold height and air
    weight = _mixture_weight(rest / spread)
    excess = float((kept * weight * np.square(rest / spread)).sum() / freedom) if freedom > 0 else 1.0
    return Fix(
        place=mean[:3],
        speed_m_s=float(mean[3]),
        wind=mean[4:6],
        times_s=mean[UNKNOWNS:],
        covariance=covariance * max(1.0, excess),
        pulses=rows.pulse,
        round=rows.round,
        used=kept,
        rest_s=rest,
        excess=excess,
        nats=nats,
    )
