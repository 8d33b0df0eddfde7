"""The demo, seen: a live picture on a terminal (Rich), or a line for each message."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from edge.cli import _told
from edge.cli._output import Output
from edge.errors import UserError
from edge.message.body import Event, Health, Measurements, Record, Sense, SensorState

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.table import Table

    from edge.gateway.ingest import Stored

EVENTS_SHOWN = 4
ROOMY_ROWS = 40  # of a terminal: there, values wrap, and the newest event shows its reasons
BAR_CELLS = 30
BARS = {"LAeq_re_FS": (-90.0, 0.0, "dB(A) re full scale"), "LAeq": (30.0, 120.0, "dB(A)")}  # span, and unit in words
COLOURS = {Sense.HEARING: "green", Sense.QUIET: "yellow", Sense.DEAF: "red"}
LEVELS = ("L", "overload", "under_range", "measured")  # how names of what a sound level meter says begin


class View(Protocol):
    """Where verified messages are shown."""

    def show(self, stored: "Stored") -> None:
        """A message was verified and stored."""
        ...

    def refresh(self, left_s: float) -> None:
        """So much time is left."""
        ...


class Screen(Protocol):
    """Where the picture is drawn: Rich's Live."""

    def update(self, renderable: "Group") -> None:
        """Shows this from now on."""
        ...


class Lines:
    """A line for each message, for logs and pipes; with ``--json`` on stderr."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def show(self, stored: "Stored") -> None:
        """The message in words."""
        self._output.say(_told.words(stored.message))

    def refresh(self, left_s: float) -> None:
        """Nothing: lines stand."""


@contextmanager
def picture() -> Iterator["Picture"]:
    """A live picture on this terminal."""
    try:
        from rich.live import Live
    except ImportError as error:
        raise UserError("the live view needs the package rich", "pip install 'lamppost[office]'") from error
    with Live(refresh_per_second=4) as live:
        yield Picture(live, roomy=live.console.height >= ROOMY_ROWS)


class Picture:
    """Sensors with state and values, levels as bars, and events as they are verified."""

    def __init__(self, screen: "Screen", *, roomy: bool) -> None:
        self._screen = screen
        self._roomy = roomy
        self._states: dict[str, SensorState] = {}
        self._values: dict[str, dict[str, Record]] = {}
        self._events: deque[Event] = deque(maxlen=EVENTS_SHOWN)
        self._verified = 0
        self._uplinks = ""

    def show(self, stored: "Stored") -> None:
        """Takes a message into the picture."""
        self._verified += 1
        match stored.message.body:
            case Health() as health:
                self._states = dict(health.sensors)
                self._uplinks = ", ".join(f"{name} {state}" for name, state in health.uplinks.items())
            case Measurements() as measured:
                self._values.setdefault(measured.sensor, {}).update({r.name: r for r in measured.records})
            case Event() as event:
                self._events.append(event)

    def refresh(self, left_s: float) -> None:
        """Draws it."""
        self._screen.update(self._drawn(left_s))

    def _drawn(self, left_s: float) -> "Group":
        from rich.console import Group
        from rich.panel import Panel

        head = f"{self._verified} messages verified   uplink: {self._uplinks or 'connecting'}   {left_s:.0f} s left"
        return Group(
            Panel(head, title="Lamppost demo", border_style="cyan"),
            Panel(self._heard(), title="verified events", border_style="magenta"),
            self._levels(),
            self._sensors(),
        )

    def _sensors(self) -> "Table":
        from rich.table import Table

        table = Table(expand=True)
        for title, ratio in (("sensor", None), ("state", None), ("latest values", 4), ("evidence", 3)):
            table.add_column(title, no_wrap=not self._roomy, ratio=ratio)
        for name in sorted(self._states | self._values):
            state = self._states.get(name)
            sense = f"[{COLOURS[state.sense]}]{state.sense.name.lower()}[/]" if state else "…"
            table.add_row(name, sense, self._latest(name), state.evidence if state else "")
        return table

    def _latest(self, sensor: str) -> str:
        values = self._values.get(sensor, {}).values()
        return ", ".join(f"{r.name} {_told.number(r.value)} {r.unit}" for r in values if not r.name.startswith(LEVELS))

    def _levels(self) -> "RenderableType":
        from rich.table import Table

        table = Table.grid(padding=(0, 1))
        for records in self._values.values():
            for record in records.values():
                name, _, channel = record.name.partition("/")
                if name in BARS:
                    low, high, unit = BARS[name]
                    bar = _bar((record.value - low) / (high - low))
                    table.add_row(f"  channel {channel or 0}", bar, f"{record.value:.1f} {unit}")
        return table

    def _heard(self) -> str:
        newest_first = [_line(event) for event in reversed(self._events)]
        if not newest_first:
            return "none yet: the first shots come after five seconds"
        reasons = [f"  [dim]{reason}[/]" for reason in self._events[-1].reasons if self._roomy]
        return "\n".join([newest_first[0], *reasons, *newest_first[1:]])


def _line(event: Event) -> str:
    at, channels = _told.stamp(event.time_ns), ", ".join(map(str, event.channels))
    return f"[bold]{event.kind}[/] at {at}, score {event.score:.4g} ≥ {event.threshold:.4g}, channels {channels}"


def _bar(share: float) -> str:
    cells = round(BAR_CELLS * min(max(share, 0.0), 1.0))
    return f"[green]{'█' * cells}[/][dim]{'░' * (BAR_CELLS - cells)}[/]"
