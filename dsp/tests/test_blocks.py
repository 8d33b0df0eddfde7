import numpy as np
import pytest

from dsp.blocks import Blocks


@pytest.mark.parametrize("chunk", [1, 3, 10, 17, 100])
def test_any_chunking_gives_the_same_blocks(chunk: int) -> None:
    signal = np.arange(100, dtype=np.float32)
    blocks = Blocks(10)
    given = [block.copy() for at in range(0, 100, chunk) for block in blocks.feed(signal[at : at + chunk])]
    np.testing.assert_array_equal(given, signal.reshape(10, 10))


def test_channels_are_regrouped_together() -> None:
    signal = np.arange(12, dtype=np.float32).reshape(2, 6)
    given = [block.copy() for block in Blocks(3).feed(signal)]
    np.testing.assert_array_equal(given, [[[0, 1, 2], [6, 7, 8]], [[3, 4, 5], [9, 10, 11]]])


def test_the_rest_is_what_no_block_holds_yet() -> None:
    blocks = Blocks(4)
    assert blocks.rest().size == 0
    assert [block.tolist() for block in blocks.feed(np.arange(6, dtype=np.float32))] == [[0, 1, 2, 3]]
    assert blocks.rest().tolist() == [4, 5]


def test_the_last_sample_is_known_also_when_a_block_has_just_been_filled() -> None:
    blocks = Blocks(4)
    assert blocks.last() == 0
    list(blocks.feed(np.arange(1, 5, dtype=np.float32)))
    assert blocks.last() == 4


def test_a_change_of_channels_is_refused_with_both_shapes() -> None:
    blocks = Blocks(4)
    list(blocks.feed(np.zeros((2, 1), np.float32)))
    with pytest.raises(ValueError, match=r"\(2, 'n'\) became \(3, 'n'\)"):
        list(blocks.feed(np.zeros((3, 1), np.float32)))
