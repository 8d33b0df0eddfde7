"""The modem lines of a UART as a stream of bytes: four inputs that need no microcontroller.

    7 6 5 4   3    2    1    0
    0 1 0 0  RI  DCD  DSR  CTS       '@' none is asserted … 'O' all are, ten times a second

A contact between a line and the pole's ground (TTL) or RTS (RS-232) asserts it. The lines are sampled, not waited for:
TIOCMIWAIT blocks beyond the reach of a stop, and few USB adapters know it. Source: tty_ioctl(4), TIOCMGET.
"""

import math
import termios
from collections.abc import Callable
from typing import TypeAlias

from drivers._port import SerialPort

SAMPLE_S = 0.1  # a door is open for longer; a sample costs an ioctl, on a USB adapter a transfer of a millisecond
STATE = 0x40
LINES = (termios.TIOCM_CTS, termios.TIOCM_DSR, termios.TIOCM_CD, termios.TIOCM_RI)

Status: TypeAlias = Callable[[SerialPort], int | None]
"""Reads the modem lines of a port; :meth:`drivers._port.SerialPort.modem_status`."""


def state(status: int) -> bytes:
    """The byte that says which lines are asserted."""
    return bytes((STATE | sum(1 << bit for bit, line in enumerate(LINES) if status & line),))


class Sampler:
    """Samples the modem lines of one port at a fixed rate.

    It falls silent for good where the port has none, and with the first byte that the device says: then a
    microcontroller sends the states itself. A USB one has modem lines that mean nothing, and CTS always asserted.
    """

    def __init__(self, port: SerialPort, status: Status, now_s: float) -> None:
        self._port = port
        self._status = status
        self._due_s = now_s

    @property
    def due_s(self) -> float:
        """When the next sample is due, of the monotonic clock; infinite where none will be."""
        return self._due_s

    def silence(self) -> None:
        """The device speaks for itself."""
        self._due_s = math.inf

    def sample(self, now_s: float) -> bytes:
        """The state of now if it is due. Samples that were missed are not made up for: they are not known."""
        if now_s < self._due_s:
            return b""
        status = self._status(self._port)
        if status is None:
            self.silence()
            return b""
        self._due_s += SAMPLE_S * (1 + (now_s - self._due_s) // SAMPLE_S)
        return state(status)
