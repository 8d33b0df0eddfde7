"""What befalls a real recording on its way: three rounds of the Pittsburgh live fire, by one street sensor."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal as sps

from dsp.detection import Detection
from dsp.detectors.gunshot import Detector

RECORDING = "shotspotter_pittsburgh__test_001.audio.SCP-00-BNG-5567.flac"
PATH = Path(__file__).resolve().parents[2].parent / "shared/data/audio/gunshot" / RECORDING
LABELLED_S = (2.384, 3.488, 4.656)


@pytest.fixture(scope="module")
def recording() -> tuple[NDArray[np.float32], int]:
    soundfile = pytest.importorskip("soundfile", reason="needs the extra 'office': soundfile reads the recordings")
    if not PATH.exists():
        pytest.skip(f"needs the recording {RECORDING} in shared/data/audio/gunshot beside the repository")
    samples, rate_hz = soundfile.read(PATH, dtype="float32")
    return samples, rate_hz


def heard(samples: NDArray[np.float32], rate_hz: int, piece: int = 0) -> list[Detection]:
    detector, piece = Detector(rate_hz), piece or samples.size
    pieces = (samples[at : at + piece] for at in range(0, samples.size, piece))
    return [found for part in pieces for found in detector.feed(part)] + detector.close()


def found_s(samples: NDArray[np.float32], rate_hz: int) -> list[float]:
    return [found.start / rate_hz for found in heard(samples, rate_hz)]


def test_pieces_of_any_size_give_the_same_shots(recording: tuple[NDArray[np.float32], int]) -> None:
    samples, rate_hz = recording
    whole = heard(samples, rate_hz)
    assert [one.start / rate_hz for one in whole] == pytest.approx(LABELLED_S, abs=2e-3)
    for piece in (97, 4801):
        assert heard(samples, rate_hz, piece) == whole


@pytest.mark.parametrize("hole_s", [0.005, 0.03])
def test_samples_that_are_lost_in_the_midst_of_a_shot_do_not_hide_it(
    recording: tuple[NDArray[np.float32], int], hole_s: float
) -> None:
    samples, rate_hz = recording[0].copy(), recording[1]
    for at_s in LABELLED_S:
        hole = round((at_s + 0.004) * rate_hz)
        samples[hole : hole + round(hole_s * rate_hz)] = 0
    assert found_s(samples, rate_hz) == pytest.approx(LABELLED_S, abs=2e-3)


def test_an_offset_or_a_few_samples_that_are_no_numbers_change_nothing(
    recording: tuple[NDArray[np.float32], int],
) -> None:
    samples, rate_hz = recording
    offset, broken = samples + np.float32(0.2), samples.copy()
    broken[::1000] = np.nan
    for changed in (offset, broken):
        assert found_s(changed, rate_hz) == pytest.approx(LABELLED_S, abs=2e-3)


def test_a_microphone_that_clips_by_26_decibels_finds_each_round(recording: tuple[NDArray[np.float32], int]) -> None:
    samples, rate_hz = recording
    found = np.array(found_s(np.clip(samples * 20, -1, 1), rate_hz))
    assert [np.abs(found - at_s).min() < 2e-3 for at_s in LABELLED_S] == [True] * 3


def test_noise_at_a_twentieth_of_full_scale_hides_no_shot_of_half_full_scale(
    recording: tuple[NDArray[np.float32], int],
) -> None:
    samples, rate_hz = recording
    noise = 0.05 * np.random.default_rng(1).standard_normal(samples.size).astype(np.float32)
    assert found_s(samples / np.abs(samples).max() / 2 + noise, rate_hz) == pytest.approx(LABELLED_S, abs=2e-3)


@pytest.mark.parametrize("band_hz", [(500, 5400), (900, 4000)], ids=["loudspeaker", "telephone"])
def test_the_same_shots_from_a_small_loudspeaker_are_not_told(
    recording: tuple[NDArray[np.float32], int], band_hz: tuple[int, int]
) -> None:
    """It has no low end: what a blast is made of. The rounds of the recording itself are the trial's control."""
    samples, rate_hz = recording
    played = sps.sosfilt(sps.butter(4, band_hz, "bandpass", fs=rate_hz, output="sos"), samples)
    assert found_s(np.asarray(played, np.float32), rate_hz) == []
