"""Which latches are GNSS seconds, and what is said of them."""

import logging

import numpy as np
import pytest

from drivers._types import Block, Latch
from edge.message.body import TimeQuality, TimeSource
from edge.node.clock import NS_PER_S
from edge.node.sampletime import SampleTimes, Stretch
from edge.node.tests.hand_clock import NOON_NS, HandClock

RATE_HZ = 8000
WEEK, TOW_S = divmod(NOON_NS // NS_PER_S - 315_964_800 + 18, 604_800)


class Vague(HandClock):
    """Off by ten minutes, for all we know."""

    def quality(self) -> TimeQuality:
        return TimeQuality(TimeSource.NTP, 600 * NS_PER_S, self.monotonic)


class FrontEnd:
    """Speaks once a second."""

    def __init__(self, clock: HandClock | None = None) -> None:
        self.clock = clock or HandClock()
        self.times = SampleTimes("mic", self.clock)
        self.second = 0
        self._stretch = Stretch(self._block())

    def _block(self) -> Block:
        return Block(np.zeros((1, RATE_HZ), np.float32), RATE_HZ, self.second * RATE_HZ, 1)

    def goes_on(self, seconds: int, *, fix: int = 3, boot: int = 1, named: int = 0) -> None:
        for _ in range(seconds):
            block = self._block()
            self.second += 1
            self.clock.pass_s(1)
            self._stretch.came(block, self.clock.monotonic)
            self.times.came(self._stretch)
            tow_s = TOW_S + self.second + named
            self.times.latched(Latch(self.second * RATE_HZ, 0.0, boot, self.second, WEEK, tow_s, 0.0, fix))

    def source(self) -> TimeSource:
        return self.times.of(self.second * RATE_HZ, self._stretch).source


@pytest.mark.parametrize(("fix", "boot"), [(0, 1), (1, 1), (3, 2)])
def test_a_pulse_without_a_fix_or_of_another_boot_is_no_second(fix: int, boot: int) -> None:
    front_end = FrontEnd()
    front_end.goes_on(5, fix=fix, boot=boot)
    assert front_end.source() is TimeSource.NTP
    front_end.goes_on(5)
    assert front_end.source() is TimeSource.PPS


def test_a_latch_before_any_sample_is_none() -> None:
    times = SampleTimes("mic", HandClock())
    times.latched(Latch(0, 0.0, 1, 1, WEEK, TOW_S, 0.0, 3))


def test_a_step_of_seconds_that_were_believed_is_told(caplog: pytest.LogCaptureFixture) -> None:
    front_end = FrontEnd(Vague())  # names no second
    front_end.goes_on(8)
    with caplog.at_level(logging.WARNING):
        front_end.goes_on(5, named=-1)
    assert "time steps by -1.000000 s" in caplog.text
