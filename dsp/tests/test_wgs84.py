"""WGS 84 against the defining axes, a published geodesic, and the radii of curvature."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.wgs84 import Geodetic, ecef, from_plane, geodetic, to_plane

SEMI_MINOR_M = 6_356_752.3142  # TR8350.2, table 3.3

places = st.builds(Geodetic, st.floats(-90, 90), st.floats(-180, 180), st.floats(-400, 9000))
points = st.tuples(*[st.floats(-20_000, 20_000)] * 2, st.floats(-100, 500)).map(np.array)


@pytest.mark.parametrize(
    ("place", "point"),
    [
        (Geodetic(0, 0), (6_378_137, 0, 0)),
        (Geodetic(0, 90, 100), (0, 6_378_237, 0)),
        (Geodetic(90, 0), (0, 0, SEMI_MINOR_M)),
        (Geodetic(-90, 0, 50), (0, 0, -SEMI_MINOR_M - 50)),
    ],
)
def test_the_axes_are_where_the_standard_has_them(place: Geodetic, point: tuple[float, float, float]) -> None:
    np.testing.assert_allclose(ecef(place), point, atol=1e-4)


@given(place=places)
def test_what_goes_to_the_centre_comes_back(place: Geodetic) -> None:
    back = geodetic(ecef(place))
    np.testing.assert_allclose(ecef(back), ecef(place), atol=1e-6)
    assert back.latitude_deg == pytest.approx(place.latitude_deg, abs=1e-9)
    assert back.height_m == pytest.approx(place.height_m, abs=1e-5)


@given(origin=places, point=points)
def test_what_goes_to_the_plane_comes_back(
    origin: Geodetic, point: "np.ndarray[tuple[int], np.dtype[np.float64]]"
) -> None:
    np.testing.assert_allclose(to_plane(origin, from_plane(origin, point)), point, atol=1e-5)


@pytest.mark.parametrize("latitude_deg", [-60.0, 0.0, 52.4])
def test_small_steps_are_as_long_as_the_radii_of_curvature_have_them(latitude_deg: float) -> None:
    """Meridian and prime vertical by their textbook formulas, of the axes alone."""
    a, b, step_deg = 6_378_137.0, SEMI_MINOR_M, 1e-3
    sine, cosine = np.sin(np.deg2rad(latitude_deg)), np.cos(np.deg2rad(latitude_deg))
    bent = np.hypot(a * cosine, b * sine)
    north_m, east_m = np.deg2rad(step_deg) * (a * b) ** 2 / bent**3, np.deg2rad(step_deg) * a**2 / bent * cosine
    origin = Geodetic(latitude_deg, 4.9)
    assert to_plane(origin, Geodetic(latitude_deg + step_deg, 4.9))[1] == pytest.approx(north_m, rel=1e-5)
    east, north, _ = to_plane(origin, Geodetic(latitude_deg, 4.9 + step_deg))
    assert east == pytest.approx(east_m, rel=1e-6)
    assert abs(north) < 0.01


def test_a_kilometre_away_the_ground_lies_eight_centimetres_below() -> None:
    origin = Geodetic(52.37, 4.89)
    away = from_plane(origin, np.array([1000.0, 0.0, 0.0]))
    assert away.height_m == pytest.approx(1000**2 / 2 / 6_390_000, abs=0.002)
