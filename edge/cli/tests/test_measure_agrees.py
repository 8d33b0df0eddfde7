"""What ``lamppost measure`` tells of real recordings, against other people's work.

    LAeq LCeq LZeq    PyOctaveBand, whose weightings are oversampled: class 1 to 16 kHz at these rates
    third octaves     all of the recording in one Fourier transform, weighed with SciPy's analogue Butterworth band-pass

Both stay within 0.1 dB. The recordings are such as have no strong tone between two bands, where our filters at 6 kHz
and the analogue ones part by more (skirts), and whose end is no louder than the rest, where the analogue ones ring on.
"""

import json
from pathlib import Path

import numpy as np
import pyoctaveband
import pytest
import soundfile
from numpy.typing import NDArray
from scipy.fft import next_fast_len
from scipy.signal import butter, freqs_zpk

from dsp.octaves import MID_HZ, TRIM, G
from edge.cli.main import main
from edge.message.tests.shared import SHARED

RECORDINGS = (
    "gunshot/ffsl__C_24.flac",  # 48 kHz
    "urban_ambience/blanket__city.flac",  # 44.1 kHz, as those below
    "wind/blanket__wind.flac",
    "thunder/minetest_sounds__sounds_thunder_01.flac",
    "crowd/blanket__coffee-shop.flac",
    "fireworks/minetest_sounds__sounds_fireworks_01.flac",
)
TOLERANCE_DB = 0.1
LOUD_DB = 30.0  # bands so far below the loudest are skirts of others


@pytest.fixture(params=RECORDINGS)
def recording(request: pytest.FixtureRequest) -> Path:
    path = SHARED / "audio" / str(request.param)
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    return path


def told(path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    """Levels and bands by name."""
    assert main(["measure", "--json", str(path)]) == 0
    found = json.loads(capsys.readouterr().out)
    return {**found, **found["bands"]}


def heard(path: Path) -> tuple[NDArray[np.float64], int]:
    """Samples without their mean, as a microphone's converter has an offset."""
    samples, rate_hz = soundfile.read(path)
    return samples - samples.mean(), rate_hz


def test_broadband_levels_are_those_of_pyoctaveband(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours = told(recording, capsys)
    samples, rate_hz = heard(recording)
    theirs = {
        f"L{curve}eq": 10 * np.log10(np.mean(pyoctaveband.weighting_filter(samples, rate_hz, curve) ** 2))
        for curve in "ACZ"
    }
    assert {name: ours[name] for name in theirs} == pytest.approx(theirs, abs=TOLERANCE_DB)


def analogue_db(samples: NDArray[np.float64], rate_hz: int, mid_hz: float) -> float:
    """Level behind the analogue band-pass; as many zeros behind the samples let it ring out."""
    length = next_fast_len(2 * samples.size, real=True)
    power = np.abs(np.fft.rfft(samples, length)) ** 2
    half = TRIM * (G ** (1 / 6) - G ** (-1 / 6)) / 2
    edges_hz = mid_hz * (np.sqrt(1 + half**2) + np.array([-half, half]))
    zeros, poles, scale = butter(3, edges_hz, "bandpass", analog=True, output="zpk")
    frequency_hz = np.fft.rfftfreq(length, 1 / rate_hz).astype(np.float64)
    _, gain = freqs_zpk(zeros, poles, np.asarray(scale), worN=frequency_hz)
    return float(10 * np.log10(2 * np.sum(power * np.abs(gain) ** 2) / length / samples.size))


def test_third_octaves_are_those_of_the_analogue_filters(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours = told(recording, capsys)
    samples, rate_hz = heard(recording)
    bands = {name: level for name, level in ours.items() if name[0].isdigit()}
    loud = {name: level for name, level in bands.items() if level > max(bands.values()) - LOUD_DB}
    theirs = {
        name: analogue_db(samples, rate_hz, mid_hz) for name, mid_hz in zip(bands, MID_HZ, strict=False) if name in loud
    }
    assert loud == pytest.approx(theirs, abs=TOLERANCE_DB)
