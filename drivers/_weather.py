"""The letters by which weather instruments name a unit: to ours, a factor and what is added.

Source: Vaisala, WXT530 Series User Guide M211840EN, table 20, for its ASCII and for the XDR sentences of NMEA 0183,
whose own letters (C, D, B, P, K, M, N, V) are among them.
"""

from collections.abc import Mapping
from typing import TypeAlias

from drivers._nmea import KNOT_M_S

Units: TypeAlias = Mapping[str, tuple[float, float]]

INCH_MM = 25.4
INCH_OF_MERCURY_HPA = 33.86389
MILE_KM = 1.609344
SAME = (1.0, 0.0)

DEGREES: Units = {"D": SAME}
SPEED: Units = {"M": SAME, "K": (1 / 3.6, 0.0), "N": (KNOT_M_S, 0.0), "S": (MILE_KM / 3.6, 0.0)}
CELSIUS: Units = {"C": SAME, "F": (1 / 1.8, -32 / 1.8)}
PER_CENT: Units = {"P": SAME}
PRESSURE: Units = {
    "H": SAME,
    "P": (0.01, 0.0),
    "B": (1000.0, 0.0),
    "M": (1.333224, 0.0),  # millimetres of mercury
    "I": (INCH_OF_MERCURY_HPA, 0.0),
}
RAIN: Units = {"M": SAME, "I": (INCH_MM, 0.0)}
HAIL: Units = {"M": SAME, "I": (100 / INCH_MM**2, 0.0)}  # hits per cm² or square inch; "H", hits alone, are none
HEATER: Units = dict.fromkeys("NVWF", SAME)  # off, half power, full power, half power when cold
VOLT: Units = {"V": SAME}


def converted(value: float, letter: str, units: Units) -> float:
    """In our unit; ValueError for a letter that stands for none of this kind."""
    if letter not in units:
        raise ValueError(f"unit {letter!r} is none of {', '.join(units)}")
    factor, added = units[letter]
    return value * factor + added
