"""Which UTC second an edge is, from what a GNSS receiver says of it.

    UTC = 1980-01-06 + week · 604 800 s + time of week - leap seconds since then

The signal of GPS L1 C/A has ten bits of the week, which begin anew every 19.6 years, and receivers with an old firmware
pass that on or guess wrongly; a date before which it cannot be tells the right one. GPS has no leap seconds, UTC has.
Source: IS-GPS-200, 20.3.3.3.1.1 (week), 20.3.3.5.2.4 (UTC); leap seconds: IERS Bulletin C.
"""

import math

GPS_EPOCH_S = 315_964_800  # 1980-01-06T00:00:00Z
WEEK_S = 604_800
WEEKS = 1024
LEAP_S = 18  # GPS ahead of UTC since 2017-01-01
LABEL_NS = 250_000_000  # a host that knows its time better than this knows which second it is


def whole_week(week: int, pivot_s: int) -> int:
    """The week with all its bits: the first one that ends with ``week``'s ten bits and is not over at ``pivot_s``."""
    least = (pivot_s - GPS_EPOCH_S) // WEEK_S
    return least + (week - least) % WEEKS


def utc_second(week: int, tow_s: int, *, pivot_s: int, leap_s: int = LEAP_S) -> int:
    """The UTC second of GPS second ``tow_s`` of ``week``; it is later than ``pivot_s``, a week more or less."""
    return GPS_EPOCH_S + whole_week(week, pivot_s) * WEEK_S + tow_s - leap_s


def corrected(sample: int, fraction: float, rate_hz: float, quantisation_error_s: float) -> tuple[int, float]:
    """Where the second truly fell. A receiver's pulse comes on a tick of its own clock, and the second
    ``quantisation_error_s`` later (u-blox UBX-TIM-TP qErr; its sign measured by A. Wallin, F9T qErr correction, 2019).
    """
    moved = fraction + quantisation_error_s * rate_hz
    whole = math.floor(moved)
    return sample + whole, moved - whole


def relabelled(second: int, edge_host_ns: int, host_error_ns: int) -> int:
    """The second by the host's clock where that knows it for sure: it alone hears of a new leap second in time."""
    return second if host_error_ns > LABEL_NS else round(edge_host_ns / 1_000_000_000)
