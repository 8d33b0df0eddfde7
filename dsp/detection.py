"""What a detector says, and what a detector module offers.

    array → Detector.feed → Detection

Everything is counted in samples since the detector's first. Any chunking of a signal gives the same detections.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Detection:
    """Something happened between sample ``start`` (its onset) and sample ``stop``.

    ``score`` says how sure, in the detector's own scale, and reached ``threshold``, unless the detector was asked
    for all scores. ``measures`` are the numbers that decided; ``reasons`` say in words what they mean.
    """

    start: int
    stop: int
    score: float
    threshold: float
    measures: Mapping[str, float] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()


class Detector(Protocol):
    """Finds one kind of event in one channel, streaming."""

    def feed(self, samples: NDArray[np.float32]) -> list[Detection]:
        """Detections completed by ``samples``, shape (n,), full scale ±1.0.

        A detection may be reported later than its samples came, by at most the detector's own look-ahead.
        """
        ...

    def close(self) -> list[Detection]:
        """Detections that the end of the signal completes."""
        ...
