"""``lamppost sim --control``: faults and the plug, while the sensor runs."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers._port import SerialPort
from drivers._types import Line, Reading
from drivers.sds011 import Decoder
from hil_tests.program import lamppost
from hil_tests.waiting import until

RAIN = '[[change]]\nwhat = "pm10"\nto = 400\n'


@pytest.fixture
def sim(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A simulated SDS011 in smoke, that takes commands; its port is ``air``."""
    (tmp_path / "smoke.toml").write_text(RAIN)
    command = [sys.executable, "-m", "edge.cli", "sim", "sds011", "--control", "--link", str(tmp_path / "air")]
    command += ["--scenario", str(tmp_path / "smoke.toml")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        until((tmp_path / "air").exists, "the port is there")
        yield process
        process.terminate()


def type_in(sim: "subprocess.Popen[str]", line: str) -> None:
    assert sim.stdin is not None
    sim.stdin.write(line + "\n")
    sim.stdin.flush()


def heard(path: Path, for_s: float) -> list[Reading]:
    decoder, items, end_s = Decoder(), list[Reading](), time.monotonic() + for_s
    with SerialPort.open(str(path), Line(9600)) as port:
        while time.monotonic() < end_s:
            items += [item for item in decoder.feed(port.read()) if isinstance(item, Reading)]
            time.sleep(0.05)
    return items


def test_a_scenario_is_what_a_sensor_measures(sim: "subprocess.Popen[str]", tmp_path: Path) -> None:
    until(lambda: heard(tmp_path / "air", 1.2), "it is warm")
    values = {item.quantity: item.value for item in heard(tmp_path / "air", 1.2)}
    assert values["pm10"] == pytest.approx(400, rel=0.1)


def test_a_fault_is_switched_on_and_off_and_a_wrong_one_told(sim: "subprocess.Popen[str]", tmp_path: Path) -> None:
    until(lambda: heard(tmp_path / "air", 1.2), "it is warm")
    type_in(sim, "silence=0:1000")
    time.sleep(0.3)
    assert heard(tmp_path / "air", 2.2) == []
    type_in(sim, "silence=off")
    until(lambda: heard(tmp_path / "air", 1.2), "it is heard again")
    type_in(sim, "flop=1")
    type_in(sim, "make it rain")
    assert sim.stderr is not None
    assert "no fault 'flop'" in sim.stderr.readline()
    assert "'make it rain' is no command" in sim.stderr.readline()


def test_the_plug_is_pulled_and_put_in_under_another_name(sim: "subprocess.Popen[str]", tmp_path: Path) -> None:
    type_in(sim, "unplug")
    until(lambda: not (tmp_path / "air").is_symlink(), "the port is gone")
    type_in(sim, f"replug {tmp_path / 'other'}")
    until((tmp_path / "other").exists, "the port is back under another name")
    type_in(sim, "unplug half")
    until(lambda: not (tmp_path / "other").is_symlink(), "gone again")


def test_a_scenario_that_makes_no_sense_is_a_mistake_in_two_lines(tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text('[[change]]\nwhat = "sunshine"\nto = 1\n')
    done = lamppost("sim", "sds011", "--scenario", tmp_path / "wrong.toml")
    assert done.returncode == 2
    assert "what is 'sunshine'; expected one of" in done.stderr
    assert len(done.stderr.splitlines()) == 2
