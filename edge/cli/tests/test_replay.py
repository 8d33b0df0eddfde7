"""``lamppost replay``: recordings as the node would hear them."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from dsp.tests.signals import street
from edge.cli._manifest import COLUMNS
from edge.cli.main import main
from edge.message.tests.shared import SHARED

RATE_HZ = 16_000
SHOTS_S = (1.0, 2.0)
ONSETS = "[[1.0, 0, 20], [2.0, 1, 20], [2.6, 2, 20]]"  # the last is not there


def shots(seconds: float = 3.0, at_s: tuple[float, ...] = SHOTS_S) -> NDArray[np.float32]:
    """Faint noise, and blasts with what a street sends back of them."""
    return street(RATE_HZ, seconds, blasts_s=at_s)


def replayed(path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, object]]:
    """The gunshots; other detectors may have heard something besides."""
    assert main(["replay", "--json", *options, str(path)]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [event for event in events if event["kind"] == "gunshot"]


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg"])
def test_shots_in_a_recording_are_told_with_channel_times_score_and_measures(
    suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / f"shots.{suffix}"
    soundfile.write(file, np.stack([0.01 * shots(at_s=()), shots()], axis=1), RATE_HZ)
    events = replayed(file, capsys)
    assert [event["start_s"] for event in events] == pytest.approx(SHOTS_S, abs=0.01)
    assert {event["channel"] for event in events} == {1}
    assert set(events[0]) == {"file", "channel", "kind", "start_s", "stop_s", "score", "measures"}


def test_the_nodes_configuration_sets_the_threshold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    soundfile.write(tmp_path / "shots.wav", shots(), RATE_HZ)
    (tmp_path / "node.toml").write_text(
        '[node]\nname = "a"\nkey = "a.pem"\nstate = "s"\n[uplinks]\n[sensors.mic]\ndriver = "pcm"\nport = "/dev/null"\n'
        "[sensors.mic.detectors.gunshot]\nthreshold = 0.9999\n"
    )
    config = ["-c", str(tmp_path / "node.toml")]
    assert replayed(tmp_path / "shots.wav", capsys, *config) == []
    assert len(replayed(tmp_path / "shots.wav", capsys, *config, "--all-scores")) >= len(SHOTS_S)


def test_a_recording_that_is_cut_short_is_read_as_far_as_it_goes_and_said_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "shots.wav"
    soundfile.write(file, shots(), RATE_HZ)
    file.write_bytes(file.read_bytes()[: 44 + 2 * int(1.5 * RATE_HZ)])
    assert main(["replay", "--json", str(file)]) == 0
    captured = capsys.readouterr()
    assert captured.out.count('"gunshot"') == 1
    assert "48000 bytes that its header promises are not there" in captured.err


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("text.wav", b"hello", "is no recording"), ("empty.wav", b"", "is no recording"), ("", None, "is no recording"),
     ("nowhere.wav", None, "does not exist")],
)  # fmt: skip
def test_what_is_no_recording_is_told(
    name: str, content: bytes | None, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert main(["replay", str(tmp_path / name)]) == 2
    assert words in capsys.readouterr().err


def test_no_recording_at_all_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay"]) == 2
    assert "no recording is named" in capsys.readouterr().err


def test_a_rate_beyond_the_detectors_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    soundfile.write(tmp_path / "fast.wav", shots(0.1, ()), 192_000)
    assert main(["replay", str(tmp_path / "fast.wav")]) == 2
    assert "has 192000 Hz" in capsys.readouterr().err


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Two shots that are labelled, one that is labelled and not there, and five minutes of nothing."""
    soundfile.write(tmp_path / "shots.wav", shots(), RATE_HZ)
    soundfile.write(tmp_path / "bang.wav", shots(1.0, (0.5,)), RATE_HZ)
    rows = [
        ["shots.wav", "gunshot", "SS-FP2", ONSETS, "[[0.05, 0.9]]", "", "99 m from shooter"],
        ["bang.wav", "door", "others", "", "", "", ""],
    ]  # fmt: skip
    with (tmp_path / "manifest.csv").open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    return tmp_path / "manifest.csv"


def test_labels_are_held_against_what_is_heard(manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "--json", "--labels", str(manifest), "--groups", "all"]) == 0
    report = json.loads(capsys.readouterr().out)
    clear = report["recall"][0]
    assert (clear["found"], clear["labelled"]) == (2, 3)
    assert {alarm["name"]: alarm["count"] for alarm in report["alarms"]}["all other recordings"] == 1
    assert report["live_fire_detections"]["shots"] == 2
    assert (report["precision"]["found"], report["precision"]["labelled"]) == (2, 2)


def test_the_report_for_people_has_the_same_figures(manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "--labels", str(manifest), "--groups", "all"]) == 0
    assert "clear shots, all                        2     3   0.667" in capsys.readouterr().out


def test_what_other_thresholds_would_have_given_is_told_beside_the_deployed_one(
    manifest: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", "--json", "--labels", str(manifest), "--groups", "all"]) == 0
    report = json.loads(capsys.readouterr().out)
    points = {point["threshold"]: point for point in report["thresholds"]}
    assert list(points) == sorted(points)
    recalls = [point["recall"]["found"] for point in points.values()]
    assert recalls == sorted(recalls, reverse=True)
    assert main(["replay", "--labels", str(manifest), "--groups", "all"]) == 0
    table = capsys.readouterr().out.partition("THRESHOLD")[2].splitlines()[2:]
    (deployed,) = [line.split() for line in table if line.endswith("deployed")]
    assert deployed[:4] == [f"{float(deployed[0]):g}", "2", "3", "0.667"]
    assert points[float(deployed[0])]["recall"] == report["recall"][0]
    assert len(table) == len(points)


def test_where_nothing_was_judged_there_are_no_thresholds(
    tmp_path: Path, manifest: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("shots.wav", "bang.wav"):
        soundfile.write(tmp_path / name, np.zeros(3 * RATE_HZ), RATE_HZ)
    assert main(["replay", "--json", "--labels", str(manifest), "--groups", "all"]) == 0
    assert json.loads(capsys.readouterr().out)["thresholds"] == []


@pytest.mark.parametrize("content", [b"file\nx.wav\n", b"\xff\xfe", b"a,b\n1,2\n"])
def test_what_is_no_manifest_is_told(content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "manifest.csv").write_bytes(content)
    assert main(["replay", "--labels", str(tmp_path / "manifest.csv")]) == 2
    assert "is no manifest of recordings" in capsys.readouterr().err


@pytest.mark.skipif(not SHARED.exists(), reason="shared/data/audio/gunshot is not here")
def test_rounds_of_real_live_fire_are_told_at_their_labelled_onsets(capsys: pytest.CaptureFixture[str]) -> None:
    file = SHARED / "audio/gunshot/shotspotter_pittsburgh__test_001.audio.SCP-00-BNG-5567.flac"
    events = replayed(file, capsys)
    assert [event["kind"] for event in events] == ["gunshot"] * 3
    assert [event["start_s"] for event in events] == pytest.approx([2.384, 3.488, 4.656], abs=0.005)
