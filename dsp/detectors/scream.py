"""Screams, by the classifier: they have no onset, so every half second is looked at, and two in a row must agree.

No word, no speaker and no pitch is looked at: the classifier sees a third of a second in 32 bands, and forgets it.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from dsp.bangs import ALARMS_A_DAY, LEAST_SCORE, Verdict
from dsp.classifier import Judgement
from dsp.detection import Detection
from dsp.hearing import Hearing

LEAST_PEAK_DB = -80.0  # re full scale: below this a channel has nothing but its own noise
APART_S = 10.0  # one that goes on is told again after this


class Detector:
    """Screams in one channel, told 1.1 s after they began. Options and errors as of ``gunshot``."""

    def __init__(
        self,
        rate_hz: float,
        *,
        threshold: float = 0.0,
        max_false_alarms_per_day: float = ALARMS_A_DAY,
        all_scores: bool = False,
    ) -> None:
        self.hearing = Hearing(rate_hz, steady=True)
        self._verdict = Verdict(
            "scream", rate_hz, threshold=threshold, max_false_alarms_per_day=max_false_alarms_per_day
        )
        self._all_scores = all_scores
        self._apart = round(APART_S * rate_hz)
        self._before: Judgement | None = None
        self._told: int | None = None

    def feed(self, samples: NDArray[np.float32]) -> list[Detection]:
        """Screams completed by ``samples``, shape (n,), full scale ±1.0. ValueError for another shape."""
        return self.hear(self.hearing.feed(samples))

    def close(self) -> list[Detection]:
        """Screams that the end completes."""
        return self.hear(self.hearing.close())

    def hear(self, judged: Sequence[Judgement]) -> list[Detection]:
        """Screams in judgements of consecutive proposals."""
        return [found for one in judged if one.proposal.steady for found in self._heard(one)]

    def _heard(self, judged: Judgement) -> Iterator[Detection]:
        before, self._before = self._before, judged
        if before is None:
            return
        both = judged.averaged(before)
        score, start = self._verdict.score(both), before.proposal.onset
        if score < LEAST_SCORE or before.proposal.shape().peak_db < LEAST_PEAK_DB:
            return
        told = score >= self._verdict.threshold and (self._told is None or start - self._told >= self._apart)
        if told:
            self._told = start
        if told or (self._all_scores and score < self._verdict.threshold):
            yield self._verdict.detection(both)
