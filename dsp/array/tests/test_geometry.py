"""What arrays of all shapes can tell."""

import numpy as np
import pytest

from dsp.array.geometry import Geometry, azimuth_deg, elevation_deg
from dsp.array.tests.waves import LINE, SQUARE, TETRAHEDRON, Array, toward


@pytest.mark.parametrize(
    ("places", "rank"), [(TETRAHEDRON, 3), (SQUARE, 2), (LINE, 1), (np.zeros((3, 3)), 0)], ids=["3", "2", "1", "0"]
)
def test_microphones_span_space_a_plane_a_line_or_nothing(places: Array, rank: int) -> None:
    assert Geometry(places).rank == Geometry(places + 7).rank == rank


def test_a_height_that_hardly_is_one_does_not_count() -> None:
    assert Geometry(SQUARE + np.array([0, 0, 0.001]) * np.array([[1], [0], [0], [0]])).rank == 2


@pytest.mark.parametrize("places", [TETRAHEDRON, SQUARE, LINE], ids=["space", "plane", "line"])
@pytest.mark.parametrize("spacing", [0.3, 0.1])
def test_no_direction_is_far_from_a_point_of_the_grid(places: Array, spacing: float) -> None:
    geometry = Geometry(places)
    for azimuth, elevation in ((0, 0), (33, -70), (250, 10), (111, 85)):
        shadow = toward(azimuth, elevation) @ geometry.basis
        assert np.linalg.norm(geometry.grid(spacing) - shadow, axis=1).min() < spacing


@pytest.mark.parametrize("places", [TETRAHEDRON, SQUARE], ids=["space", "plane"])
def test_a_direction_below_the_array_comes_back_from_its_shadow(places: Array) -> None:
    geometry, vector = Geometry(places), toward(33, -20)
    assert geometry.directions((vector @ geometry.basis)[None])[0] == pytest.approx(vector)


def test_a_shadow_longer_than_any_directions_is_that_of_a_level_one() -> None:
    geometry = Geometry(SQUARE)
    vector = geometry.directions((1.3 * toward(33) @ geometry.basis)[None])[0]
    assert (azimuth_deg(vector), elevation_deg(vector)) == pytest.approx((33, 0), abs=1e-5)


def test_a_mirror_image_has_the_same_shadow() -> None:
    for places in (SQUARE, LINE):
        geometry, vector = Geometry(places), toward(33, 20)
        image = geometry.mirrored(vector)
        assert image @ geometry.basis == pytest.approx(vector @ geometry.basis)
        assert np.linalg.norm(image - vector) > 0.1
