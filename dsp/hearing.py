"""Trigger and classifier of one channel, shared by all detectors that go by what it says.

    samples ─┤ Hearing ├─ Judgements ─┬─┤ gunshot ├─ Detections
                                      ├─┤ fireworks ├─
                                      └─┤ … ├─

A detector works alone, from samples (``feed``), or on the judgements of a ``Hearing`` that others share (``hear``).
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from dsp.classifier import Judgement, model
from dsp.detection import Detection, Detector
from dsp.trigger import Proposal, Trigger


class Hearing:
    """Judges what the trigger proposes in one channel, when asked; ``steady`` also half a second after half a second.

    ValueError for a rate that the trigger cannot take.
    """

    def __init__(self, rate_hz: float, *, steady: bool = False) -> None:
        self.rate_hz = rate_hz
        self.steady = steady
        self._trigger = Trigger(rate_hz)

    def feed(self, samples: NDArray[np.float32]) -> list[Judgement]:
        """Judgements completed by ``samples``, shape (n,), full scale ±1.0. ValueError for another shape."""
        return self._judged(self._trigger.feed(samples))

    def close(self) -> list[Judgement]:
        """Judgements that the end completes."""
        return self._judged(self._trigger.close())

    def _judged(self, proposals: Sequence[Proposal]) -> list[Judgement]:
        return [Judgement(found, model()) for found in proposals if self.steady or not found.steady]


@runtime_checkable
class Hears(Detector, Protocol):
    """A detector that goes by judgements: whoever runs several lets them share one ``Hearing``."""

    @property
    def hearing(self) -> Hearing:
        """What it hears with when it works alone."""
        ...

    def hear(self, judged: Sequence[Judgement]) -> list[Detection]:
        """Detections in judgements of consecutive proposals."""
        ...
