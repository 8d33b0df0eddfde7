"""A state that lasts: told when it begins, and again at most each so many seconds.

    score   __┌───────┐_┌───────┐____┌──    threshold ─    a hysteresis below, and for more than quiet_s: ended _
    told      1              2         1    again after repeat_s, never while the score is under the threshold

Time is counted in seconds of the stream.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lasts:
    """It has lasted since second ``since``; ``number`` tells how often it has been told, this time included."""

    since: int
    number: int


class Lasting:
    """``hysteresis`` in the score's unit and ``quiet_s`` at least 0, ``repeat_s`` at least 1 (ValueError)."""

    def __init__(self, *, threshold: float, hysteresis: float, repeat_s: float, quiet_s: float = 0.0) -> None:
        if not (hysteresis >= 0 and repeat_s >= 1 and quiet_s >= 0):
            found = f"hysteresis {hysteresis:g}, repeat {repeat_s:g} s and quiet {quiet_s:g} s"
            raise ValueError(f"{found}; expected 0 or more, 1 or more, 0 or more")
        self._threshold, self._clear = threshold, threshold - hysteresis
        self._repeat_s, self._quiet_s = repeat_s, quiet_s
        self._since: int | None = None
        self._held_at, self._told_at, self._number = 0, 0, 0

    def second(self, at: int, score: float) -> Lasts | None:
        """The score of second ``at``, later than the one before; what is to be told of it."""
        quiet_s = at - self._held_at - (score >= self._clear)
        if quiet_s > self._quiet_s:
            self._since = None
        if score >= self._clear:
            self._held_at = at
        if not score >= self._threshold:
            return None
        if self._since is None:
            self._since, self._number = at, 0
        elif at - self._told_at < self._repeat_s:
            return None
        self._told_at, self._number = at, self._number + 1
        return Lasts(self._since, self._number)
