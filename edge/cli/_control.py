"""What a person types while ``lamppost sim --control`` runs: faults on and off, the plug out and in.

flip=0.01    silence=0:5    flip=off      as with --fault; AT counts from now
unplug    unplug half    replug    replug NAME
"""

import os
import select
import sys
from pathlib import Path

from drivers._stop import MS_PER_S, Stop
from edge.cli._output import warn
from simulators._faults import Faulty
from simulators._pty import Pty

READ_BYTES = 4096


class Control:
    """Standard input, line by line; ``open`` until it ends."""

    def __init__(self, sensor: Faulty, pty: Pty) -> None:
        self.open = True
        self._sensor, self._pty = sensor, pty
        self._rest = b""

    def turn(self, stop: Stop, wait_s: float) -> None:
        """Does what was typed; waits so long at most."""
        poller = select.poll()
        for end in (sys.stdin, stop):
            poller.register(end, select.POLLIN)
        if sys.stdin.fileno() not in {end for end, _ in poller.poll(wait_s * MS_PER_S)}:
            return
        data = os.read(sys.stdin.fileno(), READ_BYTES)
        self.open = bool(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._obey(line.decode(errors="replace").strip())

    def _obey(self, line: str) -> None:
        match line.split():
            case []:
                return
            case ["unplug"]:
                self._pty.unplug()
            case ["unplug", "half"]:
                self._pty.unplug_amid()
            case ["replug", *names]:
                self._replug(names)
            case [spec]:
                self._switch(spec)
            case _:
                warn(f"{line!r} is no command; expected a fault such as flip=0.01, unplug, unplug half, replug [NAME]")

    def _replug(self, names: list[str]) -> None:
        self._pty.unplug()
        if names:
            self._pty.rename(Path(names[0]))
        self._pty.replug()
        print(self._pty.path, flush=True)

    def _switch(self, spec: str) -> None:
        try:
            self._sensor.switch(spec, self._pty.now_s())
        except ValueError as error:
            warn(str(error))
