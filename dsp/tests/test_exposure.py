"""A- and C-weighted energy of seconds: what the class 1 meter measures, holes and overload marked."""

import numpy as np
import pytest
from numpy.typing import NDArray

from dsp.exposure import Exposed, Exposure
from dsp.meter import Meter

RATE_HZ = 48_000


def noise(seconds: float, rate_hz: int = RATE_HZ) -> NDArray[np.float32]:
    rng = np.random.default_rng(1)
    return (0.1 * np.cumsum(rng.standard_normal(round(seconds * rate_hz))) / 50 + 0.02).astype(np.float32)


def exposed(samples: NDArray[np.float32], rate_hz: int = RATE_HZ, piece: int = 10**9) -> list[Exposed]:
    exposure = Exposure(rate_hz)
    return [s for at in range(0, samples.size, piece) for s in exposure.feed(samples[at : at + piece])]


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 44_100, 48_000])
def test_the_energies_are_those_of_the_class_1_meter(rate_hz: int) -> None:
    samples = np.clip(noise(3, rate_hz), -0.9, 0.9)
    meter = Meter(rate_hz, 1).feed(samples[None])
    found = [(one.a, one.c) for one in exposed(samples, rate_hz)]
    np.testing.assert_allclose(found, [one.exposure[0, :2] for one in meter], rtol=1e-9)  # the sums' own rounding


def test_holes_and_overload_are_marked_as_the_meter_marks_them() -> None:
    samples = np.clip(noise(3), -0.9, 0.9)
    samples[RATE_HZ + 100 : RATE_HZ + 500] = np.nan
    samples[2 * RATE_HZ + 100 : 2 * RATE_HZ + 200] = 1.0
    for one, second in zip(exposed(samples), Meter(RATE_HZ, 1).feed(samples[None]), strict=True):
        assert one.measured_s == pytest.approx(second.duration_s - second.missing_s[0])
        assert one.overload_s == second.overload_s[0]
        assert (one.a, one.c) == pytest.approx(tuple(second.exposure[0, :2]), rel=1e-9)


def test_what_is_no_number_at_all_is_no_energy_and_no_time() -> None:
    assert exposed(np.full(2 * RATE_HZ, np.nan, np.float32)) == [Exposed(0.0, 0.0, 0.0, 0.0)] * 2


@pytest.mark.parametrize("piece", [1000, 4801, 48_000])
def test_any_chunking_gives_the_same_energies(piece: int) -> None:
    assert exposed(noise(2.5), piece=piece) == exposed(noise(2.5))


def test_several_channels_are_refused_with_their_shape() -> None:
    with pytest.raises(ValueError, match=r"\(2, 10\).*shape \(n,\)"):
        Exposure(RATE_HZ).feed(np.zeros((2, 10), np.float32))
