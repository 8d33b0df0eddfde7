"""Recall against false alarms: what another threshold would have given, from one pass that told all scores.

    recall │      ___•───      each point is a threshold; the deployed one is marked, with its 95 % limits
           │   __/
           └──────────────     false alarms an hour: straight up to 1, logarithmic beyond, so that none has its place

The pass is made at the deployed threshold. There the figures are exact: they are those of the report. Elsewhere they
assume that the threshold only chooses among what was told. It does a little more: a detector takes what follows a
sound that *reached the threshold* for its echo (``gunshot``: under the last peak + 2 dB - 15 dB/s), and tells no score
of it. Above the deployed threshold, sounds are missing that were masked by one which would not have been told itself;
below it, echoes are counted that a sound told only then would have masked. On the held-out recordings
of the project, played again at 5, 7, 12, 16 and 20 dB instead of 9, recall is off by at most 1 label of 616, false
alarms of streets by at most 4 of 83, those of effect clips by -6 to +7 %.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dsp.evaluation import match
from edge.cli import _labelled as labelled
from edge.cli._labelled import CLEAR_DB, TOLERANCE_S, Alarms, Share
from edge.cli._manifest import Recording
from edge.cli._report_page import Row
from edge.cli._report_picture import GREY, in_grey, png

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from edge.node.listening import Heard

POINTS = 40  # or a few more: as many rows as a reader goes through
STEPS = (1.0, 2.0, 5.0, 10.0)
RANGE = (0.01, 0.5)
"""Thresholds go from what 99 of 100 of the found shots reach to what half of them do: no one wants to miss more."""
LINES = (("#0e7fb8", "o", "-"), ("#c2571a", "s", "--"), ("#2e8b57", "^", ":"))  # told apart without colours too
SIZE_IN = (8.0, 5.0)
LINEAR = 1.0  # false alarms an hour


@dataclass(frozen=True, slots=True)
class Scored:
    """A recording after it was played with all scores told, in order of time; ``rate_hz`` counts their samples."""

    recording: Recording
    duration_s: float
    rate_hz: int
    heard: "tuple[Heard, ...]"
    cpu_s: float

    def start_s(self, heard: "Heard") -> float:
        """When it began."""
        return heard.detection.start / self.rate_hz

    def reaching(self, threshold: float) -> "list[Heard]":
        """What has this score or more."""
        return [heard for heard in self.heard if heard.detection.score >= threshold]

    def at(self, threshold: float) -> labelled.Heard:
        """The recording as the report has it, had this been the threshold."""
        found_s = tuple(self.start_s(heard) for heard in self.reaching(threshold))
        matched = match(found_s, self.recording.onsets_s, TOLERANCE_S)
        return labelled.Heard(self.recording, self.duration_s, found_s, matched, self.cpu_s)


@dataclass(frozen=True, slots=True)
class Point:
    """What a threshold gives: recall of the clear labels, and false alarms in each kind of sound."""

    threshold: float
    recall: Share
    alarms: tuple[Alarms, ...]


def curve(scored: Sequence[Scored], deployed: float, count: int = POINTS) -> list[Point]:
    """``count`` points or a few more, in order of threshold; the deployed one is among them."""
    return [_point(scored, threshold) for threshold in _thresholds(scored, deployed, count)]


def _point(scored: Sequence[Scored], threshold: float) -> Point:
    heard = [one.at(threshold) for one in scored]
    kinds = tuple(alarms for alarms in labelled.alarms(heard) if not alarms.name.startswith(" "))
    return Point(threshold, next(labelled.recalls(heard)), kinds)


def _thresholds(scored: Sequence[Scored], deployed: float, count: int) -> list[float]:
    """The deployed one, and those at whole steps from it."""
    scores = list(_clear_scores(scored))
    if not scores:
        return [deployed]
    low, high = np.quantile(scores, RANGE)
    low, high = min(low, deployed), max(high, deployed)
    step = _round_step((high - low) / count)
    below, above = math.ceil((deployed - low) / step), math.ceil((high - deployed) / step)
    return [deployed + step * at for at in range(-below, above + 1)]


def _clear_scores(scored: Sequence[Scored]) -> Iterator[float]:
    """Scores of the clear labels that any threshold finds."""
    for one in scored:
        for label, found in one.at(-math.inf).matched.hits:
            if one.recording.snr_db[label] >= CLEAR_DB:
                yield one.heard[found].detection.score


def _round_step(least: float) -> float:
    """The next of 1, 2, 5, 10 times a power of ten; 1 where there is nothing to divide."""
    if least <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in STEPS if step * power >= least * (1 - 1e-9))


def columns(point: Point) -> tuple[str, ...]:
    """Headings of the curve's table."""
    sounds = (f"{alarms.name}: false alarms, an hour" for alarms in point.alarms)
    return ("threshold", "found", "recall", "95 % limits", *sounds)


def row(point: Point, deployed: float) -> Row:
    """A threshold's numbers."""
    recall = point.recall
    here = point.threshold == deployed
    cells = (
        f"{point.threshold:g}" + (" (deployed)" if here else ""),
        f"{recall.found} of {recall.labelled}",
        share(recall),
        f"{recall.interval.low:.3f} to {recall.interval.high:.3f}",
        *(f"{alarms.count}, {rate(alarms)}" for alarms in point.alarms),
    )
    return Row(cells, here)


def lines(points: Sequence[Point], deployed: float) -> Iterator[str]:
    """The curve for a terminal: recall, and false alarms an hour in each kind of sound."""
    yield f"{'THRESHOLD':12}{'found':>7}{'of':>6}{'recall':>8}   false alarms an hour"
    yield f"{'':33}   {'  '.join(f'{alarms.name:>26}' for alarms in points[0].alarms)}"
    for point in points:
        recall, here = point.recall, "  deployed" if point.threshold == deployed else ""
        alarms = "  ".join(f"{rate(alarms):>26}" for alarms in point.alarms)
        yield f"{point.threshold:<12g}{recall.found:7}{recall.labelled:6}{share(recall):>8}   {alarms}{here}"


def share(recall: Share) -> str:
    """As a number, if there is one."""
    return f"{recall.found / recall.labelled:.3f}" if recall.labelled else "-"


def rate(alarms: Alarms) -> str:
    """An hour, if there was sound of the kind."""
    return f"{alarms.count / alarms.hours:.1f}" if alarms.hours else "-"


def picture(points: Sequence[Point], deployed: float) -> bytes:
    """The curve, PNG; nothing is in it where no clear shot is labelled."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter

    drawn = Figure(SIZE_IN, dpi=100, layout="constrained")
    axes = drawn.add_subplot()
    axes.set_facecolor("none")
    for at, alarms in enumerate(points[0].alarms):
        if alarms.hours and points[0].recall.labelled:
            _line(axes, points, deployed, at)
    axes.set_xscale("symlog", linthresh=LINEAR)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set(xlabel="false alarms an hour", ylabel="recall of clear shots", ylim=(None, 1.005), xlim=(-0.05, None))
    axes.grid(alpha=0.3)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(LINES), labelcolor=GREY, framealpha=0)
    in_grey(axes)
    return png(drawn)


def _line(axes: "Axes", points: Sequence[Point], deployed: float, at: int) -> None:
    colour, shape, dashes = LINES[at % len(LINES)]
    rates = [point.alarms[at].count / point.alarms[at].hours for point in points]
    recalls = [point.recall.found / point.recall.labelled for point in points]
    name = points[0].alarms[at].name
    axes.plot(rates, recalls, dashes, color=colour, marker=shape, markersize=3, label=name)
    here = next(index for index, point in enumerate(points) if point.threshold == deployed)
    limits, an_hour = points[here].recall.interval, points[here].alarms[at].an_hour
    axes.errorbar(
        rates[here], recalls[here], fmt=shape, color=colour, markersize=10, capsize=4, markerfacecolor="none",
        xerr=[[rates[here] - an_hour.low], [an_hour.high - rates[here]]],
        yerr=[[max(0.0, recalls[here] - limits.low)], [max(0.0, limits.high - recalls[here])]],
    )  # fmt: skip
