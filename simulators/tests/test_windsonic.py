"""The simulated WindSonic, against the examples of its manual (1405-PS-0019 issue 28)."""

from simulators.scenario import Change, World
from simulators.sensors.windsonic import POWER_UP, Sensor, framed


def test_its_frame_is_the_manuals() -> None:
    assert framed("Q,229,002.74,M,00,") == b"\x02Q,229,002.74,M,00,\x0316\r\n"


def test_it_begins_with_its_power_up_message_each_time() -> None:
    sensor = Sensor()
    assert sensor.emit() == POWER_UP
    assert sensor.emit().startswith(b"\x02Q,")
    assert sensor.restarted(2.0).emit() == POWER_UP


def test_in_still_air_it_leaves_its_direction_out() -> None:
    still = World(changes=(Change("wind_speed", to=-9.0),))  # at its least, 0, whatever it wanders by
    sensor = Sensor(world=still)
    frames = [sensor.emit().split(b",") for _ in range(200)][1:]
    assert {frame[1] for frame in frames if float(frame[2]) < 0.05} == {b""}
    assert all(frame[1] for frame in frames if float(frame[2]) >= 0.05)


def test_with_blocked_paths_it_says_so() -> None:
    sensor = Sensor()
    sensor.emit()
    assert sensor.trouble("placeholder", 1)
    assert sensor.emit() == framed("Q,,,M,04,")
    assert sensor.trouble("placeholder", 0)
    assert b",M,00," in sensor.emit()
    assert not sensor.trouble("hail", 1)
