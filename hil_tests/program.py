"""Programs in processes of their own."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any, TypeAlias

KILL_S = 5.0
COMMAND_S = 60.0

Running: TypeAlias = AbstractContextManager["subprocess.Popen[bytes]"]


def lamppost(*arguments: str | Path, folder: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """A command of ``lamppost``, run to its end; in ``folder``, if that is given."""
    command = [sys.executable, "-m", "edge.cli", *map(str, arguments)]
    return subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=COMMAND_S, check=False
    )


def objects(text: str) -> Iterator[dict[str, Any]]:
    """What was told with ``--json``; a line that is still being written is left out."""
    whole = text[: text.rfind("\n") + 1]
    return (json.loads(line) for line in whole.splitlines())


class Program:
    """Something that runs, and may be stopped or killed, and started again."""

    def __init__(self, running: Callable[[], Running]) -> None:
        self._running = running
        self._stack = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None
        self.started_ns = 0

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None, "not started yet"
        return self._process

    def start(self) -> None:
        self.started_ns = time.time_ns()
        self._process = self._stack.enter_context(self._running())

    def stop(self) -> None:
        """In order; does nothing where nothing runs."""
        self._stack.close()

    def kill(self) -> None:
        """At once (SIGKILL): it has no time to save anything."""
        self.process.kill()
        self.process.wait(KILL_S)
        self.stop()

    def resident_mb(self) -> float:
        """How much memory it holds now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        fields = dict(line.split(":", 1) for line in status.splitlines())
        return int(fields["VmRSS"].split()[0]) / 1024
