"""The simulated receiver, read by pynmeagps and pyubx2."""

from typing import Any

from pynmeagps.nmeareader import NMEAReader
from pyubx2.ubxreader import UBXReader

from simulators.sensors.gnss import START_UTC_S, Sensor


def parsed(sensor: Sensor) -> list[Any]:
    data = sensor.emit()
    *sentences, ubx = data.split(b"\r\n", 3)
    return [*(NMEAReader.parse(sentence + b"\r\n") for sentence in sentences), UBXReader.parse(ubx)]


def test_another_library_reads_where_and_when_it_is() -> None:
    sensor = Sensor(latitude=-33.4489, longitude=-70.6693, altitude_m=570.0)
    rmc, gga, zda, tim_tp = parsed(sensor)
    assert (rmc.status, gga.quality, zda.year) == ("A", 1, 2026)
    assert abs(gga.lat + 33.4489) < 1e-4 > abs(gga.lon + 70.6693)
    assert abs(gga.alt - 570.0) < 5.0
    assert str(rmc.time) == "00:00:01"
    assert (tim_tp.week, tim_tp.qErrInvalid) == (2399, 0)
    assert tim_tp.towMS == (START_UTC_S + 2 + 18 - 315_964_800) % 604_800 * 1000


def test_without_a_fix_it_says_so() -> None:
    rmc, gga, _, tim_tp = parsed(Sensor(has_fix=False))
    assert (rmc.status, rmc.lat, gga.quality, tim_tp.qErrInvalid) == ("V", "", 0, 1)


def test_a_restart_does_not_turn_time_back() -> None:
    assert parsed(Sensor().restarted(100.0))[2].time.minute == 1
