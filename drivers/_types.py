"""What drivers say, and what a driver module offers.

    bytes → Decoder.feed → Reading | Block | Latch | Gap | Note

A decoder is fed whatever the port gave, in any pieces, and answers the same in sum. Nobody stamps a time here:
samples are counted, and the edge, which has a clock, says when they came.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Reading:
    """One number of one quantity; names and units come from :mod:`drivers._units`."""

    quantity: str
    value: float
    unit: str
    channel: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Consecutive samples of a fast signal.

    ``samples`` is float32, shape (channels, n), full scale ±1.0. ``first`` is the index of the first sample since
    the device's boot number ``boot`` (0..255). ``overload`` has one bit a channel: its converter clipped in here.
    """

    samples: NDArray[np.float32]
    rate_hz: float
    first: int
    boot: int
    overload: int = 0


@dataclass(frozen=True, slots=True)
class Latch:
    """The edge of a GNSS second, caught on the device's sample clock.

    The edge fell ``fraction`` (0 ≤ fraction < 1) of a sample after sample ``sample`` of boot ``boot``. It is second
    ``gnss_tow_s`` of GPS week ``gnss_week``; ``quantisation_error_s`` is the receiver's sawtooth correction of this
    edge. ``pulse`` counts edges since the device's boot; ``fix`` is the receiver's fix type, 0 for none.
    """

    sample: int
    fraction: float
    boot: int
    pulse: int
    gnss_week: int
    gnss_tow_s: int
    quantisation_error_s: float
    fix: int


class Why(StrEnum):
    """Why data is absent."""

    NOISE = "noise"  # bytes that belong to no frame
    CHECKSUM = "checksum"  # a frame that failed its check
    LOST = "lost"  # the device's own count says frames are missing
    OVERRUN = "overrun"  # the device or this computer could not keep up
    RESTART = "restart"  # the device booted again
    INVALID = "invalid"  # the device itself says the value is not valid
    UNPLUGGED = "unplugged"  # the port went away
    SILENT = "silent"  # nothing that could be believed was heard for a time


@dataclass(frozen=True, slots=True)
class Gap:
    """Data that is not there, with the reason, and the detail in words."""

    why: Why
    detail: str


@dataclass(frozen=True, slots=True)
class Note:
    """Words of the device about itself: its serial number, its firmware, a line of its log."""

    topic: str
    text: str


Item: TypeAlias = Reading | Block | Latch | Gap | Note


@dataclass(frozen=True, slots=True)
class Line:
    """Settings of a serial line."""

    baud: int
    bits: int = 8
    parity: str = "N"
    stop_bits: float = 1


class Decoder(Protocol):
    """Turns one sensor's bytes into items, without I/O and without a clock."""

    def feed(self, data: bytes) -> list[Item]:
        """Items completed by ``data``. Any chunking of a stream gives the same items in sum. Never raises on bytes."""
        ...


class Driver(Protocol):
    """What a public module of :mod:`drivers` offers; the module itself is the driver."""

    @property
    def LINE(self) -> Line:  # noqa: N802  a module's constant, seen as a property
        """Settings of its serial line."""
        ...

    @property
    def PERIOD_S(self) -> float:  # noqa: N802
        """A healthy sensor says something at least this often, in seconds."""
        ...

    @property
    def GREETING(self) -> bytes:  # noqa: N802
        """What the sensor must be told each time its port opens; empty if it talks by itself."""
        ...

    @property
    def Decoder(self) -> "type[Decoder]":  # noqa: N802
        """The decoder's class; called without arguments for each opening of the port."""
        ...
