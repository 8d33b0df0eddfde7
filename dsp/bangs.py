"""What detectors of one class have in common: the threshold, and the reasons that a detection carries.

Judgement ─┤ log-odds of the class ├─┤ score ├─┤ ≥ threshold ├─ Detection with its reasons
"""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from dsp.classifier import Judgement, Scale, model
from dsp.detection import Detection
from dsp.hearing import Hearing
from dsp.trigger import AFTER, RATE_HZ

ALARMS_A_DAY = 24.0
"""One an hour: with so many the recall was measured. A site that wants fewer says so, and hears less."""
LEAST_SCORE = 0.01
"""Nobody asks for the scores of what is surely something else, about a thousand an hour."""
MERGE_S = 0.25  # what follows sooner is the same bang, or its echo
TOLD_SHARE = 0.05  # the next likeliest class is named from this probability on


class Verdict:
    """Judges of one ``kind``: a threshold of 0 means the one that makes ``max_false_alarms_per_day``.

    ValueError for a threshold outside 0 to 1, or when no threshold is known to alarm so seldom.
    """

    def __init__(self, kind: str, rate_hz: float, *, threshold: float, max_false_alarms_per_day: float) -> None:
        self.kind = kind
        self._rate_hz = rate_hz
        self._scale: Scale = model().scales[kind]
        if not 0 <= threshold <= 1:
            raise ValueError(f"a threshold of {threshold:g}; a score is 0 to 1")
        self.threshold = threshold or self._scale.threshold(max_false_alarms_per_day)

    def score(self, judged: Judgement) -> float:
        """How sure it is that ``judged`` is of the kind, 0 to 1."""
        return self._scale.score(judged.log_odds[self.kind])

    def detection(self, judged: Judgement) -> Detection:
        """The judgement as a detection, whatever its score."""
        shape = judged.proposal.shape()
        score, start = self.score(judged), judged.proposal.onset
        measures = {"rise_db": judged.proposal.rise_db, **asdict(shape)}
        return Detection(
            start=start,
            stop=start + round(min(shape.decay_ms / 1000, AFTER / RATE_HZ) * self._rate_hz),
            score=score,
            threshold=self.threshold,
            measures={**measures, **{f"p_{name}": p for name, p in judged.probabilities().items()}},
            reasons=(*_reasons(measures), self._likeness(judged, score)),
        )

    def _likeness(self, judged: Judgement, score: float) -> str:
        """What it is like, and what else."""
        others = {name: p for name, p in judged.probabilities().items() if name != self.kind}
        name = max(others, key=lambda other: others[other])
        mine = f"like {_words(self.kind)} with a score of {score:.3f} (threshold {self.threshold:.3f})"
        if others[name] < TOLD_SHARE:
            return f"{mine}, nothing else"
        return f"{mine}, next {_words(name)} {others[name]:.2f}"


class Bangs:
    """Detector of the bangs of one ``kind`` in one channel, each told at most 0.62 s after it came.

    ``threshold`` is the least score, 0 to 1; 0 means the one that made ``max_false_alarms_per_day`` on composed
    streets. ``all_scores`` reports what stayed below it too. ValueError for a rate or a threshold that cannot be.
    """

    def __init__(
        self,
        kind: str,
        rate_hz: float,
        *,
        threshold: float = 0.0,
        max_false_alarms_per_day: float = ALARMS_A_DAY,
        all_scores: bool = False,
    ) -> None:
        self.hearing = Hearing(rate_hz)
        self._verdict = Verdict(kind, rate_hz, threshold=threshold, max_false_alarms_per_day=max_false_alarms_per_day)
        self._least = LEAST_SCORE if all_scores else self._verdict.threshold
        self._apart = round(MERGE_S * rate_hz)
        self._last = -self._apart

    def feed(self, samples: NDArray[np.float32]) -> list[Detection]:
        """Bangs completed by ``samples``, shape (n,), full scale ±1.0. ValueError for another shape."""
        return self.hear(self.hearing.feed(samples))

    def close(self) -> list[Detection]:
        """Bangs that the end completes."""
        return self.hear(self.hearing.close())

    def hear(self, judged: Sequence[Judgement]) -> list[Detection]:
        """Bangs in judgements of consecutive proposals."""
        return [self._verdict.detection(one) for one in judged if self._tells(one)]

    def _tells(self, judged: Judgement) -> bool:
        score, onset = self._verdict.score(judged), judged.proposal.onset
        if judged.proposal.steady or score < self._least or onset - self._last < self._apart:
            return False
        if score >= self._verdict.threshold:
            self._last = onset
        return True


def _words(kind: str) -> str:
    return kind.replace("_", " ")


def _reasons(measures: dict[str, float]) -> tuple[str, ...]:
    return (
        f"rose {measures['rise_db']:.1f} dB above the floor, a tenth of it within {measures['attack_ms']:.0f} ms",
        f"stood {measures['snr_db']:.1f} dB over the noise, and fell by 10 dB in {measures['decay_ms']:.0f} ms",
    )
