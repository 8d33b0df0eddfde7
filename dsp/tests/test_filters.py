import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import lfilter

from dsp.filters import Average, BandPass

RATES_HZ = (8_000, 11_025, 12_000, 16_000, 22_050, 44_100, 48_000, 96_000)


def filtered(signal: NDArray[np.float64], rate_hz: float) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """The output in the steady state, and the input time of each of its samples."""
    hop_in = round(rate_hz / 250)
    band_pass = BandPass(rate_hz, hop_in=hop_in, hop_out=48, corner_hz=6000, rumble_s=6e-3)
    whole = signal.size // hop_in * hop_in
    output = band_pass.block(signal[:whole].astype(np.float32))
    time_s = (np.arange(output.size) * hop_in / 48 - band_pass.delay) / rate_hz
    return output[240:], time_s[240:]


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("frequency_hz", [250.0, 1000.0, 3000.0])
def test_a_tone_in_the_band_comes_out_at_its_own_time_at_any_rate(rate_hz: int, frequency_hz: float) -> None:
    tone = np.sin(2 * np.pi * frequency_hz * np.arange(rate_hz // 2) / rate_hz)
    output, time_s = filtered(tone, rate_hz)
    # the raised cosine leaves 2 % at 250 Hz, and 60 dB of stop band let 0.1 % of images through
    np.testing.assert_allclose(output, np.sin(2 * np.pi * frequency_hz * time_s), atol=0.025)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_constant_is_removed(rate_hz: int) -> None:
    output, _ = filtered(np.ones(rate_hz // 2), rate_hz)
    assert np.abs(output).max() < 1e-5


@pytest.mark.parametrize("frequency_hz", [6800.0, 9000.0, 15_000.0])
def test_what_is_above_the_band_does_not_alias_into_it(frequency_hz: float) -> None:
    tone = np.sin(2 * np.pi * frequency_hz * np.arange(24_000) / 48_000)
    output, _ = filtered(tone, 48_000)
    assert 20 * np.log10(np.abs(output).max()) < -55


def test_blocks_follow_each_other_without_a_seam() -> None:
    signal = np.random.default_rng(1).standard_normal(19_200).astype(np.float32)
    whole, parts = (BandPass(48_000, hop_in=192, hop_out=48, corner_hz=6000, rumble_s=6e-3) for _ in range(2))
    joined = np.concatenate([parts.block(part) for part in signal.reshape(4, -1)])
    np.testing.assert_allclose(joined, whole.block(signal), atol=1e-5)


def test_the_average_is_that_of_a_recursive_filter() -> None:
    rows = np.random.default_rng(2).standard_normal((100, 3))
    average = Average(25, 0.9)
    ours = np.concatenate([average.block(block) for block in rows.reshape(4, 25, 3)])
    scipys, _ = lfilter([0.1], [1, -0.9], rows, axis=0, zi=0.9 * rows[:1])
    np.testing.assert_allclose(ours, scipys, rtol=1e-12)
