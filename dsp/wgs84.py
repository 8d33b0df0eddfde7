"""Latitude and longitude to metres on a plane, and back (WGS 84; NIMA TR8350.2, 3rd ed.).

    latitude, longitude, height ── ECEF: x to 0° 0°, z to the north pole ── rotated: east, north, up of an origin

The plane touches the ellipsoid at the origin; a kilometre away the ground is 8 cm below it. Distances are true.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.recursive import Array

SEMI_MAJOR_M = 6_378_137.0
FLATTENING = 1 / 298.257_223_563
ECCENTRICITY_2 = FLATTENING * (2 - FLATTENING)
ROUNDS = 6  # of the iteration for the latitude; each takes 150 times off the error, and near the ground three do


@dataclass(frozen=True, slots=True)
class Geodetic:
    """A place by degrees, north and east positive, and metres above the ellipsoid."""

    latitude_deg: float
    longitude_deg: float
    height_m: float = 0.0


def ecef(place: Geodetic) -> Array:
    """Earth-centred coordinates in metres, shape (3,)."""
    latitude, longitude = np.deg2rad((place.latitude_deg, place.longitude_deg))
    across = SEMI_MAJOR_M / np.sqrt(1 - ECCENTRICITY_2 * np.sin(latitude) ** 2)  # radius of the prime vertical
    flat = (across + place.height_m) * np.cos(latitude)
    up = (across * (1 - ECCENTRICITY_2) + place.height_m) * np.sin(latitude)
    return np.array([flat * np.cos(longitude), flat * np.sin(longitude), up])


def geodetic(point: Array) -> Geodetic:
    """The place at earth-centred coordinates, shape (3,), not near the earth's centre."""
    x, y, z = point
    flat = np.hypot(x, y)
    latitude = np.arctan2(z, flat * (1 - ECCENTRICITY_2))
    for _ in range(ROUNDS):
        across = SEMI_MAJOR_M / np.sqrt(1 - ECCENTRICITY_2 * np.sin(latitude) ** 2)
        latitude = np.arctan2(z + ECCENTRICITY_2 * across * np.sin(latitude), flat)
    sine, cosine = np.sin(latitude), np.cos(latitude)
    height = flat * cosine + z * sine - SEMI_MAJOR_M * np.sqrt(1 - ECCENTRICITY_2 * sine**2)
    return Geodetic(float(np.rad2deg(latitude)), float(np.rad2deg(np.arctan2(y, x))), float(height))


def _axes(origin: Geodetic) -> NDArray[np.float64]:
    """East, north and up of the origin, in earth-centred coordinates: one a row."""
    latitude, longitude = np.deg2rad((origin.latitude_deg, origin.longitude_deg))
    (s, c), (sl, cl) = (np.sin(latitude), np.cos(latitude)), (np.sin(longitude), np.cos(longitude))
    return np.array([[-sl, cl, 0.0], [-s * cl, -s * sl, c], [c * cl, c * sl, s]])


def to_plane(origin: Geodetic, place: Geodetic) -> Array:
    """East, north and up of ``place`` from ``origin`` in metres, shape (3,)."""
    east_north_up: Array = _axes(origin) @ (ecef(place) - ecef(origin))
    return east_north_up


def from_plane(origin: Geodetic, point: Array) -> Geodetic:
    """The place that lies ``point`` metres east, north and up of ``origin``."""
    return geodetic(ecef(origin) + _axes(origin).T @ point)
