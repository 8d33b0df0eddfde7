"""Labelled recordings of our own making, small enough for a test."""

import csv
import json
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from dsp.tests.signals import street

RATE_HZ = 12_000
COLUMNS = ("file", "label", "source", "licence", "attribution", "leak_group", "events", "background", "tier", "note")
SHOTS_S = (1.0, 1.7)


def data(folder: Path, labels: tuple[str, ...] = ("gunshot", "door", "scream")) -> Path:
    """A folder as ``--data`` expects it: a live-fire file with two shots, and a clip of each of ``labels``."""
    rows = [_live_fire(folder)] + [_clip(folder, label, n) for n, label in enumerate(labels)]
    _write(folder / "audio", rows)
    _write(folder / "ambience", [_clip(folder, "traffic", 99, kind="ambience")])
    return folder


def _live_fire(folder: Path) -> dict[str, str]:
    events = [[at_s, number, 20.0] for number, at_s in enumerate(SHOTS_S)]
    file = _sound(folder / "audio", "gunshot/test_001.flac", street(RATE_HZ, 4.0, blasts_s=SHOTS_S))
    note = "2 round(s), sensor S-1, 120.5 m from shooter, test test_001"
    return _row(file, "gunshot", "SS-FP3", events=json.dumps(events), background="[[2.4, 3.9]]", note=note)


def _clip(folder: Path, label: str, number: int, kind: str = "audio") -> dict[str, str]:
    file = _sound(folder / kind, f"{label}/{number}.flac", street(RATE_HZ, 2.0, blasts_s=(0.6,)))
    return _row(file, label, f"group-{number}")


def _sound(folder: Path, file: str, samples: NDArray[np.float32]) -> str:
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(folder / file, samples, RATE_HZ)
    return file


def _row(file: str, label: str, group: str, **more: str) -> dict[str, str]:
    return dict.fromkeys(COLUMNS, "") | {"file": file, "label": label, "leak_group": group} | more


def _write(folder: Path, rows: list[dict[str, str]]) -> None:
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
