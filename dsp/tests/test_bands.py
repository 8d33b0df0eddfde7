from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import welch

from dsp.bands import Bands
from dsp.levels import FLOOR_DB

EDGES_HZ = (120, 400, 1000, 2400, 5200)


def levels_db(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    bands = Bands(12_000, frame=192, hop=48, edges_hz=EDGES_HZ)
    return bands.block(signal.astype(np.float32))[4:]


@pytest.mark.parametrize(("frequency_hz", "band"), [(250.0, 0), (700.0, 1), (1700.0, 2), (4000.0, 3)])
def test_a_full_scale_sine_reads_minus_three_decibels_in_its_band_alone(frequency_hz: float, band: int) -> None:
    sine = np.sin(2 * np.pi * frequency_hz * np.arange(2400) / 12_000)
    measured = levels_db(sine)
    np.testing.assert_allclose(measured[:, band], -3.01, atol=0.05)  # a Hann window's skirts cross the band's edges
    assert np.delete(measured, band, axis=1).max() < -30


def test_noise_has_the_power_that_welch_finds_in_each_band() -> None:
    noise = np.random.default_rng(1).standard_normal(120_000) * 0.1
    frequency_hz, density = welch(noise, 12_000, nperseg=192)
    ours = 10 * np.log10((10 ** (levels_db(noise) / 10)).mean(axis=0))
    for band, (low, high) in enumerate(pairwise(EDGES_HZ)):
        inside = (frequency_hz >= low) & (frequency_hz < high)
        assert ours[band] == pytest.approx(10 * np.log10(density[inside].sum() * 62.5), abs=0.1)


def test_silence_reads_the_floor_in_every_band() -> None:
    assert (levels_db(np.zeros(480)) == FLOOR_DB).all()
