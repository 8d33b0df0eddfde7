"""A shadow hears what the active detectors hear, and whatever befalls it is no matter of theirs."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers._stop import Stop
from drivers._types import Block
from drivers.tests.wire import PATIENCE_S, until
from edge.message.body import Event
from edge.node import shadow as shadow_module
from edge.node.calibrations import Calibration
from edge.node.clock import NS_PER_S
from edge.node.config import LevelsTable
from edge.node.ear import Ear, Hearing
from edge.node.entries import Entry, Role, Span, Wanted
from edge.node.ledger import Ledger
from edge.node.listening import Options
from edge.node.scribe import Scribe
from edge.node.shadow import BACKLOG_S, Fed, Shadow
from edge.node.supervisor import Job, Supervisor
from edge.node.tests.hand_clock import HandClock

RATE_HZ = 8000
CALIBRATION = Calibration(b"c" * 16, {0: 120.0})


def sound(seconds: float, *clicks: tuple[int, float]) -> NDArray[np.float32]:
    samples = np.zeros((2, round(seconds * RATE_HZ)), np.float32)
    for at, level in clicks:
        samples[:, at] = level
    return samples


class Pole:
    """An ear and a shadow on the same samples, and the ledger of the shadow."""

    def __init__(self, folder: Path, active: Mapping[str, Options], tried: Mapping[str, Options]) -> None:
        self.clock = HandClock()
        self.path = folder / "ledger.sqlite"
        self.scribe = Scribe(self.path, self.clock)
        self.ear = Ear("mic", Hearing(active, 1.0, LevelsTable(), CALIBRATION), self.clock)
        self.shadow = Shadow("mic", tried, CALIBRATION, self.scribe, self.clock)
        self.alarms: list[Event] = []
        self.first = 1_000_000

    def hears(self, samples: NDArray[np.float32], size: int = 400, *, deaf: bool = False) -> None:
        for at in range(0, samples.shape[1], size):
            piece = samples[:, at : at + size]
            self.clock.pass_s(piece.shape[1] / RATE_HZ)
            block = Block(piece, RATE_HZ, self.first, 3)
            self.alarms += self.ear.feed(block, self.clock.monotonic).events
            self.shadow.take(Fed(block, self.clock.monotonic, not deaf))
            self.first += piece.shape[1]

    def ends(self) -> None:
        """Both come to the end of what they heard, and the ledger is written."""
        self.alarms += self.ear.close().events
        with Stop.open() as stop:
            stop.set()
            self.shadow.run(stop)
            self.scribe.run(stop)

    @contextmanager
    def supervised(self) -> Iterator[Supervisor]:
        supervisor = Supervisor([Job("shadow of mic", self.shadow.run)], restart_min_s=0.01)
        supervisor.start()
        try:
            yield supervisor
        finally:
            assert supervisor.stop(PATIENCE_S) == []

    def entries(self) -> list[Entry]:
        with Ledger.beside(self.path) as ledger:
            return ledger.entries(Wanted())

    def spans(self) -> list[Span]:
        with Ledger.beside(self.path) as ledger:
            return ledger.spans()


@pytest.mark.parametrize("size", [1000, 333, 17])
def test_a_lower_threshold_is_tried_on_the_same_samples_however_they_come(
    tmp_path: Path, click: str, size: int
) -> None:
    pole = Pole(tmp_path, {click: {}}, {click: {"threshold": 0.2}})
    pole.hears(sound(2, (4000, 0.9), (9000, 0.3)), size)
    pole.ends()
    entries = pole.entries()
    assert [(e.event.first, e.role, e.event.threshold) for e in entries] == [
        (1_004_000, Role.SHADOW, 0.2),
        (1_009_000, Role.SHADOW, 0.2),
    ]
    assert [alarm.first for alarm in pole.alarms] == [1_004_000]
    (alarm,), same = pole.alarms, entries[0].event
    assert (same.channels, same.device_boot, same.calibration) == ((0, 1), 3, alarm.calibration)
    assert same.model != alarm.model
    assert abs(same.time_ns - alarm.time_ns) < NS_PER_S / 1000


def test_how_long_it_listened_is_known_and_a_deaf_microphone_is_no_listening(tmp_path: Path, click: str) -> None:
    pole = Pole(tmp_path, {}, {click: {}})
    pole.hears(sound(2))
    pole.hears(sound(1.5), deaf=True)
    pole.ends()
    (span,) = pole.spans()
    assert span.seconds == pytest.approx(2)
    assert (span.source.sensor, span.source.kind, span.source.role) == ("mic", click, Role.SHADOW)


def test_behind_a_hole_it_begins_anew(tmp_path: Path, click: str) -> None:
    pole = Pole(tmp_path, {}, {click: {}})
    pole.hears(sound(0.5, (3990, 0.9)))
    pole.first += 5000
    pole.hears(sound(0.5, (100, 0.9)))
    pole.ends()
    assert [entry.event.first for entry in pole.entries()] == [1_003_990, 1_009_100]


def test_a_shadow_that_breaks_is_started_again_and_the_active_detectors_miss_nothing(
    tmp_path: Path, click: str, caplog: pytest.LogCaptureFixture
) -> None:
    pole = Pole(tmp_path, {click: {}}, {"broken_detector": {}, click: {}})
    with pole.supervised() as supervisor:
        for number in range(3):
            pole.hears(sound(1, (4000, 0.9)))
            until(lambda number=number: supervisor.states()["shadow of mic"].restarts > number)  # type: ignore[misc]
        pole.hears(sound(1, (4000, 0.4)))
    pole.ends()
    assert len(pole.alarms) == 3
    assert caplog.text.count("shadow of mic broke") == 3


def test_a_shadow_that_hangs_keeps_nobody_waiting_and_what_it_misses_does_not_count(
    tmp_path: Path, click: str, caplog: pytest.LogCaptureFixture
) -> None:
    pole = Pole(tmp_path, {click: {}}, {click: {}})
    with caplog.at_level(logging.WARNING):
        pole.hears(sound(BACKLOG_S + 3, (1000, 0.9), (round((BACKLOG_S + 2) * RATE_HZ), 0.9)))
    pole.ends()
    assert len(pole.alarms) == 2
    assert len(pole.entries()) == 1
    assert pole.spans()[0].seconds == pytest.approx(BACKLOG_S, abs=0.1)
    assert caplog.text.count("does not keep up") == 1


def test_it_is_told_in_the_log_only_that_it_began_to_hear(
    tmp_path: Path, click: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shadow_module, "REST_S", 0.01)
    pole = Pole(tmp_path, {}, {click: {}})
    with caplog.at_level(logging.INFO), pole.supervised():
        pole.hears(sound(3, (1000, 0.9), (9000, 0.9), (17_000, 0.9)))
    pole.ends()
    assert len(pole.entries()) == 3
    assert caplog.text.count("the shadow of mic heard its first") == 1
