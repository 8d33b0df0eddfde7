"""A map of what was located: nodes, sources, and how far the sound had gone to each node.

┌─────────────────┐ ┌──────────┐
│ all nodes       │ │ the best │
│  ○ distances    │ │ source's │
│                 │ │ ellipse  │
└─────────────────┘ └──────────┘

A circle about a node is how far sound goes from the source's time to the node's arrival, in still air: where the
circles meet, it was. By how much one misses is what the fit leaves: wind, clocks, corners of houses. Arrivals that were
not used are dashed, and so are bearings.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from matplotlib.patches import Ellipse as Oval

from dsp.locate.answer import Answer, Source
from dsp.locate.evidence import Arrival
from edge.cli._arrivals import Question

SIZE_IN, DPI = (13.0, 7.5), 110
AROUND = 0.15  # of the map's extent, left free at its edges
ZOOM = 2.5  # of the ellipse's longer axis, to each side
LEAST_ZOOM_M = 2.0
RAY_M = 5000.0  # how far a bearing is drawn
NAMED = 60  # nodes; more names than this would hide the map
USED, UNUSED, SILENT, COLOURS = "#08519c", "#d7301f", "#969696", ("#d94801", "#238b45", "#6a51a3", "#8c510a", "#c51b8a")


def figure(answer: Answer, asked: Question) -> Figure:
    """The picture of one answer."""
    drawn = Figure(SIZE_IN, dpi=DPI, layout="constrained")
    across = drawn.subplots(1, 2, width_ratios=(3, 2)) if answer.sources else [drawn.subplots()]
    _map(across[0], answer, asked)
    if answer.sources:
        best = max(answer.sources, key=lambda source: source.evidence)
        _near(across[1], best, answer, asked)
    drawn.suptitle(_title(answer, asked), fontsize=11, parse_math=False)
    return drawn


def _title(answer: Answer, asked: Question) -> str:
    heard = f"{len(asked.arrivals)} arrivals at {len({one.node for one in asked.arrivals})} of"
    nodes = f"{len(asked.site.plane.places)} nodes"
    if not answer.sources:
        return f"{heard} {nodes}; not located: {answer.refused}"[:160]
    first = answer.sources[0]
    when = asked.form.told(asked.time_ns(first.time_s))
    more = f" and {len(answer.sources) - 1} more" if len(answer.sources) > 1 else ""
    return f"{heard} {nodes}; {when}{more}, good to {first.error_m:.1f} m"


def _map(axes: Axes, answer: Answer, asked: Question) -> None:
    points = [(p.x_m, p.y_m) for p in asked.site.plane.places.values()]
    _frame(axes, np.array(points + [(s.x_m, s.y_m) for s in answer.sources]))
    _sources(axes, answer, asked)
    _nodes(axes, answer, asked)
    if answer.sources:
        axes.plot([], [], color=COLOURS[0], linewidth=0.7, label="how far the sound had gone")
        axes.plot([], [], color=UNUSED, linewidth=0.7, linestyle="--", label="the same by an arrival that was not used")
    axes.legend(loc="upper left", fontsize=8)


def _frame(axes: Axes, points: "np.ndarray[tuple[int, int], np.dtype[np.float64]]") -> None:
    low, high = points.min(axis=0), points.max(axis=0)
    half = (0.5 + AROUND) * max(float((high - low).max()), LEAST_ZOOM_M)
    middle = (low + high) / 2
    axes.set_xlim(middle[0] - half, middle[0] + half)
    axes.set_ylim(middle[1] - half, middle[1] + half)
    _plain(axes)


def _plain(axes: Axes) -> None:
    axes.set_aspect("equal")
    axes.grid(alpha=0.3)
    axes.set_xlabel("x, m (east)")
    axes.set_ylabel("y, m (north)")


def _nodes(axes: Axes, answer: Answer, asked: Question) -> None:
    places, arrivals = asked.site.plane.places, asked.arrivals
    used = {arrivals[at].node for source in answer.sources for at in source.used}
    heard = {one.node for one in arrivals}
    kinds = (("used", USED, used), ("heard, not used", UNUSED, heard - used), ("silent", SILENT, set(places) - heard))
    for words, colour, names in kinds:
        if names:
            points = np.array([(places[name].x_m, places[name].y_m) for name in names])
            axes.scatter(points[:, 0], points[:, 1], s=45, marker="^", color=colour, zorder=3, label=f"node, {words}")
    for name in places if len(places) <= NAMED else ():
        axes.annotate(
            name, (places[name].x_m, places[name].y_m), (5, 5), textcoords="offset points", fontsize=8,
            parse_math=False, clip_on=True,
        )  # fmt: skip


def _sources(axes: Axes, answer: Answer, asked: Question) -> None:
    for at, source in enumerate(answer.sources):
        colour = COLOURS[at % len(COLOURS)]
        when = asked.form.told(asked.time_ns(source.time_s))
        label = f"source, {when}" if at < len(COLOURS) else None
        axes.scatter([source.x_m], [source.y_m], s=160, marker="*", color=colour, zorder=4, label=label)
        for arrival in (asked.arrivals[used] for used in source.used):
            _circle(axes, arrival, source, asked, colour)
        _oval(axes, source, colour)
    for arrival in asked.arrivals:
        _bearing(axes, arrival, asked)
    if answer.sources:
        best = max(answer.sources, key=lambda source: source.evidence)
        for arrival in (asked.arrivals[one.arrival] for one in answer.rejected):
            _circle(axes, arrival, best, asked, UNUSED, dashed=True)


def _circle(
    axes: Axes, arrival: Arrival, source: Source, asked: Question, colour: str, *, dashed: bool = False
) -> None:
    place = asked.site.plane.places[arrival.node]
    gone_m = source.air.speed_m_s * max(arrival.time_s - source.time_s, 0.0)
    level_m = float(np.sqrt(max(gone_m**2 - (place.z_m - source.z_m) ** 2, 0.0)))
    style = "--" if dashed else "-"
    axes.add_patch(
        Circle((place.x_m, place.y_m), level_m, fill=False, color=colour, linewidth=0.7, alpha=0.5, linestyle=style)
    )


def _bearing(axes: Axes, arrival: Arrival, asked: Question) -> None:
    if arrival.azimuth_deg is not None:
        place, turned = asked.site.plane.places[arrival.node], np.deg2rad(arrival.azimuth_deg)
        ends = ([place.x_m, place.x_m + RAY_M * np.sin(turned)], [place.y_m, place.y_m + RAY_M * np.cos(turned)])
        axes.plot(*ends, color=USED, linewidth=0.7, linestyle="--", scalex=False, scaley=False)


def _oval(axes: Axes, source: Source, colour: str) -> None:
    long, short = 2 * source.ellipse.semi_major_m, 2 * source.ellipse.semi_minor_m
    turned_deg = 90 - source.ellipse.bearing_deg  # matplotlib's from the x axis, anticlockwise
    axes.add_patch(Oval((source.x_m, source.y_m), long, short, angle=turned_deg, color=colour, alpha=0.25))
    axes.add_patch(Oval((source.x_m, source.y_m), long, short, angle=turned_deg, color=colour, fill=False))


def _near(axes: Axes, best: Source, answer: Answer, asked: Question) -> None:
    _sources(axes, answer, asked)
    half = max(ZOOM * best.ellipse.semi_major_m, LEAST_ZOOM_M)
    axes.set_xlim(best.x_m - half, best.x_m + half)
    axes.set_ylim(best.y_m - half, best.y_m + half)
    _plain(axes)
    axes.set_title(f"95 % within {best.ellipse.semi_major_m:.1f} by {best.ellipse.semi_minor_m:.1f} m", fontsize=10)
