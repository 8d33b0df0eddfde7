"""Any chunking in, equal blocks out: the one place that makes every streaming measure independent of its chunks.

    chunks  |··|·····|·|········|···|
    blocks  |····|····|····|····|····   always the same length, from the same sample

Floating point sums depend on where they are cut. Cut at the same samples, they are the same to the last bit.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray


class Blocks:
    """Regroups chunks of shape (..., n) to blocks of shape (..., ``length``); keeps less than one block."""

    def __init__(self, length: int) -> None:
        self.length = length
        self._held: NDArray[np.float32] | None = None
        self._filled = 0

    def feed(self, samples: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
        """The blocks that ``samples`` completes. A block is only valid until the next one is asked for."""
        held = self._buffer(samples.shape[:-1])
        taken = 0
        while taken < samples.shape[-1]:
            count = min(self.length - self._filled, samples.shape[-1] - taken)
            held[..., self._filled : self._filled + count] = samples[..., taken : taken + count]
            taken += count
            self._filled = (self._filled + count) % self.length
            if self._filled == 0:
                yield held

    def rest(self) -> NDArray[np.float32]:
        """What has come since the last full block, shape (..., less than ``length``)."""
        return np.empty(0, np.float32) if self._held is None else self._held[..., : self._filled]

    def last(self) -> NDArray[np.float32]:
        """The newest sample, shape (...); zero before the first."""
        return np.zeros((), np.float32) if self._held is None else self._held[..., self._filled - 1]

    def _buffer(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        if self._held is None:
            self._held = np.empty((*shape, self.length), np.float32)
        if self._held.shape[:-1] != shape:
            raise ValueError(f"chunks of shape {(*self._held.shape[:-1], 'n')} became {(*shape, 'n')}")
        return self._held
