"""A quantity in a Modbus register, or in two: where it lies and how it is read there.

number = its bits of ``mask``, moved down        value = number · scale + offset, told if least ≤ value ≤ most
"""

import math
from dataclasses import dataclass, replace

from drivers._meaning import Meaning
from drivers._modbus import HOLDING, INPUT, KINDS, REGISTERS, Kind, number
from drivers._types import Gap, Item, Why


@dataclass(frozen=True, slots=True)
class Register:
    """One row of a transmitter's register table; see :class:`drivers._meaning.Meaning` for what becomes of its number.

    ``register`` is its number on the wire, from 0: what a manual calls 40001 is holding register 0. ``function`` is
    3 for holding registers, 4 for input registers. A ``type`` of 32 bits takes two registers, the high word in the
    first, unless ``low_word_first``. ``mask`` picks bits of a status word. It is asked for each ``period_s``, or as
    often as the rest where that is 0.
    """

    register: int
    type: str = "u16"
    scale: float = 1.0
    offset: float = 0.0
    unit: str = ""
    least: float = -math.inf
    most: float = math.inf
    function: int = HOLDING
    low_word_first: bool = False
    mask: int = 0
    period_s: float = 0.0

    def __post_init__(self) -> None:
        if self.type not in KINDS:
            raise ValueError(f"type is {self.type!r}; expected one of {', '.join(map(repr, KINDS))}")
        last = REGISTERS[-self.kind.registers]
        if not 0 <= self.register <= last:
            raise ValueError(f"register is {self.register}; expected 0 to {last}, as it is on the wire")
        if self.function not in (HOLDING, INPUT):
            raise ValueError(f"function is {self.function}; expected 3 (holding registers) or 4 (input registers)")
        if self.mask and (self.kind.code not in "HI" or not 0 < self.mask < 1 << self.kind.registers * 16):
            raise ValueError(f"mask is {self.mask}, type {self.type!r}; expected bits of an unsigned type")
        if self.period_s < 0:
            raise ValueError(f"period_s is {self.period_s:g}; expected no less than 0")

    @property
    def kind(self) -> Kind:
        """What ``type`` names."""
        return KINDS[self.type]

    @property
    def behind(self) -> int:
        """The register behind it."""
        return self.register + self.kind.registers

    def meaning(self, quantity: str) -> Meaning:
        """What its number means. ValueError where ``quantity``, unit, scale or limits make no sense."""
        return Meaning(quantity, self.unit, self.scale, self.offset, self.least, self.most)

    def items(self, meaning: Meaning, data: bytes, slave: int, channel: int) -> list[Item]:
        """The reading that its bytes are, or why there is none."""
        raw = number(data, self.kind, self.low_word_first)
        if not math.isfinite(raw) or (raw in self.kind.none and not self.mask):
            return [Gap(Why.INVALID, f"slave {slave}: {meaning.quantity} is {data.hex()}, which says: no value")]
        items = meaning.items(self._bits(raw), channel)
        return [
            replace(item, detail=f"slave {slave}: {item.detail}") if isinstance(item, Gap) else item for item in items
        ]

    def _bits(self, raw: float) -> float:
        """Those of ``mask``, moved down to the lowest."""
        lowest = self.mask & -self.mask
        return (int(raw) & self.mask) // lowest if self.mask else raw
