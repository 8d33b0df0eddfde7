"""The time of events by the seconds on a front-end's sample clock: a worker, fed with a simulated front-end's bytes."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers._ring import Chunk, Opened, Ring
from drivers.tests.wire import started, until
from edge.message.body import NO_BOUND_NS, Body, Event, TimeQuality, TimeSource
from edge.node.clock import NS_PER_S
from edge.node.config import SensorTable
from edge.node.known_time import RELEASED_S
from edge.node.model import Model
from edge.node.sampletime import Utc
from edge.node.tests.conftest import click  # noqa: F401  a fixture
from edge.node.tests.hand_clock import NOON_NS, HandClock
from edge.node.timewatch import Known
from edge.node.worker import SensorWorker
from simulators.sensors.pcm import Sensor

RATE_HZ = 8000
NOON_GPS_S = NOON_NS // NS_PER_S - 315_964_800 + 18
LINE_S = 0.004  # that bytes need
AT = 4000  # of each second's samples: there is a click


class Clicks:
    """One a second."""

    def samples(self, first: int, count: int) -> NDArray[np.float32]:
        sound = np.zeros((1, count), np.float32)
        sound[0, np.arange(first, first + count) % RATE_HZ == AT] = 0.9
        return sound


@dataclass
class DatedClock(HandClock):
    """With a quality that a test sets."""

    known: TimeQuality = field(default_factory=lambda: TimeQuality(TimeSource.NTP, 1_000_000, 0))

    def quality(self) -> TimeQuality:
        return self.known


class Pole:
    """A worker, and a front-end that was switched on at noon; ``begun_s`` is when it was, later ones count on."""

    def __init__(self, kind: str, weeks_off: int = 0, wall_off_s: float = 0.0) -> None:
        self.sensor = Sensor(
            rate_hz=RATE_HZ, channels=1, sample_format="s16", signal=Clicks(), drift_ppm=18, frame_samples=400,
            gnss_start_s=NOON_GPS_S - weeks_off * 604_800,
        )  # fmt: skip
        self.clock = DatedClock(wall=NOON_NS + round(wall_off_s * NS_PER_S))
        self.begun_s = 0.0
        self.ring, self.put = Ring(), list[Body]()
        table = SensorTable("pcm", "port", 1.0, 3600.0, {kind: {}})
        self.known: list[Known] = []
        self.worker = SensorWorker(
            *("mic", table, Model.of(table), self.ring, self.put.append, self.clock), say=lambda _: None,
            utc=Utc(lambda: RELEASED_S, self.known.append),
        )  # fmt: skip

    def plays(self, seconds: float, **troubles: float) -> None:
        """The bytes of the next seconds; when each came is told with them, so the clock's hands may rest."""
        for name, value in troubles.items():
            assert self.sensor.trouble(name, value)
        end_s = self._now_s() + seconds
        data, at_s = b"", 0.0
        while (due_s := self.sensor.due_s()) < end_s:
            data, at_s = data + self.sensor.emit(), due_s
            if len(data) > 4000:
                self._comes(data, at_s)
                data = b""
        self._comes(data, at_s)

    def _now_s(self) -> float:
        return self.sensor.due_s()

    def _comes(self, data: bytes, at_s: float) -> None:
        self.ring.put(Chunk(self.clock.monotonic + round((self.begun_s + at_s + LINE_S) * NS_PER_S), data))

    @property
    def events(self) -> list[Event]:
        return [body for body in self.put if isinstance(body, Event)]

    def errors_s(self, drift_ppm: float = 18) -> list[float]:
        """Of the events' times."""
        true_s = [self.begun_s + event.first / (RATE_HZ * (1 + drift_ppm * 1e-6)) for event in self.events]
        return [(event.time_ns - NOON_NS) / NS_PER_S - true for event, true in zip(self.events, true_s, strict=True)]

    def claims_s(self) -> list[float]:
        return [(event.time_error_ns or 0) / NS_PER_S for event in self.events]

    def sources(self) -> list[TimeSource | None]:
        return [event.time_source for event in self.events]


@contextmanager
def working(pole: Pole) -> Iterator[None]:
    """Its worker runs, and its port is open."""
    with started(pole.worker):
        pole.ring.put(Opened("/dev/front-end"))
        yield


@pytest.fixture
def pole(click: str) -> Iterator[Pole]:  # noqa: F811
    pole = Pole(click)
    with working(pole):
        yield pole


def heard(pole: Pole, count: int) -> None:
    until(lambda: len(pole.events) >= count)


def played_and_heard(pole: Pole, seconds: int) -> None:
    """A click a second, from the opening of the port on."""
    with working(pole):
        pole.plays(seconds)
        heard(pole, seconds)


def test_events_are_timed_by_the_host_until_there_are_seconds_and_then_to_a_tenth_of_a_microsecond(pole: Pole) -> None:
    pole.plays(12)
    heard(pole, 12)
    assert pole.sources() == [TimeSource.NTP] * 3 + [TimeSource.PPS] * 9
    errors, claims = pole.errors_s(), pole.claims_s()
    assert all(abs(error) <= claim for error, claim in zip(errors, claims, strict=True))
    assert errors[0] == pytest.approx(LINE_S, abs=1e-3)
    assert max(map(abs, errors[6:])) < 0.2e-6
    assert max(claims[6:]) < 0.5e-6


@pytest.mark.parametrize("trouble", [{"ppsmissing": 1.0}, {"ppsdouble": 1.0}, {"ppslate": 20.0}, {"ppm": 2.0}])
def test_what_befalls_pulses_and_crystal_is_within_what_is_claimed(pole: Pole, trouble: dict[str, float]) -> None:
    pole.plays(10)
    pole.plays(2.0, **trouble)
    pole.plays(8.0, **dict.fromkeys(trouble, 0.0))
    heard(pole, 19)
    claims = pole.claims_s()[3:]
    if "ppm" in trouble:  # the crystal's own count is not the test's any more
        assert pole.sources()[3:] == [TimeSource.PPS] * len(claims)
        return
    assert all(abs(error) <= claim for error, claim in zip(pole.errors_s()[3:], claims, strict=True))
    assert max(map(abs, pole.errors_s()[3:])) < 1e-6


def test_without_pulses_the_source_is_gnss_some_time_ago_and_the_error_grows(pole: Pole) -> None:
    pole.plays(10)
    pole.plays(20, ppsmissing=1)
    heard(pole, 29)
    assert pole.sources()[-3:] == [TimeSource.GNSS] * 3
    errors, claims = pole.errors_s(), pole.claims_s()
    assert abs(errors[-1]) <= claims[-1] < 20e-6
    assert claims[-1] > 3 * claims[9]


def test_a_front_end_that_boots_again_is_timed_anew(pole: Pole) -> None:
    pole.plays(8)
    heard(pole, 8)
    pole.sensor, pole.begun_s = pole.sensor.restarted(8.0), 8.0
    before = len(pole.events)
    pole.plays(10)
    heard(pole, before + 9)
    last = pole.events[-1]
    assert last.device_boot == 2
    assert last.time_source is TimeSource.PPS
    assert abs(pole.errors_s()[-1]) < 0.2e-6


def test_a_receiver_that_names_another_week_is_corrected_by_a_wall_clock_that_knows(
    click: str,  # noqa: F811
    caplog: pytest.LogCaptureFixture,
) -> None:
    pole = Pole(click, weeks_off=52)
    with caplog.at_level(logging.WARNING):
        played_and_heard(pole, 8)
    assert "the wall clock is sure that it is" in caplog.text
    assert abs(pole.errors_s()[-1]) < 0.2e-6


def test_a_pulse_that_contradicts_a_wall_clock_with_a_bound_is_no_second(
    click: str,  # noqa: F811
    caplog: pytest.LogCaptureFixture,
) -> None:
    pole = Pole(click, wall_off_s=0.3)
    with caplog.at_level(logging.WARNING):
        played_and_heard(pole, 8)
    assert caplog.text.count("off the wall clock") == 1
    assert set(pole.sources()) == {TimeSource.NTP}


def test_a_node_that_knows_no_time_takes_it_from_the_receiver_though_ten_bits_of_the_week_are_missing(
    click: str,  # noqa: F811
) -> None:
    pole = Pole(click, weeks_off=2048)
    pole.clock.wall = 60 * NS_PER_S  # 1970
    pole.clock.known = TimeQuality(TimeSource.FREE, NO_BOUND_NS, 0)
    played_and_heard(pole, 8)
    assert pole.sources() == [TimeSource.FREE] * 3 + [TimeSource.PPS] * 5
    assert pole.claims_s()[0] == NO_BOUND_NS / NS_PER_S
    known = pole.known[-1]
    true_ns = NOON_NS + known.monotonic_ns - pole.clock.monotonic
    assert abs(known.time_ns - true_ns) < known.error_ns < 30_000_000
    assert abs(pole.errors_s()[-1]) < 0.2e-6
