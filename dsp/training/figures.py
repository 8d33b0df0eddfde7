"""All figures of the card, in words: shots, seeds, incidents, other kinds, timing, calibration."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TextIO

import numpy as np

from dsp.training import card, incidents, report
from dsp.training.prepared import IGNORED, PAD_S, clips
from dsp.training.report import Judged, judged
from dsp.training.verdicts import CLEAR_DB, Verdicts, verdicts
from dsp.trigger import RATE_HZ

STREET_AN_HOUR = 1.0
CLIPS_AN_HOUR = 10.0
BINS = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 1.0)


def write(work: Path, seeds: Sequence[int], out: TextIO) -> None:
    """All lines to ``out``."""
    out.writelines(f"{line}\n" for line in lines(work, seeds))


def lines(work: Path, seeds: Sequence[int]) -> Iterator[str]:
    """The report, line by line."""
    said = work / "networks"
    folds = verdicts(work, said, seeds)
    yield f"GUNSHOTS, thresholds of the other folds: at most {STREET_AN_HOUR:g} an hour in composed streets"
    yield from report.table(judged(folds, street_an_hour=STREET_AN_HOUR, clips_an_hour=np.inf))
    yield f"GUNSHOTS, and at most {CLIPS_AN_HOUR:g} an hour over the effect clips"
    yield from report.table(judged(folds, street_an_hour=STREET_AN_HOUR, clips_an_hour=CLIPS_AN_HOUR))
    yield f"SEEDS, recall of shots of {CLEAR_DB:g} dB or more: street, street and clips"
    for chosen in (*((seed,) for seed in seeds), tuple(seeds)):
        yield _seed(chosen, verdicts(work, said, chosen))
    yield "BY INCIDENT, three sensors or more within 3 s"
    yield from incidents.table(folds)
    yield "OTHER KINDS, at most 1 an hour in composed streets"
    others = {kind: verdicts(work, said, seeds, kind) for kind in card.ALARMING if kind != "gunshot"}
    yield from report.kinds_table(
        {kind: judged(f, street_an_hour=STREET_AN_HOUR, clips_an_hour=np.inf) for kind, f in others.items()}
    )
    yield _timing(work)
    yield "CALIBRATION, scale of the other folds: score, mean score, share that was right, shots and others alike many"
    yield from _reliability(folds)


def _seed(seeds: Sequence[int], folds: Sequence[Verdicts]) -> str:
    street = judged(folds, street_an_hour=STREET_AN_HOUR, clips_an_hour=np.inf)
    both = judged(folds, street_an_hour=STREET_AN_HOUR, clips_an_hour=CLIPS_AN_HOUR)
    return f"  {', '.join(map(str, seeds)):10} {_recall(street):.3f} {_recall(both):.3f}"


def _recall(folds: Sequence[Judged]) -> float:
    return float(np.mean([found for shot, found in report.shots(folds) if shot.snr_db >= CLEAR_DB]))


def _timing(work: Path) -> str:
    """Detected less labelled onset, of all labelled shots of the live fire that were proposed."""
    apart = [
        1000 * (onset.at / RATE_HZ - PAD_S - clip.shots[onset.shot][0])
        for clip in clips(work)
        if clip.live_fire
        for onset in clip.onsets
        if onset.shot != IGNORED and clip.shots[onset.shot][1] >= CLEAR_DB
    ]
    low, middle, high = np.percentile(apart, (5, 50, 95))
    within = float(np.mean(np.abs(apart) <= 2))
    return f"ONSET ERROR ms, 5 50 95 %: {low:+.1f} {middle:+.1f} {high:+.1f}; within 2 ms: {within:.3f}"


def _reliability(folds: Sequence[Verdicts]) -> Iterator[str]:
    score, truth, weight = [], [], []
    for fold in folds:
        others = [other for other in folds if other.fold != fold.fold]
        slope, offset = card.platt(card.right(others, "gunshot"), card.wrong(others))
        good, bad = card.right([fold], "gunshot"), card.wrong([fold])
        for of_kind, is_good in ((good[np.isfinite(good)], 1.0), (bad, 0.0)):
            score.append(1 / (1 + np.exp(-(slope * of_kind + offset))))
            truth.append(np.full(of_kind.size, is_good))
            weight.append(np.full(of_kind.size, 1 / of_kind.size))
    p, y, w = map(np.concatenate, (score, truth, weight))
    for low, high in pairwise(BINS):
        inside = (p >= low) & (p < high + (high == 1))
        if inside.any():
            mean, right = np.average(p[inside], weights=w[inside]), np.average(y[inside], weights=w[inside])
            yield f"  {low:.2f} to {high:.2f}  {mean:.2f}  {right:.2f}   ({int(inside.sum())} sounds)"
