"""Signatures of many messages, checked by as many processes as there are processors, and given back in order.

A signature takes a hundred times as long as all else that an audit does; so it alone is shared out, and what a message
says of its chain is placed by one.
"""

import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from typing import TypeAlias

from edge.trust.audit import Examined, examine
from edge.trust.keys import PublicKey, Registry

BATCH = 256  # messages to a process at once: a tenth of a second
AHEAD = 2  # batches that wait for each process: memory stays bounded
ALONE_BYTES = 4 << 20  # some 10,000 messages: fewer are done before other processes have started

Done: TypeAlias = tuple[bytes, bool, Examined]

_registry = Registry([])  # of a worker's process


def examined(items: Iterable[tuple[bytes, bool]], registry: Registry, size: int) -> Iterator[Done]:
    """Each item, with what is thought of it; ``size`` is how many bytes are to come."""
    jobs = os.cpu_count() or 1
    if jobs == 1 or size < ALONE_BYTES:
        return ((item, ends, examine(item, registry)) for item, ends in items)
    return _shared(iter(items), list(registry), jobs)


def _shared(items: Iterator[tuple[bytes, bool]], keys: list[PublicKey], jobs: int) -> Iterator[Done]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, _begin, (keys,)) as pool:
        waiting: deque[tuple[list[tuple[bytes, bool]], Future[list[Examined]]]] = deque()
        while (batch := list(islice(items, BATCH))) or waiting:
            if batch:
                waiting.append((batch, pool.submit(_examine, [item for item, _ in batch])))
            if not batch or len(waiting) >= AHEAD * jobs:
                oldest, future = waiting.popleft()
                for (item, ends), result in zip(oldest, future.result(), strict=True):
                    yield item, ends, result


def _begin(keys: list[PublicKey]) -> None:
    global _registry  # noqa: PLW0603  a process has no other place for what its calls share
    _registry = Registry(keys)


def _examine(items: list[bytes]) -> list[Examined]:
    return [examine(item, _registry) for item in items]
