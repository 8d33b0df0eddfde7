"""The model that ships and its card: weights, scales, and what the cross-validation said of them.

    log-odds of sounds that the networks never heard ─┬─▶ slope and offset of the score (J. Platt, 1999)
                                                      └─▶ thresholds, false alarms a day, recall

The scale is set on what was held out; the networks that ship heard everything, and are taken to score alike.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dsp.training.recordings import NAMES, Recording
from dsp.training.verdicts import CLEAR_DB, Scores, Stretch, Verdicts

ALARMS = (1, 2, 3, 5, 8, 12, 20, 32, 50, 80, 120, 200, 400, 800)
"""Rows of the table of thresholds: so many false alarms in all composed hours."""
NEWTON_STEPS = 50
PRIOR = 1e-3  # of the slope: keeps it finite where the classes part cleanly


def scale(folds: Sequence[Verdicts], kind: str) -> dict[str, object]:
    """How log-odds of ``kind`` become a score, and what its thresholds cost."""
    right, wrong = _right(folds, kind), _wrong(folds)
    slope, offset = platt(right, wrong)
    return {"slope": round(slope, 5), "offset": round(offset, 5), "alarms": list(_alarms(folds, right, slope, offset))}


def _right(folds: Sequence[Verdicts], kind: str) -> Scores:
    """Of clear events; those that were not even proposed are missing."""
    shots = (
        [shot.score for fold in folds for shot in fold.shots if shot.snr_db >= CLEAR_DB] if kind == "gunshot" else []
    )
    return np.array([*shots, *(score for fold in folds for _, _, score in fold.others)])


def _wrong(folds: Sequence[Verdicts]) -> Scores:
    """Of bangs that are something else: the best of each clip, and of each ten seconds of composed streets."""
    clips = [float(clip.score.max()) for fold in folds for clip in fold.clips if clip.score.size]
    hours = [
        float(hour.score[hour.at_s // 10 == ten].max())
        for fold in folds
        for hour in fold.hours
        for ten in np.unique(hour.at_s // 10)
    ]
    return np.array([*clips, *hours])


def platt(right: Scores, wrong: Scores) -> tuple[float, float]:
    """Slope and offset of the logistic curve that fits best, ``right`` and ``wrong`` weighing the same."""
    right = right[np.isfinite(right)]
    x = np.concatenate((right, wrong))
    y = np.concatenate((np.ones(right.size), np.zeros(wrong.size)))
    weight = np.concatenate((np.full(right.size, 0.5 / right.size), np.full(wrong.size, 0.5 / wrong.size)))
    design = np.stack((x, np.ones_like(x)), axis=1)
    at = np.array([1.0, 0.0])
    for _ in range(NEWTON_STEPS):
        p = 1 / (1 + np.exp(-np.clip(design @ at, -500, 500)))
        slope = design.T @ (weight * (p - y)) + PRIOR * np.array([at[0], 0])
        bend = (design * (weight * p * (1 - p))[:, None]).T @ design + PRIOR * np.eye(2)
        at = at - np.linalg.solve(bend, slope)
    return float(at[0]), float(at[1])


def _alarms(folds: Sequence[Verdicts], right: Scores, slope: float, offset: float) -> Iterable[dict[str, float]]:
    hours = [hour for fold in folds for hour in fold.hours]
    days = sum(hour.seconds for hour in hours) / 86_400
    candidates = np.unique(np.concatenate([hour.score for hour in hours]))[::-1][:20_000]
    for most in ALARMS:
        at = _last_within(hours, most, candidates)
        threshold = 1 / (1 + np.exp(-(slope * candidates[at] + offset)))
        yield {
            "threshold": float(threshold),
            "a_day": round(most / days, 2),
            "recall": round(float(np.mean(right >= candidates[at])), 4),
        }


def _last_within(hours: Sequence[Stretch], most: int, candidates: Scores) -> int:
    """Index of the least of the falling ``candidates`` that alarms no more than ``most`` times."""
    low, high = 0, candidates.size - 1
    while low < high:
        middle = (low + high + 1) // 2
        within = sum(hour.alarms(float(candidates[middle])) for hour in hours) <= most
        low, high = (middle, high) if within else (low, middle - 1)
    return low


def sources(recordings: Sequence[Recording]) -> list[dict[str, object]]:
    """Who recorded what the networks learned from, under which licence, with the words that must travel with it."""
    count: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for recording in recordings:
        count[recording.source, recording.licence, recording.attribution] += 1
    return [
        {"source": source, "licence": licence, "attribution": attribution, "recordings": size}
        for (source, licence, attribution), size in sorted(count.items())
    ]


def ship(said: Path, seeds: Sequence[int], strides: Sequence[int], card: dict[str, object], out: Path) -> None:
    """Writes the weights of the networks that heard all, and the card with their hash."""
    weights: dict[str, NDArray[np.float16]] = {}
    for number, seed in enumerate(seeds):
        with np.load(said / f"fold-1-seed{seed}.npz") as held:
            names = [name for name in held.files if name.startswith("weights/")]
            weights |= {f"{number}/{name.removeprefix('weights/')}": held[name].astype(np.float16) for name in names}
    out.mkdir(parents=True, exist_ok=True)
    np.savez(out / "impulse.npz", allow_pickle=False, **weights)
    digest = hashlib.sha256((out / "impulse.npz").read_bytes()).hexdigest()
    full = {"sha256": digest, "networks": len(seeds), "strides": list(strides), "classes": list(NAMES), **card}
    (out / "impulse.json").write_text(json.dumps(full, indent=1) + "\n", encoding="utf-8")
