"""Gunshots: by the networks, less their echoes, with the rounds of a burst counted.

    judgements ─┤ score ├─┤ above what the last shot still sends back ├─┤ which round ├─ Detection

A muzzle blast is brief, broad and abrupt (R. Maher, S. Shaw, "Deciphering gunshot recordings", AES 33rd Conf., 2008),
and so are fireworks and slammed doors: ``dsp.classifier`` was taught the difference.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dsp.bangs import ALARMS_A_DAY, LEAST_SCORE, Verdict
from dsp.classifier import Judgement
from dsp.detection import Detection
from dsp.hearing import Hearing

ECHO_DB = 2.0
ECHO_DB_A_S = 15.0
"""What stays under the last blast's peak + 2 dB - 15 dB/s is its echo. Rounds from one place are equally loud to 3 dB;
streets fade by 20 to 60 dB/s. On the live-fire recordings this takes three of four echoes and no labelled round."""
BURST_S = 2.0  # rounds no further apart than this belong together
TOLD_ROUNDS = 10  # the times of so many of the last are named


class Detector:
    """Muzzle blasts in one channel, each told at most 0.62 s after it came; none in the first 0.03 s of a signal.

    ``threshold`` is the least score, 0 to 1; 0 means the one that made ``max_false_alarms_per_day`` on composed
    streets. ``all_scores`` reports what stayed below it too. ValueError for a rate or a threshold that cannot be.
    """

    def __init__(
        self,
        rate_hz: float,
        *,
        threshold: float = 0.0,
        max_false_alarms_per_day: float = ALARMS_A_DAY,
        all_scores: bool = False,
    ) -> None:
        self.hearing = Hearing(rate_hz)
        self._verdict = Verdict(
            "gunshot", rate_hz, threshold=threshold, max_false_alarms_per_day=max_false_alarms_per_day
        )
        self._rate_hz = rate_hz
        self._least = LEAST_SCORE if all_scores else self._verdict.threshold
        self._rounds: list[Detection] = []
        self._echoes = 0

    def feed(self, samples: NDArray[np.float32]) -> list[Detection]:
        """Blasts completed by ``samples``, shape (n,), full scale ±1.0. ValueError for another shape."""
        return self.hear(self.hearing.feed(samples))

    def close(self) -> list[Detection]:
        """Blasts that the end completes."""
        return self.hear(self.hearing.close())

    def hear(self, judged: Sequence[Judgement]) -> list[Detection]:
        """Blasts in judgements of consecutive proposals."""
        return [found for one in judged if not one.proposal.steady for found in self._heard(one)]

    def _heard(self, judged: Judgement) -> Iterator[Detection]:
        found = self._verdict.detection(judged)
        if found.score < self._least:
            return
        if self._is_echo(found):
            self._echoes += 1
        elif found.score >= found.threshold:
            yield self._round(found)
        else:
            yield found

    def _is_echo(self, found: Detection) -> bool:
        if not self._rounds:
            return False
        last = self._rounds[-1]
        since_s = self._apart_s(last, found)
        masked_db = last.measures["peak_db"] + ECHO_DB - ECHO_DB_A_S * since_s
        return since_s <= 0 or found.measures["peak_db"] < masked_db

    def _apart_s(self, one: Detection, other: Detection) -> float:
        return (other.start - one.start) / self._rate_hz

    def _round(self, found: Detection) -> Detection:
        """The detection as the next round of the burst that it belongs to."""
        if self._rounds and self._apart_s(self._rounds[-1], found) > BURST_S:
            self._rounds, self._echoes = [], 0
        self._rounds.append(found)
        measures = {**found.measures, "round": float(len(self._rounds)), "echoes": float(self._echoes)}
        reasons = found.reasons if len(self._rounds) == 1 else (*found.reasons, self._burst())
        self._echoes = 0
        return replace(found, measures=measures, reasons=reasons)

    def _burst(self) -> str:
        first, shown = self._rounds[0], self._rounds[-TOLD_ROUNDS:]
        times = ", ".join(f"{self._apart_s(first, one):.2f}" for one in shown)
        echoes = f"; echoes since the last: {self._echoes}" if self._echoes else ""
        return f"round {len(self._rounds)} of a burst, at {times} s{echoes}"
