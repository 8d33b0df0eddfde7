"""Bands and grain of voices: held against the octave filters, and against what noise and tones must read."""

import numpy as np
import pytest
from numpy.typing import NDArray

from dsp.grid import Grid
from dsp.octaves import Thirds
from dsp.tests import crowds
from dsp.voice_bands import FIRST, LAST, VoiceBands, Voiced

RATES_HZ = (8_000, 11_025, 12_000, 16_000, 44_100, 48_000, 96_000)


def seconds(samples: NDArray[np.float64], rate_hz: int = crowds.RATE_HZ, piece: int = 10**9) -> list[Voiced]:
    bands = VoiceBands(rate_hz)
    given = samples.astype(np.float32)
    return [one for at in range(0, given.size, piece) for one in bands.feed(given[at : at + piece])]


def noise(seconds_: float, rate_hz: int) -> NDArray[np.float64]:
    return 0.01 * np.random.default_rng(1).standard_normal(round(seconds_ * rate_hz))


def test_of_wide_noise_the_bands_are_those_of_the_third_octave_filters() -> None:
    sound = noise(20, 48_000)
    thirds = Thirds(Grid.of(48_000))
    known = np.mean([thirds.second(part).sum(axis=0)[FIRST:LAST] for part in sound.reshape(20, -1)], axis=0)
    found = np.mean([one.frames.mean(axis=0) for one in seconds(sound, 48_000)], axis=0)
    deviation_db = 10 * np.log10(found / known)
    assert np.abs(deviation_db[6:]).max() < 0.3  # from 250 Hz on
    assert np.abs(deviation_db).max() < 1.5  # at 63 Hz a third is narrower than a bin


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_the_grain_of_noise_is_the_same_at_every_rate_and_level(rate_hz: int) -> None:
    for level in (1.0, 1e-3):
        grain = np.mean([one.grain for one in seconds(level * noise(10, rate_hz), rate_hz)])
        assert grain == pytest.approx(1.8, abs=0.1)


def test_grain_falls_from_one_voice_to_many() -> None:
    grain = [np.mean([s.grain for s in seconds(crowds.voices(n, 6, shouted=True) * 0.1)]) for n in (1, 8, 40, 150)]
    assert grain == sorted(grain, reverse=True)
    assert grain[0] > 3.4
    assert grain[-1] < 2.6


@pytest.mark.parametrize("piece", [1, 777, 16_000])
def test_any_chunking_gives_the_same_bands(piece: int) -> None:
    sound = noise(1.2, 16_000)
    (whole,), (cut,) = seconds(sound), seconds(sound, piece=piece)
    np.testing.assert_array_equal(whole.frames, cut.frames)
    assert (whole.grain, whole.grain_weight) == (cut.grain, cut.grain_weight)


def test_a_hole_spoils_its_second_and_the_one_behind_that_reaches_into_it() -> None:
    sound = noise(5, 16_000)
    sound[20_000] = np.inf
    assert [one.whole for one in seconds(sound)] == [True, False, False, True, True]
    assert all(np.isfinite(one.frames).all() and np.isfinite(one.grain) for one in seconds(sound))


def test_silence_is_nothing_and_full_scale_is_marked() -> None:
    (silent,) = seconds(np.zeros(16_000))
    assert (silent.frames.max(), silent.grain_weight) == (0, 0)
    (loud,) = seconds(np.where(np.arange(16_000) < 1600, 1.0, 0.0))
    assert loud.overload_s == pytest.approx(0.1)


def test_several_channels_are_refused_with_their_shape() -> None:
    with pytest.raises(ValueError, match=r"\(2, 10\).*shape \(n,\)"):
        VoiceBands(16_000).feed(np.zeros((2, 10), np.float32))
