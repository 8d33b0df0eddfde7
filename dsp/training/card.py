"""The model that ships and its card: weights, scales, and what the cross-validation said of them.

    log-odds of sounds that the networks never heard ─┬─▶ slope and offset of the score (J. Platt, 1999)
                                                      └─▶ thresholds, false alarms a day, recall

The scale is set on what was held out; the networks that ship heard everything, and are taken to score alike.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dsp.training.recordings import NAMES, Recording, recordings
from dsp.training.verdicts import CLEAR_DB, Scores, Verdicts, least_threshold, verdicts

ALARMS = (1, 2, 3, 5, 8, 12, 20, 32, 50, 80, 120, 200, 400, 800)
"""Rows of the table of thresholds: so many false alarms in all composed hours."""
NEWTON_STEPS = 50
LEAST_STEP = 1e-9
PRIOR = 1e-4  # of slope and offset: keeps them finite where the classes part cleanly
ALARMING = ("gunshot", "fireworks", "explosion", "glass_break", "scream")
STRIDES = (2, 2, 1, 2, 1)  # of ``dsp.training.fit.LAYERS``
LIMITS = (
    "One winter night in one city gave all live fire: three handguns, seven positions, groups of three rounds.",
    "No street was recorded for hours: the street hours are composed of shorter recordings.",
    "Fireworks and shots are physically alike; eight clips and a New Year's Eve do not teach the difference.",
    "Explosions, breaking glass and fireworks are few, and partly sound designed: their figures have wide limits.",
    "The networks that ship heard every recording; figures and thresholds are those of networks that did not.",
    "Fitted on a GPU, whose sums do not repeat to the last bit: fitted anew, networks differ as those of two seeds do.",
)


def scale(folds: Sequence[Verdicts], kind: str) -> dict[str, object]:
    """How log-odds of ``kind`` become a score, and what its thresholds cost."""
    clear = right(folds, kind)
    slope, offset = platt(clear, wrong(folds))
    return {"slope": round(slope, 5), "offset": round(offset, 5), "alarms": list(_alarms(folds, clear, slope, offset))}


def right(folds: Sequence[Verdicts], kind: str) -> Scores:
    """Of clear events; those that were not even proposed are missing."""
    shots = (
        [shot.score for fold in folds for shot in fold.shots if shot.snr_db >= CLEAR_DB] if kind == "gunshot" else []
    )
    return np.array([*shots, *(score for fold in folds for _, _, score in fold.others)])


def wrong(folds: Sequence[Verdicts]) -> Scores:
    """Of bangs that are something else: the best of each clip, and of each ten seconds of composed streets."""
    clips = [float(clip.score.max()) for fold in folds for clip in fold.clips if clip.score.size]
    hours = [
        float(hour.score[hour.at_s // 10 == ten].max())
        for fold in folds
        for hour in fold.hours
        for ten in np.unique(hour.at_s // 10)
    ]
    return np.array([*clips, *hours])


def platt(good: Scores, bad: Scores) -> tuple[float, float]:
    """Slope and offset of the logistic curve that fits best, ``good`` and ``bad`` weighing the same."""
    good = good[np.isfinite(good)]
    x = np.concatenate((good, bad))
    y = np.concatenate((np.ones(good.size), np.zeros(bad.size)))
    weight = np.concatenate((np.full(good.size, 0.5 / good.size), np.full(bad.size, 0.5 / bad.size)))
    middle, spread = float(np.average(x, weights=weight)), float(x.std()) + 1e-9
    design = np.stack(((x - middle) / spread, np.ones_like(x)), axis=1)
    at = np.zeros(2)
    for _ in range(NEWTON_STEPS):
        at = _lower(design, y, weight, at)
    return float(at[0] / spread), float(at[1] - at[0] * middle / spread)


def _lower(design: Scores, y: Scores, weight: Scores, at: Scores) -> Scores:
    """One of Newton's steps, halved until it goes down: far from the best it may overshoot."""
    p = 1 / (1 + np.exp(-design @ at))
    slope = design.T @ (weight * (p - y)) + PRIOR * at
    bend = (design * (weight * p * (1 - p))[:, None]).T @ design + PRIOR * np.eye(2)
    step = np.linalg.solve(bend, slope)
    here = _loss(design, y, weight, at)
    while _loss(design, y, weight, at - step) > here and np.abs(step).max() > LEAST_STEP:
        step = step / 2
    return np.asarray(at - step)


def _loss(design: Scores, y: Scores, weight: Scores, at: Scores) -> float:
    """Weighted log loss, and the prior's."""
    x = design @ at
    return float(weight @ (np.logaddexp(0, x) - y * x) + PRIOR / 2 * at @ at)


def _alarms(folds: Sequence[Verdicts], clear: Scores, slope: float, offset: float) -> Iterable[dict[str, float]]:
    hours = [hour for fold in folds for hour in fold.hours]
    days = sum(hour.seconds for hour in hours) / 86_400
    candidates = np.unique(np.concatenate([hour.score for hour in hours]))[::-1][:20_000]
    for most in ALARMS:
        least = least_threshold(hours, most, candidates)
        threshold = 1 / (1 + np.exp(-(slope * least + offset)))
        yield {
            "threshold": float(np.ceil(threshold * 10_000) / 10_000),  # four digits alarm no more often
            "a_day": round(most / days, 2),
            "recall": round(float(np.mean(clear >= least)), 4),
        }


def sources(heard: Sequence[Recording]) -> list[dict[str, object]]:
    """Who recorded what the networks learned from, under which licence, with the words that must travel with it."""
    count: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for recording in heard:
        count[recording.source, recording.licence, recording.attribution] += 1
    return [
        {"source": source, "licence": licence, "attribution": attribution, "recordings": size}
        for (source, licence, attribution), size in sorted(count.items())
    ]


def write(data: Path, work: Path, seeds: Sequence[int], out: Path) -> None:
    """Writes the networks that heard all, and the card, to ``out``."""
    from dsp.training import figures  # which reads this module

    folds = {kind: verdicts(work, work / "networks", seeds, kind) for kind in ALARMING}
    card = {
        "made_by": "python -m dsp.training",
        "seeds": list(seeds),
        "scales": {kind: scale(of_kind, kind) for kind, of_kind in folds.items()},
        "figures": list(figures.lines(work, seeds)),
        "limits": LIMITS,
        "sources": sources(recordings(data)),
        "groups": sorted({recording.group for recording in recordings(data)}),
    }
    _ship(work / "networks", seeds, card, out)


def _ship(said: Path, seeds: Sequence[int], card: Mapping[str, object], out: Path) -> None:
    weights: dict[str, NDArray[np.float16]] = {}
    for number, seed in enumerate(seeds):
        with np.load(said / f"fold-1-seed{seed}.npz") as held:
            names = [name for name in held.files if name.startswith("weights/")]
            weights |= {f"{number}/{name.removeprefix('weights/')}": held[name].astype(np.float16) for name in names}
    out.mkdir(parents=True, exist_ok=True)
    np.savez(out / "impulse.npz", allow_pickle=False, **weights)
    digest = hashlib.sha256((out / "impulse.npz").read_bytes()).hexdigest()
    full = {"sha256": digest, "networks": len(seeds), "strides": STRIDES, "classes": NAMES, **card}
    (out / "impulse.json").write_text(json.dumps(full, indent=1) + "\n", encoding="utf-8")
