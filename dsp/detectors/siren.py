"""Sirens of emergency vehicles: a tone that swings as sirens do, by rule and not by training.

    any rate ─┤ 0.3 … 2.9 kHz at 8 kHz ├─┤ strength of each pitch, 32 ms every 10 ms ├─┤ best course ├─┐
                                                                                                       │
    Detection ──┤ score ≥ threshold ├──┤ score = strength - Σ what is beyond a limit ├──┤ its swing ├─┘

Three swings are known. SAE J1849, DIN 14610 and GB 8108-2014 are sold and were not read; the figures are from pages
that report them or other rules:

    swept      a glide up and down again and again. Wail 12, yelp 72 a minute (French police, infostance.fr); 650 to
               1800 Hz (Federal Signal, rauwers.be); none cycles faster than 400 a minute (California, 13 CCR § 1021)
    two-tone   435 with 488, 580, 651 or 732 Hz, 25 to 60 a minute (France, gigeoju.eklablog.com); 375 and 500 Hz
               (Netherlands, Rijksoverheid 2009-01-13); 362 and 483 or 410 and 547 Hz (Germany, colliseum.net); twice
               in 2.5 to 3.5 s (Switzerland, swiss-firefighters.ch)
    one turn   a slow wail, or a siren switched on for a moment: up and down once, told before it repeats itself

A siren is told once when it is sure, and once more at most every 30 s while it lasts. Music, cries and horns lack the
even swing, the glide or the endurance. A car alarm that plays a yelp, or a film that does, is a siren to this ear. One
that only rises or falls, or turns under a louder horn, is not told; nor is a piercer, faster than 7.5 cycles a second.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dsp.blocks import Blocks
from dsp.detection import Detection
from dsp.filters import BandPass
from dsp.limits import ANY, Limit
from dsp.ridge import Combs, Course, Tracker
from dsp.swing import Swing, Turn, repeated, there_and_back

HOPS_A_SECOND = 100
HOP = 80  # samples at 8 kHz: 10 ms
RATE_HZ = HOP * HOPS_A_SECOND
FRAME = 256  # 32 ms: a yelp moves by 75 Hz within half of it, and a bin is 31 Hz wide
RATES_HZ = (8_000, 96_000)  # below, partials are lost; above, no microphone's front-end works
BLOCK_HOPS = 20
"""The course is told 0.2 s late, and judged five times a second."""
CORNER_HZ = 3300.0  # half way between the band's end and what 8 kHz sampling folds into it
RUMBLE_S = 3e-3  # what is slower than 1 / 6 ms = 167 Hz is wind and engines

SEARCH_HZ = (300.0, 2600.0)  # wider than a siren's range: what is loudest beyond it is no siren
LOWEST, HIGHEST = np.log2(330.0), np.log2(1950.0)  # 350 to 1800 Hz, and 7 % of Doppler shift: 85 km/h
PARTIALS = (1.0, 0.6, 0.5, 0.4, 0.3)  # falling, so that half the pitch never wins

HEARD_DB = 6.0
"""Strength from which a hop counts as tone."""
SURE_DB = 16.0
"""Strength beyond this is no evidence more: a loud tune must not buy its way past the limits."""
THRESHOLD_DB = 8.0
"""Development recordings of other things reach -4 dB; the three of vehicles' sirens reach 16 dB, all there is."""
CANDIDATE_DB = 0.0  # below, nobody asks for the score

SWINGS_HOPS = (200, 300, 450, 600, 800)
"""2 to 8 s: two periods of the quick are sure in the shortest, those of the slow only fit into the longest."""
TURNS_HOPS = (300, 500, 900)
HELD_HOPS = max(*SWINGS_HOPS, *TURNS_HOPS)
HEARD_NOW = 0.5  # of the last second
SHORTEST_S = 60 / 500  # of a period: 400 cycles a minute, and a margin
AGAIN_HOPS = 30 * HOPS_A_SECOND
OVER_HOPS = 10 * HOPS_A_SECOND
"""Without the pattern for so long, a siren is over. A slow wail is recognised about every 5 s."""
TWO_TONE_AT_ENDS = 0.75
TWO_TONE_OCTAVES = 0.85  # 435 and 732 Hz are 0.75 apart

HEARD = Limit("heard", 0.88, ANY, 90, "the tone was there {:.2f} of the time")
ALIKE = Limit("alike", 0.88, ANY, 60, "one period was like the next by {:.2f}")
SWEPT = (
    HEARD,
    ALIKE,
    Limit("octaves", 0.5, 2.0, 80, "{:.2f} octaves wide"),
    Limit("cycles_hz", 0.1, 7.5, 100, "{:.2f} sweeps a second"),
    Limit("moving", 0.45, ANY, 60, "gliding {:.2f} of the time"),
    Limit("wander", -ANY, 2.0, 10, "went {:.1f} times as far as up and down is"),
)
TWO_TONE = (
    HEARD,
    ALIKE,
    Limit("octaves", 0.12, TWO_TONE_OCTAVES, 100, "{:.2f} octaves apart"),
    Limit("cycles_hz", 0.2, 2.5, 100, "{:.2f} changes a second there and back"),
    Limit("low_hz", -ANY, 950, 0.1, "the lower tone at {:.0f} Hz"),
    Limit("at_ends", TWO_TONE_AT_ENDS, ANY, 60, "{:.2f} of the time at one tone or the other"),
)
ONE_TURN = (
    Limit("heard", 0.92, ANY, 50, "the tone was there {:.2f} of the time"),
    Limit("octaves", 0.6, ANY, 100, "{:.2f} octaves or more each way"),
    Limit("seconds", 1.8, ANY, 100, "took {:.1f} s"),
    Limit("shorter_s", 0.15, ANY, 400, "{:.2f} s or more each way"),
    Limit("straight", 0.88, ANY, 60, "straight there and back by {:.2f}"),
)
"""Set wide around what the sources give, and tightened until the development recordings of babies, dogs and engines,
and the tunes and cries of the tests, stayed well below the threshold."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    """What a stretch of the last ``hops`` is taken for."""

    hops: int
    words: str
    measures: Mapping[str, float]
    limits: Sequence[Limit]

    @property
    def score_db(self) -> float:
        costs = sum(limit.cost_db(self.measures[limit.measure]) for limit in self.limits)
        return min(self.measures["strength_db"], SURE_DB) - costs


class Detector:
    """Sirens in one channel: each when its pattern has been there for some 2.5 periods and 2 s, or turned once.

    The first detection of a siren comes when it is sure, then one at most each 30 s, with the same ``start``, and
    ``lasted_s`` so far. ``threshold_db`` is the least score; ``all_scores`` reports what stayed below it too, once a
    second. A sample that is no number counts as silence. ValueError for a rate outside ``RATES_HZ``.
    """

    def __init__(self, rate_hz: float, *, threshold_db: float = THRESHOLD_DB, all_scores: bool = False) -> None:
        if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
            raise ValueError(f"{rate_hz:g} samples a second; the detector takes {RATES_HZ[0]} to {RATES_HZ[1]}")
        self._threshold_db = threshold_db
        self._all_scores = all_scores
        self._hop_in = round(rate_hz / HOPS_A_SECOND)
        self._blocks = Blocks(self._hop_in * BLOCK_HOPS)
        self._band_pass = BandPass(rate_hz, hop_in=self._hop_in, hop_out=HOP, corner_hz=CORNER_HZ, rumble_s=RUMBLE_S)
        self._combs = Combs(RATE_HZ, frame=FRAME, hop=HOP, range_hz=SEARCH_HZ, weights=PARTIALS)
        self._tracker = Tracker(self._combs.octaves, BLOCK_HOPS)
        self._course = Course(np.zeros(HELD_HOPS), np.zeros(HELD_HOPS))
        self._end_hop = -BLOCK_HOPS  # of what is held, since the first sample
        self._began_hop = 0
        self._last_hop: int | None = None  # at which the siren that lasts was recognised
        self._told_hop = 0
        self._candidate_hop = 0

    def feed(self, samples: NDArray[np.float32]) -> list[Detection]:
        """Sirens recognised in ``samples``, shape (n,), full scale ±1.0. ValueError for another shape."""
        if samples.ndim != 1:
            raise ValueError(f"samples of shape {samples.shape}; a detector hears one channel, shape (n,)")
        return [found for block in self._blocks.feed(samples) for found in self._block(block)]

    def close(self) -> list[Detection]:
        """Sirens that the end completes; what follows it counts as silence."""
        rest = self._blocks.rest().size
        end = (self._end_hop + BLOCK_HOPS) * self._hop_in + rest
        silence = np.zeros(2 * self._hop_in * BLOCK_HOPS - rest, np.float32)
        return [replace(found, stop=min(found.stop, end)) for found in self.feed(silence) if found.start < end]

    def _block(self, samples: NDArray[np.float32]) -> Iterator[Detection]:
        self._hold(self._tracker.block(self._combs.block(self._band_pass.block(_numbers(samples)))))
        best = self._best()
        if best is None:
            return
        if best.score_db >= self._threshold_db:
            yield from self._siren(best)
        elif self._all_scores and self._is_worth_telling(best):
            self._candidate_hop = self._end_hop
            yield self._detection(best, self._end_hop - best.hops)

    def _hold(self, course: Course) -> None:
        self._course = Course(
            np.concatenate((self._course.octaves[BLOCK_HOPS:], course.octaves)),
            np.concatenate((self._course.strength_db[BLOCK_HOPS:], course.strength_db)),
        )
        self._end_hop += BLOCK_HOPS

    def _best(self) -> _Pattern | None:
        """The first pattern that reaches the threshold, in the shortest stretch; otherwise the nearest to it."""
        best = None
        for pattern in self._patterns():
            if pattern.score_db >= self._threshold_db:
                return pattern
            if best is None or pattern.score_db > best.score_db:
                best = pattern
        return best

    def _patterns(self) -> Iterator[_Pattern]:
        """What the last seconds may be taken for; nothing when no tone is there now."""
        octaves, strength_db = self._course.octaves, self._course.strength_db
        heard = (strength_db >= HEARD_DB) & (octaves >= LOWEST) & (octaves <= HIGHEST)
        if heard[-HOPS_A_SECOND:].mean() < HEARD_NOW:
            return
        for hops in SWINGS_HOPS:
            last = Course(octaves[-hops:], strength_db[-hops:])
            swing = repeated(last, heard[-hops:], hops_a_second=HOPS_A_SECOND, shortest_s=SHORTEST_S)
            if swing is not None:
                yield _of_swing(swing, hops - int(heard[-hops:].argmax()))
        for hops in TURNS_HOPS:
            last = Course(octaves[-hops:], strength_db[-hops:])
            turn = there_and_back(last, heard[-hops:], hops_a_second=HOPS_A_SECOND)
            if turn is not None:
                yield _of_turn(turn)

    def _siren(self, pattern: _Pattern) -> Iterator[Detection]:
        """The siren that begins, or the one that lasts, if it is time to tell."""
        begins = self._last_hop is None or self._end_hop - self._last_hop > OVER_HOPS
        self._last_hop = self._end_hop
        if begins:
            self._began_hop = self._end_hop - pattern.hops
        if begins or self._end_hop - self._told_hop >= AGAIN_HOPS:
            self._told_hop = self._end_hop
            yield self._detection(pattern, self._began_hop)

    def _is_worth_telling(self, pattern: _Pattern) -> bool:
        soon = self._end_hop - self._candidate_hop < HOPS_A_SECOND
        return pattern.score_db >= CANDIDATE_DB and not soon

    def _detection(self, pattern: _Pattern, began_hop: int) -> Detection:
        start, stop = self._sample(began_hop), self._sample(self._end_hop)
        lasted_s = (self._end_hop - max(began_hop, 0)) / HOPS_A_SECOND
        return Detection(
            start=start,
            stop=stop,
            score=pattern.score_db,
            threshold=self._threshold_db,
            measures={**pattern.measures, "lasted_s": lasted_s},
            reasons=tuple(_reasons(pattern, lasted_s, self._threshold_db)),
        )

    def _sample(self, hop: int) -> int:
        """The input sample in the middle of the frame that ends with ``hop``."""
        return max(0, round((hop - FRAME / HOP / 2) * self._hop_in) - self._band_pass.delay)


def _numbers(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.nan_to_num(samples, posinf=0.0, neginf=0.0)


def _of_swing(swing: Swing, hops: int) -> _Pattern:
    """Two tones if the pitch is mostly at one end or the other, a sweep otherwise."""
    ends = f"{swing.low_hz:.0f} and {swing.high_hz:.0f} Hz"
    if swing.at_ends >= TWO_TONE_AT_ENDS and swing.octaves <= TWO_TONE_OCTAVES:
        words = f"two tones of {ends}, {0.5 / swing.cycles_hz:.2f} s each,"
        return _Pattern(hops, words, asdict(swing), TWO_TONE)
    return _Pattern(hops, f"a tone swept between {ends} {swing.cycles_hz:.2f} times a second", asdict(swing), SWEPT)


def _of_turn(turn: Turn) -> _Pattern:
    words = f"a tone swept between {turn.low_hz:.0f} and {turn.high_hz:.0f} Hz, there and back in {turn.seconds:.1f} s,"
    return _Pattern(round((turn.seconds + turn.ago_s) * HOPS_A_SECOND), words, asdict(turn), ONE_TURN)


def _reasons(pattern: _Pattern, lasted_s: float, threshold_db: float) -> Iterator[str]:
    yield f"{pattern.words} for {lasted_s:.1f} s"
    strength_db = pattern.measures["strength_db"]
    score = f"score {pattern.score_db:.1f} dB, threshold {threshold_db:g} dB"
    yield f"stood {strength_db:.1f} dB above what is around it (counts up to {SURE_DB:g}); {score}"
    for limit in pattern.limits:
        yield limit.reason(pattern.measures[limit.measure])
