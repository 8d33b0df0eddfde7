"""The form of a clip's samples: by hand, by what converters give, and by a reader of WAV files that is not ours."""

import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from edge.message.pcm import FULL_SCALE, pcm24


def test_samples_are_interleaved_and_little_endian_in_three_bytes() -> None:
    samples = np.array([[1, -2], [0x123456, -FULL_SCALE]], np.float32) / np.float32(FULL_SCALE)
    assert pcm24(samples).hex(" ", 3) == "010000 563412 feffff 000080"


def test_what_is_beyond_full_scale_is_held_there() -> None:
    assert pcm24(np.array([[1.0, 1.5, -1.5]], np.float32)).hex(" ", 3) == "ffff7f ffff7f 000080"


def test_between_two_steps_the_nearest_counts() -> None:
    assert (
        pcm24(np.array([[0.4, 0.6, -0.6]], np.float32) / np.float32(FULL_SCALE)).hex(" ", 3) == "000000 010000 ffffff"
    )


def test_no_samples_are_no_bytes() -> None:
    assert pcm24(np.empty((4, 0), np.float32)) == b""


@pytest.mark.parametrize("bits", [16, 24])
@given(codes=st.lists(st.integers(-1, 1) | st.integers(-(2**15), 2**15 - 1), min_size=1))
def test_no_code_of_a_converter_is_lost(bits: int, codes: list[int]) -> None:
    samples = np.array([codes], np.int64) / 2 ** (bits - 1)
    data = pcm24(samples.astype(np.float32))
    found = [int.from_bytes(data[at : at + 3], "little", signed=True) for at in range(0, len(data), 3)]
    assert found == [code << (24 - bits) for code in codes]


def test_they_are_the_data_of_a_wav_file_of_24_bits_as_libsndfile_reads_it(tmp_path: Path) -> None:
    codes = np.random.default_rng(1).integers(-FULL_SCALE, FULL_SCALE, (3, 500))
    samples = (codes / FULL_SCALE).astype(np.float32)
    with wave.open(str(tmp_path / "clip.wav"), "wb") as file:
        file.setparams((3, 3, 48_000, 0, "NONE", ""))
        file.writeframes(pcm24(samples))
    read, _ = soundfile.read(tmp_path / "clip.wav", dtype="float32")
    assert np.array_equal(read.T, samples)
