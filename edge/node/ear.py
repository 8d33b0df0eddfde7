"""Blocks of samples to events and levels: detectors, levels, and the time of each sample.

The stream is one as long as its samples follow each other. Where samples are missing, or the device booted again, the
detectors begin anew behind the hole: what is missing is not made up.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers._types import Block, Reading
from dsp.levels import Leq, power_db
from edge.message.body import Event
from edge.node.clock import ArrivalClock, Clock
from edge.node.listening import Heard, Listener, Options, model_of

PIECE_S = 1.0  # of sound that is held for a level; eight channels of 96 kHz take 3 MB
LEVEL = "LZeq"  # re full scale; an absolute level needs a calibration


@dataclass(frozen=True, slots=True)
class Told:
    """What a block gave: events, and levels with the monotonic time of their end."""

    events: tuple[Event, ...] = ()
    levels: tuple[tuple[Reading, int], ...] = ()


class Ear:
    """One microphone array, from block to block."""

    def __init__(self, sensor: str, detectors: Mapping[str, Options], level_s: float, clock: Clock) -> None:
        self._sensor = sensor
        self._detectors = detectors
        self._models = {kind: model_of(kind, options) for kind, options in detectors.items()}
        self._level_s = level_s
        self._clock = clock
        self._stream: _Stream | None = None

    def feed(self, block: Block, monotonic_ns: int) -> Told:
        """Events and levels that ``block`` completes; its bytes had come by ``monotonic_ns``."""
        ended: tuple[Event, ...] = ()
        stream = self._stream
        if stream is None or not stream.goes_on_with(block):
            ended = self.close().events
            stream = self._stream = _Stream(block, self._detectors, self._level_s)
        heard, levels = stream.feed(block, monotonic_ns)
        return Told(ended + self._events(heard, stream), tuple(levels))

    def close(self) -> Told:
        """Events that the end of the stream completes."""
        stream, self._stream = self._stream, None
        return Told(self._events(stream.listener.close(), stream) if stream else ())

    def _events(self, heard: Sequence[Heard], stream: "_Stream") -> tuple[Event, ...]:
        return tuple(self._event(one, stream) for one in heard)

    def _event(self, heard: Heard, stream: "_Stream") -> Event:
        found = heard.detection
        first = stream.first + found.start
        behind_ns = self._clock.monotonic_ns() - stream.times.monotonic_ns(first)
        return Event(
            kind=heard.kind,
            sensor=self._sensor,
            time_ns=self._clock.wall_ns() - behind_ns,
            first=first,
            last=stream.first + found.stop,
            device_boot=stream.boot,
            rate_hz=stream.rate_hz,
            channels=heard.channels,
            score=found.score,
            threshold=found.threshold,
            measures={name: value for name, value in found.measures.items() if math.isfinite(value)},
            reasons=found.reasons,
            model=self._models[heard.kind],
        )


class _Stream:
    """Samples that follow each other, from one boot of the device, at one rate, on so many channels."""

    def __init__(self, block: Block, detectors: Mapping[str, Options], level_s: float) -> None:
        channels = block.samples.shape[0]
        self.first = self._next = self._level_end = block.first
        self.boot, self.rate_hz, self._channels = block.boot, block.rate_hz, channels
        self.listener = Listener(block.rate_hz, channels, detectors)
        self.times = ArrivalClock(block.rate_hz)
        self._pieces = math.ceil(level_s / PIECE_S)
        self._leq = Leq(block.rate_hz, level_s / self._pieces)
        self._piece_samples = round(block.rate_hz * level_s / self._pieces)
        self._levels_db: list[NDArray[np.float64]] = []  # of the pieces of a period that is not complete

    def goes_on_with(self, block: Block) -> bool:
        """Whether ``block`` follows what was fed last."""
        following = (self._next, self.boot, self.rate_hz, self._channels)
        return following == (block.first, block.boot, block.rate_hz, block.samples.shape[0])

    def feed(self, block: Block, monotonic_ns: int) -> tuple[list[Heard], list[tuple[Reading, int]]]:
        """What the detectors heard, and one level a channel for each period that is complete."""
        self._next = block.first + block.samples.shape[1]
        self.times.arrived(self._next, monotonic_ns)
        pieces = self._leq.feed(block.samples)
        return self.listener.feed(block.samples), [level for piece in pieces for level in self._levels(piece)]

    def _levels(self, piece_db: NDArray[np.float64]) -> list[tuple[Reading, int]]:
        """The levels of a period, if this piece completes it: the energy mean of its pieces."""
        self._level_end += self._piece_samples
        self._levels_db.append(piece_db)
        if len(self._levels_db) < self._pieces:
            return []
        period = power_db(np.mean(10 ** (np.array(self._levels_db) / 10), axis=0))
        self._levels_db.clear()
        end_ns = self.times.monotonic_ns(self._level_end)
        return [(Reading(LEVEL, round(float(db), 1), "dB", channel), end_ns) for channel, db in enumerate(period)]
