"""What the comparison with YAMNet computes by itself; neither the network nor a recording is needed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dsp.training.prepared import PAD_S, Clip, Onset
from dsp.training.report import Judged
from dsp.training.verdicts import Shot, Stretch, Verdicts
from dsp.trigger import RATE_HZ as LINE_HZ
from hil_tests.bench.yamnet import scores, tables
from hil_tests.bench.yamnet.__main__ import seeds_in
from hil_tests.bench.yamnet.counted import Choice, once_a_clip, quiet
from hil_tests.bench.yamnet.network import (
    BAND_HZ,
    BANDS,
    CLASSES,
    EVERY,
    FOURIER,
    FRAMES,
    GUNS,
    PATCH,
    RATE_HZ,
    bands,
    image,
)

CLIP = Clip("audio/a.flac", "door", "impact", "g", "g", 0, False, False, False, 0.0, 0, 4 * LINE_HZ, 1.0)
LIVE = replace(CLIP, file="audio/live.flac", label="gunshot", kind="gunshot", live_fire=True, distance_m=90.0)
GUN = Choice("gun", (GUNS["gunshot"], GUNS["cap gun"]))


def said(*gunshot: float) -> NDArray[np.float32]:
    """So many patches, each with a logit of 'Gunshot', and -9 for all else."""
    given = np.full((len(gunshot), len(CLASSES)), -9, np.float32)
    given[:, CLASSES.index(GUNS["gunshot"])] = gunshot
    return given


def fold(number: int, shots: tuple[float, ...], street: tuple[float, ...]) -> Verdicts:
    told = [Shot(f"{number}.{n}", 0, f"SS-FP{number}", "path", 20.0, 100.0, s) for n, s in enumerate(shots)]
    hour = Stretch(
        "hour", "street", "street", 3600.0, np.array([9.0 * n for n in range(len(street))]), np.array(street)
    )
    clip = Stretch("clip", "impact", "door", 9.0, np.array([0.0, 5.0]), np.array([1.0, 2.0]))
    return Verdicts(number, told, [("x", "x", shots[0])], [clip], [], [hour])


def test_neighbouring_bands_add_up_to_one() -> None:
    hz = np.fft.rfftfreq(FOURIER, 1 / RATE_HZ)
    inside = (hz > 250) & (hz < 7000)  # between the first band's middle and the last one's
    assert bands().sum(axis=1)[inside] == pytest.approx(1)
    assert not bands()[(hz < BAND_HZ[0]) | (hz > BAND_HZ[1])].any()


@pytest.mark.parametrize("band", [10, 30, 60])
def test_a_tone_is_brightest_in_its_own_band(band: int) -> None:
    low, high = (1127 * np.log1p(hz / 700) for hz in BAND_HZ)
    middle_hz = 700 * np.expm1((low + (band + 1) * (high - low) / (BANDS + 1)) / 1127)
    tone = np.sin(2 * np.pi * middle_hz / RATE_HZ * np.arange(PATCH)).astype(np.float32)
    assert image(tone).shape == (FRAMES, BANDS)
    assert set(image(tone).argmax(axis=1)) == {band}


def test_silence_is_the_logarithm_of_the_floor() -> None:
    assert image(np.zeros(PATCH, np.float32)) == pytest.approx(np.log(1e-3))


@pytest.mark.parametrize("at_s", [0.0, 0.3, 0.97, 0.98, 1.44, 2.2, 3.01])
def test_the_patches_that_hold_a_time_are_all_of_them(at_s: float) -> None:
    at, patches = round(at_s * RATE_HZ), 6
    assert list(range(patches))[scores.holding(patches, at_s)] == [
        number for number in range(patches) if number * EVERY <= at < number * EVERY + PATCH
    ]


def test_a_time_behind_the_last_patch_has_the_last_one() -> None:
    assert list(range(3))[scores.holding(3, 60.0)] == [2]


def test_a_label_without_a_proposal_is_looked_for_where_the_label_is() -> None:
    live = replace(
        LIVE, shots=[(0.5, 20.0, 0), (1.0, 20.0, 1)], onsets=[Onset(LINE_HZ * 3 // 2 + 12, 9.0, 9.0, shot=0)]
    )
    assert scores.onsets_s(live) == [1.501, 1.0 + PAD_S]


def test_in_the_models_own_steps_faint_scores_are_equal() -> None:
    faint = said(-8.0, -7.0, 2.0)
    assert GUN.score(faint).tolist() == [-8.0, -7.0, 2.0]
    assert replace(GUN, in_steps=True).score(faint).tolist() == [0.0, 0.0, 225 / 256]


def test_shots_clips_and_hours_are_counted_where_ours_are() -> None:
    live = replace(LIVE, shots=[(0.5, 20.0, 0)], background_s=[(1.0, 2.5)])
    other = replace(CLIP, file="audio/gun.flac", label="gunshot", kind="gunshot")
    held = {
        "line/every/audio/live.flac": said(*range(7)), "line/onsets/audio/live.flac": said(7.0),
        "line/every/audio/gun.flac": said(1.0, 2.0), "line/onsets/audio/gun.flac": said(4.0),
        "line/every/audio/a.flac": said(1.0, 3.0), "line/onsets/audio/a.flac": said(9.0),
        "hour-0-0": said(-1.0, 0.5, 0.25),
    }  # fmt: skip
    found = GUN.counted(0, "gunshot", [live, other, CLIP], held)
    assert [(shot.snr_db, shot.score) for shot in found.shots] == [(20.0, 7.0)]
    assert [score for _, _, score in found.others] == [4.0]
    assert [(clip.seconds, clip.score.tolist()) for clip in found.clips] == [(2.0, [1.0, 3.0])]
    assert [hour.score.tolist() for hour in found.hours] == [[-1.0, 0.5, 0.25]]
    assert [(some.seconds, some.score.tolist()) for some in found.background] == [(1.5, [5.0])]


def test_only_patches_without_a_part_of_a_shot_are_background() -> None:
    first_s = quiet(LIVE, np.zeros(9), (0.5, 2.5)).at_s
    assert first_s == pytest.approx([0.92, 1.4])


def test_a_clip_that_alarms_often_counts_once_and_one_without_a_proposal_never() -> None:
    one = fold(0, (5.0,), (1.0,))
    silent = Stretch("clip", "impact", "door", 9.0, np.empty(0), np.empty(0))
    once = once_a_clip([replace(one, clips=[*one.clips, silent])])[0]
    assert [(clip.alarms(0.0), clip.score.tolist()) for clip in once.clips] == [(1, [2.0]), (0, [])]


def test_the_curves_tell_what_was_found_and_where_the_other_found_more() -> None:
    ours = [fold(0, (5.0, 0.5), (4.0, 0.0)), fold(1, (5.0, 0.5), (3.0, 0.0))]
    theirs = [fold(0, (5.0, 4.5), (4.0, 0.0)), fold(1, (5.0, 4.5), (3.0, 0.0))]
    where = replace(tables.PLACES[0], rates=(1.0,))
    rows = list(tables.curves({tables.OURS: ours, "YAMNet": theirs}, where))
    assert [row.split() for row in rows[2:4]] == [
        ["ours", "0.500", "2/2", "(1)"],
        ["YAMNet", "1.000", "2/2", "(1)"],
    ]
    assert rows[4] == "  YAMNet found more shots at 1, more clips of other guns at none"


def test_shots_that_only_one_found_are_told_by_position() -> None:
    ours, theirs = ([fold(n, shots, (4.0, 3.0)) for n in (0, 1)] for shots in ((5.0, 1.0, 5.0), (5.0, 5.0, 1.0)))
    rows = list(tables.positions(ours, theirs))
    assert [row.split() for row in rows[2:]] == [[f"SS-FP{n}", "3", "1", "1", "1", "0"] for n in (0, 1)]


def test_a_row_of_a_kind_says_who_found_more() -> None:
    found = [Judged(fold(n, (5.0,), ()), 1.5) for n in range(6)]
    missed = [Judged(fold(n, (1.0,), ()), 9.0) for n in range(6)]
    assert tables.kind_row("scream", [missed, found, found]).split() == [
        *("scream", "6", "0", "(0)", "6", "(6)", "6", "(6)", "0", "6", "YAMNet")
    ]


@pytest.mark.parametrize(
    ("only_we", "only_they", "words"), [(0, 0, "equal"), (3, 1, "ours, not sure"), (9, 0, "ours"), (0, 9, "YAMNet")]
)
def test_who_is_better_is_sure_where_a_sign_test_is(only_we: int, only_they: int, words: str) -> None:
    assert tables.better(only_we, only_they) == words


def test_all_seeds_of_a_folder_are_taken(tmp_path: Path) -> None:
    for name in ("fold0-seed1", "fold0-seed12", "fold1-seed3", "fold-1-seed4"):
        (tmp_path / f"{name}.npz").touch()
    assert seeds_in(tmp_path) == [1, 12]


def test_scores_of_other_classes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "yamnet").mkdir()
    np.savez(tmp_path / "yamnet" / "fold0.npz", classes=np.array([1, 2]))
    with pytest.raises(ValueError, match="score the fold anew"):
        scores.kept(tmp_path, 0)
