"""A crowd grows louder fast: a rise of its level over minutes, or a jump within seconds.

    seconds ─┬─┤ level ├─┬─┤ medians of 10 s over over_s, Theil-Sen ├─ slope / rate ─┐
             │           └─┤ median of 8 s - median of 3 minutes ├─ jump / jump_db ──┴─ larger ─┐
             └─┤ the last 8 s: like a crowd? ├────────────── likeness / 7 ──────────────────────┴─ lesser ≥ 1

Both must hold: 250 Hz to 4 kHz rises, and what came on top of the floor is like a crowd (:mod:`dsp.crowd`). So a truck,
a siren, a gust or a shower that rise as fast do not count. A rise counts by the slope less two standard errors. Nothing
that could tell a person is computed: no words, no pitch, no speaker, no count of people.
"""

from collections import deque
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dsp.crowd import LIKE, LIMITS, WINDOW_S, Crowd, Window
from dsp.detection import Detection
from dsp.lasting import Lasting, Lasts
from dsp.levels import power_db
from dsp.scale import RELATIVE_DB, note, unit
from dsp.slope import LEAST_POINTS, theil_sen
from dsp.voice_bands import LOW_BANDS, VoiceBands, Voiced

RATE_DB_A_MINUTE = 4.0
OVER_S = 120.0
"""8 dB in two minutes: six times as many people, or people who begin to shout (ANSI S3.5-1997: 6.5 dB to loud)."""
JUMP_DB = 10.0  # a cheer over talk
LIKENESS = 7.0  # of 10: where crowd_level hears one
BLOCK_S = 10  # its median forgets a bang
BLOCK_LEAST_S = 8  # of a block, without a hole
BEFORE_S, BEFORE_LEAST_S = 180, 60  # of the median that a jump stands over
SOONEST_S = BEFORE_LEAST_S + WINDOW_S
ERRORS = 2.0  # a slope that is no larger than these may be chance, 1 in 40
MEDIAN_S = 5
HYSTERESIS = 0.3  # parts of the limit
REPEAT_S = 60.0
ALL_SCORES_S = 10
THRESHOLD = 1.0
OVER_RANGE_S = (LEAST_POINTS * BLOCK_S, 3600.0)


class Detector:
    """A surge in one channel; a jump about 10 s after it, from 68 s after the stream began.

    A rise counts from ``rate_db_a_minute`` over ``over_s`` (in whole tens of seconds), a jump from ``jump_db``. The
    score is 1 at the limit. Told once, and again each 60 s until it was over for 60 s. Levels are in dB where
    ``full_scale_db`` says what an RMS of 1.0 stands for. ``all_scores`` also tells what stayed below, each 10 s.
    ValueError for an ``over_s`` outside ``OVER_RANGE_S``, and for limits that are not above 0.
    """

    def __init__(
        self,
        rate_hz: float,
        *,
        rate_db_a_minute: float = RATE_DB_A_MINUTE,
        over_s: float = OVER_S,
        jump_db: float = JUMP_DB,
        full_scale_db: float = RELATIVE_DB,
        all_scores: bool = False,
    ) -> None:
        if not OVER_RANGE_S[0] <= over_s <= OVER_RANGE_S[1]:
            raise ValueError(f"over_s is {over_s:g}; expected {OVER_RANGE_S[0]:g} to {OVER_RANGE_S[1]:g}")
        if not (rate_db_a_minute > 0 and jump_db > 0):
            raise ValueError(f"rate_db_a_minute {rate_db_a_minute:g} and jump_db {jump_db:g}; expected more than 0")
        self._rate, self._jump_db = rate_db_a_minute, jump_db
        self._full_scale_db, self._all_scores = full_scale_db, all_scores
        self._bands = VoiceBands(rate_hz)
        self._crowd = Crowd(self._bands)
        self._over_s = round(over_s / BLOCK_S) * BLOCK_S
        self._levels_db: deque[float] = deque(maxlen=max(self._over_s, BEFORE_S + WINDOW_S))  # nan in a hole
        self._likeness: deque[float] = deque(maxlen=MEDIAN_S)
        self._lasting = Lasting(threshold=THRESHOLD, hysteresis=HYSTERESIS, repeat_s=REPEAT_S, quiet_s=REPEAT_S)
        self._count = 0

    def feed(self, samples: NDArray[np.float32]) -> list[Detection]:
        """Surges that ``samples``, shape (n,), complete; full scale ±1.0. ValueError for another shape."""
        return [found for second in self._bands.feed(samples) for found in self._second(second)]

    def close(self) -> list[Detection]:
        """Nothing: a second that is not whole is not judged."""
        return []

    def _second(self, heard: Voiced) -> Iterator[Detection]:
        self._count += 1
        power = heard.frames[:, LOW_BANDS:].sum() / len(heard.frames)
        self._levels_db.append(float(power_db(power)) if heard.whole else np.nan)
        window = self._crowd.second(heard)
        if window is None:
            self._likeness.clear()
            return
        self._likeness.append(window.likeness)
        rise = self._rise(np.array(self._levels_db))
        if not rise or len(self._likeness) < MEDIAN_S:
            return
        rise |= {"likeness": float(np.median(self._likeness))}
        score = min(rise["rise"], rise["likeness"] / LIKENESS)
        lasts = self._lasting.second(self._count, score)
        if lasts:
            yield self._detection(score, window, rise, lasts)
        elif self._all_scores and score < THRESHOLD and self._count % ALL_SCORES_S == 0:
            yield self._detection(score, window, rise, Lasts(self._count, 0))

    def _rise(self, levels_db: NDArray[np.float64]) -> dict[str, float]:
        """Slope and jump, each where enough was heard, and the larger of both in parts of its limit as ``rise``."""
        found = self._slope(levels_db[-self._over_s :]) | self._jump(levels_db)
        parts = [
            (found[name] - ERRORS * found.get(f"{name}_error", 0.0)) / limit for name, limit in self._limits(found)
        ]
        return found | {"rise": max(parts)} if parts else {}

    def _limits(self, found: dict[str, float]) -> list[tuple[str, float]]:
        limits = (("slope_db_a_minute", self._rate), ("jump_db", self._jump_db))
        return [(name, limit) for name, limit in limits if name in found]

    def _slope(self, levels_db: NDArray[np.float64]) -> dict[str, float]:
        """Over blocks that end with this second; none before they are all there, or where one lacks too much."""
        if levels_db.size < self._over_s:
            return {}
        blocks = levels_db.reshape(-1, BLOCK_S)
        if np.isfinite(blocks).sum(axis=1).min() < BLOCK_LEAST_S:
            return {}
        minutes = np.arange(len(blocks)) * BLOCK_S * self._bands.grid.second_s / 60
        slope, error = theil_sen(minutes, np.nanmedian(blocks, axis=1))
        return {"slope_db_a_minute": slope, "slope_db_a_minute_error": error}

    def _jump(self, levels_db: NDArray[np.float64]) -> dict[str, float]:
        before = levels_db[-BEFORE_S - WINDOW_S : -WINDOW_S]
        before = before[np.isfinite(before)]
        if before.size < BEFORE_LEAST_S:
            return {}
        before_db = float(np.median(before))
        return {"before_db": before_db, "jump_db": float(np.median(levels_db[-WINDOW_S:])) - before_db}

    def _detection(self, score: float, window: Window, rise: dict[str, float], lasts: Lasts) -> Detection:
        second = self._bands.grid.second
        absolute = {"level_db": window.measures["level_db"] + self._full_scale_db}
        absolute |= {"before_db": rise["before_db"] + self._full_scale_db} if "before_db" in rise else {}
        return Detection(
            start=max(0, lasts.since - WINDOW_S - MEDIAN_S // 2) * second,
            stop=self._count * second,
            score=score,
            threshold=THRESHOLD,
            measures=window.measures | rise | absolute,
            reasons=tuple(self._reasons(score, window, rise)),
        )

    def _reasons(self, score: float, window: Window, rise: dict[str, float]) -> Iterator[str]:
        scale = unit(self._full_scale_db)
        yield f"score {score:.2f}, the lesser of rise and likeness in parts of their limits; threshold {THRESHOLD:g}"
        if "slope_db_a_minute" in rise:
            slope, error = rise["slope_db_a_minute"], rise["slope_db_a_minute_error"]
            yield (
                f"over {self._over_s} s 0.25-4 kHz rose by {slope:.1f} ± {error:.1f} dB a minute"
                f" (at least {self._rate:g} and {ERRORS:g} errors)"
            )
        if "jump_db" in rise:
            now_db = rise["before_db"] + rise["jump_db"] + self._full_scale_db
            yield (
                f"its last {WINDOW_S} s stood {rise['jump_db']:.1f} dB over the median of the minutes before,"
                f" at {now_db:.1f} {scale} (at least {self._jump_db:g})"
            )
        yield from note(self._full_scale_db)
        yield f"what came on top is like a crowd by {rise['likeness']:.1f} of {LIKE:g} (at least {LIKENESS:g})"
        for limit in LIMITS:
            yield limit.reason(window.measures[limit.measure])
        if window.measures["overload_s"] > 0:
            yield f"{window.measures['overload_s']:.1f} s touched full scale: level and likeness are doubtful"
