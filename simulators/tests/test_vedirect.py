"""The simulated Victron products: sums as the document has them, labels as in recordings of real ones."""

import re

from simulators.sensors.vedirect import Sensor, _hex

HEX = re.compile(rb":[0-9A-F]+\n")
LABEL = re.compile(rb"\r\n([A-Za-z0-9#]+)\t")
# karioja/vedirect, test/bluesolar_1.23.dump and test/bvm702.dump
MPPT = b"PID FW SER# V I VPV PPV CS ERR LOAD IL H19 H20 H21 H22 H23 HSDS Checksum".split()
BMV = b"PID V I P CE SOC TTG Alarm Relay AR BMV FW Checksum".split()


def seconds(sensor: Sensor, count: int) -> list[bytes]:
    return [sensor.emit() for _ in range(count)]


def test_a_hex_frame_has_the_documents_sum() -> None:
    """VE.Direct Protocol FAQ, Q3: the answer to a get of the battery's capacity."""
    assert _hex(7, bytes.fromhex("001000c800")) == b":7001000C80076\n"


def test_a_block_sums_to_0_without_the_hex_frames_amid_it() -> None:
    said = seconds(Sensor(), 77)
    assert sum(len(HEX.findall(one)) for one in said) == 77 // 7 + 77 // 11
    assert {sum(HEX.sub(b"", one)) % 256 for one in said} == {0}


def test_its_labels_are_those_of_the_recorded_products() -> None:
    assert LABEL.findall(Sensor().emit()) == MPPT
    assert LABEL.findall(Sensor(product="bmv").emit())[: len(BMV)] == BMV


def test_a_monitor_says_two_blocks_a_second() -> None:
    assert Sensor(product="bmv").emit().count(b"Checksum\t") == 2


def test_a_voltage_that_is_not_there_is_three_dashes() -> None:
    sensor = Sensor()
    assert sensor.trouble("placeholder", 1.0)
    assert b"\r\nV\t---\r\n" in sensor.emit()
    assert not sensor.trouble("nonsense", 1.0)
