"""How well each detector does at its site: precision and false alarms a day, from marks and from who listened when.

A precision is that of what was marked. False alarms a day count what was marked false; the most that they can be counts
all that nobody marked, too. A shadow is held against the active detector over the time that both listened.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from dsp.evaluation import Interval, poisson_rate, wilson
from edge.cli._pairs import SAME_NS, pairs
from edge.node.clock import NS_PER_S
from edge.node.entries import Entry, GaveWay, Mark, Role, Span

S_PER_DAY = 86_400
UNITS = (("days", 1.0), ("hours", 1 / 24), ("minutes", 1 / 1440))
LEAST_DAYS = 1.0  # nights are not like days: a rate of a few hours is no rate a day


@dataclass(frozen=True, slots=True)
class Book:
    """The ledger since some time, of one sensor and kind; ``gave_way`` is of the whole ledger."""

    sensor: str
    kind: str
    entries: Sequence[Entry]
    spans: Sequence[Span]
    gave_way: dict[Role, GaveWay]

    def said(self, role: Role) -> list[Entry]:
        """What reached the threshold of its source: alarms, or what would have been ones."""
        return [e for e in self.entries if e.role is role and e.event.score >= e.event.threshold]

    def spans_of(self, role: Role) -> list[Span]:
        """When that role listened."""
        return [span for span in self.spans if span.source.role is role]


@dataclass(frozen=True, slots=True)
class Tally:
    """What one role said, and what came of it."""

    thresholds: tuple[float, ...]
    marks: Counter[Mark]
    days: float

    @property
    def heard(self) -> int:
        """How many events in all."""
        return self.marks.total()

    @property
    def judged(self) -> int:
        """How many are known to be one thing or the other."""
        return self.marks[Mark.CONFIRMED] + self.marks[Mark.FALSE]

    @property
    def precision(self) -> Interval:
        """95 % limits of the share of confirmed ones."""
        return wilson(self.marks[Mark.CONFIRMED], self.judged)

    def a_day(self, count: int) -> Interval:
        """95 % limits of so many in the time listened."""
        return poisson_rate(count, self.days) if self.days else Interval(0.0, float("inf"))


@dataclass(frozen=True, slots=True)
class Compared:
    """What the shadow would have changed, in the days that both listened."""

    days: float
    both: int
    only_shadow: int
    only_active: int


def books(
    entries: Sequence[Entry], spans: Sequence[Span], gave_way: dict[Role, GaveWay], since_ns: int
) -> Iterator[Book]:
    """A book for each sensor and kind that listened or heard, since then."""
    clipped = [_since(span, since_ns) for span in spans if span.ended_ns > since_ns]
    heard: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
    listened: defaultdict[tuple[str, str], list[Span]] = defaultdict(list)
    for entry in entries:
        heard[entry.event.sensor, entry.event.kind].append(entry)
    for span in clipped:
        listened[span.source.sensor, span.source.kind].append(span)
    for key in sorted(heard.keys() | listened.keys()):
        yield Book(*key, heard[key], listened[key], gave_way)


def _since(span: Span, since_ns: int) -> Span:
    """The part of it since then; what was listened to is taken as even within."""
    begun_ns = max(span.begun_ns, since_ns)
    length_ns = max(1, span.ended_ns - span.begun_ns)
    return Span(span.source, begun_ns, span.ended_ns, span.seconds * (span.ended_ns - begun_ns) / length_ns)


def days_of(spans: Sequence[Span]) -> float:
    """How long was listened."""
    return sum(span.seconds for span in spans) / S_PER_DAY


def tally(book: Book, role: Role) -> Tally:
    """The counts of one role."""
    said = book.said(role)
    thresholds = tuple(sorted({entry.event.threshold for entry in said}))
    return Tally(thresholds, Counter(entry.mark for entry in said), days_of(book.spans_of(role)))


def compared(book: Book) -> Compared:
    """Both roles over the time that both listened, and of which nothing has made room for newer entries."""
    since_ns = max(gone.until_ns for gone in book.gave_way.values())
    common = list(_overlaps(book.spans_of(Role.ACTIVE), book.spans_of(Role.SHADOW), since_ns))
    active, shadow = ([e for e in book.said(role) if _within(e, common)] for role in Role)
    both = len(pairs(active, shadow))
    days = sum(ended_ns - begun_ns for begun_ns, ended_ns in common) / NS_PER_S / S_PER_DAY
    return Compared(days, both, len(shadow) - both, len(active) - both)


def _overlaps(first: Sequence[Span], second: Sequence[Span], since_ns: int) -> Iterator[tuple[int, int]]:
    """Where spans of the two overlap, in order; each list is in order of time, and its spans do not."""
    i = j = 0
    while i < len(first) and j < len(second):
        begun_ns = max(first[i].begun_ns, second[j].begun_ns, since_ns)
        ended_ns = min(first[i].ended_ns, second[j].ended_ns)
        if begun_ns < ended_ns:
            yield begun_ns, ended_ns
        if first[i].ended_ns <= second[j].ended_ns:
            i += 1
        else:
            j += 1


def _within(entry: Entry, spans_ns: Sequence[tuple[int, int]]) -> bool:
    at = bisect_right(spans_ns, entry.event.time_ns + SAME_NS, key=lambda span: span[0])
    return at > 0 and entry.event.time_ns <= spans_ns[at - 1][1] + SAME_NS


def found(book: Book) -> Iterator[dict[str, object]]:
    """An object for each role, and one that compares them."""
    here = {"sensor": book.sensor, "kind": book.kind}
    for role in _roles(book):
        counts = tally(book, role)
        false, most = counts.marks[Mark.FALSE], counts.heard - counts.marks[Mark.CONFIRMED]
        yield here | {
            "role": role,
            "thresholds": counts.thresholds,
            "heard": counts.heard,
            **{mark.name.lower(): counts.marks[mark] for mark in (Mark.CONFIRMED, Mark.FALSE, Mark.UNKNOWN)},
            "unmarked": counts.marks[Mark.NONE],
            "days": round(counts.days, 4),
            "precision": _rounded(counts.marks[Mark.CONFIRMED], counts.judged, counts.precision),
            "false_a_day": _rounded(false, counts.days, counts.a_day(false)),
            "false_a_day_at_most": _rounded(most, counts.days, counts.a_day(most)),
            "made_room": book.gave_way[role].count,
        }
    if len(_roles(book)) == len(Role):
        yield here | {"compared": asdict(compared(book))}


def _roles(book: Book) -> list[Role]:
    return [role for role in Role if book.said(role) or book.spans_of(role)]


def _rounded(count: float, of: float, limits: Interval) -> dict[str, float | None]:
    """A share or rate with its limits; null where it does not exist."""
    high = limits.high if limits.high < float("inf") else None
    return {
        "value": round(count / of, 4) if of else None,
        "low": round(limits.low, 4),
        "high": None if high is None else round(high, 4),
    }


def words(book: Book) -> Iterator[str]:
    """The same for people."""
    for role in _roles(book):
        yield from _role_words(book, role)
    if len(_roles(book)) == len(Role):
        one = compared(book)
        yield (
            f"    both listened {long(one.days)}: {one.both} heard by both, {one.only_shadow} only by the shadow, "
            f"{one.only_active} only by the active one"
        )


def _role_words(book: Book, role: Role) -> Iterator[str]:
    counts = tally(book, role)
    at = f" at {' and '.join(f'{threshold:g}' for threshold in counts.thresholds)}" if counts.thresholds else ""
    marks = ", ".join(f"{counts.marks[mark]} {mark or 'unmarked'}" for mark in (*list(Mark)[1:], Mark.NONE))
    yield f"{book.sensor} {book.kind} {role}{at}, {long(counts.days)}: heard {counts.heard}; {marks}"
    yield f"    precision           {_share(counts.marks[Mark.CONFIRMED], counts.judged, counts.precision)}"
    yield f"    false alarms a day  {_rate(counts.marks[Mark.FALSE], counts)}"
    doubtful = counts.marks[Mark.NONE] + counts.marks[Mark.UNKNOWN]
    if doubtful and counts.days >= LEAST_DAYS:
        yield f"      if all {doubtful} others are false  {_rate(counts.marks[Mark.FALSE] + doubtful, counts)}"
    if gone := book.gave_way[role].count:
        yield f"    {gone} older ones that nobody had marked made room"


def _share(count: int, of: int, limits: Interval) -> str:
    return f"{count / of:.3f} ({limits.low:.3f} to {limits.high:.3f})" if of else "nothing is marked"


def _rate(count: int, counts: Tally) -> str:
    if counts.days < LEAST_DAYS:
        return f"{count} so far; a rate needs a day of listening"
    limits = counts.a_day(count)
    return f"{count / counts.days:.2f} ({limits.low:.2f} to {limits.high:.2f})"


def long(days: float) -> str:
    """How long, in the unit that fits."""
    unit, size = next(((unit, size) for unit, size in UNITS if days >= 2 * size), UNITS[-1])
    return f"{days / size:.1f} {unit}"
