"""A crowd is heard, and how loud: many voices, cheers and laughter among them.

    samples ─┤ third octaves, 40 a second ├─┤ the last 8 s: like a crowd? ├─┤ median of 5 s ├─┤ ≥ threshold ├─ told

Likeness is 10 less what lies beyond the limits of :mod:`dsp.crowd`, and those of this detector: how far over the
floor, how steady. Many voices are told from noise (rain, wind, water, engines) by their grain, and from one voice by
how little grain and modulation are left when voices add up. Applause alone has the grain of rain, and is not found.

Nothing that could tell a person is computed: no words, no pitch, no speaker, no count of people.
"""

from collections import deque
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dsp.crowd import LEAST_HISTORY_S, LIKE, LIMITS, WINDOW_S, Crowd, Window
from dsp.detection import Detection
from dsp.lasting import Lasting, Lasts
from dsp.limits import ANY, Limit
from dsp.scale import RELATIVE_DB, note, unit
from dsp.voice_bands import VoiceBands, Voiced

THRESHOLD = 7.0
HYSTERESIS = 2.0
REPEAT_S = 60.0
MEDIAN_S = 5  # one odd window neither begins a crowd nor ends it
ALL_SCORES_S = 10
SOONEST_S = LEAST_HISTORY_S + WINDOW_S + MEDIAN_S - 1

HEARD_LIMITS = (
    Limit("over_floor_db", 8, ANY, 2, "0.25-4 kHz stood {:.1f} dB over the floor of the last ten minutes"),
    Limit("steady_db", -ANY, 4, 2, "its level moved by {:.1f} dB from second to second"),
)


class Detector:
    """A crowd in one channel, from about 20 s after the stream began; told some 10 s after it began to be heard.

    ``threshold`` is the least likeness, 10 at most. Told once, and again each 60 s until it was quiet for 60 s. Levels
    are in dB where ``full_scale_db`` says what an RMS of 1.0 stands for, else re full scale. A crowd that stays for
    nine of ten minutes becomes the floor, and ends. ``all_scores`` also tells what stayed below, each 10 s.
    """

    def __init__(
        self,
        rate_hz: float,
        *,
        threshold: float = THRESHOLD,
        full_scale_db: float = RELATIVE_DB,
        all_scores: bool = False,
    ) -> None:
        self._threshold, self._full_scale_db, self._all_scores = threshold, full_scale_db, all_scores
        self._bands = VoiceBands(rate_hz)
        self._crowd = Crowd(self._bands)
        self._lasting = Lasting(threshold=threshold, hysteresis=HYSTERESIS, repeat_s=REPEAT_S, quiet_s=REPEAT_S)
        self._scores: deque[float] = deque(maxlen=MEDIAN_S)
        self._count = 0

    def feed(self, samples: NDArray[np.float32]) -> list[Detection]:
        """Crowds that ``samples``, shape (n,), complete; full scale ±1.0. ValueError for another shape."""
        return [found for second in self._bands.feed(samples) for found in self._second(second)]

    def close(self) -> list[Detection]:
        """Nothing: a second that is not whole is not judged."""
        return []

    def _second(self, heard: Voiced) -> Iterator[Detection]:
        self._count += 1
        window = self._crowd.second(heard)
        if window is None:
            self._scores.clear()
            return
        costs = sum(limit.cost_db(window.measures[limit.measure]) for limit in HEARD_LIMITS)
        self._scores.append(window.likeness - costs)
        if len(self._scores) < MEDIAN_S:
            return
        score = float(np.median(self._scores))
        lasts = self._lasting.second(self._count, score)
        if lasts:
            yield self._detection(score, window, lasts)
        elif self._all_scores and score < self._threshold and self._count % ALL_SCORES_S == 0:
            yield self._detection(score, window, Lasts(self._count, 0))

    def _detection(self, score: float, window: Window, lasts: Lasts) -> Detection:
        second = self._bands.grid.second
        return Detection(
            start=max(0, lasts.since - WINDOW_S - MEDIAN_S // 2) * second,
            stop=self._count * second,
            score=score,
            threshold=self._threshold,
            measures=window.measures | {"level_db": window.measures["level_db"] + self._full_scale_db},
            reasons=tuple(self._reasons(score, window)),
        )

    def _reasons(self, score: float, window: Window) -> Iterator[str]:
        level_db = window.measures["level_db"] + self._full_scale_db
        yield f"a crowd by {score:.1f} of {LIKE:g}, threshold {self._threshold:g}"
        yield f"0.25-4 kHz was at {level_db:.1f} {unit(self._full_scale_db)} over the last {WINDOW_S} s"
        yield from note(self._full_scale_db)
        for limit in (*HEARD_LIMITS, *LIMITS):
            yield limit.reason(window.measures[limit.measure])
        if window.measures["overload_s"] > 0:
            yield f"{window.measures['overload_s']:.1f} s touched full scale: level and likeness are doubtful"
