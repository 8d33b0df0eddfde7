"""A detector of a test, as a folder of plugins would offer it: finds every sample above half of full scale."""

import numpy as np
from numpy.typing import NDArray

from dsp.blocks import Blocks
from dsp.detection import Detection

BLOCK = 64


class Detector:
    """Told a block later, and at the end."""

    def __init__(self, rate_hz: float, *, threshold: float = 0.5, nan: bool = False) -> None:  # noqa: ARG002  every detector is told the rate
        self._threshold = threshold
        self._nan = nan
        self._blocks = Blocks(BLOCK)
        self._first = 0

    def feed(self, samples: NDArray[np.float32]) -> list[Detection]:
        return [found for block in self._blocks.feed(samples) for found in self._block(block)]

    def close(self) -> list[Detection]:
        return self._block(self._blocks.rest())

    def _block(self, block: NDArray[np.float32]) -> list[Detection]:
        clicks = np.flatnonzero(block > self._threshold)
        first, self._first = self._first, self._first + block.size
        return [self._told(first + int(at), float(block[at])) for at in clicks]

    def _told(self, start: int, level: float) -> Detection:
        measures = {"level": level} | ({"broken": float("nan")} if self._nan else {})
        return Detection(start, start + 1, level, self._threshold, measures, ("a click",))
