"""Senseair S8 and Sunrise: carbon dioxide by infrared, asked over Modbus RTU.

    FE 04 00 03 00 01 D5 C5        input register 4     FE 04 02 CO2(2) crc(2)      ppm
    FE 04 00 00 00 01 25 C5        input register 1     FE 04 02 status(2) crc(2)   one bit a fault

Address FE is answered by any of them. Nothing is ever written: holding registers 1 and 2 calibrate, 32 sets the
automatic baseline. Source: Senseair, "Modbus on Senseair S8", TDE2067 rev. 3; "Sunrise Modbus", TDE5514.
"""

from drivers._dialogue import Dialogue
from drivers._modbus import INPUT, Registers
from drivers._sheet import Evidence, Range, Sheet
from drivers._types import Gap, Item, Line, Why
from drivers._units import reading

LINE = Line(9600)
PERIOD_S = 5.0
GREETING = b""
SHEET = Sheet(
    models="Senseair S8, Sunrise",
    reads={"co2": Range("ppm", 300, 10_000, per_s=200)},
    wiring="TTL 3.3 V, 5 V supply; half duplex RS-485 through an adapter on the Sunrise",
    check="CRC-16",
    traps="calibrates itself to 400 ppm each week: it needs fresh air; never write holding registers 1 and 2",
    evidence=Evidence.DOCUMENTED,
    warm_up_s=30.0,
    probes=(bytes.fromhex("fe0400030001d5c5"),),
)

ANY_ADDRESS = 0xFE
TIMEOUT_S = 0.5  # an answer takes 180 ms at most, TDE2067
STATUS_S = 60.0
FAULTS = {
    0x01: "fatal error",
    0x02: "offset regulation error",
    0x04: "algorithm error",
    0x08: "output error",
    0x10: "self-diagnostic error",
    0x20: "out of range",
    0x40: "memory error",
}


def _co2(data: bytes) -> list[Item]:
    return [reading("co2", float(int.from_bytes(data, "big")))]


def _status(data: bytes) -> list[Item]:
    status = int.from_bytes(data, "big")
    faults = [words for bit, words in FAULTS.items() if status & bit]
    return [Gap(Why.INVALID, ", ".join(faults))] if faults else []


class Decoder:
    """Reading ``co2``; a gap for each status that tells of a fault."""

    def __init__(self) -> None:
        co2 = Registers(ANY_ADDRESS, INPUT, 3, 1, _co2).question(PERIOD_S, TIMEOUT_S)
        status = Registers(ANY_ADDRESS, INPUT, 0, 1, _status).question(STATUS_S, TIMEOUT_S)
        dialogue = Dialogue([co2, status])
        self.feed, self.tick = dialogue.feed, dialogue.tick
