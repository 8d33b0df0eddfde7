"""Whatever stood out of the street and was no shot, firework, explosion, breaking glass or scream: what was it like?

The likeliest class of the rest (impact, thunder, voice, animal, water, alarm, engine, fire, street, playback) is the
reason. It alarms nobody by itself; it tells a site what its bangs are.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dsp.bangs import LEAST_SCORE
from dsp.classifier import Judgement, model
from dsp.detection import Detection
from dsp.hearing import Hearing

APART_S = 2.0  # one bang, its echoes and its like are told once
SOUND_S = 0.5  # what was judged


class Detector:
    """Sounds that rose by ``rise_db`` or more in one channel; ``threshold`` is the least probability of their class.

    ``all_scores`` reports what stayed below it too. ValueError for a rate that it cannot hear at.
    """

    def __init__(
        self, rate_hz: float, *, rise_db: float = 25.0, threshold: float = 0.5, all_scores: bool = False
    ) -> None:
        self.hearing = Hearing(rate_hz)
        self._rise_db, self._threshold = rise_db, threshold
        self._least = LEAST_SCORE if all_scores else threshold
        self._rate_hz = rate_hz
        self._told: int | None = None

    def feed(self, samples: NDArray[np.float32]) -> list[Detection]:
        """Sounds completed by ``samples``, shape (n,), full scale ±1.0. ValueError for another shape."""
        return self.hear(self.hearing.feed(samples))

    def close(self) -> list[Detection]:
        """Sounds that the end completes."""
        return self.hear(self.hearing.close())

    def hear(self, judged: Sequence[Judgement]) -> list[Detection]:
        """Sounds in judgements of consecutive proposals."""
        loud = (one for one in judged if not one.proposal.steady and one.proposal.rise_db >= self._rise_db)
        return [self._detection(one) for one in loud if self._tells(one)]

    def _tells(self, judged: Judgement) -> bool:
        name, probability = judged.likeliest()
        onset = judged.proposal.onset
        again = self._told is not None and onset - self._told < APART_S * self._rate_hz
        if name in model().scales or probability < self._least or again:
            return False
        if probability >= self._threshold:
            self._told = onset
        return True

    def _detection(self, judged: Judgement) -> Detection:
        name, probability = judged.likeliest()
        onset, rise_db = judged.proposal.onset, judged.proposal.rise_db
        return Detection(
            start=onset,
            stop=onset + round(SOUND_S * self._rate_hz),
            score=probability,
            threshold=self._threshold,
            measures={"rise_db": rise_db, **{f"p_{kind}": p for kind, p in judged.probabilities().items()}},
            reasons=(f"rose {rise_db:.1f} dB (at least {self._rise_db:g})", f"most like: {name} {probability:.2f}"),
        )
