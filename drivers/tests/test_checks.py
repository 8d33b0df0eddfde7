"""Each check against the check value of its standard, or a frame of a real device."""

from collections.abc import Callable

import pytest

from drivers import _checks

CHECK_INPUT = b"123456789"  # of the catalogue of parametrised CRC algorithms, reveng.sourceforge.io


def test_crc16_ccitt_has_the_check_value_of_crc16_ibm3740() -> None:
    assert _checks.crc16_ccitt(CHECK_INPUT) == 0x29B1


def test_crc16_modbus_has_the_check_value_of_the_catalogue() -> None:
    assert _checks.crc16_modbus(CHECK_INPUT) == 0x4B37


def test_crc16_mcrf4xx_has_the_check_value_of_the_catalogue() -> None:
    assert _checks.crc16_mcrf4xx(CHECK_INPUT) == 0x6F91


def test_sum8_is_that_of_a_real_sds011_frame() -> None:
    """PyPMS, tests/captured_data/SDS01x.hexdump: aa c0 06 00 06 00 58 d9 3d ab."""
    assert _checks.sum8(bytes.fromhex("0600060058d9")) == 0x3D


@pytest.mark.parametrize(
    ("body", "check"),
    [
        (b"GPZDA,231120.00,23,12,2007,00,00", 0x62),  # gpsd, test/daemon/ublox-aek-4t.log.chk
        (b"WIMWV,96.6,T,11.2,N,A", 0x2E),  # gpsd, test/daemon/bundg_zeus_9.log
        (b"", 0),
    ],
)
def test_xor8_is_that_of_real_sentences(body: bytes, check: int) -> None:
    assert _checks.xor8(body) == check


def test_fletcher8_is_that_of_a_real_ublox_frame() -> None:
    """gpsd, test/daemon/ublox-aek-4t.log: TIM-TP of an Antaris 4."""
    frame = bytes.fromhex("b5620d01100048e1f90400000000e6530000b3050300380e")
    assert _checks.fletcher8(frame[2:-2]) == frame[-2:]


@pytest.mark.parametrize("check", [_checks.crc16_ccitt, _checks.sum8, _checks.xor8, _checks.fletcher8])
def test_a_view_of_bytes_checks_as_the_bytes_do(check: Callable[[bytes | memoryview], int | bytes]) -> None:
    assert check(memoryview(CHECK_INPUT)[2:]) == check(CHECK_INPUT[2:])
