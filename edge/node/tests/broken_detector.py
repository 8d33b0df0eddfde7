"""A detector of a test that breaks at the first sample above half of full scale."""

import numpy as np
from numpy.typing import NDArray

from dsp.detection import Detection


class Detector:
    def __init__(self, rate_hz: float) -> None:
        pass

    def feed(self, samples: NDArray[np.float32]) -> list[Detection]:
        if np.any(samples > 0.5):
            raise ZeroDivisionError("a detector that breaks")
        return []

    def close(self) -> list[Detection]:
        return []
