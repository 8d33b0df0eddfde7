"""All pulses as arrays, and how likely each is to have come by chance.

    rate of chance pulses at a pulse = of its node's own noise + aftermath of the pulse before it at the node

A pulse that follows another at the same node is likelier an echo of whatever made that one, so what comes first weighs
most. Noise is what was counted of pulses that follow none, drawn to ``noise_per_s`` as if so much had been heard of
another ``PRIOR_S``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.locate import travel
from dsp.locate.evidence import Air, Arrival, Place, Street

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

PRIOR_S = 10.0
ISOLATED_S = 1.0  # after an echo's time and more
AZIMUTH_STRAY = 0.1  # share of directions that are those of a reflection, or wrong


@dataclass(frozen=True, slots=True)
class Pulses:
    """Arrivals in order of time, seconds since the first; ``order`` has their places among those given."""

    names: tuple[str, ...]
    nodes: Floats  # (n, 3)
    order: Indices
    at_s: Floats
    node: Indices
    sigma_s: Floats
    azimuth_rad: Floats  # NaN: none
    azimuth_sigma_rad: Floats
    chance: Floats  # pulses a second
    epoch_s: float
    street: Street
    air: Air

    @classmethod
    def of(
        cls, nodes: Mapping[str, Place], arrivals: Sequence[Arrival], air: Air, street: Street, listened_s: float = 0.0
    ) -> "Pulses":
        """Of what was heard while the nodes listened for ``listened_s``, or from first to last if that is longer."""
        epoch_s = min(one.time_s for one in arrivals)
        names = tuple(nodes)
        index = {name: number for number, name in enumerate(names)}
        order = np.array(sorted(range(len(arrivals)), key=lambda i: arrivals[i].time_s), np.intp)
        sorted_arrivals = [arrivals[i] for i in order]
        at_s = np.array([one.time_s - epoch_s for one in sorted_arrivals])
        node = np.array([index[one.node] for one in sorted_arrivals], np.intp)
        azimuths = [np.nan if one.azimuth_deg is None else one.azimuth_deg for one in sorted_arrivals]
        return cls(
            names,
            np.array([(place.x_m, place.y_m, place.z_m) for place in nodes.values()]).reshape(-1, 3),
            order,
            at_s,
            node,
            np.array([one.sigma_s for one in sorted_arrivals]),
            np.radians(np.array(azimuths, float)),
            np.radians([one.azimuth_sigma_deg for one in sorted_arrivals]),
            _chance(at_s, node, len(names), street, listened_s),
            epoch_s,
            street,
            air,
        )

    def away_m(self, place: Floats) -> Floats:
        """How far places (…, 3) are from each node, (…, n)."""
        return np.asarray(np.linalg.norm(self.nodes - place[..., None, :], axis=-1))

    def taken_s(self, place: Floats) -> Floats:
        """How long sound takes from places (…, 3) to each node, (…, n), in the air as it was told."""
        return travel.seconds(place[..., None, :], self.nodes, self.air.speed_m_s, np.array(self.air.wind))

    def spread_s(self, away_m: Floats) -> Floats:
        """Standard deviation of a direct sound's time from a source so far away, its air not yet estimated."""
        known = self.sigma_s**2 + self.path_s(away_m) ** 2
        c = self.air.speed_m_s
        of_air = np.hypot(self.air.speed_sigma_m_s, self.air.wind_sigma_m_s) / c
        return np.asarray(np.sqrt(known + (of_air * away_m / c) ** 2))

    def path_s(self, away_m: Floats) -> Floats:
        """What path and survey alone make of it."""
        return np.asarray(np.hypot(self.street.path_s, self.street.path_s_per_m * away_m))

    def heard(self, away_m: Floats) -> Floats:
        """Probability that a node so far away tells of a bang."""
        street = self.street
        return np.asarray(street.heard / (1 + np.exp((away_m - street.heard_m) / street.heard_fade_m)))

    def direction(self, source: Floats) -> Floats:
        """How much likelier each pulse's direction is from ``source`` (…, 3) than from anywhere; 1 without one."""
        away = source[..., None, :2] - self.nodes[self.node, :2]
        off = np.angle(np.exp(1j * (np.arctan2(away[..., 0], away[..., 1]) - self.azimuth_rad)))
        sigma = self.azimuth_sigma_rad
        peak = np.sqrt(2 * np.pi) / sigma * np.exp(-0.5 * (off / sigma) ** 2)
        return np.where(np.isnan(self.azimuth_rad), 1.0, (1 - AZIMUTH_STRAY) * np.nan_to_num(peak) + AZIMUTH_STRAY)


def _chance(at_s: Floats, node: Indices, nodes: int, street: Street, listened_s: float) -> Floats:
    before_s = np.full(at_s.size, np.inf)
    last = np.full(nodes, -np.inf)
    for number, (when, where) in enumerate(zip(at_s, node, strict=True)):
        before_s[number] = when - last[where]
        last[where] = when
    aftermath = street.echoes_per_s * np.exp(-before_s / street.echo_s)
    alone = np.bincount(node[before_s > ISOLATED_S], minlength=nodes)
    heard_s = max(listened_s, float(at_s[-1])) + PRIOR_S
    pooled = (alone.mean() + street.noise_per_s * PRIOR_S) / heard_s
    noise = (alone + pooled * PRIOR_S) / heard_s
    return np.asarray(np.maximum(noise, street.noise_per_s)[node] + aftermath)
