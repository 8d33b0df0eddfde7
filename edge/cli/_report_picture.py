"""Spectrograms with detections drawn in, small enough to stand in a page.

     1        2  3          numbers of the detections, as in the table beside
    ┌▼────────▼──▼──────┐   ▼ told     ▽ below the threshold
    │ frequency         │   the line goes from start to stop, and leaves free what is to be seen
    └───▲────────▲──────┘   ▲ labels
       time

Text and lines are of one grey that stands out from white and from black alike (4.6 to 1, WCAG 2.2, 1.4.3), on no
ground: so one picture serves a light and a dark page.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WINDOW_S = 0.016  # as the detectors' own frames: a blast is short, and 1 / 16 ms = 63 Hz tells a siren's tone
HOPS = 4  # a window; Hann windows need two
TOP_HZ = 12_000  # no detector hears above; a street has little there
COLUMNS, ROWS = 1000, 160  # what a picture of this size can show
BATCH = 512  # windows transformed at a time: 4 MB at 96 kHz
COLOURS_DB = 70.0  # below the loudest
FLOOR = 1e-12  # -120 dB re full scale, less than 16 bits hold
GREY, TOLD, BELOW, LABEL = "#757575", "#00a3c4", "#b36b00", "#2e9e4f"
WIDE_IN, SMALL_IN, DPI = (11.0, 3.2), (5.2, 2.4), 100
LETTER_IN = 0.08  # of 9 points, with some room: where two numbers would overlap, the first one stands

Samples = NDArray[np.float32]
Decibels = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Mark:
    """Something drawn in, from ``start_s`` to ``stop_s`` of the recording: a detection, or a label without a name."""

    name: str
    start_s: float
    stop_s: float
    colour: str


@dataclass(frozen=True, slots=True)
class Excerpt:
    """One channel's samples, shape (n,), full scale ±1.0, from ``start_s`` of the recording on."""

    samples: Samples
    rate_hz: int
    start_s: float

    @property
    def stop_s(self) -> float:
        """Where it ends."""
        return self.start_s + self.samples.size / self.rate_hz


def spectrogram_db(samples: Samples, rate_hz: int) -> Decibels:
    """Shape (frequencies, times), each at most so many as are seen; the greatest of what falls into one cell.

    In dB re a sine of full scale, from 0 Hz to ``TOP_HZ`` or half the rate. Numbers that are none count as zero. No
    samples make one silent column.
    """
    size = max(2, round(WINDOW_S * rate_hz))
    padded = np.pad(np.nan_to_num(samples, posinf=1, neginf=-1), (0, max(0, size - samples.size)))
    frames = sliding_window_view(padded, size)[:: max(1, size // HOPS)]
    bins = min(size // 2, int(TOP_HZ * size / rate_hz)) + 1
    window = np.hanning(size + 1)[:-1].astype(np.float32)
    power = (
        np.concatenate([_power(frames[at : at + BATCH] * window, bins) for at in range(0, len(frames), BATCH)])
        / (window.sum() / 2) ** 2
    )
    seen = np.maximum.reduceat(power, _edges(len(power), COLUMNS), axis=0)
    seen = np.maximum.reduceat(seen, _edges(bins, ROWS), axis=1)
    return np.asarray(10 * np.log10(np.maximum(seen.T, FLOOR)), np.float32)


def _power(frames: Samples, bins: int) -> NDArray[np.float32]:
    spectrum = np.fft.rfft(frames, axis=1)[:, :bins]
    return np.asarray(spectrum.real**2 + spectrum.imag**2, np.float32)


def _edges(count: int, most: int) -> NDArray[np.intp]:
    """Where each of at most ``most`` cells begins."""
    cells = min(count, most)
    return np.arange(cells) * count // cells


def spectrogram(excerpt: Excerpt, marks: Sequence[Mark], *, small: bool = False) -> bytes:
    """The picture, PNG."""
    from matplotlib.figure import Figure

    drawn = Figure(SMALL_IN if small else WIDE_IN, dpi=DPI, layout="constrained")
    axes = drawn.add_subplot()
    level_db = spectrogram_db(excerpt.samples, excerpt.rate_hz)
    top_khz = min(TOP_HZ, excerpt.rate_hz / 2) / 1000
    extent = (excerpt.start_s, max(excerpt.stop_s, excerpt.start_s + WINDOW_S), 0, top_khz)
    top_db = max(5 * np.ceil(float(level_db.max()) / 5), COLOURS_DB + 10 * np.log10(FLOOR))
    image = axes.imshow(
        level_db, origin="lower", aspect="auto", extent=extent, cmap="magma", vmin=top_db - COLOURS_DB, vmax=top_db
    )
    bar = drawn.colorbar(image, ax=axes, extend="min", pad=0.01, fraction=0.05, label="dB re full scale")
    axes.set(xlabel="time, s", ylabel="frequency, kHz", xlim=extent[:2], ylim=extent[2:])
    axes.set_facecolor("none")
    _mark(axes, marks, drawn.get_figwidth())
    for each in (axes, bar.ax):
        in_grey(each)
    return png(drawn)


def _mark(axes: "Axes", marks: Sequence[Mark], width_in: float) -> None:
    low_s, high_s = axes.get_xlim()
    across = axes.get_xaxis_transform()
    letter_s = LETTER_IN / width_in * (high_s - low_s)
    for mark in sorted(marks, key=lambda mark: mark.colour != BELOW):  # what was told is drawn over what was not
        label = mark.colour == LABEL
        start_s, stop_s = np.clip((mark.start_s, mark.stop_s), low_s, high_s)
        edge, shape = (0.0, "^") if label else (1.0, "v")
        filled = "none" if mark.colour == BELOW else mark.colour
        style: dict[str, Any] = {"transform": across, "clip_on": False, "color": mark.colour}
        axes.plot([start_s], [edge], shape, markerfacecolor=filled, markersize=7, **style)
        axes.plot([start_s, start_s], [edge, 0.12 if label else 0.88], linewidth=1, **style)
        axes.plot(
            [start_s, stop_s], [edge, edge], linewidth=2 if mark.colour == BELOW else 4, solid_capstyle="butt", **style
        )
    _write_names(axes, sorted(marks, key=lambda mark: (mark.colour == BELOW, mark.start_s)), letter_s)


def _write_names(axes: "Axes", marks: Sequence[Mark], letter_s: float) -> None:
    """Above the marks, in this order, where they overlap none before."""
    low_s, high_s = axes.get_xlim()
    taken: list[tuple[float, float]] = []
    for mark in marks:
        at_s = min(max(mark.start_s, low_s), high_s)
        half_s = letter_s * (1 + len(mark.name)) / 2
        if mark.name and all(at_s + half_s <= left_s or at_s - half_s >= right_s for left_s, right_s in taken):
            across = axes.get_xaxis_transform()
            axes.text(at_s, 1.04, mark.name, transform=across, ha="center", va="bottom", fontsize=9, color=GREY)
            taken.append((at_s - half_s, at_s + half_s))


def in_grey(axes: "Axes") -> None:
    """Its text and lines in the grey of the page."""
    axes.tick_params(colors=GREY, which="both")
    for words in (axes.xaxis.label, axes.yaxis.label):
        words.set_color(GREY)
    for line in axes.spines.values():
        line.set_edgecolor(GREY)


def png(drawn: "Figure") -> bytes:
    """The picture's bytes, of 256 colours where it has many: a third of the size."""
    from PIL import Image

    whole = io.BytesIO()
    drawn.savefig(whole, format="png", transparent=True)
    few = io.BytesIO()
    Image.open(whole).quantize(256, Image.Quantize.FASTOCTREE).save(few, format="png", optimize=True)
    return few.getvalue()
