from pathlib import Path

import numpy as np
import pytest

from dsp.tests.signals import street
from dsp.training.prepared import PAD_S, clips, line_of, lines, padded, prepare, rhythm
from dsp.training.recordings import CLASSES, FOLDS, POSITIONS, recordings
from dsp.training.tests.manifests import SHOTS_S, data
from dsp.trigger import HOP, HOPS_A_SECOND, RATE_HZ

SHARED = Path(__file__).resolve().parents[3].parent / "shared/data"


def test_a_live_fire_row_is_read_with_its_path_and_its_shots(tmp_path: Path) -> None:
    found = recordings(data(tmp_path))[0]
    assert (found.live_fire, found.path_name, found.distance_m) == (True, "SS-FP3/S-1", 120.5)
    assert found.shots == ((1.0, 20.0, 0), (1.7, 20.0, 1))


def test_every_label_belongs_to_one_class() -> None:
    labels = [label for of_class in CLASSES.values() for label in of_class]
    assert len(labels) == len(set(labels))


@pytest.mark.skipif(not SHARED.exists(), reason="needs the recordings of shared/data beside the repository")
def test_no_leak_group_of_the_real_recordings_is_in_two_folds_and_every_fold_hears_every_class_but_glass() -> None:
    found = recordings(SHARED)
    assert len({(r.group, r.fold) for r in found}) == len({r.group for r in found})
    assert {r.fold for r in found} == set(range(FOLDS))
    for kind in set(CLASSES) - {"glass_break", "playback"}:
        assert {r.fold for r in found if r.kind == kind} == set(range(FOLDS)), kind


def test_firing_positions_have_the_folds_of_the_table(tmp_path: Path) -> None:
    assert recordings(data(tmp_path))[0].fold == POSITIONS["SS-FP3"]


@pytest.mark.parametrize("rate_hz", [8_000, 12_000, 44_100, 48_000])
def test_a_line_keeps_time_at_any_rate(rate_hz: int) -> None:
    line = line_of(street(rate_hz, 2.0, blasts_s=(0.9,)), rate_hz)
    hops_s = round(rate_hz / HOPS_A_SECOND) / rate_hz  # a hop is a whole number of samples, nearly 4 ms
    assert np.abs(line).argmax() / HOP * hops_s == pytest.approx(0.9, abs=1e-3)


def test_padding_is_noise_as_loud_as_the_quietest_part() -> None:
    signal = street(RATE_HZ, 2.0, blasts_s=(0.6,))
    long = padded(signal, RATE_HZ, seed=1)
    pad = round(PAD_S * RATE_HZ)
    assert np.array_equal(long[pad:-pad], signal)
    assert long[:pad].std() == pytest.approx(signal[-RATE_HZ // 4 :].std(), rel=0.1)


def test_what_is_prepared_has_a_shot_for_every_label_and_nothing_else_in_the_background(tmp_path: Path) -> None:
    prepare(data(tmp_path / "data"), tmp_path / "work", workers=1)
    live = next(clip for clip in clips(tmp_path / "work") if clip.live_fire)
    shots = {o.shot: o.at / RATE_HZ - PAD_S for o in live.onsets if o.shot >= 0}
    assert [shots[number] for number in (0, 1)] == pytest.approx(SHOTS_S, abs=2e-3)
    assert all(2.4 <= o.at / RATE_HZ - PAD_S < 3.9 for o in live.onsets if o.background)
    assert not rhythm(live)


def test_lines_of_a_fold_are_read_back_where_the_index_says(tmp_path: Path) -> None:
    prepare(data(tmp_path / "data"), tmp_path / "work", workers=1)
    for clip in clips(tmp_path / "work"):
        line = lines(tmp_path / "work", clip.fold)[clip.first : clip.first + clip.length]
        assert line.size == clip.length
        assert np.abs(line).max() == 32767


def test_a_manifest_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="manifest"):
        recordings(tmp_path)
