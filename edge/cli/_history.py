"""What a picture of a recording needs of it, in bounded memory however long it is.

rows     ·  ·  ·  ·  ·  ·  ·  ·  ·        steps, seconds or eighths of seconds as they come
columns  |  ·  |  ·  |  ·  |  ·  |  ·     one each; when there are too many, two become one, and so on
         |     ·     |     ·     |
"""

import numpy as np
from numpy.typing import NDArray

from dsp.grid import EIGHTHS, Grid
from dsp.meter import Second
from dsp.octaves import told_bands
from dsp.recursive import Array

SECOND = ("exposure", "measured_s", "overload_s", "missing_s")  # what a column of seconds holds
MOST_COLUMNS = 2048  # a picture has about 1000 pixels across


class Columns:
    """Rows of ``row_s`` gathered by ``combine`` (such as np.add) in at most ``MOST_COLUMNS``, an even number."""

    def __init__(self, row_s: float, combine: np.ufunc, empty: float, *shape: int) -> None:
        self._row_s, self._combine, self._empty = row_s, combine, empty
        self._held = np.full((MOST_COLUMNS, *shape), empty)
        self._rows, self._rows_each = 0, 1

    def add(self, rows: NDArray[np.floating]) -> None:
        """The rows that follow, on axis 0."""
        while self._rows + len(rows) > MOST_COLUMNS * self._rows_each:
            self._halve()
        self._combine.at(self._held, np.arange(self._rows, self._rows + len(rows)) // self._rows_each, rows)
        self._rows += len(rows)

    def _halve(self) -> None:
        pairs = self._combine(self._held[::2], self._held[1::2])
        self._held[: len(pairs)], self._held[len(pairs) :] = pairs, self._empty
        self._rows_each *= 2

    @property
    def values(self) -> Array:
        """The columns so far."""
        return self._held[: -(-self._rows // self._rows_each)]

    @property
    def column_s(self) -> float:
        """How long each of them is; the last may be shorter."""
        return self._rows_each * self._row_s

    @property
    def edges_s(self) -> Array:
        """Where they begin and end: one more than there are columns."""
        rows = np.append(np.arange(len(self.values)) * self._rows_each, self._rows)
        return np.asarray(rows * self._row_s)


class History:
    """One channel's Fast level, exposure, marks and bands over time.

    ``most`` and ``least`` of Fast are no numbers where seconds miss some; ``least`` also before Fast has settled.
    """

    def __init__(self, channel: int, rate_hz: int) -> None:
        grid = Grid.of(rate_hz)
        self._steps = grid.steps
        self.channel, self.rate_hz, self.duration_s = channel, rate_hz, 0.0
        self.bands = told_bands(rate_hz)
        self.most = Columns(grid.step_s, np.fmax, np.nan)
        self.least = Columns(grid.step_s, np.fmin, np.nan)
        self.seconds = Columns(grid.second_s, np.add, 0.0, len(SECOND))
        self.eighths = Columns(grid.second_s / EIGHTHS, np.add, 0.0, self.bands)

    def add(self, second: Second) -> None:
        """A second more."""
        fast, missing_s = second.fast[self.channel], second.missing_s[self.channel]
        self.duration_s += second.duration_s
        heard = np.full(fast.shape, np.nan) if missing_s else fast
        self.most.add(heard)
        self.least.add(np.where(np.arange(fast.size) < second.settling[self.channel], np.nan, heard))
        exposure, overload_s = second.exposure[self.channel, 0], second.overload_s[self.channel]
        self.seconds.add(np.array([[exposure, second.duration_s - missing_s, overload_s, missing_s]]))
        eighths = int(np.ceil(fast.size / self._steps * EIGHTHS))
        self.eighths.add(second.bands[self.channel, :eighths, : self.bands])
