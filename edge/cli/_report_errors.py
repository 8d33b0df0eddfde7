"""Errors that are worth a look: clear shots that were missed, and false alarms with the highest scores.

Each with what the detector says of it, and with a picture of the sound around it.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.cli._labelled import CLEAR_DB, TOLERANCE_S
from edge.cli._manifest import Recording
from edge.cli._report_curve import Scored
from edge.cli._report_files import excerpts, mark, reasons, verdict
from edge.cli._report_page import Html, Row, heading, lines, many, paragraph, picture, table, words
from edge.cli._report_picture import LABEL, Mark, spectrogram
from edge.node.listening import Heard

MOST_ERRORS = 12  # of each kind: as many as somebody listens to in a quarter of an hour
BEFORE_S, AROUND_S = 1.0, 3.0  # drawn before an error, and in all: what it came out of, and how it faded
SOUNDS = ("live-fire sensors, no shot", "street ambience", "all other recordings")  # as the report names them
NOTHING = "nothing was judged here: it rose too little, or was taken for an echo of what came before"


@dataclass(frozen=True, slots=True)
class Missed:
    """A clear label that was not found; ``nearest`` is the best of what was judged there, if anything was."""

    scored: Scored
    onset_s: float
    snr_db: float
    nearest: Heard | None


@dataclass(frozen=True, slots=True)
class FalseAlarm:
    """A detection where the labels say that there was no shot; ``sound`` names the kind of sound as the report does."""

    scored: Scored
    sound: str
    heard: Heard


def missed(scored: Sequence[Scored], deployed: float) -> list[Missed]:
    """Clear labels that were not found, the clearest first."""
    found = [
        Missed(one, onset_s, snr_db, _nearest(one, onset_s))
        for one in scored
        for label in one.at(deployed).matched.missed
        for onset_s, snr_db in [(one.recording.onsets_s[label], one.recording.snr_db[label])]
        if snr_db >= CLEAR_DB
    ]
    return sorted(found, key=lambda each: -each.snr_db)


def _nearest(one: Scored, onset_s: float) -> Heard | None:
    near = [heard for heard in one.heard if abs(one.start_s(heard) - onset_s) <= TOLERANCE_S]
    return max(near, key=lambda heard: heard.detection.score, default=None)


def false_alarms(scored: Sequence[Scored], deployed: float) -> list[FalseAlarm]:
    """What the report counts as false alarms, the highest score first."""
    found = [
        FalseAlarm(one, sound, heard)
        for one in scored
        for heard in one.reaching(deployed)
        for sound in [_sound(one.recording, one.start_s(heard))]
        if sound
    ]
    return sorted(found, key=lambda each: -each.heard.detection.score)


def _sound(recording: Recording, at_s: float) -> str:
    """In which kind of sound a detection is a false alarm; none where there may have been a shot."""
    if recording.live_fire and any(low <= at_s < high for low, high in recording.background_s):
        return SOUNDS[0]
    if recording.street:
        return SOUNDS[1]
    return "" if recording.label == "gunshot" else SOUNDS[2]


def error_parts(scored: Sequence[Scored], deployed: float, whose: Mapping[Path, str]) -> Iterator[Html]:
    """The errors that are worth a look."""
    yield heading(2, "Errors to look at")
    yield paragraph(
        "In the pictures, triangles above are detections (filled: told; open: below the threshold) with their scores, "
        "triangles below are labelled shots. Pictures are made from the recordings: who passes this page on passes "
        "on whom they are from."
    )
    shots = missed(scored, deployed)
    yield heading(3, "Clear shots that were missed")
    first = shots[:MOST_ERRORS]
    yield table(
        f"The {len(first)} clearest of {len(shots)}",
        ("recording", "label", "best score there, and why", "picture"),
        [_missed_row(each, whose) for each in first],
    )
    yield heading(3, "False alarms with the highest scores")
    alarms = false_alarms(scored, deployed)
    for sound in SOUNDS:
        all_ = [each for each in alarms if each.sound == sound]
        yield table(
            f"In {sound}: the {min(len(all_), MOST_ERRORS)} highest of {len(all_)}",
            ("recording", "time", "score and threshold, and why", "picture"),
            [_alarm_row(each, whose) for each in all_[:MOST_ERRORS]],
        )


def _missed_row(each: Missed, whose: Mapping[Path, str]) -> Row:
    recording = each.scored.recording
    label = lines(f"{each.onset_s:.3f} s", f"{each.snr_db:.1f} dB signal to noise", f"{recording.distance_m:.0f} m")
    why = _why(each.nearest) if each.nearest else words(NOTHING)
    return Row((_name(recording, whose), label, why, _picture(each.scored, each.onset_s)))


def _alarm_row(each: FalseAlarm, whose: Mapping[Path, str]) -> Row:
    start_s = each.scored.start_s(each.heard)
    seen = _picture(each.scored, start_s)
    name = _name(each.scored.recording, whose)
    return Row((name, f"{start_s:.3f} s", _why(each.heard), seen))


def _why(heard: Heard) -> Html:
    return Html(words(verdict(heard)) + reasons(heard))


def _name(recording: Recording, whose: Mapping[Path, str]) -> Html:
    from_whom = whose.get(recording.path, "")
    return words(
        lines(recording.path.name, f"{recording.label}, {recording.group}", *([from_whom] if from_whom else []))
    )


def _picture(one: Scored, at_s: float) -> Html:
    sound = excerpts(one.recording.path, at_s - BEFORE_S, AROUND_S)[0]
    seen = [heard for heard in one.heard if sound.start_s <= one.start_s(heard) < sound.stop_s]
    told = [mark(str(round(heard.detection.score)), heard, one.rate_hz) for heard in seen if _worth(heard, at_s, one)]
    labels = [Mark("", onset_s, onset_s, LABEL) for onset_s in one.recording.onsets_s]
    labels = [each for each in labels if sound.start_s <= each.start_s < sound.stop_s]
    shown = (
        f"Spectrogram of {one.recording.path.name}, {sound.start_s:.1f} s to {sound.stop_s:.1f} s, "
        f"with {many(len(told), 'detection')} and {many(len(labels), 'label')} drawn in."
    )
    return picture(spectrogram(sound, [*told, *labels], small=True), shown)


def _worth(heard: Heard, at_s: float, one: Scored) -> bool:
    """Whether it is drawn: what was told, and what was judged where the error is."""
    found = heard.detection
    return found.score >= found.threshold or abs(one.start_s(heard) - at_s) <= TOLERANCE_S


def attributions(manifests: Sequence[Path]) -> dict[Path, str]:
    """From whom a recording is, and its licence, where the manifest says so."""
    said = {}
    for manifest in manifests:
        with manifest.open(newline="", encoding="utf-8") as rows:
            for each in csv.DictReader(rows):
                words = (each.get("attribution") or "", each.get("licence") or "")
                said[manifest.parent / each["file"]] = ", ".join(word for word in words if word)
    return said
