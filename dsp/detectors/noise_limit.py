"""A noise permit's limit: LAeq or LCeq over a sliding time goes above it.

    whole seconds ─┤ A or C, ∫x² ├─┤ the last averaging_s ├─┤ 10 lg( Σ / averaging_s ) ├─┤ above the limit? ├─ told

What was not measured (before the stream began, in a hole, what was no number) counts as silence: the energy that was
measured breaks the limit alone, so no alarm stands on what is made up. Where all was measured, this is the equivalent
continuous level of IEC 61672-1:2013, 3.9, by the filters of a class 1 meter (:mod:`dsp.exposure`).

A limit that nobody set is infinite, and no sound is louder: without ``limit_db`` this detector says nothing.
"""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dsp.detection import Detection
from dsp.exposure import Exposed, Exposure
from dsp.lasting import Lasting, Lasts
from dsp.levels import power_db
from dsp.scale import RELATIVE_DB, note, unit
from dsp.summary import SILENCE_POWER

NOT_SET_DB = math.inf
AVERAGING_S = 900.0  # the quarter of an hour of most permits, and of the gateway's LAeq_15min
AVERAGING_RANGE_S = (1.0, 86_400.0)
CLEAR_DB = 1.0
"""Below the limit: a level that only breathes around it is one excess, not many."""
REPEAT_S = 900.0
LAST_S = 60  # whose share of the energy is told: is it still loud, or was it?
A, C, MEASURED, OVERLOAD = range(4)


class Detector:
    """Excesses in one channel, told when they begin and again while they last, above the limit.

    ``limit_db`` is in dB, or re full scale where ``full_scale_db`` (what an RMS of 1.0 stands for) is 0, unknown. An
    excess ends ``clear_db`` below; it is told again after ``repeat_s``. ``c_weighted`` takes LCeq in place of LAeq.
    ``all_scores`` also tells the level each ``averaging_s``. The score is the level, the threshold the limit.
    ValueError for an ``averaging_s`` outside ``AVERAGING_RANGE_S`` and for a rate that the meter does not take.
    """

    def __init__(  # noqa: PLR0913  the options of the configuration file
        self,
        rate_hz: float,
        *,
        limit_db: float = NOT_SET_DB,
        averaging_s: float = AVERAGING_S,
        clear_db: float = CLEAR_DB,
        repeat_s: float = REPEAT_S,
        c_weighted: bool = False,
        full_scale_db: float = RELATIVE_DB,
        all_scores: bool = False,
    ) -> None:
        if not AVERAGING_RANGE_S[0] <= averaging_s <= AVERAGING_RANGE_S[1]:
            raise ValueError(
                f"averaging_s is {averaging_s:g}; expected {AVERAGING_RANGE_S[0]:g} to {AVERAGING_RANGE_S[1]:g}"
            )
        self._limit_db, self._full_scale_db = limit_db, full_scale_db
        self._weighting, self._all_scores = C if c_weighted else A, all_scores
        self._exposure = Exposure(rate_hz)
        self._past = np.zeros((round(averaging_s / self._exposure.grid.second_s), 4))
        self._lasting = Lasting(threshold=limit_db, hysteresis=clear_db, repeat_s=repeat_s)
        self._count = 0

    def feed(self, samples: NDArray[np.float32]) -> list[Detection]:
        """Excesses that ``samples``, shape (n,), complete; full scale ±1.0. ValueError for another shape."""
        if math.isinf(self._limit_db):
            return []
        return [found for second in self._exposure.feed(samples) for found in self._second(second)]

    def close(self) -> list[Detection]:
        """Nothing: a second that is not whole is not judged."""
        return []

    def _second(self, heard: Exposed) -> Iterator[Detection]:
        self._past[self._count % len(self._past)] = (heard.a, heard.c, heard.measured_s, heard.overload_s)
        self._count += 1
        level_db = self._level_db()
        lasts = self._lasting.second(self._count, level_db)
        if lasts:
            yield self._detection(level_db, lasts)
        elif self._all_scores and level_db < self._limit_db and self._count % len(self._past) == 0:
            yield self._detection(level_db, Lasts(self._count, 0))

    @property
    def _averaging_s(self) -> float:
        return len(self._past) * self._exposure.grid.second_s

    def _level_db(self) -> float:
        mean = self._past[:, self._weighting].sum() / self._averaging_s
        return float(power_db(mean, SILENCE_POWER)) + self._full_scale_db

    def _detection(self, level_db: float, lasts: Lasts) -> Detection:
        measures = self._measures(level_db, lasts)
        second = self._exposure.grid.second
        return Detection(
            start=(lasts.since - 1) * second,
            stop=self._count * second,
            score=level_db,
            threshold=self._limit_db,
            measures=measures,
            reasons=tuple(self._reasons(measures)),
        )

    def _measures(self, level_db: float, lasts: Lasts) -> dict[str, float]:
        energy = self._past[:, self._weighting]
        last = (self._count - 1 - np.arange(min(LAST_S, len(energy)))) % len(energy)
        measured_s = min(float(self._past[:, MEASURED].sum()), self._averaging_s)
        share = 10 * math.log10(measured_s / self._averaging_s) if measured_s else 0.0
        return {
            "level_db": level_db,
            "limit_db": self._limit_db,
            "averaging_s": self._averaging_s,
            "measured_s": measured_s,
            "measured_level_db": level_db - share,
            "overload_s": float(self._past[:, OVERLOAD].sum()),
            "last_minute_share": float(energy[last].sum() / max(energy.sum(), SILENCE_POWER)),
            "lasts_s": (self._count - lasts.since) * self._exposure.grid.second_s,
            "told": float(lasts.number),
        }

    def _reasons(self, measures: dict[str, float]) -> Iterator[str]:
        name, length_s = ("LCeq" if self._weighting == C else "LAeq"), measures["averaging_s"]
        scale = unit(self._full_scale_db)
        level, limit = f"{measures['level_db']:.1f} {scale}", f"{self._limit_db:g} {scale}"
        yield f"{name} over {length_s:g} s was {level}; the limit is {limit}"
        yield from note(self._full_scale_db)
        if measures["measured_s"] < length_s:
            rest = f"what was not counts as silence; {name} of what was is {measures['measured_level_db']:.1f} {scale}"
            yield f"{measures['measured_s']:.0f} s of that were measured; {rest}"
        else:
            yield "all of that was measured"
        if measures["overload_s"] > 0:
            yield f"{measures['overload_s']:.1f} s touched full scale: it was louder than this says"
        if length_s > LAST_S:
            yield f"the last minute brought {100 * measures['last_minute_share']:.0f} % of the energy"
        if measures["told"] > 1:
            yield f"it has lasted {measures['lasts_s']:.0f} s since it was first told"
