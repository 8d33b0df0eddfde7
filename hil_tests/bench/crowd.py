"""How well crowds are heard, and what is taken for one: ``python -m hil_tests.bench.crowd``, minutes of work.

Clips are short and of any level, so each is set into a street: two minutes of street sound, then the clip, end to end,
which rises from 10 dB under the street's level (250 Hz to 4 kHz) to ``--snr`` dB over it in 40 s and stays for 50 s.
Clips of crowds and of everything else get the same treatment. Beside that, all recordings are played as they are.
Streets come from the same side (development or held-out) as what is set into them, and are also played alone. Composed
scenes compare sounds; they are not hours of a street.
"""

import argparse
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import gcd
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from dsp.detection import Detector
from dsp.detectors import crowd_level, crowd_surge
from dsp.evaluation import poisson_rate, wilson
from dsp.voice_bands import LOW_BANDS, VoiceBands
from edge.cli._manifest import Recording, recordings
from edge.message.tests.shared import SHARED

MANIFESTS = (SHARED / "audio" / "manifest.csv", SHARED / "ambience" / "manifest.csv")
RATE_HZ = 16_000
BEFORE_S, RISE_S, STAY_S = 120, 40, 50
LOWEST_DB = -10.0
LEAST_S = 0.4  # what is shorter cannot be set end to end without a rhythm of its own
OVERLAP_S = 0.05
SILENT = 1e-4
STREETS = ("urban_ambience", "traffic", "rain", "wind", "vehicle_engine")  # of Recording.street; people may be on some
KINDS = {"crowd_level": crowd_level.Detector, "crowd_surge": crowd_surge.Detector}
SOONEST_S = {"crowd_level": crowd_level.SOONEST_S, "crowd_surge": crowd_surge.SOONEST_S}
"""A detector can say nothing sooner: of a recording, only what comes after counts as time without a false alarm."""
CROWD = "crowd"

Sound = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Played:
    """When each kind of detector spoke in a scene or a recording of one label, in s."""

    label: str
    name: str
    duration_s: float
    found_s: dict[str, tuple[float, ...]]

    def within(self, kind: str, first_s: float) -> int:
        """Alarms from ``first_s`` on."""
        return sum(at >= first_s for at in self.found_s[kind])


def load(path: Path) -> Sound:
    """A recording at 16 kHz, its channels together."""
    import soundfile

    samples, rate_hz = soundfile.read(path, dtype="float64", always_2d=True)
    common = gcd(RATE_HZ, rate_hz)
    return np.asarray(resample_poly(samples.mean(axis=1), RATE_HZ // common, rate_hz // common))


def repeated(sound: Sound, count: int) -> Sound:
    """``count`` samples of ``sound``, end to end with a short cross-fade."""
    fade = min(round(OVERLAP_S * RATE_HZ), sound.size // 4)
    up = np.sqrt(np.linspace(0, 1, fade))
    core = sound[:-fade].copy()
    core[:fade] = core[:fade] * up + sound[-fade:] * up[::-1]
    return np.tile(core, -(-count // core.size))[:count]


def band_rms(sound: Sound) -> float:
    """From 250 Hz to 4 kHz, while it is there: frames within 30 dB of the loudest."""
    bands = VoiceBands(RATE_HZ)
    whole = np.pad(sound, (0, -sound.size % RATE_HZ)).astype(np.float32)
    power = np.concatenate([one.frames[:, LOW_BANDS:].sum(axis=1) for one in bands.feed(whole)])
    return float(np.sqrt(power[power > power.max() / 1000].mean()))


def scene(clip: Sound, street: Sound, snr_db: float) -> NDArray[np.float32]:
    """The clip in the street."""
    count = (RISE_S + STAY_S) * RATE_HZ
    whole = repeated(street, BEFORE_S * RATE_HZ + count)
    gain_db = np.interp(np.arange(count) / RATE_HZ, [0, RISE_S], [LOWEST_DB, snr_db])
    whole[-count:] += repeated(clip, count) * 10 ** (gain_db / 20) * band_rms(whole) / band_rms(clip)
    return (whole / max(1.0, float(np.abs(whole).max()))).astype(np.float32)


def found(detector: Detector, sound: NDArray[np.float32], rate_hz: float) -> tuple[float, ...]:
    """When it spoke, in s: the end of what it spoke of."""
    return tuple(one.stop / rate_hz for one in [*detector.feed(sound), *detector.close()])


def play(label: str, name: str, sound: NDArray[np.float32]) -> Played:
    """What all kinds find."""
    told = {kind: found(make(RATE_HZ), sound, RATE_HZ) for kind, make in KINDS.items()}
    return Played(label, name, sound.size / RATE_HZ, told)


def chosen(development: bool) -> list[Recording]:
    """The recordings of both manifests on one side."""
    rows = [row for manifest in MANIFESTS for row in recordings(manifest)]
    return [row for row in rows if row.development == development]


def composed(rows: Sequence[Recording], snr_db: float) -> Iterator[Played]:
    """Each recording that is no street, in one of the streets."""
    streets = [load(row.path) for row in rows if row.street and row.label in STREETS]
    for row in rows:
        clip = load(row.path)
        if (row.street and row.label != CROWD) or clip.size < LEAST_S * RATE_HZ or np.abs(clip).max() < SILENT:
            continue
        street = streets[zlib.crc32(row.path.name.encode()) % len(streets)]
        yield play(row.label, row.path.name, scene(clip, street, snr_db))


def alone(rows: Sequence[Recording]) -> Iterator[Played]:
    """Each street, end to end for as long as a scene."""
    for row in rows:
        if row.street and row.label in STREETS:
            sound = repeated(load(row.path), (BEFORE_S + RISE_S + STAY_S) * RATE_HZ)
            yield play(row.label, row.path.name, sound.astype(np.float32))


def as_they_are(rows: Sequence[Recording]) -> Iterator[Played]:
    """Each recording as it is."""
    for row in rows:
        yield play(row.label, row.path.name, load(row.path).astype(np.float32))


def heard_lines(played: Sequence[Played], kind: str) -> Iterator[str]:
    """Shares of clips that were heard, crowds first, and alarms an hour in all else."""
    first_s = float(BEFORE_S)
    for label, some in (
        ("crowd", [one for one in played if one.label == CROWD]),
        ("all else", [one for one in played if one.label != CROWD]),
    ):
        hit = sum(one.within(kind, first_s) > 0 for one in some)
        limits = wilson(hit, len(some))
        share = f"{hit / len(some):.3f}" if some else "-"
        yield f"  {label:12}{hit:5} of {len(some):4}  {share:>6}   {limits.low:.3f} to {limits.high:.3f}"
    wrong = Counter(one.label for one in played if one.label != CROWD and one.within(kind, first_s))
    of = Counter(one.label for one in played)
    count = sum(one.within(kind, first_s) for one in played if one.label != CROWD)
    yield "  " + rate("alarms in all else", count, sum(RISE_S + STAY_S for one in played if one.label != CROWD))
    yield "  taken for one: " + (", ".join(f"{n} of {of[label]} {label}" for label, n in wrong.most_common()) or "none")


def rate(name: str, count: int, duration_s: float) -> str:
    """Alarms an hour, with exact Poisson limits."""
    hours = duration_s / 3600
    if not hours:
        return f"{name}: nothing long enough"
    limits = poisson_rate(count, hours)
    return f"{name}: {count} in {hours:.2f} h, {count / hours:.2f} an hour, {limits.low:.2f} to {limits.high:.2f}"


def alarm_lines(name: str, played: Sequence[Played], kind: str) -> Iterator[str]:
    """False alarms an hour in what is long enough for one, and in what."""
    others = [one for one in played if one.label != CROWD]
    alarms = Counter(one.label for one in others for _ in one.found_s[kind])
    heard_s = sum(max(0.0, one.duration_s - SOONEST_S[kind]) for one in others)
    words = ", ".join(f"{n} in {label}" for label, n in alarms.most_common())
    yield ("  " + rate(name, sum(alarms.values()), heard_s) + (f": {words}" if words else ""))


def raw_crowd_line(played: Sequence[Played], kind: str) -> str:
    """Crowds as they were recorded."""
    crowds = [one for one in played if one.label == CROWD and one.duration_s > SOONEST_S[kind]]
    heard = sum(bool(one.found_s[kind]) for one in crowds)
    return f"  crowds long enough to be heard at all ({SOONEST_S[kind]} s): {heard} of {len(crowds)}"


def cpu_lines(seconds: int = 60) -> Iterator[str]:
    """CPU time of one core for a second of sound at 48 kHz, in pieces of 20 ms, beside the gunshot detector."""
    from dsp.detectors import gunshot, noise_limit

    rate_hz, piece = 48_000, 960
    sound = (np.random.default_rng(1).standard_normal(seconds * rate_hz) * 0.01).astype(np.float32)
    makers: dict[str, Detector] = {
        "gunshot": gunshot.Detector(rate_hz),
        "noise_limit": noise_limit.Detector(rate_hz, limit_db=0.0),
        **{kind: make(rate_hz) for kind, make in KINDS.items()},
    }
    for kind, detector in makers.items():
        begun_s = time.process_time()
        for at in range(0, sound.size, piece):
            detector.feed(sound[at : at + piece])
        yield f"  {kind:12}{1000 * (time.process_time() - begun_s) / seconds:6.2f} ms"


def main() -> None:
    """Prints the figures of one side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--development", action="store_true")
    parser.add_argument("--snr", type=float, default=12.0, help="dB over the street, in 250 Hz to 4 kHz")
    parser.add_argument("--scenes", type=Path, help="a file for one line a scene that any kind heard")
    arguments = parser.parse_args()
    rows = chosen(arguments.development)
    scenes = list(composed(rows, arguments.snr))
    streets, raw = list(alone(rows)), list(as_they_are(rows))
    side = "development" if arguments.development else "held-out"
    for kind in KINDS:
        print(f"{kind}, {side} clips set into streets, {arguments.snr:g} dB over them")
        print("\n".join(heard_lines(scenes, kind)))
        print("\n".join(alarm_lines("streets alone", streets, kind)))
        print("\n".join(alarm_lines("all else as recorded", raw, kind)))
        print(raw_crowd_line(raw, kind), end="\n\n")
    print("CPU for a second of sound at 48 kHz", *cpu_lines(), sep="\n")
    if arguments.scenes:
        told = [f"{one.label} {one.name} {one.found_s}" for one in (*scenes, *streets) if any(one.found_s.values())]
        arguments.scenes.write_text("\n".join(told) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
