"""Recordings on disk: wav, flac and ogg, read block by block."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edge.cli._output import warn
from edge.errors import UserError

if TYPE_CHECKING:
    from edge.node.listening import Heard, Options

ENDLESS = 2**62  # frames: what libsndfile says of a stream whose header does not tell
BLOCK_S = 0.1  # as the node's worker takes its ring; any other gives the same events
RATES_HZ = (8_000.0, 96_000.0)  # the detectors' range


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that is open; ``missing_bytes`` are promised by its header and not there."""

    file: Any
    rate_hz: int
    channels: int
    missing_bytes: int

    @property
    def duration_s(self) -> float:
        """How long it is."""
        return float(self.file.frames / self.rate_hz)

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """Its samples, in order: shape (channels, n), full scale ±1.0. Where it is damaged they end, with a warning."""
        read = 0
        while (block := self._block()).size:
            read += len(block)
            yield np.ascontiguousarray(block.T)
        if read < self.file.frames < ENDLESS:
            warn(f"{self.file.name} is damaged: {read / self.rate_hz:.1f} s of {self.duration_s:.1f} s can be read")

    def _block(self) -> NDArray[np.float32]:
        import soundfile

        try:
            block = self.file.read(round(BLOCK_S * self.rate_hz), dtype="float32", always_2d=True)
        except soundfile.LibsndfileError:
            block = np.empty((0, self.channels))
        return np.asarray(block, np.float32)


@contextmanager
def open_recording(path: Path, rates_hz: tuple[float, float] = RATES_HZ) -> Iterator[Recording]:
    """Opens a recording of a rate in ``rates_hz``; UserError says what the file is instead, or what is missing."""
    try:
        import soundfile
    except ImportError as error:
        raise UserError("reading recordings needs the package soundfile", "pip install 'lamppost[office]'") from error
    try:
        file = soundfile.SoundFile(path)
    except (OSError, RuntimeError) as error:  # soundfile's own error is a RuntimeError
        what = "does not exist" if not path.exists() else f"is no recording: {error}"
        raise UserError(f"{path} {what}", "expected wav, flac or ogg") from error
    with file:
        if not rates_hz[0] <= file.samplerate <= rates_hz[1]:
            lowest, highest = rates_hz
            raise UserError(
                f"{path} has {file.samplerate} Hz", f"expected {lowest:.0f} to {highest:.0f} Hz; resample it"
            )
        yield Recording(file, file.samplerate, file.channels, _missing_bytes(path))


def warn_of_loss(path: Path, recording: Recording) -> None:
    """Says so if the recording is shorter than its header has it."""
    if recording.missing_bytes:
        warn(f"{path} is cut short: {recording.missing_bytes} bytes that its header promises are not there")


def _missing_bytes(path: Path) -> int:
    """How many bytes a RIFF file's header promises beyond its end: a recorder that lost its power."""
    with path.open("rb") as file:
        head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"WAVE":
        return 0
    return max(0, int.from_bytes(head[4:8], "little") + 8 - path.stat().st_size)


def listen(recording: Recording, detectors: "Mapping[str, Options]") -> "Iterator[Heard]":
    """What the detectors hear in it, as the node would."""
    from edge.node.listening import Listener

    listener = Listener(recording.rate_hz, recording.channels, detectors)
    for block in recording.blocks():
        yield from listener.feed(block)
    yield from listener.close()
