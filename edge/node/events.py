"""What a detector heard, as an event: which of the device's samples, when in UTC, and what decided."""

import math
from collections.abc import Mapping

from edge.message.body import Event
from edge.node.calibrations import Calibration
from edge.node.listening import Heard, Options, model_of
from edge.node.sampletime import SampleTimes, Stretch


class Events:
    """Events of one sensor's detectors; ``models`` tells by kind what decides."""

    def __init__(
        self, sensor: str, detectors: Mapping[str, Options], calibration: Calibration | None, times: SampleTimes
    ) -> None:
        self._sensor = sensor
        self.models = {kind: model_of(kind, options) for kind, options in detectors.items()}
        self._calibration = calibration.id if calibration else b""
        self._times = times

    def of(self, heard: Heard, stretch: Stretch) -> Event:
        """The event; samples of its detection are counted from the stretch's first."""
        found = heard.detection
        first = stretch.first + found.start
        begun = self._times.of(first, stretch)
        return Event(
            kind=heard.kind,
            sensor=self._sensor,
            time_ns=begun.time_ns,
            first=first,
            last=stretch.first + found.stop,
            device_boot=stretch.boot,
            rate_hz=stretch.rate_hz,
            channels=heard.channels,
            score=found.score,
            threshold=found.threshold,
            measures={name: value for name, value in found.measures.items() if math.isfinite(value)},
            reasons=found.reasons,
            model=self.models[heard.kind],
            calibration=self._calibration,
            time_error_ns=begun.error_ns,
            time_source=begun.source,
        )
