"""Is a sensor hearing, quiet or deaf, and what says so.

    hearing   data, and it moves as it should
    quiet     data, nothing happening
    deaf      no data, or data that no living sensor gives

A node is never silent about being deaf: the state and its evidence are in every heartbeat.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from edge.message.body import Sense, SensorState
from edge.node.clock import NS_PER_S
from edge.node.ear import LEVEL

SILENT_PERIODS = 5  # of the driver's own period without a word: deaf
SILENT_LEAST_S = 2.0  # but not before this; a tty and a scheduler may stall for a second
MEMORY_S = 60.0  # "moves" means within one to two of these
TROUBLE_CHARS = 200  # of the evidence
DEAD_LEVEL_DB = -95.0  # no microphone is this quiet; a converter without one is
LIVELY_DB = 1.0  # how much the level of a living street moves within a minute
CLIPPED_SHARE = 0.5  # of the time in overload: the converter hears its own limits


@dataclass(frozen=True, slots=True)
class _Extremes:
    """What a quantity did in one minute."""

    least: float
    most: float

    def wider(self, other: "_Extremes") -> "_Extremes":
        return _Extremes(min(self.least, other.least), max(self.most, other.most))


@dataclass(slots=True)
class _Minute:
    """What happened within a minute of the monotonic clock."""

    number: int
    ranges: dict[str, _Extremes]
    seconds: float = 0  # of audio
    overloaded_s: float = 0

    def widen(self, name: str, extremes: _Extremes) -> None:
        self.ranges[name] = self.ranges[name].wider(extremes) if name in self.ranges else extremes


class Vitality:
    """One sensor's signs of life, fed by its worker; times are monotonic nanoseconds."""

    def __init__(self, period_s: float, now_ns: int) -> None:
        self._silence_ns = int(max(SILENT_PERIODS * period_s, SILENT_LEAST_S) * NS_PER_S)
        self._heard_ns = now_ns
        self._ever = False
        self._trouble = "nothing heard yet"
        self._before = _Minute(-1, {})
        self._minute = _Minute(-1, {})

    def heard(self, now_ns: int) -> None:
        """Good data came."""
        self._heard_ns, self._ever, self._trouble = now_ns, True, ""

    def value(self, name: str, value: float, now_ns: int) -> None:
        """A quantity, or a channel's level, has this value now."""
        self._turn(now_ns)
        self._minute.widen(name, _Extremes(value, value))

    def samples(self, seconds: float, overloaded: bool, now_ns: int) -> None:
        """So much audio came, in which the converter clipped or did not."""
        self._turn(now_ns)
        self._minute.seconds += seconds
        self._minute.overloaded_s += seconds if overloaded else 0

    def trouble(self, words: str) -> None:
        """Why nothing comes, while nothing comes."""
        self._trouble = words[:TROUBLE_CHARS]

    def _turn(self, now_ns: int) -> None:
        number = int(now_ns // (MEMORY_S * NS_PER_S))
        if number != self._minute.number:
            followed = number == self._minute.number + 1
            self._before = self._minute if followed else _Minute(number - 1, {})
            self._minute = _Minute(number, {})

    def _lately(self) -> _Minute:
        """This minute and the one before, together."""
        both = _Minute(
            self._minute.number,
            dict(self._minute.ranges),
            self._minute.seconds + self._before.seconds,
            self._minute.overloaded_s + self._before.overloaded_s,
        )
        for name, extremes in self._before.ranges.items():
            both.widen(name, extremes)
        return both

    def sense(self, now_ns: int) -> tuple[Sense, str]:
        """The state, and the evidence in words."""
        self._turn(now_ns)
        if not self._ever or now_ns - self._heard_ns > self._silence_ns:
            silent_s = (now_ns - self._heard_ns) / NS_PER_S
            return Sense.DEAF, f"no data for {silent_s:.0f} s; {self._trouble or 'the port is open and says nothing'}"
        lately = self._lately()
        return _audible(lately) if lately.seconds else _moving(lately.ranges)


def _audible(lately: _Minute) -> tuple[Sense, str]:
    levels = {name: r for name, r in lately.ranges.items() if name.startswith(LEVEL)}
    dead = [name for name, r in levels.items() if r.most <= DEAD_LEVEL_DB]
    if dead:
        return Sense.DEAF, f"{', '.join(dead)} below {DEAD_LEVEL_DB:g} dB: no microphone is this quiet"
    if lately.overloaded_s / lately.seconds > CLIPPED_SHARE:
        return Sense.DEAF, f"clipped in {lately.overloaded_s:.0f} of {lately.seconds:.0f} s"
    if not levels:
        return Sense.QUIET, f"{lately.seconds:.1f} s of sound; no level yet"
    least, most = min(r.least for r in levels.values()), max(r.most for r in levels.values())
    lively = any(r.most - r.least >= LIVELY_DB for r in levels.values())
    return (Sense.HEARING if lively else Sense.QUIET), f"level {least:.1f} to {most:.1f} dB lately"


def _moving(ranges: Mapping[str, _Extremes]) -> tuple[Sense, str]:
    moved = [name for name, r in ranges.items() if r.most > r.least]
    if moved:
        return Sense.HEARING, f"{moved[0]} moved from {ranges[moved[0]].least:.10g} to {ranges[moved[0]].most:.10g}"
    return Sense.QUIET, "values stand still" if ranges else "data without values"


class Watch:
    """A sensor's state with the time since when; the time moves only when the state does."""

    def __init__(self, wall_ns: int) -> None:
        self.state = SensorState(Sense.DEAF, wall_ns, "nothing heard yet")

    def see(self, sense: Sense, evidence: str, wall_ns: int) -> bool:
        """Takes the state of now; whether it changed."""
        changed = sense is not self.state.sense
        self.state = SensorState(sense, wall_ns if changed else self.state.since_ns, evidence)
        return changed
