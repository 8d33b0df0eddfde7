"""Waits, each with an end."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LOOK_S = 0.05
WITHIN_S = 60.0


def until(found: Callable[[], T], what: str, within_s: float = WITHIN_S) -> T:
    """The first answer of ``found`` that holds; AssertionError if none does in time."""
    deadline_s = time.monotonic() + within_s
    while not (answer := found()):
        assert time.monotonic() < deadline_s, f"not within {within_s:g} s: {what}"
        time.sleep(LOOK_S)
    return answer
