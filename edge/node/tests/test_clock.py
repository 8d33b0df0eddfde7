import random
import time

from edge.message.body import NO_BOUND_NS, TimeSource
from edge.node.clock import NS_PER_S, ArrivalClock, SystemClock

MS = 1_000_000


def test_the_systems_clocks_go_and_say_how_well_they_are_kept() -> None:
    clock = SystemClock()
    assert abs(clock.wall_ns() - time.time_ns()) < NS_PER_S
    assert abs(clock.monotonic_ns() - time.monotonic_ns()) < NS_PER_S
    quality = clock.quality()
    assert abs(quality.monotonic_ns - time.monotonic_ns()) < NS_PER_S
    if quality.source is TimeSource.FREE:
        assert quality.error_ns == NO_BOUND_NS
    else:
        assert 0 <= quality.error_ns < 16 * NS_PER_S  # the kernel calls itself unsynchronised beyond


def test_bytes_that_come_late_by_a_varying_time_give_the_time_of_the_least_late() -> None:
    late = random.Random(1)
    clock, rate_hz, begun_ns = ArrivalClock(48_000), 48_000, 10**15
    come_ns = begun_ns
    for sample in range(0, 48_000 * 20, 240):
        delay_ns = 1 * MS + int(late.expovariate(1 / (2 * MS)))
        come_ns = max(come_ns, begun_ns + sample * NS_PER_S // rate_hz + delay_ns)  # bytes do not overtake
        clock.arrived(sample, come_ns)
    for sample in (0, 48_000 * 10, 48_000 * 20):
        error_ns = clock.monotonic_ns(sample) - (begun_ns + sample * NS_PER_S // rate_hz)
        assert 1 * MS <= error_ns < 2 * MS


def test_a_crystal_that_is_off_is_followed() -> None:
    clock, true_hz = ArrivalClock(48_000), 48_000 * (1 - 50e-6)
    for second in range(600):
        clock.arrived(second * 48_000, int(second * 48_000 / true_hz * NS_PER_S))
    error_s = clock.monotonic_ns(599 * 48_000) / NS_PER_S - 599 * 48_000 / true_hz
    assert abs(error_s) < 2 * ArrivalClock.WINDOW_S * 50e-6 * 1.1
