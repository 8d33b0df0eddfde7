import numpy as np
import pytest
from scipy.signal import stft

from dsp import melgram
from dsp.melgram import BEFORE, FRAMES, LEAD_FRAMES, MELS, RATE_HZ, SAMPLES, STEP, WINDOW


def line(level: float = 1e-3) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    noise = np.random.default_rng(1).standard_normal(SAMPLES) * level
    noise[BEFORE : BEFORE + 400] += np.exp(-np.arange(400) / 60) * np.random.default_rng(2).standard_normal(400) * 0.3
    return noise.astype(np.float32)


def test_the_image_has_two_planes_of_frames_and_mels_within_0_and_1() -> None:
    image = melgram.melgram(line())
    assert image.shape == (2, FRAMES, MELS)
    assert image.min() >= 0
    assert image.max() <= 1


def test_the_shape_is_that_of_scipys_spectrogram_in_mels() -> None:
    signal = line()
    _, _, spectrum = stft(signal, RATE_HZ, "hann", WINDOW, WINDOW - STEP, boundary=None, padded=False)
    power = (
        np.abs(spectrum.T) ** 2 * np.sum(np.hanning(WINDOW + 1)[:-1]) ** 2 / np.sum(np.hanning(WINDOW + 1)[:-1] ** 2)
    )
    seen_db = 10 * np.log10(power @ melgram.mel_matrix() + 1e-11)[LEAD_FRAMES:]
    expected = (np.clip(seen_db - seen_db.max(), -60, 0) + 60) / 60
    assert np.abs(melgram.melgram(signal)[0] - expected).max() < 1e-4  # single precision


def test_neither_plane_knows_how_sensitive_the_microphone_is() -> None:
    assert np.abs(melgram.melgram(line()) - melgram.melgram(line() * 0.05)).max() < 0.02


def test_the_rise_does_not_know_a_microphones_response() -> None:
    signal = line()
    dull = np.convolve(signal, [0.5, 0.5], "same").astype(np.float32)
    apart = np.abs(melgram.melgram(signal) - melgram.melgram(dull))[:, :, : MELS // 2]
    assert apart[1].mean() < apart[0].mean() + 0.01


def test_silence_is_an_image_of_finite_numbers() -> None:
    assert np.isfinite(melgram.melgram(np.zeros(SAMPLES, np.float32))).all()


def test_every_mel_has_a_bin() -> None:
    assert melgram.mel_matrix().sum(axis=0) == pytest.approx(np.ones(MELS), abs=1e-5)
