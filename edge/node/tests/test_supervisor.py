"""The supervisor: what dies is started again, for ever, not too fast; and a stop always ends."""

import itertools
import threading
import time

import pytest

from drivers._stop import Stop
from drivers.tests.wire import until
from edge.node.supervisor import Job, JobState, Supervisor

MIN_S = 0.05


class Dying:
    """A job that dies each time."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error
        self.begun_s: list[float] = []

    def run(self, stop: Stop) -> None:
        self.begun_s.append(time.monotonic())
        if self.error is not None and not stop.is_set():
            raise self.error


@pytest.mark.parametrize(("error", "told"), [(ValueError("broken"), "ValueError: broken"), (None, "ended by itself")])
def test_a_job_that_dies_is_started_again_and_never_faster_than_the_minimum(error: Exception | None, told: str) -> None:
    dying = Dying(error)
    supervisor = Supervisor([Job("mic", dying.run)], restart_min_s=MIN_S)
    supervisor.start()
    until(lambda: len(dying.begun_s) == 2)
    state = supervisor.states()["mic"]
    assert supervisor.stop(5) == []
    assert state.restarts >= 1
    assert state.last_error == told
    assert all(after - before >= MIN_S for before, after in itertools.pairwise(dying.begun_s))


def test_a_job_that_dies_disturbs_no_other() -> None:
    dying, steady = Dying(ValueError("broken")), threading.Event()

    def run(stop: Stop) -> None:
        while not stop.wait(0.01):
            steady.set()

    supervisor = Supervisor([Job("mic", dying.run), Job("air", run)], restart_min_s=MIN_S)
    supervisor.start()
    until(lambda: len(dying.begun_s) == 2 and steady.is_set())
    assert supervisor.states()["air"] == JobState()
    assert supervisor.stop(5) == []


def test_a_stop_is_seen_at_once_also_between_two_starts() -> None:
    dying = Dying(ValueError("broken"))
    supervisor = Supervisor([Job("mic", dying.run)], restart_min_s=60)
    supervisor.start()
    until(lambda: supervisor.states()["mic"].restarts == 1)
    begun_s = time.monotonic()
    assert supervisor.stop(5) == []
    assert time.monotonic() - begun_s < 1


def test_a_job_that_hangs_holds_no_stop_for_longer_than_is_allowed_and_is_named() -> None:
    released = threading.Event()

    def hang(_stop: Stop) -> None:
        released.wait(30)

    supervisor = Supervisor([Job("hanging", hang)])
    supervisor.start()
    begun_s = time.monotonic()
    assert supervisor.stop(0.1) == ["hanging"]
    assert time.monotonic() - begun_s < 2
    released.set()
    assert supervisor.stop(5) == []


def test_an_error_at_the_stop_starts_nothing_again() -> None:
    def run(stop: Stop) -> None:
        stop.wait(30)
        raise OSError("too late")

    supervisor = Supervisor([Job("mic", run)])
    supervisor.start()
    assert supervisor.stop(5) == []
    assert supervisor.states()["mic"].restarts == 0
