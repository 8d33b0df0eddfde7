"""A serial port that one thread owns.

pyserial opens and configures it; then the owner polls the descriptor and reads it itself. pyserial's own reading and
writing are not used: they select(), which fails from descriptor 1024 on; and nothing closes a port from another
thread, for that races inside pyserial (its issue 713). Opening flushes the input: what a device said before is lost.
"""

import contextlib
import errno
import fcntl
import os
import select
import struct
import termios
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import serial

from drivers._fault import Fault, PortError, port_error
from drivers._stop import MS_PER_S, Stop
from drivers._types import Line

READ_BYTES = 65536  # more than any tty hands over at once (4095 bytes)
_INT = struct.Struct("i")
WRITE_TIMEOUT_S = 2.0  # a command of 64 bytes takes 0.07 s at 9600 baud: who needs longer is stuck

# What open, configure and read raise when a device goes away meanwhile: termios.error is no OSError, and pyserial
# trips over its own None (TypeError). A ValueError is the adapter's answer to a baud rate that it cannot make.
TROUBLE = (OSError, termios.error, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class PortInfo:
    """What is open; ``low_latency`` if the adapter could be hastened, which a pty cannot."""

    path: str
    line: Line
    low_latency: bool


class SerialPort:
    """An open port: ``with SerialPort.open(path, line) as port: …``. For the thread that opened it alone."""

    def __init__(self, device: serial.Serial, info: PortInfo) -> None:
        self._device = device
        self.info = info

    @classmethod
    def open(cls, path: str, line: Line) -> Self:
        """Open ``path`` for us alone, without a byte of what came before. PortError if it cannot be."""
        device = _configured(line)
        device.port = path
        try:
            device.open()
        except TROUBLE as error:
            raise port_error(path, error) from error
        with contextlib.suppress(OSError):  # gone again: the first read tells
            fcntl.ioctl(device.fileno(), termios.TIOCEXCL)  # keeps out who asks for no lock: a console, ModemManager
        return cls(device, PortInfo(path, line, _hasten(device)))

    def fileno(self) -> int:
        """The descriptor to poll."""
        return self._device.fileno()

    def read(self) -> bytes:
        """What is there, empty if nothing is. PortError if the port went away."""
        try:
            data = os.read(self.fileno(), READ_BYTES)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise self._gone(str(error)) from error
        if not data:  # a terminal that hung up is always ready and never has anything
            raise self._gone("it hung up")
        return data

    def modem_status(self) -> int | None:
        """The modem lines, as ``TIOCM_…`` bits of <asm/termios.h>; None where the port has none, as a pty.

        PortError if the port went away.
        """
        try:
            status = fcntl.ioctl(self.fileno(), termios.TIOCMGET, _INT.pack(0))
        except OSError as error:
            if error.errno == errno.ENOTTY:
                return None
            raise self._gone(str(error)) from error
        return int(_INT.unpack(status)[0])

    def write(self, data: bytes, stop: Stop, timeout_s: float = WRITE_TIMEOUT_S) -> None:
        """Write all of ``data``, unless ``stop`` is set. PortError if the port does not take it in ``timeout_s``."""
        poller = select.poll()
        poller.register(self, select.POLLOUT)
        poller.register(stop, select.POLLIN)
        deadline_s = time.monotonic() + timeout_s
        rest = data
        while rest and not stop.is_set():
            if not poller.poll(max(0.0, deadline_s - time.monotonic()) * MS_PER_S):
                raise self._stuck(f"took {len(data) - len(rest)} of {len(data)} bytes in {timeout_s:g} s")
            rest = rest[self._write_some(rest) :]

    def close(self) -> None:
        """Give the port back, without waiting for bytes that it did not take."""
        if not self._device.is_open:
            return
        fd = self.fileno()
        with contextlib.suppress(OSError):
            fcntl.ioctl(fd, termios.TIOCNXCL)  # outlives us on a pty, and would shut out the next opening
        with contextlib.suppress(termios.error):
            termios.tcflush(fd, termios.TCOFLUSH)  # or a UART's close waits for them, up to 30 s
        self._device.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _write_some(self, data: bytes) -> int:
        try:
            return os.write(self.fileno(), data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise self._gone(str(error)) from error

    def _gone(self, sign: str) -> PortError:
        return PortError(Fault.ABSENT, f"{self.info.path} went away ({sign})", "check cable, hub and power")

    def _stuck(self, did: str) -> PortError:
        return PortError(Fault.STUCK, f"{self.info.path} {did}", "check the cable, and whether the device is stopped")


def _configured(line: Line) -> serial.Serial:
    """A port with the settings of ``line``, not opened. ValueError if no port could have them."""
    return serial.Serial(
        baudrate=line.baud,
        bytesize=line.bits,
        parity=line.parity,
        stopbits=line.stop_bits,
        inter_byte_timeout=0,  # VMIN 1, VTIME 0: so a quiet line reads as EAGAIN and only a dead one as nothing
        exclusive=True,
    )


def _hasten(device: serial.Serial) -> bool:
    """Have an FTDI adapter hand bytes over after 1 ms instead of 16 ms; whether it does."""
    try:
        device.set_low_latency_mode(True)
    except (OSError, ValueError):
        return False
    return True
