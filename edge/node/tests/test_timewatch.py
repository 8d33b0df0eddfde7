"""A node that boots in 1970, and what it says when it knows better; and the floor under its clock."""

import logging
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from drivers._stop import Stop
from drivers.tests.wire import until
from edge.message.body import NO_BOUND_NS, Body, TimeQuality, TimeSource, TimeTied
from edge.message.timeline import Timeline
from edge.node.clock import NS_PER_S, machine_boot
from edge.node.known_time import KEPT_S, RELEASED_S, TIME_FILE, KnownTime
from edge.node.tests.hand_clock import NOON_NS, HandClock
from edge.node.tests.journals import bang, journal_at, waiting_in, writing
from edge.node.timewatch import Known, TimeWatch

UNKNOWN = TimeQuality(TimeSource.FREE, NO_BOUND_NS, 0)
NTP = TimeQuality(TimeSource.NTP, 30_000_000, 0)


@dataclass
class Dated(HandClock):
    known: TimeQuality = field(default_factory=lambda: UNKNOWN)

    def quality(self) -> TimeQuality:
        return replace(self.known, monotonic_ns=self.monotonic)


class Pole:
    """A clock that shows a minute past 1970, ten minutes after boot."""

    def __init__(self, folder: Path) -> None:
        self.clock = Dated(wall=60 * NS_PER_S, monotonic=600 * NS_PER_S)
        self.put: list[Body] = []
        self.floor = KnownTime(folder)
        self.watch = TimeWatch(self.put.append, self.clock, self.floor)

    def is_set(self) -> None:
        self.clock.wall, self.clock.known = NOON_NS, NTP


@pytest.fixture
def pole(tmp_path: Path) -> Pole:
    return Pole(tmp_path)


def test_when_ntp_sets_a_clock_of_1970_the_chain_is_told_once_what_the_stamps_before_mean(pole: Pole) -> None:
    pole.watch.look()
    assert pole.put == []
    pole.clock.pass_s(30)
    pole.is_set()
    pole.watch.look()
    pole.clock.pass_s(30)
    pole.watch.look()
    before = 90 * NS_PER_S  # the clock of 1970, had it gone on
    assert pole.put == [TimeTied(machine_boot(), 630 * NS_PER_S, NOON_NS, TimeSource.NTP, 30_000_000, before)]


def test_who_has_the_chain_knows_when_things_happened_that_were_stamped_in_1970(tmp_path: Path) -> None:
    clock = Dated(wall=0, monotonic=20 * NS_PER_S)
    journal = journal_at(tmp_path, clock=clock)
    watch = TimeWatch(journal.put, clock, KnownTime(tmp_path))
    with writing(journal):
        until(lambda: journal.state.latest > 0 and journal.settled())
        clock.pass_s(100)
        journal.put(bang())
        until(journal.settled)
        clock.pass_s(900)
        clock.wall, clock.known = NOON_NS, NTP
        watch.look()
        until(journal.settled)
    messages, timeline = [verified.message for verified in waiting_in(tmp_path)], Timeline()
    for message in messages:
        timeline.see(message)
    bang_, tie = messages[1], messages[2]
    assert (bang_.time_ns, tie.time_ns) == (100 * NS_PER_S, NOON_NS)
    placed = timeline.place(bang_.boot, bang_.quality.monotonic_ns)
    assert placed is not None
    assert placed.time_ns == NOON_NS - 900 * NS_PER_S
    assert placed.error_ns == NTP.error_ns + 90_000_000
    assert placed.tied_by == tie.seq


def test_a_disciplined_clock_that_steps_is_tied_again_and_one_that_is_slewed_is_not(pole: Pole) -> None:
    pole.is_set()
    pole.watch.look()
    pole.put.clear()
    pole.clock.wall += 50_000_000
    pole.watch.look()
    assert pole.put == []
    pole.clock.wall += NS_PER_S
    pole.watch.look()
    (tied,) = pole.put
    assert isinstance(tied, TimeTied)
    assert tied.time_ns - tied.wall_ns == NS_PER_S


def test_a_clock_that_was_disciplined_all_along_is_no_news(tmp_path: Path) -> None:
    clock, put = Dated(known=NTP), list[Body]()
    watch = TimeWatch(put.append, clock, KnownTime(tmp_path))
    watch.look()
    assert put == []


def test_seconds_of_a_front_end_tell_the_time_where_no_ntp_does(pole: Pole) -> None:
    known = Known(NOON_NS, 610 * NS_PER_S, 20_000_000, TimeSource.PPS)
    pole.watch.known(known)
    pole.watch.known(known)
    assert pole.put == [TimeTied(machine_boot(), 610 * NS_PER_S, NOON_NS, TimeSource.PPS, 20_000_000, 70 * NS_PER_S)]
    assert pole.floor.floor_s == NOON_NS // NS_PER_S


def test_seconds_of_a_front_end_are_no_news_where_the_wall_clock_is_disciplined(pole: Pole) -> None:
    pole.is_set()
    pole.watch.look()
    pole.watch.known(Known(NOON_NS, 610 * NS_PER_S, 20_000_000, TimeSource.PPS))
    assert len(pole.put) == 1


def test_the_last_known_time_outlives_the_power_and_a_clock_before_it_is_wrong(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pole = Pole(tmp_path)
    pole.is_set()
    with Stop.open() as stop:
        stop.set()
        pole.watch.run(stop)
    with caplog.at_level(logging.WARNING):
        after = Pole(tmp_path)
    assert after.floor.floor_s == NOON_NS // NS_PER_S
    assert after.floor.is_past(NOON_NS - NS_PER_S)
    assert "the wall clock is wrong" in caplog.text


def test_the_file_is_written_now_and_then_and_never_goes_back(tmp_path: Path) -> None:
    known = KnownTime(tmp_path)
    for after_s in (0, KEPT_S - 1, KEPT_S, -5000):
        known.know(NOON_NS + after_s * NS_PER_S)
    assert (tmp_path / TIME_FILE).read_text() == f"{NOON_NS // NS_PER_S + KEPT_S}\n"


@pytest.mark.parametrize("damage", [b"", b"noon\n", b"\xff\xfe", b"99999999999\n"])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / TIME_FILE).write_bytes(damage)
    assert KnownTime(tmp_path).floor_s == RELEASED_S


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "state").write_text("a file where a folder should be")
    known = KnownTime(tmp_path / "state")
    known.know(NOON_NS)
    assert "cannot be kept" in caplog.text
    assert known.floor_s == NOON_NS // NS_PER_S
