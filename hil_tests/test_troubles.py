"""What befalls a receiver, a front-end and a cabinet themselves, as their drivers tell it: no clock, no port."""

from itertools import pairwise
from typing import Any

import pytest

from drivers._types import Gap, Item, Latch, Note, Reading, Why
from edge import plugins
from hil_tests.conversation import live

WEEK_S = 604_800


class Bench:
    """A simulated sensor of its own troubles, and its driver."""

    def __init__(self, name: str, **fields: Any) -> None:
        self.sensor = plugins.load("simulators.sensors", name).Sensor(**fields)
        self._decoder = live(name)

    def until(self, until_s: float, **troubles: float) -> list[Item]:
        for name, value in troubles.items():
            assert self.sensor.trouble(name, value)
        items: list[Item] = []
        while self.sensor.due_s() < until_s:
            items += self._decoder.feed(self.sensor.emit())
        return items


def told(items: list[Item], quantity: str) -> list[float]:
    return [item.value for item in items if isinstance(item, Reading) and item.quantity == quantity]


def gaps(items: list[Item]) -> list[Gap]:
    return [item for item in items if isinstance(item, Gap)]


def latches(items: list[Item]) -> list[Latch]:
    return [item for item in items if isinstance(item, Latch)]


@pytest.mark.parametrize("trouble", ["nofix", "placeholder"])
def test_without_a_fix_a_receiver_says_nothing_but_gaps_and_recovers(trouble: str) -> None:
    bench = Bench("gnss")
    assert not gaps(bench.until(4))
    lost = bench.until(8, **{trouble: 1})
    assert {type(item) for item in lost} == {Gap}
    assert {gap.why for gap in gaps(lost)} == {Why.INVALID}
    assert not gaps(bench.until(12, **{trouble: 0}))


def test_a_clock_that_steps_is_told_as_it_is() -> None:
    bench = Bench("gnss")
    utc = told(bench.until(4), "utc") + told(bench.until(7, clockstep=30), "utc")
    steps = [round(later - earlier) for earlier, later in pairwise(utc)]
    assert [step for step in steps if step] == [1, 1, 31, 1, 1]


def test_a_receiver_that_is_1024_weeks_late_says_the_same_times() -> None:
    right, late = Bench("gnss").until(7), Bench("gnss").until(7, rollover=1)
    for quantity in ("utc", "pps_gnss_week", "pps_gnss_tow", "event_gnss_week", "event_gnss_tow", "latitude"):
        assert told(late, quantity) == told(right, quantity) != []
    assert len([item for item in late if isinstance(item, Note)]) == 3


def test_an_edge_of_the_frame_sync_and_its_pulse_have_one_time() -> None:
    items = Bench("gnss").until(4)
    events, pulses = told(items, "event_gnss_tow"), told(items, "pps_gnss_tow")
    assert len(events) == 2
    assert pulses[-1] - 2 <= events[0] < events[1] < pulses[-1]
    assert events[1] - events[0] == pytest.approx(1e-4, abs=1e-9)


def test_a_receiver_without_pulses_says_no_error_of_one() -> None:
    assert told(Bench("gnss").until(4, ppsmissing=1), "pps_quantisation_error") == []


def test_missing_pulses_are_no_latches_and_a_note() -> None:
    bench = Bench("pcm", channels=1)
    assert [latch.pulse for latch in latches(bench.until(2.5))] == [1, 2]
    missing = bench.until(4.5, ppsmissing=1)
    assert latches(missing) == []
    assert Note("pps", "off") in missing
    again = bench.until(6.5, ppsmissing=0)
    assert [latch.gnss_tow_s for latch in latches(again)] == [5, 6]
    assert Note("pps", "on") in again


def test_a_double_pulse_is_two_latches_of_one_second() -> None:
    edges = latches(Bench("pcm", channels=1).until(2.5, ppsdouble=1))
    assert [latch.gnss_tow_s for latch in edges] == [1, 1, 2, 2]
    assert [latch.pulse for latch in edges] == [1, 2, 3, 4]


def test_a_late_pulse_and_a_crystal_that_jumps_move_the_latch() -> None:
    late = latches(Bench("pcm", channels=1).until(1.5, ppslate=20))[0]
    assert late.sample + late.fraction == pytest.approx(48_000.96, abs=0.005)
    off = latches(Bench("pcm", channels=1).until(2.5, ppm=100))
    assert [latch.sample + latch.fraction for latch in off] == pytest.approx([48_004.8, 96_009.6], abs=0.005)


def test_a_contact_that_bounces_changes_nothing_and_a_port_expander_that_is_gone_is_noise() -> None:
    bench = Bench("tamper")
    bench.until(2)
    assert set(told(bench.until(6, bounce=1), "door_open")) == {0.0}
    gone = bench.until(9, bounce=0, placeholder=1)
    assert {type(item) for item in gone} == {Gap}
    assert {gap.why for gap in gaps(gone)} == {Why.NOISE}
    assert set(told(bench.until(12, placeholder=0), "tilted")) == {0.0}
