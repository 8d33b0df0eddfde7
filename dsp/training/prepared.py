"""Recordings as the node would hear them: at 12 kHz, band-passed, with what the trigger proposes in each.

    recording ─┤ a second of its own noise on both ends ├─┤ trigger ├─┬─ line, 16 bits, all of a fold in one file
                                                                     └─ proposals: onset, rise, peak ── index.json

A clip begins with its bang; on a street something is heard before. So each gets a second of noise on both ends, shaped
like its quietest quarter of a second.
"""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dsp.filters import BandPass
from dsp.training.recordings import FOLDS, Recording, read, recordings
from dsp.trigger import BLOCK_HOPS, CORNER_HZ, HOP, HOPS_A_SECOND, RATE_HZ, RUMBLE_S, Trigger

PAD_S = 1.0
QUIET_S = 0.25
LABEL_S = 0.05
"""A proposal this near a label is that shot; some labels come 45 ms early."""
LOUD_DB = 15.0
"""In a clip of a bang, proposals this far under the loudest are its echoes, or something else."""
EDGE_S = 0.5
RHYTHM_S = 0.5  # the trigger's
IGNORED = -1


@dataclass(frozen=True, slots=True)
class Onset:
    """A proposal at sample ``at`` of its clip's line. ``shot`` is the number of the label that it is, or IGNORED."""

    at: int
    rise_db: float
    peak_db: float
    shot: int = IGNORED
    background: bool = False


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording's line: ``length`` samples from ``first`` in the file of its fold, in steps of ``scale``."""

    file: str
    label: str
    kind: str
    group: str
    path: str
    fold: int
    live_fire: bool
    ambience: bool
    edited: bool
    distance_m: float
    first: int
    length: int
    scale: float
    shots: list[tuple[float, float, int]] = field(default_factory=list)
    background_s: list[tuple[float, float]] = field(default_factory=list)
    onsets: list[Onset] = field(default_factory=list)


def line_of(samples: NDArray[np.float32], rate_hz: float) -> NDArray[np.float32]:
    """All of a signal at ``RATE_HZ``, as the trigger filters it, without the filter's delay."""
    hop_in = round(rate_hz / HOPS_A_SECOND)
    band_pass = BandPass(rate_hz, hop_in=hop_in, hop_out=HOP, corner_hz=CORNER_HZ, rumble_s=RUMBLE_S)
    hops = -(-samples.size // (hop_in * BLOCK_HOPS)) * BLOCK_HOPS
    given = np.zeros(hops * hop_in + band_pass.delay, np.float32)
    given[: samples.size] = samples
    late = round(band_pass.delay / hop_in * HOP)
    line = np.concatenate([band_pass.block(block) for block in _blocks(given, hop_in)])
    return line[late : late + round(samples.size / hop_in * HOP)]


def _blocks(samples: NDArray[np.float32], hop_in: int) -> Iterator[NDArray[np.float32]]:
    whole = -(-samples.size // (hop_in * BLOCK_HOPS)) * hop_in * BLOCK_HOPS
    padded = np.concatenate((samples, np.zeros(whole - samples.size, np.float32)))
    yield from padded.reshape(-1, hop_in * BLOCK_HOPS)


def padded(samples: NDArray[np.float32], rate_hz: int, seed: int) -> NDArray[np.float32]:
    """The clip with ``PAD_S`` of noise on both ends, shaped like its quietest ``QUIET_S``."""
    noise = _noise_like(_quietest(samples, round(QUIET_S * rate_hz)), round(2 * PAD_S * rate_hz), seed)
    half = noise.size // 2
    return np.concatenate((noise[:half], samples, noise[half:]))


def _quietest(samples: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    if samples.size < 2 * length:
        return samples[-length:]
    pieces = samples[: samples.size // length * length].reshape(-1, length)
    power = np.square(pieces, dtype=np.float64).mean(axis=1)
    power[power == 0] = np.inf  # digital silence is no noise
    return np.asarray(pieces[int(np.argmin(power))])


def _noise_like(quiet: NDArray[np.float32], length: int, seed: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    magnitude = np.abs(np.fft.rfft(quiet * np.hanning(quiet.size)))
    fine = np.interp(np.linspace(0, 1, length // 2 + 1), np.linspace(0, 1, magnitude.size), magnitude)
    noise = np.fft.irfft(fine * np.exp(2j * np.pi * rng.random(fine.size)), length)
    rms = float(np.sqrt(np.mean(np.square(quiet, dtype=np.float64))))
    scale = max(rms, 1e-5) / max(float(noise.std()), 1e-12)
    return np.asarray(noise * scale, np.float32)


def hear(recording: Recording) -> tuple[NDArray[np.float32], list[Onset]]:
    """The line of a recording, padded, and what is proposed in it."""
    samples, rate_hz = read(recording.path)
    samples = padded(samples, rate_hz, seed=len(recording.path.name))
    line = line_of(samples, rate_hz)
    trigger = Trigger(rate_hz)
    found = [p for p in (*trigger.feed(samples), *trigger.close()) if not p.steady]
    at_of = HOP / trigger.hop_in
    onsets = [Onset(round(p.onset * at_of), p.rise_db, float(p.levels_db.max())) for p in found]
    edge = round(EDGE_S * RATE_HZ)
    return line, [o for o in onsets if edge <= o.at < line.size - edge]


def labelled(recording: Recording, onsets: Sequence[Onset]) -> list[Onset]:
    """The onsets, each with the shot that it is or whether it is background."""
    if recording.live_fire:
        return _live_fire(recording, onsets)
    loudest_db = max((o.peak_db for o in onsets), default=0.0)
    return [replace(o, shot=0 if o.peak_db >= loudest_db - LOUD_DB else IGNORED) for o in onsets]


def _live_fire(recording: Recording, onsets: Sequence[Onset]) -> list[Onset]:
    number_at = dict(_nearest(recording, onsets))
    return [
        replace(
            o, shot=number_at.get(o.at, IGNORED), background=_within(o.at / RATE_HZ - PAD_S, recording.background_s)
        )
        for o in onsets
    ]


def _nearest(recording: Recording, onsets: Sequence[Onset]) -> Iterator[tuple[int, int]]:
    """Which onset is which label: (sample, number)."""
    for number, (shot_s, _, _) in enumerate(recording.shots):
        apart_s, at = min(((abs(o.at / RATE_HZ - PAD_S - shot_s), o.at) for o in onsets), default=(LABEL_S, 0))
        if apart_s < LABEL_S:
            yield at, number


def _within(time_s: float, spans_s: Sequence[tuple[float, float]]) -> bool:
    return any(low <= time_s < high for low, high in spans_s)


def prepare(data: Path, out: Path, workers: int) -> None:
    """Hears all recordings under ``data``, and writes a line file a fold and the index to ``out``."""
    import soundfile

    out.mkdir(parents=True, exist_ok=True)
    all_ = recordings(data)
    with ProcessPoolExecutor(workers) as pool:
        heard = list(pool.map(hear, all_, chunksize=16))
    clips: list[Clip] = []
    for fold in range(FOLDS):
        lines: list[NDArray[np.int16]] = []
        first = 0
        for recording, (line, onsets) in zip(all_, heard, strict=True):
            if recording.fold == fold:
                scale = max(float(np.abs(line).max()), 1e-6) / 32767
                lines.append(np.round(line / scale).astype(np.int16))
                clips.append(_clip(recording, labelled(recording, onsets), first, line.size, scale))
                first += line.size
        lines.append(np.zeros(RATE_HZ, np.int16))  # for no file may be empty
        soundfile.write(out / f"fold{fold}.flac", np.concatenate(lines), RATE_HZ, subtype="PCM_16")
    (out / "index.json").write_text(json.dumps([asdict(clip) for clip in clips]), encoding="utf-8")


def _clip(recording: Recording, onsets: list[Onset], first: int, length: int, scale: float) -> Clip:
    return Clip(
        file=f"{'ambience' if recording.ambience else 'audio'}/{recording.path.parent.name}/{recording.path.name}",
        label=recording.label,
        kind=recording.kind,
        group=recording.group,
        path=recording.path_name,
        fold=recording.fold,
        live_fire=recording.live_fire,
        ambience=recording.ambience,
        edited=recording.edited,
        distance_m=recording.distance_m,
        first=first,
        length=length,
        scale=scale,
        shots=list(recording.shots),
        background_s=list(recording.background_s),
        onsets=onsets,
    )


def rhythm(clip: Clip) -> range:
    """Where the node's rhythm falls in a clip that is no live fire: samples of its line."""
    pad, step = round(PAD_S * RATE_HZ), round(RHYTHM_S * RATE_HZ)
    return range(0) if clip.live_fire else range(pad + step // 2, max(clip.length - pad, pad + step), step)


def clips(out: Path) -> list[Clip]:
    """The index that ``prepare`` wrote."""
    rows = json.loads((out / "index.json").read_text(encoding="utf-8"))
    return [Clip(**{**row, "onsets": [Onset(**onset) for onset in row["onsets"]]}) for row in rows]


def lines(out: Path, fold: int) -> NDArray[np.int16]:
    """All lines of a fold, one behind the other."""
    import soundfile

    samples, _ = soundfile.read(out / f"fold{fold}.flac", dtype="int16")
    return np.asarray(samples, np.int16)
