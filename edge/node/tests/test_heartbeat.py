"""The heartbeat: on time, and at once when a sensor goes deaf."""

import time

from drivers.tests.wire import started, until
from edge.message.body import Body, Health, Sense, SensorState
from edge.node.heartbeat import LOOK_S, Heartbeat
from edge.node.tests.hand_clock import HandClock


class Pole:
    """A sensor whose state a test sets, and what the heartbeat put."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.sense = Sense.HEARING
        self.put: list[Body] = []
        self.heartbeat = Heartbeat(self.put.append, self.sensors, lambda: {"city": "connected"}, self.clock, 60)

    def sensors(self) -> dict[str, SensorState]:
        return {"mic": SensorState(self.sense, 1, "moved")}


def test_a_run_begins_with_a_heartbeat_and_the_next_is_a_period_later() -> None:
    pole = Pole()
    with started(pole.heartbeat):
        until(lambda: len(pole.put) == 1)
        pole.clock.pass_s(59)
        time.sleep(2 * LOOK_S)
        assert len(pole.put) == 1
        pole.clock.pass_s(1)
        until(lambda: len(pole.put) == 2)
    first, second = pole.put
    assert isinstance(first, Health)
    assert isinstance(second, Health)
    assert second.uptime_s - first.uptime_s == 60


def test_a_sensor_that_goes_deaf_is_told_at_once_and_so_is_its_return() -> None:
    pole = Pole()
    with started(pole.heartbeat):
        for count, sense in enumerate((Sense.HEARING, Sense.DEAF, Sense.QUIET), 1):
            pole.sense = sense
            until(lambda count=count: len(pole.put) == count)  # type: ignore[misc]  # the clock stands still
    told = [body.sensors["mic"].sense for body in pole.put if isinstance(body, Health)]
    assert told == [Sense.HEARING, Sense.DEAF, Sense.QUIET]


def test_the_last_of_a_run_says_so() -> None:
    pole = Pole()
    pole.heartbeat.beat(stopping=True)
    (body,) = pole.put
    assert body == Health(0.0, 0, 0, 0, pole.sensors(), {"city": "connected"}, stopping=True)
