"""What a number means that a configured sensor gives: the quantity, and how it becomes that quantity's unit.

value = number · scale + offset        told if least ≤ value ≤ most
"""

import math
import re
from dataclasses import dataclass

from drivers._types import Gap, Item, Reading, Why
from drivers._units import SENML_UNITS, UCUM_UNITS, UNITS

QUANTITY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
DIGITS = 12  # told of a value: 189 · 0.1 is 18.9, not 18.900000000000002


@dataclass(frozen=True, slots=True)
class Meaning:
    """Of one number. ``unit`` may be left out where the quantity has its own (:data:`drivers._units.UNITS`).

    ``channel`` tells values of one quantity apart; where it is -1, whoever reads them has a number for them.
    """

    quantity: str
    unit: str = ""
    scale: float = 1.0
    offset: float = 0.0
    least: float = -math.inf
    most: float = math.inf
    channel: int = -1

    def __post_init__(self) -> None:
        if not QUANTITY.fullmatch(self.quantity):
            raise ValueError(f"{self.quantity!r} is no quantity; expected letters, digits and _, such as 'wind_speed'")
        known = UNITS.get(self.quantity, "")
        if known and self.unit not in ("", known):
            raise ValueError(f"unit of {self.quantity} is {self.unit!r}; expected {known!r}: let scale and offset fit")
        if not known and self.unit not in SENML_UNITS | UCUM_UNITS:
            raise ValueError(f"unit of {self.quantity} is {self.unit!r}; expected a SenML unit, such as 'V' or 'Cel'")
        if not self.scale or not self.least < self.most or self.channel < -1:
            found = f"scale {self.scale:g}, least {self.least:g}, most {self.most:g}, channel {self.channel}"
            raise ValueError(f"{self.quantity} has {found}; expected a scale that is not 0, least < most, channel >= 0")

    def items(self, number: float, channel: int) -> list[Item]:
        """The reading that ``number`` is, on its own channel or this; or why there is none."""
        if not math.isfinite(number):
            return [Gap(Why.INVALID, f"{self.quantity} is {number}: no value")]
        value = float(f"{number * self.scale + self.offset:.{DIGITS}g}")
        unit = self.unit or UNITS[self.quantity]
        if not (math.isfinite(value) and self.least <= value <= self.most):
            words = f"{self.quantity} {value:.6g} {unit}"
            return [Gap(Why.IMPLAUSIBLE, f"{words}: beyond {self.least:g} to {self.most:g}")]
        return [Reading(self.quantity, value, unit, channel if self.channel < 0 else self.channel)]
