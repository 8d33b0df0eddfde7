"""True times of messages that were stamped in 1970."""

import pytest

from edge.message import body as b
from edge.message.timeline import Timeline

S = 1_000_000_000
MACHINE = "4f2c"
UTC_NS = 1_795_435_200 * S


def message(seq: int, monotonic_s: int, body: b.Body, run: bytes = b"1" * 8) -> b.Message:
    quality = b.TimeQuality(b.TimeSource.FREE, b.NO_BOUND_NS, monotonic_s * S)
    return b.Message("lamp-1", run, seq, b.GENESIS, monotonic_s * S, quality, body)


def tied(monotonic_s: int, utc_ns: int = UTC_NS, machine: str = MACHINE) -> b.TimeTied:
    return b.TimeTied(machine, monotonic_s * S, utc_ns, b.TimeSource.NTP, 5_000_000, monotonic_s * S)


def test_a_tie_tells_the_time_of_what_was_stamped_before_it_and_how_well() -> None:
    timeline = Timeline()
    timeline.see(message(1, 10, b.Boot(1, "1", MACHINE, "new")))
    assert timeline.place(b"1" * 8, 40 * S) is None
    timeline.see(message(3, 1010, tied(1010)))
    placed = timeline.place(b"1" * 8, 10 * S)
    assert placed is not None
    assert placed.time_ns == UTC_NS - 1000 * S
    assert placed.error_ns == 5_000_000 + 100_000_000  # 100 ppm of 1000 s
    assert (placed.source, placed.tied_by) == (b.TimeSource.NTP, 3)


def test_a_tie_holds_for_other_runs_of_the_program_on_the_same_boot_of_the_machine_only() -> None:
    timeline = Timeline()
    timeline.see(message(9, 500, tied(500), run=b"2" * 8))
    timeline.see(message(1, 10, b.Boot(1, "1", MACHINE, "new")))
    timeline.see(message(0, 10, b.Boot(1, "1", "another", "new"), run=b"0" * 8))
    assert timeline.place(b"1" * 8, 0) is not None
    assert timeline.place(b"0" * 8, 0) is None
    assert timeline.place(b"3" * 8, 0) is None


def test_a_run_that_begins_with_a_disciplined_clock_ties_those_before_it() -> None:
    timeline = Timeline()
    timeline.see(message(1, 10, b.Boot(1, "1", MACHINE, "new")))
    quality = b.TimeQuality(b.TimeSource.NTP, 7_000_000, 210 * S)
    restart = b.Message("lamp-1", b"2" * 8, 5, b.GENESIS, UTC_NS, quality, b.Boot(2, "1", MACHINE, "kept"))
    timeline.see(restart)
    placed = timeline.place(b"1" * 8, 10 * S)
    assert placed is not None
    assert (placed.time_ns, placed.tied_by) == (UTC_NS - 200 * S, 5)


@pytest.mark.parametrize(("monotonic_s", "by"), [(100, 1), (900, 2)])
def test_of_several_ties_the_nearest_counts(monotonic_s: int, by: int) -> None:
    timeline = Timeline()
    for seq, at_s in ((1, 100), (2, 1000)):
        timeline.see(message(seq, at_s, tied(at_s, UTC_NS + seq * S)))
    placed = timeline.place(b"1" * 8, monotonic_s * S)
    assert placed is not None
    assert placed.tied_by == by
