"""The wait before another try."""

import math
import random

import pytest

from drivers._backoff import backoff_s


def test_the_backoff_doubles_up_to_its_cap_and_never_overflows() -> None:
    ceilings = [backoff_s(failures, 1.0, base_s=0.1, cap_s=5) for failures in range(9)]
    assert ceilings == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5, 5])
    assert backoff_s(1_000_000, 1.0, base_s=0.1, cap_s=5) == 5


def test_the_backoff_is_spread_over_its_whole_range() -> None:
    chance = random.Random(1)
    waits = [backoff_s(0, chance.random(), base_s=0.1, cap_s=5) for _ in range(10_000)]
    assert min(waits) < 0.001
    assert max(waits) > 0.099
    assert math.fsum(waits) / len(waits) == pytest.approx(0.05, rel=0.02)
