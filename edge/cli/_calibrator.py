"""A calibrator's tone, heard at a sensor's port or taken from a recording: one channel, without a hole."""

import select
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from drivers._fault import PortError
from drivers._identity import resolve
from drivers._port import SerialPort
from drivers._stop import MS_PER_S, Stop
from drivers._types import Block, Driver, Item, Note
from dsp.levels import level_db
from edge import plugins
from edge.errors import UserError
from edge.node.config import DRIVERS, SensorTable

PATIENCE_S = 10.0  # without a sample: a front-end sends two hundred frames a second
LONGEST_HOLE_S = 30.0  # beyond the time to listen: a stream with holes never gives a whole stretch
LOOK_S = 0.25
UNIQUE_ID = "unique_id"


@dataclass(frozen=True, slots=True)
class Heard:
    """Samples of one channel, shape (n,), and what the device said beside them."""

    samples: NDArray[np.float32]
    rate_hz: float
    device: str = ""
    faults: tuple[str, ...] = ()


@dataclass(slots=True)
class _Stretch:
    """Samples that follow each other; begins anew behind a hole."""

    sensor: str
    channel: int
    pieces: list[NDArray[np.float32]] = field(default_factory=list)
    rate_hz: float = 0.0
    device: str = ""
    overload: bool = False
    _next: tuple[float, int, int] = (0.0, 0, 0)

    @property
    def seconds(self) -> float:
        """How long it is."""
        return sum(piece.size for piece in self.pieces) / self.rate_hz if self.rate_hz else 0.0

    def take(self, item: Item) -> None:
        """What the decoder gave."""
        match item:
            case Note(topic, text) if topic == UNIQUE_ID:
                self.device = text
            case Block():
                self._block(item)

    def _block(self, block: Block) -> None:
        channels, count = block.samples.shape
        if self.channel >= channels:
            raise UserError(f"{self.sensor} has {channels} channels; there is no {self.channel}", "count from 0")
        if (block.rate_hz, block.boot, block.first) != self._next:
            self.pieces.clear()
            self.overload = False
        self.rate_hz = block.rate_hz
        self._next = block.rate_hz, block.boot, block.first + count
        self.overload |= bool(block.overload >> self.channel & 1)
        self.pieces.append(block.samples[self.channel])

    def heard(self, seconds: float) -> Heard:
        """The last ``seconds`` of it: what came first may be from before the calibrator was switched on."""
        samples = np.concatenate(self.pieces)[-round(seconds * self.rate_hz) :]
        faults = ("clipped: the converter says so; lower the gain or the calibrator's level",) if self.overload else ()
        return Heard(samples, self.rate_hz, self.device, faults)


def hear(table: SensorTable, sensor: str, channel: int, seconds: float) -> Heard:
    """Listens to a sensor's port for so long, and shows on a terminal what is heard.

    UserError if the port, or samples without a hole for so long, cannot be had.
    """
    driver, stretch = cast(Driver, plugins.load(DRIVERS, table.driver)), _Stretch(sensor, channel)
    try:
        with Stop.open() as never, SerialPort.open(resolve(table.port), driver.LINE) as port:
            port.write(driver.GREETING, never)
            _listen(port, driver, stretch, seconds)
    except PortError as error:
        raise UserError(f"cannot hear {sensor}: {error.found}", error.hint) from error
    finally:
        _show("")
    return stretch.heard(seconds)


def _listen(port: SerialPort, driver: Driver, stretch: _Stretch, seconds: float) -> None:
    poller, decoder = select.poll(), driver.Decoder()
    poller.register(port, select.POLLIN)
    begun_s = shown_s = time.monotonic()
    while stretch.seconds < seconds:
        data = port.read() if poller.poll(LOOK_S * MS_PER_S) else b""
        for item in decoder.feed(data):
            stretch.take(item)
        now_s = time.monotonic()
        if now_s - begun_s > (seconds + LONGEST_HOLE_S if stretch.pieces else PATIENCE_S):
            raise UserError(*_no_sound(stretch, now_s - begun_s))
        if now_s - shown_s > LOOK_S and stretch.pieces:
            shown_s = now_s
            _show(f"  {max(0.0, seconds - stretch.seconds):4.1f} s left, {level_db(stretch.pieces[-1]):6.1f} dB")


def _no_sound(stretch: _Stretch, waited_s: float) -> tuple[str, str]:
    if stretch.pieces:
        return f"{stretch.sensor} loses samples: no whole stretch in {waited_s:.0f} s", "check the cable and the load"
    return f"no sound came from {stretch.sensor} in {waited_s:.0f} s", "check its power, its port and its driver"


def _show(words: str) -> None:
    """Words in place of those before, for who watches at a terminal."""
    if sys.stderr.isatty():
        print(f"\r\033[K{words}", end="", file=sys.stderr, flush=True)


def hear_file(path: Path, channel: int) -> Heard:
    """A channel of a recording, whole. UserError says what the file is instead."""
    from edge.cli._recording import open_recording

    with open_recording(path) as recording:
        if channel >= recording.channels:
            raise UserError(f"{path} has {recording.channels} channels; there is no {channel}", "count from 0")
        pieces = [block[channel] for block in recording.blocks()]
        return Heard(np.concatenate([np.empty(0, np.float32), *pieces]), recording.rate_hz)
