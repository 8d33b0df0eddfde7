"""YAMNet's verdicts beside ours, at equal false alarms.

Each fold's threshold is set on the other four; so it does not keep to the rate that was asked for, and may do so less
for one than for the other. Hence a third table, with one threshold for all folds, which does.

A cell has the recall of shots of 10 dB or more, clips of other guns, and in brackets the false alarms an hour.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import binomtest

from dsp.training import report
from dsp.training.report import Judged
from dsp.training.verdicts import CLEAR_DB, Stretch, Verdicts, threshold_for
from hil_tests.bench.yamnet.counted import Choice, Ours, once_a_clip
from hil_tests.bench.yamnet.network import GUNS, KINDS

OURS = "ours"
ANY_GUN = Choice("YAMNet, best gun class", tuple(GUNS.values()))
CHOICES = (
    ANY_GUN,
    Choice("YAMNet, 'Gunshot' alone", (GUNS["gunshot"],)),
    Choice("YAMNet, best, 256 steps", tuple(GUNS.values()), in_steps=True),
    Choice("YAMNet, best, clips to 8 kHz", tuple(GUNS.values()), way="file"),
)
STREET_AN_HOUR = (0.25, 0.5, 1.0, 2.0, 5.0, 20.0)
CLIPS_AN_HOUR = (5.0, 10.0, 20.0, 40.0, 100.0, 400.0)
POSITIONS_AN_HOUR = 1.0
KINDS_AN_HOUR = (10.0, 40.0)
SURE = 0.05  # of the sign test, two-sided

Folds = Mapping[str, list[Verdicts]]


@dataclass(frozen=True, slots=True)
class Cell:
    """What one threshold a fold gives."""

    clear: list[bool]
    guns: list[bool]
    an_hour: float

    def __str__(self) -> str:
        """As the tables have it."""
        return f"{np.mean(self.clear):.3f} {sum(self.guns)}/{len(self.guns)} ({self.an_hour:.3g})"


@dataclass(frozen=True, slots=True)
class Where:
    """Where false alarms are counted, and how thresholds for so many an hour are set there."""

    title: str
    rates: tuple[float, ...]
    stretches: Callable[[Verdicts], Sequence[Stretch]]
    judged: Callable[[Sequence[Verdicts], float], list[Judged]]


def in_streets(folds: Sequence[Verdicts], an_hour: float) -> list[Judged]:
    """With thresholds for so many alarms an hour of composed streets."""
    return report.judged(folds, street_an_hour=an_hour, clips_an_hour=np.inf)


def in_clips(folds: Sequence[Verdicts], an_hour: float) -> list[Judged]:
    """With thresholds for so many alarms an hour of effect clips."""
    return report.judged(folds, street_an_hour=np.inf, clips_an_hour=an_hour)


def in_all_streets(folds: Sequence[Verdicts], an_hour: float) -> list[Judged]:
    """With one threshold for so many alarms an hour of all composed streets."""
    threshold = threshold_for(folds, an_hour, np.inf)
    return [Judged(fold, threshold) for fold in folds]


PLACES = (
    Where("composed streets", STREET_AN_HOUR, lambda fold: fold.hours, in_streets),
    Where("dense effect clips", CLIPS_AN_HOUR, lambda fold: fold.clips, in_clips),
    Where("composed streets, one threshold for all", STREET_AN_HOUR, lambda fold: fold.hours, in_all_streets),
)


def table(prepared: Path, ours: Ours) -> Iterator[str]:
    """All comparisons."""
    yield f"OURS: seeds {', '.join(map(str, ours.seeds))} of {ours.said}"
    named = {OURS: ours.folds(), **{choice.name: choice.folds(prepared) for choice in CHOICES}}
    for where in PLACES:
        yield from curves(named, where)
    yield from positions(named[OURS], named[ANY_GUN.name])
    for an_hour in KINDS_AN_HOUR:
        yield from kinds(prepared, ours, an_hour)
    yield "  ours of sirens is a rule, dsp.detectors.siren, that was made with some of these clips"


def cell(folds: Sequence[Verdicts], where: Where, an_hour: float) -> Cell:
    """What is found at so many false alarms."""
    judged = where.judged(folds, an_hour)
    clear = [found for shot, found in report.shots(judged) if shot.snr_db >= CLEAR_DB]
    return Cell(clear, _others(judged), false_an_hour(judged, where.stretches))


def false_an_hour(judged: Sequence[Judged], stretches: Callable[[Verdicts], Sequence[Stretch]]) -> float:
    """How many were made."""
    counted = [(s.alarms(one.threshold), s.seconds) for one in judged for s in stretches(one.verdicts)]
    return 3600 * sum(count for count, _ in counted) / sum(seconds for _, seconds in counted)


def _others(judged: Sequence[Judged]) -> list[bool]:
    return [one.found(score) for one in judged for _, _, score in one.verdicts.others]


def curves(named: Folds, where: Where) -> Iterator[str]:
    """A row each, a column a rate; then where YAMNet found more than we, in whatever choice."""
    yield f"\nGUNSHOTS AT SO MANY FALSE ALARMS AN HOUR of {where.title}"
    yield f"{'':30}" + "".join(f"{rate:>21g}" for rate in where.rates)
    rows = {name: [cell(folds, where, rate) for rate in where.rates] for name, folds in named.items()}
    for name, cells in rows.items():
        yield f"{name:30}" + "".join(f"{one!s:>21}" for one in cells)
    yield from _better(rows, where.rates)


def _better(rows: Mapping[str, Sequence[Cell]], rates: Sequence[float]) -> Iterator[str]:
    for name, cells in rows.items():
        pairs = list(zip(rates, rows[OURS], cells, strict=True))
        shots = [f"{rate:g}" for rate, mine, other in pairs if sum(other.clear) > sum(mine.clear)]
        guns = [f"{rate:g}" for rate, mine, other in pairs if sum(other.guns) > sum(mine.guns)]
        if name != OURS:
            yield f"  {name} found more shots at {_or_none(shots)}, more clips of other guns at {_or_none(guns)}"


def _or_none(rates: Sequence[str]) -> str:
    return ", ".join(rates) or "none"


def positions(ours: Sequence[Verdicts], theirs: Sequence[Verdicts]) -> Iterator[str]:
    """Shots that only one of the two found, by firing position."""
    yield f"\nSHOTS OF {CLEAR_DB:g} dB OR MORE, at {POSITIONS_AN_HOUR:g} an hour of composed streets"
    yield f"{'':10}{'shots':>7}{'only we':>9}{'only YAMNet':>13}{'both':>6}{'neither':>9}"
    found = [
        {(shot.file, shot.number): told for shot, told in report.shots(in_streets(folds, POSITIONS_AN_HOUR))}
        for folds in (ours, theirs)
    ]
    clear = [shot for fold in ours for shot in fold.shots if shot.snr_db >= CLEAR_DB]
    for group in sorted({shot.group for shot in clear}):
        keys = [(shot.file, shot.number) for shot in clear if shot.group == group]
        pairs = [(found[0][key], found[1][key]) for key in keys]
        counts = [pairs.count(pair) for pair in ((True, False), (False, True), (True, True), (False, False))]
        yield f"{group:10}{len(keys):7}{counts[0]:9}{counts[1]:13}{counts[2]:6}{counts[3]:9}"


def kinds(prepared: Path, ours: Ours, an_hour: float) -> Iterator[str]:
    """A row a kind: how many of its clips were found, and in brackets how many others were taken for one."""
    yield f"\nOTHER KINDS, FOUND WHERE {an_hour:g} CLIPS AN HOUR of all others but guns are taken for one"
    yield f"{'':14}{'clips':>6}{'ours':>12}{'YAMNet':>12}{'to 8 kHz':>12}{'only we':>9}{'only YAMNet':>13}   better"
    for kind, of in KINDS.items():
        all_ = [ours.folds(kind), *(Choice(kind, of, way).folds(prepared, kind) for way in ("line", "file"))]
        judged = [in_clips(once_a_clip(folds), an_hour) for folds in all_]
        yield kind_row(kind, judged)


def kind_row(kind: str, judged: Sequence[Sequence[Judged]]) -> str:
    """Of ours, YAMNet's, and YAMNet's on the files themselves."""
    mine, theirs, _ = found = [_others(one) for one in judged]
    taken = [sum(clip.alarms(one.threshold) for one in some for clip in one.verdicts.clips) for some in judged]
    cells = "".join(f"{f'{sum(one)} ({false})':>12}" for one, false in zip(found, taken, strict=True))
    pairs = list(zip(mine, theirs, strict=True))
    we, they = pairs.count((True, False)), pairs.count((False, True))
    return f"{kind:14}{len(mine):6}{cells}{we:9}{they:13}   {better(we, they)}"


def better(only_we: int, only_they: int) -> str:
    """Who found more, and whether a sign test believes it."""
    if only_we == only_they:
        return "equal"
    sure = binomtest(only_we, only_we + only_they).pvalue < SURE
    return f"{'ours' if only_we > only_they else 'YAMNet'}{'' if sure else ', not sure'}"
