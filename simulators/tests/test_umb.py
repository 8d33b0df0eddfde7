"""The simulated WS600-UMB's own bytes, against Lufft's documents and real frames."""

import struct

from simulators.scenario import Change, World
from simulators.sensors.umb import Sensor, crc, framed

# UMB-Protokoll 1.0, 3.11: is asked for channel 100
ASK_ONE = bytes.fromhex("0110017001f00402231064000361d904")
# WS10DataDump.txt, the fourth frame
REAL = bytes.fromhex("011001f009700d022f1000010800c80016abf8294203dc8804")


def asked(sensor: Sensor, request: bytes, at_s: float) -> bytes:
    sensor.receive(request, at_s)
    return sensor.emit() if sensor.due_s() < at_s + 1 else b""


def many(*channels: int) -> bytes:
    return framed(0x7001, 0xF001, 0x2F, struct.pack(f"<B{len(channels)}H", len(channels), *channels))


def test_its_crc_is_that_of_the_catalogue() -> None:
    assert crc(b"123456789") == bytes.fromhex("916f")


def test_it_frames_as_a_real_one_does() -> None:
    assert framed(0xF001, 0x7009, 0x2F, REAL[10:-4]) == REAL
    assert framed(0x7001, 0xF001, 0x23, b"\x64\x00") == ASK_ONE


def test_it_says_the_channel_that_the_document_asks_for() -> None:
    answer = asked(Sensor(), ASK_ONE, 1.0)
    assert answer[:14] == bytes.fromhex("011001f001700a022310006400 16")
    assert abs(struct.unpack("<f", answer[14:18])[0] - 12.0) < 1.0


def test_of_a_channel_that_it_has_not_it_says_so() -> None:
    assert asked(Sensor(), many(101), 0.0)[10:-4] == bytes.fromhex("0001 03 24 6500")


def test_to_somebody_elses_question_it_says_nothing() -> None:
    assert asked(Sensor(), REAL, 0.0) == b""
    assert asked(Sensor(), framed(0x7002, 0xF001, 0x26, b""), 0.0) == b""
    assert asked(Sensor(), ASK_ONE[:-3] + b"\xd9\x61\x04", 0.0) == b""  # the CRC as the document prints it


def test_rain_adds_up_and_is_kept_when_the_power_fails() -> None:
    sensor = Sensor(world=World(changes=(Change("rain_rate", to=36.0),)))
    fallen_mm = [struct.unpack("<f", asked(sensor, many(620), float(second))[17:21])[0] for second in range(101)]
    assert fallen_mm == sorted(fallen_mm)
    assert abs(fallen_mm[-1] - 1.0) < 0.02
    assert sensor.restarted(100.0).fallen_mm == sensor.fallen_mm


def test_what_it_is_not_able_to_do_it_refuses() -> None:
    assert asked(Sensor(), framed(0x7001, 0xF001, 0x99, b""), 0.0) == framed(0xF001, 0x7001, 0x99, b"\x10")


def test_with_ice_on_its_wind_sensor_it_says_that_it_cannot_measure_wind() -> None:
    sensor = Sensor()
    assert sensor.trouble("placeholder", 1)
    assert not sensor.trouble("rust", 1)
    assert asked(sensor, many(400), 0.0)[10:-4] == bytes.fromhex("0001 03 55 9001")
    assert asked(sensor, framed(0x7001, 0xF001, 0x26, b""), 1.0) == framed(0xF001, 0x7001, 0x26, b"\0")
