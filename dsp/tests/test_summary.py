import numpy as np
import pytest
from numpy.typing import NDArray

from dsp.meter import Meter, Second
from dsp.octaves import NOMINAL_HZ
from dsp.summary import Summary


def second(fast: NDArray[np.float64], *, bands: float = 1e-6, missing_s: float = 0.0) -> Second:
    """One second of one channel whose Fast levels are given."""
    weighted = fast[None]
    return Second(
        duration_s=1.0, step_s=1 / fast.size, settling=np.zeros(1, np.intp), exposure=np.full((1, 3), fast.mean()),
        fast=weighted, slow=weighted, impulse=weighted, peak=np.sqrt(weighted.max(axis=1)),
        bands=np.full((1, 8, 31), bands / 8), told_bands=31,
        missing_s=np.array([missing_s]), overload_s=np.zeros(1),
    )  # fmt: skip


def together(*seconds: Second) -> Summary:
    whole = Summary(1)
    for one in seconds:
        whole.add(Summary.of(one))
    return whole


def test_percentiles_are_those_that_the_level_exceeds() -> None:
    levels_db = np.random.default_rng(1).normal(-50, 8, 20_000)
    told = together(*(second(10 ** (part / 10)) for part in levels_db.reshape(10, -1))).levels(0).levels
    for percent in (1, 5, 10, 50, 90, 95, 99):
        # a class is 0.1 dB wide, and its inside counts as even
        assert told[f"LA{percent}"] == pytest.approx(np.quantile(levels_db, 1 - percent / 100), abs=0.06)


def test_a_level_that_stands_still_is_every_percentile() -> None:
    told = together(second(np.full(2000, 1e-5))).levels(0).levels
    assert {round(told[f"LA{percent}"]) for percent in (1, 5, 10, 50, 90, 95, 99)} == {-50}


def test_halves_of_different_level_part_the_percentiles() -> None:
    told = together(second(np.full(2000, 1e-7)), second(np.full(2000, 1e-3))).levels(0).levels
    assert told["LA10"] == pytest.approx(-30, abs=0.1)
    assert told["LA90"] == pytest.approx(-70, abs=0.1)
    assert [told["LAFmax"], told["LAFmin"]] == pytest.approx([-30, -70])
    assert told["LAeq"] == pytest.approx(-33.01, abs=0.01)
    assert told["SEL"] == pytest.approx(-30, abs=0.01)


def test_calibration_shifts_every_level_alike() -> None:
    whole = together(second(np.full(2000, 1e-5)))
    plain, raised = whole.levels(0), whole.levels(0, full_scale_db=120)
    assert {round(raised.levels[name] - plain.levels[name], 9) for name in plain.levels} == {120.0}
    assert {round(raised.bands[name] - plain.bands[name], 9) for name in plain.bands} == {120.0}


def test_octaves_are_the_sum_of_three_thirds_and_need_all_of_them() -> None:
    octaves = together(second(np.full(2000, 1e-5))).levels(0).octaves()
    assert list(octaves) == [31.5, 63, 125, 250, 500, 1000, 2000, 4000, 8000, 16_000]
    assert octaves[1000] == pytest.approx(-60 + 10 * np.log10(3))
    meter = Meter(16_000, 1)
    (heard,) = meter.feed(np.full((1, 16_000), 0.1, np.float32))
    assert list(Summary.of(heard).levels(0).octaves())[-1] == 4000  # of the octave at 8 kHz only a third is there
    assert list(Summary.of(heard).levels(0).bands)[-1] == NOMINAL_HZ[25]


def test_an_interval_of_which_nothing_was_heard_has_no_levels() -> None:
    told = together(second(np.full(2000, 1e-5), missing_s=1.0)).levels(0)
    assert (told.levels, told.bands, told.measured_s, told.missing_s) == ({}, {}, 0.0, 1.0)
    assert Summary(1).levels(0).levels == {}
