"""Which port is meant: by what does not change when a plug moves or a kernel counts anew.

    /dev/serial/by-path/…   the socket: for a fixed installation, and for adapters without a serial number (CH340)
    /dev/serial/by-id/…     the adapter, with its interface: where each adapter has a serial number of its own
    usb:SERIAL              the adapter's USB serial number, where udev makes no links
    any other path          a udev rule's own link, an on-board UART, a pty of a bench

``/dev/ttyUSB0`` is taken too, but :func:`unstable` has a word on it. What is present is read from sysfs (Linux,
Documentation/ABI/testing/sysfs-bus-usb); nothing is opened, for opening a port may reset the board behind it.
"""

import re
import stat
from dataclasses import dataclass, replace
from pathlib import Path

from drivers._fault import Fault, PortError, port_error

USB_PREFIX = "usb:"
NUMBERED = re.compile(r"tty(USB|ACM)\d+")  # numbers given in the order of plugging
FACTORY_SERIALS = frozenset({"", "0001"})  # none at all (CH340); what every CP2102 leaves the factory with
PORT_UNKNOWN = "0"  # linux/serial_core.h: a UART that the kernel made room for and that is not there
USB_DEPTH = 3  # folders from a tty to its USB device: tty of usb-serial (CDC has none), interface, device


@dataclass(frozen=True, slots=True)
class Roots:
    """Where devices and their descriptions lie; a test brings a tree of its own."""

    dev: Path = Path("/dev")
    sys: Path = Path("/sys")


ROOTS = Roots()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A port that is present, and what it can be named by; an empty string where it has no such name.

    ``identity`` is the name to write into a configuration. ``usb`` is vendor and product, as ``1a86:7523``;
    ``usb_device`` the folder of sysfs, which ports of one device share; ``driver`` the kernel's driver of it.
    """

    identity: str
    path: str
    by_id: str
    by_path: str
    usb: str
    usb_device: str
    usb_serial: str
    product: str
    driver: str = ""


def resolve(identity: str, roots: Roots = ROOTS) -> str:
    """The path that ``identity`` has now. PortError if it has none, or more than one, or is no device."""
    if identity.startswith(USB_PREFIX):
        return _by_usb_serial(identity.removeprefix(USB_PREFIX), roots)
    if not Path(identity).is_absolute():
        raise PortError(Fault.ABSENT, f"{identity!r} names no port", f"expected /dev/… or {USB_PREFIX}SERIAL")
    try:
        mode = Path(identity).stat().st_mode
    except FileNotFoundError as error:
        raise PortError(Fault.ABSENT, f"{identity} is not there", present(roots)) from error
    except OSError as error:
        raise port_error(identity, error) from error
    if not stat.S_ISCHR(mode):
        raise PortError(Fault.NO_TERMINAL, f"{identity} is not a terminal", present(roots))
    return _real(identity)


def unstable(identity: str, roots: Roots = ROOTS) -> str:
    """What is wrong with ``identity`` as a lasting name, and a better one; empty if it is a good name."""
    path = Path(identity)
    if path.parent != roots.dev or not NUMBERED.fullmatch(path.name):
        return ""
    better = [port.identity for port in candidates(roots) if port.path == identity != port.identity]
    advice = f"write {better[0]}" if better else "name the port by its link in /dev/serial/by-path"
    return f"{identity} is a number that changes with the order of plugging; {advice}"


def candidates(roots: Roots = ROOTS) -> list[Candidate]:
    """The serial ports that are present, by path. Ptys are not among them: nobody could tell which are serial."""
    by_id, by_path = _links(roots, "by-id"), _links(roots, "by-path")
    ports = [
        _candidate(roots.dev / entry.name, entry, by_id, by_path)
        for entry in sorted(_entries(roots.sys / "class" / "tty"))
        if _is_port(entry, roots)
    ]
    return [replace(port, identity=_lasting_name(port, ports)) for port in ports]


def present(roots: Roots = ROOTS) -> str:
    """A hint that names the ports that are present."""
    names = [port.identity for port in candidates(roots)]
    return f"present: {', '.join(names)}" if names else "no serial port is present: check cable, hub and power"


def _by_usb_serial(serial: str, roots: Roots) -> str:
    ports = [port for port in candidates(roots) if serial and port.usb_serial == serial]
    if not ports:
        raise PortError(Fault.ABSENT, f"no port has the USB serial number {serial!r}", present(roots))
    if len(ports) > 1:
        found = f"{len(ports)} ports have the USB serial number {serial!r}"
        raise PortError(Fault.AMBIGUOUS, found, f"name one of: {', '.join(p.by_path or p.path for p in ports)}")
    return _real(ports[0].path)


def _lasting_name(port: Candidate, ports: list[Candidate]) -> str:
    """By id where the device's serial number is its own, else by path, else what there is."""
    namesakes = [other for other in ports if other.usb_serial == port.usb_serial]
    own_serial = port.usb_serial not in FACTORY_SERIALS and len({other.usb_device for other in namesakes}) == 1
    names = [
        port.by_id if own_serial else "",
        port.by_path,
        f"{USB_PREFIX}{port.usb_serial}" if own_serial and len(namesakes) == 1 else "",
        port.path,
    ]
    return next(filter(None, names))


def _candidate(path: Path, entry: Path, by_id: dict[str, str], by_path: dict[str, str]) -> Candidate:
    usb = _usb_device(entry)
    vendor, product = _attribute(usb, "idVendor"), _attribute(usb, "idProduct")
    return Candidate(
        identity=str(path),
        path=str(path),
        by_id=by_id.get(_real(str(path)), ""),
        by_path=by_path.get(_real(str(path)), ""),
        usb=f"{vendor}:{product}" if vendor else "",
        usb_device=str(usb),
        usb_serial=_attribute(usb, "serial"),
        product=_attribute(usb, "product"),
        driver=_driver(entry),
    )


def _is_port(entry: Path, roots: Roots) -> bool:
    """Whether hardware stands behind a tty of sysfs, and a device file before it."""
    exists = (entry / "device").exists() and (roots.dev / entry.name).exists()
    return exists and _attribute(entry, "type") != PORT_UNKNOWN


def _usb_device(entry: Path) -> Path:
    """The folder of the USB device behind a tty; where there is none, one without a device's attributes."""
    device = (entry / "device").resolve()
    above = [device, *device.parents][:USB_DEPTH]
    return next((folder for folder in above if (folder / "idVendor").exists()), entry)


def _driver(entry: Path) -> str:
    link = entry / "device" / "driver"
    return link.resolve().name if link.exists() else ""


def _attribute(folder: Path, name: str) -> str:
    """A line of sysfs; empty if it is not there, or went away with its device while we looked."""
    try:
        return (folder / name).read_text(errors="replace").strip()
    except OSError:
        return ""


def _links(roots: Roots, kind: str) -> dict[str, str]:
    """Links of /dev/serial/``kind``, by what they lead to; of several to one port the first."""
    links = sorted(_entries(roots.dev / "serial" / kind), reverse=True)
    return {_real(str(link)): str(link) for link in links}


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:  # no such folder: no udev, or no port present
        return []


def _real(path: str) -> str:
    return str(Path(path).resolve())
