"""``lamppost identify``: which sensor is on which port, and the lines for ``node.toml``."""

import argparse
import sys
import threading
from typing import TYPE_CHECKING

from edge.cli._output import Commands, Output, command
from edge.errors import UserError

if TYPE_CHECKING:
    from drivers._stop import Stop
    from edge.cli._identifying import Found, Look

TURN_S = 0.2
BAR_CELLS = 30


def add(commands: Commands) -> None:
    """The command's arguments."""
    words = "listen to ports, then ask what no sensor minds: which sensor is there, and its lines for node.toml"
    parser = command(commands, "identify", _run, words)
    parser.add_argument("ports", metavar="PORT", nargs="*", help="ports; without: all that are plugged in")


def _run(arguments: argparse.Namespace) -> int:
    from edge.cli._signals import stop_on_signals

    ports = arguments.ports or _present()
    with stop_on_signals() as stop:
        found, faults = _all(ports, stop)
    output = Output(arguments.json)
    for port in ports:
        who = found[port]
        output.line(_object(port, who, faults.get(port, "")), _words(port, who, faults.get(port, "")))
    return 0 if all(found.values()) else 1


def _present() -> list[str]:
    from drivers._identity import candidates, present

    ports = [port.identity for port in candidates()]
    if not ports:
        raise UserError("no port to look at", f"{present()}; or name one: lamppost identify PORT")
    return ports


def _all(ports: list[str], stop: "Stop") -> "tuple[dict[str, Found | None], dict[str, str]]":
    """Looks at all ports side by side; who was found, and what was in the way."""
    from drivers._fault import PortError
    from edge.cli._identifying import Look

    found: dict[str, Found | None] = dict.fromkeys(ports)
    faults: dict[str, str] = {}
    looks = [Look(port, stop) for port in ports]

    def look_at(look: Look) -> None:
        try:
            found[look.port] = look.best()
        except PortError as error:
            faults[look.port] = str(error)
        finally:
            look.done = True

    threads = [threading.Thread(target=look_at, args=(look,)) for look in looks]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(TURN_S)
            _progress(looks)
    return found, faults


def _progress(looks: "list[Look]") -> None:
    """A bar on the terminal, if one watches."""
    if not sys.stderr.isatty():
        return
    done = sum(look.done for look in looks)
    bar = "█" * (BAR_CELLS * done // len(looks))
    end = "\r\033[K" if done == len(looks) else ""
    print(f"\r{bar:░<{BAR_CELLS}} {done} of {len(looks)} ports{end}", end="", file=sys.stderr, flush=True)


def _object(port: str, who: "Found | None", fault: str) -> dict[str, object]:
    if who is None:
        return {"port": port, "driver": None, "why": fault or "nothing that a driver knows"}
    return {
        "port": port,
        "driver": who.driver,
        "confidence": who.confidence,
        "baud": who.baud,
        "understood": who.words,
        "toml": _toml(port, who),
    }


def _words(port: str, who: "Found | None", fault: str) -> str:
    if who is None:
        return f"{port}: {fault or 'nothing that a driver knows: check power, wiring, TX and RX, and the speed'}"
    return f"{port}: {who.driver}, {who.confidence:.0%} sure at {who.baud} Bd\n    {who.words}\n{_toml(port, who)}"


def _toml(port: str, who: "Found") -> str:
    from edge import plugins

    lines = [f"[sensors.{who.driver}]", f'driver = "{who.driver}"', f'port = "{port}"']
    if who.baud != plugins.load("drivers", who.driver).LINE.baud:
        lines.append(f"baud = {who.baud}")
    return "\n".join(lines)
