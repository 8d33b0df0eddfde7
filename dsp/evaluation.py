"""Detections held against labels: who belongs to whom, and how sure the figures are.

    labels      │     │         │            hit     a pair within the tolerance, nearest pairs first, each used once
    detections  │    │     │    │            missed  a label left over
                hit  hit  extra hit          extra   a detection left over

Shares: E. Wilson, J. Am. Stat. Assoc. 22, 1927. Rates: exact Poisson limits, F. Garwood, Biometrika 28, 1936. Shots of
one position are alike, so shares are resampled by group too: B. Efron, Ann. Stat. 7, 1979.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv

NORMAL_95 = 1.959964  # two-sided 95 % of the normal distribution
TAIL_95 = (1 - 0.95) / 2
RESAMPLES = 2000
"""The 2.5 % quantile rests on 50 of them, good to about a tenth of the interval's width."""


@dataclass(frozen=True, slots=True)
class Matched:
    """Indices: ``hits`` pairs (label, detection) in order of label, ``missed`` labels, ``extra`` detections."""

    hits: tuple[tuple[int, int], ...]
    missed: tuple[int, ...]
    extra: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """95 % limits."""

    low: float
    high: float


def match(detections_s: Sequence[float], labels_s: Sequence[float], tolerance_s: float) -> Matched:
    """Pairs of label and detection at most ``tolerance_s`` apart, the nearest first, each used once."""
    apart = sorted((abs(d - t), i, j) for i, t in enumerate(labels_s) for j, d in enumerate(detections_s))
    of_label: dict[int, int] = {}
    taken: set[int] = set()
    for distance_s, label, detection in apart:
        if distance_s <= tolerance_s and label not in of_label and detection not in taken:
            of_label[label] = detection
            taken.add(detection)
    return Matched(
        hits=tuple(sorted(of_label.items())),
        missed=tuple(i for i in range(len(labels_s)) if i not in of_label),
        extra=tuple(j for j in range(len(detections_s)) if j not in taken),
    )


def wilson(successes: int, trials: int) -> Interval:
    """Limits of the share behind ``successes`` of ``trials``; 0 to 1 when there were none."""
    if trials == 0:
        return Interval(0.0, 1.0)
    share = successes / trials
    weight = NORMAL_95**2 / trials
    middle = (share + weight / 2) / (1 + weight)
    half = NORMAL_95 / (1 + weight) * (share * (1 - share) / trials + weight / (4 * trials)) ** 0.5
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def poisson_rate(count: int, duration: float) -> Interval:
    """Exact limits of the rate behind ``count`` events in ``duration``, per unit of duration."""
    low = float(gammaincinv(count, TAIL_95)) if count else 0.0
    return Interval(low / duration, float(gammaincinv(count + 1, 1 - TAIL_95)) / duration)


def bootstrap_share(groups: Sequence[tuple[int, int]], *, seed: int) -> Interval:
    """Limits of the pooled share of (successes, trials) when whole ``groups`` are drawn again, with replacement.

    Each group has trials; 0 to 1 when there are no groups.
    """
    if not groups:
        return Interval(0.0, 1.0)
    counts = np.asarray(groups)
    drawn = np.random.default_rng(seed).integers(len(counts), size=(RESAMPLES, len(counts)))
    successes, trials = counts[drawn].sum(axis=1).T
    low, high = np.quantile(successes / trials, (TAIL_95, 1 - TAIL_95))
    return Interval(float(low), float(high))
