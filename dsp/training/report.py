"""The cross-validated report: what networks that never heard a fold find there, with thresholds set on the other folds.

    python -m dsp.training report

Recall counts labelled onsets; alarms are counted in composed street hours, in the live-fire sensors' own background and
over the effect clips, which pack events densely. Limits are 95 %: Wilson's for shares, exact ones for rates, and whole
leak groups drawn again for the recall.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dsp.evaluation import bootstrap_share, poisson_rate, wilson
from dsp.training.verdicts import CLEAR_DB, Shot, Stretch, Verdicts, threshold_for

SNR_EDGES_DB = (-99.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 99.0)
DISTANCE_EDGES_M = (0.0, 200.0, 400.0, 600.0, 2000.0)
LEAST_PATH = 3  # shots, of a path that is listed


@dataclass(frozen=True, slots=True)
class Judged:
    """One fold with the threshold that the others set."""

    verdicts: Verdicts
    threshold: float

    def found(self, score: float) -> bool:
        """Whether it would have been told."""
        return score >= self.threshold


def judged(folds: Sequence[Verdicts], *, street_an_hour: float, clips_an_hour: float) -> list[Judged]:
    """Each fold with the threshold of the others."""
    return [
        Judged(fold, threshold_for([o for o in folds if o.fold != fold.fold], street_an_hour, clips_an_hour))
        for fold in folds
    ]


def shots(folds: Sequence[Judged]) -> Iterator[tuple[Shot, bool]]:
    """All labelled shots, and whether they were found."""
    return ((shot, fold.found(shot.score)) for fold in folds for shot in fold.verdicts.shots)


def table(folds: Sequence[Judged]) -> Iterator[str]:
    """The figures of gunshots."""
    all_ = list(shots(folds))
    clear = [(shot, found) for shot, found in all_ if shot.snr_db >= CLEAR_DB]
    yield f"{'RECALL':36}{'found':>7}{'of':>6}{'share':>8}   95 % limits"
    yield share(f"shots of {CLEAR_DB:g} dB or more", [found for _, found in clear])
    for group in sorted({shot.group for shot, _ in clear}):
        yield share(f"  {group}", [found for shot, found in clear if shot.group == group])
    for low, high in pairwise(SNR_EDGES_DB):
        yield share(f"  {low:g} to {high:g} dB", [f for shot, f in all_ if low <= shot.snr_db < high])
    for low, high in pairwise(DISTANCE_EDGES_M):
        yield share(f"  {low:g} to {high:g} m", [f for shot, f in clear if low <= shot.distance_m < high])
    yield from _paths(clear)
    yield share("clips of other guns", [fold.found(score) for fold in folds for _, _, score in fold.verdicts.others])
    limits = bootstrap_share(_by_group(clear), seed=1)
    yield f"shots of {CLEAR_DB:g} dB or more, positions drawn again: {limits.low:.3f} to {limits.high:.3f}"
    yield f"{'FALSE ALARMS':36}{'count':>7}{'hours':>7}{'an hour':>9}   95 % limits"
    yield alarms("composed streets", folds, lambda fold: fold.hours)
    yield alarms("live-fire sensors, no shot", folds, lambda fold: fold.background)
    yield alarms("effect clips", folds, lambda fold: fold.clips)
    yield alarms("effect clips but fireworks", folds, _no_fireworks)
    yield from _by_label(folds)


def _no_fireworks(fold: Verdicts) -> list[Stretch]:
    return [clip for clip in fold.clips if clip.kind != "fireworks"]


def share(name: str, found: Sequence[bool]) -> str:
    """A row of recall."""
    limits = wilson(sum(found), len(found))
    of = f"{sum(found) / len(found):.3f}" if found else "-"
    return f"{name:36}{sum(found):7}{len(found):6}{of:>8}   {limits.low:.3f} to {limits.high:.3f}"


def alarms(name: str, folds: Sequence[Judged], chosen: Callable[[Verdicts], Sequence[Stretch]]) -> str:
    """A row of false alarms."""
    count = sum(s.alarms(fold.threshold) for fold in folds for s in chosen(fold.verdicts))
    hours = sum(s.seconds for fold in folds for s in chosen(fold.verdicts)) / 3600
    limits = poisson_rate(count, hours)
    return f"{name:36}{count:7}{hours:7.2f}{count / hours:>9.2f}   {limits.low:.2f} to {limits.high:.2f}"


def _paths(clear: Sequence[tuple[Shot, bool]]) -> Iterator[str]:
    """The paths below the mean, worst first: none shall hide in it."""
    of_path: defaultdict[str, list[tuple[Shot, bool]]] = defaultdict(list)
    for shot, found in clear:
        of_path[shot.path].append((shot, found))
    mean = sum(found for _, found in clear) / len(clear)
    kept = {path: rows for path, rows in of_path.items() if len(rows) >= LEAST_PATH}
    rates = {path: sum(found for _, found in rows) / len(rows) for path, rows in kept.items()}
    yield f"  paths of {LEAST_PATH} shots or more: {len(kept)}, below the mean:"
    for path in sorted((p for p in rates if rates[p] < mean), key=lambda p: rates[p]):
        yield share(f"    {path} {kept[path][0][0].distance_m:.0f} m", [found for _, found in kept[path]])


def _by_group(clear: Sequence[tuple[Shot, bool]]) -> list[tuple[int, int]]:
    counts: defaultdict[str, list[bool]] = defaultdict(list)
    for shot, found in clear:
        counts[shot.group].append(found)
    return [(sum(found), len(found)) for found in counts.values()]


def _by_label(folds: Sequence[Judged]) -> Iterator[str]:
    counts: Counter[str] = Counter()
    for fold in folds:
        for clip in fold.verdicts.clips:
            counts[clip.label] += clip.alarms(fold.threshold)
    yield "  " + ", ".join(f"{label} {count}" for label, count in counts.most_common() if count)


def kinds_table(by_kind: Mapping[str, Sequence[Judged]]) -> Iterator[str]:
    """Recall of the clips of each other kind, and how many clips of other things were taken for one."""
    titles = f"{'KIND':14}{'found':>7}{'of':>5}{'recall':>8}   95 % limits"
    yield f"{titles}{'false':>9}{'precision':>11}   95 % limits   street/h"
    for kind, folds in by_kind.items():
        found = [fold.found(score) for fold in folds for _, _, score in fold.verdicts.others]
        false = sum(clip.alarms(fold.threshold) > 0 for fold in folds for clip in fold.verdicts.clips)
        street = [(s.alarms(fold.threshold), s.seconds) for fold in folds for s in fold.verdicts.hours]
        recall, told = wilson(sum(found), len(found)), sum(found) + false
        precision = wilson(sum(found), told)
        yield (
            f"{kind:14}{sum(found):7}{len(found):5}{sum(found) / max(1, len(found)):8.2f}   "
            f"{recall.low:.2f} to {recall.high:.2f}{false:9}{sum(found) / max(1, told):11.2f}   "
            f"{precision.low:.2f} to {precision.high:.2f}   "
            f"{3600 * sum(n for n, _ in street) / sum(s for _, s in street):.2f}"
        )
