import numpy as np
import pytest

from dsp.features import impulse

RATE_HZ = 12_000
SILENCE = np.zeros(600, np.float32)


def test_an_exponential_decay_has_the_closed_forms() -> None:
    tau_s = 0.02
    time_s = np.arange(2400) / RATE_HZ
    decay = np.exp(-time_s / tau_s).astype(np.float32)
    shape = impulse(SILENCE, decay, rate_hz=RATE_HZ)
    mean = tau_s / 2 / 0.2  # of the square over 0.2 s
    assert shape.crest_db == pytest.approx(-10 * np.log10(mean), abs=0.1)
    assert shape.peak_db == pytest.approx(10 * np.log10(tau_s / 2 / 1e-3 * (1 - np.exp(-0.1))), abs=0.05)
    assert shape.decay_ms == pytest.approx(1000 * tau_s / 2 * np.log(10), abs=1)
    assert shape.attack_ms == pytest.approx(-1000 * tau_s / 2 * np.log(0.9), abs=1)


def test_steady_noise_neither_attacks_nor_decays() -> None:
    noise = np.random.default_rng(1).standard_normal(3000).astype(np.float32)
    shape = impulse(noise[:600], noise[600:], rate_hz=RATE_HZ)
    assert shape.decay_ms == 200
    assert shape.snr_db < 6


def test_signal_to_noise_is_the_peak_over_the_power_before() -> None:
    shape = impulse(np.full(600, 0.01, np.float32), np.ones(2400, np.float32), rate_hz=RATE_HZ)
    assert shape.snr_db == pytest.approx(40)


def test_silence_has_finite_measures() -> None:
    shape = impulse(SILENCE, np.zeros(2400, np.float32), rate_hz=RATE_HZ)
    assert (shape.crest_db, shape.snr_db) == (0, 0)
