"""The simulated SDS011 obeys; commands and answers as in its protocol description V1.3."""

from simulators.sensors.sds011 import Sensor


def command(what: int, change: int, value: int) -> bytes:
    body = bytes((what, change, value)) + bytes(10) + b"\xff\xff"
    return b"\xaa\xb4" + body + bytes((sum(body) % 256, 0xAB))


def told(sensor: Sensor, data: bytes) -> bytes:
    """The answer to what the sensor is told, just after it last spoke."""
    sensor.receive(data, sensor.due_s() - 0.5)
    return sensor.emit() if sensor.due_s() % 1 else b""


def test_frames_have_head_tail_sum_and_id() -> None:
    frame = Sensor(device=b"\x12\x34").emit()
    assert (len(frame), frame[:2], frame[6:8], frame[9]) == (10, b"\xaa\xc0", b"\x12\x34", 0xAB)
    assert sum(frame[2:8]) % 256 == frame[8]


def test_it_sleeps_and_wakes_up_warming() -> None:
    sensor = Sensor()
    awake = [sensor.emit() for _ in range(5)]
    assert awake[-1][2:6] != bytes(4)
    assert told(sensor, command(6, 1, 0)).hex() == "aac50601000058d938ab"
    assert sensor.emit() == b""
    assert told(sensor, command(6, 1, 1))[3:5] == b"\x01\x01"
    assert sensor.emit()[2:6] == bytes(4)


def test_on_query_it_speaks_when_asked() -> None:
    sensor = Sensor()
    told(sensor, command(2, 1, 1))
    assert sensor.emit() == b""
    assert told(sensor, command(4, 0, 0))[:2] == b"\xaa\xc0"


def test_a_question_changes_nothing() -> None:
    sensor = Sensor()
    assert told(sensor, command(6, 0, 0))[3:5] == b"\x00\x01"


def test_a_duty_period_is_minutes() -> None:
    sensor = Sensor()
    told(sensor, command(8, 1, 1))
    spoken = [bool(sensor.emit()) for _ in range(120)]
    assert [number for number, spoke in enumerate(spoken, 1) if spoke] == [60, 120]


def test_commands_may_come_in_pieces_among_noise() -> None:
    sensor, stream = Sensor(), b"\xaa\xb4\x00noise of some length" + command(7, 0, 0) + command(7, 0, 0)
    answers = b"".join(told(sensor, stream[at : at + 1]) for at in range(len(stream)))
    assert answers.hex() == "aac507120b1058d965ab" * 2


def test_a_command_with_a_wrong_sum_is_not_obeyed() -> None:
    assert told(Sensor(), command(7, 0, 0)[:-2] + b"\x00\xab") == b""


def test_a_restart_keeps_the_settings() -> None:
    sensor = Sensor()
    told(sensor, command(2, 1, 1))
    assert sensor.restarted(5.0).emit() == b""
