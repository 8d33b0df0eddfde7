"""What the configuration says of an array of microphones."""

import math
from dataclasses import dataclass
from itertools import combinations

MOST_MICROPHONES = 8
LEAST_APART_M = 0.005  # nearer, and 48 kHz would tell no direction
MOST_APART_M = 5.0  # further, and it is no array: the front of a wave from across the street is bent
MOST_PLACE_ERROR_M = 0.1


@dataclass(frozen=True, slots=True)
class ArrayTable:
    """[sensors.NAME.array]: where the microphones are, in the order of the channels, and where the array looks.

    ``microphones_m`` are x right, y forward, z up; ``heading_deg`` is the bearing of y, clockwise from true north;
    ``place_error_m`` is how well the places are known, a standard deviation of each coordinate.
    """

    microphones_m: tuple[tuple[float, ...], ...]
    heading_deg: float
    place_error_m: float = 0.0005

    def __post_init__(self) -> None:
        if not 2 <= len(self.microphones_m) <= MOST_MICROPHONES or any(len(place) != 3 for place in self.microphones_m):
            raise ValueError(f"microphones_m has {self._shape()}; expected 2 to {MOST_MICROPHONES} places of x, y, z")
        apart_m = [math.dist(one, other) for one, other in combinations(self.microphones_m, 2)]
        if min(apart_m) < LEAST_APART_M or max(apart_m) > MOST_APART_M:
            raise ValueError(
                f"microphones_m lie {min(apart_m):g} to {max(apart_m):g} m apart; "
                f"expected {LEAST_APART_M:g} to {MOST_APART_M:g} m"
            )
        if not 0 <= self.heading_deg < 360:
            raise ValueError(f"heading_deg is {self.heading_deg:g}; expected 0 to less than 360")
        if not 0 <= self.place_error_m <= MOST_PLACE_ERROR_M:
            raise ValueError(f"place_error_m is {self.place_error_m:g}; expected 0 to {MOST_PLACE_ERROR_M:g}")

    def _shape(self) -> str:
        return f"{len(self.microphones_m)} places of {sorted({len(place) for place in self.microphones_m})} numbers"
