"""The acoustic front-end's frame, built here by hand from its description."""

import struct
import zlib
from binascii import crc_hqx
from dataclasses import dataclass, replace
from typing import Any

import cbor2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers._types import Block, Gap, Item, Latch, Note, Reading, Why
from drivers.pcm import NOISE_RUN_BYTES, TEXT_BYTES, Decoder

S16, S24, S32 = 0, 1, 2


@dataclass(frozen=True)
class Frame:
    """Two channels of two samples: 0, 1/2 and -1, 1/4."""

    stream: int = 1
    payload: bytes = struct.pack("<4h", 0, -32768, 16384, 8192)
    sequence: int = 0
    first: int = 0
    samples: int = 2
    channels: int = 2
    format: int = S16
    rate_25hz: int = 1920
    overload: int = 0
    flags: int = 0
    boot: int = 7
    temperature: int = -128
    version: int = 1

    def __bytes__(self) -> bytes:
        head = struct.pack("<BBHI", self.version, self.stream, len(self.payload), self.sequence)
        head += struct.pack("<QHBBH", self.first, self.samples, self.channels, self.format, self.rate_25hz)
        head += struct.pack("<BBBb", self.overload, self.flags, self.boot, self.temperature)
        body = head + struct.pack("<H", crc_hqx(head, 0xFFFF)) + self.payload
        return b"\xa5\x5a\xc3\x3c" + body + struct.pack("<I", zlib.crc32(body))


def frames(count: int, start: int = 0, **changed: Any) -> bytes:
    """Consecutive PCM frames."""
    return b"".join(bytes(Frame(sequence=k, first=2 * k, **changed)) for k in range(start, start + count))


def pps(ticks: int = 125, ticks_a_sample: int = 250 << 16, tow_s: int = 345_600) -> bytes:
    return struct.pack("<QIIIiBIH", 48_000, ticks, ticks_a_sample, 9, -5300, 3, tow_s, 2400)


def status(**fields: object) -> Frame:
    return Frame(stream=3, payload=cbor2.dumps(fields))


STREAM = (
    bytes(status(supply=4.97, gain=30, firmware="1.2", unique_id=b"\xe6\x61"))
    + bytes(Frame(stream=2, payload=pps()))
    + frames(3)
    + bytes(Frame(stream=4, payload=b"PPS locked\n"))
)


def decode(data: bytes | Frame) -> list[Item]:
    return Decoder().feed(bytes(data))


def blocks(items: list[Item]) -> list[Block]:
    return [item for item in items if isinstance(item, Block)]


def gaps(items: list[Item]) -> list[Item]:
    return [item for item in items if isinstance(item, Gap)]


def test_the_header_has_the_bytes_that_its_description_says() -> None:
    """Written out by hand, with the CRCs of zlib and binascii: it holds this test's own frames."""
    literal = "a55ac33c 01 01 0800 05000000 0a00000000000000 0200 02 00 8007 02 01 07 17"
    frame = bytes(Frame(sequence=5, first=10, overload=2, flags=1, temperature=23))
    assert frame[:30] == bytes.fromhex(literal)
    assert len(frame) == 32 + 8 + 4


def test_a_block_has_its_samples_by_channel_and_its_place() -> None:
    (block,) = blocks(decode(Frame(sequence=5, first=10, overload=2)))
    assert block.samples.tolist() == [[0.0, 0.5], [-1.0, 0.25]]
    assert block.samples.dtype == np.float32
    assert (block.rate_hz, block.first, block.boot, block.overload) == (48_000.0, 10, 7, 2)


@pytest.mark.parametrize(
    ("layout", "payload", "values"),
    [
        (S16, "0000 ffff 0080 ff7f", [0, -(2.0**-15), -1, 1 - 2.0**-15]),
        (S24, "000000 ffffff 000080 ffff7f", [0, -(2.0**-23), -1, 1 - 2.0**-23]),
        (S32, "00000000 00ffffff 00000080 00000040", [0, -(2.0**-23), -1, 0.5]),
    ],
)
def test_each_format_is_scaled_to_one(layout: int, payload: str, values: list[float]) -> None:
    frame = Frame(format=layout, payload=bytes.fromhex(payload), samples=4, channels=1)
    assert blocks(decode(frame))[0].samples[0].tolist() == values


@given(st.integers(1, 8), st.integers(1, 40), st.randoms(use_true_random=False))
def test_packed_24_bit_samples_are_those_that_python_reads(channels: int, samples: int, chance: Any) -> None:
    payload = chance.randbytes(3 * channels * samples)
    (block,) = blocks(decode(Frame(format=S24, payload=payload, samples=samples, channels=channels)))
    numbers = [int.from_bytes(payload[at : at + 3], "little", signed=True) for at in range(0, len(payload), 3)]
    assert (block.samples * 2.0**23).T.ravel().tolist() == numbers


def test_a_latch_is_the_edge_of_a_second() -> None:
    (latch,) = decode(Frame(stream=2, payload=pps(ticks=125)))
    assert latch == Latch(48_000, 0.5, 7, 9, 2400, 345_600, -5.3e-9, 3, 1 / 250)


def test_ticks_beyond_a_sample_are_carried() -> None:
    (latch,) = decode(Frame(stream=2, payload=pps(ticks=625)))
    assert isinstance(latch, Latch)
    assert (latch.sample, latch.fraction) == (48_002, 0.5)


@pytest.mark.parametrize("payload", [pps(ticks_a_sample=0), pps(tow_s=604_800)])
def test_a_latch_that_cannot_be_is_a_gap(payload: bytes) -> None:
    (gap,) = decode(Frame(stream=2, payload=payload))
    assert isinstance(gap, Gap)
    assert gap.why is Why.INVALID


def test_a_status_is_readings_and_notes() -> None:
    frame = status(supply=4.97, gain=[30, 31.5], firmware="1.2", unique_id=b"\xe6\x61", uptime=12)
    assert decode(replace(frame, temperature=23)) == [
        Reading("supply", 4.97, "V"),
        Reading("gain", 30.0, "dB", 0),
        Reading("gain", 31.5, "dB", 1),
        Note("firmware", "1.2"),
        Note("unique_id", "e661"),
        Note("uptime", "12"),
        Reading("temperature", 23.0, "Cel"),
    ]


@pytest.mark.parametrize(
    "value", ["high", float("nan"), float("inf"), 10**400, True, None, b"\x01", cbor2.CBORTag(4, [9, 9]), {}]
)
def test_a_number_of_a_status_that_is_none_is_a_gap(value: object) -> None:
    (gap,) = decode(status(supply=value))
    assert isinstance(gap, Gap)
    assert gap.why is Why.INVALID


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff",
        b"\x01",
        b"\xa1\x61a",  # a map that ends too early
        b"\xa2\x61a\x01\x61a\x02",  # a key twice
        b"\xbf\xff",  # without a length
        b"\xa1\x61a" + b"\x81" * 500 + b"\x00",  # nested
        b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff",  # more entries than there are bytes
    ],
)
@pytest.mark.parametrize("stream", [3, 5])
def test_a_status_or_reply_that_is_no_plain_map_is_a_gap(payload: bytes, stream: int) -> None:
    (gap,) = decode(Frame(stream=stream, payload=payload))
    assert isinstance(gap, Gap)
    assert gap.why is Why.INVALID


@given(st.binary(max_size=60))
def test_no_bytes_in_a_status_raise(payload: bytes) -> None:
    decode(Frame(stream=3, payload=payload))
    decode(Frame(stream=3, payload=b"\xa1\x66supply" + payload))


def test_a_log_line_is_a_note_without_control_characters() -> None:
    assert decode(Frame(stream=4, payload="läuft \x1b[31m\xff\n".encode("latin-1"))) == [
        Note("log", "l\ufffduft \\x1b[31m\ufffd")
    ]


def test_a_reply_is_a_note() -> None:
    frame = Frame(stream=5, payload=cbor2.dumps({"ok": True, "gain": 20}))
    assert decode(frame) == [Note("reply", "ok True, gain 20")]


@pytest.mark.parametrize(
    "changed",
    [
        {"version": 2},
        {"stream": 6},
        {"stream": 0},
        {"channels": 0, "payload": b""},
        {"channels": 9, "samples": 1, "payload": bytes(18)},
        {"format": 3},
        {"rate_25hz": 319},
        {"rate_25hz": 3841},
        {"samples": 3},
        {"samples": 0, "payload": b""},
        {"stream": 2},
        {"stream": 4, "payload": b"x" * (TEXT_BYTES + 1)},
    ],
)
def test_a_header_that_cannot_be_is_no_frame(changed: dict[str, Any]) -> None:
    items = decode(bytes(Frame(**changed)) + bytes(Frame()))
    assert [item.why for item in items if isinstance(item, Gap)] == [Why.NOISE]
    assert len(blocks(items)) == 1


@pytest.mark.parametrize("lost", [1, 2])
def test_frames_that_are_missing_are_a_gap(lost: int) -> None:
    items = decode(frames(2) + frames(2, start=2 + lost))
    assert gaps(items) == [Gap(Why.LOST, f"{lost} pcm frames")]
    assert [block.first for block in blocks(items)] == [0, 2, 4 + 2 * lost, 6 + 2 * lost]


def test_each_stream_has_a_sequence_of_its_own() -> None:
    logs = [bytes(Frame(stream=4, sequence=k, payload=b"x")) for k in (0, 1, 4)]
    items = decode(frames(1) + logs[0] + frames(1, 1) + logs[1] + logs[2] + frames(1, 2))
    assert gaps(items) == [Gap(Why.LOST, "2 log frames")]


def test_a_sequence_runs_over_without_a_gap() -> None:
    items = decode(bytes(Frame(sequence=2**32 - 1, first=0)) + bytes(Frame(sequence=0, first=2)))
    assert gaps(items) == []


def test_an_overrun_is_a_gap_of_the_samples_that_it_cost() -> None:
    items = decode(frames(1) + bytes(Frame(sequence=1, first=482, flags=1)))
    assert gaps(items) == [Gap(Why.OVERRUN, "480 samples")]


def test_an_index_that_jumps_is_a_gap_even_if_nothing_else_says_so() -> None:
    items = decode(frames(1) + bytes(Frame(sequence=1, first=482)))
    assert gaps(items) == [Gap(Why.LOST, "480 samples")]


def test_another_boot_is_a_gap_and_starts_the_counts_anew() -> None:
    items = decode(frames(3) + frames(2, boot=8))
    assert gaps(items) == [Gap(Why.RESTART, "boot 7, then boot 8 with frame 0")]
    assert [(block.boot, block.first) for block in blocks(items)][-2:] == [(8, 0), (8, 2)]


def test_a_sequence_that_goes_back_is_a_restart_though_the_boot_is_the_same() -> None:
    assert gaps(decode(frames(3) + frames(2))) == [Gap(Why.RESTART, "boot 7, then boot 7 with frame 0")]


def test_flags_are_noted_when_they_change() -> None:
    items = decode(frames(1) + frames(2, 1, flags=0x0A) + frames(1, 3))
    assert [item for item in items if isinstance(item, Note)] == [
        Note("pps", "on"),
        Note("test tone", "on"),
        Note("pps", "off"),
        Note("test tone", "off"),
    ]


@pytest.mark.parametrize("bit", range(8 * len(bytes(Frame()))))
def test_a_turned_bit_costs_one_frame_and_never_gives_another_sample(bit: int) -> None:
    turned = bytearray(frames(3))
    turned[len(bytes(Frame())) + bit // 8] ^= 1 << bit % 8
    items = decode(bytes(turned))
    assert [block.first for block in blocks(items)] == [0, 4]
    assert [item.why for item in items if isinstance(item, Gap)][1:] == [Why.LOST]


def test_a_frame_inside_a_rejected_one_is_found() -> None:
    """The lost byte makes the first frame reach into the second."""
    torn = frames(1)[:-6] + frames(2, start=1)
    assert [block.first for block in blocks(decode(torn))] == [2, 4]


def test_a_damaged_header_is_not_waited_for() -> None:
    long = bytearray(bytes(Frame(payload=bytes(40_000), samples=10_000)))
    long[6] ^= 1
    items = decode(bytes(long[:100]) + frames(1))
    assert len(blocks(items)) == 1
    assert items[0] == Gap(Why.CHECKSUM, "100 bytes")


def test_endless_garbage_is_told_and_not_kept() -> None:
    decoder, chance = Decoder(), np.random.default_rng(1)
    items = [item for _ in range(40) for item in decoder.feed(b"\xa5\x5a\xc3\x3c" + chance.bytes(8188))]
    assert {type(item) for item in items} == {Gap}
    assert len(items) == 40 * 8192 // NOISE_RUN_BYTES
    assert len(decoder._framer._rest) < 100
