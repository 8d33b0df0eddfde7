"""A channel's picture: level history, spectrogram and spectrum on one sheet.

title: file, levels, calibration
┌──────────────────────────────┐
│ LAF (least to most), LAeq    │ legend
├──────────────────────────────┤   one time axis
│ third octaves over time      │ colours in dB
└──────────────────────────────┘
┌──────────────────────────────┐
│ third octaves, LAeq, LCeq    │
└──────────────────────────────┘
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from dsp.octaves import NOMINAL_HZ
from dsp.recursive import Array
from dsp.summary import SILENCE_DB, told_db
from edge.cli._history import SECOND, Columns, History
from edge.cli._level_table import marks_in_words, seconds_in_words
from edge.cli._measuring import Asked, Whole

SIZE_IN, DPI = (11.0, 10.0), 110
TIME_UNITS = ((0.5, 1e-3, "ms"), (180.0, 1.0, "s"), (10_800.0, 60.0, "min"), (float("inf"), 3600.0, "h"))
"""Up to so many seconds, seconds each, name."""
SPAN_DB = (20.0, 100.0)  # of a level axis, at least and at most
HEADROOM = 0.08  # of it, for figures above the bars
COLOURS_DB = 70.0  # below the loudest
TITLE_CHARACTERS = 90
NOTHING_S = 1e-9  # less is rounding
BAR, BROAD_APART = 0.85, 2  # width of a band's bar in bands; a broadband level takes so many
FAST, MEAN, OVERLOAD, MISSING, BAND, WHOLE = "#9ecae1", "#08306b", "#d7301f", "#969696", "#6baed6", "#08519c"


def figure(title: str, history: History, whole: Whole, asked: Asked) -> Figure:
    """The picture of one channel."""
    drawn = Figure(SIZE_IN, dpi=DPI, layout="constrained")
    grid = drawn.add_gridspec(3, 2, width_ratios=(60, 1), height_ratios=(10, 8, 8))
    levels = drawn.add_subplot(grid[0, 0])
    bands = drawn.add_subplot(grid[1, 0], sharex=levels)
    drawn.suptitle("\n".join(_title(title, history, whole, asked)), fontsize=10, parse_math=False)
    _levels(levels, history, asked)
    _bands(bands, drawn.add_subplot(grid[1, 1]), history, asked)
    _time_axis(bands, history, asked)
    _spectrum(drawn.add_subplot(grid[2, 0]), whole, asked)
    return drawn


def _title(title: str, history: History, whole: Whole, asked: Asked) -> list[str]:
    told = whole.levels.levels
    figures = [
        f"{name} {told[name]:.1f}" for name in ("LAeq", "LCeq", "LAFmax", "LCpeak", "LA10", "LA90") if name in told
    ]
    calibration = f"full scale (RMS 1.0) = {asked.full_scale_db:g} dB" if asked.full_scale_db else "not calibrated"
    return [
        title if len(title) <= TITLE_CHARACTERS else f"…{title[-TITLE_CHARACTERS:]}",
        f"{'   '.join(figures)}   dB re {asked.reference}",
        f"{seconds_in_words(history.duration_s)} at {history.rate_hz} Hz, {calibration}",
        *marks_in_words(whole.levels, asked),
    ]


def _levels(axes: Axes, history: History, asked: Asked) -> None:
    unit_s, _ = _time_unit(history.duration_s)
    most_db, least_db = _fast_db(history, asked)
    edges = history.most.edges_s / unit_s
    axes.stairs(most_db, edges, baseline=least_db, fill=True, color=FAST, label="LAF, least to most")
    axes.stairs(most_db, edges, baseline=None, color=FAST)
    seconds = dict(zip(SECOND, history.seconds.values.T, strict=True))
    edges, mean_db = np.minimum(history.seconds.edges_s, history.duration_s) / unit_s, _mean_db(seconds, asked)
    label = f"LAeq, {_each(history.seconds, history)}"
    axes.stairs(mean_db, edges, baseline=None, color=MEAN, linewidth=1.0, label=label)
    for name, colour, words in (("overload_s", OVERLOAD, "full scale touched"), ("missing_s", MISSING, "no numbers")):
        _shade(axes, edges, seconds[name] > 0, colour, words)
    settled_db = least_db[np.isfinite(history.least.values)]
    _level_axis(axes, [settled_db, mean_db], [most_db, mean_db], asked)
    axes.grid(alpha=0.3)
    axes.tick_params(labelbottom=False)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, frameon=False, fontsize=8)


def _mean_db(seconds: Mapping[str, Array], asked: Asked) -> Array:
    """LAeq of each column of seconds; not a number where nothing was measured."""
    power = np.full(seconds["exposure"].shape, np.nan)
    np.divide(seconds["exposure"], seconds["measured_s"], out=power, where=seconds["measured_s"] > NOTHING_S)
    return told_db(power) + asked.full_scale_db


def _fast_db(history: History, asked: Asked) -> tuple[Array, Array]:
    """The most and the least of each column."""
    most, least = history.most.values, history.least.values
    least = np.where(np.isfinite(least), least, most)  # one line until Fast has settled
    return told_db(most) + asked.full_scale_db, told_db(least) + asked.full_scale_db


def _shade(axes: Axes, edges: Array, marked: NDArray[np.bool_], colour: str, words: str) -> None:
    if marked.any():
        where = np.append(marked, marked[-1])
        across = axes.get_xaxis_transform()
        axes.fill_between(
            edges, 0, 1, where, step="post", transform=across, color=colour, alpha=0.25, linewidth=0, label=words
        )


def _level_axis(axes: Axes, low_db: Sequence[Array], high_db: Sequence[Array], asked: Asked) -> float:
    """Limits in steps of 5 dB around what there is; the lower one."""
    high = np.fmax.reduce(np.concatenate(high_db), initial=SILENCE_DB + asked.full_scale_db)
    low = np.fmin.reduce(np.concatenate(low_db), initial=high)
    top = 5 * np.ceil((high + HEADROOM * np.clip(high - low, *SPAN_DB)) / 5)
    bottom = float(np.clip(5 * np.floor(low / 5), top - SPAN_DB[1], top - SPAN_DB[0]))
    axes.set_ylim(bottom, float(top))
    axes.yaxis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10]))
    axes.set_ylabel(f"level, dB re {asked.reference}")
    return bottom


def _bands(axes: Axes, colours: Axes, history: History, asked: Asked) -> None:
    energy, edges_s = history.eighths.values, np.minimum(history.eighths.edges_s, history.duration_s)
    db = told_db(energy / np.diff(edges_s)[:, None]) + asked.full_scale_db
    top = max(5 * np.ceil(db.max() / 5), SILENCE_DB + asked.full_scale_db + COLOURS_DB)
    unit_s, _ = _time_unit(history.duration_s)
    edges, rows = edges_s / unit_s, np.arange(history.bands + 1) - 0.5
    mesh = axes.pcolormesh(edges, rows, db.T, cmap="magma", vmin=top - COLOURS_DB, vmax=top, rasterized=True)
    octaves = range(2, history.bands, 3)
    axes.set_yticks(list(octaves), [_hertz(NOMINAL_HZ[at]) for at in octaves])
    axes.set_ylabel("third octave, Hz")
    label = f"LZ, {_each(history.eighths, history)}, dB re {asked.reference}"
    axes.figure.colorbar(mesh, cax=colours, extend="min", label=label)


def _time_axis(axes: Axes, history: History, asked: Asked) -> None:
    unit_s, name = _time_unit(history.duration_s)
    axes.set_xlim(0, history.duration_s / unit_s)
    axes.set_xlabel(f"time, {name}" + (f" from {asked.start}" if asked.start else ""))


def _spectrum(axes: Axes, whole: Whole, asked: Asked) -> None:
    bands, told = whole.levels.bands, whole.levels.levels
    broad = [name for name in ("LAeq", "LCeq") if name in told]
    levels = np.array([*bands.values(), *(told[name] for name in broad)])
    bottom = _level_axis(axes, [levels], [levels], asked)
    at = np.append(np.arange(len(bands)), len(bands) + 1 + BROAD_APART * np.arange(len(broad)))
    width = [BAR] * len(bands) + [BROAD_APART * BAR] * len(broad)
    colours = [BAND] * len(bands) + [WHOLE] * len(broad)
    axes.bar(at, np.maximum(levels - bottom, 0), width, bottom, color=colours)
    for x, level in zip(at[len(bands) :], levels[len(bands) :], strict=True):
        axes.annotate(f"{level:.1f}", (x, level), ha="center", va="bottom", fontsize=8)
    axes.set_xticks(at, [*map(_hertz, bands), *broad], rotation=60, fontsize=8)
    axes.margins(x=0.01)
    axes.set_xlabel("LZeq in third octaves, Hz; and the whole, weighted")
    axes.grid(axis="y", alpha=0.3)


def _time_unit(duration_s: float) -> tuple[float, str]:
    return next((each_s, name) for up_to_s, each_s, name in TIME_UNITS if duration_s <= up_to_s)


def _each(columns: Columns, history: History) -> str:
    """How long a column is."""
    return seconds_in_words(min(columns.column_s, history.duration_s))


def _hertz(nominal_hz: float) -> str:
    return f"{nominal_hz / 1000:g}k" if nominal_hz >= 1000 else f"{nominal_hz:g}"
