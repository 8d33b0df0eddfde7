"""The latest time that was known for sure, kept over power cuts: it is never earlier than that.

A wall clock that shows less is wrong. The day of the release is the floor of a node that never knew any time.
"""

import logging
from pathlib import Path

from edge.node.clock import NS_PER_S
from edge.node.durable import sync_folder

log = logging.getLogger(__name__)

TIME_FILE = "known-time"
RELEASED_S = 1_767_225_600  # 2026-01-01T00:00:00Z; this program has never run before that
KEPT_S = 900  # between writings: 35 000 a year of some bytes, which no card minds
LATEST_S = 4_102_444_800  # 2100; a later one in the file is damage


class KnownTime:
    """The floor under the wall clock, in the state folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / TIME_FILE
        self._kept_s = 0
        self.floor_s = max(RELEASED_S, self._read())

    def _read(self) -> int:
        try:
            said = int(self._path.read_text(encoding="ascii"))
        except FileNotFoundError:
            return 0
        except (OSError, ValueError) as error:
            log.warning("the last known time cannot be read from %s: %s", self._path, error)
            return 0
        return said if said < LATEST_S else 0

    def is_past(self, utc_ns: int) -> bool:
        """Whether a clock that shows ``utc_ns`` is behind what is known."""
        return utc_ns < self.floor_s * NS_PER_S

    def know(self, utc_ns: int, *, keep: bool = False) -> None:
        """It is ``utc_ns`` for sure. That is written down now and then, and when it is to be kept."""
        self.floor_s = max(self.floor_s, utc_ns // NS_PER_S)
        if self.floor_s - self._kept_s < (1 if keep else KEPT_S):
            return
        self._kept_s = self.floor_s
        try:
            self._write()
        except OSError as error:
            log.warning("the time cannot be kept in %s: %s", self._path, error)

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        written = self._path.with_suffix(".new")
        written.write_text(f"{self.floor_s}\n", encoding="ascii")
        written.replace(self._path)
        sync_folder(self._path.parent)
