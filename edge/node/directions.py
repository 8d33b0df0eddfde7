"""Where the sound of an event came from, by the array that heard it: measures and reasons that the event then carries.

    Block ─▶ history ─┐
    Event ────────────┴─▶ the samples around it ─▶ dsp.array ─▶ azimuth_deg, azimuth_sigma_deg, elevation_deg, …

A brief event is judged by its onset, one that lasts by its last two seconds: which samples that are depends on the
event alone, and not on how they came. An event whose direction cannot be told says why, and is told all the same.
"""

import logging
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from drivers._types import Block
from dsp.array.direction import ALL_ROUND_DEG, Direction, Inexact, NoDirection, apart_deg, direction
from edge.message.body import Event
from edge.node.arrays import ArrayTable
from edge.node.history import History, Recent

log = logging.getLogger(__name__)

BRIEF_S = 0.6  # a bang's decay is told up to half a second
BEFORE_S = 0.15  # of a brief event: its noise
AFTER_S = 0.2  # and its sound; it is told a quarter of a second after it came, or later
LASTING_S = 2.0  # of one that lasts; it is told within a second and a half, and so long more is remembered

SPEED_M_S = 337.3  # at 10 °C
SPEED_SIGMA_M_S = 9.0  # 15 K: the node does not know the air's temperature
GROUND_DEG = 1.0
"""The ground's reflection comes 0.4 ms behind a shot at 100 m, from 2° below it, and is as loud."""


class Directions:
    """Of one sensor, whose microphones are where ``array`` says; None tells nothing and remembers nothing."""

    def __init__(self, sensor: str, array: ArrayTable | None) -> None:
        self._sensor = sensor
        self._array = array
        self._recent = Recent()
        self._warned = 0

    def feed(self, block: Block) -> None:
        """The next samples, before detectors hear them."""
        if self._array is None:
            return
        self._recent.add(block)
        self._recent.forget()
        channels, places = block.samples.shape[0], len(self._array.microphones_m)
        if channels not in (places, self._warned):
            self._warned = channels
            log.warning("%s: %s; events have no direction", self._sensor, _mismatch(channels, places))

    def told(self, event: Event) -> Event:
        """``event`` with its direction, or with why it has none."""
        history = self._recent.of(event)
        if self._array is None or history is None:
            return event
        found = self._found(event, history, self._array)
        if isinstance(found, NoDirection):
            return replace(event, reasons=(*event.reasons, f"no direction: {found.reason}", *found.notes))
        measures = {**event.measures, **dict(_measures(found, self._array.heading_deg))}
        return replace(event, measures=measures, reasons=(*event.reasons, *_reasons(found, measures)))

    def _found(self, event: Event, history: History, array: ArrayTable) -> Direction | NoDirection:
        if history.channels != len(array.microphones_m):
            return NoDirection(_mismatch(history.channels, len(array.microphones_m)))
        is_brief = event.last - event.first <= history.samples(BRIEF_S)
        if is_brief:
            first, last = event.first - history.samples(BEFORE_S), event.first + history.samples(AFTER_S)
        else:
            first, last = max(event.first, event.last - history.samples(LASTING_S)), event.last
        first, last = max(first, history.began), min(last, history.next)
        if first < history.first:
            return NoDirection("its sound is no longer in memory")
        return direction(
            history.between(first, last),
            history.rate_hz,
            np.array(array.microphones_m),
            onset=event.first - first if is_brief else None,
            speed_m_s=SPEED_M_S,
            inexact=Inexact(array.place_error_m, SPEED_SIGMA_M_S, GROUND_DEG),
        )


def _mismatch(channels: int, places: int) -> str:
    return f"the array has {places} microphones_m and the device {channels} channel{'s' * (channels != 1)}"


def _measures(found: Direction, heading_deg: float) -> Iterator[tuple[str, float]]:
    if found.azimuth_sigma_deg < ALL_ROUND_DEG:
        yield "azimuth_deg", (found.azimuth_deg + heading_deg) % 360
        yield "azimuth_sigma_deg", found.azimuth_sigma_deg
        yield "ambiguous", float(not found.azimuth_is_sure)
        if not found.azimuth_is_sure:
            others = [other for other, _ in found.others_deg]
            other = next(one for one in others if apart_deg(one, found.azimuth_deg) > found.azimuth_sigma_deg)
            yield "other_azimuth_deg", (other + heading_deg) % 360
    if found.elevation_is_sure:
        yield "elevation_deg", found.elevation_deg
        yield "elevation_sigma_deg", found.elevation_sigma_deg


def _reasons(found: Direction, measures: dict[str, float]) -> Iterator[str]:
    if "azimuth_deg" in measures:
        azimuth, sigma = measures["azimuth_deg"], measures["azimuth_sigma_deg"]
        how = "by its onset" if found.gated else "on average"
        yield f"came from {azimuth:.1f}° ± {sigma:.1f}°, clockwise from north, {how}"
    if "other_azimuth_deg" in measures:
        yield f"or from {measures['other_azimuth_deg']:.1f}°: {'; '.join(found.ambiguous)}"
    yield from found.notes
