"""By incident, as a city sees it: several sensors' detections at a low threshold, joined by time alone.

A shot is confirmed when ``LEAST`` sensors tell it. A false incident is ``LEAST`` sensors that alarm within
``WINDOW_S`` without one: composed hours stand for the sensors of a neighbourhood, each turned round its hour by a draw
of its own, so that they are as independent as streets a few hundred metres apart may be. A common cause, as thunder,
is not in it.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from dsp.evaluation import poisson_rate, wilson
from dsp.training.report import Judged, judged
from dsp.training.verdicts import Verdicts

LEAST = 3
WINDOW_S = 3.0  # sound crosses a kilometre in this
STREET_AN_HOUR = (1.0, 5.0, 20.0, 60.0)
TURNS = 50
SEED = 1


def table(folds: Sequence[Verdicts]) -> Iterator[str]:
    """Shots confirmed and false incidents, for several thresholds of one sensor."""
    titles = f"{'one sensor, false/h':22}{'confirmed':>10}{'of':>5}{'share':>8}   95 % limits"
    yield f"{titles}{'false incidents/h':>20}   95 % limits"
    for an_hour in STREET_AN_HOUR:
        now = judged(folds, street_an_hour=an_hour, clips_an_hour=np.inf)
        told = confirmed(now)
        limits = wilson(sum(told), len(told))
        count, hours = false_incidents(now)
        rate = poisson_rate(count, hours)
        yield (
            f"{an_hour:<22g}{sum(told):10}{len(told):5}{sum(told) / max(1, len(told)):8.3f}   "
            f"{limits.low:.3f} to {limits.high:.3f}{count / hours:18.2f}   {rate.low:.2f} to {rate.high:.2f}"
        )


def confirmed(folds: Sequence[Judged]) -> list[bool]:
    """For each shot that ``LEAST`` or more sensors recorded: whether so many told it."""
    told: defaultdict[tuple[str, str, int], list[bool]] = defaultdict(list)
    for fold in folds:
        for shot in fold.verdicts.shots:
            test = re.search(r"test_\d+", shot.file)
            told[shot.group, test[0] if test else shot.file, shot.number].append(fold.found(shot.score))
    return [sum(found) >= LEAST for found in told.values() if len(found) >= LEAST]


def false_incidents(folds: Sequence[Judged]) -> tuple[int, float]:
    """How many in how many hours, over ``TURNS`` turns of the composed hours against each other."""
    rng = np.random.default_rng(SEED)
    sensors = [(s, fold.threshold) for fold in folds for s in fold.verdicts.hours]
    length_s = min(s.seconds for s, _ in sensors)
    count = 0
    for _ in range(TURNS):
        turns_s = rng.uniform(0, length_s, len(sensors))
        alarms = [
            ((at_s + turns_s[number]) % length_s, number)
            for number, (stretch, threshold) in enumerate(sensors)
            for at_s in stretch.alarmed_s(threshold)
        ]
        count += _incidents(sorted(alarms))
    return count, TURNS * length_s / 3600


def _incidents(alarms: Sequence[tuple[float, int]]) -> int:
    """Groups of alarms of ``LEAST`` different sensors within ``WINDOW_S``; each alarm counts once."""
    count, first = 0, 0
    for last, (at_s, _) in enumerate(alarms):
        while at_s - alarms[first][0] > WINDOW_S:
            first += 1
        if len({sensor for _, sensor in alarms[first : last + 1]}) >= LEAST:
            count, first = count + 1, last + 1
    return count
