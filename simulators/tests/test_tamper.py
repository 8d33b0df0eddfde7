"""The simulated contacts of a cabinet, bit by bit."""

from simulators.scenario import Change, World
from simulators.sensors.tamper import Sensor


def said(sensor: Sensor, until_s: float) -> bytes:
    data = b""
    while sensor.due_s() < until_s:
        data += sensor.emit()
    return data


def test_a_state_comes_ten_times_a_second_and_contacts_chatter_for_one_sample_at_a_time() -> None:
    data = said(Sensor(seed=1), 100.05)
    assert len(data) == 1000
    assert set(data) == set(b"C@AB")
    assert data.count(b"C") > 900
    assert set(data[1::2]) == set(b"C")


def test_a_door_that_opens_and_a_pole_that_falls_open_their_contacts() -> None:
    world = World(changes=(Change("door_open", at_s=1, to=1, for_s=1), Change("tilted", at_s=1.5, to=1)))
    data = said(Sensor(world=world), 2.95)
    assert [data[at : at + 1] for at in (1, 11, 15, 21)] == [b"C", b"B", b"@", b"A"]


def test_the_world_goes_on_over_a_restart() -> None:
    world = World(changes=(Change("door_open", at_s=10, to=1),))
    sensor = Sensor(world=world)
    sensor.trouble("bounce", 1)
    again = sensor.restarted(20.0)
    assert again.due_s() == 0.1
    assert said(again, 0.55)[1::2] == b"BB"


def test_a_contact_may_bounce_and_a_port_expander_may_be_gone() -> None:
    sensor = Sensor()
    assert sensor.trouble("bounce", 1)
    assert said(sensor, 0.45) == b"@C@C"
    assert sensor.trouble("bounce", 0)
    assert sensor.trouble("placeholder", 1)
    assert said(sensor, 0.65) == b"\xff\xff"
    assert not sensor.trouble("nofix", 1)
