"""Air that moves: how long sound takes through it.

    | p + w·t - q | = c·t      sound from p is at q when the sphere around p, which the wind w carries, gets there

Uniform over the block: no gusts, no lower speed near the ground, no bending of rays.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulators.street.propagation import CELSIUS, HUMIDITY_PERCENT, speed_m_s

COLDEST_C, HOTTEST_C = -50.0, 60.0
STORM_M_S = 60.0


@dataclass(frozen=True, slots=True)
class Air:
    """One atmosphere of it; the wind is named by where it comes from, clockwise from north."""

    temperature_c: float = CELSIUS
    humidity_percent: float = HUMIDITY_PERCENT
    wind_m_s: float = 0.0
    wind_from_deg: float = 0.0

    def __post_init__(self) -> None:
        if not COLDEST_C <= self.temperature_c <= HOTTEST_C:
            raise ValueError(f"temperature_c is {self.temperature_c:g}; expected {COLDEST_C:g} to {HOTTEST_C:g}")
        if not 0 < self.humidity_percent <= 100:
            raise ValueError(f"humidity_percent is {self.humidity_percent:g}; expected above 0, to 100")
        if not 0 <= self.wind_m_s <= STORM_M_S:
            raise ValueError(f"the wind's speed is {self.wind_m_s:g}; expected 0 to {STORM_M_S:g} m/s")

    @property
    def wind(self) -> NDArray[np.float64]:
        """Velocity in m/s: east, north, up."""
        towards = np.radians(self.wind_from_deg) + np.pi
        return np.array((np.sin(towards), np.cos(towards), 0.0)) * self.wind_m_s

    def travel_s(self, start: NDArray[np.float64], stop: NDArray[np.float64]) -> NDArray[np.float64]:
        """From ``start`` to ``stop``, each of shape (…, 3), in a straight line."""
        way, wind = stop - start, self.wind
        carried = way @ wind
        slower = speed_m_s(self.temperature_c) ** 2 - wind @ wind
        return np.asarray((np.sqrt(carried**2 + slower * np.sum(way**2, axis=-1)) - carried) / slower)
