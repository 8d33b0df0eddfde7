"""Transmitters on a Modbus RTU bus, read after their register tables: noise, weather, gas, water level, solar power.

    [sensors.bus]                                     01 03 00 00 00 01 84 0A      asked of slave 1: register 0
    driver = "modbus"                                 01 03 02 02 26 38 FE         0226 is 550: 55.0 dB
    slaves.1.table = "noise"
    slaves.2.table = "renke_wind renke_air"           ready tables, drivers/_modbus_tables.py
    slaves.9.registers.wind_speed = { register = 0x16, scale = 0.1, most = 60 }

Registers that follow each other without a hole are read by one request: what is asked across a hole, many slaves
refuse. Each slave is asked more seldom while it is silent, and the others no later. Nothing is ever written.

A transmitter's own "noise level" is A-weighted; over which time it averages, its makers do not say. Source: drivers/
_modbus.py; what was held against real devices, drivers/_modbus_tables.py tells.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from drivers._dialogue import Dialogue, Question
from drivers._meaning import Meaning
from drivers._modbus import ADDRESSES, PAUSE_S, Registers
from drivers._modbus_register import Register
from drivers._modbus_tables import TABLES
from drivers._sheet import Evidence, Sheet
from drivers._types import Item, Line

LINE = Line(4800)
PERIOD_S = 2.0
GREETING = b""
SHEET = Sheet(
    models="Modbus RTU transmitters: noise (Taidacent, Renke, GEMHO), weather (Renke RS-FSXCS), air and gas (JXCT), "
    "radar level (DFRobot SEN0676, HLK-LD8001H), solar chargers (EPEver LS-B, Tracer); any other by its registers",
    reads={},
    wiring="RS-485, 10-30 V supply, 120 ohm at both ends; SEN0676 and LD8001H have TTL",
    check="CRC-16, address, function and count of bytes",
    traps="one baud rate for a whole bus, which this driver takes to be 4800 as noise transmitters have it: set baud "
    "(JXCT, GEMHO 9600; SEN0676, EPEver 115200); each leaves its factory with address 1; the same register means "
    "something else on another model; a part that is not fitted reads 0; some RS-FSXCS tell wind in 0.01 m/s; the "
    "SEN0676 knows no level before its height was set",
    evidence=Evidence.DOCUMENTED,
    probes=(bytes.fromhex("010300000001840a"),),
)

MOST_TOGETHER = 32  # registers in one answer: 0.14 s at 4800 Bd, and what small slaves have room for
MOST_SLAVES = 32  # unit loads of an RS-485 bus
LONGEST_S = 3600.0

Run: TypeAlias = list[tuple[str, Register]]
"""Quantities of one slave whose registers follow each other."""


@dataclass(frozen=True, slots=True)
class Slave:
    """One transmitter. ``table`` names ready tables, with spaces between; ``registers`` come beside or in their place.

    Without ``together`` each quantity is asked for alone: some slaves answer nothing else. ``channel`` is that of its
    readings. Where it is -1, that is the slave's address for a quantity that several slaves give, and 0 for others.
    """

    table: str = ""
    registers: Mapping[str, Register] = field(default_factory=dict)
    together: bool = True
    channel: int = -1

    def __post_init__(self) -> None:
        if unknown := [name for name in self.table.split() if name not in TABLES]:
            raise ValueError(f"table has {unknown[0]!r}; expected names, with spaces between, of: {', '.join(TABLES)}")
        if not self.quantities():
            raise ValueError("it has neither table nor registers; expected one of them")
        if self.channel < -1:
            raise ValueError(f"channel is {self.channel}; expected no less than -1")
        for quantity, register in self.registers.items():
            register.meaning(quantity)

    def quantities(self) -> Mapping[str, Register]:
        """All that it gives."""
        ready = (TABLES[name] for name in self.table.split())
        return {quantity: register for table in (*ready, self.registers) for quantity, register in table.items()}

    def runs(self) -> Iterator[Run]:
        """Its quantities as they are asked for: those of one request together."""
        run: Run = []
        for quantity, register in sorted(self.quantities().items(), key=lambda one: _place(one[1])):
            if run and not (self.together and _joins(run, register)):
                yield run
                run = []
            run.append((quantity, register))
        yield run


def _place(register: Register) -> tuple[int, float, int]:
    return register.function, register.period_s, register.register


def _joins(run: Run, register: Register) -> bool:
    """Whether a register has no hole between itself and the run, and is read as it is."""
    first, behind = run[0][1], max(one.behind for _, one in run)
    alike = _place(first)[:2] == _place(register)[:2]
    return alike and register.register <= behind and register.behind - first.register <= MOST_TOGETHER


@dataclass(frozen=True, slots=True)
class Settings:
    """The bus: ``slaves`` by their addresses, each asked every ``period_s``, an answer awaited for ``timeout_s``."""

    slaves: Mapping[str, Slave] = field(default_factory=lambda: {"1": Slave("noise")})
    period_s: float = PERIOD_S
    timeout_s: float = 0.5

    def __post_init__(self) -> None:
        for address in self.slaves:
            if address not in map(str, ADDRESSES):
                raise ValueError(f"slaves has {address!r}; expected addresses, {ADDRESSES[0]} to {ADDRESSES[-1]}")
        if not 0 < len(self.slaves) <= MOST_SLAVES:
            raise ValueError(f"slaves has {len(self.slaves)} tables; expected 1 to {MOST_SLAVES}")
        if not 0 < self.timeout_s <= self.period_s <= LONGEST_S:
            found = f"timeout_s is {self.timeout_s:g}, period_s {self.period_s:g}"
            raise ValueError(f"{found}; expected 0 < timeout_s <= period_s <= {LONGEST_S:g}")
        often_s = min(r.period_s or self.period_s for one in self.slaves.values() for r in one.quantities().values())
        if often_s > self.period_s:
            raise ValueError(f"period_s is {self.period_s:g}; expected {often_s:g}: no register is read more often")
        told = Counter(
            (name, self.channel(one, name)) for one, slave in self.slaves.items() for name in slave.quantities()
        )
        if twice := [f"{name} on channel {channel}" for (name, channel), count in told.items() if count > 1]:
            raise ValueError(f"several slaves give {twice[0]}; expected another channel of each")

    def channel(self, address: str, quantity: str) -> int:
        """That of a slave's readings of a quantity."""
        slave = self.slaves[address]
        if slave.channel >= 0:
            return slave.channel
        return int(address) if sum(quantity in one.quantities() for one in self.slaves.values()) > 1 else 0

    def questions(self) -> list[Question]:
        """What the slaves are asked, in the order of their addresses."""
        slaves = sorted(self.slaves.items(), key=lambda one: int(one[0]))
        return [self._question(address, run) for address, slave in slaves for run in slave.runs()]

    def _question(self, address: str, run: Run) -> Question:
        first, behind = run[0][1], max(register.behind for _, register in run)
        rows = [(register, register.meaning(name), self.channel(address, name)) for name, register in run]
        decode = partial(_decoded, int(address), rows)
        asked = Registers(int(address), first.function, first.register, behind - first.register, decode)
        return asked.question(first.period_s or self.period_s, self.timeout_s)


def _decoded(slave: int, rows: Sequence[tuple[Register, Meaning, int]], data: bytes) -> list[Item]:
    first = rows[0][0].register
    items: list[Item] = []
    for register, meaning, channel in rows:
        of_it = data[2 * (register.register - first) : 2 * (register.behind - first)]
        items += register.items(meaning, of_it, slave, channel)
    return items


SETTINGS = Settings()


class Decoder:
    """Readings of the slaves' quantities; gaps for what is silent, refused, not there or beyond its limits."""

    def __init__(self, settings: Settings = SETTINGS) -> None:
        dialogue = Dialogue(settings.questions(), PAUSE_S)
        self.feed, self.tick = dialogue.feed, dialogue.tick
