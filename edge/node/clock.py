"""What time it is, and how well that is known.

The wall clock stamps; the monotonic clock measures waiting. The kernel says whether anything disciplines the wall clock
and bounds its error (``adjtimex(2)``: STA_UNSYNC, maxerror), whichever program does it. chronyd and ntpd tell it their
root distance, half the root delay and the root dispersion, at each update, and the kernel lets it grow by 500 ppm: what
``chronyc tracking`` would say, without a program to start. systemd-timesyncd tells it 0 each time, for it does not know
its own error; how far an SNTP answer may be off is then ours to say.
"""

import ctypes
import time
from pathlib import Path
from typing import Protocol

from edge.message.body import NO_BOUND_NS, TimeQuality, TimeSource

STA_UNSYNC = 0x0040  # linux/timex.h
TIMESYNCD = Path("/run/systemd/timesync/synchronized")  # touched by timesyncd at each synchronisation
SNTP_ERROR_NS = 100_000_000  # half the round trip of a mobile network at its worst hour
NS_PER_US = 1000
NS_PER_S = 1_000_000_000


class Clock(Protocol):
    """Wall clock and monotonic clock, in nanoseconds, and the quality of the wall clock."""

    def wall_ns(self) -> int:
        """Since 1970-01-01T00:00:00Z."""
        ...

    def monotonic_ns(self) -> int:
        """Since the machine's boot; for waiting and for intervals."""
        ...

    def quality(self) -> TimeQuality:
        """How good the wall clock is now."""
        ...


def machine_boot() -> str:
    """The kernel's id of this boot of the machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


class _Timex(ctypes.Structure):
    """struct timex of a 64-bit Linux, up to ``status``, and room for the rest."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),  # us
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


class SystemClock:
    """The clocks of this machine."""

    def __init__(self) -> None:
        self._adjtimex = ctypes.CDLL(None, use_errno=True).adjtimex

    def wall_ns(self) -> int:
        """The system's real-time clock."""
        return time.time_ns()

    def monotonic_ns(self) -> int:
        """The system's monotonic clock."""
        return time.monotonic_ns()

    def quality(self) -> TimeQuality:
        """What the kernel says of its discipline; without one, nothing is known of the error."""
        timex = _Timex(modes=0)
        returned = self._adjtimex(ctypes.byref(timex))
        if returned < 0 or timex.status & STA_UNSYNC:
            return TimeQuality(TimeSource.FREE, NO_BOUND_NS, time.monotonic_ns())
        unknown_ns = SNTP_ERROR_NS if TIMESYNCD.exists() else 0
        return TimeQuality(TimeSource.NTP, timex.maxerror * NS_PER_US + unknown_ns, time.monotonic_ns())


class ArrivalClock:
    """When a device's samples were taken, by when their bytes came, with no time signal from the device.

    Bytes come late by a varying time, never early: so sample k was taken at rate · k after the *least* late start that
    was seen lately. What remains is the least delay of line and scheduler, a millisecond or so, and a constant.
    """

    WINDOW_S = 30.0  # a crystal that is 20 ppm off moves by 0.6 ms in this

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._least_ns: list[float] = []  # of the window before, and of this one
        self._window = -1

    def arrived(self, sample: int, monotonic_ns: int) -> None:
        """Sample ``sample`` (counted from the device's boot) had come by ``monotonic_ns``."""
        start_ns = monotonic_ns - sample / self._rate_hz * NS_PER_S
        window = int(monotonic_ns // (self.WINDOW_S * NS_PER_S))
        if window == self._window:
            self._least_ns[-1] = min(self._least_ns[-1], start_ns)
        else:
            self._least_ns = [*self._least_ns[-1:], start_ns]
            self._window = window

    def monotonic_ns(self, sample: float) -> int:
        """When ``sample`` was taken, on the monotonic clock. Only after something arrived."""
        return round(min(self._least_ns) + sample / self._rate_hz * NS_PER_S)
