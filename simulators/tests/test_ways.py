"""How sound gets about a block, against closed forms, a minimum found by another way, and the standard's formula."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar

from simulators.street.air import Air
from simulators.street.detours import Bend
from simulators.street.houses import House, Houses
from simulators.street.listener import transfer
from simulators.street.propagation import GROUND_KEEPS, SPEED_M_S, WALL_KEEPS, Point, absorption_db_m
from simulators.street.ways import Way, ways

WINDY = Air(wind_m_s=12.0, wind_from_deg=200.0)
WALL = House(west=-500, east=500, south=-20, north=-10, height=30)  # its façade at y = -10
ACROSS = House(west=-10, east=10, south=-30, north=50, height=20)


def carried_s(air: Air, start: Point, stop: Point, speed_m_s: float) -> float:
    """By a search for when the sphere that the wind carries gets there."""
    towards = np.radians(air.wind_from_deg + 180)
    wind = air.wind_m_s * np.array((np.sin(towards), np.cos(towards), 0))
    way = np.subtract(stop, start)
    return float(brentq(lambda t: np.linalg.norm(wind * t - way) - speed_m_s * t, 0, 100, xtol=1e-12, rtol=1e-14))


@pytest.mark.parametrize("seed", range(20))
def test_sound_is_carried_by_the_wind(seed: int) -> None:
    rng = np.random.default_rng(seed)
    start, stop = rng.uniform(-500, 500, (2, 3))
    air = Air(rng.uniform(-20, 40), wind_m_s=rng.uniform(0, 30), wind_from_deg=rng.uniform(0, 360))
    speed_m_s = 331.3 * (1 + air.temperature_c / 273.15) ** 0.5
    expected = carried_s(air, tuple(start), tuple(stop), speed_m_s)
    assert float(air.travel_s(start, stop)) == pytest.approx(expected, abs=1e-9)


def test_a_west_wind_hastens_sound_that_goes_east() -> None:
    air = Air(wind_m_s=10, wind_from_deg=270)
    place, east = np.array((0.0, 0, 2)), np.array((100.0, 0, 2))
    assert air.travel_s(place, east) == pytest.approx(100 / (SPEED_M_S + 10), abs=1e-12)
    assert air.travel_s(east, place) == pytest.approx(100 / (SPEED_M_S - 10), abs=1e-12)


def test_pressure_falls_with_distance() -> None:
    frequency_hz = np.array([125.0, 1000.0, 4000.0])
    heard = []
    for away_m in (50.0, 200.0):
        (way,) = ways(Houses([]), Air(), (0, 0, 900), (away_m, 0, 900), 0)[:1]
        heard.append(np.abs(transfer((way,), Air(), np.array([(away_m, 0.0, 900.0)]), frequency_hz, 0))[0])
    in_air = 10 ** (absorption_db_m(frequency_hz) * 150 / 20)
    np.testing.assert_allclose(heard[0] / heard[1], 4 * in_air, rtol=1e-12)


def test_warm_and_dry_air_absorbs_more_of_high_sounds() -> None:
    at_hz = np.array([1000 * 10**0.9])  # the exact mid-band of 8 kHz
    # ISO 9613-2:1996, table 2, three of its rows
    for celsius, percent, db_km in ((20.0, 70.0, 76.6), (30.0, 70.0, 59.3), (15.0, 20.0, 202.0)):
        assert 1000 * absorption_db_m(at_hz, celsius, percent)[0] == pytest.approx(db_km, rel=0.01)


def test_a_facade_answers_from_behind_itself() -> None:
    source, target = (0.0, 20.0, 1.5), (80.0, 0.0, 5.0)
    direct, ground, echo, both = ways(Houses([WALL]), Air(), source, target, 1)
    mirrored = (0.0, -40.0, 1.5)
    assert echo.length_m == pytest.approx(np.linalg.norm(np.subtract(target, mirrored)), rel=1e-12)
    assert echo.time_s - direct.time_s == pytest.approx((echo.length_m - direct.length_m) / SPEED_M_S, abs=1e-9)
    np.testing.assert_allclose(echo.image, mirrored, atol=1e-9)
    np.testing.assert_allclose(both.image, (0.0, -40.0, -1.5), atol=1e-9)
    keeps = [way.keeps for way in (direct, ground, echo, both)]
    assert keeps == pytest.approx([1, GROUND_KEEPS, WALL_KEEPS, GROUND_KEEPS * WALL_KEEPS])
    heard = [np.abs(_alone(way, target)) for way in (direct, echo)]
    assert heard[1] / heard[0] == pytest.approx(WALL_KEEPS * direct.length_m / echo.length_m, rel=1e-3)


def _alone(way: Way, target: Point) -> float:
    """Pressure of a way at 100 Hz, where air takes nothing to speak of."""
    return abs(complex(transfer((way,), Air(), np.array([target]), np.array([100.0]), 0)[0, 0]))


def test_a_facade_answers_only_where_it_stands() -> None:
    short = House(west=100, east=200, south=-20, north=-10, height=30)
    low = House(west=-500, east=500, south=-20, north=-10, height=3.8)
    for house in (short, low):
        found = ways(Houses([house]), Air(), (0, 20, 1.5), (80, 0, 5), 1)
        assert {way.keeps for way in found} <= {1.0, GROUND_KEEPS, GROUND_KEEPS * WALL_KEEPS}
        assert len(found) == (2 if house is short else 3)  # met at 4.1 m; by way of the ground at 3.4 m


def test_sound_goes_to_and_fro_between_two_facades_as_often_as_is_asked() -> None:
    canyon = Houses([WALL, House(west=-500, east=500, south=10, north=20, height=30)])
    found = [ways(canyon, Air(), (0, 0, 2), (60, 0, 2), order) for order in range(4)]
    assert [len(by) for by in found] == [2, 6, 10, 14]
    across = sorted({round(float(way.image[1])) for way in found[3]})
    assert across == [-60, -40, -20, 0, 20, 40, 60]


def test_an_echo_in_wind_takes_the_least_time_that_there_is() -> None:
    source, target = (0.0, 20.0, 3.0), (80.0, 0.0, 3.0)

    def by_s(x: float) -> float:
        met = np.array((x, -10.0, 3.0))
        return float(WINDY.travel_s(np.array(source), met) + WINDY.travel_s(met, np.array(target)))

    least = minimize_scalar(by_s, bounds=(0, 80), method="bounded", options={"xatol": 1e-6})
    (echo,) = (way for way in ways(Houses([WALL]), WINDY, source, target, 1) if way.keeps == WALL_KEEPS)
    assert echo.time_s == pytest.approx(float(least.fun), abs=20e-6)


def test_a_house_between_is_passed_over_and_around() -> None:
    source, target = (-60.0, 0.0, 2.0), (60.0, 0.0, 4.0)
    found = ways(Houses([ACROSS]), Air(), source, target, 0)
    over_m = np.hypot(50, 18) + 20 + np.hypot(50, 16)
    left_m, right_m = (np.hypot(2 * np.hypot(50, aside) + 20, 2.0) for aside in (50, 30))
    assert sorted(way.length_m for way in found) == pytest.approx(sorted((over_m, left_m, right_m)), abs=1e-2)
    assert all(way.bend is not None for way in found)
    assert found[0].time_s > np.linalg.norm(np.subtract(target, source)) / SPEED_M_S


def test_who_stands_high_sees_over_a_house() -> None:
    assert ways(Houses([ACROSS]), Air(), (-60, 0, 70), (60, 0, 5), 0)[0].bend is None


def test_between_houses_that_touch_there_is_no_way() -> None:
    row = Houses([ACROSS, House(west=-10, east=10, south=50, north=90, height=20)])
    assert row.between(np.array((-60.0, 50, 2)), np.array((60.0, 49.99, 2)))
    around = [way for way in ways(row, Air(), (-60, 45, 2), (60, 45, 2), 0) if way.bend and way.bend.weather == 1]
    assert sorted(way.length_m for way in around) == pytest.approx(
        [2 * np.hypot(50, 45) + 20, 2 * np.hypot(50, 75) + 20], abs=1e-2
    )


OCTAVES_HZ = np.array([63.0, 500.0, 4000.0])


@pytest.mark.parametrize(
    ("edges_m", "most_db"),
    [(0.0, 20.0), (5.0, 25.0)],
)
def test_edges_take_what_iso_9613_says(edges_m: float, most_db: float) -> None:
    z, wave_m = 0.4, 340 / OCTAVES_HZ
    c3 = 1.0 if edges_m == 0 else (1 + (5 * wave_m / edges_m) ** 2) / (1 / 3 + (5 * wave_m / edges_m) ** 2)
    expected = np.minimum(10 * np.log10(3 + 20 / wave_m * c3 * z), most_db)
    loss_db = Bend(z, edges_m, 1.0).loss_db(OCTAVES_HZ, 340)
    np.testing.assert_allclose(loss_db, expected, rtol=1e-12)
    assert loss_db[0] < loss_db[1] < loss_db[2]


def test_the_weather_brings_sound_over_a_roof() -> None:
    bend = Bend.of(np.array(((0.0, 0, 2), (100, 0, 12), (200, 0, 2))), over=True)
    leg_m, more_m = np.hypot(100, 10), 2 * np.hypot(100, 10) - 200
    assert bend.more_m == pytest.approx(more_m)
    assert bend.weather == pytest.approx(np.exp(-np.sqrt(leg_m * leg_m * 200 / (2 * more_m)) / 2000))


def impulse(bend: Bend) -> NDArray[np.float64]:
    return np.asarray(np.fft.irfft(bend.response(np.fft.rfftfreq(1 << 14, 1 / 16_000), 340)))


def test_nothing_comes_before_the_time_of_a_detour() -> None:
    heard = impulse(Bend(1.8, 60.0, 1.0))
    assert np.sum(heard[1 << 13 :] ** 2) < 1e-6 * np.sum(heard**2)
    assert int(np.argmax(np.abs(heard))) == 0
