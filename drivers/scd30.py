"""Sensirion SCD30: carbon dioxide, temperature and humidity, asked over Modbus RTU at address 61.

    61 03 00 27 00 01 3D A1     is there a new measurement?   61 03 02 00 01 F9 8C
    61 03 00 28 00 06 4C 60     then that                     61 03 0C CO2(4) temperature(4) humidity(4) crc(2)
    61 03 00 20 00 01 8C 60     firmware                      61 03 02 major minor crc(2)

Floats of 32 bits, big endian; ppm, °C, %RH. Source: Sensirion, "Interface Description SCD30" V1.0, May 2020, 1.2 and
1.4 (its measurement: 439.1 ppm, 27.2 °C, 48.8 %).

One whose measuring was stopped might tell its last value for ever: so it is asked first whether there is a new one. The
write that starts measuring (register 36) is kept in its non-volatile memory, and is never sent here. That its first
measurement may be 0 ppm is from memory.
"""

import math

from drivers._dialogue import Dialogue
from drivers._modbus import HOLDING, KINDS, PAUSE_S, Registers, number
from drivers._sheet import Evidence, Range, Sheet
from drivers._types import Gap, Item, Line, Note, Why
from drivers._units import reading

LINE = Line(19200)
PERIOD_S = 3.0
GREETING = b""
SHEET = Sheet(
    models="Sensirion SCD30",
    reads={
        "co2": Range("ppm", 300, 40_000),
        "temperature": Range("Cel", -40, 70),
        "humidity": Range("%RH", 0, 100),
    },
    wiring="TTL 3.3 V, 3.3-5.5 V supply; SEL to VDD before it is switched on, or it speaks I2C",
    check="CRC-16",
    traps="it must have been told once, at the desk, to measure: write 0 to register 36 (61 06 00 36 00 00 60 64), "
    "which it keeps; leave its interval at 2 s (register 25); if it calibrates itself it needs an hour of fresh air a "
    "day; its own warmth is in the temperature until an offset was set",
    evidence=Evidence.DOCUMENTED,
    warm_up_s=30.0,
    probes=(bytes.fromhex("6103002000018c60"),),
)

ADDRESS = 0x61
TIMEOUT_S = 0.5  # Linux waits 0.2 s for it: SCD30_SERDEV_TIMEOUT, drivers/iio/chemical/scd30_serial.c
READY_S = 1.0  # half its interval: a measurement waits no longer to be read
WAITS = 10  # so often not ready, at an interval of 2 s: it does not measure
QUANTITIES = ("co2", "temperature", "humidity")


def _measured(data: bytes) -> list[Item]:
    values = [number(data[at : at + 4], KINDS["f32"]) for at in range(0, len(data), 4)]
    if not all(map(math.isfinite, values)) or values[0] <= 0:
        return [Gap(Why.INVALID, "CO2, temperature, humidity are " + ", ".join(f"{value:g}" for value in values))]
    return [reading(quantity, value) for quantity, value in zip(QUANTITIES, values, strict=True)]


def _firmware(data: bytes) -> list[Item]:
    return [Note("firmware", f"{data[0]}.{data[1]}")]


class Decoder:
    """Readings ``co2``, ``temperature`` and ``humidity``; a gap while it does not measure; its firmware as a note."""

    def __init__(self) -> None:
        firmware = Registers(ADDRESS, HOLDING, 0x20, 1, _firmware).question(0, TIMEOUT_S)
        ready = Registers(ADDRESS, HOLDING, 0x27, 1, self._ready).question(READY_S, TIMEOUT_S)
        self._measurement = Registers(ADDRESS, HOLDING, 0x28, 6, _measured).question(0, TIMEOUT_S)
        self._dialogue = Dialogue([firmware, ready], PAUSE_S, [self._measurement])
        self.feed, self.tick = self._dialogue.feed, self._dialogue.tick
        self._waits = 0

    def _ready(self, data: bytes) -> list[Item]:
        if data == b"\x00\x01":
            self._waits = 0
            self._dialogue.follow(self._measurement)
            return []
        self._waits += 1
        return (
            [] if self._waits % WAITS else [Gap(Why.INVALID, f"no measurement for {WAITS * READY_S:g} s: not started?")]
        )
