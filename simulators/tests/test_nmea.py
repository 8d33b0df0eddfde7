"""The simulated mast, against sentences of real devices."""

from simulators.scenario import Change, World
from simulators.sensors.nmea import SENTENCES, Sensor, boltek, nmea


def said(sensor: Sensor, seconds: int, address: bytes) -> list[list[bytes]]:
    """Fields of the sentences of an address."""
    sentences = [sensor.emit() for _ in range(seconds * len(SENTENCES))]
    return [one.partition(b"*")[0].split(b",") for one in sentences if one.startswith(b"$" + address)]


def test_its_checks_are_those_of_real_devices() -> None:
    assert nmea("WIMWV,56.2,R,1.6,N,A") == b"$WIMWV,56.2,R,1.6,N,A*15\r\n"
    assert boltek("WIMLI,254,306,066.6") == b"$WIMLI,254,306,066.6*5E\r\n"
    assert boltek("WIMST,0,0,0,0,000.0") == b"$WIMST,0,0,0,0,000.0*42\r\n"


def test_without_a_storm_there_is_no_strike() -> None:
    assert said(Sensor(), 20, b"WIMLI") == []
    assert said(Sensor(), 20, b"WIMST") == [[b"$WIMST", b"0", b"0", b"0", b"0", b"000.0"]] * 20


def test_the_strikes_of_a_storm_are_about_where_it_is() -> None:
    storm = World(changes=(Change("lightning_distance", to=30.0),))
    miles = [int(fields[1]) for fields in said(Sensor(world=storm), 60, b"WIMLI")]
    assert len(miles) == 15
    assert all(12 < distance < 25 for distance in miles)
    assert said(Sensor(world=storm), 1, b"WIMST")[0][1:5] == [b"15", b"15", b"1", b"0"]


def test_wind_that_is_not_valid_is_said_so() -> None:
    sensor = Sensor()
    assert sensor.trouble("placeholder", 1)
    assert said(sensor, 2, b"WIMWV") == [[b"$WIMWV", b"", b"R", b"", b"N", b"V"]] * 2
    assert not sensor.trouble("hail", 1)
