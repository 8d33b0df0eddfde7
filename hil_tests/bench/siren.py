"""How well sirens are told from all else: ``python -m hil_tests.bench.siren [clips mixed alarms cpu]``.

    clips    the six recordings of sirens
    mixed    sirens of several countries in a real street's sound, alone, on a car that passes, and with one strong echo
    alarms   detections in every other recording of both manifests, an hour
    cpu      beside the gunshot detector, in the same run

The detector was made with the development groups; the streets of ``mixed`` are of the others. A siren of ``mixed`` is
our own idea of one: its shares say what noise and echoes cost, not how many of the world's sirens are known.
"""

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from dsp.detection import Detection
from dsp.detection import Detector as AnyDetector
from dsp.detectors import gunshot, siren
from dsp.evaluation import poisson_rate, wilson
from dsp.tests.sirens import COUNTRIES, Siren, echoed, passing, sound, varied
from edge.cli._manifest import Recording, recordings
from edge.cli._recording import open_recording
from edge.message.tests.shared import SHARED
from hil_tests.bench._tables import tell

MANIFESTS = [SHARED / folder / "manifest.csv" for folder in ("audio", "ambience")]
GROUPS = {"development": True, "held-out": False}
RATE_HZ = 16_000  # of the ambience
SNR_DB = (20, 10, 5, 0, -5)
SETTINGS = ("alone", "passing", "echo")
EACH = 6  # draws of one siren at one ratio in one setting
BEFORE_S = 3.0
SIREN_S = 12.0
STREETS = ("traffic", "urban_ambience", "crowd")


@dataclass(frozen=True, slots=True)
class Told:
    """A detection, and how many seconds of sound it took."""

    at_s: float
    found: Detection


def listened(samples: NDArray[np.float32], rate_hz: int) -> list[Told]:
    """What the detector tells of one recording, fed as a node is."""
    detector, piece = siren.Detector(rate_hz), rate_hz // 10
    told = [
        Told((at + piece) / rate_hz, found)
        for at in range(0, samples.size, piece)
        for found in detector.feed(samples[at : at + piece])
    ]
    return told + [Told(samples.size / rate_hz, found) for found in detector.close()]


def read(recording: Recording) -> tuple[NDArray[np.float32], int]:
    """Its first channel, and its rate."""
    with open_recording(recording.path) as file:
        return np.concatenate([block[0] for block in file.blocks()]), file.rate_hz


@cache
def every() -> tuple[Recording, ...]:
    return tuple(recording for manifest in MANIFESTS for recording in recordings(manifest))


def clip_table() -> Iterator[str]:
    """A line a recording of a siren, and what was said of it."""
    yield "RECORDINGS OF SIRENS"
    for recording in sorted((r for r in every() if r.label == "siren"), key=lambda r: r.development):
        samples, rate_hz = read(recording)
        told = listened(samples, rate_hz)
        group = "development" if recording.development else "held-out"
        yield f"{recording.path.name}, {samples.size / rate_hz:.1f} s, {group}"
        yield from [_words(one) for one in told] or ["    not told"]


def _words(one: Told) -> str:
    return f"    at {one.at_s:.1f} s: {'; '.join(one.found.reasons[:2])}"


@cache
def streets() -> tuple[NDArray[np.float32], ...]:
    """The held-out groups' ambience of streets that is long enough."""
    chosen = [r for r in every() if r.street and r.label in STREETS and not r.development]
    heard = [read(recording) for recording in chosen]
    need = (BEFORE_S + SIREN_S) * RATE_HZ
    return tuple(samples for samples, rate_hz in heard if rate_hz == RATE_HZ and samples.size > need)


def mixed(kind: Siren, setting: str, snr_db: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """A street of ``BEFORE_S``, and then with a siren whose rms is ``snr_db`` over the street's own, unweighted."""
    drawn, first_s = varied(kind, rng), rng.uniform(0, 10)
    if setting == "passing":
        speed_m_s, off_m = rng.uniform(10, 20), rng.uniform(10, 25)
        heard = passing(drawn, RATE_HZ, SIREN_S, speed_m_s=speed_m_s, off_m=off_m, first_s=first_s)
    else:
        heard = sound(drawn, RATE_HZ, SIREN_S, first_s=first_s)
    if setting == "echo":
        heard = echoed(heard, RATE_HZ, late_s=rng.uniform(0.03, 0.25))
    all_streets = streets()
    street = all_streets[rng.integers(len(all_streets))]
    count = round((BEFORE_S + SIREN_S) * RATE_HZ)
    at = rng.integers(street.size - count)
    total = np.array(street[at : at + count], np.float64)
    rms = np.sqrt(np.mean(total**2) / np.mean(heard**2))
    total[-heard.size :] += heard * rms * 10 ** (snr_db / 20)
    return np.asarray(total / np.abs(total).max() / 2, np.float32)


def mixed_table() -> Iterator[str]:
    """Shares found of each siren at each ratio, in each setting; how long it took; limits of the pooled shares."""
    rng = np.random.default_rng(2026)
    found: defaultdict[tuple[str, str, int], list[bool]] = defaultdict(list)
    late_s: defaultdict[str, list[float]] = defaultdict(list)
    before = 0
    for kind, setting, snr_db in ((k, s, r) for k in COUNTRIES for s in SETTINGS for r in SNR_DB):
        for _ in range(EACH):
            told = listened(mixed(kind, setting, snr_db, rng), RATE_HZ)
            before += any(one.at_s <= BEFORE_S for one in told)
            found[kind.name, setting, snr_db].append(bool(told))
            late_s[kind.name] += [one.at_s - BEFORE_S for one in told[:1]]
    yield f"SIRENS IN HELD-OUT STREETS, share found of {EACH} each, within {SIREN_S:g} s"
    ratios = " ".join(f"{snr_db:>4}" for snr_db in SNR_DB)
    yield f"{'dB':24}" + "".join(f"{s:>8} {ratios}" for s in SETTINGS) + "   told after s, 50 and 95 %; periods"
    for kind in COUNTRIES:
        cells = [" ".join(f"{np.mean(found[kind.name, s, r]):4.2f}" for r in SNR_DB) for s in SETTINGS]
        yield f"{kind.name:24}" + "".join(f"{'':8} {cell}" for cell in cells) + _late(late_s[kind.name], kind.cycles_hz)
    for setting in SETTINGS:
        for snr_db in SNR_DB:
            pooled = [one for kind in COUNTRIES for one in found[kind.name, setting, snr_db]]
            limits = wilson(sum(pooled), len(pooled))
            share = f"{sum(pooled):4} of {len(pooled)}  {np.mean(pooled):.3f} ({limits.low:.3f} to {limits.high:.3f})"
            yield f"{setting:>10} {snr_db:>3} dB {share}"
    yield f"told before the siren began: {before} of {sum(len(some) for some in found.values())}"


def _late(late_s: Sequence[float], cycles_hz: float) -> str:
    if not late_s:
        return "   -"
    half, most = np.percentile(late_s, (50, 95))
    return f"   {half:.1f} {most:.1f}; {half * cycles_hz:.1f}"


def alarm_table() -> Iterator[str]:
    """Detections where there is no siren, by group, and what they were."""
    yield f"ALL OTHER RECORDINGS {'files':>10}{'alarms':>8}{'hours':>8}{'an hour':>9}   95 % limits"
    for group, development in GROUPS.items():
        others = [r for r in every() if r.development == development and r.label != "siren"]
        yield from _alarms(group, others)
        yield from _alarms(f"  {group}, streets", [r for r in others if r.street])


def _alarms(name: str, chosen: Sequence[Recording]) -> Iterator[str]:
    heard = [(recording, *read(recording)) for recording in chosen]
    told = [(recording, one) for recording, samples, rate_hz in heard for one in listened(samples, rate_hz)]
    hours = sum(samples.size / rate_hz for _, samples, rate_hz in heard) / 3600
    limits = poisson_rate(len(told), hours)
    counts = f"{len(chosen):>10}{len(told):>8}{hours:8.3f}{len(told) / hours:9.1f}"
    yield f"{name:21}{counts}   {limits.low:.1f} to {limits.high:.1f}"
    for label, count in Counter(recording.label for recording, _ in told).most_common():
        yield f"    {label} {count}"
    for recording, one in told:
        yield f"    {recording.path.name}{_words(one)}"


def cpu_table() -> Iterator[str]:
    """CPU time of both detectors, the best of five turns."""
    rate_hz, seconds = 48_000, 20
    street = np.random.default_rng(1).standard_normal(rate_hz * seconds) * 0.003
    yelp = street + 0.05 * sound(COUNTRIES[-2], rate_hz, seconds)
    yield "CPU, ms a second of 48 kHz sound     siren  gunshot   ratio"
    for name, signal in (("noise", street), ("noise and a yelp", yelp)):
        samples = signal.astype(np.float32)
        took = {
            kind: min(_cpu_s(kind, samples, rate_hz) for _ in range(5)) for kind in (siren.Detector, gunshot.Detector)
        }
        mine, other = (1000 * took[kind] / seconds for kind in (siren.Detector, gunshot.Detector))
        yield f"{name:34}{mine:8.2f}{other:9.2f}{mine / other:8.2f}"


def _cpu_s(kind: Callable[[float], AnyDetector], samples: NDArray[np.float32], rate_hz: int) -> float:
    detector = kind(rate_hz)
    begun_s = time.process_time()
    for at in range(0, samples.size, rate_hz // 10):
        detector.feed(samples[at : at + rate_hz // 10])
    return time.process_time() - begun_s


TABLES: dict[str, Callable[[], Iterator[str]]] = {
    "clips": clip_table,
    "mixed": mixed_table,
    "alarms": alarm_table,
    "cpu": cpu_table,
}


def main() -> None:
    """Prints the tables that are named, or all."""
    if not all(manifest.exists() for manifest in MANIFESTS):
        sys.exit(f"needs the recordings of {SHARED}")
    tell(TABLES)


if __name__ == "__main__":
    main()
