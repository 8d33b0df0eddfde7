"""Is a microphone hearing, quiet or deaf: a judgement a second, from signs alone, without a calibrator.

    signs, third octaves ─▶ last minute ─▶ faults ─▶ proof, or two doubts ─▶ deaf ────┐
                                │           ▲        one doubt ───────────▶ quiet ────┼─▶ hysteresis ─▶ verdict
                                └─▶ floor ──┘        moves ─▶ hearing; else quiet ────┘

The floor is the noise-floor signature: the quietest seconds of each minute, in four ranges of the spectrum, learned
while nothing is odd. What is odd is never learned, so a microphone that is covered for a year stays in doubt for a
year, until one second of a minute is as loud again as the floor was. A cover that was there from the start, and takes
the same from all microphones, cannot be told from a street without treble.
"""

from collections import deque
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from dsp.faults import doubts, proof
from dsp.minute import MINUTE_S, RANGES, Array, Minute, Past
from dsp.signs import Signs

LIVELY_DB = 1.0  # how much the level of a living street moves within a minute
DEAF_AFTER_S = 3  # in a row; a burst of lost frames or a knock on the pole is over by then
HEARS_AFTER_S = 10  # in a row; a loose plug scratches more often
LEARNED_MINUTES = 60  # a day's floor falls by 5 dB an hour at most, so it follows; the memory is bounded
LEAST_MINUTES = 5  # before a floor is one
WAITING_MINUTES = 2  # between hearing and learning: a cover is noticed within a minute, and must not be learned


class Sense(IntEnum):
    """What a microphone does; the lesser the worse."""

    DEAF = 0
    QUIET = 1
    HEARING = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state of one microphone, and what says so in one sentence with its numbers."""

    sense: Sense
    evidence: str


class Condition:
    """The microphones of one sensor, second by second."""

    def __init__(self, channels: int) -> None:
        self._past = Past.of(channels)
        self._floors = [_Floor() for _ in range(channels)]
        self._shown = [_Shown() for _ in range(channels)]
        self._seconds = 0

    def second(self, signs: Signs, bands: NDArray[np.float64]) -> tuple[Verdict, ...]:
        """One verdict a channel, from the signs of the second that follows, and its mean squares, full scale 1.0,
        in the 31 third octaves from 20 Hz to 20 kHz, shape (channels, 31); 0 where the rate leaves no room.

        ValueError for other shapes.
        """  # fmt: skip
        self._past = self._past.then(signs, bands)
        minute = Minute.of(self._past, signs, np.array([floor.learned_db() for floor in self._floors]))
        self._seconds += 1
        return tuple(self._judged(minute, channel) for channel in range(minute.channels))

    def _judged(self, minute: Minute, channel: int) -> Verdict:
        proven, odd = proof(minute, channel), doubts(minute, channel)
        floor = self._floors[channel]
        floor.odd |= bool(proven or odd)
        if self._seconds % MINUTE_S == 0:
            floor.minute(self._past.quietest_db()[channel])
        return self._shown[channel].settled(_verdict(minute, channel, proven, odd))


def _verdict(minute: Minute, channel: int, proven: str, odd: list[str]) -> Verdict:
    if proven or len(odd) > 1:
        return Verdict(Sense.DEAF, proven or "; ".join(odd))
    if odd:
        return Verdict(Sense.QUIET, odd[0])
    least_db, most_db = minute.least_db[channel], minute.most_db[channel]
    sense = Sense.HEARING if most_db - least_db >= LIVELY_DB else Sense.QUIET
    return Verdict(sense, f"level {least_db:.1f} to {most_db:.1f} dB lately")


class _Floor:
    """What a channel's quietest seconds are like while nothing is odd."""

    def __init__(self) -> None:
        self.odd = False
        self._waiting: deque[Array] = deque()
        self._learned: deque[Array] = deque(maxlen=LEARNED_MINUTES)

    def minute(self, quietest_db: Array) -> None:
        """Ends a minute; what waited is forgotten if the minute was odd."""
        if self.odd:
            self._waiting.clear()
        else:
            self._waiting.append(quietest_db)
        if len(self._waiting) > WAITING_MINUTES:
            self._learned.append(self._waiting.popleft())
        self.odd = False

    def learned_db(self) -> Array:
        """The quietest of the minutes, shape (ranges,); -inf before there are enough."""
        enough = len(self._learned) >= LEAST_MINUTES
        return np.min(np.array(self._learned), axis=0) if enough else np.full(len(RANGES), -np.inf)


class _Shown:
    """The verdict that is shown: deaf only after some seconds of it, and no longer deaf after more."""

    def __init__(self) -> None:
        self._verdict = Verdict(Sense.QUIET, "nothing heard yet")
        self._against_s = 0

    def settled(self, verdict: Verdict) -> Verdict:
        """What is shown, now that ``verdict`` is true of this second."""
        deaf, was_deaf = verdict.sense is Sense.DEAF, self._verdict.sense is Sense.DEAF
        self._against_s += 1
        if deaf is was_deaf or self._against_s >= (DEAF_AFTER_S if deaf else HEARS_AFTER_S):
            self._verdict, self._against_s = verdict, 0
        return self._verdict
