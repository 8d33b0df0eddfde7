"""The report on recordings: what was heard in each, minute by minute, and why.

A minute is drawn where something was heard in it, and at the beginning, so that a reader sees what the recording
sounds like; the tables tell every detection, drawn or not.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edge.cli._recording import BLOCK_S, ENDLESS, Recording, open_recording
from edge.cli._report_page import Html, Row, figure, heading, link, listing, many, page, paragraph, table, text, words
from edge.cli._report_picture import BELOW, TOLD, Excerpt, Mark, spectrogram
from edge.errors import UserError

if TYPE_CHECKING:
    from edge.node.listening import Heard, Options

PAGE_S = 60  # a second is 15 pixels wide: a single shot is seen
FIRST_PAGES = 2
MOST_PICTURES = 120
"""In a report, each 0.1 to 0.2 MB: what a browser opens at once, and more than anybody looks through."""
MOST_NAMED = 20  # of a picture's detections in its words; the table has all
COLUMNS = ("no.", "kind", "from", "to", "heard on channel", "score and threshold", "reasons")


@dataclass(frozen=True, slots=True)
class Played:
    """A recording that was played, and what was heard in it; ``note`` is what is wrong with it."""

    path: Path
    rate_hz: int
    channels: int
    duration_s: float
    heard: "tuple[Heard, ...]"
    note: str = ""

    @classmethod
    def of(cls, path: Path, recording: Recording, heard: "Sequence[Heard]") -> "Played":
        """The recording after all that can be read of it was read."""
        duration_s = recording.file.tell() / recording.rate_hz
        note = ""
        if recording.missing_bytes:
            note = (
                f"The recording is cut short: {recording.missing_bytes} bytes that its header promises are not there."
            )
        elif recording.file.tell() < recording.file.frames < ENDLESS:
            note = f"The recording is damaged: {duration_s:.1f} s of {recording.duration_s:.1f} s can be read."
        return cls(path, recording.rate_hz, recording.channels, duration_s, tuple(heard), note)

    def start_s(self, heard: "Heard") -> float:
        """When it began."""
        return heard.detection.start / self.rate_hz

    def stop_s(self, heard: "Heard") -> float:
        """When it ended."""
        return heard.detection.stop / self.rate_hz


@dataclass(slots=True)
class Pictures:
    """How many more pictures the page takes."""

    left: int = field(default_factory=lambda: MOST_PICTURES)

    def take(self, many: int) -> bool:
        """Whether so many still go in; they are counted then."""
        fit = many <= self.left
        self.left -= many if fit else 0
        return fit


def excerpts(path: Path, start_s: float, seconds: float) -> list[Excerpt]:
    """A part of a recording again, a channel each; what a damaged one does not give is not there."""
    with open_recording(path) as recording:
        first = max(0, round(start_s * recording.rate_hz))
        samples = np.concatenate([np.empty((0, recording.channels), np.float32), *_blocks(recording, first, seconds)])
        start_s = first / recording.rate_hz
        return [Excerpt(np.ascontiguousarray(channel), recording.rate_hz, start_s) for channel in samples.T]


def _blocks(recording: Recording, first: int, seconds: float) -> Iterator[NDArray[np.float32]]:
    """In steps: from where a recording is damaged on, a read gives nothing of all that it was asked for."""
    import soundfile

    left, step = round(seconds * recording.rate_hz), round(BLOCK_S * recording.rate_hz)
    try:
        recording.file.seek(first)
        while left and (block := recording.file.read(min(left, step), dtype="float32", always_2d=True)).size:
            left -= len(block)
            yield block
    except soundfile.LibsndfileError:
        return


def report(played: Sequence[Played], mistakes: Sequence[UserError], detectors: "Mapping[str, Options]") -> str:
    """The page."""
    return page("What was heard, and why", _parts(played, mistakes, detectors))


def _parts(
    played: Sequence[Played], mistakes: Sequence[UserError], detectors: "Mapping[str, Options]"
) -> Iterator[Html]:
    told = sum(_told(heard) for one in played for heard in one.heard)
    below = sum(len(one.heard) for one in played) - told
    seconds = sum(one.duration_s for one in played)
    yield paragraph(
        f"{many(told, 'detection')} in {many(len(played), 'recording')}, {seconds:.1f} s of sound"
        f"{f', and {below} below the threshold, which a node does not tell' if below else ''}. A detector tells what "
        "reached its threshold, and gives the measures that decided, each with its limit."
    )
    yield table(
        "The recordings",
        ("recording", "seconds", "rate, Hz", "channels", "detections"),
        [
            Row((words(link(f"file{at}", one.path.name)), f"{one.duration_s:.1f}", str(one.rate_hz), str(one.channels),
                 _counted(one)))
            for at, one in enumerate(played)
        ],
    )  # fmt: skip
    if mistakes:
        yield heading(2, "What could not be played")
        yield listing(f"{mistake.message}; {mistake.hint}" for mistake in mistakes)
    pictures = Pictures()
    for at, one in enumerate(played):
        yield heading(2, one.path.name, f"file{at}")
        yield from _file(one, pictures)
    yield heading(2, "Who listened")
    yield listener(detectors)


def _counted(played: Played) -> str:
    kinds = Counter(heard.kind for heard in played.heard if _told(heard))
    below = len(played.heard) - kinds.total()
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "none"
    return told + (f"; {below} below the threshold" if below else "")


def _told(heard: "Heard") -> bool:
    return heard.detection.score >= heard.detection.threshold


def listener(detectors: "Mapping[str, Options]") -> Html:
    """The detectors with their options, and the hash that their events carry too."""
    import importlib.metadata

    from edge.node.listening import model_of

    def said(kind: str, options: "Options") -> str:
        given = ", ".join(f"{name} = {value}" for name, value in options.items()) or "default options"
        return f"{kind}, {given}; model {model_of(kind, options).hex()}"

    version = importlib.metadata.version("lamppost")
    return Html(
        paragraph(f"lamppost {version}. The hash of the model names all code and options that decided.")
        + listing(said(kind, options) for kind, options in detectors.items())
    )


def _file(played: Played, pictures: Pictures) -> Iterator[Html]:
    if played.note:
        yield paragraph(played.note)
    if not played.duration_s:
        yield paragraph("It holds no sound.")
        return
    numbered = dict(zip(count(1), sorted(played.heard, key=played.start_s), strict=False))
    if not numbered:
        yield paragraph("Nothing was heard.")
    on_page = {number: int(played.start_s(heard) // PAGE_S) for number, heard in numbered.items()}
    last = int(np.ceil(played.duration_s / PAGE_S))
    shown = sorted({*range(min(FIRST_PAGES, last)), *on_page.values()})
    for at in shown:
        when = f"{at * PAGE_S} to {min((at + 1) * PAGE_S, played.duration_s):.4g} s"
        yield heading(3, when)
        yield from _pictures(played, numbered, at, pictures)
        here = {number: numbered[number] for number, where in on_page.items() if where == at}
        if here:
            yield table(
                f"Detections in {played.path.name}, {when}",
                COLUMNS,
                [_row(played, number, heard) for number, heard in here.items()],
            )
    if len(shown) < last:
        yield paragraph(f"{many(last - len(shown), 'more minute')} in which nothing was heard: not shown.")


def _pictures(played: Played, numbered: "Mapping[int, Heard]", at: int, pictures: Pictures) -> Iterator[Html]:
    if not pictures.take(played.channels):
        yield paragraph(f"Not drawn: a report has at most {MOST_PICTURES} pictures. Replay this recording alone.")
        return
    begin_s, end_s = at * PAGE_S, (at + 1) * PAGE_S
    inside = {
        number: heard
        for number, heard in numbered.items()
        if played.start_s(heard) < end_s and played.stop_s(heard) >= begin_s
    }
    for channel, sound in enumerate(excerpts(played.path, begin_s, PAGE_S)):
        if not sound.samples.size:
            yield paragraph(f"Channel {channel} cannot be read again here, and is not drawn.")
            continue
        here = {number: heard for number, heard in inside.items() if channel in heard.channels}
        shown = (
            f"Spectrogram of channel {channel} of {played.path.name}, {sound.start_s:.4g} s to {sound.stop_s:.4g} s. "
            f"Drawn in: {_named(here)}. The table below has their times and reasons."
        )
        marks = [mark(str(number), heard, played.rate_hz) for number, heard in here.items()]
        yield figure(spectrogram(sound, marks), shown, f"Channel {channel}; {_legend(marks)}")


def _named(numbered: "Mapping[int, Heard]") -> str:
    """The detections of a picture, those that were told first; no more than somebody listens to."""
    in_order = sorted(numbered, key=lambda number: not _told(numbered[number]))
    names = [f"{number} ({numbered[number].kind})" for number in in_order[:MOST_NAMED]]
    rest = [f"{len(in_order) - MOST_NAMED} more"] if len(in_order) > MOST_NAMED else []
    return ", ".join(names + rest) or "no detection"


def _legend(marks: Sequence[Mark]) -> str:
    if not marks:
        return "no detection"
    open_ones = "; open ones stayed below the threshold" if any(mark.colour == BELOW for mark in marks) else ""
    return f"triangles are detections, numbered as in the table where there is room{open_ones}"


def mark(name: str, heard: "Heard", rate_hz: int) -> Mark:
    """A detection as it is drawn."""
    found = heard.detection
    colour = TOLD if _told(heard) else BELOW
    return Mark(name, found.start / rate_hz, found.stop / rate_hz, colour)


def verdict(heard: "Heard") -> str:
    """The score against the threshold."""
    found = heard.detection
    if _told(heard):
        return f"{found.score:.4g} ≥ {found.threshold:.4g}"
    return f"{found.score:.4g} < {found.threshold:.4g}: not told"


def reasons(heard: "Heard") -> Html:
    """Why, in words."""
    return listing(heard.detection.reasons)


def _row(played: Played, number: int, heard: "Heard") -> Row:
    best = f" (best on {heard.channel})" if len(heard.channels) > 1 else ""
    return Row(
        (
            str(number),
            heard.kind,
            f"{played.start_s(heard):.3f} s",
            f"{played.stop_s(heard):.3f} s",
            ", ".join(map(str, heard.channels)) + best,
            text(verdict(heard)),
            reasons(heard),
        )
    )
