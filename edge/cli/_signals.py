"""SIGTERM and SIGINT set a stop; whoever runs comes to an orderly end."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from drivers._stop import Stop


@contextmanager
def stop_on_signals() -> Iterator[Stop]:
    """A stop that the terminal's Ctrl-C and the service manager's SIGTERM set."""
    with Stop.open() as stop:

        def on_signal(_number: int, _frame: FrameType | None) -> None:
            stop.set()

        before = {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield stop
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
