"""What a simulated sensor offers: bytes that are due at a time, and answers to what it is told. No clock, no I/O."""

from typing import Protocol


class Sensor(Protocol):
    """A sensor on the bench.

    Whoever runs it asks when the next bytes are due, waits until then, and takes them. Time is in seconds since the
    sensor was switched on, and is the sensor's own: it never looks at a clock.
    """

    def due_s(self) -> float:
        """When the next bytes are ready, in seconds since power-up; infinite while the sensor keeps silent."""
        ...

    def emit(self) -> bytes:
        """The bytes that are due at ``due_s``; moves on to the next."""
        ...

    def receive(self, data: bytes, at_s: float) -> None:
        """Takes bytes that came from the host at ``at_s``; an answer is due some time later."""
        ...
