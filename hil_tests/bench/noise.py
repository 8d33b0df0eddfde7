"""What line-rate noise is taken for: uniform random bytes at each driver's own speed, for an hour.

    python -m hil_tests.bench.noise --seconds 3600

Readings that come out of decoder and plausibility are counted; so are those of the decoder alone, which is what its
check lets through. Fast lines are heard for less time, and the count is scaled; the asked are asked meanwhile.
"""

import argparse
from dataclasses import dataclass

import numpy as np

from drivers._screen import Screen
from drivers._types import Asking, Block, Item, Latch, Reading
from edge import plugins
from hil_tests.conversation import driver

PIECE_S = 0.1
MOST_BYTES = 4_000_000  # of noise a driver: an hour at 9600 Bd; more takes minutes


@dataclass(frozen=True, slots=True)
class Taken:
    """Accepted in ``seconds`` of noise: by the decoder alone, and after plausibility."""

    seconds: float
    decoded: int
    believed: int


def taken(name: str, seconds: float, seed: int = 1) -> Taken:
    """So much noise, or as much as ``MOST_BYTES`` are."""
    model = driver(name)
    rate = model.LINE.baud // 10
    seconds = min(seconds, MOST_BYTES / rate)
    decoder, screen = model.Decoder(), Screen(model.SHEET, model.PERIOD_S, 0.0)
    chance, decoded, believed = np.random.default_rng(seed), 0, 0
    for number in range(int(seconds / PIECE_S)):
        now_s = number * PIECE_S
        items = decoder.feed(chance.bytes(int(rate * PIECE_S)))
        items += decoder.tick(now_s) if isinstance(decoder, Asking) else []
        decoded += _values(items)
        believed += _values(screen.items(items, now_s))
    return Taken(seconds, decoded, believed)


def _values(items: list[Item]) -> int:
    return sum(isinstance(item, Reading | Block | Latch) for item in items)


def main() -> None:
    """A line a driver."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600.0)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    print(f"{'driver':12}{'seconds':>9}{'decoded an hour':>17}{'believed an hour':>18}  check")
    for name in arguments.names or plugins.names("drivers"):
        found = taken(name, arguments.seconds)
        an_hour = 3600 / found.seconds
        counts = f"{found.decoded * an_hour:17.1f}{found.believed * an_hour:18.1f}"
        print(f"{name:12}{found.seconds:9.0f}{counts}  {driver(name).SHEET.check}", flush=True)


if __name__ == "__main__":
    main()
