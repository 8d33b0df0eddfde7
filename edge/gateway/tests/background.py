"""Something that runs until it is stopped, beside a test."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from drivers._stop import Stop


@contextmanager
def beside(run: Callable[[Stop], None]) -> Iterator[None]:
    """``run`` in a thread of its own, which ends in time, or the test fails."""
    with Stop.open() as stop:
        thread = threading.Thread(target=run, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(10)
            assert not thread.is_alive()
