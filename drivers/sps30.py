"""Sensirion SPS30: particles by laser scattering, mass and number, asked over SHDLC once a second.

    7E 00 03 00 FC 7E                  read      7E 00 03 state 28 ten float32 check 7E
    7E 00 00 02 01 03 F9 7E            start, with float32 output
    7E 00 D2 01 00 2C 7E               its own status, without clearing it
    FF 7E 00 7D 31 00 EE 7E            wake up: FF is the pulse that wakes its UART

    PM1  PM2.5  PM4  PM10  | N0.5  N1  N2.5  N4  N10 | typical size      big endian
    ------ µg/m³ --------- | -------- 1/cm³ -------- | µm

It measures until its power fails, and then has to be told again: a read is then refused with 43. With an older order of
somebody else it answers in ten uint16, the size in nm. An answer without data means that no new value is there yet: its
second is not ours. What it keeps without power (interval of fan cleaning) is never written.

Source: Sensirion, "Datasheet SPS30", version 1.0, March 2020, sections 1 (ranges, time to a stable value) and 5 (UART);
real frames: PyPMS, tests/captured_data/SPS30.hexdump (MIT). Bits of the status also as in Sensirion's embedded-sps.
"""

import math
import struct
from collections.abc import Callable, Mapping

from drivers._dialogue import Dialogue
from drivers._shdlc import NOT_ALLOWED, UNKNOWN, Command, error, words
from drivers._sheet import Evidence, Range, Sheet
from drivers._types import Gap, Item, Line, Note, Why
from drivers._units import reading

LINE = Line(115200)
PERIOD_S = 2.0  # asked each second, but now and then its second has not passed yet
GREETING = b""

QUANTITIES = (
    *("pm1", "pm2_5", "pm4", "pm10"),
    *("particles_0_5", "particles_1", "particles_2_5", "particles_4", "particles_10"),
    "particle_size",
)
MASS, NUMBER, SIZE = Range("ug/m3", 0, 1000), Range("/cm3", 0, 3000), Range("um", 0, 10)
SHEET = Sheet(
    models="Sensirion SPS30",
    reads=dict(zip(QUANTITIES, [MASS] * 4 + [NUMBER] * 5 + [SIZE], strict=True)),
    wiring="5 V supply, TTL 3.3 V; pin 2 RX, pin 3 TX, pin 4 open (to ground it speaks I2C)",
    check="sum of 8 bits, command, length, edges",
    traps="says nothing until it is told to measure, and again after each loss of power; its tube must not be covered",
    evidence=Evidence.RECORDED,
    warm_up_s=30.0,  # time to a stable value at 50 to 100 particles a cm³
    probes=(bytes.fromhex("7e00d001002e7e"),),
)

POLL_S, STATUS_S = 1.0, 60.0
TIMEOUT_S = 0.5  # of all commands here, sensirion-shdlc-driver
ONCE_S = 0.0
PULSE = b"\xff"
PRODUCT = b"00080000\0"
TEXT_BYTES = range(len(PRODUCT) + 1, 34)  # of a serial number; never those of the product type
VERSION_BYTES, STATUS_BYTES = 7, 5
FORMATS: Mapping[int, tuple[str, float]] = {40: (">10f", 1.0), 20: (">10H", 1000.0)}  # typical sizes to the µm
FAULTS = {1 << 4: "its fan stands still", 1 << 5: "its laser fails", 1 << 21: "its fan is too fast or too slow"}


def _values(data: bytes) -> list[Item]:
    layout, sizes_a_um = FORMATS[len(data)]
    *values, size = (float(value) for value in struct.unpack(layout, data))
    values.append(size / sizes_a_um)
    if not all(map(math.isfinite, values)):
        return [Gap(Why.INVALID, f"not all of its ten values are numbers: {data.hex()}")]
    return [reading(quantity, value) for quantity, value in zip(QUANTITIES, values, strict=True)]


def _status(data: bytes) -> list[Item]:
    status = int.from_bytes(data[:4], "big")
    return [Gap(Why.INVALID, fault) for bit, fault in FAULTS.items() if status & bit]


def _product(data: bytes) -> list[Item]:
    if data != PRODUCT:
        return [Gap(Why.INVALID, f"product type {_text(data)!r}; an SPS30 says {_text(PRODUCT)!r}")]
    return [Note("product_type", _text(data))]


def _serial(data: bytes) -> list[Item]:
    return [Note("unique_id", _text(data))]


def _version(data: bytes) -> list[Item]:
    return [Note("firmware", f"{data[0]}.{data[1]}"), Note("hardware", f"{data[3]}")]


def _text(data: bytes) -> str:
    return data.rstrip(b"\0").decode("ascii", "replace")


def _unless_refused(decode: Callable[[bytes], list[Item]]) -> Callable[[int, bytes], list[Item]]:
    """What a firmware refuses to say it does not know."""
    return lambda state, data: [] if error(state) else decode(data)


def _obeyed(state: int, _data: bytes) -> list[Item]:
    """Who measures already is not allowed to start, who is awake not to wake up; the first firmware never sleeps."""
    return [] if error(state) in (0, NOT_ALLOWED, UNKNOWN) else [Gap(Why.INVALID, f"it does not obey: {words(state)}")]


class Decoder:
    """Readings of four masses, five numbers and the typical size; notes of who it is; gaps of its own faults."""

    def __init__(self) -> None:
        read = Command(0x03, b"", (0, *FORMATS), self._read).question(POLL_S, TIMEOUT_S)
        status = Command(0xD2, b"\0", (STATUS_BYTES,), _unless_refused(_status)).question(STATUS_S, TIMEOUT_S)
        self._dialogue = Dialogue(
            [*(command.question(ONCE_S, TIMEOUT_S, before) for command, before in ONCE), read, status]
        )
        self.feed, self.tick = self._dialogue.feed, self._dialogue.tick

    def _read(self, state: int, data: bytes) -> list[Item]:
        if error(state) == NOT_ALLOWED:
            self._dialogue.begin_again()
            return [Gap(Why.RESTART, "it does not measure any more, and is started again")]
        if state:
            return [Gap(Why.INVALID, f"no values: {words(state)}")]
        return _values(data) if data else []


ONCE = (
    (Command(0x11, b"", (0,), _obeyed), PULSE),
    (Command(0x00, b"\x01\x03", (0,), _obeyed), b""),
    (Command(0xD0, b"\x00", (len(PRODUCT),), _unless_refused(_product)), b""),
    (Command(0xD0, b"\x03", TEXT_BYTES, _unless_refused(_serial)), b""),
    (Command(0xD1, b"", (VERSION_BYTES,), _unless_refused(_version)), b""),
)
"""Asked after each opening, and when its power failed: wake, start, who are you."""
