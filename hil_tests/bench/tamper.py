"""Every tampering with a stored log: each byte flipped, each message dropped, doubled, moved, replaced.

python -m hil_tests.bench.tamper [MESSAGES]     1,000 unless said otherwise
"""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from edge.trust.audit import examine
from edge.trust.keys import PublicKey, Registry
from edge.trust.tests.chains import NODE, OTHER, REGISTRY, chain
from hil_tests.tampering import FOLLOWING, TAMPERINGS, unnoticed, unnoticed_flips

MESSAGES = 1000
SHARE = 20  # messages a task


def flips(log: Sequence[bytes], keys: Sequence[PublicKey]) -> tuple[int, int]:
    """Every byte of the first messages of ``log``: how many flips, and how many of them nobody noticed."""
    places = [(n, at) for n in range(min(SHARE, len(log))) for at in range(len(log[n]))]
    return len(places), len(unnoticed_flips(log, places, Registry(keys)))


def moves(log: Sequence[bytes], strange: bytes, how: str, keys: Sequence[PublicKey]) -> tuple[int, int]:
    """The same with every message of the log, dropped, doubled, swapped or replaced."""
    registry, last = Registry(keys), how == "swapped with the next"
    examined, numbers = [examine(message, registry) for message in log], range(len(log) - last)
    return len(numbers), len(unnoticed(examined, examine(strange, registry), how, numbers))


def matrix(log: list[bytes], strange: bytes) -> Iterator[tuple[str, int, int]]:
    """What was done, how often, and how often nobody noticed."""
    keys = list(REGISTRY)
    parts = [log[at : at + SHARE + FOLLOWING] for at in range(0, len(log), SHARE)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        moved = [pool.submit(moves, log, strange, how, keys) for how in TAMPERINGS]
        tried, missed = zip(*pool.map(flips, parts, [keys] * len(parts)), strict=True)
        yield "a bit of a byte flipped", sum(tried), sum(missed)
        for how, future in zip(TAMPERINGS, moved, strict=True):
            yield f"a message {how}", *future.result()


def main() -> None:
    log, (strange,) = chain(int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES, NODE), chain(1, OTHER)
    begun_s = time.monotonic()
    print(f"{len(log)} messages, {sum(map(len, log)):,} bytes; {os.cpu_count()} processors")
    for what, tried, missed in matrix(log, strange):
        print(f"{what:40} {tried:8,} tried, {missed} unnoticed")
    print(f"{time.monotonic() - begun_s:.0f} s")


if __name__ == "__main__":
    main()
