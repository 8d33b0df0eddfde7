import numpy as np
import pytest

from dsp.levels import FLOOR_DB, Leq, level_db


def test_a_full_scale_sine_is_three_decibels_under_full_scale() -> None:
    sine = np.sin(2 * np.pi * np.arange(4800) / 48).astype(np.float32)
    assert level_db(sine) == pytest.approx(10 * np.log10(0.5), abs=1e-6)


def test_silence_reads_the_floor() -> None:
    assert level_db(np.zeros(10, np.float32)) == FLOOR_DB


def test_the_level_of_channels_together_is_their_energy_mean() -> None:
    assert level_db(np.array([[1.0, -1.0], [0.0, 0.0]], np.float32)) == pytest.approx(10 * np.log10(0.5))


@pytest.mark.parametrize("chunk", [1, 7, 480, 1000])
def test_leq_is_the_energy_mean_of_each_period_in_any_chunking(chunk: int) -> None:
    loudness = np.array([[0.1], [0.01]])
    signal = (np.random.default_rng(1).standard_normal((2, 1000)) * loudness).astype(np.float32)
    leq = Leq(4000, 0.1)
    given = [levels for at in range(0, 1000, chunk) for levels in leq.feed(signal[:, at : at + chunk])]
    expected = [10 * np.log10((signal[:, at : at + 400].astype(float) ** 2).mean(axis=1)) for at in (0, 400)]
    np.testing.assert_allclose(given, expected, rtol=1e-12)


def test_leq_of_a_burst_has_its_energy_spread_over_the_period() -> None:
    burst = np.zeros((1, 1000), np.float32)
    burst[0, :10] = 1
    assert Leq(1000, 1.0).feed(burst)[0] == pytest.approx([-20.0])
