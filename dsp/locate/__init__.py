"""Where sources of sound were, from arrivals at several nodes; nobody chooses the arrivals.

    arrivals ─▶ candidates ─▶ explained ─▶ fixed ─▶ told
                 a vote        direct sounds,  place, times,  used, echoes, noise,
                 on a grid     echoes, chance  air, errors    or why nothing is said

After trials on ShotSpotter's live fire in Pittsburgh, whose figures ``python -m hil_tests.bench.locate`` makes anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from dsp.locate.answer import Answer, Ellipse, Rejected, Source
from dsp.locate.candidates import candidates
from dsp.locate.evidence import KELVIN, SPEED_AT_ZERO_M_S, Air, Arrival, Place, Street
from dsp.locate.explain import Shot, assigned, explained
from dsp.locate.fix import Fix, fixed
from dsp.locate.pulses import Floats, Pulses

__all__ = ["Air", "Answer", "Arrival", "Ellipse", "Place", "Rejected", "Source", "Street", "locate"]

LEAST_NODES = 3
CHI2_95 = 5.991  # two dimensions
MOST_ERROR_M = 100.0  # what is worse says which district, not where
MIRROR_M = 15.0
MIRROR_NATS = 3.0  # a mirror image that is no less likely than this is as good an answer
AGAIN = 2  # times that direct sounds are chosen anew by the place
LOOSE = 1.5  # a fit of all rounds with rests so much larger than expected, squared, is worth a look round by round
SPLIT_NATS = 6.0  # what a place of its own must bring each round
ECHO_AFTER_S = 1.5


def locate(
    nodes: Mapping[str, Place],
    arrivals: Sequence[Arrival],
    *,
    air: Air | None = None,
    street: Street | None = None,
    listened_s: float = 0.0,
) -> Answer:
    """The sources that explain ``arrivals`` at ``nodes`` that listened.

    A node that listens and tells nothing is evidence too; one that does not listen must not be among the nodes. That
    they listened for ``listened_s`` and told no more than ``arrivals`` tells how seldom they err.
    ValueError for an arrival at a node without a place, or for a number that is none.
    """
    _check(nodes, arrivals)
    heard = {one.node for one in arrivals}
    directions = any(one.azimuth_deg is not None for one in arrivals)
    if len(heard) < LEAST_NODES:
        return _nothing(arrivals, f"{len(heard)} nodes heard something; a place takes {LEAST_NODES} at least")
    pulses = Pulses.of(nodes, arrivals, air or Air(), street or Street(), listened_s)
    shots = explained(pulses, candidates(pulses))
    if not shots:
        need = "3 nodes and a direction" if directions else "4 nodes"
        return _nothing(
            arrivals, f"no source explains the arrivals better than chance does; it takes {need} that agree"
        )
    located = [place for group in _places(shots) for place in _located(pulses, group)]
    return _told(pulses, located) if located else _nothing(arrivals, "no place explains the direct sounds")


def _check(nodes: Mapping[str, Place], arrivals: Sequence[Arrival]) -> None:
    for one in arrivals:
        if one.node not in nodes:
            raise ValueError(f"an arrival at {one.node!r}, which has no place; known are {', '.join(sorted(nodes))}")
        if not np.isfinite(one.time_s) or not 0 < one.sigma_s < np.inf:
            raise ValueError(f"{one.node}: time {one.time_s} s, sigma {one.sigma_s} s; expected numbers, sigma above 0")
    for name, place in nodes.items():
        if not np.isfinite((place.x_m, place.y_m, place.z_m)).all():
            raise ValueError(f"{name} stands at {place}; expected numbers")


def _nothing(arrivals: Sequence[Arrival], why: str) -> Answer:
    return Answer((), tuple(Rejected(number, "no source rests on it") for number in range(len(arrivals))), why)


def _places(shots: Sequence[Shot]) -> Iterator[list[Shot]]:
    for place in dict.fromkeys(shot.place for shot in shots):
        yield sorted((shot for shot in shots if shot.place == place), key=lambda shot: shot.at[3])


@dataclass(frozen=True, slots=True)
class _Located:
    """Rounds of one place, the fix, and why it is none, if so."""

    shots: list[Shot]
    fix: Fix
    refused: str


def _located(pulses: Pulses, shots: list[Shot]) -> list[_Located]:
    """One place for all rounds, or each its own where that explains them much better."""
    try:
        found = [_settled(pulses, shots)]
    except LookupError:
        return []
    if len(shots) > 1 and found[0][1].excess > LOOSE:
        with suppress(LookupError):
            alone = [_settled(pulses, [shot]) for shot in shots]
            if sum(fix.nats for _, fix in alone) - found[0][1].nats > SPLIT_NATS * (len(shots) - 1):
                found = alone
    return [_Located(shots, fix, _refused(pulses, shots, fix)) for shots, fix in found]


def _settled(pulses: Pulses, shots: list[Shot]) -> tuple[list[Shot], Fix]:
    """The shots and their fix, when the direct sounds that its place chooses are those that it rests on."""
    fix = fixed(pulses, shots)
    for _ in range(AGAIN):
        moved = [
            assigned(pulses, shot, fix.place, fix.speed_m_s, fix.wind, time_s)
            for shot, time_s in zip(shots, fix.times_s, strict=True)
        ]
        same = all((a.direct == b.direct).all() for a, b in zip(shots, moved, strict=True))
        if same or min((shot.direct >= 0).sum() for shot in moved) < LEAST_NODES:
            break
        shots, fix = moved, fixed(pulses, moved, fix.place[:2])
    return shots, fix


def _refused(pulses: Pulses, shots: list[Shot], fix: Fix) -> str:
    error_m = float(np.sqrt(np.trace(fix.covariance[:2, :2])))
    if not error_m < MOST_ERROR_M:
        return f"the nodes' geometry does not carry it: the error would be {error_m:.0f} m"
    across = _mirror(pulses.nodes[np.unique(pulses.node[fix.pulses])], fix.place)
    with suppress(LookupError):
        return _mirrored(fix, fixed(pulses, shots, across), error_m)
    return ""


def _mirrored(fix: Fix, mirrored: Fix, error_m: float) -> str:
    """Whether the other side of the nodes' line explains the arrivals as well."""
    apart_m = float(np.linalg.norm(mirrored.place[:2] - fix.place[:2]))
    if apart_m > max(MIRROR_M, 5 * error_m) and mirrored.nats > fix.nats - MIRROR_NATS:
        return f"the nodes stand in a line: a place {apart_m:.0f} m away explains the arrivals as well"
    return ""


def _mirror(nodes: Floats, place: Floats) -> Floats:
    """``place`` on the other side of the line along which the nodes stand."""
    middle = nodes[:, :2].mean(axis=0)
    _, _, axes = np.linalg.svd(nodes[:, :2] - middle)
    across = axes[1] * ((place[:2] - middle) @ axes[1])
    return np.asarray(place[:2] - 2 * across)


def _told(pulses: Pulses, located: Sequence[_Located]) -> Answer:
    good = [one for one in located if not one.refused]
    sources = [_source(pulses, one, k) for one in good for k in range(len(one.shots))]
    sources.sort(key=lambda source: source.time_s)
    used = {i for source in sources for i in source.used}
    echoes = {i for source in sources for i in source.echoes}
    rejected = [
        Rejected(i, "echo" if i in echoes else _why(pulses, located, i))
        for i in sorted(pulses.order.tolist())
        if i not in used
    ]
    return Answer(tuple(sources), tuple(rejected), "" if good else located[0].refused)


def _why(pulses: Pulses, located: Sequence[_Located], given: int) -> str:
    """Of an arrival that is neither used nor an echo."""
    for one in located:
        for row, i in enumerate(one.fix.pulses):
            if pulses.order[i] == given:
                return one.refused or f"{1e3 * one.fix.rest_s[row]:+.1f} ms off the source that fits the others"
    return "noise: of no source"


def _source(pulses: Pulses, one: _Located, k: int) -> Source:
    fix, shot = one.fix, one.shots[k]
    cov = fix.covariance[:2, :2]
    mine = fix.pulses[(fix.round == k) & fix.used]
    return Source(
        x_m=float(fix.place[0]),
        y_m=float(fix.place[1]),
        z_m=float(fix.place[2]),
        time_s=float(pulses.epoch_s + fix.times_s[k]),
        error_m=float(np.sqrt(np.trace(cov))),
        ellipse=_ellipse(cov),
        evidence=shot.evidence,
        used=tuple(sorted(pulses.order[mine].tolist())),
        echoes=_echoes(pulses, fix, k),
        silent=_silent(pulses, fix, k),
        air=_air(fix),
    )


def _ellipse(covariance: Floats) -> Ellipse:
    values, vectors = np.linalg.eigh(covariance)
    major = vectors[:, 1]
    half = np.sqrt(CHI2_95 * np.maximum(values, 0))
    return Ellipse(float(half[1]), float(half[0]), float(np.degrees(np.arctan2(major[0], major[1])) % 180))


def _echoes(pulses: Pulses, fix: Fix, k: int) -> tuple[int, ...]:
    """Pulses soon after the direct sound's time at their node, until the next round's."""
    expected = fix.times_s[k] + pulses.away_m(fix.place) / fix.speed_m_s
    after = pulses.at_s - expected[pulses.node]
    later = fix.times_s[fix.times_s > fix.times_s[k]]
    until = min(ECHO_AFTER_S, float(later.min() - fix.times_s[k])) if later.size else ECHO_AFTER_S
    among = (after > 0) & (after < until) & ~np.isin(np.arange(after.size), fix.pulses[fix.used])
    return tuple(sorted(pulses.order[among].tolist()))


def _silent(pulses: Pulses, fix: Fix, k: int) -> tuple[str, ...]:
    heard = pulses.heard(pulses.away_m(fix.place))
    told = set(pulses.node[fix.pulses[fix.round == k]].tolist())
    return tuple(name for number, name in enumerate(pulses.names) if number not in told and heard[number] > 0.5)


def _air(fix: Fix) -> Air:
    speed, (east, north) = fix.speed_m_s, fix.wind
    sigma_c, sigma_w = np.sqrt(fix.covariance[3, 3]), np.sqrt((fix.covariance[4, 4] + fix.covariance[5, 5]) / 2)
    celsius = KELVIN * ((speed / SPEED_AT_ZERO_M_S) ** 2 - 1)
    return Air(
        temperature_c=float(celsius),
        temperature_sigma_c=float(sigma_c * 2 * KELVIN * speed / SPEED_AT_ZERO_M_S**2),
        wind_m_s=float(np.hypot(east, north)),
        wind_from_deg=float(np.degrees(np.arctan2(-east, -north)) % 360),
        wind_sigma_m_s=float(sigma_w),
    )
