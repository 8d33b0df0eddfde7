"""Is a sensor hearing, quiet or deaf, and what says so.

    hearing   data, and it moves as it should
    quiet     data, nothing happening
    deaf      no data, or data that no living sensor gives

A node is never silent about being deaf: the state and its evidence are in every heartbeat. Of several microphones
that are one sensor, the worst speaks for all: four that hear do not hide a fifth that is dead, because directions and
evidence need each of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dsp import condition
from dsp.condition import Verdict
from edge.message.body import Sense, SensorState
from edge.node.clock import NS_PER_S

SILENT_PERIODS = 5  # of the driver's own period without a word: deaf
SILENT_LEAST_S = 2.0  # but not before this; a tty and a scheduler may stall for a second
MEMORY_S = 60.0  # "moves" means within one to two of these
TROUBLE_CHARS = 200  # of the evidence
JUDGED_WITHIN_S = 10.0  # a verdict comes each second, unless holes leave no second whole
CLIPPED_SHARE = 0.5  # of the time in overload, as the device says: the converter hears its own limits
SENSES = {
    condition.Sense.DEAF: Sense.DEAF,
    condition.Sense.QUIET: Sense.QUIET,
    condition.Sense.HEARING: Sense.HEARING,
}


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
        self._ever = self._gone = False
        self._trouble = "nothing heard yet"
        self._verdicts: tuple[Verdict, ...] = ()
        self._judged_ns = now_ns
        self._before = _Minute(-1, {})
        self._minute = _Minute(-1, {})

    def heard(self, now_ns: int) -> None:
        """Good data came."""
        self._heard_ns, self._ever, self._gone, self._trouble = now_ns, True, False, ""

    def value(self, name: str, value: float, now_ns: int) -> None:
        """A quantity has this value now."""
        self._turn(now_ns)
        self._minute.widen(name, _Extremes(value, value))

    def samples(self, seconds: float, overloaded: bool, now_ns: int) -> None:
        """So much audio came, in which the converter clipped or did not."""
        self._turn(now_ns)
        self._minute.seconds += seconds
        self._minute.overloaded_s += seconds if overloaded else 0

    def sounded(self, verdicts: Sequence[Verdict], now_ns: int) -> None:
        """A second of sound was judged, one verdict a channel."""
        self._verdicts, self._judged_ns = tuple(verdicts), now_ns

    def trouble(self, words: str) -> None:
        """Why nothing comes, while nothing comes."""
        self._trouble = words[:TROUBLE_CHARS]

    def gone(self) -> None:
        """The port went away: nothing comes, however seldom something came."""
        self._gone = True

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
        if self._gone or not self._ever or now_ns - self._heard_ns > self._silence_ns:
            silent_s = (now_ns - self._heard_ns) / NS_PER_S
            return Sense.DEAF, f"no data for {silent_s:.0f} s; {self._trouble or 'the port is open and says nothing'}"
        lately = self._lately()
        return self._audible(lately, now_ns) if lately.seconds else _moving(lately.ranges)

    def _audible(self, lately: _Minute, now_ns: int) -> tuple[Sense, str]:
        if lately.overloaded_s / lately.seconds > CLIPPED_SHARE:
            return Sense.DEAF, f"clipped in {lately.overloaded_s:.0f} of {lately.seconds:.0f} s"
        unjudged_s = (now_ns - self._judged_ns) / NS_PER_S
        if not self._verdicts or unjudged_s > JUDGED_WITHIN_S:
            return Sense.QUIET, f"{lately.seconds:.1f} s of sound lately; no whole second of it for {unjudged_s:.0f} s"
        return _worst(self._verdicts)


def _worst(verdicts: Sequence[Verdict]) -> tuple[Sense, str]:
    """The worst state of the channels, and the evidence of each that is in it."""
    worst = min(verdict.sense for verdict in verdicts)
    found = {channel: verdict.evidence for channel, verdict in enumerate(verdicts) if verdict.sense is worst}
    if len(verdicts) == 1 or worst is condition.Sense.HEARING:
        return SENSES[worst], found[0]
    return SENSES[worst], "; ".join(f"channel {channel}: {evidence}" for channel, evidence in found.items())


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
