"""What a line carries where nothing that speaks the protocol is connected: two minutes of it, or an hour.

Every driver's hour is counted by ``python -m hil_tests.bench.noise``.
"""

from collections.abc import Iterator

import numpy as np

from drivers._screen import Screen
from drivers._types import Asking, Decoder, Driver, Item, Request

HOUR_S = 3600.0
SHORT_S = 120.0
TICK_S = 0.05
BITS_A_BYTE = 10


def pieces(driver: Driver, seed: int, seconds: float = SHORT_S) -> Iterator[tuple[float, bytes]]:
    """When and what: uniform bytes at the rate of the line, as a worker takes them."""
    chance = np.random.default_rng(seed)
    size = round(TICK_S * driver.LINE.baud / BITS_A_BYTE)
    for tick in range(round(seconds / TICK_S)):
        yield (tick + 1) * TICK_S, chance.bytes(size)


def heard(driver: Driver, seed: int = 1, decoder: Decoder | None = None, seconds: float = SHORT_S) -> Iterator[Item]:
    """What a node is told of so much noise, the sensor being warm: the driver asks, and noise answers."""
    decoder, screen = decoder or driver.Decoder(), Screen(driver.SHEET, driver.PERIOD_S, 0.0)
    for now_s, data in pieces(driver, seed, seconds):
        items = decoder.feed(data)
        items += decoder.tick(now_s) if isinstance(decoder, Asking) else []
        yield from (item for item in screen.items(items, now_s) if not isinstance(item, Request))
