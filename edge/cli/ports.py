"""``lamppost ports``: the serial ports of this computer, by names that last, and who holds them."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli._output import Commands, Output, command

if TYPE_CHECKING:
    from drivers._identity import Candidate

PROC = Path("/proc")


def add(commands: Commands) -> None:
    """The command's arguments."""
    command(
        commands, "ports", _run, "serial ports that are plugged in: lasting names, who holds them, what is in the way"
    )


def _run(arguments: argparse.Namespace) -> int:
    from drivers._identity import candidates, present

    output, found = Output(arguments.json), candidates()
    holders = _holders({port.path for port in found})
    for port in found:
        output.line(_object(port, holders), _words(port, holders))
    if not found:
        output.say(present())
    return 0 if all(_access(port) for port in found) and found else 1


def _object(port: "Candidate", holders: dict[str, list[str]]) -> dict[str, object]:
    return {
        "port": port.identity,
        "path": port.path,
        "by_id": port.by_id,
        "by_path": port.by_path,
        "usb": port.usb,
        "usb_serial": port.usb_serial,
        "product": port.product,
        "driver": port.driver,
        "held_by": holders.get(port.path, []),
        "access": _access(port),
        "hint": _hint(port, holders),
    }


def _words(port: "Candidate", holders: dict[str, list[str]]) -> str:
    what = " ".join(filter(None, (port.product, port.usb, f"({port.driver})" if port.driver else "")))
    lines = [f"{port.path:16} {what or 'on board'}", f"    name it {port.identity}"]
    lines += [f"    held by {who}" for who in holders.get(port.path, [])]
    hint = _hint(port, holders)
    return "\n".join([*lines, f"    {hint}"] if hint else lines)


def _access(port: "Candidate") -> bool:
    return os.access(port.path, os.R_OK | os.W_OK)


def _hint(port: "Candidate", holders: dict[str, list[str]]) -> str:
    """What mends what is in the way; empty where nothing is."""
    if not _access(port):
        group = _group(port.path)
        return f"may not be opened by this user: sudo usermod -aG {group} $USER, then log in again"
    if any("ModemManager" in who for who in holders.get(port.path, [])):
        return "ModemManager speaks to it: sudo systemctl disable --now ModemManager, or ID_MM_DEVICE_IGNORE by udev"
    if any("getty" in who for who in holders.get(port.path, [])):
        return "a console holds it: sudo raspi-config, Interface, Serial: no login shell"
    return ""


def _group(path: str) -> str:
    import grp

    try:
        return grp.getgrgid(os.stat(path).st_gid).gr_name  # noqa: PTH116  the number that grp wants
    except (OSError, KeyError):
        return "dialout"


def _holders(paths: set[str]) -> dict[str, list[str]]:
    """Who has each of ``paths`` open: of the processes that this user may look into."""
    found: dict[str, list[str]] = {}
    for process in PROC.glob("[0-9]*"):
        for path in _open_in(process) & paths:
            found.setdefault(path, []).append(f"{_name(process)} (process {process.name})")
    return found


def _open_in(process: Path) -> set[str]:
    """What a process has open; of one that ended, or is somebody else's, nothing."""
    try:
        links = list((process / "fd").iterdir())
    except OSError:
        return set()
    return {_target(link) for link in links}


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:  # closed meanwhile, as the folder that was just listed
        return ""


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text(errors="replace").strip()
    except OSError:
        return "a process that has ended"
