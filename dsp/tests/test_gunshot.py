from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dsp.detection import Detection
from dsp.detectors.gunshot import Detector
from dsp.tests.signals import street

RATE_HZ = 48_000
RECORDINGS = Path(__file__).resolve().parents[2].parent / "shared/data/audio/gunshot"


def heard(signal: NDArray[np.float32], rate_hz: int = RATE_HZ, threshold: float = 0.0) -> list[Detection]:
    detector = Detector(rate_hz, threshold=threshold)
    return detector.feed(signal) + detector.close()


def starts_s(signal: NDArray[np.float32], rate_hz: int = RATE_HZ) -> list[float]:
    return [found.start / rate_hz for found in heard(signal, rate_hz)]


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 12_000, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000])
def test_the_onset_is_found_to_a_millisecond_at_any_rate(rate_hz: int) -> None:
    assert starts_s(street(rate_hz, 2.0, blasts_s=(0.9,)), rate_hz) == pytest.approx([0.9], abs=1e-3)


def test_rounds_of_a_burst_are_reported_one_by_one() -> None:
    rounds_s = (0.8, 1.1, 1.4, 2.1, 3.0)
    assert starts_s(street(RATE_HZ, 4.0, blasts_s=rounds_s)) == pytest.approx(rounds_s, abs=1e-3)


@pytest.mark.parametrize("late_s", [0.08, 0.12, 0.2])
def test_an_echo_is_not_another_shot(late_s: float) -> None:
    direct, echo = street(RATE_HZ, 2.0, blasts_s=(0.8,)), street(RATE_HZ, 2.0, blasts_s=(0.8 + late_s,), peak=0.25)
    assert starts_s(direct + echo) == pytest.approx([0.8], abs=1e-3)


def test_the_direct_sound_is_found_before_a_louder_echo() -> None:
    direct, echo = street(RATE_HZ, 2.0, blasts_s=(0.8,), peak=0.25), street(RATE_HZ, 2.0, blasts_s=(0.86,))
    first = heard(direct + echo, threshold=0.02)[0]
    assert first.start / RATE_HZ == pytest.approx(0.8, abs=1e-3)


def test_a_clipped_blast_is_found() -> None:
    loud = np.clip(street(RATE_HZ, 2.0, blasts_s=(0.9,), peak=8.0), -1, 1)
    assert starts_s(loud) == pytest.approx([0.9], abs=1e-3)


def test_a_blast_in_the_first_second_and_one_at_the_end_are_found() -> None:
    found = heard(street(RATE_HZ, 1.5, blasts_s=(0.2, 1.45)), threshold=0.02)
    assert [one.start / RATE_HZ for one in found] == pytest.approx([0.2, 1.45], abs=1e-3)


def test_noise_that_is_switched_on_is_no_blast() -> None:
    signal = street(RATE_HZ, 2.0, blasts_s=())
    signal[RATE_HZ:] *= 30
    assert heard(signal) == []


def test_a_whistle_that_is_switched_on_is_no_blast() -> None:
    signal = street(RATE_HZ, 2.0, blasts_s=())
    signal[RATE_HZ:] += 0.1 * np.sin(2 * np.pi * 3000 * np.arange(RATE_HZ) / RATE_HZ).astype(np.float32)
    assert heard(signal) == []


def test_a_detection_comes_within_0_62_seconds() -> None:
    signal = street(RATE_HZ, 3.0, blasts_s=(1.0,))
    detector = Detector(RATE_HZ)
    assert detector.feed(signal[: round(1.62 * RATE_HZ)]) != []


def test_the_reasons_name_score_and_threshold() -> None:
    (found,) = heard(street(RATE_HZ, 2.0, blasts_s=(0.9,)))
    assert found.score >= found.threshold
    assert found.reasons[0].startswith("rose ")
    assert f"a score of {found.score:.3f} (threshold {found.threshold:.3f})" in found.reasons[2]


@pytest.mark.parametrize("rate_hz", [4_000, 192_000])
def test_a_rate_that_it_cannot_hear_at_is_refused(rate_hz: int) -> None:
    with pytest.raises(ValueError, match="takes 8000 to 96000"):
        Detector(rate_hz)


def test_several_channels_are_refused_with_their_shape() -> None:
    with pytest.raises(ValueError, match=r"\(4, 10\).*shape \(n,\)"):
        Detector(RATE_HZ).feed(np.zeros((4, 10), np.float32))


@pytest.mark.parametrize(
    ("test", "labelled_s"),
    [
        ("test_001", (2.384, 3.488, 4.656)),
        ("test_008", (2.745, 3.408, 4.027)),
    ],
)
def test_labelled_shots_of_a_street_sensor_are_found(test: str, labelled_s: tuple[float, ...]) -> None:
    soundfile = pytest.importorskip("soundfile", reason="needs the extra 'office': soundfile reads the recordings")
    path = RECORDINGS / f"shotspotter_pittsburgh__{test}.audio.SCP-00-BNG-5567.flac"
    if not path.exists():
        pytest.skip(f"needs the recording {path.name} in shared/data/audio/gunshot beside the repository")
    samples, rate_hz = soundfile.read(path, dtype="float32")
    found_s = np.asarray(starts_s(samples, rate_hz))
    late_s = [np.abs(found_s - t).min() for t in labelled_s]
    assert max(late_s) < 0.05  # one is told by what came 48 ms ahead of it
    assert np.median(late_s) < 0.002
