"""A small convolutional network, in a few matrix products: what the classifier computes on the node.

    image ─┤ patches · kernel + bias, at least 0 ├─ … ─┤ mean, maximum ├─┤ matrix ├─┤ matrix ├─ logits

Strided convolutions whose batch normalisation is folded into the kernels. The framework that fitted it
(``dsp.training``) is not needed to run it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.filters import MOST_MULTIPLICATIONS

Tensor = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Convolution:
    """Kernel of shape (height, width, planes in, planes out), its bias, and how far it moves."""

    kernel: Tensor
    bias: Tensor
    stride: int

    def of(self, planes: Tensor) -> Tensor:
        """Rectified; (rows, columns, planes in) to (rows / stride, columns / stride, planes out)."""
        size, _, given, made = self.kernel.shape
        margin, (height, width) = size // 2, planes.shape[:2]
        padded = np.zeros((height + 2 * margin, width + 2 * margin, given), np.float32)
        padded[margin : margin + height, margin : margin + width] = planes
        patches = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(0, 1))
        patches = patches[:: self.stride, :: self.stride].transpose(0, 1, 3, 4, 2)
        rows = np.ascontiguousarray(patches).reshape(-1, size * size * given)
        filtered = _product(rows, self.kernel.reshape(-1, made)) + self.bias
        np.maximum(filtered, 0, out=filtered)
        return filtered.reshape(*patches.shape[:2], made)


def _product(rows: Tensor, matrix: Tensor) -> Tensor:
    """``rows`` @ ``matrix`` on this core alone, summed over pieces of what both share: few rows meet a large matrix."""
    most = max(1, MOST_MULTIPLICATIONS // (len(rows) * matrix.shape[1]))
    total = rows[:, :most] @ matrix[:most]
    for at in range(most, len(matrix), most):
        total += rows[:, at : at + most] @ matrix[at : at + most]
    return total


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Convolutions, then two dense layers over the mean and the maximum of their planes."""

    convolutions: tuple[Convolution, ...]
    hidden: tuple[Tensor, Tensor]
    last: tuple[Tensor, Tensor]

    @classmethod
    def of(cls, weights: Mapping[str, NDArray[np.floating]], strides: tuple[int, ...]) -> "Network":
        """From arrays by name: ``kernel0``, ``bias0`` …, ``matrix0``, ``offset0``, ``matrix1``, ``offset1``."""
        held = {name: np.ascontiguousarray(array, np.float32) for name, array in weights.items()}
        convolutions = (Convolution(held[f"kernel{n}"], held[f"bias{n}"], s) for n, s in enumerate(strides))
        return cls(tuple(convolutions), (held["matrix0"], held["offset0"]), (held["matrix1"], held["offset1"]))

    def logits(self, image: Tensor) -> Tensor:
        """One a class, of an image of shape (planes, rows, columns)."""
        planes = image.transpose(1, 2, 0)
        for convolution in self.convolutions:
            planes = convolution.of(planes)
        pooled = np.concatenate((planes.mean(axis=(0, 1)), planes.max(axis=(0, 1))))
        hidden = np.maximum(pooled @ self.hidden[0] + self.hidden[1], 0)
        return np.asarray(hidden @ self.last[0] + self.last[1])
