"""``lamppost measure --plot``: what is drawn of recordings short and long, and where it goes."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from matplotlib.figure import Figure
from matplotlib.image import imread

from dsp.meter import Meter
from dsp.summary import Summary
from edge.cli._history import MOST_COLUMNS, Columns, History
from edge.cli._measuring import Asked, Whole
from edge.cli._plot import figure
from edge.cli.main import main

RATE_HZ = 8000
ASKED = Asked(94.0, "20 µPa", -106.0, "", 0, None)


def drawn(samples: "np.ndarray[tuple[int], np.dtype[np.float32]]") -> Figure:
    meter, history, whole = Meter(RATE_HZ, 1), History(0, RATE_HZ), Summary(1)
    for second in [*meter.feed(samples[None]), *meter.close()]:
        history.add(second)
        whole.add(Summary.of(second))
    levels = whole.levels(0, full_scale_db=ASKED.full_scale_db, lowest_db=ASKED.lowest_db)
    made = figure("street.wav, channel 0", history, Whole(0, levels, 0, {}), ASKED)
    made.draw_without_rendering()
    return made


def noise(seconds: float) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    return (0.1 * np.random.default_rng(1).standard_normal(round(seconds * RATE_HZ))).astype(np.float32)


@pytest.mark.parametrize("rows", [1, 7, MOST_COLUMNS, MOST_COLUMNS + 1, 9 * MOST_COLUMNS + 5])
@pytest.mark.parametrize("pieces", [1, 2000])
def test_columns_are_bounded_and_hold_all_that_came(rows: int, pieces: int) -> None:
    values = np.random.default_rng(2).random(rows)
    total, most = Columns(0.5, np.add, 0.0), Columns(0.5, np.fmax, np.nan)
    for at in range(0, rows, pieces):
        total.add(values[at : at + pieces])
        most.add(values[at : at + pieces])
    each = round(total.column_s / 0.5)
    whole = [values[at : at + each] for at in range(0, rows, each)]
    assert len(total.values) == len(whole) <= MOST_COLUMNS
    np.testing.assert_allclose(total.values, [one.sum() for one in whole])
    np.testing.assert_allclose(most.values, [one.max() for one in whole])
    assert (total.edges_s[0], total.edges_s[-1]) == (0, rows * 0.5)


@pytest.mark.parametrize(("seconds", "unit"), [(0.2, "ms"), (3.0, "s"), (200.0, "min")])
def test_a_picture_has_units_on_every_axis_and_the_levels_in_its_title(seconds: float, unit: str) -> None:
    made = drawn(noise(seconds))
    levels, bands, colours, spectrum = made.axes
    assert levels.get_ylabel() == spectrum.get_ylabel() == "level, dB re 20 µPa"
    assert bands.get_xlabel() == f"time, {unit}"
    assert bands.get_ylabel() == "third octave, Hz"
    assert colours.get_ylabel().endswith("dB re 20 µPa")
    assert "LAeq 7" in made.get_suptitle()
    assert "full scale (RMS 1.0) = 94 dB" in made.get_suptitle()


def test_nothing_in_a_picture_overlaps_or_is_cut_off() -> None:
    made = drawn(noise(3.0))
    texts = [text for axes in made.axes for text in (*axes.get_xticklabels(), *axes.texts) if text.get_text()]
    page = made.bbox
    boxes = [axes.get_tightbbox() for axes in made.axes]
    assert all(box is not None and page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 for box in boxes)
    spectrum = [text for text in texts if text.axes is made.axes[-1] and not text.get_rotation()]
    left, right = (text.get_window_extent() for text in spectrum)
    assert left.x1 < right.x0


def test_holes_and_overload_are_shaded_and_named() -> None:
    samples = noise(4.0)
    samples[RATE_HZ : RATE_HZ + 9], samples[2 * RATE_HZ] = np.nan, 1.0
    legend = drawn(samples).axes[0].get_legend()
    assert legend is not None
    assert {text.get_text() for text in legend.get_texts()} >= {"full scale touched", "no numbers"}


def test_fast_is_not_drawn_where_samples_miss() -> None:
    samples = noise(3.0)
    samples[RATE_HZ : 2 * RATE_HZ] = np.nan
    meter, history = Meter(RATE_HZ, 1), History(0, RATE_HZ)
    for second in meter.feed(samples[None]):
        history.add(second)
    gone_s = history.most.edges_s[:-1][np.isnan(history.most.values)]
    assert (gone_s.min(), gone_s.max()) == pytest.approx((1, 2), abs=0.01)


@pytest.mark.parametrize("fill", [0.0, 1.0, np.nan])
@pytest.mark.parametrize("count", [1, 100, 3 * RATE_HZ])
def test_a_recording_without_sound_is_drawn_too(fill: float, count: int) -> None:
    assert len(drawn(np.full(count, fill, np.float32)).axes) == 4


def files(folder: Path, *shapes: int) -> list[str]:
    for at, channels in enumerate(shapes):
        soundfile.write(folder / f"file{at}.wav", np.stack([noise(0.2)] * channels, axis=1), RATE_HZ)
    return [str(folder / f"file{at}.wav") for at in range(len(shapes))]


@pytest.mark.parametrize(
    ("shapes", "pictures"),
    [((1,), ["out.png"]), ((2,), ["out-file0-0.png", "out-file0-1.png"]),
     ((1, 1), ["out-file0-0.png", "out-file1-0.png"])],
)  # fmt: skip
def test_one_channel_goes_where_it_is_asked_and_more_get_names_of_their_own(
    shapes: tuple[int, ...], pictures: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["measure", *files(tmp_path, *shapes), "--plot", str(tmp_path / "out.png")]) == 0
    assert sorted(path.name for path in tmp_path.glob("*.png")) == pictures
    assert all(imread(tmp_path / name).ndim == 3 for name in pictures)
    assert capsys.readouterr().out.count("is drawn") == len(pictures)


def test_a_file_of_any_name_is_drawn(tmp_path: Path) -> None:
    name = "a$b_$c 日本" + 50 * "long"
    soundfile.write(tmp_path / f"{name}.wav", noise(0.2), RATE_HZ)
    assert main(["measure", str(tmp_path / f"{name}.wav"), "--plot", str(tmp_path / "out.svg")]) == 0
    assert (tmp_path / "out.svg").stat().st_size > 0


def test_a_picture_over_a_folder_is_a_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out.png").mkdir()
    assert main(["measure", *files(tmp_path, 1), "--plot", str(tmp_path / "out.png")]) == 2
    assert "cannot write" in capsys.readouterr().err
