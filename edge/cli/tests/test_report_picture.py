"""Spectrograms of a report: what is where, of recordings of any length and rate."""

import io

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from edge.cli._report_picture import COLUMNS, LABEL, ROWS, TOLD, TOP_HZ, Excerpt, Mark, spectrogram, spectrogram_db

RATE_HZ = 16_000


def tone(hz: float, seconds: float, rate_hz: int = RATE_HZ) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    turns = hz / rate_hz * np.arange(round(seconds * rate_hz))
    return np.asarray(np.sin(2 * np.pi * turns), np.float32)


@pytest.mark.parametrize("hz", [500, 1000, 4000, 7500])
def test_a_tone_of_full_scale_is_0_db_at_its_frequency(hz: int) -> None:
    level_db = spectrogram_db(tone(hz, 1.0), RATE_HZ)
    row = level_db.mean(axis=1).argmax()
    assert row / len(level_db) * RATE_HZ / 2 == pytest.approx(hz, abs=RATE_HZ / 2 / len(level_db))
    assert level_db[row].max() == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("at_s", [0.1, 17.0, 42.5])
def test_a_click_of_one_sample_is_seen_in_a_minute(at_s: float) -> None:
    samples = np.zeros(60 * RATE_HZ, np.float32)
    samples[round(at_s * RATE_HZ)] = 1.0
    level_db = spectrogram_db(samples, RATE_HZ).mean(axis=0)
    assert level_db.argmax() / level_db.size * 60 == pytest.approx(at_s, abs=0.1)
    assert np.median(level_db) == pytest.approx(-120)


@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 96_000])
@pytest.mark.parametrize("count", [0, 1, 100, 5_000, 3_000_000])
def test_a_spectrogram_is_bounded_whatever_came(rate_hz: int, count: int) -> None:
    rows, columns = spectrogram_db(np.zeros(count, np.float32), rate_hz).shape
    assert 1 <= rows <= ROWS
    assert 1 <= columns <= COLUMNS


def test_nothing_above_the_highest_frequency_is_drawn() -> None:
    assert spectrogram_db(tone(TOP_HZ + 2000, 1.0, 48_000), 48_000).max() < -60


@pytest.mark.parametrize("fill", [0.0, 1.0, np.nan, np.inf])
@pytest.mark.parametrize("count", [0, 1, 8000])
def test_what_is_no_sound_is_drawn_too(fill: float, count: int) -> None:
    drawn = spectrogram(Excerpt(np.full(count, fill, np.float32), RATE_HZ, 0.0), [])
    assert imread(io.BytesIO(drawn)).ndim == 3


def columns_of(colour: str, png: bytes) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
    """The middles of all upright runs of a colour."""
    pixels = imread(io.BytesIO(png))[..., :3]
    near = (np.abs(pixels - to_rgb(colour)).max(axis=2) < 0.1).sum(axis=0) > 5
    runs = np.split(np.flatnonzero(near), np.flatnonzero(np.diff(np.flatnonzero(near)) > 1) + 1)
    return np.array([round(run.mean()) for run in runs if run.size])


def test_marks_stand_where_the_detections_are() -> None:
    silence = Excerpt(np.zeros(4 * RATE_HZ, np.float32), RATE_HZ, 100.0)
    marks = [Mark(str(at), 100.0 + at, 100.0 + at, TOLD) for at in (1, 2, 3)]
    one, two, three = columns_of(TOLD, spectrogram(silence, [*marks, Mark("", 102.5, 102.5, LABEL)]))
    assert two - one == pytest.approx(three - two, abs=2)
    assert two - one > 100
    assert columns_of(TOLD, spectrogram(silence, [])).size == 0
