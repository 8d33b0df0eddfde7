"""``lamppost replay --labels``: how well a detector hears, on labelled recordings.

Every recording is listened to as the node would, and what is heard is held against the labelled onsets, ± 50 ms. A
label is clear from 8 dB signal to noise.

The detector was developed on some leak groups alone; ``held-out``, the default, is the rest: other positions of the
shooter, other authors. What is left over counts as a false alarm only where the labels say that there was no shot: in
the live-fire sensors' background intervals and in recordings of other things. Elsewhere in a live-fire file it is an
echo, or another noise that nobody labelled. Clips of effects pack events densely and are cut close: their alarms an
hour compare detectors, and say nothing about a street.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise

import numpy as np

from dsp.evaluation import Interval, Matched, bootstrap_share, poisson_rate, wilson
from edge.cli._manifest import Recording

KIND = "gunshot"  # the label and the detector that are held against each other
TOLERANCE_S = 0.05
"""Most labels are good to a millisecond, but some come 45 ms before the blast (test_011 of sensor BNG-5567)."""
CLEAR_DB = 8.0
ECHO_S = 1.5  # a street has fallen silent after this
SNR_EDGES_DB = (-99.0, 8.0, 10.0, 15.0, 20.0, 25.0, 30.0, 99.0)
DISTANCE_EDGES_M = (0.0, 200.0, 400.0, 600.0, 2000.0)
GROUPS = {"held-out": (False,), "development": (True,), "all": (False, True)}


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording after it was played."""

    recording: Recording
    duration_s: float
    found_s: tuple[float, ...]
    matched: Matched
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Share:
    """A share of ``labelled``, as labelled onsets of one kind of which so many were found."""

    name: str
    found: int
    labelled: int
    interval: Interval


@dataclass(frozen=True, slots=True)
class Alarms:
    """False alarms in one kind of sound."""

    name: str
    count: int
    hours: float
    an_hour: Interval


def recalls(heard: Sequence[Heard]) -> Iterator[Share]:
    """By leak group, signal to noise, and distance; clear labels but where the signal to noise is the question."""
    shots = [(h.recording, snr_db, found) for h in heard for snr_db, found in _shots(h)]
    clear = [(r, found) for r, snr_db, found in shots if snr_db >= CLEAR_DB]
    yield _recall("clear shots, all", [found for _, found in clear])
    for group in sorted({r.group for r, _ in clear}):
        yield _recall(f"  {group}", [found for r, found in clear if r.group == group])
    for low, high in pairwise(SNR_EDGES_DB):
        yield _recall(f"  {low:g} to {high:g} dB", [found for _, snr_db, found in shots if low <= snr_db < high])
    for low, high in pairwise(DISTANCE_EDGES_M):
        yield _recall(f"  {low:g} to {high:g} m", [found for r, found in clear if low <= r.distance_m < high])
    effects = [bool(h.found_s) for h in heard if h.recording.label == "gunshot" and not h.recording.live_fire]
    yield _recall("clips of guns with any detection", effects)


def _shots(heard: Heard) -> Iterator[tuple[float, bool]]:
    """Signal to noise of each label, and whether it was found."""
    hit = {label for label, _ in heard.matched.hits}
    return ((snr_db, index in hit) for index, snr_db in enumerate(heard.recording.snr_db))


def _recall(name: str, found: Sequence[bool]) -> Share:
    return Share(name, sum(found), len(found), wilson(sum(found), len(found)))


def by_position(heard: Sequence[Heard]) -> Interval:
    """Limits of the clear recall when whole leak groups are drawn again."""
    counts: defaultdict[str, list[bool]] = defaultdict(list)
    for h in heard:
        counts[h.recording.group] += [found for snr_db, found in _shots(h) if snr_db >= CLEAR_DB]
    return bootstrap_share([(sum(found), len(found)) for found in counts.values() if found], seed=1)


def alarms(heard: Sequence[Heard]) -> Iterator[Alarms]:
    """In the sensors' background, on streets, in all other recordings, and in those by label."""
    background = [(h, span_s) for h in heard if h.recording.live_fire for span_s in h.recording.background_s]
    count = sum(low <= t < high for h, (low, high) in background for t in h.found_s)
    yield _alarms("live-fire sensors, no shot", count, sum(high - low for _, (low, high) in background))
    yield _alarms_in("street ambience", [h for h in heard if h.recording.street])
    others = [h for h in heard if h.recording.label != "gunshot" and not h.recording.street]
    yield _alarms_in("all other recordings", others)
    labels = Counter(h.recording.label for h in others for _ in h.found_s)
    for label, _ in labels.most_common():
        yield _alarms_in(f"  {label}", [h for h in others if h.recording.label == label])


def _alarms_in(name: str, heard: Sequence[Heard]) -> Alarms:
    return _alarms(name, sum(len(h.found_s) for h in heard), sum(h.duration_s for h in heard))


def _alarms(name: str, count: int, duration_s: float) -> Alarms:
    hours = duration_s / 3600
    return Alarms(name, count, hours, poisson_rate(count, hours) if hours else Interval(0.0, float("inf")))


def left_over(heard: Sequence[Heard]) -> dict[str, int]:
    """What the detections in live-fire files with labels were: a shot, soon after one (its echo), or something else."""
    labelled = [h for h in heard if h.recording.live_fire and h.recording.onsets_s]
    extra = [(h.recording, h.found_s[index]) for h in labelled for index in h.matched.extra]
    echoes = sum(any(0 < t - onset_s < ECHO_S for onset_s in r.onsets_s) for r, t in extra)
    return {"shots": sum(len(h.matched.hits) for h in labelled), "echoes": echoes, "others": len(extra) - echoes}


def precision(heard: Sequence[Heard]) -> Share:
    """The share of shots in what was found in live-fire files with labels; echoes and others count against it."""
    counts = left_over(heard)
    found, all_ = counts["shots"], sum(counts.values())
    return Share("precision, live-fire files", found, all_, wilson(found, all_))


def onset_error_ms(heard: Sequence[Heard]) -> list[float]:
    """Detected less labelled onset: 5th, 50th and 95th percentile over what was found."""
    apart = [h.found_s[j] - h.recording.onsets_s[i] for h in heard for i, j in h.matched.hits]
    return [1000 * float(value) for value in np.percentile(apart, (5, 50, 95))] if apart else []


def cpu_ms_a_second(heard: Sequence[Heard]) -> float:
    """What the detector costs, of one core."""
    return 1000 * sum(h.cpu_s for h in heard) / sum(h.duration_s for h in heard)


def report(heard: Sequence[Heard]) -> dict[str, object]:
    """All figures, ready for JSON."""
    return {
        "recall": [asdict(recall) for recall in recalls(heard)],
        "recall_by_position": asdict(by_position(heard)),
        "alarms": [asdict(alarm) for alarm in alarms(heard)],
        "live_fire_detections": left_over(heard),
        "precision": asdict(precision(heard)),
        "onset_error_ms": onset_error_ms(heard),
        "cpu_ms_a_second": cpu_ms_a_second(heard),
    }


def _row(share: Share) -> str:
    of = f"{share.found / share.labelled:.3f}" if share.labelled else "-"
    return (
        f"{share.name:34}{share.found:7}{share.labelled:6}{of:>8}   "
        f"{share.interval.low:.3f} to {share.interval.high:.3f}"
    )


def table(heard: Sequence[Heard]) -> Iterator[str]:
    """All figures, for people."""
    yield f"{'RECALL':34}{'found':>7}{'of':>6}{'share':>8}   95 % limits"
    yield from map(_row, recalls(heard))
    yield _row(precision(heard))
    limits = by_position(heard)
    yield f"clear shots, positions drawn again: {limits.low:.3f} to {limits.high:.3f}"
    yield f"{'FALSE ALARMS':34}{'count':>7}{'hours':>7}{'an hour':>9}   95 % limits"
    for a in alarms(heard):
        rate = f"{a.count / a.hours:.1f}" if a.hours else "-"
        yield f"{a.name:34}{a.count:7}{a.hours:7.3f}{rate:>9}   {a.an_hour.low:.1f} to {a.an_hour.high:.1f}"
    yield "DETECTIONS IN LIVE-FIRE FILES       " + ", ".join(f"{n} {what}" for what, n in left_over(heard).items())
    yield "ONSET ERROR ms, 5 50 95 %           " + " ".join(f"{value:+.1f}" for value in onset_error_ms(heard))
    yield f"CPU ms a second of sound            {cpu_ms_a_second(heard):.2f}"
