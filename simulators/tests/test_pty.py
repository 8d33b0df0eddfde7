"""Sensors on real pseudo terminals."""

import os
import select
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import serial

from simulators._answers import Answers
from simulators._pty import Pty

SOON_S = 5.0  # how long a test waits for what should come at once
PERIOD_S = 0.02


@dataclass
class Ticker:
    """Says its count, ``size`` bytes long, each 20 ms; answers in capitals."""

    size: int = 3
    count: int = field(default=0, init=False)
    answers: Answers = field(default_factory=Answers, init=False)

    def due_s(self) -> float:
        return min(self.answers.due_s(), self.count * PERIOD_S)

    def emit(self) -> bytes:
        if self.answers.due_s() <= self.count * PERIOD_S:
            return self.answers.take()
        self.count += 1
        return f"{self.count - 1},".rjust(self.size, "0").encode()

    def receive(self, data: bytes, at_s: float) -> None:
        self.answers.put(at_s, data.upper())


@contextmanager
def opened(path: Path) -> Iterator[int]:
    end = os.open(path, os.O_RDWR | os.O_NOCTTY)
    try:
        yield end
    finally:
        os.close(end)


def read(end: int, size: int) -> bytes:
    """At least ``size`` bytes."""
    got, give_up_s = b"", time.monotonic() + SOON_S
    while len(got) < size and time.monotonic() < give_up_s:
        if select.select([end], [], [], SOON_S)[0]:
            got += os.read(end, 4096)
    return got


def test_bytes_come_in_order_and_at_their_time() -> None:
    with Pty(Ticker()) as pty, opened(pty.path) as end:
        got = read(end, 30)
        at_s = pty.now_s()
    assert got.startswith(b"00,01,02,03,04,05,06,07,08,09,")
    assert at_s >= 9 * PERIOD_S  # since power-up; the first may have come before the host


def test_raw_bytes_pass_as_they_are() -> None:
    every = bytes(range(256)).replace(b"a", b"").upper()
    with Pty(Ticker()) as pty, opened(pty.path) as end:
        os.write(end, every)
        got = read(end, 300)
    assert every in got


def test_a_host_may_go_and_come() -> None:
    with Pty(Ticker()) as pty:
        for _ in range(3):
            with opened(pty.path) as end:
                assert read(end, 9)


def test_pyserial_opens_it() -> None:
    with Pty(Ticker()) as pty, serial.Serial(str(pty.path), 9600, timeout=SOON_S) as port:
        assert len(port.read(9)) == 9
        port.write(b"hello")
        assert b"HELLO" in port.read(30)


def test_what_nobody_reads_is_dropped_and_counted() -> None:
    with Pty(Ticker(size=20_000)) as pty:
        give_up_s = time.monotonic() + SOON_S
        while pty.dropped < 40_000 and time.monotonic() < give_up_s:
            time.sleep(PERIOD_S)
    assert pty.dropped >= 40_000


def test_a_link_points_at_it_and_goes_with_it(tmp_path: Path) -> None:
    link = tmp_path / "mic0"
    with Pty(Ticker(), link) as pty, opened(link) as end:
        assert pty.path == link
        assert read(end, 3)
    assert not link.is_symlink()


def test_unplugging_hangs_up_on_the_host_and_replugging_comes_back(tmp_path: Path) -> None:
    link = tmp_path / "mic0"
    with Pty(Ticker(), link) as pty:
        with opened(link) as end:
            read(end, 3)
            pty.unplug()
            assert not link.exists()
            with pytest.raises(OSError, match="Input/output error"):
                os.write(end, b"anyone?")
        before = time.monotonic()
        while time.monotonic() - before < 10 * PERIOD_S:
            time.sleep(PERIOD_S)
        pty.replug()
        with opened(link) as end:
            assert int(read(end, 3).split(b",")[0]) >= 10


def test_unplugging_twice_is_once() -> None:
    with Pty(Ticker()) as pty:
        pty.unplug()
        pty.unplug()


def test_a_plug_may_be_pulled_amid_a_frame(tmp_path: Path) -> None:
    with Pty(Ticker(size=1000), tmp_path / "mic0") as pty, opened(pty.path) as end:
        got = read(end, 1000)
        pty.unplug_amid()
        with suppress(OSError):
            while more := os.read(end, 4096):
                got += more
    assert len(got) % 1000 in (0, 500)  # what a terminal still held goes with it


def test_a_port_may_come_back_under_another_name(tmp_path: Path) -> None:
    with Pty(Ticker(), tmp_path / "ttyUSB0") as pty:
        pty.unplug()
        pty.rename(tmp_path / "ttyUSB1")
        pty.replug()
        assert not (tmp_path / "ttyUSB0").exists()
        with opened(tmp_path / "ttyUSB1") as end:
            assert read(end, 3)
