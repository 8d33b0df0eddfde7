"""What is known before a source is located: where nodes listen, what arrived, and what the air is like."""

import math
from dataclasses import dataclass

KELVIN = 273.15
SPEED_AT_ZERO_M_S = 331.3
"""c = 331.3 √(1 + T/273.15) m/s in dry air; humidity adds 0.4 % at most (O. Cramer, JASA 93, 1993)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node listens, metres: x east, y north, z up. A node that does not listen is not among the places."""

    x_m: float
    y_m: float
    z_m: float


@dataclass(frozen=True, slots=True)
class Arrival:
    """A pulse at a node: when, with the standard deviation of the node's clock and onset.

    ``time_s`` is in any epoch. ``azimuth_deg`` is the compass bearing towards where it came from, clockwise from
    north (+y), and its standard deviation.
    """

    node: str
    time_s: float
    sigma_s: float = 1e-3
    level_db: float | None = None
    azimuth_deg: float | None = None
    azimuth_sigma_deg: float = 5.0


@dataclass(frozen=True, slots=True)
class Air:
    """Temperature and wind, each with what is not known of it (standard deviations; of the wind on each axis).

    ``wind_from_deg`` is where it blows from, clockwise from north, as weather stations say it.
    """

    temperature_c: float = 15.0
    temperature_sigma_c: float = 10.0
    wind_m_s: float = 0.0
    wind_from_deg: float = 0.0
    wind_sigma_m_s: float = 3.0

    @property
    def speed_m_s(self) -> float:
        """Of sound, in still air of this temperature."""
        return SPEED_AT_ZERO_M_S * math.sqrt(1 + self.temperature_c / KELVIN)

    @property
    def speed_sigma_m_s(self) -> float:
        """What the temperature leaves unknown of it."""
        return self.temperature_sigma_c * SPEED_AT_ZERO_M_S**2 / (2 * KELVIN * self.speed_m_s)

    @property
    def wind(self) -> tuple[float, float]:
        """Where it blows to: metres a second east and north."""
        from_rad = math.radians(self.wind_from_deg)
        return -self.wind_m_s * math.sin(from_rad), -self.wind_m_s * math.cos(from_rad)


@dataclass(frozen=True, slots=True)
class Street:
    """How sound behaves in a place, beyond the air. The defaults are for surveyed nodes among houses.

    A direct sound is late or early by ``path_s`` and by ``path_s_per_m`` a metre (standard deviations: survey, terrain,
    paths round corners). A node within ``heard_m`` of a bang tells it with probability ``heard``, which halves at that
    distance and fades over ``heard_fade_m``. What it tells brings ``echoes_per_s`` pulses a second more at once, fading
    by e in ``echo_s``. Nodes tell ``noise_per_s`` pulses of their own at least. Sources stand ``below_nodes_m``
    lower than the nodes around them, give or take ``height_sigma_m``.
    """

    path_s: float = 50e-6
    path_s_per_m: float = 0.0
    heard: float = 0.92
    heard_m: float = 950.0
    heard_fade_m: float = 120.0
    echoes_per_s: float = 1.5
    echo_s: float = 0.45
    noise_per_s: float = 0.02
    below_nodes_m: float = 3.5
    height_sigma_m: float = 5.0
