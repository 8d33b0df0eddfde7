"""What may be wrong with a microphone, each a question to its last minute, answered in words.

Proofs say that it is deaf. Doubts have an innocent reading too: one of them is told, two together are a proof. The
channels of a sensor are taken as one array: microphones of one make at one gain, within 0.5 m of each other.

                 proof                                       doubt, and its innocent reading
    alone        dead, stuck, invalid, clipped, noise        offset (-), hum (a bad ground on a still night),
                                                             jammed (a machine, even rain)
    its past     the whole floor fell by 30 dB               treble fell (rain ended)
    neighbours   highs under both of two, still while they   highs under one's (which is wrong?),
                 move, a copy of another                     hears something else (wind at one capsule)
"""

from collections.abc import Callable

import numpy as np

from dsp.minute import HIGH_RANGES, MINUTE_S, TREBLE, Minute

DEAD_DB = -95.0
"""No microphone is this quiet: one of 65 dB signal to noise at 94 dB SPL, -26 dB re full scale, has -91 dB of its own
noise even A-weighted (TDK ICS-43434, DS-000069). A 16-bit converter alone reads -98 to -101 dB."""
STUCK_S = 0.1  # the longest that a silent gate, a frame filled in or a slow code may hold one value; no sound does
CLIPPED_SHARE = 0.5  # of the minute: the converter hears its own limits
OFFSET = 0.1
"""Of full scale. Capacitors and high-pass filters leave 1 %, MEMS microphones without them up to 5 %."""
STILL_DB = 1.0
"""Noise of one power moves by 0.6 dB in a minute by chance (six sigma of 0.1 dB, 0.3 to 9 kHz); sounds by more."""
WHITE_DB = 3.0  # between the ranges' densities; a city's fall by 15 dB from bass to treble, so does pink noise
NOISE_MOST_DB = -60.0  # of an amplifier that hears nothing; steady rain and machines are white and still, but louder
HUM_SHARE = 0.9
JAMMED_DB = -40.0
"""From 315 Hz to 8 kHz. A street at night reads -60 dB and less where 0 dB is 120 dB SPL, by day it moves."""
JAMMED_OVER_DB = 15.0  # its own floor of the last hour
FELL_DB = 30.0  # of the floor's ranges, the median. Rain and machines that end take less from bass and treble both
COVERED_DB = 12.0  # of the highs, under the quietest minute that was learned; with its innocent spread, a loss of 20
UNDER_DB = 15.0
"""Under the neighbours. Sensitivities differ by 1 to 3 dB; a post shades a capsule behind it by some 10 dB at 4 kHz,
but only from sound of one side, and medians of a minute are compared."""
OTHERS_MOVE_DB = 6.0
APART, TOGETHER = 0.3, 0.5
"""Coherence at 50 to 200 Hz. Sound from everywhere has 0.6 over 0.5 m, nothing in common has 0.06: see dsp.signs."""
BANDWIDTHS_HZ = (225.7, 609.4, 1927.1)
"""Bass, middle, upper: 56.2 to 281.8, 281.8 to 891.3, 891.3 to 2818 Hz (band edges of IEC 61260-1, base ten)."""

Check = Callable[[Minute, int], str]
"""Evidence against a channel, or nothing."""


def proof(minute: Minute, channel: int) -> str:
    """What proves the channel deaf; empty if nothing does."""
    return next(filter(None, (check(minute, channel) for check in PROOFS)), "")


def doubts(minute: Minute, channel: int) -> list[str]:
    """What is odd about the channel."""
    return [words for check in DOUBTS if (words := check(minute, channel))]


def _dead(minute: Minute, channel: int) -> str:
    level_db = minute.now.level_db[channel]
    return f"level {level_db:.0f} dB, below {DEAD_DB:g}: no microphone is this quiet" if level_db <= DEAD_DB else ""


def _stuck(minute: Minute, channel: int) -> str:
    stuck_s = minute.now.stuck[channel]
    return f"stuck at one value for {stuck_s:.2f} s" if stuck_s > STUCK_S else ""


def _invalid(minute: Minute, channel: int) -> str:
    share = minute.now.invalid[channel]
    return f"{share:.1%} of the samples are no numbers" if share else ""


def _clipped(minute: Minute, channel: int) -> str:
    seconds = minute.clipped_s[channel]
    return f"clipped in {seconds:.0f} of {minute.seconds} s" if seconds > CLIPPED_SHARE * MINUTE_S else ""


def _copy(minute: Minute, channel: int) -> str:
    """Of two that are the same, the second is called the copy."""
    before = np.flatnonzero(minute.now.same[channel, :channel])
    return f"the same as channel {before[0]}, sample for sample: wiring or firmware" if before.size else ""


def _noise(minute: Minute, channel: int) -> str:
    density_db = minute.middle_db[channel, :TREBLE] - 10 * np.log10(BANDWIDTHS_HZ)
    level_db = minute.most_db[channel]
    if _still(minute, channel) and np.ptp(density_db) <= WHITE_DB and level_db <= NOISE_MOST_DB:
        return f"white noise of {level_db:.0f} dB that stands still: a converter without a microphone"
    return ""


def _fell(minute: Minute, channel: int) -> str:
    fell_db = np.median(minute.under_floor_db(channel))
    return f"{fell_db:.0f} dB under its own floor of the last hour, bass to treble" if fell_db >= FELL_DB else ""


def _under(minute: Minute, channel: int) -> str:
    if len(minute.others(channel)) < 2 or not minute.half_full:
        return ""
    under_db = min(minute.under_others_db(channel)[of] for of in HIGH_RANGES.values())
    return f"1 to 8 kHz {under_db:.0f} dB under its neighbours" if under_db >= UNDER_DB else ""


def _frozen(minute: Minute, channel: int) -> str:
    others = minute.others(channel)
    if len(others) < 2 or not _still(minute, channel):
        return ""
    moved_db = np.median(minute.moved_db[others])
    return f"stands still while its neighbours move by {moved_db:.0f} dB" if moved_db >= OTHERS_MOVE_DB else ""


def _offset(minute: Minute, channel: int) -> str:
    offset = minute.dc[channel]
    return f"offset of {offset:.0%} of full scale: bias or capacitor broken?" if abs(offset) >= OFFSET else ""


def _hum(minute: Minute, channel: int) -> str:
    share = minute.hum[channel]
    if share < HUM_SHARE or not _still(minute, channel):
        return ""
    return f"{share:.0%} mains hum, and the rest stands still: unplugged?"


def _jammed(minute: Minute, channel: int) -> str:
    """Noise or a tone that stands still, and so loud that shots drown in it."""
    if not _still(minute, channel):
        return ""
    level_db = 10 * np.log10(np.sum(10 ** (minute.middle_db[channel, 1:] / 10)))
    over_db = -np.median(minute.under_floor_db(channel)[1:])
    if level_db < JAMMED_DB and not JAMMED_OVER_DB <= over_db < np.inf:
        return ""
    over = f", {over_db:.0f} dB over its own floor" if np.isfinite(over_db) else ""
    return f"jammed? {level_db:.0f} dB from 315 Hz to 8 kHz stand still{over}: what is no louder is not heard"


def _covered(minute: Minute, channel: int) -> str:
    """No second of the minute was as loud up there as the quietest of the hour."""
    under_db, quieter = minute.under_floor_db(channel), minute.loudest_db[channel] < minute.floor_db[channel]
    found = [(under_db[of], name) for name, of in HIGH_RANGES.items() if under_db[of] >= COVERED_DB and quieter[of]]
    return "{1} {0:.0f} dB under its own floor of the last hour: covered?".format(*max(found)) if found else ""


def _one_under(minute: Minute, channel: int) -> str:
    if not minute.others(channel) or not minute.half_full:
        return ""
    under_db = minute.under_others_db(channel)
    most_db, name = max((under_db[of], name) for name, of in HIGH_RANGES.items())
    return f"{name} {most_db:.0f} dB under what is beside it: covered?" if most_db >= UNDER_DB else ""


def _apart(minute: Minute, channel: int) -> str:
    others = minute.others(channel)
    if len(others) < 2 or not minute.half_full:
        return ""
    own = minute.coherence[channel, others].max()
    theirs = max(minute.coherence[one, other] for one in others for other in others if one != other)
    if own < APART and theirs >= TOGETHER:
        return f"coherence {own:.2f} with its neighbours, which have {theirs:.2f}: hears something else"
    return ""


def _still(minute: Minute, channel: int) -> bool:
    return bool(minute.seconds == MINUTE_S and minute.moved_db[channel] < STILL_DB)


PROOFS: tuple[Check, ...] = (_dead, _stuck, _invalid, _clipped, _copy, _noise, _fell, _under, _frozen)
DOUBTS: tuple[Check, ...] = (_offset, _hum, _jammed, _covered, _one_under, _apart)
