"""Levels in words for an 80-column terminal, and as objects."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

from dsp.summary import SILENCE_DB, Levels
from edge.cli._measuring import Asked, Interval, Whole

NAMES = "LAeq LCeq LZeq LAFmax LASmax LCpeak LA10 LA50 LA90 SEL LAFmin LAImax LA1 LA5 LA95 LA99".split()
ROWS = (
    ("LAeq", "LAFmax", "LA1", "LA90"),
    ("LCeq", "LASmax", "LA5", "LA95"),
    ("LZeq", "LAImax", "LA10", "LA99"),
    ("SEL", "LAFmin", "LA50", "LCpeak"),
)
COLUMNS = ("LAeq", "LCeq", "LZeq", "LAFmax", "LCpeak", "LA10", "LA50", "LA90")  # of an interval
MARKS = "O touched full scale   M no numbers   U under range"
BAR_CELLS, BAR_DB = 48, 60.0
EIGHTHS = " ▏▎▍▌▋▊▉"


class Table:
    """What is told of one recording."""

    def __init__(self, path: Path, rate_hz: int, channels: int, asked: Asked) -> None:
        self._path, self._rate_hz, self._channels, self._asked = path, rate_hz, channels, asked
        self._begun = False

    def interval(self, interval: Interval) -> tuple[Mapping[str, object], str]:
        """An interval as an object, and in words: a row, the first one with a head."""
        found = {**self._named(interval.channel), **self._when(interval.start_s), **self._object(interval.levels)}
        head = "" if self._begun else self._head()
        self._begun = True
        return found, head + self._row(interval)

    def whole(self, whole: Whole) -> tuple[Mapping[str, object], str]:
        """All of a channel as an object, and in words."""
        days = {"days": whole.days, **{name: _rounded(level) for name, level in whole.day_levels.items()}}
        found = {**self._named(whole.channel), **self._object(whole.levels), **(days if whole.days else {})}
        return found, "\n".join(self._words(whole))

    def _named(self, channel: int) -> dict[str, object]:
        return {"file": str(self._path), "channel": channel}

    def _when(self, start_s: int) -> dict[str, object]:
        if self._asked.start is None:
            return {"start_s": start_s}
        return {"start_s": start_s, "start": (self._asked.start + timedelta(seconds=start_s)).isoformat()}

    def _object(self, levels: Levels) -> dict[str, object]:
        return {
            **{name: _rounded(levels.levels[name]) if name in levels.levels else None for name in NAMES},
            "duration_s": round(levels.measured_s + levels.missing_s, 4),
            "overload_s": round(levels.overload_s, 4),
            "missing_s": round(levels.missing_s, 4),
            "under_range_s": round(levels.under_range_s, 4),
            "bands": {f"{nominal_hz:g}": _rounded(level) for nominal_hz, level in self._bands(levels).items()},
        }

    def _bands(self, levels: Levels) -> Mapping[float, float]:
        return levels.octaves() if self._asked.bands == "octave" else levels.bands

    def _head(self) -> str:
        names = "".join(f"{name:>7}" for name in COLUMNS)
        return f"{self._path.name}, dB re {self._asked.reference}   {MARKS}\n{'':14} ch{names}\n"

    def _row(self, interval: Interval) -> str:
        levels = interval.levels
        flagged = zip("OMU", (levels.overload_s, levels.missing_s, levels.under_range_s), strict=True)
        marks = "".join(mark for mark, seconds in flagged if seconds)
        told = "".join(_level(levels, name) for name in COLUMNS)
        return f"{self._clock(interval.start_s):>14} {interval.channel:2}{told} {marks}".rstrip()

    def _clock(self, start_s: int) -> str:
        if self._asked.start is None:
            return f"{start_s // 3600}:{start_s // 60 % 60:02}:{start_s % 60:02}"
        return f"{self._asked.start + timedelta(seconds=start_s):%m-%d %H:%M:%S}"

    def _words(self, whole: Whole) -> Iterator[str]:
        levels = whole.levels
        channel = f" channel {whole.channel}" if self._channels > 1 else ""
        length = seconds_in_words(levels.measured_s + levels.missing_s)
        yield f"{self._path.name}{channel}, {length} at {self._rate_hz} Hz, dB re {self._asked.reference}"
        yield from ("  " + "   ".join(f"{name:7}{_level(levels, name)}" for name in row) for row in ROWS)
        if whole.days:
            told = "   ".join(f"{name} {level:.1f}" for name, level in whole.day_levels.items())
            yield f"  {told}   days from seven to seven: {whole.days}"
        yield from (f"  {mark}" for mark in marks_in_words(levels, self._asked))
        if self._asked.bands:
            yield from _bars(self._bands(levels))


def seconds_in_words(seconds: float) -> str:
    """With three digits, or as many as whole seconds have."""
    return f"{seconds:.3g} s" if seconds < 100 else f"{seconds:.0f} s"


def marks_in_words(levels: Levels, asked: Asked) -> Iterator[str]:
    """What somebody should know who reads these levels."""
    if not levels.levels:
        yield "no sample is a number: nothing is measured"
        return
    if levels.overload_s:
        yield f"{seconds_in_words(levels.overload_s)} touched full scale: the levels are too low"
    if levels.missing_s:
        yield f"{seconds_in_words(levels.missing_s)} were no numbers and are left out"
    if levels.under_range_s:
        yield f"{seconds_in_words(levels.under_range_s)} lay below {asked.lowest_db:g} dB, the lowest that is told"
    if levels.levels["LZeq"] <= SILENCE_DB + asked.full_scale_db:
        yield "all samples are alike: this is no level but silence"
    if "LA50" not in levels.levels:
        yield "too short for LAFmin and percentiles: Fast settles for half a second"


def _bars(bands: Mapping[float, float]) -> Iterator[str]:
    top_db = max(bands.values(), default=0.0)
    for nominal_hz, level in bands.items():
        eighths = round(8 * BAR_CELLS * max(0.0, 1 + (level - top_db) / BAR_DB))
        bar = "█" * (eighths // 8) + EIGHTHS[eighths % 8]
        yield f"  {nominal_hz:7g} Hz {level:7.1f}  {bar}".rstrip()


def _rounded(level: float) -> float:
    return round(level, 2) + 0.0  # no -0.0


def _level(levels: Levels, name: str) -> str:
    return f"{levels.levels[name]:7.1f}" if name in levels.levels else f"{'-':>7}"
