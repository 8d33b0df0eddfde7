"""README is true: its commands give its output, its examples work as they stand.

```console            each command runs to its end and gives this output; "…" stands for anything
```console long       goes on in the background once it has given this output
```console recorded   needs a real recording
```toml FILE          is that file; so is ```json FILE
```python FILE        is that file of the package, found by its folder
"""

import importlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

import drivers
import drivers.tests
import dsp.detectors
import dsp.tests
from edge import plugins
from edge.cli import _bench
from edge.cli.tests import fortnight

README = Path(__file__).parents[1] / "README.md"
RECORDING = (
    Path(__file__).parents[2] / "shared/data/audio/gunshot/shotspotter_pittsburgh__test_001.audio.SCP-00-BNG-5567.flac"
)
FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BROKER_PORT = "1883"  # as README has it; a test takes one that is free
LONGEST_S = 60.0


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, the word behind it, its text."""

    language: str
    word: str
    text: str


def blocks() -> list[Block]:
    return [Block(*found.groups(default="")) for found in FENCE.finditer(README.read_text(encoding="utf-8"))]


def matching(expected: str) -> re.Pattern[str]:
    """Whatever looks like ``expected``; a line of "…" alone stands for any lines, or none."""
    lines = expected.rstrip("\n").split("\n")
    return re.compile("".join(r"(?:.*\n)*?" if line == "…" else f"{_any(line)}\n" for line in lines))


def _any(line: str) -> str:
    return re.escape(line).replace("…", ".*")


class Terminal:
    """A folder where README's commands are typed one after the other."""

    def __init__(self, folder: Path, broker_port: int) -> None:
        self._folder = folder
        self._broker_port = str(broker_port)
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self._awaited: list[tuple[str, Path, str]] = []
        self._environment = {**os.environ, "PATH": path, "PYTHONUNBUFFERED": "1"}

    def _port(self, text: str) -> str:
        return text.replace(BROKER_PORT, self._broker_port)

    def write(self, name: str, text: str) -> None:
        (self._folder / name).write_text(self._port(text), encoding="utf-8")

    def type(self, command: str) -> str:
        done = subprocess.run(
            ["bash", "-c", self._port(command)], cwd=self._folder, env=self._environment, timeout=LONGEST_S,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True,
        )  # fmt: skip
        return done.stdout

    def leave_running(self, command: str, expected: str, running: ExitStack) -> None:
        """Starts a command that is stopped with ``running``; ``settle`` awaits its output."""
        log = self._folder / f"{len(self._awaited)}-{time.monotonic_ns()}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {self._port(command)}"], cwd=self._folder, env=self._environment,
                stdout=file, stderr=subprocess.STDOUT,
            )  # fmt: skip
        running.callback(process.wait, LONGEST_S)
        running.callback(process.terminate)
        self._awaited.append((command, log, expected))

    def settle(self) -> None:
        """Waits until every command that was left running has given its output."""
        end_s = time.monotonic() + LONGEST_S
        while self._awaited:
            command, log, expected = self._awaited[0]
            if matching(expected).search(log.read_text()):
                self._awaited.pop(0)
            assert time.monotonic() < end_s, f"{command} did not give\n{expected}\nbut\n{log.read_text()}"
            time.sleep(0.1)


def typed(text: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with its expected output."""
    parts = re.split(r"^\$ (.*)\n", text, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def follow(block: Block, terminal: Terminal, running: ExitStack) -> None:
    """Types what a block shows, and holds the output against it."""
    if block.language in ("toml", "json"):
        terminal.write(block.word, block.text)
    elif block.word == "long":
        for command, expected in typed(block.text):
            terminal.leave_running(command, expected, running)
    elif block.language == "console":
        terminal.settle()
        for command, expected in typed(block.text):
            output = terminal.type(command)
            assert matching(expected).fullmatch(output.rstrip("\n") + "\n"), f"{command}\n{output}"


def test_the_commands_of_the_readme_give_its_output(tmp_path: Path) -> None:
    port = _bench.free_port()
    terminal = Terminal(tmp_path, port)
    fortnight.write(tmp_path)
    if RECORDING.exists():
        shutil.copy(RECORDING, tmp_path / "shots.flac")
    shown = [block for block in blocks() if block.word != "recorded" or RECORDING.exists()]
    with _bench.broker(tmp_path, port), ExitStack() as running:
        for block in shown:
            follow(block, terminal, running)
    if not RECORDING.exists():
        pytest.skip(f"all but replay held; {RECORDING.name} is not here")


@pytest.fixture
def examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """README's Python files in folders that the packages look into too."""
    for block in blocks():
        if block.language == "python":
            file = tmp_path / block.word
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
    for package in (drivers, drivers.tests, dsp.detectors, dsp.tests):
        monkeypatch.setattr(
            package, "__path__", [*package.__path__, str(tmp_path / package.__name__.replace(".", "/"))]
        )
    yield tmp_path
    for name in [name for name, module in sys.modules.items() if str(tmp_path) in str(getattr(module, "__file__", ""))]:
        del sys.modules[name]


@pytest.mark.parametrize("name", ["drivers.tests.test_wt901", "dsp.tests.test_horn"])
def test_the_examples_tests_pass_as_they_stand(examples: Path, name: str) -> None:
    module = importlib.import_module(name)
    tests = [value for key, value in vars(module).items() if key.startswith("test_")]
    assert tests
    for test in tests:
        test()


def test_the_examples_are_found_by_their_file_names_alone(examples: Path) -> None:
    assert "wt901" in plugins.names("drivers")
    assert "horn" in plugins.names("dsp.detectors")
    assert plugins.load("drivers", "wt901").Decoder().feed(b"") == []


def test_the_examples_are_no_longer_than_fifty_lines() -> None:
    long = [b.word for b in blocks() if b.language == "python" and b.text.count("\n") > 50 + b.text.count("\n\n")]
    assert not long


def test_every_command_has_an_example_in_the_readme() -> None:
    from edge.cli.main import COMMANDS

    shown = "\n".join(b.text for b in blocks() if b.language == "console")
    missing = [c.__name__.split(".")[-1] for c in COMMANDS if f"lamppost {c.__name__.split('.')[-1]}" not in shown]
    assert not missing
