"""``lamppost replay --labels --report``: the curve is held against replays at each threshold, and against counting."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from dsp.bangs import ALARMS_A_DAY
from dsp.classifier import model
from dsp.detection import Detection
from dsp.evaluation import wilson
from edge.cli import _labelled as labelled
from edge.cli._manifest import Recording, recordings
from edge.cli._report_curve import POINTS, Scored, curve
from edge.cli._report_errors import MOST_ERRORS, SOUNDS, false_alarms, missed
from edge.cli._report_labels import play
from edge.cli.main import main
from edge.cli.tests.test_replay import manifest
from edge.cli.tests.test_report import Page, accessible
from edge.node.listening import Heard

__all__ = ["manifest"]  # the fixture: two shots, one label without a shot, and a door
RATE_HZ = 1000
DEPLOYED = f"{model().scales['gunshot'].threshold(ALARMS_A_DAY):g} (deployed)"


def heard(at_s: float, score: float, threshold: float) -> Heard:
    start = round(at_s * RATE_HZ)
    return Heard("gunshot", (0,), 0, Detection(start, start + 10, score, threshold))


def scored(name: str, onsets_s: tuple[float, ...], *found: tuple[float, float], threshold: float = 9.0) -> Scored:
    """An hour of recording: onsets of 20 dB, and detections (at, score)."""
    label, group = ("gunshot", "SS-FP2") if onsets_s else ("door", "others")
    recording = Recording(
        Path(name), label, group, name == "street", onsets_s, (20.0,) * len(onsets_s), ((1000.0, 3600.0),), 100.0
    )
    return Scored(recording, 3600.0, RATE_HZ, tuple(heard(*each, threshold) for each in found), 0.1)


HAND_MADE = [
    scored("shots", (1.0, 2.0, 3.0, 4.0), (1.0, 30.0), (2.01, 12.0), (2.99, 7.0), (500.0, 50.0), (2000.0, 10.0)),
    scored("street", (), (5.0, 11.0), (6.0, 8.0)),
    scored("doors", (), (5.0, 40.0), (6.0, 20.0), (7.0, 9.0)),
]


@pytest.mark.parametrize(
    ("threshold", "found", "alarms"),
    [(7, 3, (1, 2, 3)), (9, 2, (1, 1, 3)), (10, 2, (1, 1, 2)), (11, 2, (0, 1, 2)), (12, 2, (0, 0, 2))],
)  # fmt: skip
def test_a_point_counts_what_reaches_its_threshold(threshold: int, found: int, alarms: tuple[int, ...]) -> None:
    points = {point.threshold: point for point in curve(HAND_MADE, 9.0)}
    point = points[threshold]
    assert (point.recall.found, point.recall.labelled, point.recall.interval) == (found, 4, wilson(found, 4))
    assert tuple(each.count for each in point.alarms) == alarms
    assert [each.hours for each in point.alarms] == pytest.approx([2600 / 3600, 1, 1])
    assert tuple(each.name for each in point.alarms) == SOUNDS


@pytest.mark.parametrize("spread", [0.0, 1e-6, 0.3, 17.0, 1e4])
@pytest.mark.parametrize("deployed", [9.0, -3.25, 99.0])
def test_thresholds_are_few_round_in_order_and_hold_the_deployed_one(spread: float, deployed: float) -> None:
    onsets_s = tuple(float(at) for at in range(100))
    scores = 20 + spread * np.random.default_rng(1).standard_normal(100)
    points = curve([scored("shots", onsets_s, *zip(onsets_s, scores, strict=True), threshold=deployed)], deployed)
    thresholds = [point.threshold for point in points]
    assert deployed in thresholds
    assert thresholds == sorted(thresholds)
    assert len(thresholds) <= POINTS + 3
    recalls = [point.recall.found for point in points]
    assert recalls == sorted(recalls, reverse=True)
    assert recalls[0] >= 99
    assert recalls[-1] <= 50 or deployed > 20 or not spread


def test_without_any_score_the_deployed_threshold_is_the_only_point() -> None:
    assert [point.threshold for point in curve([scored("shots", (1.0,))], 9.0)] == [9.0]


def test_missed_shots_come_the_clearest_first_with_the_best_of_what_was_judged_there() -> None:
    near, nothing = missed(HAND_MADE, 9.0)
    assert (near.onset_s, near.nearest and near.nearest.detection.score) == (3.0, 7.0)
    assert (nothing.onset_s, nothing.nearest) == (4.0, None)


def test_false_alarms_come_with_the_highest_score_first_and_are_those_of_the_report() -> None:
    found = false_alarms(HAND_MADE, 9.0)
    assert [each.heard.detection.score for each in found] == [40.0, 20.0, 11.0, 10.0, 9.0]
    told = {alarms.name: alarms.count for alarms in labelled.alarms([one.at(9.0) for one in HAND_MADE])}
    assert Counter(each.sound for each in found) == {sound: told[sound] for sound in SOUNDS}


def replayed(manifest: Path, *options: str) -> Page:
    page = manifest.parent / "out.html"
    assert main(["replay", "--labels", str(manifest), "--groups", "all", "--report", str(page), *options]) == 0
    return Page(page)


@pytest.mark.parametrize("threshold", [0.05, 0.5, 0.9, 0.999])
def test_a_point_is_what_a_replay_at_its_threshold_gives(
    threshold: float, manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "node.toml").write_text(
        '[node]\nname = "a"\nkey = "a.pem"\nstate = "s"\n[uplinks]\n[sensors.mic]\ndriver = "pcm"\nport = "/dev/null"\n'
        f"[sensors.mic.detectors.gunshot]\nthreshold = {threshold}\n"
    )
    options = ["-c", str(tmp_path / "node.toml"), "--groups", "all"]
    assert main(["replay", "--json", "--labels", str(manifest), *options]) == 0
    told = json.loads(capsys.readouterr().out)
    played = [play(recording, {"gunshot": {}}) for recording in recordings(manifest)]
    point = curve(played, threshold)
    here = next(each for each in point if each.threshold == threshold)
    assert here.recall.found == told["recall"][0]["found"]
    counts = {alarms["name"]: alarms["count"] for alarms in told["alarms"]}
    assert [alarms.count for alarms in here.alarms] == [counts[alarms.name] for alarms in here.alarms]


def test_the_page_has_the_curve_in_numbers_and_the_figures_that_are_printed(
    manifest: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = replayed(manifest)
    printed = capsys.readouterr().out
    assert "clear shots, all                        2     3   0.667" in printed
    assert {DEPLOYED, "2 of 3", "0.667", "0.208 to 0.939"} <= set(page.words)
    assert "recall is 0.667 (0.208 to 0.939)" in page.alts()[0]
    assert "At another it assumes that the threshold only chooses among what was told" in page.text
    accessible(page)


def test_errors_are_shown_with_a_picture_and_in_words(manifest: Path) -> None:
    page = replayed(manifest)
    assert "2.600 s" in page.words
    assert any(word.startswith("nothing was judged here") for word in page.words)
    assert "The 1 clearest of 1" in page.words
    assert "In all other recordings: the 1 highest of 1" in page.words
    assert sum("shots.wav" in alt for alt in page.alts()) == 1
    assert any("bang.wav" in alt and "1 detection and 0 labels" in alt for alt in page.alts())
    assert MOST_ERRORS > 1


def test_who_made_a_recording_stands_beside_its_picture(manifest: Path) -> None:
    header, *rows = manifest.read_text().splitlines()
    manifest.write_text("\n".join([f"{header},attribution,licence", *(f"{row},<i>Ada</i>,CC BY 4.0" for row in rows)]))
    page = replayed(manifest)
    assert "<i>Ada</i>, CC BY 4.0" in page.words
    assert not page.all("i")


def test_the_page_is_the_same_with_all_scores(manifest: Path) -> None:
    assert {DEPLOYED, "2 of 3"} <= set(replayed(manifest, "--all-scores").words)


def test_without_a_clear_label_there_is_no_curve_and_the_page_says_so(manifest: Path) -> None:
    manifest.write_text("\n".join(row for row in manifest.read_text().splitlines() if "gunshot" not in row))
    page = replayed(manifest)
    assert any(word.startswith("There is no curve") for word in page.words)
    assert not any(alt.startswith("Curve") for alt in page.alts())


def test_a_manifest_without_recordings_in_the_groups_is_a_mistake(
    manifest: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest.write_text(manifest.read_text().splitlines()[0] + "\n")
    assert main(["replay", "--labels", str(manifest), "--report", str(manifest.parent / "out.html")]) == 2
    assert "no recording in these groups" in capsys.readouterr().err
