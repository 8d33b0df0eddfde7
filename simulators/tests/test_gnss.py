"""The simulated receiver, read by pynmeagps and pyubx2."""

from io import BytesIO
from typing import Any

import pytest
from pyubx2.ubxreader import UBXReader

from simulators.sensors.gnss import SYNC_PERIOD, TROUBLES, Sensor

START_UTC_S = 1_767_225_600


def parsed(sensor: Sensor) -> dict[str, Any]:
    """What another library reads of one emission, by kind; each frame whole."""
    data = sensor.emit()
    read = {message.identity: (raw, message) for raw, message in UBXReader(BytesIO(data), quitonerror=2)}
    assert b"".join(raw for raw, _ in read.values()) == data
    return {kind.removeprefix("GN"): message for kind, (_, message) in read.items()}


def second(sensor: Sensor, number: int) -> dict[str, Any]:
    for _ in range(number - 1):
        sensor.emit()
    return parsed(sensor)


def troubled(name: str, value: float = 1) -> Sensor:
    sensor = Sensor()
    assert sensor.trouble(name, value)
    return sensor


def test_another_library_reads_where_and_when_it_is() -> None:
    read = parsed(Sensor(latitude=-33.4489, longitude=-70.6693, altitude_m=570.0))
    rmc, gga, zda, tim_tp = (read[kind] for kind in ("RMC", "GGA", "ZDA", "TIM-TP"))
    assert (rmc.status, gga.quality, zda.year) == ("A", 1, 2026)
    assert abs(gga.lat + 33.4489) < 1e-4 > abs(gga.lon + 70.6693)
    assert abs(gga.alt - 570.0) < 5.0
    assert str(rmc.time) == "00:00:01"
    assert (tim_tp.week, tim_tp.qErrInvalid, tim_tp.timeBase) == (2399, 0, 0)
    assert tim_tp.towMS == (START_UTC_S + 2 + 18 - 315_964_800) % 604_800 * 1000


def test_nav_pvt_says_the_same() -> None:
    read = parsed(Sensor(latitude=-33.4489, longitude=-70.6693, altitude_m=570.0))
    pvt, gga = read["NAV-PVT"], read["GGA"]
    assert (pvt.year, pvt.month, pvt.day, pvt.hour, pvt.min, pvt.second) == (2026, 1, 1, 0, 0, 1)
    assert (pvt.validDate, pvt.validTime, pvt.fullyResolved, pvt.fixType, pvt.gnssFixOk) == (1, 1, 1, 3, 1)
    assert (pvt.lat, pvt.lon) == pytest.approx((gga.lat, gga.lon), abs=1e-7)
    assert pvt.hMSL / 1000 == pytest.approx(gga.alt, abs=0.06)
    assert pvt.height - pvt.hMSL == pytest.approx(43_500, abs=1)


def test_a_frame_sync_is_timed_now_and_then_where_it_is_wired() -> None:
    sensor = Sensor()
    kinds = [parsed(sensor) for _ in range(7)]
    events = [read["TIM-TM2"] for read in kinds if "TIM-TM2" in read]
    assert [event.count for event in events] == [1, 2]
    for number, event in enumerate(events, 1):
        second_ms = (START_UTC_S + number * SYNC_PERIOD + 18 - 315_964_800) % 604_800 * 1000
        assert second_ms - 1000 <= event.towMsR < second_ms
        assert (event.towMsF * 10**6 + event.towSubMsF) - (event.towMsR * 10**6 + event.towSubMsR) == 100_000
        assert (event.newRisingEdge, event.newFallingEdge, event.time, event.timeBase, event.wnR) == (1, 1, 1, 1, 2399)
    assert "TIM-TM2" not in second(Sensor(frame_sync=False), SYNC_PERIOD)


def test_an_edge_before_midnight_of_a_week_belongs_to_that_week() -> None:
    new_week = Sensor(start_utc_s=315_964_800 + 2400 * 604_800 - 18 - SYNC_PERIOD)
    event = second(new_week, SYNC_PERIOD)["TIM-TM2"]
    assert (event.wnR, event.towMsR // 1000) == (2399, 604_799)


def test_leap_seconds_are_told_at_first_and_now_and_then() -> None:
    sensor = Sensor()
    told = [number for number in range(1, 62) if "NAV-TIMELS" in parsed(sensor)]
    assert told == [1, 31, 61]
    assert parsed(Sensor())["NAV-TIMELS"].currLs == 18


@pytest.mark.parametrize("sensor", [Sensor(has_fix=False), troubled("nofix")])
def test_without_a_fix_it_says_so(sensor: Sensor) -> None:
    read = second(sensor, SYNC_PERIOD)
    rmc, gga, pvt = read["RMC"], read["GGA"], read["NAV-PVT"]
    assert (rmc.status, rmc.lat, gga.quality, pvt.fixType, pvt.gnssFixOk) == ("V", "", 0, 0, 0)
    assert (read["TIM-TP"].qErrInvalid, read["TIM-TM2"].time) == (1, 0)


def test_a_fix_that_was_lost_comes_back() -> None:
    sensor = troubled("nofix")
    sensor.trouble("nofix", 0)
    assert parsed(sensor)["RMC"].status == "A"


def test_its_clock_may_step() -> None:
    read = parsed(troubled("clockstep", -61))
    assert str(read["RMC"].time) == str(read["ZDA"].time) == "23:59:00"
    assert (read["NAV-PVT"].year, read["NAV-PVT"].min) == (2025, 59)
    assert read["TIM-TP"].towMS == (START_UTC_S + 2 - 61 + 18 - 315_964_800) % 604_800 * 1000


def test_it_may_be_1024_weeks_late() -> None:
    read = parsed(troubled("rollover"))
    assert (read["ZDA"].year, read["NAV-PVT"].year, read["TIM-TP"].week) == (2006, 2006, 2399 - 1024)


def test_without_pulses_nothing_is_said_of_them() -> None:
    assert "TIM-TP" not in parsed(troubled("ppsmissing"))


def test_switched_on_for_the_first_time_it_knows_nothing() -> None:
    read = parsed(troubled("placeholder"))
    assert (read["RMC"].time, read["RMC"].status, read["GGA"].time, read["ZDA"].year) == ("", "V", "", "")
    assert (read["NAV-PVT"].validDate, read["NAV-PVT"].validTime, read["NAV-PVT"].fixType) == (0, 0, 0)


def test_it_knows_its_troubles_and_no_others_and_keeps_them_over_a_restart() -> None:
    assert [Sensor().trouble(name, 1) for name in (*TROUBLES, "bounce")] == [True] * len(TROUBLES) + [False]
    assert parsed(troubled("nofix").restarted(5.0))["RMC"].status == "V"


def test_a_restart_does_not_turn_time_back() -> None:
    assert parsed(Sensor().restarted(100.0))["ZDA"].time.minute == 1
