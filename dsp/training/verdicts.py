"""What networks said of sounds that they never heard, put beside the labels. Needs NumPy alone.

The score of a proposal is the log-odds of its class against all others, averaged over the networks of several seeds.
Alarms within ``MERGE_S`` are one. So a lower threshold may count fewer of them: they run into one another, in the end
into a single one. No threshold is taken from there.

    alarms │    ╭──╮
      most ├──╭─╯  ╰──╮
           │╭─╯       ╰──
           └──▲──────────▶ falling threshold
              the least that is taken
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dsp.training.prepared import IGNORED, Clip, clips, rhythm
from dsp.training.recordings import FOLDS, NAMES
from dsp.trigger import RATE_HZ

MERGE_S = 0.25
LASTING = ("scream",)  # judged by the rhythm, two windows in a row, not by onsets
CLEAR_DB = 10.0
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Sound without the event: seconds of it, its proposals' times and scores."""

    name: str
    kind: str
    label: str
    seconds: float
    at_s: Scores
    score: Scores
    merge_s: float = MERGE_S

    def alarmed_s(self, threshold: float) -> list[float]:
        """When it would have alarmed: what reaches the threshold, and nothing just before it does."""
        return [float(at_s) for at_s in self.at_s[(self.score >= threshold) & (self.before() < threshold)]]

    def before(self) -> Scores:
        """The best score of what came less than ``merge_s`` before each proposal, shape (n,)."""
        best = np.full(self.score.size, -np.inf)
        for lag in range(1, self.score.size):
            near = self.at_s[lag:] - self.at_s[:-lag] < self.merge_s
            if not near.any():
                break
            best[lag:][near] = np.maximum(best[lag:], self.score[:-lag])[near]
        return best

    def alarms(self, threshold: float) -> int:
        """How often it would have alarmed."""
        return len(self.alarmed_s(threshold))


@dataclass(frozen=True, slots=True)
class Shot:
    """A labelled onset of the live fire, and the score of its proposal; -inf where none was made."""

    file: str
    number: int
    group: str
    path: str
    snr_db: float
    distance_m: float
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """One fold."""

    fold: int
    shots: list[Shot]
    others: list[tuple[str, str, float]]
    """Clips of the kind that are no live fire: file, group, best score."""
    clips: list[Stretch]
    background: list[Stretch]
    hours: list[Stretch]


def log_odds(logits: NDArray[np.float32], name: str) -> Scores:
    """Log-odds of a class against all others, shape (n,)."""
    index = NAMES.index(name)
    given = logits.astype(np.float64)
    rest = np.delete(given, index, axis=1)
    top = rest.max(axis=1)
    return np.asarray(given[:, index] - top - np.log(np.exp(rest - top[:, None]).sum(axis=1)))


def verdicts(prepared: Path, said: Path, seeds: Sequence[int], kind: str = "gunshot") -> list[Verdicts]:
    """Of all folds; the scores of ``seeds`` averaged."""
    all_ = clips(prepared)
    return [_fold(prepared, said, fold, seeds, kind, [c for c in all_ if c.fold == fold]) for fold in range(FOLDS)]


def _mean(said: Path, fold: int, seeds: Sequence[int], part: str, kind: str) -> Scores:
    scores = []
    for seed in seeds:
        with np.load(said / f"fold{fold}-seed{seed}.npz") as held:
            scores.append(log_odds(held[part], kind))
    return np.asarray(np.mean(scores, axis=0))


def _fold(prepared: Path, said: Path, fold: int, seeds: Sequence[int], kind: str, of_fold: Sequence[Clip]) -> Verdicts:
    lasting = kind in LASTING
    scores = _mean(said, fold, seeds, "steady" if lasting else "onsets", kind)
    result = Verdicts(fold, [], [], [], [], [])
    at = 0
    for clip in of_fold:
        size = len(rhythm(clip)) if lasting else len(clip.onsets)
        mine = in_a_row(scores[at : at + size]) if lasting else scores[at : at + size]
        at += size
        if clip.live_fire and not lasting:
            _live_fire(clip, mine, result)
        elif clip.kind == kind:
            result.others.append((clip.file, clip.group, _best(clip, mine, lasting)))
        elif clip.kind != "gunshot":
            at_s = np.array(rhythm(clip) if lasting else [o.at for o in clip.onsets]) / RATE_HZ
            result.clips.append(Stretch(clip.file, clip.kind, clip.label, clip.length / RATE_HZ - 2, at_s, mine))
    for hour in sorted(prepared.glob(f"hour-{fold}-*.npz")):
        result.hours.append(_hour(hour, said, fold, seeds, kind))
    return result


def _best(clip: Clip, scores: Scores, lasting: bool) -> float:
    told = scores if lasting else [s for o, s in zip(clip.onsets, scores, strict=True) if o.shot != IGNORED]
    return float(max(told, default=-np.inf))


def _hour(hour: Path, said: Path, fold: int, seeds: Sequence[int], kind: str) -> Stretch:
    scores = _mean(said, fold, seeds, hour.stem, kind)
    with np.load(hour) as held:
        lasting = kind in LASTING
        chosen = held["steady"] == lasting
        mine = in_a_row(scores[chosen]) if lasting else scores[chosen]
        return Stretch(hour.stem, "street", "composed", float(held["seconds"]), held["at_s"][chosen], mine)


def in_a_row(scores: Scores) -> Scores:
    """Each score averaged with the one before it."""
    return np.asarray((scores + np.concatenate((scores[:1], scores[:-1]))) / 2)


def _live_fire(clip: Clip, scores: Scores, result: Verdicts) -> None:
    best = {o.shot: float(s) for o, s in zip(clip.onsets, scores, strict=True) if o.shot != IGNORED}
    for index, (_, snr_db, number) in enumerate(clip.shots):
        shot = Shot(clip.file, number, clip.group, clip.path, snr_db, clip.distance_m, best.get(index, -np.inf))
        result.shots.append(shot)
    heard = [(o.at / RATE_HZ, s) for o, s in zip(clip.onsets, scores, strict=True) if o.background]
    seconds = sum(high - low for low, high in clip.background_s)
    at_s, score = (np.array([row[i] for row in heard]) for i in (0, 1))
    result.background.append(Stretch(clip.file, "street", "live-fire background", seconds, at_s, score))


def alarms_at(stretches: Sequence[Stretch], thresholds: Scores) -> NDArray[np.int64]:
    """How often ``stretches`` would have alarmed, all together, at each of ``thresholds``.

    A proposal is an alarm at the thresholds up to its score, but for those that something just before it reached.
    """
    scores = np.concatenate([np.empty(0), *(s.score for s in stretches)])
    before = np.concatenate([np.empty(0), *(np.minimum(s.score, s.before()) for s in stretches)])
    reached, not_first = (one.size - np.searchsorted(np.sort(one), thresholds) for one in (scores, before))
    return np.asarray(reached - not_first, np.int64)


def threshold_for(folds: Sequence[Verdicts], street_an_hour: float, clips_an_hour: float) -> float:
    """The least threshold at which ``folds`` alarm no more often: in composed streets, and over the effect clips."""
    hours = [s for f in folds for s in f.hours]
    effects = [s for f in folds for s in f.clips]
    candidates = np.unique(np.concatenate([s.score for s in (*hours, *effects)]))[::-1]
    return max(
        least_threshold(of, an_hour * sum(s.seconds for s in of) / 3600, candidates)
        for of, an_hour in ((hours, street_an_hour), (effects, clips_an_hour))
    )


def least_threshold(stretches: Sequence[Stretch], most: float, candidates: Scores) -> float:
    """The least of the falling ``candidates`` at which, and above which, there are no more than ``most`` alarms.

    Infinity where the first of them has more.
    """
    more = np.flatnonzero(alarms_at(stretches, candidates) > most)
    within = candidates[: more[0]] if more.size else candidates
    return float(within[-1]) if within.size else np.inf
