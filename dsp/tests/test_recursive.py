import numpy as np
import pytest
from scipy.signal import butter, sosfilt, sosfreqz

from dsp.recursive import Recursive, cascade, response

SECTIONS = butter(3, [0.02, 0.3], "bandpass", output="sos")
NOISE = np.random.default_rng(1).standard_normal(4800)


@pytest.mark.parametrize(("length", "blocks"), [(1, 600), (24, 25), (24, 1), (600, 1), (200, 3)])
def test_the_output_is_that_of_sosfilt_whatever_the_blocks(length: int, blocks: int) -> None:
    recursive = Recursive([cascade(SECTIONS, (2,))], length, blocks)
    fed = NOISE.reshape(-1, blocks, length)
    heard = np.concatenate([recursive.block(one)[0].ravel() for one in fed])
    np.testing.assert_allclose(heard, sosfilt(SECTIONS, NOISE), rtol=0, atol=1e-13)


def test_each_section_can_be_heard_and_filters_stand_side_by_side() -> None:
    other = butter(3, [0.1, 0.2], "bandpass", output="sos")
    recursive = Recursive([cascade(SECTIONS, (0, 2)), cascade(other, (1, 2))], 48, 100)
    heard = recursive.block(NOISE.reshape(100, 48)).reshape(2, 100, 2, 48).swapaxes(1, 2).reshape(2, 2, -1)
    for sections, ends, outputs in ((SECTIONS, (1, 3), heard[0]), (other, (2, 3), heard[1])):
        for end, output in zip(ends, outputs, strict=True):
            np.testing.assert_allclose(output, sosfilt(sections[:end], NOISE), rtol=0, atol=1e-13)


def test_poles_close_to_one_stay_exact_for_an_hour() -> None:
    slow = butter(3, [2 * 17.8 / 6000, 2 * 22.4 / 6000], "bandpass", output="sos")  # 20 Hz at 6 kHz
    recursive = Recursive([cascade(slow, (2,))], 24, 250)
    tone = np.sin(2 * np.pi * 20 * np.arange(6000) / 6000)
    for _ in range(3599):
        recursive.block(tone.reshape(250, 24))
    heard = recursive.block(tone.reshape(250, 24))
    gain = abs(sosfreqz(slow, [20], fs=6000)[1][0])
    assert np.sqrt(np.mean(heard**2) * 2) == pytest.approx(gain, abs=1e-9)


def test_the_gain_is_that_of_sosfreqz() -> None:
    frequency_hz = np.array([1.0, 100, 1000, 7000, 23_999])
    np.testing.assert_allclose(
        response(SECTIONS, frequency_hz, 48_000), sosfreqz(SECTIONS, frequency_hz, fs=48_000)[1], atol=1e-12
    )
