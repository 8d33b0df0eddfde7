"""Sensirion SCD30 over Modbus, against the frames of its Interface Description."""

import pytest

from drivers._modbus import framed
from drivers._types import Gap, Item, Note, Reading, Request, Why
from drivers.scd30 import READY_S, SHEET, WAITS, Decoder

# Interface Description SCD30, 1.4.5 (shared/data/serial/frames.json): 439.1 ppm, 27.2 degrees, 48.8 %
STREAM = bytes.fromhex("61030c43db8c2e41d9e7ff42433a1b5007")
ASK_FIRMWARE = bytes.fromhex("6103002000018c60")
ASK_READY = bytes.fromhex("6103002700013da1")
ASK_MEASUREMENT = bytes.fromhex("6103002800064c60")
READY, NOT_READY = bytes.fromhex("6103020001f98c"), bytes.fromhex("6103020000384c")
FIRMWARE = bytes.fromhex("6103020342b88d")


def requests(items: list[Item]) -> list[bytes]:
    return [item.data for item in items if isinstance(item, Request)]


def test_the_documents_measurement_is_read() -> None:
    readings = [item for item in Decoder().feed(STREAM) if isinstance(item, Reading)]
    assert [(one.quantity, round(one.value, 2), one.unit) for one in readings] == [
        ("co2", 439.1, "ppm"),
        ("temperature", 27.24, "Cel"),
        ("humidity", 48.81, "%RH"),
    ]


def test_it_asks_as_the_document_does_and_for_a_measurement_only_when_there_is_a_new_one() -> None:
    decoder = Decoder()
    assert decoder.tick(0.0) == [Request(ASK_FIRMWARE)]
    assert decoder.feed(FIRMWARE) == [Note("firmware", "3.66")]
    assert requests(decoder.tick(0.1) + decoder.tick(0.2)) == [ASK_READY]
    assert decoder.feed(READY) == []
    assert requests(decoder.tick(0.3) + decoder.tick(0.4)) == [ASK_MEASUREMENT]
    assert len(decoder.feed(STREAM)) == 3
    assert requests(decoder.tick(0.5) + decoder.tick(1.3)) == [ASK_READY]
    assert decoder.feed(NOT_READY) == []
    assert requests(decoder.tick(1.4) + decoder.tick(1.5) + decoder.tick(2.3)) == [ASK_READY]


def test_its_probe_is_recognised() -> None:
    assert SHEET.probes == (ASK_FIRMWARE,)
    assert Decoder().feed(FIRMWARE) == [Note("firmware", "3.66")]


def test_one_that_does_not_measure_is_told_now_and_then() -> None:
    decoder = Decoder()
    items: list[Item] = []
    for tenth in range(round(25 * 10 * READY_S)):
        for request in requests(decoder.tick(tenth / 10)):
            items += decoder.feed(FIRMWARE if request == ASK_FIRMWARE else NOT_READY)
    told = Gap(Why.INVALID, f"no measurement for {WAITS * READY_S:g} s: not started?")
    assert items == [Note("firmware", "3.66"), told, told]


@pytest.mark.parametrize(
    "floats",
    [
        "00000000 41d9e7ff 42433a1b",  # the first after it was switched on
        "7fc00000 41d9e7ff 42433a1b",
        "43db8c2e 7f800000 42433a1b",
    ],
)
def test_what_is_no_measurement_is_a_gap(floats: str) -> None:
    (gap,) = Decoder().feed(framed(bytes.fromhex("61030c" + floats)))
    assert isinstance(gap, Gap)
    assert gap.why is Why.INVALID


def test_nothing_is_ever_written() -> None:
    """A write of 36 starts the measuring, 34 resets it, 39 and 3A calibrate it; it keeps them."""
    decoder = Decoder()
    said = [request for tenth in range(600) for request in requests(decoder.tick(tenth / 10))]
    assert {request[:2] for request in said} == {b"\x61\x03"}
