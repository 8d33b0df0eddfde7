"""What drivers say, and what a driver module offers.

    bytes → Decoder.feed → Reading | Block | Latch | Gap | Note | Request
                                                                  └─▶ to the sensor

A decoder is fed whatever the port gave, in any pieces, and answers the same in sum. Nobody stamps a time here:
samples are counted, and the edge, which has a clock, says when they came.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from drivers._sheet import Sheet


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
    edge. ``pulse`` counts edges since the device's boot; ``fix`` is the receiver's fix type, 0 for none. ``tick`` is
    the timer's step in samples, 0 where it is not told: the edge fell within that after ``fraction``.
    """

    sample: int
    fraction: float
    boot: int
    pulse: int
    gnss_week: int
    gnss_tow_s: int
    quantisation_error_s: float
    fix: int
    tick: float = 0.0


class Why(StrEnum):
    """Why data is absent."""

    NOISE = "noise"  # bytes that belong to no frame
    CHECKSUM = "checksum"  # a frame that failed its check
    LOST = "lost"  # the device's own count says frames are missing
    OVERRUN = "overrun"  # the device or this computer could not keep up
    RESTART = "restart"  # the device booted again
    INVALID = "invalid"  # the device itself says the value is not valid
    UNPLUGGED = "unplugged"  # the port went away
    SILENT = "silent"  # nothing that could be believed was heard for a time; a question found no answer
    WARMING = "warming up"  # the sensor was switched on too short a time ago
    IMPLAUSIBLE = "implausible"  # a value that the sensor cannot give, or a jump that the world does not make


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


@dataclass(frozen=True, slots=True)
class Request:
    """Bytes that the sensor must be told now."""

    data: bytes


Item: TypeAlias = Reading | Block | Latch | Gap | Note | Request


@dataclass(frozen=True, slots=True)
class Line:
    """Settings of a serial line. With ``modem`` its modem lines are what is read (:mod:`drivers._modem`)."""

    baud: int
    bits: int = 8
    parity: str = "N"
    stop_bits: float = 1
    modem: bool = False


class Decoder(Protocol):
    """Turns one sensor's bytes into items, without I/O and without a clock."""

    def feed(self, data: bytes) -> list[Item]:
        """Items completed by ``data``. Any chunking of a stream gives the same items in sum. Never raises on bytes."""
        ...


@runtime_checkable
class Asking(Protocol):
    """A decoder of a sensor that answers questions: it must be asked, from time to time, what to ask."""

    def tick(self, now_s: float) -> list[Item]:
        """Requests that are due at ``now_s`` of a monotonic clock, and gaps of questions without an answer."""
        ...


class Driver(Protocol):
    """What a public module of :mod:`drivers` offers; the module itself is the driver.

    One whose sensor needs to be told more than a port also offers ``Settings``, a frozen dataclass of the keys that its
    table in the configuration may have, with their defaults; its decoder then takes one.
    """

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
    def SHEET(self) -> Sheet:  # noqa: N802
        """What it reads, and what is worth knowing."""
        ...

    @property
    def Decoder(self) -> "Callable[..., Decoder]":  # noqa: N802
        """Makes the decoder of each opening of the port, without arguments, or with the driver's settings."""
        ...
