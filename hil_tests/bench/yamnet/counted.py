"""What YAMNet says, in the form in which ``dsp.training`` counts what ours say.

What favours YAMNet, on purpose: shots and clips of what is looked for get the best of the patches every 0.48 s and of
one laid at each onset, all else the patches every 0.48 s alone; and its alarms less than a second apart are one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dsp.training.prepared import PAD_S, Clip, clips
from dsp.training.recordings import FOLDS
from dsp.training.verdicts import Scores, Shot, Stretch, Verdicts, verdicts
from dsp.trigger import RATE_HZ as LINE_HZ
from hil_tests.bench.yamnet import scores
from hil_tests.bench.yamnet.network import CLASSES, EVERY, PATCH, RATE_HZ, Said

MERGE_S = 1.0  # two patches that hold the same bang are one alarm
Kept = Mapping[str, NDArray[np.floating]]


@dataclass(frozen=True, slots=True)
class Ours:
    """Our networks' words: those of ``seeds`` in the folder ``said``."""

    prepared: Path
    said: Path
    seeds: tuple[int, ...]

    def folds(self, kind: str = "gunshot") -> list[Verdicts]:
        """Their verdicts; of sirens, those of our detector."""
        if kind == "siren":
            return [_sirens(self.prepared, fold) for fold in range(FOLDS)]
        return verdicts(self.prepared, self.said, self.seeds, kind)


@dataclass(frozen=True, slots=True)
class Choice:
    """A score made of YAMNet's: the best of the classes ``of``, of the line or the file.

    ``in_steps`` gives the score after the sigmoid, in the model's own 256 steps; else it is the logit.
    """

    name: str
    of: tuple[int, ...]
    way: str = "line"
    in_steps: bool = False

    def score(self, said: Said) -> Scores:
        """Of shape (n, len(CLASSES)) to (n,)."""
        best = said[:, [CLASSES.index(index) for index in self.of]].max(axis=1).astype(np.float64)
        return np.asarray(np.round(256 / (1 + np.exp(-best))) / 256 if self.in_steps else best)

    def folds(self, prepared: Path, kind: str = "gunshot") -> list[Verdicts]:
        """YAMNet's verdicts."""
        all_ = clips(prepared)
        return [
            self.counted(fold, kind, [clip for clip in all_ if clip.fold == fold], scores.kept(prepared, fold))
            for fold in range(FOLDS)
        ]

    def counted(self, fold: int, kind: str, of_fold: Sequence[Clip], held: Kept) -> Verdicts:
        """One fold's clips and hours."""
        result = Verdicts(fold, [], [], [], [], [])
        for clip in of_fold:
            way = "line" if clip.live_fire else self.way
            every, onsets = (self.score(held[f"{way}/{part}/{clip.file}"]) for part in ("every", "onsets"))
            _count(clip, every, onsets, kind, result)
        for name in (name for name in held if name.startswith("hour-")):
            every = self.score(held[name])
            result.hours.append(stretch(name, "street", "composed", every.size * EVERY / RATE_HZ, every))
        return result


def _count(clip: Clip, every: Scores, onsets: Scores, kind: str, result: Verdicts) -> None:
    if clip.live_fire:
        result.shots.extend(
            Shot(clip.file, number, clip.group, clip.path, snr_db, clip.distance_m, float(best))
            for (_, snr_db, number), best in zip(clip.shots, onsets, strict=True)
        )
        result.background.extend(quiet(clip, every, span_s) for span_s in clip.background_s)
    elif is_of(clip, kind):
        result.others.append((clip.file, clip.group, float(max(every.max(), onsets.max(initial=-np.inf)))))
    elif clip.kind != "gunshot":
        result.clips.append(stretch(clip.file, clip.kind, clip.label, clip.length / LINE_HZ - 2 * PAD_S, every))


def is_of(clip: Clip, kind: str) -> bool:
    """Whether a clip is of a kind; sirens are a label, not a class of their own."""
    return kind == (clip.label if kind == "siren" else clip.kind)


def quiet(clip: Clip, every: Scores, span_s: tuple[float, float]) -> Stretch:
    """The patches that lie in a stretch without a shot, whole."""
    first_s = np.arange(every.size) * EVERY / RATE_HZ - PAD_S
    inside = (first_s >= span_s[0]) & (first_s + PATCH / RATE_HZ <= span_s[1])
    return Stretch(clip.file, "street", "background", span_s[1] - span_s[0], first_s[inside], every[inside], MERGE_S)


def stretch(name: str, kind: str, label: str, seconds: float, every: Scores) -> Stretch:
    """All patches of a sound without the event."""
    return Stretch(name, kind, label, seconds, np.arange(every.size) * EVERY / RATE_HZ, every, MERGE_S)


def _sirens(prepared: Path, fold: int) -> Verdicts:
    held = scores.kept(prepared, fold)
    result = Verdicts(fold, [], [], [], [], [])
    for clip in clips(prepared):
        if clip.fold != fold or clip.live_fire:
            continue
        best = held[f"siren/{clip.file}"].astype(np.float64)
        if is_of(clip, "siren"):
            result.others.append((clip.file, clip.group, float(best[0])))
        elif clip.kind != "gunshot":
            seconds = clip.length / LINE_HZ - 2 * PAD_S
            told = best[np.isfinite(best)]
            result.clips.append(Stretch(clip.file, clip.kind, clip.label, seconds, np.zeros(told.size), told))
    return result


def once_a_clip(folds: Sequence[Verdicts]) -> list[Verdicts]:
    """The same, with a clip counted once however often it alarms: its best score alone."""
    return [replace(fold, clips=[_once(clip) for clip in fold.clips]) for fold in folds]


def _once(clip: Stretch) -> Stretch:
    best = np.sort(clip.score)[-1:]  # none where there is none
    return replace(clip, at_s=np.zeros(best.size), score=best)
