"""What can be wrong with a port, told so that a person knows what to do next."""

import errno
from enum import StrEnum


class Fault(StrEnum):
    """The state of a port that gives no bytes."""

    ABSENT = "absent"  # nothing there: unplugged, unpowered, or not there yet
    AMBIGUOUS = "ambiguous"  # the name fits several
    BUSY = "busy"  # another program holds it
    DENIED = "denied"  # this user may not open it
    NO_TERMINAL = "no terminal"  # it is something, but no serial port
    REFUSED = "refused"  # it does not take the settings
    STUCK = "stuck"  # it takes no bytes


class PortError(Exception):
    """A port that cannot be used (any more): its state, what was found, and what to try."""

    def __init__(self, fault: Fault, found: str, hint: str) -> None:
        super().__init__(fault, found, hint)
        self.fault = fault
        self.found = found
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.found}; {self.hint}"


FAULT_OF_ERRNO = {
    errno.ENOENT: Fault.ABSENT,
    errno.ENODEV: Fault.ABSENT,
    errno.ENXIO: Fault.ABSENT,
    errno.EIO: Fault.ABSENT,  # the device file is still there, the device is not
    errno.EAGAIN: Fault.BUSY,  # flock is held
    errno.EBUSY: Fault.BUSY,  # TIOCEXCL is set
    errno.EACCES: Fault.DENIED,
    errno.EPERM: Fault.DENIED,
    errno.ENOTTY: Fault.NO_TERMINAL,
}

# what was found, what to try; {path} is the port
WORDS = {
    Fault.ABSENT: ("{path} is not there", "check cable, hub and power"),
    Fault.BUSY: ("{path} is held by another program", "find it with: fuser -v {path} (ModemManager? a console?)"),
    Fault.DENIED: ("{path} may not be opened by this user", "sudo usermod -aG dialout $USER, then log in again"),
    Fault.NO_TERMINAL: ("{path} is not a terminal", "name a serial port"),
    Fault.REFUSED: ("{path} refuses", "check its settings, and try another adapter"),
}


def port_error(path: str, error: Exception) -> PortError:
    """The same in words for a person; ``error`` is what pyserial or the kernel said of ``path``."""
    fault = FAULT_OF_ERRNO.get(_errno(error), Fault.REFUSED)
    found, hint = WORDS[fault]
    return PortError(fault, f"{found.format(path=path)} ({error})", hint.format(path=path))


def _errno(error: Exception) -> int:
    """The error's number, or that of the error from which pyserial made it without one."""
    numbers = [e.args[0] for e in (error, error.__context__) if e is not None and e.args]
    return next((number for number in numbers if isinstance(number, int)), 0)
