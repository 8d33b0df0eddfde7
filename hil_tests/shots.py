"""A microphone in a street where a shot falls every so often, and the truth about it."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from edge.message.body import Event
from simulators._gps import gps_s
from simulators.sensors import pcm
from simulators.street import scene

RATE_HZ = 48_000
FIRST_S = 2.0
PLACE = (150.0, 6.0, 1.5)
NEAR = RATE_HZ // 100  # 10 ms; the detector is right to within half a millisecond here
WARM = RATE_HZ // 2  # a floor of 0.15 s has settled, three times over
LATE = round(1.5 * RATE_HZ)  # until a shot is on the disk; 0.5 s where nothing else runs


@dataclass(frozen=True, slots=True)
class Heard:
    """A stretch of samples that a node was there to hear."""

    first: int
    last: int

    def surely(self, shot: int) -> bool:
        """Whether a node must have heard a shot, and have had the time to tell."""
        return self.first + WARM <= shot <= self.last - LATE


@dataclass(frozen=True, slots=True)
class Shots:
    """``starts`` are the samples at which the shots fall; one channel of 16 bits, as a small microphone gives."""

    sensor: pcm.Sensor
    starts: Sequence[int]

    @classmethod
    def every(cls, seconds: float, count: int) -> Self:
        """``count`` shots, so many ``seconds`` apart."""
        starts = [round((FIRST_S + number * seconds) * RATE_HZ) for number in range(count)]
        street = scene.Street(
            rate_hz=RATE_HZ, channels=1, events=[scene.Event("gunshot", start, PLACE) for start in starts]
        )
        now_s = gps_s(time.time())
        sensor = pcm.Sensor(rate_hz=RATE_HZ, channels=1, sample_format="s16", gnss_start_s=now_s, signal=street)
        return cls(sensor, starts)

    def now(self) -> int:
        """The sample that the microphone has come to."""
        return round(self.sensor.due_s() * RATE_HZ)

    def surely_heard(self, stretches: Sequence[Heard]) -> set[int]:
        """The shots that were there to be heard and told."""
        return {shot for shot in self.starts if any(heard.surely(shot) for heard in stretches)}

    def told(self, events: Iterable[Event]) -> list[int]:
        """The shot of each event; AssertionError for an event that is none."""
        return [self._shot(event) for event in events]

    def _shot(self, event: Event) -> int:
        nearest = min(self.starts, key=lambda shot: abs(shot - event.first))
        assert abs(nearest - event.first) <= NEAR, f"a {event.kind} at sample {event.first}; the next is at {nearest}"
        return nearest
