import numpy as np
import pytest
from scipy.signal import correlate2d

from dsp.network import Convolution, Network

RANDOM = np.random.default_rng(3)


def drawn(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return RANDOM.standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize(("size", "stride"), [(3, 1), (3, 2), (5, 2)])
def test_a_convolution_is_scipys_correlation_strided_and_rectified(size: int, stride: int) -> None:
    planes, kernel, bias = drawn(9, 8, 2), drawn(size, size, 2, 4), drawn(4)
    full = [
        sum(np.asarray(correlate2d(planes[..., i], kernel[..., i, o], "same")) for i in range(2)) + bias[o]
        for o in range(4)
    ]
    expected = np.maximum(np.stack(full, axis=-1)[::stride, ::stride], 0)
    assert Convolution(kernel, bias, stride).of(planes) == pytest.approx(expected, abs=1e-4)


def test_a_network_pools_by_mean_and_maximum_and_ends_in_two_dense_layers() -> None:
    weights = {
        "kernel0": drawn(3, 3, 2, 4), "bias0": drawn(4), "matrix0": drawn(8, 5), "offset0": drawn(5),
        "matrix1": drawn(5, 3), "offset1": drawn(3),
    }  # fmt: skip
    image = drawn(2, 6, 7)
    planes = Convolution(weights["kernel0"], weights["bias0"], 2).of(image.transpose(1, 2, 0))
    pooled = np.concatenate((planes.mean(axis=(0, 1)), planes.max(axis=(0, 1))))
    hidden = np.maximum(pooled @ weights["matrix0"] + weights["offset0"], 0)
    assert Network.of(weights, (2,)).logits(image) == pytest.approx(
        hidden @ weights["matrix1"] + weights["offset1"], abs=1e-4
    )


def test_weights_of_half_precision_are_taken() -> None:
    weights = {"kernel0": drawn(3, 3, 2, 1), "bias0": drawn(1), "matrix0": drawn(2, 1), "offset0": drawn(1),
               "matrix1": drawn(1, 1), "offset1": drawn(1)}  # fmt: skip
    half = {name: array.astype(np.float16) for name, array in weights.items()}
    assert Network.of(half, (1,)).logits(drawn(2, 4, 4)).dtype == np.float32
