"""Which sources explain the pulses best: a joint likelihood of direct sounds, echoes, chance, and silence.

    evidence of a source = Σ over nodes  ln(1 - p + p · max f(rest) · direction / chance)

p is the probability that the node tells of it, f the density of the rest. A node that should have heard and did not
costs ln(1 - p). The best source is taken first. Its pulses are then accounted for, and what follows them is likely its
echo: both raise the chance rate, under which the next must prove itself. Rounds of one place repeat their arrivals to a
millisecond, whatever the paths are like, so a source's own arrivals are the template for its other rounds.
"""

import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from dsp.locate import travel
from dsp.locate.candidates import MARGIN_M
from dsp.locate.pulses import Floats, Pulses

SHOT_NATS = 3.0
PLACE_NATS, SAME_NATS = 8.0, 6.0  # more: of a place where none was yet, and where one was
ROUND_NATS = 6.0
BEYOND_NATS, REPEATED_NATS = -4.5, 8.5
"""What a place must bring beyond the logarithm of how many places and moments could be told apart, costs taken off:
alone, or with its rounds counted up to as much again. In 252 runs of shuffled live fire, where chance is all there is,
-5.0 and 7.9 were the most."""
SAME_PLACE_M = 60.0
LEAST_NODES = 4
ROUND_NODES = 4
WIDE_SHARE, WIDE = 0.15, 3.0  # of direct sounds, and so many times as wide
REPEAT_S = 1.5e-3  # how well rounds repeat, beside the clocks
DEAD_S = 0.045  # no node tells two bangs apart that follow sooner
CLAIMED = 3.0  # spreads about a direct sound that are accounted for
CLAIMED_S = 0.1  # where a direct sound came, if so near, is better known than where it was expected


@dataclass(frozen=True, slots=True)
class Shot:
    """A source: x, y, z, s; its direct sounds (index of a pulse for each node, -1 for none); evidence in nats."""

    at: Floats
    direct: NDArray[np.intp]
    evidence: float
    place: int
    repeats: bool = False  # found by another's arrivals


@dataclass(slots=True)
class Account:
    """Pulses, and the rate of chance at each when what was found is accounted for."""

    pulses: Pulses
    chance: Floats
    shots: list[Shot] = field(default_factory=list)

    def claim(self, source: Floats, expected_s: Floats) -> None:
        """Direct sounds of a source expected at the nodes at these times, and their echoes."""
        pulses = self.pulses
        away = pulses.away_m(source[:3])[pulses.node]
        rest = pulses.at_s - expected_s[pulses.node]
        direct = pulses.heard(away) * density(rest, pulses.spread_s(away)) * pulses.direction(source[:3])
        street = pulses.street
        echo = np.where(rest > 0, street.echoes_per_s * np.exp(-np.maximum(rest, 0) / street.echo_s), 0.0)
        self.chance = self.chance + direct + echo


def density(rest: Floats, spread: Floats) -> Floats:
    """Of a direct sound's time about the expected, per second."""
    narrow = np.exp(-0.5 * (rest / spread) ** 2)
    wide = np.exp(-0.5 * (rest / (WIDE * spread)) ** 2) / WIDE
    return np.asarray(((1 - WIDE_SHARE) * narrow + WIDE_SHARE * wide) / (spread * math.sqrt(2 * math.pi)))


def evidence(pulses: Pulses, chance: Floats, at: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """Of candidates (k, 4): nats (k,), and the pulse at each node that is the direct sound (k, nodes), -1 for none."""
    away, expected = pulses.away_m(at[:, :3]), at[:, 3:] + pulses.taken_s(at[:, :3])
    rest = pulses.at_s - expected[:, pulses.node]
    ratio = density(rest, pulses.spread_s(away[:, pulses.node])) / chance
    ratio *= pulses.direction(at[:, :3])
    return _summed(pulses, ratio, pulses.heard(away))


def _summed(pulses: Pulses, ratio: Floats, heard: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """Over the nodes: their best pulse, or their silence."""
    best = np.zeros((ratio.shape[0], len(pulses.names)))
    which = np.full(best.shape, -1, np.intp)
    for node in range(best.shape[1]):
        mine = np.flatnonzero(pulses.node == node)
        if mine.size:
            strongest = ratio[:, mine].argmax(axis=1)
            best[:, node] = np.take_along_axis(ratio[:, mine], strongest[:, None], axis=1)[:, 0]
            which[:, node] = np.where(best[:, node] > 1, mine[strongest], -1)
    return np.log(1 - heard + heard * best).sum(axis=1), which


def explained(pulses: Pulses, candidates: Floats) -> list[Shot]:
    """Sources among ``candidates`` and their further rounds, those of a place together above chance."""
    account = Account(pulses, pulses.chance.copy())
    while True:
        shot = _next(account, candidates)
        if shot is None:
            break
        _accept(account, shot)
        while (further := _round(account, shot)) is not None:
            _accept(account, further)
    return _beyond_chance(pulses, account.shots)


def _next(account: Account, candidates: Floats) -> Shot | None:
    """The candidate that explains most of what is left, if it pays for itself."""
    pulses = account.pulses
    if not candidates.size:
        return None
    nats, direct = evidence(pulses, account.chance, candidates)
    places = np.array([shot.at for shot in account.shots]).reshape(-1, 4)
    apart = np.linalg.norm(candidates[:, None, :2] - places[None, :, :2], axis=-1)
    is_new = ~(apart < SAME_PLACE_M).any(axis=1)
    nats = nats - SHOT_NATS - np.where(is_new, PLACE_NATS, SAME_NATS)
    nats[(direct >= 0).sum(axis=1) < _least(pulses)] = -np.inf
    best = int(nats.argmax())
    if nats[best] <= 0:
        return None
    place = len(account.shots) if is_new[best] else account.shots[int(apart[best].argmin())].place
    return Shot(candidates[best], direct[best], float(nats[best]), place)


def _least(pulses: Pulses) -> int:
    """How many nodes must agree: four times fix a place, three do where a direction is known."""
    return LEAST_NODES - bool((~np.isnan(pulses.azimuth_rad)).any())


def _accept(account: Account, shot: Shot) -> None:
    pulses = account.pulses
    expected = shot.at[3] + pulses.taken_s(shot.at[:3])
    has = shot.direct >= 0
    came = pulses.at_s[shot.direct[has]]
    expected[has] = np.where(np.abs(came - expected[has]) < CLAIMED_S, came, expected[has])
    account.claim(shot.at, expected)
    account.shots.append(shot)


def _round(account: Account, shot: Shot) -> Shot | None:
    """Another round from the same place, by the shot's own arrivals, if there is one."""
    pulses = account.pulses
    has = np.flatnonzero(shot.direct >= 0)
    if has.size < ROUND_NODES:
        return None
    template = np.full(len(pulses.names), np.nan)
    template[has] = pulses.at_s[shot.direct[has]]
    shift = pulses.at_s - template[pulses.node]
    taken = np.array([other.at[3] - shot.at[3] for other in account.shots if other.place == shot.place])
    tried = shift[~np.isnan(shift)]
    tried = tried[(np.abs(tried[:, None] - taken) > DEAD_S).all(axis=1)]
    if not tried.size:
        return None
    heard = np.zeros(len(pulses.names))
    away = pulses.away_m(shot.at[:3])
    heard[has] = pulses.heard(away)[has]
    spread = np.sqrt(2 * pulses.sigma_s**2 + REPEAT_S**2)
    rest = np.nan_to_num(shift[None] - tried[:, None], nan=1e3)
    wide = pulses.spread_s(away[pulses.node])
    ratio = (
        (1 - WIDE_SHARE) * np.exp(-0.5 * (rest / spread) ** 2) / spread
        + WIDE_SHARE * np.exp(-0.5 * (rest / wide) ** 2) / wide
    ) / (math.sqrt(2 * math.pi) * account.chance)
    nats, direct = _summed(pulses, ratio, np.tile(heard, (tried.size, 1)))
    nats[(direct >= 0).sum(axis=1) < ROUND_NODES] = -np.inf
    best = int(nats.argmax())
    if nats[best] <= ROUND_NATS:
        return None
    at = shot.at.copy()
    used = direct[best][direct[best] >= 0]
    at[3] += float(np.median(shift[used]))
    return Shot(at, direct[best], float(nats[best] - ROUND_NATS), shot.place, repeats=True)


def assigned(pulses: Pulses, shot: Shot, place: Floats, speed_m_s: float, wind: Floats, time_s: float) -> Shot:
    """The shot with the direct sounds that lie nearest to where a fix expects them, with its own spread of the air."""
    away = pulses.away_m(place)
    expected = time_s + travel.seconds(place[None], pulses.nodes, speed_m_s, wind)
    rest = np.abs(pulses.at_s - expected[pulses.node])
    near = rest < CLAIMED * pulses.spread_s(away[pulses.node])
    direct = np.full(len(pulses.names), -1, np.intp)
    for node in range(direct.size):
        mine = np.flatnonzero(near & (pulses.node == node))
        if mine.size:
            direct[node] = mine[rest[mine].argmin()]
    return replace(shot, at=np.append(place, time_s), direct=direct)


def _chances(pulses: Pulses) -> float:
    """Logarithm of how many places and moments the pulses could tell apart."""
    extent = np.ptp(pulses.nodes[:, :2], axis=0) + 2 * MARGIN_M
    spread_s = float(np.median(pulses.spread_s(np.full(pulses.at_s.size, float(np.hypot(*extent)) / 4))))
    cells = float(np.prod(extent)) / (spread_s * pulses.air.speed_m_s) ** 2
    moments = (float(pulses.at_s[-1]) + float(np.hypot(*extent)) / pulses.air.speed_m_s) / spread_s
    return math.log(cells * moments)


def _beyond_chance(pulses: Pulses, shots: list[Shot]) -> list[Shot]:
    """The shots of places that bring more than chance does.

    Where pulses of several nodes meet by chance, those that follow each at a fixed distance meet again: rounds that
    repeat another's arrivals prove little of the place.
    """
    chances, kept = _chances(pulses), []
    for shot in shots:
        of_place = [other for other in shots if other.place == shot.place]
        met = sum(other.evidence for other in of_place if not other.repeats)
        again = sum(other.evidence for other in of_place if other.repeats)
        if met - chances >= BEYOND_NATS or met + min(met, again) - chances >= REPEATED_NATS:
            kept.append(shot)
    return kept
