"""Which nodes were listening when: silence is evidence only of one that would have told.

A heartbeat says how each sensor is. Which of them are ears is learned: they told of levels, or of sounds. Until that is
known of a node, each of its sensors must be well.
"""

from collections import deque
from dataclasses import dataclass

from edge.message.body import Event, Health, Measurements, Message, Sense

NS_PER_S = 1_000_000_000
VALID_NS = 90 * NS_PER_S  # heartbeats are a minute apart at most; one may come late
BEATS = 64  # remembered of each node: an hour
MAX_EARS = 16  # sensors of one node that hear
LEVEL = "LAeq"  # what a sensor that is an ear tells of, whatever the period and the reference


@dataclass(frozen=True, slots=True)
class _Beat:
    time_ns: int
    sensors: frozenset[str]
    deaf: frozenset[str]
    stopping: bool


class Listeners:
    """What heartbeats of the last hour said, by node; fed with verified messages alone."""

    def __init__(self) -> None:
        self._beats: dict[str, deque[_Beat]] = {}
        self._ears: dict[str, set[str]] = {}

    def heard(self, message: Message) -> None:
        """A message came."""
        match message.body:
            case Health() as beat:
                deaf = frozenset(name for name, state in beat.sensors.items() if state.sense is Sense.DEAF)
                told = _Beat(message.time_ns, frozenset(beat.sensors), deaf, beat.stopping)
                self._beats.setdefault(message.node, deque(maxlen=BEATS)).append(told)
            case Measurements() as readings if any(record.name.startswith(LEVEL) for record in readings.records):
                self._is_ear(message.node, readings.sensor)
            case Event() as event:
                self._is_ear(message.node, event.sensor)

    def _is_ear(self, node: str, sensor: str) -> None:
        ears = self._ears.setdefault(node, set())
        if len(ears) < MAX_EARS:
            ears.add(sensor)

    def listens(self, node: str, time_ns: int) -> bool:
        """Whether the node's word is that it listened at that time of the wall clock."""
        near = [beat for beat in self._beats.get(node, ()) if abs(beat.time_ns - time_ns) <= VALID_NS]
        before = [beat for beat in near if beat.time_ns <= time_ns]
        if not near:
            return False
        beat = max(before, key=_time) if before else min(near, key=_time)
        ears = self._ears.get(node, set()) & beat.sensors
        well = bool(ears - beat.deaf) if ears else bool(beat.sensors) and not beat.deaf
        return well and not beat.stopping


def _time(beat: _Beat) -> int:
    return beat.time_ns
