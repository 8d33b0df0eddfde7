"""The pictures of ``lamppost measure --plot``: one a channel, and where they go.

one file of one channel     OUT.png
all else                    OUT-FILE-CHANNEL.png        FILE without its ending
"""

import os
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli._history import History
from edge.cli._measuring import Asked, Whole
from edge.cli._recording import Recording
from edge.errors import UserError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ENDINGS = (".png", ".svg", ".pdf")


def check(picture: Path) -> None:
    """Looks before the work begins whether a picture can be drawn there; UserError otherwise."""
    if find_spec("matplotlib") is None:
        raise UserError("drawing needs the package matplotlib", "pip install 'lamppost[office]'")
    if picture.suffix.lower() not in ENDINGS:
        raise UserError(f"--plot {picture} is no picture", f"expected a name that ends in {', '.join(ENDINGS)}")
    if not picture.parent.is_dir() or not os.access(picture.parent, os.W_OK) or picture.is_dir():
        raise UserError(f"cannot write {picture}", "name a file in a folder that is there and that you may write to")


def write(drawn: "Figure", target: Path) -> None:
    """Writes a picture; UserError says why it cannot be written."""
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph")  # a name may have letters that the font has not
            drawn.savefig(target)
    except OSError as error:
        raise UserError(f"cannot write {target}: {error.strerror}", "name a file that you may write") from error


@dataclass(frozen=True, slots=True)
class Sheet:
    """A channel's picture: what it shows, and where it goes."""

    source: Path
    target: Path
    history: History

    def draw(self, whole: Whole, asked: Asked) -> None:
        """Writes it; UserError says why it cannot be written."""
        from edge.cli._plot import figure

        write(figure(f"{self.source.name}, channel {whole.channel}", self.history, whole, asked), self.target)


@dataclass(frozen=True, slots=True)
class Sheets:
    """The pictures of all files; ``alone``: there is one file only."""

    base: Path
    alone: bool

    @classmethod
    def at(cls, base: Path, files: Sequence[Path]) -> "Sheets":
        """Looks before the work begins whether they can be drawn; UserError otherwise."""
        check(base)
        twice = [stem for stem, count in Counter(file.stem for file in files).items() if count > 1]
        if twice:
            raise UserError(f"two recordings are called {twice[0]}: so would be their pictures", "draw one at a time")
        return cls(base, alone=len(files) == 1)

    def of(self, path: Path, recording: Recording) -> list[Sheet]:
        """The pictures of a recording."""
        channels = range(recording.channels)
        return [Sheet(path, self._target(path, at, len(channels)), History(at, recording.rate_hz)) for at in channels]

    def _target(self, path: Path, channel: int, channels: int) -> Path:
        if self.alone and channels == 1:
            return self.base
        return self.base.with_stem(f"{self.base.stem}-{path.stem}-{channel}")
