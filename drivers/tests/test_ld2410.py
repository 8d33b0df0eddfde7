"""Hi-Link LD2410, against frames of a real one in Tasmota's driver, the manual's, and aio-ld2410."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from aio_ld2410.protocol import Report
from aio_ld2410.stream import FrameStream

from drivers._screen import Screen
from drivers._types import Gap, Item, Reading, Why
from drivers.ld2410 import LINE, PERIOD_S, SHEET, Decoder

# Tasmota, xsns_102_ld2410.ino, the comment before its decoding: logged from a module
NOBODY = "f4f3f2f10d0002aa0000000000003700005500f8f7f6f5"
NOBODY_NOW = "f4f3f2f10d0002aa0045003e00003a00005500f8f7f6f5"
BOTH = "f4f3f2f10d0002aa0346003400003c00005500f8f7f6f5"
RESTING = "f4f3f2f10d0002aa0254000000006400005500f8f7f6f5"
NEAR = "f4f3f2f10d0002aa032a006400006400005500f8f7f6f5"
NOBODY_ENGINEERING = "f4f3f2f1230001aa001e00001e000d00000808130e0702050703040500000d06050505050562005500f8f7f6f5"
RESTING_ENGINEERING = "f4f3f2f1230001aa0220010037016426010808120504090c0d0f040100001f646464 64311a8c015500f8f7f6f5"
REAL = [NOBODY, NOBODY_NOW, BOTH, RESTING, NEAR, NOBODY_ENGINEERING, RESTING_ENGINEERING]
# Serial Communication Protocol, 2.3.2, its two examples
BASIC = "f4f3f2f10d0002aa02510000 00003b00005500f8f7f6f5"
ENGINEERING = "f4f3f2f1230001aa031e003c0000390000 08083c2205030304030605 00003910130606080403055500f8f7f6f5"

STREAM = b"".join(bytes.fromhex(frame) for frame in REAL)


PARSE: Callable[[bytes], Any] = Report.parse


def presence(state: int) -> Reading:
    return Reading("presence", float(state), "count")


def metres(**distances: float) -> list[Reading]:
    return [Reading(name, value, "m") for name, value in distances.items()]


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (NOBODY, [presence(0)]),
        (NOBODY_NOW, [presence(0)]),
        (BOTH, [presence(3), *metres(moving_distance=0.7, resting_distance=0.0)]),
        (RESTING, [presence(2), *metres(resting_distance=0.0)]),
        (NEAR, [presence(3), *metres(moving_distance=0.42, resting_distance=0.0)]),
        (NOBODY_ENGINEERING, [presence(0)]),
        (RESTING_ENGINEERING, [presence(2), *metres(resting_distance=3.11, distance=2.94)]),
        (BASIC, [presence(2), *metres(resting_distance=0.0)]),
        (ENGINEERING, [presence(3), *metres(moving_distance=0.3, resting_distance=0.0)]),
    ],
)
def test_frames_of_a_module_and_of_its_manual_read_as_they_are_said_to(frame: str, expected: list[Item]) -> None:
    assert Decoder().feed(bytes.fromhex(frame)) == expected


@pytest.mark.parametrize("frame", [*REAL, BASIC, ENGINEERING])
def test_another_decoder_reads_the_same(frame: str) -> None:
    """aio-ld2410 says all fields; ours those that the state vouches for."""
    (found,) = FrameStream(bytes.fromhex(frame))
    basic = PARSE(found.data).data.basic
    theirs = {
        "presence": int(basic.target_status),
        "moving_distance": basic.moving_distance / 100,
        "resting_distance": basic.static_distance / 100,
        "distance": basic.detection_distance / 100,
    }
    for item in Decoder().feed(bytes.fromhex(frame)):
        assert isinstance(item, Reading)
        assert item.value == theirs[item.quantity]


@pytest.mark.parametrize("state", [4, 5, 6])
def test_while_it_measures_its_noise_there_is_no_value(state: int) -> None:
    (gap,) = Decoder().feed(bytes.fromhex(BOTH.replace("02aa03", f"02aa{state:02x}")))
    assert isinstance(gap, Gap)
    assert gap.why is Why.INVALID


@pytest.mark.parametrize("at", [0, 1, 2, 3, 4, 5, 6, 7, 17, 18, 19, 20, 21, 22])
def test_each_byte_around_the_values_must_fit(at: int) -> None:
    damaged = bytearray.fromhex(BOTH)
    damaged[at] ^= 0x10
    items = Decoder().feed(bytes(damaged) + bytes.fromhex(NEAR))
    assert items == [Gap(Why.NOISE, "23 bytes"), *Decoder().feed(bytes.fromhex(NEAR))]


@pytest.mark.parametrize("lost", range(23))
def test_a_lost_byte_costs_its_frame_and_no_other(lost: int) -> None:
    frame = bytes.fromhex(BOTH)
    items = Decoder().feed(frame[:lost] + frame[lost + 1 :] + bytes.fromhex(NEAR) + frame)
    assert items == [Gap(Why.NOISE, "22 bytes"), *Decoder().feed(bytes.fromhex(NEAR) + frame)]


def test_a_long_length_does_not_make_it_wait() -> None:
    endless = bytes.fromhex("f4f3f2f1 ffff 01aa 03") + bytes.fromhex(NEAR)
    assert Decoder().feed(endless)[1:] == Decoder().feed(bytes.fromhex(NEAR))


def test_a_report_of_an_ld2412_is_not_taken_for_one() -> None:
    """It has no detection distance: HLK-LD2412 Serial Communication Protocol, 2.3."""
    items = Decoder().feed(bytes.fromhex("f4f3f2f10b0002aa03460034000 03c5500f8f7f6f5".replace(" ", "") + NEAR))
    assert items == [Gap(Why.NOISE, "21 bytes"), *Decoder().feed(bytes.fromhex(NEAR))]


def test_an_answer_to_a_command_is_no_report() -> None:
    """Protocol, 2.2.2: the answer to the command that opens the configuration."""
    answer = bytes.fromhex("fdfcfbfa0800ff010000010040 0004030201")
    assert Decoder().feed(answer + bytes.fromhex(NEAR))[0] == Gap(Why.NOISE, "18 bytes")


def test_two_minutes_of_noise_at_line_rate_is_no_reading() -> None:
    rng, decoder, screen = np.random.default_rng(5), Decoder(), Screen(SHEET, PERIOD_S)
    told = [
        item
        for tenth in range(36_000)
        for item in screen.items(decoder.feed(rng.bytes(LINE.baud // 100)), tenth / 10)
        if not isinstance(item, Gap)
    ]
    assert told == []
