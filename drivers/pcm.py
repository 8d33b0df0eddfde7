"""The acoustic front-end: PCM of up to eight microphones, GNSS seconds on the sample clock, and its own state.

     0 u32 sync A5 5A C3 3C      4 u8 version = 1     5 u8 type (1 PCM, 2 PPS latch, 3 status, 4 log, 5 command reply)
     6 u16 payload bytes         8 u32 frame sequence, per stream
    12 u64 index of the first sample since boot
    20 u16 samples a channel    22 u8 channels       23 u8 format (0 s16, 1 s24 packed, 2 s32)
    24 u16 rate / 25 Hz         26 u8 ADC overload in this frame, one bit a channel
    27 u8 flags (bit 0 overrun since the last frame, 1 PPS valid, 2 clock source, 3 test tone)
    28 u8 boot id               29 i8 temperature °C (-128 unknown)
    30 u16 CRC-16/CCITT of bytes 4..29
    32 payload, then u32 CRC-32 (zlib) of bytes 4..end of payload            all little endian

PPS latch: u64 sample, u32 ticks since it, u32 ticks a sample x 2^16, u32 pulse, i32 quantisation error ps, u8 fix,
u32 GPS time of week s, u16 GPS week. Status and command reply: a CBOR map. Log: UTF-8.

Source: Lamppost's own; no public standard exists for PCM over a serial line. A frame is believed when both CRCs hold;
its payload is not waited for before the header's does.
"""

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import cbor2
import numpy as np
from numpy.typing import NDArray

from drivers._checks import crc16_ccitt
from drivers._framing import Framer, Verdict
from drivers._sheet import Evidence, Range, Sheet
from drivers._types import Block, Gap, Item, Latch, Line, Note, Why
from drivers._units import reading

LINE = Line(4_000_000)  # the fastest a UART of the field goes; USB CDC ignores it
PERIOD_S = 1.0  # a PPS latch, and far more often a frame of samples
GREETING = b""
SHEET = Sheet(
    models="Lamppost's acoustic front-end, 1 to 8 microphones, 8 to 96 kHz",
    reads={
        "supply": Range("V", 0, 60),
        "gain": Range("dB", -100, 100),
        "temperature": Range("Cel", -60, 125),
    },
    wiring="USB; 4 channels of 48 kHz and 24 bit need more than a UART of 4 MBd carries",
    check="CRC-16 of the header, CRC-32 of all",
    traps="overload is told by the front-end, which sees each code of its converter",
    evidence=Evidence.CONSTRUCTED,
)

SYNC = b"\xa5\x5a\xc3\x3c"
VERSION = 1
PCM, LATCH, STATUS, LOG, REPLY = 1, 2, 3, 4, 5
STREAMS = {PCM: "pcm", LATCH: "latch", STATUS: "status", LOG: "log", REPLY: "reply"}
OVERRUN = 0x01
SAID_FLAGS = {0x02: "pps", 0x04: "external clock", 0x08: "test tone"}

RATE_STEP_HZ = 25
RATES_HZ = range(8_000, 96_000 + 1)
CHANNELS = range(1, 8 + 1)
TEXT_BYTES = 1024  # of a status, a log line, a reply; a microcontroller's buffer, and the most that CBOR gets to parse
CBOR_DEPTH = 2  # a map, and lists in it
MEASURED = ("supply", "gain", "temperature")
LARGEST_VALUE = 1e6  # of a number in a status, in volts, decibels or degrees: far beyond any, and well inside a float
TEMPERATURE_UNKNOWN = -128
WEEK_S = 7 * 86_400
TICK_UNIT = 1 << 16  # of ticks a sample
NOISE_RUN_BYTES = 1 << 17  # twice the longest frame, so that a damaged one is one gap; 0.2 s of four channels
HALF_COUNT = 1 << 31  # a 32-bit count that is further ahead than this went back


class Header(NamedTuple):
    """Bytes 0..31; a tuple because it is made two hundred times a second."""

    sync: bytes
    version: int
    stream: int
    payload: int
    sequence: int
    first: int
    samples: int
    channels: int
    format: int
    rate_25hz: int
    overload: int
    flags: int
    boot: int
    temperature: int
    crc: int


HEADER = struct.Struct("<4sBBHIQHBBHBBBbH")
PPS_LATCH = struct.Struct("<QIIIiBIH")
CRC_BYTES = 4


@dataclass(frozen=True, slots=True)
class Format:
    """How samples lie in the payload.

    s24 is read as 32 bits that begin one byte early: a shift then drops the byte that is not its own.
    """

    dtype: str
    width: int
    early: int
    shift: int
    scale: np.float32


FORMATS = {
    0: Format("<i2", 2, 0, 0, np.float32(2.0**-15)),
    1: Format("<i4", 3, 1, 8, np.float32(2.0**-23)),
    2: Format("<i4", 4, 0, 0, np.float32(2.0**-31)),
}


def _plausible_pcm(header: Header) -> bool:
    if header.format not in FORMATS or header.channels not in CHANNELS or not header.samples:
        return False
    size = header.samples * header.channels * FORMATS[header.format].width
    return header.payload == size and header.rate_25hz * RATE_STEP_HZ in RATES_HZ


def _plausible_text(header: Header) -> bool:
    return header.payload <= TEXT_BYTES


PLAUSIBLE: dict[int, Callable[[Header], bool]] = {
    PCM: _plausible_pcm,
    LATCH: lambda header: header.payload == PPS_LATCH.size,
    STATUS: _plausible_text,
    LOG: _plausible_text,
    REPLY: _plausible_text,
}


def _measure(head: memoryview) -> int | Verdict:
    if len(head) < HEADER.size:
        return Verdict.MORE
    if head[:4] != SYNC:
        return Verdict.NOISE
    header = Header._make(HEADER.unpack_from(head))
    if crc16_ccitt(head[4:30]) != header.crc:
        return Verdict.DAMAGED
    if header.version != VERSION or header.stream not in PLAUSIBLE or not PLAUSIBLE[header.stream](header):
        return Verdict.NOISE
    return _measure_payload(head, HEADER.size + header.payload)


def _measure_payload(head: memoryview, end: int) -> int | Verdict:
    if len(head) < end + CRC_BYTES:
        return Verdict.MORE
    crc = int.from_bytes(head[end : end + CRC_BYTES], "little")
    return end + CRC_BYTES if zlib.crc32(head[4:end]) == crc else Verdict.DAMAGED


def _samples(frame: bytes, header: Header) -> NDArray[np.float32]:
    """Samples of a PCM frame: float32, shape (channels, n), full scale ±1."""
    layout = FORMATS[header.format]
    shape, strides = (header.channels, header.samples), (layout.width, layout.width * header.channels)
    raw: NDArray[np.signedinteger] = np.ndarray(shape, layout.dtype, frame, HEADER.size - layout.early, strides)
    samples = (raw >> layout.shift).astype(np.float32, order="C")
    samples *= layout.scale
    return samples


def _block(frame: bytes, header: Header) -> list[Item]:
    rate_hz = float(header.rate_25hz * RATE_STEP_HZ)
    return [Block(_samples(frame, header), rate_hz, header.first, header.boot, header.overload)]


def _latch(frame: bytes, header: Header) -> list[Item]:
    sample, ticks, ticks_a_sample, pulse, error_ps, fix, tow_s, week = PPS_LATCH.unpack_from(frame, HEADER.size)
    if not ticks_a_sample or tow_s >= WEEK_S:
        return [
            Gap(Why.INVALID, f"PPS latch: {ticks_a_sample} / {TICK_UNIT} ticks a sample, second {tow_s} of the week")
        ]
    whole, part = divmod(ticks * TICK_UNIT, ticks_a_sample)
    fraction = part / ticks_a_sample
    return [
        Latch(
            sample + whole, fraction, header.boot, pulse, week, tow_s, error_ps / 1e12, fix, TICK_UNIT / ticks_a_sample
        )
    ]


def _payload(frame: bytes) -> bytes:
    return frame[HEADER.size : -CRC_BYTES]


def _plain(text: str) -> str:
    """Text without control characters, which would reach somebody's terminal."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def _fields(frame: bytes) -> dict[str, object]:
    """The CBOR map of a status or a reply. ValueError if it is anything else."""
    try:
        fields = cbor2.loads(_payload(frame), max_depth=CBOR_DEPTH, allow_indefinite=False, allow_duplicate_keys=False)
    except cbor2.CBORDecodeError as error:
        raise ValueError(f"not CBOR: {error}") from error
    if not isinstance(fields, dict):
        raise ValueError(f"not a map but {fields!r}")
    return {_plain(str(key)): value for key, value in fields.items()}


def _number(quantity: str, value: object, channel: int) -> Item:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST_VALUE:
        return reading(quantity, float(value), channel)
    return Gap(Why.INVALID, f"status: {quantity} {_text(value)}")


def _text(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else _plain(str(value))


def _said(key: str, value: object) -> list[Item]:
    """One field of a status: a number, a list of one a channel, or words."""
    if key not in MEASURED:
        return [Note(key, _text(value))]
    values = value if isinstance(value, list) else [value]
    return [_number(key, each, channel) for channel, each in enumerate(values)]


def _status(frame: bytes, header: Header) -> list[Item]:
    try:
        fields = _fields(frame)
    except ValueError as error:
        return [Gap(Why.INVALID, f"status: {error}")]
    if header.temperature != TEMPERATURE_UNKNOWN:
        fields.setdefault("temperature", header.temperature)
    return [item for key, value in fields.items() for item in _said(key, value)]


def _log(frame: bytes, _header: Header) -> list[Item]:
    return [Note("log", _plain(_payload(frame).decode(errors="replace").rstrip()))]


def _reply(frame: bytes, _header: Header) -> list[Item]:
    try:
        fields = _fields(frame)
    except ValueError as error:
        return [Gap(Why.INVALID, f"reply: {error}")]
    return [Note("reply", ", ".join(f"{key} {_text(value)}" for key, value in fields.items()))]


ITEMS: dict[int, Callable[[bytes, Header], list[Item]]] = {
    PCM: _block,
    LATCH: _latch,
    STATUS: _status,
    LOG: _log,
    REPLY: _reply,
}


class _Counts:
    """What the device's own counts say is missing."""

    def __init__(self) -> None:
        self._boot = 0
        self._sequence: dict[int, int] = {}  # of each stream, the next
        self._sample = 0  # the next

    def gaps(self, header: Header) -> list[Item]:
        """What is missing before this frame."""
        missing = [*self._restarted(header), *self._missing(header)]
        self._sequence[header.stream] = (header.sequence + 1) % (2 * HALF_COUNT)
        if header.stream == PCM:
            self._sample = header.first + header.samples
        return missing

    def _restarted(self, header: Header) -> list[Item]:
        boot, self._boot = self._boot, header.boot
        if not self._sequence or (boot == header.boot and self._frames(header) < HALF_COUNT):
            return []
        self._sequence.clear()
        return [Gap(Why.RESTART, f"boot {boot}, then boot {header.boot} with frame {header.sequence}")]

    def _frames(self, header: Header) -> int:
        """How many frames of its stream are missing; those of a stream that begins are not known to be."""
        return (header.sequence - self._sequence.get(header.stream, header.sequence)) % (2 * HALF_COUNT)

    def _missing(self, header: Header) -> list[Item]:
        frames = self._frames(header)
        lost = [Gap(Why.LOST, f"{frames} {STREAMS[header.stream]} frames")] if frames else []
        return [*lost, *(self._samples(header, told=bool(lost)) if header.stream == PCM else [])]

    def _samples(self, header: Header, told: bool) -> list[Item]:
        """Samples that the device dropped before it made a frame of them."""
        samples = header.first - self._sample if PCM in self._sequence else 0
        if header.flags & OVERRUN:
            return [Gap(Why.OVERRUN, f"{samples} samples")]
        return [Gap(Why.LOST, f"{samples} samples")] if samples and not told else []


class Decoder:
    """Samples, seconds, and the device's state; keeps the device's counts to say what is missing."""

    def __init__(self) -> None:
        self._framer = Framer(SYNC[:1], _measure, self._items, NOISE_RUN_BYTES)
        self._counts = _Counts()
        self._flags = 0

    def feed(self, data: bytes) -> list[Item]:
        """A ``Block`` a PCM frame, a ``Latch`` a second, readings and notes of the status, and gaps."""
        return self._framer.feed(data)

    def _items(self, frame: bytes) -> list[Item]:
        header = Header._make(HEADER.unpack_from(frame))
        said = [*self._counts.gaps(header), *ITEMS[header.stream](frame, header)]
        return [*self._changed_flags(header.flags), *said] if header.stream == PCM else said

    def _changed_flags(self, flags: int) -> list[Item]:
        """Notes that a flag is on or off now: samples of a test tone, for one, are not those of a street."""
        changed, self._flags = self._flags ^ flags, flags
        return [Note(name, "on" if flags & bit else "off") for bit, name in SAID_FLAGS.items() if changed & bit]
