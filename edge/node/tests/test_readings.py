"""Readings: one a period, many to a message, stamped by the wall clock and timed by the monotonic one."""

import pytest

from drivers._sheet import Thin
from drivers._types import Gap, Reading, Why
from edge.message.body import Record
from edge.node.readings import MAX_RECORDS, Absences, Readings
from edge.node.tests.hand_clock import HandClock


def pm10(value: float, channel: int = 0) -> Reading:
    return Reading("pm10", value, "ug/m3", channel)


def told(readings: Readings, clock: HandClock) -> list[Record]:
    return [record for measurements in readings.due(clock.monotonic) for record in measurements.records]


def fed(readings: Readings, clock: HandClock, seconds: int) -> list[Record]:
    records = []
    for second in range(seconds):
        readings.add(pm10(second), clock.monotonic, clock.wall)
        clock.pass_s(1)
        records += told(readings, clock)
    return records


def test_of_each_period_the_last_value_is_told_with_its_own_time() -> None:
    clock = HandClock()
    begun_s = clock.wall / 1e9
    records = fed(Readings("air", 10, 60), clock, 60)
    assert [record.value for record in records] == [9, 19, 29, 39, 49, 59]
    assert records[0] == Record("pm10", "ug/m3", 9, begun_s + 9)


@pytest.mark.parametrize(
    ("thin", "value", "second"), [(Thin.LAST, 2, 2), (Thin.SUM, 9, 2), (Thin.MOST, 6, 1), (Thin.LEAST, 1, 0)]
)
def test_of_amounts_the_sum_is_told_and_of_extremes_the_extreme_with_its_time(
    thin: Thin, value: float, second: int
) -> None:
    clock, readings = HandClock(), Readings("rain", 10, 10)
    begun_s = clock.wall / 1e9
    for one in (1, 6, 2):
        readings.add(Reading("rain", one, "mm"), clock.monotonic, clock.wall, thin)
        clock.pass_s(1)
    clock.pass_s(10)
    assert told(readings, clock) == [Record("rain", "mm", value, begun_s + second)]


def test_a_period_without_a_reading_is_a_hole_and_never_the_last_value_again() -> None:
    clock, readings = HandClock(), Readings("air", 10, 60)
    readings.add(pm10(1), clock.monotonic, clock.wall)
    clock.pass_s(30)
    readings.add(pm10(2), clock.monotonic, clock.wall)
    clock.pass_s(30)
    assert [record.value for record in told(readings, clock)] == [1, 2]


def test_channels_are_told_apart() -> None:
    clock, readings = HandClock(), Readings("air", 10, 60)
    for channel in (0, 1):
        readings.add(pm10(channel, channel), clock.monotonic, clock.wall)
    (measurements,) = readings.rest()
    assert [record.name for record in measurements.records] == ["pm10", "pm10/1"]


def test_readings_of_a_calibrated_sensor_name_the_calibration() -> None:
    clock = HandClock()
    for calibration in (b"", b"c" * 16):
        readings = Readings("mic", 10, 60, calibration)
        readings.add(pm10(1), clock.monotonic, clock.wall)
        assert [measurements.calibration for measurements in readings.rest()] == [calibration]


def test_nothing_is_told_before_a_report_is_due_and_nothing_where_nothing_came() -> None:
    clock, readings = HandClock(), Readings("air", 10, 60)
    assert told(readings, clock) == []
    assert fed(readings, clock, 59) == []
    assert list(readings.rest()) != []
    assert list(readings.rest()) == []


@pytest.mark.parametrize("jump_s", [-3600, 3600, -1, 86400 * 365])
def test_a_wall_clock_that_is_set_holds_nothing_up_and_tells_nothing_twice(jump_s: int) -> None:
    clock, readings = HandClock(), Readings("air", 10, 60)
    records = fed(readings, clock, 35)
    clock.wall += jump_s * 10**9
    records += fed(readings, clock, 25)
    assert [record.value for record in records] == [9, 19, 29, 4, 14, 24]
    assert records[3].time_s - records[2].time_s == pytest.approx(10 + jump_s)


def test_no_message_grows_beyond_its_bound() -> None:
    clock, readings = HandClock(), Readings("air", 0.1, 86_400)
    messages = []
    for number in range(2 * MAX_RECORDS + 10):
        readings.add(pm10(number), clock.monotonic, clock.wall)
        clock.pass_s(0.1)
        messages += list(readings.due(clock.monotonic))
    messages += list(readings.rest())
    assert max(len(m.records) for m in messages) <= MAX_RECORDS
    assert [r.value for m in messages for r in m.records] == list(range(2 * MAX_RECORDS + 10))


def test_gaps_of_a_kind_are_told_together_with_their_first_detail_and_their_time() -> None:
    absences = Absences("mic")
    assert absences.add(Gap(Why.LOST, "x" * 5000), 10)
    assert not absences.add(Gap(Why.LOST, "and again"), 30)
    assert absences.add(Gap(Why.CHECKSUM, "crc"), 20)
    lost, checksum = absences.rest()
    assert (lost.why, lost.count, lost.start_ns, lost.stop_ns) == ("lost", 2, 10, 30)
    assert lost.detail == "x" * 200
    assert (checksum.sensor, checksum.count) == ("mic", 1)
    assert absences.rest() == []
