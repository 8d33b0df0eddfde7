"""The heartbeat: at most a minute apart, and at once when a sensor goes deaf or hears again.

Sensing health and reach health stand side by side and never touch: an uplink that is down restarts no sensor.
"""

from collections.abc import Callable, Mapping

from drivers._stop import Stop
from edge.message.body import Body, Health, Sense, SensorState
from edge.node.clock import NS_PER_S, Clock

LOOK_S = 0.5  # between looks at the sensors


class Heartbeat:
    """``run`` is the body of its thread."""

    def __init__(
        self,
        put: Callable[[Body], None],
        sensors: Callable[[], Mapping[str, SensorState]],
        uplinks: Callable[[], Mapping[str, str]],
        clock: Clock,
        period_s: float,
    ) -> None:
        self._put = put
        self._sensors = sensors
        self._uplinks = uplinks
        self._clock = clock
        self._period_ns = int(period_s * NS_PER_S)
        self._begun_ns = clock.monotonic_ns()
        self._deaf: frozenset[str] = frozenset()

    def run(self, stop: Stop) -> None:
        """Beat until ``stop`` is set."""
        next_ns = self._clock.monotonic_ns()
        while not stop.wait(LOOK_S):
            now_ns = self._clock.monotonic_ns()
            if now_ns >= next_ns or self._changed():
                self.beat()
                next_ns = now_ns + self._period_ns

    def _changed(self) -> bool:
        return self._deaf != self._deaf_now()

    def _deaf_now(self) -> frozenset[str]:
        return frozenset(name for name, state in self._sensors().items() if state.sense is Sense.DEAF)

    def beat(self, stopping: bool = False) -> None:
        """One heartbeat; ``stopping`` marks the last of the run."""
        self._deaf = self._deaf_now()
        uptime_s = (self._clock.monotonic_ns() - self._begun_ns) / NS_PER_S
        # the journal knows where the chain stands, and writes it in
        self._put(Health(uptime_s, 0, 0, 0, self._sensors(), self._uplinks(), stopping))
