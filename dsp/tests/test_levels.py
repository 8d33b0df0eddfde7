import numpy as np
import pytest

from dsp.levels import FLOOR_DB, level_db


def test_a_full_scale_sine_is_three_decibels_under_full_scale() -> None:
    sine = np.sin(2 * np.pi * np.arange(4800) / 48).astype(np.float32)
    assert level_db(sine) == pytest.approx(10 * np.log10(0.5), abs=1e-6)


def test_silence_reads_the_floor() -> None:
    assert level_db(np.zeros(10, np.float32)) == FLOOR_DB


def test_the_level_of_channels_together_is_their_energy_mean() -> None:
    assert level_db(np.array([[1.0, -1.0], [0.0, 0.0]], np.float32)) == pytest.approx(10 * np.log10(0.5))
