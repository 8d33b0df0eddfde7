"""What a detector heard, as an event: which of the device's samples, when on the wall clock, and what decided."""

import math
from collections.abc import Mapping

from drivers._types import Block
from edge.message.body import Event
from edge.node.calibrations import Calibration
from edge.node.clock import ArrivalClock, Clock
from edge.node.listening import Heard, Options, model_of


class Stretch:
    """Samples that follow each other, from one boot of the device, at one rate, on so many channels; when they came."""

    def __init__(self, block: Block) -> None:
        self.channels = block.samples.shape[0]
        self.first = self._next = block.first
        self.boot, self.rate_hz = block.boot, block.rate_hz
        self.times = ArrivalClock(block.rate_hz)

    def goes_on_with(self, block: Block) -> bool:
        """Whether ``block`` follows what came last."""
        following = (self._next, self.boot, self.rate_hz, self.channels)
        return following == (block.first, block.boot, block.rate_hz, block.samples.shape[0])

    def came(self, block: Block, monotonic_ns: int) -> None:
        """The block that follows had come by ``monotonic_ns``."""
        self._next = block.first + block.samples.shape[1]
        self.times.arrived(self._next, monotonic_ns)


class Events:
    """Events of one sensor's detectors; ``models`` tells by kind what decides."""

    def __init__(
        self, sensor: str, detectors: Mapping[str, Options], calibration: Calibration | None, clock: Clock
    ) -> None:
        self._sensor = sensor
        self.models = {kind: model_of(kind, options) for kind, options in detectors.items()}
        self._calibration = calibration.id if calibration else b""
        self._clock = clock

    def of(self, heard: Heard, stretch: Stretch) -> Event:
        """The event; samples of its detection are counted from the stretch's first."""
        found = heard.detection
        first = stretch.first + found.start
        behind_ns = self._clock.monotonic_ns() - stretch.times.monotonic_ns(first)
        return Event(
            kind=heard.kind,
            sensor=self._sensor,
            time_ns=self._clock.wall_ns() - behind_ns,
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
        )
