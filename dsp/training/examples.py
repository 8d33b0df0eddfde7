"""What is drawn to learn from: onsets and steady stretches of the training folds' recordings, and backgrounds.

An onset is what the trigger proposed; a steady stretch starts anywhere, as the node's rhythm does. Draws are balanced:
first the class, then its leak groups (a shot's propagation path), so that no path and no source is learned by heart.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.training.prepared import IGNORED, PAD_S, Clip, rhythm
from dsp.training.recordings import NAMES
from dsp.trigger import RATE_HZ

STEADY = ("scream", "voice", "animal", "alarm", "engine", "water", "fire", "street", "thunder")
BACKGROUNDS = (
    "traffic",
    "urban_ambience",
    "wind",
    "rain",
    "water",
    "crowd",
    "vehicle_engine",
    "bell",
    "train",
    "aircraft",
)
LEAST_BACKGROUND_S = 1.3

SHARES = {
    "gunshot": 0.36, "explosion": 0.03, "fireworks": 0.06, "glass_break": 0.03, "scream": 0.04, "thunder": 0.05,
    "impact": 0.12, "voice": 0.07, "animal": 0.05, "water": 0.06, "alarm": 0.03, "engine": 0.05, "fire": 0.04,
    "street": 0.10,
}  # fmt: skip
"""Of the draws. Many more negatives than a street has of each, for the classifier must know them all."""
OTHER_GUNS = 0.35  # of the shots drawn; 24 clips beside a thousand of live fire
STEADY_SHARE = 0.3  # of the draws of a class that has both


@dataclass(frozen=True, slots=True)
class Examples:
    """Where examples lie in the lines of ``Bank.audio``: sample, class, leak group and share of the draws."""

    at: NDArray[np.int64]
    kind: NDArray[np.int64]
    weight: NDArray[np.float64]
    snr_db: NDArray[np.float32]
    background_at: NDArray[np.int64]
    background_room: NDArray[np.int64]


def examples(clips: Sequence[Clip], start_of: dict[int, int]) -> Examples:
    """Of ``clips``; ``start_of`` is where the lines of each fold begin in the audio."""
    rows = [row for clip in clips for row in _rows(clip, start_of[clip.fold] + clip.first)]
    spans = [span for clip in clips for span in _spans(clip, start_of[clip.fold] + clip.first)]
    return Examples(
        at=np.array([row.at for row in rows]),
        kind=np.array([NAMES.index(row.kind) for row in rows]),
        weight=_weights(rows),
        snr_db=np.array([row.snr_db for row in rows], np.float32),
        background_at=np.array([at for at, _ in spans]),
        background_room=np.array([room for _, room in spans]),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    at: int
    kind: str
    part: str
    group: str
    snr_db: float


def _rows(clip: Clip, start: int) -> Iterator[_Row]:
    for onset in clip.onsets:
        if onset.shot != IGNORED:
            snr_db = clip.shots[onset.shot][1] if clip.live_fire else 40.0
            part = "live fire" if clip.live_fire else "onset"
            yield _Row(start + onset.at, clip.kind, part, clip.path, snr_db)
        elif clip.live_fire and onset.background:
            yield _Row(start + onset.at, "street", "onset", clip.path, 40.0)
        elif clip.kind not in ("gunshot", "explosion", "fireworks", "glass_break", "scream"):
            yield _Row(start + onset.at, clip.kind, "onset", clip.group, 40.0)
    if clip.kind in STEADY:
        for at in rhythm(clip):
            yield _Row(start + at, clip.kind, "steady", clip.group, 40.0)


def _weights(rows: Sequence[_Row]) -> NDArray[np.float64]:
    """Share of the draws of each row: the class's, its part's, its group's (by the root of its size)."""
    count: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for row in rows:
        count[row.kind, row.part, row.group] += 1
    total: defaultdict[tuple[str, str], float] = defaultdict(float)
    for (kind, part, _), size in count.items():
        total[kind, part] += size**0.5  # a group of a hundred is drawn as ten of one are
    share = {key: _part_share(*key) for key in total}
    of_kind: defaultdict[str, float] = defaultdict(float)
    for (kind, _), part_share in share.items():
        of_kind[kind] += part_share
    return np.array(
        [
            SHARES[row.kind]
            * share[row.kind, row.part]
            / of_kind[row.kind]
            / total[row.kind, row.part]
            / count[row.kind, row.part, row.group] ** 0.5
            for row in rows
        ]
    )


def _part_share(kind: str, part: str) -> float:
    if kind == "gunshot":
        return OTHER_GUNS if part == "onset" else 1 - OTHER_GUNS
    return STEADY_SHARE if part == "steady" else 1 - STEADY_SHARE


def _spans(clip: Clip, start: int) -> Iterator[tuple[int, int]]:
    """Stretches without a shot that may lie behind others: first sample, and how many more may be the first."""
    pad, least = round(PAD_S * RATE_HZ), round(LEAST_BACKGROUND_S * RATE_HZ)
    stretches = [(round(low * RATE_HZ), round(high * RATE_HZ)) for low, high in clip.background_s]
    if not clip.live_fire and clip.label in BACKGROUNDS:
        stretches = [(0, clip.length - 2 * pad)]
    for low, high in stretches:
        if high - low > least:
            yield start + pad + low, high - low - least
