"""A clock that a test sets by hand: both hands, each for itself."""

import threading
from dataclasses import dataclass

from drivers.tests.wire import until
from edge.message.body import TimeQuality, TimeSource
from edge.node.clock import NS_PER_S

NOON_NS = 1_795_435_200 * NS_PER_S  # 2026-11-23T12:00:00Z


@dataclass
class HandClock:
    """Stands still until somebody moves it."""

    wall: int = NOON_NS
    monotonic: int = 1000 * NS_PER_S

    def wall_ns(self) -> int:
        return self.wall

    def monotonic_ns(self) -> int:
        return self.monotonic

    def quality(self) -> TimeQuality:
        return TimeQuality(TimeSource.NTP, 1_000_000, self.monotonic)

    def pass_s(self, seconds: float) -> None:
        self.wall += int(seconds * NS_PER_S)
        self.monotonic += int(seconds * NS_PER_S)

    def pass_until_ended(self, thread: threading.Thread) -> None:
        """Lets time pass until the thread has ended."""

        def ended() -> bool:
            self.pass_s(1)
            return not thread.is_alive()

        until(ended)
        thread.join()
