"""Labelled recordings: the rows of a manifest, and which of them detectors by rule were developed on.

A manifest is a CSV file beside its recordings with the columns ``file``, ``label``, ``leak_group``, ``events`` (JSON:
[[time in s, number, signal to noise in dB], …]), ``background`` (JSON: [[from, to], …] without a shot), ``tier`` and
``note``. Recordings of one leak group are alike: none is ever split between development and report.
"""

import csv
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dsp.training.recordings import LIVE_FIRE, rows
from edge.errors import UserError

DEVELOPMENT_POSITIONS = ("SS-FP1", "SS-FP4", "SS-FP5")
DEVELOPMENT_SHARE = 3  # one in three of the other leak groups, by CRC-32 of the name
STREET_LABELS = ("traffic", "urban_ambience", "crowd", "bell", "rain", "wind", "vehicle_engine")
COLUMNS = ("file", "label", "leak_group", "events", "background", "tier", "note")


@dataclass(frozen=True, slots=True)
class Recording:
    """One row of a manifest, and what is labelled in it."""

    path: Path
    label: str
    group: str
    street: bool
    onsets_s: tuple[float, ...]
    snr_db: tuple[float, ...]
    background_s: tuple[tuple[float, float], ...]
    distance_m: float

    @property
    def development(self) -> bool:
        """Whether the detector was made with this recording at hand."""
        if self.group.startswith(LIVE_FIRE):
            return self.group in DEVELOPMENT_POSITIONS
        return zlib.crc32(self.group.encode()) % DEVELOPMENT_SHARE == 0

    @property
    def live_fire(self) -> bool:
        """Whether it comes from a sensor of the live-fire test."""
        return self.group.startswith(LIVE_FIRE)


def recordings(manifest: Path) -> Iterator[Recording]:
    """The rows of a manifest. UserError for another file."""
    try:
        yield from _rows(manifest)
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, ValueError) as error:
        raise UserError(f"{manifest} is no manifest of recordings: {error}", f"expected columns {COLUMNS}") from error


def _rows(manifest: Path) -> Iterator[Recording]:
    for row in rows(manifest):
        yield Recording(
            path=row.path,
            label=row.label,
            group=row.group,
            street=row.ambience and row.label in STREET_LABELS and not row.edited,
            onsets_s=tuple(at_s for at_s, _, _ in row.shots),
            snr_db=tuple(snr_db for _, snr_db, _ in row.shots),
            background_s=row.background_s,
            distance_m=row.distance_m,
        )
