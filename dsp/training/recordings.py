"""Labelled recordings to learn from: what each is called, which fold it belongs to, and its sound.

Recordings of one leak group are alike, so a group lies in one fold, whole. The groups of each label are dealt to the
folds by turns, the longest first: each fold hears some of everything.
"""

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FOLDS = 5
LIVE_FIRE = "SS-FP"
POSITIONS = {"SS-FP1": 0, "SS-FP2": 1, "SS-FP3": 2, "SS-FP4": 3, "SS-FP5": 3, "SS-FP6": 4, "SS-FP7": 1}
"""The folds of the seven firing positions. FP4 and FP5 lie beside each other and share most propagation paths."""

CLASSES: dict[str, tuple[str, ...]] = {
    "gunshot": ("gunshot",),
    "explosion": ("explosion",),
    "fireworks": ("fireworks",),
    "glass_break": ("glass_break", "ceramic_break"),
    "scream": ("scream",),
    "thunder": ("thunder", "rumble"),
    "impact": tuple("impact door construction crash weapon_handling electric_spark balloon_pop clock_tick".split()),
    "voice": ("speech", "crowd", "baby_cry", "human_other", "sneeze", "whistle"),
    "animal": ("dog_bark", "animal"),
    "water": ("water", "rain"),
    "alarm": ("siren", "horn", "bell", "alarm"),
    "engine": ("vehicle_engine", "aircraft", "helicopter", "chainsaw", "train"),
    "fire": ("fire",),
    "street": ("traffic", "urban_ambience", "wind", "other"),
    "playback": (),
}
"""What the classifier tells apart, and the labels of the recordings that teach it. Playback is shots without a low end:
a loudspeaker that fits in a hand gives none."""
NAMES = tuple(CLASSES)
_CLASS_OF = {label: name for name, labels in CLASSES.items() for label in labels}


@dataclass(frozen=True, slots=True)
class Recording:
    """One row of a manifest. ``shots`` are labelled onsets: when (s), how far above the noise (dB), which round."""

    path: Path
    label: str
    group: str
    source: str
    licence: str
    attribution: str
    ambience: bool
    edited: bool
    shots: tuple[tuple[float, float, int], ...]
    background_s: tuple[tuple[float, float], ...]
    sensor: str
    distance_m: float
    fold: int = -1

    @property
    def live_fire(self) -> bool:
        """Whether a street sensor of the live-fire test recorded it."""
        return self.group.startswith(LIVE_FIRE)

    @property
    def kind(self) -> str:
        """Its class, a key of ``CLASSES``."""
        return _CLASS_OF[self.label]

    @property
    def path_name(self) -> str:
        """The way of the sound: firing position and sensor; the leak group of what is not live fire."""
        return f"{self.group}/{self.sensor}" if self.live_fire else self.group


def recordings(data: Path) -> list[Recording]:
    """All recordings of the two manifests under ``data``, dealt to folds. Errors as of ``rows``."""
    found = [r for folder in ("audio", "ambience") for r in rows(data / folder / "manifest.csv")]
    fold_of = _folds(found)
    return [replace(r, fold=fold_of[r.group]) for r in found]


def rows(manifest: Path) -> Iterator[Recording]:
    """The rows of one manifest, in no fold. A few shots are labelled twice: the first label counts.

    OSError, csv.Error, KeyError and ValueError where it is none.
    """
    with manifest.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            events = {event[1]: event for event in reversed(json.loads(row["events"] or "[]"))}
            sensor = re.search(r"sensor (\S+),", row["note"])
            distance = re.search(r"([\d.]+) m from shooter", row["note"])
            yield Recording(
                path=manifest.parent / row["file"],
                label=row["label"],
                group=row["leak_group"],
                source=row.get("source", ""),
                licence=row.get("licence", ""),
                attribution=row.get("attribution", ""),
                ambience=manifest.parent.name == "ambience",
                edited="foley" in row["tier"],
                shots=tuple(
                    sorted((float(at_s), float(snr_db), int(number)) for at_s, number, snr_db in events.values())
                ),
                background_s=tuple((float(low), float(high)) for low, high in json.loads(row["background"] or "[]")),
                sensor=sensor[1] if sensor else "",
                distance_m=float(distance[1]) if distance else float("nan"),
            )


def _folds(found: Sequence[Recording]) -> dict[str, int]:
    """Fold of each leak group."""
    members: defaultdict[str, list[Recording]] = defaultdict(list)
    for recording in found:
        members[recording.group].append(recording)
    folds = dict(POSITIONS)
    by_label: defaultdict[str, list[str]] = defaultdict(list)
    for group, of_group in members.items():
        if group not in folds:
            by_label[min(r.label for r in of_group)].append(group)
    turn = 0
    for label in sorted(by_label):
        for group in sorted(by_label[label], key=lambda name: (-len(members[name]), name)):
            folds[group] = turn % FOLDS
            turn += 1
    return folds


def read(path: Path) -> tuple[NDArray[np.float32], int]:
    """Samples of the first channel, full scale ±1.0, and their rate in Hz."""
    import soundfile

    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    return np.ascontiguousarray(samples[:, 0]), int(rate_hz)
