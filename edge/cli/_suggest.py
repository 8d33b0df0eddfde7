"""A threshold from a site's own marks, with what it costs.

    score  ───f──f────f─c──f──c───c──c───▶       f marked false, c confirmed
                         ▲                       a threshold here keeps every c and drops four f

Scores of one source are used, so that they have one scale and all that reached its threshold is known: the detector as
it is now, active or shadow, whichever asks least. Only a source with a lower threshold knows what a lower threshold
gives. Missed are those of the *confirmed* events, which that source heard: what nobody heard, nobody can count. A
threshold that is chosen on marks fits those marks: what comes will be a little worse.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby

from dsp.evaluation import Interval, poisson_rate, wilson
from edge.cli._site import LEAST_DAYS, Book, days_of, long
from edge.node.entries import Mark, Role, Source

LEAST_CONFIRMED = 10  # even if none of ten is missed, up to 28 % may be (Wilson, 95 %)
LEAST_FALSE = 5  # the rate behind five is known within a factor of 3 (Garwood, 95 %)
MOST_ROWS = 12  # of the table


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one source: its threshold, the scores by mark, and the days that it listened."""

    source: Source
    threshold: float
    confirmed: tuple[float, ...]
    false: tuple[float, ...]
    doubtful: tuple[float, ...]
    days: float

    def is_enough(self) -> bool:
        """Whether anything can be said."""
        enough = (len(self.confirmed) >= LEAST_CONFIRMED, len(self.false) >= LEAST_FALSE, self.days >= LEAST_DAYS)
        return all(enough)


@dataclass(frozen=True, slots=True)
class Point:
    """What a threshold gives: false alarms a day, confirmed events missed, and events that nobody knows yet."""

    threshold: float
    false: int
    false_a_day: float
    false_limits: Interval
    missed: int
    confirmed: int
    missed_limits: Interval
    doubtful: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The point that is proposed, what there is now (if that is known), and the other choices."""

    evidence: Evidence
    chosen: Point
    now: Point | None
    points: tuple[Point, ...]


def suggestion(book: Book, most_a_day: float | None) -> Suggestion | str:
    """A threshold: the fewest false alarms at which no confirmed event is missed, or no more than so many a day with
    the fewest missed. If too little is known, a sentence that says what is missing."""
    known = [_evidence(book, source) for source in _latest(book)]
    enough = [one for one in known if one.is_enough()]
    if not enough:
        return _refusal(book, known)
    evidence = min(enough, key=lambda one: one.threshold)
    points = tuple(front(evidence))
    most = points[0].false_a_day if most_a_day is None else most_a_day
    chosen = next(point for point in points if point.false_a_day <= most)
    return Suggestion(evidence, chosen, _now(known, evidence), points)


def _latest(book: Book) -> Iterator[Source]:
    """The source of each role as it is now."""
    for role in Role:
        if spans := book.spans_of(role):
            yield max(spans, key=lambda span: span.ended_ns).source


def _evidence(book: Book, source: Source) -> Evidence:
    heard = [entry for entry in book.entries if entry.source == source]
    scores = {mark: tuple(sorted(e.event.score for e in heard if e.mark is mark)) for mark in Mark}
    least = min((min(entry.event.threshold, entry.event.score) for entry in heard), default=math.inf)
    doubtful = tuple(sorted(scores[Mark.NONE] + scores[Mark.UNKNOWN]))
    days = days_of([span for span in book.spans if span.source == source])
    return Evidence(source, least, scores[Mark.CONFIRMED], scores[Mark.FALSE], doubtful, days)


def _refusal(book: Book, known: Sequence[Evidence]) -> str:
    expected = f"expected at least {LEAST_CONFIRMED}, {LEAST_FALSE} and a day"
    have = [
        f"{len(one.confirmed)} confirmed and {len(one.false)} false by the {_role(one)} in {long(one.days)}"
        for one in known
    ]
    marked = sum(entry.mark in (Mark.CONFIRMED, Mark.FALSE) for entry in book.entries)
    others = marked - sum(len(one.confirmed) + len(one.false) for one in known)
    left = f"; {others} marks are of other versions or settings of it" if others else ""
    return f"too little is known of {book.kind} by {book.sensor}: {'; '.join(have) or 'nothing'}; {expected}{left}"


def _role(evidence: Evidence) -> str:
    return {Role.ACTIVE: "active one", Role.SHADOW: "shadow"}[evidence.source.role]


def at(evidence: Evidence, threshold: float) -> Point:
    """What a threshold would have given."""
    false = sum(score >= threshold for score in evidence.false)
    missed, confirmed = sum(score < threshold for score in evidence.confirmed), len(evidence.confirmed)
    return Point(
        threshold,
        *(false, false / evidence.days, poisson_rate(false, evidence.days)),
        *(missed, confirmed, wilson(missed, confirmed)),
        sum(score >= threshold for score in evidence.doubtful),
    )


def front(evidence: Evidence) -> Iterator[Point]:
    """For each number of missed events the threshold with the fewest false alarms, as long as those get fewer."""
    scores = sorted({*evidence.confirmed, *evidence.false})
    cuts = zip([None, *scores], [*scores, None], strict=True)
    points = [at(evidence, _threshold(evidence, low, high)) for low, high in cuts]
    least = len(evidence.false) + 1
    for _, alike in groupby(points, key=lambda point: point.missed):
        *_, best = alike
        if best.false < least:
            least = best.false
            yield best


def _threshold(evidence: Evidence, low: float | None, high: float | None) -> float:
    if low is None:
        return evidence.threshold
    return between(low, high if high is not None else low + max(abs(low) / 10, 1e-3))


def between(low: float, high: float) -> float:
    """The number with the fewest decimals near the middle that is above ``low`` and no more than ``high``."""
    rounded = (round((low + high) / 2, digits) for digits in range(12))
    return next((number for number in rounded if low < number <= high), high)


def _now(known: Sequence[Evidence], evidence: Evidence) -> Point | None:
    """The active detector's threshold, as far as the evidence goes."""
    active = next(
        (one.threshold for one in known if one.source.role is Role.ACTIVE and math.isfinite(one.threshold)), None
    )
    return at(evidence, active) if active is not None and active >= evidence.threshold else None


def found(book: Book, said: Suggestion | str) -> dict[str, object]:
    """An object."""
    here: dict[str, object] = {"sensor": book.sensor, "kind": book.kind}
    if isinstance(said, str):
        return here | {"refused": said}
    source = said.evidence.source
    return here | {
        "role": source.role,
        "model": source.model.hex(),
        "days": round(said.evidence.days, 4),
        **asdict(said.chosen),
        "now": asdict(said.now) if said.now else None,
        "points": [asdict(point) for point in said.points],
    }


def words(book: Book, said: Suggestion) -> Iterator[str]:
    """For people."""
    evidence, chosen = said.evidence, said.chosen
    yield (
        f"{book.sensor} {book.kind}: threshold {chosen.threshold:g}, by {len(evidence.confirmed)} confirmed and "
        f"{len(evidence.false)} false ones that the {_role(evidence)} heard at {evidence.threshold:g} in "
        f"{long(evidence.days)}"
    )
    yield "    threshold   false alarms a day        confirmed events missed"
    for point in _shown(said):
        notes = [note for note, one in (("◀", chosen), ("now", said.now)) if one == point]
        yield _row(point) + "".join(f"  {note}" for note in notes)
    if chosen.doubtful:
        yield f"    {chosen.doubtful} events that reach it are not confirmed and not false; mark them to be sure"


def _shown(said: Suggestion) -> list[Point]:
    """As many points around the chosen one as a reader goes through, and what there is now, in order of threshold."""
    at = said.points.index(said.chosen)
    first = max(0, min(at - MOST_ROWS // 2, len(said.points) - MOST_ROWS))
    shown = list(said.points[first : first + MOST_ROWS])
    if said.now and said.now not in shown:
        shown.append(said.now)
    return sorted(shown, key=lambda point: point.threshold)


def _row(point: Point) -> str:
    false, missed = point.false_limits, point.missed_limits
    rate = f"{point.false_a_day:<6.2f} ({false.low:.2f} to {false.high:.2f})"
    share = f"{point.missed / point.confirmed:.3f} ({missed.low:.3f} to {missed.high:.3f})"
    return f"    {point.threshold:<9g}   {rate:24}  {point.missed} of {point.confirmed}, {share}"
