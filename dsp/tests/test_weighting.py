import json
from pathlib import Path

import numpy as np
import pytest

from dsp.recursive import response
from dsp.weighting import sections, weighting_db

DESIGNS = Path(__file__).parents[3] / "shared" / "data" / "weighting.json"
# IEC 61672-1:2013, Table 3: nominal frequency, A, C; rounded there to 0.1 dB, at exact mid-band frequencies
TABLE_3 = (
    (10, -70.4, -14.3), (12.5, -63.4, -11.2), (16, -56.7, -8.5), (20, -50.5, -6.2), (25, -44.7, -4.4),
    (31.5, -39.4, -3.0), (40, -34.6, -2.0), (50, -30.2, -1.3), (63, -26.2, -0.8), (80, -22.5, -0.5),
    (100, -19.1, -0.3), (125, -16.1, -0.2), (160, -13.4, -0.1), (200, -10.9, 0.0), (250, -8.6, 0.0),
    (315, -6.6, 0.0), (400, -4.8, 0.0), (500, -3.2, 0.0), (630, -1.9, 0.0), (800, -0.8, 0.0), (1000, 0.0, 0.0),
    (1250, 0.6, 0.0), (1600, 1.0, -0.1), (2000, 1.2, -0.2), (2500, 1.3, -0.3), (3150, 1.2, -0.5), (4000, 1.0, -0.8),
    (5000, 0.5, -1.3), (6300, -0.1, -2.0), (8000, -1.1, -3.0), (10_000, -2.5, -4.4), (12_500, -4.3, -6.2),
    (16_000, -6.6, -8.5), (20_000, -9.3, -11.2),
)  # fmt: skip
EXACT_HZ = 1000 * 10 ** (np.arange(-20, 14) / 10)


def test_the_curves_are_those_of_the_standard() -> None:
    _, a_db, c_db = np.array(TABLE_3).T
    np.testing.assert_allclose(weighting_db("A", EXACT_HZ), a_db, atol=0.051)
    np.testing.assert_allclose(weighting_db("C", EXACT_HZ), c_db, atol=0.051)
    assert not weighting_db("Z", EXACT_HZ).any()


@pytest.mark.parametrize("rate_hz", [8000, 11_025, 12_000, 16_000, 22_050, 31_250, 32_000, 44_100, 48_000, 64_000,
                                     88_200, 96_000, 192_000])  # fmt: skip
def test_the_filters_follow_the_curves_at_any_rate(rate_hz: int) -> None:
    frequency_hz = EXACT_HZ[EXACT_HZ / rate_hz <= 0.45]
    for weighting, end in (("C", 2), ("A", 3)):
        gain_db = 20 * np.log10(np.abs(response(sections(rate_hz)[:end], frequency_hz, rate_hz)))
        # at 8 kHz the bilinear high-pass at 738 Hz bends, which one section cannot undo
        np.testing.assert_allclose(gain_db, weighting_db(weighting, frequency_hz), atol=0.2 if rate_hz < 16e3 else 0.08)


@pytest.mark.parametrize("rate_hz", [8000, 16_000, 48_000, 192_000])
def test_the_filters_are_stable_and_can_be_undone(rate_hz: int) -> None:
    for section in sections(rate_hz):
        assert np.abs(np.roots(section[3:])).max() < 1
        assert np.abs(np.roots(section[:3])).max() <= 1 + 1e-6


@pytest.mark.parametrize("rate_hz", [7999, 192_001, 0, -48_000, float("nan")])
def test_a_rate_out_of_range_is_refused(rate_hz: float) -> None:
    with pytest.raises(ValueError, match="expected 8000 to 192000 Hz"):
        sections(rate_hz)


@pytest.mark.skipif(not DESIGNS.exists(), reason="needs ../shared/data/weighting.json")
def test_another_design_says_the_same() -> None:
    for rate, design in json.loads(DESIGNS.read_text()).items():
        frequency_hz = EXACT_HZ[EXACT_HZ / int(rate) <= 0.45]
        ours, theirs = sections(float(rate)), np.array(design["C"] + design["A_from_C"])
        for end in (2, 3):
            gains = [
                np.abs(response(some[:end], np.append(frequency_hz, 1000.0), float(rate))) for some in (ours, theirs)
            ]
            levels = [20 * np.log10(gain[:-1] / gain[-1]) for gain in gains]
            np.testing.assert_allclose(levels[0], levels[1], atol=0.12)
