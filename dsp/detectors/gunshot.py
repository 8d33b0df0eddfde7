"""First stage of gunshot detection: an adaptive impulse trigger.

    any rate ─┤ 120 Hz … 5.3 kHz at 12 kHz ├─┤ 4 bands, 16 ms every 4 ms ├─┤ rise over floor ├─┤ peaks ├─┐
                                                                                                         │
    Detection ──┤ score ≥ threshold ├──┤ score = rise - Σ what lies beyond a limit ├──┤ onset, measures ├─┘

It says that something began as abruptly, broadly and briefly as a muzzle blast does (R. Maher, S. Shaw, "Deciphering
gunshot recordings", AES 33rd Conf., 2008). Fireworks, hammer blows and slammed doors do so too: telling them apart is
the work of a later stage. One low-pass for all rates keeps a recording's bandwidth from deciding.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from dsp.bands import Bands
from dsp.blocks import Blocks
from dsp.detection import Detection
from dsp.features import impulse
from dsp.filters import BandPass
from dsp.levels import FLOOR_DB, power_db
from dsp.limits import ANY, Limit
from dsp.onset import Rise, first_arrival, peaks, two_largest

HOP = 48  # samples at 12 kHz: 4 ms
FRAME = 4 * HOP  # 16 ms
HOPS_A_SECOND = 250
RATE_HZ = HOP * HOPS_A_SECOND
RATES_HZ = (8_000, 96_000)  # below, the top band is lost; above, no microphone's front-end works
BLOCK_HOPS = 25
"""Work is done 100 ms at a time: fewer calls a second cost less, and an alarm is not much later for it."""

BANDS_HZ = (120, 400, 1000, 2400, 5200)
CORNER_HZ = RATE_HZ / 2
RUMBLE_S = 6e-3  # what is slower than 1 / 12 ms = 83 Hz is wind and engines
TAU_HOPS = 0.15 * HOPS_A_SECOND
"""A floor of 0.15 s follows a passing car, and has forgotten a shot when the next round comes."""

APART_HOPS = 6  # 24 ms: the direct sound is found also when a louder echo follows it
BEFORE_HOPS = 25  # 100 ms of noise to compare with
AFTER_HOPS = 50  # 200 ms of the sound itself
HELD_HOPS = BEFORE_HOPS + BLOCK_HOPS + AFTER_HOPS
SEARCH = 5 * HOP  # 20 ms: how far before a frame the onset may lie
WARM_HOPS = 8  # 32 ms: until filter (12 ms) and frame (16 ms) are full of signal
MARGIN = 8  # samples: fewer say nothing about a variance
NOISE = (600, 24)  # samples before the onset, 50 ms to 2 ms: what the sound came out of

CANDIDATE_DB = 6.0
"""Rises below this are the street's own breathing, about 1,500 an hour; nobody asks for their scores."""
THRESHOLD_DB = 9.0
"""Finds 0.985 of the clear shots of the development recordings, with 2 false alarms in their 5 minutes of street sound
without a shot; 1 dB less would find 0.995, with 5."""

ECHO_DB = 2.0
ECHO_DB_A_S = 15.0
"""What stays under the last blast's peak + 2 dB - 15 dB/s is its echo. Streets fade by 20 to 60 dB/s (reverberation
times of 3 to 1 s), single façades more slowly; the rounds of a gun are about equally loud, so this costs few."""


LIMITS = (
    Limit("attack_ms", -ANY, 8, 0.5, "a tenth of the energy came in {:.0f} ms"),
    Limit("decay_ms", -ANY, 60, 0.2, "fell by 10 dB in {:.0f} ms"),
    Limit("crest_db", 9, ANY, 2, "the peak stood {:.1f} dB over the mean of 0.2 s"),
    Limit("least_rise_db", 1, ANY, 2, "every band rose by {:.1f} dB or more"),
    Limit("low_to_high_db", 2, 21, 2, "0.1-1 kHz stood {:.1f} dB over 1-5 kHz"),
    Limit("top_band_db", -ANY, -8, 2, "2.4-5.2 kHz stood {:.1f} dB over 0.4-2.4 kHz"),
)
"""Set where about 98 of 100 clear shots of the development recordings stay within (live-fire positions 1, 4 and 5; the
bench in ``hil_tests`` names the rest). A blast's spectrum falls by 6 dB an octave above some 400 Hz (Friedlander's wave
of 0.5 ms), and air takes from the top: hence the last two. A microphone with another response may need others."""


class Detector:
    """Muzzle blasts in one channel, each at most 0.4 s after it came; none in the first 0.03 s of a signal.

    ``threshold_db`` is the least score; ``all_scores`` reports what stayed below it too. ValueError for a rate outside
    ``RATES_HZ``. Hops are whole samples, so at 44.1 kHz and its parts "12 kHz" is 0.2 % off.
    """

    def __init__(self, rate_hz: float, *, threshold_db: float = THRESHOLD_DB, all_scores: bool = False) -> None:
        if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
            raise ValueError(f"{rate_hz:g} samples a second; the detector takes {RATES_HZ[0]} to {RATES_HZ[1]}")
        self._threshold_db = threshold_db
        self._all_scores = all_scores
        self._hop_in = round(rate_hz / HOPS_A_SECOND)
        self._blocks = Blocks(self._hop_in * BLOCK_HOPS)
        self._band_pass = BandPass(rate_hz, hop_in=self._hop_in, hop_out=HOP, corner_hz=CORNER_HZ, rumble_s=RUMBLE_S)
        self._bands = Bands(RATE_HZ, frame=FRAME, hop=HOP, edges_hz=BANDS_HZ)
        self._rise = Rise(BLOCK_HOPS, tau_hops=TAU_HOPS, delay_hops=FRAME // HOP, warm_hops=WARM_HOPS)
        self._line = np.zeros(HELD_HOPS * HOP, np.float32)
        self._levels_db = np.full((HELD_HOPS, len(BANDS_HZ) - 1), FLOOR_DB)
        self._rises_db = np.zeros_like(self._levels_db)
        self._first_hop = -HELD_HOPS
        self._last: Detection | None = None

    def feed(self, samples: NDArray[np.float32]) -> list[Detection]:
        """Blasts completed by ``samples``, shape (n,), full scale ±1.0. ValueError for another shape."""
        if samples.ndim != 1:
            raise ValueError(f"samples of shape {samples.shape}; a detector hears one channel, shape (n,)")
        return [found for block in self._blocks.feed(samples) for found in self._block(block)]

    def close(self) -> list[Detection]:
        """Blasts that the end completes; the last sample is held on, so that the end itself makes no sound."""
        rest = self._blocks.rest()
        end_hop = self._first_hop + HELD_HOPS + rest.size // self._hop_in
        held_on = np.full(self._hop_in * (AFTER_HOPS + 2 * BLOCK_HOPS) - rest.size, self._blocks.last())
        return [found for found in self.feed(held_on) if found.start < end_hop * self._hop_in]

    def _block(self, samples: NDArray[np.float32]) -> Iterator[Detection]:
        self._hold(samples)
        rises = self._rises_db[BEFORE_HOPS - APART_HOPS : BEFORE_HOPS + BLOCK_HOPS + APART_HOPS]
        for peak in peaks(two_largest(rises), apart=APART_HOPS, least=CANDIDATE_DB):
            found = self._judge(int(peak) + BEFORE_HOPS - APART_HOPS)
            if self._is_echo(found):
                continue
            if found.score >= found.threshold:
                self._last = found
            if self._all_scores or found.score >= found.threshold:
                yield found

    def _is_echo(self, found: Detection) -> bool:
        if self._last is None:
            return False
        since_s = (found.start - self._last.start) / self._hop_in / HOPS_A_SECOND
        masked_db = self._last.measures["peak_db"] + ECHO_DB - ECHO_DB_A_S * since_s
        return since_s <= 0 or found.measures["peak_db"] < masked_db

    def _hold(self, samples: NDArray[np.float32]) -> None:
        line = self._band_pass.block(samples)
        levels_db = self._bands.block(line)
        self._line = np.concatenate((self._line[line.size :], line))
        self._levels_db = np.concatenate((self._levels_db[BLOCK_HOPS:], levels_db))
        self._rises_db = np.concatenate((self._rises_db[BLOCK_HOPS:], self._rise.block(levels_db)))
        self._first_hop += BLOCK_HOPS

    def _judge(self, hop: int) -> Detection:
        """The candidate whose rise peaks at row ``hop`` of what is held."""
        frame_end = (hop + 1) * HOP
        search = frame_end - FRAME - SEARCH
        onset = search + first_arrival(self._line[search:frame_end], margin=MARGIN)
        measures = self._measures(hop, onset)
        score = measures["rise_db"] - sum(limit.cost_db(measures[limit.measure]) for limit in LIMITS)
        return Detection(
            start=self._sample(onset),
            stop=self._sample(onset + measures["decay_ms"] / 1000 * RATE_HZ),
            score=score,
            threshold=self._threshold_db,
            measures=measures,
            reasons=tuple(_reasons(measures, score, self._threshold_db)),
        )

    def _measures(self, hop: int, onset: int) -> dict[str, float]:
        rises_db = self._rises_db[hop : hop + 1]
        power = 10 ** (self._levels_db[hop] / 10)
        shape = impulse(
            self._line[onset - NOISE[0] : onset - NOISE[1]],
            self._line[onset - RATE_HZ // 1000 : onset + (AFTER_HOPS - FRAME // HOP) * HOP],
            rate_hz=RATE_HZ,
        )
        return {
            "rise_db": float(two_largest(rises_db)[0]),
            "least_rise_db": float(rises_db.min()),
            "low_to_high_db": float(power_db(power[0] + power[1]) - power_db(power[2] + power[3])),
            "top_band_db": float(power_db(power[3]) - power_db(power[1] + power[2])),
            **asdict(shape),
        }

    def _sample(self, position: float) -> int:
        """The input sample at a ``position`` in what is held."""
        hops = self._first_hop + position / HOP
        return max(0, round(hops * self._hop_in) - self._band_pass.delay)


def _reasons(measures: Mapping[str, float], score: float, threshold_db: float) -> Iterator[str]:
    yield f"rose {measures['rise_db']:.1f} dB above the floor; score {score:.1f} dB, threshold {threshold_db:g} dB"
    for limit in LIMITS:
        yield limit.reason(measures[limit.measure])
