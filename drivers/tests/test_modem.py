"""Sampling of modem lines. A real UART is not here: its status comes from the test, the port is a pty."""

import itertools
import math
import termios
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from drivers._modem import SAMPLE_S, Sampler, state
from drivers._port import SerialPort
from drivers._reader import PortReader
from drivers._ring import Chunk, Opened, Ring
from drivers.tests.wire import LINE, Wire, data_of, started, taken, until

MODEM = replace(LINE, modem=True)
SAFE, OPEN = termios.TIOCM_CTS | termios.TIOCM_DSR, termios.TIOCM_DSR


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    with Wire(tmp_path) as wire:
        yield wire


@pytest.fixture
def port(wire: Wire) -> Iterator[SerialPort]:
    with SerialPort.open(wire.path, MODEM) as port:
        yield port


def lines(*statuses: int) -> Callable[[SerialPort], int]:
    """A UART whose lines take these states, the last for ever."""
    coming = itertools.chain(statuses, itertools.repeat(statuses[-1]))
    return lambda _: next(coming)


@pytest.mark.parametrize(
    ("status", "byte"),
    [
        (0, b"@"),
        (termios.TIOCM_CTS, b"A"),
        (termios.TIOCM_DSR, b"B"),
        (termios.TIOCM_CD, b"D"),
        (termios.TIOCM_RI, b"H"),
        (0xFFFF, b"O"),
        (termios.TIOCM_DTR | termios.TIOCM_RTS, b"@"),  # what we say ourselves
    ],
)
def test_a_state_is_a_letter(status: int, byte: bytes) -> None:
    assert state(status) == byte


def test_samples_come_ten_times_a_second_whenever_it_is_looked(port: SerialPort) -> None:
    sampler = Sampler(port, lines(SAFE), 100.0)
    looks = [100.0 + 0.01 * step for step in range(100)]
    assert [now_s for now_s in looks if sampler.sample(now_s)] == pytest.approx([100.0 + 0.1 * n for n in range(10)])


def test_samples_that_were_missed_are_not_made_up_for(port: SerialPort) -> None:
    sampler = Sampler(port, lines(SAFE), 100.0)
    assert [sampler.sample(now_s) for now_s in (100.0, 103.05, 103.06, 103.1)] == [b"C", b"C", b"", b"C"]


def test_a_port_without_lines_is_not_asked_again(port: SerialPort) -> None:
    sampler = Sampler(port, SerialPort.modem_status, 100.0)
    assert sampler.sample(100.0) == b""
    assert sampler.due_s == math.inf


def test_the_reader_puts_each_state_into_the_ring_at_its_rate(wire: Wire) -> None:
    ring, begun_s = Ring(), time.monotonic()
    reader = PortReader(str(wire.link), MODEM, ring, modem_status=lines(SAFE, SAFE, OPEN))
    with started(reader):
        opened, *chunks = taken(ring, lambda items: len(data_of(items)) >= 6)
        assert time.monotonic() - begun_s >= 5 * SAMPLE_S
        assert reader.health.read_bytes >= 6
    assert opened == Opened(wire.path)
    assert [chunk.data for chunk in chunks[:6] if isinstance(chunk, Chunk)] == [b"C", b"C", b"B", b"B", b"B", b"B"]


def test_a_device_that_says_the_states_itself_is_read_and_not_sampled(wire: Wire) -> None:
    ring, asked = Ring(), list[int]()

    def always_asserted(_: SerialPort) -> int:
        asked.append(1)
        return SAFE

    with started(PortReader(str(wire.link), MODEM, ring, modem_status=always_asserted)):
        taken(ring, lambda items: len(data_of(items)) >= 1)
        wire.say(b"@")
        taken(ring, lambda items: b"@" in data_of(items))
        asked.clear()
        time.sleep(3 * SAMPLE_S)
    assert asked == []
    assert data_of(ring.take(0)) == b""


def test_a_pty_is_only_read(wire: Wire) -> None:
    ring = Ring()
    with started(PortReader(str(wire.link), MODEM, ring)) as _:
        assert taken(ring, bool) == [Opened(wire.path)]
        time.sleep(3 * SAMPLE_S)
        wire.say(b"C")
        assert data_of(taken(ring, bool)) == b"C"


def test_a_line_without_modem_is_never_sampled(wire: Wire) -> None:
    ring = Ring()
    with started(PortReader(str(wire.link), LINE, ring, modem_status=lines(SAFE))):
        assert taken(ring, bool) == [Opened(wire.path)]
        time.sleep(3 * SAMPLE_S)
    assert ring.take(0) == []


def test_sampling_goes_on_after_a_replug_and_does_not_greet_more_often(wire: Wire) -> None:
    ring = Ring()
    reader = PortReader(str(wire.link), MODEM, ring, b"hi", modem_status=lines(SAFE))
    with started(reader):
        taken(ring, lambda items: len(data_of(items)) >= 4)
        assert wire.heard(2) == b"hi"
        wire.unplug()
        wire.plug()
        until(lambda: reader.health.opens == 2)
        taken(ring, lambda items: len(data_of(items)) >= 4)
        wire.say(b"x")  # ends what could still be greeted
        assert wire.heard(2) == b"hi"
