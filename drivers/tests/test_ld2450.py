"""Hi-Link LD2450, against the example of its "Serial Communication Protocol" V1.03, 2.3."""

import numpy as np
import pytest

from drivers._screen import Screen
from drivers._types import Gap, Item, Reading, Why
from drivers.ld2450 import LINE, PERIOD_S, SHEET, Decoder

# its example: x -782 mm, y 1713 mm, speed -16 cm/s, gate 320 mm; two targets are not there
STREAM = bytes.fromhex("aaff0300 0e03b18610004001 0000000000000000 0000000000000000 55cc")
EXAMPLE = [
    Reading("targets", 1.0, "count"),
    Reading("target_x", -0.782, "m"),
    Reading("target_y", 1.713, "m"),
    Reading("target_speed", -0.16, "m/s"),
]


def report(*targets: str) -> bytes:
    return bytes.fromhex("aaff0300" + "".join([*targets, *3 * ["00" * 8]][:3]) + "55cc")


def test_the_example_reads_as_the_document_says() -> None:
    assert Decoder().feed(STREAM) == EXAMPLE


def test_three_targets_are_three_channels() -> None:
    items = Decoder().feed(report("0e03b18610004001", "0e83b18610804001", "0100018000006801"))
    assert items == [
        Reading("targets", 3.0, "count"),
        *EXAMPLE[1:],
        Reading("target_x", 0.782, "m", 1),
        Reading("target_y", 1.713, "m", 1),
        Reading("target_speed", 0.16, "m/s", 1),
        Reading("target_x", -0.001, "m", 2),
        Reading("target_y", 0.001, "m", 2),
        Reading("target_speed", 0.0, "m/s", 2),
    ]


def test_nobody_is_no_targets_and_no_place() -> None:
    assert Decoder().feed(report()) == [Reading("targets", 0.0, "count")]


def test_a_target_keeps_its_channel_when_the_one_before_it_is_gone() -> None:
    items = Decoder().feed(report("00" * 8, "0e03b18610004001"))
    assert [(item.quantity, item.channel) for item in items if isinstance(item, Reading)] == [
        ("targets", 0),
        ("target_x", 1),
        ("target_y", 1),
        ("target_speed", 1),
    ]


@pytest.mark.parametrize("nowhere", ["0000000000006801", "0080008000000000", "0000008010800000"])
def test_what_is_at_the_module_itself_is_nobody(nowhere: str) -> None:
    """Zero has two signs here, and a gate or a speed makes no target."""
    assert Decoder().feed(report(nowhere)) == [Reading("targets", 0.0, "count")]


def test_a_gate_of_zero_takes_nothing_away() -> None:
    assert Decoder().feed(report("0e03b18610000000")) == EXAMPLE


@pytest.mark.parametrize("at", [0, 1, 2, 3, 28, 29])
def test_head_and_tail_must_fit(at: int) -> None:
    damaged = bytearray(STREAM)
    damaged[at] ^= 0x10
    assert Decoder().feed(bytes(damaged) + STREAM) == [Gap(Why.NOISE, "30 bytes"), *EXAMPLE]


@pytest.mark.parametrize("lost", range(30))
def test_a_lost_byte_costs_its_frame_and_no_other(lost: int) -> None:
    assert Decoder().feed(STREAM[:lost] + STREAM[lost + 1 :] + STREAM) == [Gap(Why.NOISE, "29 bytes"), *EXAMPLE]


def test_a_report_of_an_ld2410_is_not_taken_for_one() -> None:
    other = bytes.fromhex("f4f3f2f10d0002aa0346003400003c00005500f8f7f6f5")
    assert Decoder().feed(other + STREAM) == [Gap(Why.NOISE, "23 bytes"), *EXAMPLE]


def screened(reports: list[bytes]) -> list[Item]:
    decoder, screen = Decoder(), Screen(SHEET, PERIOD_S)
    return [item for n, data in enumerate(reports) for item in screen.items(decoder.feed(data), n * PERIOD_S)]


def test_a_sign_turned_on_its_way_is_no_place() -> None:
    """There is no checksum; the world does not jump by 1.6 m within a report."""
    turned = report("0e83b18610004001")
    items = screened([*4 * [STREAM], turned, *4 * [STREAM]])
    assert {item.value for item in items if isinstance(item, Reading) and item.quantity == "target_x"} == {-0.782}
    assert [item.why for item in items if isinstance(item, Gap)] == [Why.IMPLAUSIBLE]


def test_two_minutes_of_noise_at_line_rate_is_no_reading() -> None:
    rng, decoder, screen = np.random.default_rng(5), Decoder(), Screen(SHEET, PERIOD_S)
    told = [
        item
        for tenth in range(36_000)
        for item in screen.items(decoder.feed(rng.bytes(LINE.baud // 100)), tenth / 10)
        if not isinstance(item, Gap)
    ]
    assert told == []
