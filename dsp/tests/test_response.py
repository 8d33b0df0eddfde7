"""Microphones' response files as makers ship them, and the filter that takes the response out."""

import numpy as np
import pytest
from numpy.typing import NDArray

from dsp.response import MOST_DB, Correction, Response, design, parse

# First line and rows as published for a UMIK-1 (two columns, tab) and a UMIK-2 (with AGain); rows shortened
UMIK_1 = '"Sens Factor =-1.378dB, SERNO: 7000000"\r\n20.00\t-0.12\r\n1000.00\t0.00\r\n20000.00\t5.42\r\n'
UMIK_2 = '"Sens Factor =-12.07dB, AGain =18dB, SERNO: 8100000"\n10.054\t-6.6664\n10.179\t-6.4980\n'
REW = "* Measurement data measured by REW V5.19\n*\n* Freq(Hz) SPL(dB) Phase(degrees)\n20.616 3.613 0\n20.866 3.614 0\n"


def rows(text: str) -> list[tuple[float, float]]:
    found = parse(text)
    return list(zip(found.frequencies_hz.tolist(), found.deviations_db.tolist(), strict=True))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (UMIK_1, [(20, -0.12), (1000, 0), (20000, 5.42)]),
        (UMIK_2, [(10.054, -6.6664), (10.179, -6.498)]),
        (REW, [(20.616, 3.613), (20.866, 3.614)]),
        ("\ufeffFreq dB\n20 1\n40 2", [(20, 1), (40, 2)]),
        ("20.0, 1.5, -90\n40.0, 2\n", [(20, 1.5), (40, 2)]),
        ("20,5\t1,25\n40\t-2,5\n", [(20.5, 1.25), (40, -2.5)]),
        ("20,5;1,25;0\n40;-2,5;0\n", [(20.5, 1.25), (40, -2.5)]),
        ("# one\n; two\n  20   1e0 \n\n40\t\t2\t\n", [(20, 1), (40, 2)]),
    ],
)
def test_the_text_of_makers_and_programs_is_read(text: str, expected: list[tuple[float, float]]) -> None:
    assert rows(text) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "found 0 rows of numbers; expected two or more"),
        (UMIK_1[:54], "found 1 rows"),
        ("20 1\n40 x\n", "line 2: found '40 x'; expected frequency and deviation"),
        ("20 1\nthe end\n", "line 2: found 'the end'"),
        ("20 1\n30\n", "line 2: found 1 numbers"),
        ("20 1 2 3\n", "line 1: found 4 numbers"),
        ("20 1\n20 2\n", "line 2: found 20 Hz; expected more than the 20 Hz before"),
        ("40 1\n20 2\n", "line 2: found 20 Hz"),
        ("0 1\n20 2\n", "line 1: found 0 Hz; expected more than the 0 Hz"),
        ("nan 1\n20 2\n", "found 1 rows"),
        ("20 1\nnan 2\n", "line 2: found nan Hz"),
        ("20 1\n40 inf\n", "line 2: found inf dB"),
        ("20 1\n40 101\n", "line 2: found 101 dB; expected 100 dB at most"),
        ("20,5 1,5\n40,5 2,5\n", "line 1: found '20,5 1,5'"),
        ("20,5 1\n40,5 2\n", "line 1: found '20,5 1'"),
        ("20 1\n" + "".join(f"{n} 1\n" for n in range(21, 100_022)), "more than 100000 rows"),
    ],
)
def test_what_is_no_response_is_told_with_its_line(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=r"found|more than") as caught:
        parse(text)
    assert words in str(caught.value)


def test_between_rows_it_goes_straight_over_the_logarithm_and_outside_it_stays() -> None:
    response = Response(np.array([100.0, 1000.0, 10_000.0]), np.array([-4.0, 1.0, 3.0]))
    asked = np.array([0.0, 10, 100, np.sqrt(1e5), 1000, np.sqrt(1e7), 10_000, 40_000])
    np.testing.assert_allclose(response.relative_db(asked), [-5, -5, -5, -2.5, 0, 1, 2, 2], atol=1e-12)


# A cheap MEMS microphone: 24 dB an octave of roll-off below 60 Hz, a dip, a resonance at 14 kHz
ROUGH = Response(
    np.array([20.0, 30, 40, 60, 100, 500, 1000, 3000, 5000, 9000, 14_000, 20_000]),
    np.array([-18.0, -9, -5, -2, -0.7, 0.1, 0.3, -0.5, 1.2, 4, 11, 2]),
)


def gains_db(taps: NDArray[np.float64], rate_hz: float, frequencies_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """By the sum of the definition, at frequencies of the test's choice."""
    angles = 2 * np.pi * np.outer(frequencies_hz, np.arange(taps.size)) / rate_hz
    return np.asarray(20 * np.log10(np.abs(np.exp(-1j * angles) @ taps)))


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 44_100, 48_000])
def test_microphone_and_correction_together_are_flat_within_a_tenth_of_a_decibel(rate_hz: float) -> None:
    frequencies_hz = np.geomspace(25, 0.42 * rate_hz, 150)
    together = gains_db(design(rate_hz, ROUGH), rate_hz, frequencies_hz) + ROUGH.relative_db(frequencies_hz)
    np.testing.assert_allclose(together, 0, atol=0.1)


def test_a_correction_has_its_limit() -> None:
    deep = Response(np.array([100.0, 1000, 8000]), np.array([-60.0, 0, 60]))
    low, high = gains_db(design(48_000, deep), 48_000, np.array([60.0, 15_000]))
    assert (low, high) == (pytest.approx(MOST_DB, abs=0.1), pytest.approx(-MOST_DB, abs=0.1))


def test_the_filter_begins_at_once_and_dies_away() -> None:
    taps = design(48_000, ROUGH)
    assert np.argmax(np.abs(taps)) == 0
    energy = np.cumsum(taps**2) / np.sum(taps**2)
    assert energy[24] > 0.5  # half a millisecond
    assert np.abs(taps[-100:]).max() < 1e-5


def blocks(correction: Correction, samples: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    pieces = [correction.block(samples[:, at : at + size]) for at in range(0, samples.shape[1], size)]
    return np.concatenate(pieces, axis=1)


@pytest.mark.parametrize("size", [8000, 3000, 777, 20_001])
def test_successive_blocks_equal_one_long_convolution(size: int) -> None:
    rate_hz = 8000
    samples = np.random.default_rng(1).normal(0, 0.1, (3, 20_001)).astype(np.float32)
    clean = blocks(Correction(rate_hz, [ROUGH, None, ROUGH]), samples, size)
    expected = np.convolve(samples[0].astype(np.float64), design(rate_hz, ROUGH))[: samples.shape[1]]
    assert clean.dtype == np.float32
    np.testing.assert_allclose(clean[0], expected, atol=2**-23)  # of samples below 4, as 32-bit floats round
    np.testing.assert_allclose(clean[1], samples[1], atol=2**-24)


def test_the_same_blocks_give_the_same_samples_to_the_last_bit() -> None:
    samples = np.random.default_rng(1).normal(0, 0.1, (1, 16_000)).astype(np.float32)
    one, other = (blocks(Correction(8000, [ROUGH]), samples, 8000) for _ in range(2))
    assert (one == other).all()


@pytest.mark.parametrize("shape", [(8000,), (1, 8000), (3, 8000)])
def test_other_channels_than_responses_are_told_with_both_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected \(2, n\)"):
        Correction(8000, [ROUGH, None]).block(np.zeros(shape, np.float32))
