import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dsp.locate import travel

numbers = st.floats(-300, 300)


@given(numbers, numbers, st.floats(-20, 20), st.floats(-20, 20), st.floats(300, 360))
def test_sound_that_drifts_with_the_wind_has_gone_the_rest_at_its_own_speed(
    x: float, y: float, east: float, north: float, speed: float
) -> None:
    nodes, wind = np.array([[x, y, 5.0]]), np.array([east, north])
    (taken,) = travel.seconds(np.array([[1.0, 2.0, 1.5]]), nodes, speed, wind)
    went = np.array([x - 1 - east * taken, y - 2 - north * taken, 3.5])
    np.testing.assert_allclose(np.linalg.norm(went), speed * taken, rtol=1e-9)


def test_the_slopes_are_those_of_differences() -> None:
    rng = np.random.default_rng(1)
    nodes = rng.uniform(-300, 300, (6, 3))
    state = np.concatenate([rng.uniform(-300, 300, 3), [340.0], rng.uniform(-8, 8, 2)])

    def seconds(at: np.ndarray[tuple[int], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return travel.seconds(at[None, :3], nodes, at[3], at[4:])

    slopes = travel.slopes(state[None, :3], nodes, state[3], state[4:])
    for k, step in enumerate(1e-4 * np.eye(6)):
        np.testing.assert_allclose((seconds(state + step) - seconds(state - step)) / 2e-4, slopes[:, k], atol=1e-10)
