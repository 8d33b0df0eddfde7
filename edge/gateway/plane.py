"""Where nodes stand, from a JSON file, on one plane in metres.

    {"nodes": {"lamp-1": {"x": 0, "y": 0, "z": 5}, …}}                                  metres east, north, up; or
    {"nodes": {"lamp-1": {"latitude": 52.3731, "longitude": 4.8926, "altitude": 5}, …}}   WGS 84, degrees and metres

``temperature_c`` and ``wind`` may stand beside ``nodes``. Numbers are read as they are written, not as binary floats.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, DecimalException
from pathlib import Path
from typing import NoReturn

import numpy as np

from dsp import wgs84
from dsp.locate.evidence import Air, Place
from dsp.wgs84 import Geodetic
from edge.errors import UserError

MAX_FILE_BYTES = 16 << 20  # a thousand nodes and ten thousand arrivals are 1 MB
MAX_NODES = 10_000
MAX_NAME_CHARACTERS = 64
APART_M = 20_000.0  # from the middle: further away is a slip of the pen, and no plane
LEAST_NODES = 2  # two with bearings can cross them; what one hears has no place
EXAMPLE = '{"nodes": {"a": {"x": 0, "y": 0, "z": 5}, …}}, or "latitude", "longitude" and "altitude" in place of x, y, z'
SITE_KEYS = frozenset({"nodes", "arrivals", "temperature_c", "wind"})

LIMITS: Mapping[str, tuple[float, float]] = {
    "x": (-1e7, 1e7), "y": (-1e7, 1e7), "z": (-1000.0, 10_000.0),
    "latitude": (-90.0, 90.0), "longitude": (-180.0, 180.0), "altitude": (-1000.0, 10_000.0),
    "temperature_c": (-60.0, 60.0), "speed": (0.0, 60.0), "from_deg": (0.0, 360.0),
}  # fmt: skip
"""What each number may be; metres, degrees, °C and m/s."""


@dataclass(frozen=True, slots=True)
class Plane:
    """The nodes' places in metres; x, y and z are 0 at ``origin`` where the file has latitudes."""

    places: Mapping[str, Place]
    origin: Geodetic | None = None

    def geodetic(self, x_m: float, y_m: float, z_m: float) -> Geodetic | None:
        """Latitude and longitude of a point of the plane, where they are known."""
        return wgs84.from_plane(self.origin, np.array([x_m, y_m, z_m])) if self.origin else None


@dataclass(frozen=True, slots=True)
class Site:
    """The nodes, and the air between them."""

    plane: Plane
    air: Air


def load(path: Path) -> Site:
    """The site of a file. UserError names what is wrong in it."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}", f"a JSON file: {EXAMPLE}") from error
    return site(parsed(data, str(path)), str(path))


def parsed(data: bytes, where: str) -> Mapping[str, object]:
    """The object in a JSON file, strictly: no key twice, no NaN; numbers are int or Decimal. UserError otherwise."""
    if len(data) > MAX_FILE_BYTES:
        raise UserError(f"{where} is larger than {MAX_FILE_BYTES >> 20} MB", "name a file of one event's arrivals")
    try:
        found = json.loads(
            data, object_pairs_hook=_no_key_twice, parse_float=Decimal, parse_constant=_no_number,
        )  # fmt: skip
    except (ValueError, RecursionError, DecimalException) as error:
        raise UserError(f"{where} is no JSON: {error}", f"expected {EXAMPLE}") from error
    if not isinstance(found, dict):
        raise UserError(f"{where} holds a {type(found).__name__}; expected an object", f"expected {EXAMPLE}")
    return found


def _no_key_twice(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    keys = [key for key, _ in pairs]
    twice = {key for key in keys if keys.count(key) > 1} if len(set(keys)) < len(keys) else set()
    if twice:
        raise ValueError(f"the key {min(twice)!r} stands there twice")
    return dict(pairs)


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def fields(found: object, where: str, known: frozenset[str]) -> Mapping[str, object]:
    """The object at ``where``, if all of its keys are ``known``. UserError otherwise."""
    if not isinstance(found, dict):
        raise UserError(f"{where} is {found!r:.60}; expected an object", f"it may have {', '.join(sorted(known))}")
    strange = sorted(set(found) - known)
    if strange:
        raise UserError(f"{where} has a key {strange[0]!r:.60}", f"it may have {', '.join(sorted(known))}")
    return found


def number(found: Mapping[str, object], key: str, where: str, limits: tuple[float, float]) -> float:
    """The number of ``key`` in the object at ``where``. UserError if it is missing, none, or beyond its limits."""
    value, (least, most) = found.get(key), limits
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not least <= value <= most:
        shown = str(value) if isinstance(value, Decimal) else repr(value)
        raise UserError(
            f"{where}.{key} {f'is {shown:.40}' if key in found else 'is missing'}",
            f"expected a number from {least:g} to {most:g}",
        )
    return float(value)


def site(found: Mapping[str, object], where: str) -> Site:
    """The site in a file's object, whose other keys are those of ``lamppost locate``."""
    keys = fields(found, where, SITE_KEYS)
    return Site(_plane(keys.get("nodes")), _air(keys))


def _air(found: Mapping[str, object]) -> Air:
    measured = {}
    if "temperature_c" in found:
        measured["temperature_c"] = number(found, "temperature_c", "the file", LIMITS["temperature_c"])
        measured["temperature_sigma_c"] = MEASURED_SIGMA_C
    if "wind" in found:
        wind = fields(found["wind"], "wind", frozenset({"speed", "from_deg"}))
        measured["wind_m_s"] = number(wind, "speed", "wind", LIMITS["speed"])
        measured["wind_from_deg"] = number(wind, "from_deg", "wind", LIMITS["from_deg"])
        measured["wind_sigma_m_s"] = MEASURED_SIGMA_M_S
    return Air(**measured)


MEASURED_SIGMA_C = 3.0  # of a street's air against a thermometer somewhere in it
MEASURED_SIGMA_M_S = 1.5  # an axis, of a street's wind against an anemometer somewhere


def _plane(found: object) -> Plane:
    if not isinstance(found, dict) or not LEAST_NODES <= len(found) <= MAX_NODES:
        what = f"{len(found)} nodes" if isinstance(found, dict) else "no nodes"
        raise UserError(f"there are {what}; expected {LEAST_NODES} to {MAX_NODES}", f"expected {EXAMPLE}")
    for name in found:
        if not 0 < len(name) <= MAX_NAME_CHARACTERS:
            raise UserError(f"a node is called {name!r:.80}", f"names have 1 to {MAX_NAME_CHARACTERS} characters")
    geodetic = ["latitude" in node or "longitude" in node for node in found.values() if isinstance(node, dict)]
    if any(geodetic) and not all(geodetic):
        raise UserError("some nodes have latitudes and some x and y", "give all of them in one way")
    plane = _by_latitude(found) if any(geodetic) else Plane({name: _flat(name, node) for name, node in found.items()})
    _near_each_other(plane)
    return plane


def _flat(name: str, node: object) -> Place:
    where = f"nodes.{name}"
    keys = fields(node, where, frozenset("xyz"))
    x, y = (number(keys, key, where, LIMITS[key]) for key in "xy")
    return Place(x, y, number(keys, "z", where, LIMITS["z"]) if "z" in keys else 0.0)


def _by_latitude(found: Mapping[str, object]) -> Plane:
    """On the plane that touches the ellipsoid below the nodes' middle."""
    places = {name: _round(name, node) for name, node in found.items()}
    middle = wgs84.geodetic(np.mean([wgs84.ecef(place) for place in places.values()], axis=0))
    origin = Geodetic(middle.latitude_deg, middle.longitude_deg)
    return Plane({name: Place(*map(float, wgs84.to_plane(origin, place))) for name, place in places.items()}, origin)


def _round(name: str, node: object) -> Geodetic:
    where = f"nodes.{name}"
    keys = fields(node, where, frozenset({"latitude", "longitude", "altitude"}))
    latitude, longitude = (number(keys, key, where, LIMITS[key]) for key in ("latitude", "longitude"))
    return Geodetic(
        latitude, longitude, number(keys, "altitude", where, LIMITS["altitude"]) if "altitude" in keys else 0.0
    )


def _near_each_other(plane: Plane) -> None:
    points = np.array([(place.x_m, place.y_m, place.z_m) for place in plane.places.values()])
    away_m = np.linalg.norm(points - np.median(points, axis=0), axis=1)
    if away_m.max() > APART_M:
        name = list(plane.places)[int(away_m.argmax())]
        hint = "are latitude and longitude exchanged, or a sign lost?" if plane.origin else "x, y and z are metres"
        raise UserError(f"node {name} is {away_m.max() / 1000:.0f} km from the middle of all", hint)
