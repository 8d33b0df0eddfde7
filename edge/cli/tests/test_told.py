"""Times in words: as many digits as are known."""

import pytest

from edge.cli import _told
from edge.message import body as b

NOON_NS = 1_795_435_200_000_000_000
UNKNOWN = b.TimeQuality(b.TimeSource.FREE, b.NO_BOUND_NS, 0)


def message(body: b.Body) -> b.Message:
    return b.Message("lamp-1", bytes(8), 7, b.GENESIS, NOON_NS, UNKNOWN, body)


def event(error_ns: int | None, source: b.TimeSource | None) -> b.Message:
    shot = b.Event(
        *("gunshot", "mic", NOON_NS + 123_456_789, 1, 2, 0, 48_000.0, (0,), 12.0, 9.0, {}, (), bytes(32)),
        time_error_ns=error_ns, time_source=source,
    )  # fmt: skip
    return message(shot)


@pytest.mark.parametrize(
    ("error_ns", "source", "told"),
    [
        (None, None, "at 2026-11-23T12:00:00.123Z, score"),
        (20_000_000, b.TimeSource.NTP, "at 2026-11-23T12:00:00.123Z, score"),
        (180, b.TimeSource.PPS, "at 2026-11-23T12:00:00.123456Z ± 180 ns (PPS), score"),
        (2_500, b.TimeSource.GNSS, "at 2026-11-23T12:00:00.123456Z ± 2.5 us (GNSS), score"),
    ],
)
def test_an_event_is_told_to_the_microsecond_where_it_is_known_so_well(
    error_ns: int | None, source: b.TimeSource | None, told: str
) -> None:
    assert told in _told.words(event(error_ns, source))


def test_an_object_says_what_a_time_rests_on() -> None:
    found = _told.found(event(180, b.TimeSource.PPS), "")
    assert (found["time_source"], found["time_error_ns"]) == ("pps", 180)
    assert "time_source" not in _told.found(event(None, None), "")


def test_a_tie_says_what_the_stamps_before_it_mean() -> None:
    tied = b.TimeTied("m", 90 * 10**9, NOON_NS, b.TimeSource.NTP, 30_000_000, 90 * 10**9)
    told = _told.words(message(tied))
    assert "by NTP, within 30 ms: what it stamped 1970-01-01T00:01:30.000Z was 2026-11-23T12:00:00.000Z" in told
    assert _told.found(message(tied), "")["stamped"] == "1970-01-01T00:01:30.000Z"
    assert _told.error(3 * 10**9) == "3 s"
