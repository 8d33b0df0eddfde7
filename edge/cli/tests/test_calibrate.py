"""``lamppost calibrate`` with recordings, its mistakes, and ``lamppost sim --tone``."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from edge.cli.main import main
from edge.node.calibrations import CALIBRATIONS_FILE
from edge.node.node import claimed
from edge.trust import keys

RATE_HZ = 16_000
CONFIG = """
[node]
name = "lamp-1"
key = "lamp-1.pem"
state = "state"

[sensors.mic]
driver = "pcm"
port = "nowhere"

[uplinks]
"""


def sine(frequency_hz: float, level_db: float, seconds: float = 4.0) -> NDArray[np.float64]:
    at_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return np.asarray(np.sqrt(2) * 10 ** (level_db / 20) * np.sin(2 * np.pi * frequency_hz * at_s))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A node's folder, and recordings of a calibrator."""
    monkeypatch.chdir(tmp_path)
    keys.save_private(keys.make("lamp-1"), tmp_path / "lamp-1.pem")
    (tmp_path / "node.toml").write_text(CONFIG)
    soundfile.write(tmp_path / "tone.wav", np.stack([sine(1000, -90), sine(1000, -26)], axis=1), RATE_HZ, "PCM_24")
    soundfile.write(tmp_path / "later.wav", sine(1000, -27.5), RATE_HZ, "PCM_24")
    soundfile.write(tmp_path / "pistonphone.wav", sine(250, -6), RATE_HZ, "PCM_24")
    soundfile.write(tmp_path / "short.wav", sine(1000, -26, 0.2), RATE_HZ)
    return tmp_path


def calibrate(*options: str) -> int:
    return main(["calibrate", "-c", "node.toml", "--sensor", "mic", "--by", "J. Jansen", "--json", *options])


def said(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_recording_of_the_tone_gives_what_full_scale_stands_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert calibrate("--file", "tone.wav", "--channel", "1") == 0
    [found] = said(capsys)
    assert (found["sensor"], found["channel"], found["by"]) == ("mic", 1, "J. Jansen")
    assert (found["full_scale_db"], found["tone_db"], found["drift_db"]) == (120.0, -26.0, None)


def test_the_drift_since_the_last_one_is_told_and_a_large_one_warned_of(capsys: pytest.CaptureFixture[str]) -> None:
    assert calibrate("--file", "tone.wav", "--channel", "1") == 0
    assert calibrate("--file", "tone.wav", "--channel", "1", "--level", "94.2") == 0
    assert "drifted" not in (captured := capsys.readouterr()).err
    assert json.loads(captured.out.splitlines()[1])["drift_db"] == 0.2
    assert calibrate("--file", "tone.wav", "--channel", "1", "--level", "95.5") == 0
    assert "mic channel 1 drifted by +1.3 dB" in capsys.readouterr().err


def test_other_channels_stay_in_force(capsys: pytest.CaptureFixture[str]) -> None:
    assert calibrate("--file", "tone.wav", "--channel", "1") == 0
    assert calibrate("--file", "later.wav", "--channel", "0") == 0
    capsys.readouterr()
    assert main(["calibrate", "-c", "node.toml", "--show", "--json"]) == 0
    assert {found["channel"]: found["full_scale_db"] for found in said(capsys)} == {0: 121.5, 1: 120.0}


def test_a_pistonphone_is_read_where_the_response_is_corrected(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "umik.txt").write_text("20 -4\n250 -0.5\n1000 0.1\n8000 3\n")
    (here / "node.toml").write_text(CONFIG.replace("[uplinks]", '[sensors.mic.responses]\n0 = "umik.txt"\n[uplinks]'))
    assert calibrate("--file", "pistonphone.wav", "--level", "114", "--frequency", "250") == 0
    assert said(capsys)[0]["full_scale_db"] == 114 + 6 - 0.6
    assert main(["calibrate", "-c", "node.toml", "--show"]) == 0
    (here / "umik.txt").write_text("20 -4\n250 -0.5\n1000 0.1\n8000 4\n")
    assert main(["calibrate", "-c", "node.toml", "--show"]) == 1
    assert "not in use: channel 0 of mic was calibrated with another file" in capsys.readouterr().err


def test_a_tone_that_is_refused_leaves_the_file_as_it_was(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert calibrate("--file", "pistonphone.wav") == 1
    [found] = said(capsys)
    assert found["ok"] is False
    assert "off frequency" in str(found["reasons"])
    assert not (here / "state" / CALIBRATIONS_FILE).exists()


def test_where_there_is_no_calibration_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate", "-c", "node.toml", "--show"]) == 1
    assert "no calibration yet" in capsys.readouterr().out


def test_a_half_written_record_is_told_and_set_aside(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert calibrate("--file", "tone.wav", "--channel", "1") == 0
    file = here / "state" / CALIBRATIONS_FILE
    file.write_bytes(file.read_bytes() * 2)
    file.write_bytes(file.read_bytes()[:-9])
    capsys.readouterr()
    assert main(["calibrate", "-c", "node.toml", "--show"]) == 1
    assert "is not used: truncated" in capsys.readouterr().err
    assert calibrate("--file", "tone.wav", "--channel", "1") == 0
    assert "is set aside as" in capsys.readouterr().err
    assert main(["calibrate", "-c", "node.toml", "--show"]) == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--sensor", "mik"], "did you mean 'mic'?"),
        (["--by", " "], "--by is ' '; expected a name"),
        (["--by", "a\x1b[31m"], "expected a name"),
        (["--by", "a" * 65], "1 to 64 characters"),
        (["--channel", "-1"], "--channel is -1; expected 0 or more"),
        (["--channel", "2"], "tone.wav has 2 channels; there is no 2"),
        (["--level", "20"], "--level is 20; expected 60 to 150"),
        (["--level", "nan"], "--level is nan; expected 60 to 150"),
        (["--frequency", "1"], "--frequency is 1; expected 20 to 20000"),
        (["--seconds", "2"], "--seconds is 2; expected 3 to 60"),
        (
            ["--file", "short.wav", "--channel", "0"],
            "no tone to calibrate with: 3200 samples at 16000 Hz; expected 4000 or more",
        ),
        (["--file", "nowhere.wav"], "nowhere.wav does not exist"),
        (["--file", "node.toml"], "is no recording"),
    ],
)
def test_a_mistake_is_told_with_what_to_try(
    here: Path, options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert calibrate("--file", "tone.wav", "--channel", "1", *options) == 2
    assert words in capsys.readouterr().err
    assert not (here / "state" / CALIBRATIONS_FILE).exists()


def test_a_port_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert calibrate() == 2
    assert "cannot hear mic" in capsys.readouterr().err


def test_while_a_node_runs_nobody_calibrates(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with claimed(here / "state"):
        assert calibrate("--file", "tone.wav", "--channel", "1") == 2
    assert "stop it (systemctl stop lamppost), calibrate, start it again" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["pcm", "--tone", "1000"], "--tone 1000; expected frequency@level"),
        (["pcm", "--tone", "loud@-20"], "expected frequency@level"),
        (["pcm", "--tone", "24000@-20"], "below 24000 Hz"),
        (["pcm", "--tone", "1000@nan"], "-120 to 20 dB"),
        (["pcm", "--tone", "1000@-20", "--street"], "--street and --tone together"),
        (["sds011", "--tone", "1000@-20"], "sds011 has no microphones"),
        (["sds011", "--street"], "sds011 has no microphones"),
    ],
)
def test_a_tone_that_cannot_be_simulated_is_told(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sim", *options]) == 2
    assert words in capsys.readouterr().err
