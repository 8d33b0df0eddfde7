"""What YAMNet says of prepared sounds, kept in a file a fold; and what our detector of sirens says of the same.

line/…     the sound as the node hears it, 12 kHz and band-passed: clips, and hours that are composed anew
file/…     the clip as its file has it, up to 8 kHz
…/every    each patch of 0.975 s, 0.48 s apart
…/onsets   where a bang begins: the best of the patches that hold it, and of one that begins 0.2 s before it
siren/…    the best score of ``dsp.detectors.siren``, which is no network, in dB
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from dsp.detectors import siren
from dsp.training.prepared import IGNORED, PAD_S, Clip, clips, lines, padded
from dsp.training.recordings import read
from dsp.trigger import RATE_HZ as LINE_HZ
from hil_tests.bench.yamnet.network import CLASSES, EVERY, PATCH, RATE_HZ, Line, Said, Yamnet

LEAD = RATE_HZ // 5  # samples before the onset, in the patch that is laid at it


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """What YAMNet says of one recording: every 0.48 s, and where its bangs begin."""

    every: Said
    onsets: Said

    @classmethod
    def of(cls, network: Yamnet, line: Line, onsets_s: Sequence[float]) -> "Heard":
        """Of a line at 16 kHz."""
        every = network.every(line)
        best = [
            np.maximum(network.at(line, round(at_s * RATE_HZ) - LEAD)[0], every[holding(len(every), at_s)].max(axis=0))
            for at_s in onsets_s
        ]
        return cls(every, np.array(best, np.float32).reshape(-1, len(CLASSES)))


def holding(patches: int, at_s: float) -> slice:
    """Those of the first ``patches`` that hold a time; the last where it lies behind them."""
    last = min(int(at_s * RATE_HZ) // EVERY, patches - 1)
    first = (round(at_s * RATE_HZ) - PATCH) // EVERY + 1
    return slice(max(0, min(last, first)), last + 1)


def onsets_s(clip: Clip) -> list[float]:
    """Of live fire, its labels, at the proposals where there are some; of others, what counts as their bang."""
    proposed = {o.shot: o.at / LINE_HZ for o in clip.onsets if o.shot != IGNORED}
    if clip.live_fire:
        return [proposed.get(number, shot_s + PAD_S) for number, (shot_s, _, _) in enumerate(clip.shots)]
    return [o.at / LINE_HZ for o in clip.onsets if o.shot != IGNORED]


def upsampled(line: Line) -> Line:
    """12 kHz to 16 kHz."""
    return np.asarray(resample_poly(line, RATE_HZ // 4000, LINE_HZ // 4000), np.float32)


def original(data: Path, clip: Clip) -> Line:
    """The file's own sound at 16 kHz, with the noise on both ends that the prepared line has."""
    path = data / clip.file
    samples, rate_hz = read(path)
    whole = np.gcd(RATE_HZ, rate_hz)
    long = padded(samples, rate_hz, seed=len(path.name))
    return np.asarray(resample_poly(long, RATE_HZ // whole, rate_hz // whole), np.float32)


def siren_score_db(data: Path, clip: Clip) -> float:
    """The best that our detector of sirens says of a file; -inf where it says nothing."""
    samples, rate_hz = read(data / clip.file)
    detector = siren.Detector(rate_hz, all_scores=True)
    pieces = np.array_split(samples, samples.size * 10 // rate_hz + 1)
    told = [found for piece in pieces for found in detector.feed(piece)] + detector.close()
    return max((found.score for found in told), default=-np.inf)


def hour(prepared: Path, fold: int, number: int) -> Line:
    """A composed hour at 12 kHz, made anew: what is kept of it are images. ValueError where it is another."""
    from dsp.training import composed

    with np.load(prepared / f"hour-{fold}-{number}.npz") as held:
        seconds, put_s = int(held["seconds"]), held["put_s"]
    of_fold = [clip for clip in clips(prepared) if clip.fold == fold]
    made = composed.hour(composed.supply(of_fold, lines(prepared, fold)), 1000 * fold + number, seconds)
    if [s for s, _, _ in made.put] != put_s.tolist():
        raise ValueError(f"hour-{fold}-{number}.npz was composed of other sounds; compose it anew, and fit on it")
    return made.line


def write(prepared: Path, data: Path, fold: int) -> None:
    """Writes the file of a fold."""
    said = dict(_scores(prepared, data, fold, Yamnet(data)))
    (prepared / "yamnet").mkdir(exist_ok=True)
    np.savez(prepared / "yamnet" / f"fold{fold}.npz", allow_pickle=False, classes=np.array(CLASSES), **said)


def _scores(prepared: Path, data: Path, fold: int, network: Yamnet) -> Iterator[tuple[str, NDArray[np.floating]]]:
    line = lines(prepared, fold)
    for clip in (c for c in clips(prepared) if c.fold == fold):
        mine = line[clip.first : clip.first + clip.length].astype(np.float32) * np.float32(clip.scale)
        sounds = {"line": upsampled(mine)}
        if not clip.live_fire:
            sounds["file"] = original(data, clip)
            yield f"siren/{clip.file}", np.array([siren_score_db(data, clip)])
        for way, sound in sounds.items():
            heard = Heard.of(network, sound, onsets_s(clip))
            yield f"{way}/every/{clip.file}", heard.every
            yield f"{way}/onsets/{clip.file}", heard.onsets
    for number in range(len(list(prepared.glob(f"hour-{fold}-*.npz")))):
        yield f"hour-{fold}-{number}", network.every(upsampled(hour(prepared, fold, number)))


@cache
def kept(prepared: Path, fold: int) -> dict[str, NDArray[np.floating]]:
    """What ``write`` wrote of a fold. OSError without it, ValueError where other classes were kept."""
    with np.load(prepared / "yamnet" / f"fold{fold}.npz") as held:
        if "classes" not in held or held["classes"].tolist() != list(CLASSES):
            raise ValueError(f"{prepared}/yamnet/fold{fold}.npz has other classes; score the fold anew")
        return {name: held[name] for name in held.files}
