"""The report on labelled recordings: what a threshold costs, the figures, and the errors that are worth a look.

All comes from one pass with all scores told, whether ``--all-scores`` is given or not; the figures are those at the
deployed threshold, as ``lamppost replay --labels`` prints them.
"""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from edge.cli import _labelled as labelled
from edge.cli._labelled import CLEAR_DB, GROUPS, KIND, Alarms, Share
from edge.cli._manifest import Recording, recordings
from edge.cli._output import Output
from edge.cli._recording import listen, open_recording
from edge.cli._report_curve import Scored, columns, curve, lines, picture, rate, row, share
from edge.cli._report_errors import attributions, error_parts
from edge.cli._report_files import listener
from edge.cli._report_page import Html, Row, Target, figure, heading, many, page, paragraph, table
from edge.errors import UserError
from edge.node.listening import Options

PRINTED = 12  # thresholds on a terminal, or a few more
ASSUMES = (
    "The curve comes from one pass at the deployed threshold that told all scores. At the deployed threshold it is "
    "exact. At another it assumes that the threshold only chooses among what was told; but what the detector takes "
    "for the echo of an earlier sound depends on whether that one reached the threshold. So above the deployed "
    "threshold a little is missing (recall and false alarms are slightly too low), and below it echoes are counted "
    "(false alarms are slightly too high). For another threshold's exact figures, set threshold in a "
    "configuration file and replay with -c. A threshold that is chosen on a curve fits the recordings it was chosen "
    "on: choose it with --groups development, and report it with the held-out rest."
)


def report_on(
    manifests: Sequence[Path], groups: str, detectors: Mapping[str, Options], target: Target | None, output: Output
) -> None:
    """Plays the recordings that are in ``groups``, prints the figures, and writes the page if there is a target."""
    chosen = [r for manifest in manifests for r in recordings(manifest) if r.development in GROUPS[groups]]
    if not chosen:
        raise UserError("the manifests have no recording in these groups", "see --groups")
    options = {KIND: detectors.get(KIND, {})}
    scored = [play(recording, options) for recording in chosen]
    deployed = deployed_threshold(scored)
    heard = [one.at(deployed) for one in scored]
    points = curve(scored, deployed, PRINTED) if math.isfinite(deployed) else []
    printed = [*labelled.table(heard), *(lines(points, deployed) if points else ())]
    output.line(labelled.report(heard) | {"thresholds": [asdict(point) for point in points]}, "\n".join(printed))
    if target:
        played = f"{many(len(chosen), 'recording')} ({groups} groups) of {', '.join(map(str, manifests))}"
        parts = _parts(scored, deployed, played, attributions(manifests), listener(options))
        target.write(page("What the detector finds, and what it mistakes", parts))
        output.say(f"{target.path} is written")


def _parts(
    scored: Sequence[Scored], deployed: float, played: str, authors: Mapping[Path, str], listened: Html
) -> list[Html]:
    threshold = f"deployed threshold {deployed:g}" if math.isfinite(deployed) else "which judged nothing"
    return [
        paragraph(f"Played: {played}. Detector: {KIND}, {threshold}."),
        *curve_parts(scored, deployed),
        *figure_parts([one.at(deployed) for one in scored]),
        *error_parts(scored, deployed, authors),
        heading(2, "Who listened"),
        listened,
    ]


def play(recording: Recording, options: Mapping[str, Options]) -> Scored:
    """What is heard in a recording as the node would, with all scores."""
    all_scores = {kind: {**given, "all_scores": True} for kind, given in options.items()}
    with open_recording(recording.path) as sound:
        begun_s = time.process_time()
        heard = sorted(listen(sound, all_scores), key=lambda heard: heard.detection.start)
        cpu_s = time.process_time() - begun_s
        return Scored(recording, sound.duration_s, sound.rate_hz, tuple(heard), cpu_s)


def deployed_threshold(scored: Sequence[Scored]) -> float:
    """What the detections name; infinite where there are none."""
    return next((heard.detection.threshold for one in scored for heard in one.heard), math.inf)


def curve_parts(scored: Sequence[Scored], deployed: float) -> Iterator[Html]:
    """Recall against false alarms."""
    yield heading(2, "Recall against false alarms")
    points = curve(scored, deployed)
    if not any(one.heard for one in scored) or not points[0].recall.labelled:
        yield paragraph("There is no curve: nothing was judged, or no clear shot is labelled.")
        return
    yield paragraph(
        "A lower threshold finds more shots and raises more false alarms. Recall is the share of clear labels "
        f"({CLEAR_DB:g} dB signal to noise or more) that were found. False alarms are told apart by kind of sound. "
        "Clips of effects pack bangs densely: their alarms an hour compare detectors and say nothing about a street."
    )
    here = next(point for point in points if point.threshold == deployed)
    shown = (
        "Curve of recall against false alarms an hour, a line for each kind of sound; the table below has its numbers."
        f" At the deployed threshold of {deployed:g}, recall is {share(here.recall)} "
        f"({here.recall.interval.low:.3f} to {here.recall.interval.high:.3f})."
    )
    caption = (
        "Each point is a threshold. The large open ones are the deployed threshold, with 95 % limits: of recall after "
        "Wilson, of alarms an hour after Garwood (Poisson). Limits take shots as independent; shots of one place are "
        "alike. The scale of alarms is straight up to 1 an hour and logarithmic beyond."
    )
    yield figure(picture(points, deployed), shown, caption)
    yield paragraph(ASSUMES)
    hours = ", ".join(f"{alarms.name} {alarms.hours:.3f} h" for alarms in here.alarms)
    yield table(f"The curve in numbers ({hours})", columns(here), [row(point, deployed) for point in points])


def figure_parts(heard: Sequence[labelled.Heard]) -> Iterator[Html]:
    """The report's own tables."""
    yield heading(2, "The figures at the deployed threshold")
    limits = labelled.by_position(heard)
    shares = [*labelled.recalls(heard), labelled.precision(heard)]
    yield table("Recall", ("of", "found", "labelled", "share", "95 % limits"), map(_share_row, shares))
    yield paragraph(
        f"Clear shots when whole leak groups (positions, authors) are drawn again: {limits.low:.3f} to "
        f"{limits.high:.3f}, 95 % limits."
    )
    sounds = labelled.alarms(heard)
    yield table("False alarms", ("in", "count", "hours", "an hour", "95 % limits"), map(_alarms_row, sounds))
    left = ", ".join(f"{count} {what}" for what, count in labelled.left_over(heard).items())
    errors_ms = " ".join(f"{error_ms:+.1f}" for error_ms in labelled.onset_error_ms(heard)) or "no shot was found"
    rest = {
        "detections in live-fire files": left,
        "onset error, ms, 5th, 50th and 95th percentile": errors_ms,
        "CPU time, ms a second of sound": f"{labelled.cpu_ms_a_second(heard):.2f}",
    }
    yield table("More", ("what", "figure"), (Row(item) for item in rest.items()))


def _share_row(of: Share) -> Row:
    limits = f"{of.interval.low:.3f} to {of.interval.high:.3f}"
    return Row((_name(of.name), str(of.found), str(of.labelled), share(of), limits))


def _alarms_row(alarms: Alarms) -> Row:
    limits = f"{alarms.an_hour.low:.1f} to {alarms.an_hour.high:.1f}"
    return Row((_name(alarms.name), str(alarms.count), f"{alarms.hours:.3f}", rate(alarms), limits))


def _name(name: str) -> str:
    """With a dot where the printed table indents: a part of what stands above."""
    return f"· {name.strip()}" if name.startswith(" ") else name
