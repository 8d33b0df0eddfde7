"""The simulated SPS30's own bytes and manners, as its datasheet (version 1.0, section 5) has them."""

from simulators.sensors.sps30 import Sensor, framed

WAKE, START, READ = (bytes.fromhex(text) for text in ("ff7e007d3100ee7e", "7e0000020103f97e", "7e000300fc7e"))


def asked(sensor: Sensor, request: bytes, at_s: float) -> bytes:
    sensor.receive(request, at_s)
    return sensor.emit() if sensor.due_s() < at_s + 1 else b""


def test_it_stuffs_as_the_real_one_does() -> None:
    """The third frame of PyPMS's capture SPS30.hexdump: 7D 31 62, 7D 5E and 7D 5E again."""
    content = "0003002840df03da417d3162ae41279e32412c107d5e42307d5ed34255c04c425e0908425fa28a425fe4433f40fa1f"
    plain = bytes.fromhex(content.replace("7d31", "11").replace("7d5e", "7e"))
    assert framed(plain) == bytes.fromhex(f"7e{content}ff7e")


def test_it_measures_when_it_is_told_and_not_again_after_its_power_failed() -> None:
    sensor = Sensor()
    assert asked(sensor, READ, 0.0) == bytes.fromhex("7e00034300b97e")
    assert asked(sensor, START, 0.1) == bytes.fromhex("7e00000000ff7e")
    assert asked(sensor, START, 0.2) == bytes.fromhex("7e00004300bc7e")
    assert len(asked(sensor, READ, 1.5)) >= 47
    assert asked(sensor.restarted(2.0), READ, 0.1) == bytes.fromhex("7e00034300b97e")


def test_it_says_each_value_once() -> None:
    sensor = Sensor()
    asked(sensor, START, 0.0)
    assert len(asked(sensor, READ, 1.5)) >= 47
    assert asked(sensor, READ, 1.6) == bytes.fromhex("7e00030000fc7e")
    assert len(asked(sensor, READ, 2.1)) >= 47


def test_asleep_it_hears_nothing_but_a_pulse_and_its_waking() -> None:
    sensor = Sensor(sleeping=True)
    assert asked(sensor, START, 0.0) == b""
    assert asked(sensor, WAKE, 1.0) == bytes.fromhex("7e00110000ee7e".replace("0011", "007d31"))
    assert asked(sensor, START, 2.0) == bytes.fromhex("7e00000000ff7e")


def test_what_it_does_not_know_it_refuses() -> None:
    assert asked(Sensor(), bytes.fromhex("7e009900667e"), 0.0) == framed(b"\x00\x99\x02\x00")


def test_with_its_laser_failing_its_values_and_its_status_say_so() -> None:
    sensor = Sensor()
    assert sensor.trouble("placeholder", 1)
    assert not sensor.trouble("rust", 1)
    asked(sensor, START, 0.0)
    assert asked(sensor, READ, 1.5)[:5] == bytes.fromhex("7e00038028")
    assert asked(sensor, bytes.fromhex("7e00d201002c7e"), 2.0)[4:10] == bytes.fromhex("050000002000")
    assert asked(sensor, bytes.fromhex("7e00d201012b7e"), 3.0) == framed(b"\x00\xd2\x04\x00")
