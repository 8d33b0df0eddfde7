import contextlib
import hashlib
import os
import resource
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers._fault import Fault
from drivers._port import SerialPort
from drivers._reader import PortHealth, PortReader, failures_after
from drivers._ring import Chunk, Opened, Ring, RingItem
from drivers._types import Gap, Why
from drivers.tests.wire import LINE, Wire, data_of, open_descriptors, started, taken, until

STOP_LATENCY_S = 0.3


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    with Wire(tmp_path) as wire:
        yield wire


@pytest.fixture
def ring() -> Ring:
    return Ring()


def reader_of(wire: Wire, ring: Ring, greeting: bytes = b"", greet_again_s: float = 30) -> PortReader:
    return PortReader(str(wire.link), LINE, ring, greeting, greet_again_s=greet_again_s)


def gaps_of(items: list[RingItem]) -> list[Gap]:
    return [item for item in items if isinstance(item, Gap)]


def is_open(reader: PortReader, opens: int = 1) -> bool:
    return reader.health.opens == opens and reader.health.path != ""


def stop_latency_s(reader: PortReader, ready: float) -> float:
    """How long it takes to stop a reader that has run for ``ready`` seconds."""
    with started(reader) as (stop, thread):
        time.sleep(ready)
        begun_s = time.monotonic()
        stop.set()
        thread.join(5)
        return time.monotonic() - begun_s


def test_bytes_follow_the_opening_with_the_time_of_their_arrival(wire: Wire, ring: Ring) -> None:
    with started(reader_of(wire, ring)):
        assert taken(ring, bool) == [Opened(wire.path)]
        before_ns = time.monotonic_ns()
        wire.say(b"hello")
        (chunk,) = taken(ring, bool)
    assert isinstance(chunk, Chunk)
    assert chunk.data == b"hello"
    assert before_ns < chunk.monotonic_ns < time.monotonic_ns()


def test_five_megabytes_in_one_burst_arrive_whole(wire: Wire) -> None:
    burst = os.urandom(5_000_000)
    ring, digest, size = Ring(2 * len(burst)), hashlib.sha256(), 0
    reader = reader_of(wire, ring)
    with started(reader):
        until(lambda: is_open(reader))
        device = threading.Thread(target=wire.say, args=(burst,))
        device.start()
        while size < len(burst):
            data = data_of(taken(ring, lambda items: data_of(items) != b""))
            digest.update(data)
            size += len(data)
        device.join(5)
    assert digest.digest() == hashlib.sha256(burst).digest()


def test_an_unplugged_sensor_is_one_gap_and_is_heard_again_under_its_new_number(wire: Wire, ring: Ring) -> None:
    first = wire.path
    with started(reader_of(wire, ring)):
        before = taken(ring, bool)
        wire.say(b"half a fra")
        before += taken(ring, bool)
        wire.unplug()
        (gap,) = taken(ring, bool)
        time.sleep(0.3)  # some retries
        wire.plug()
        (opened,) = taken(ring, bool)
        wire.say(b"a whole frame")
        assert data_of(taken(ring, bool)) == b"a whole frame"
    assert before[0] == Opened(first)
    assert isinstance(gap, Gap)
    assert gap.why is Why.UNPLUGGED
    assert gap.detail.startswith(f"{first} went away (")
    assert opened == Opened(wire.path) != before[0]


def test_a_line_that_hangs_up_is_opened_again(wire: Wire, ring: Ring) -> None:
    reader = reader_of(wire, ring)
    with started(reader):
        until(lambda: is_open(reader))
        wire.hang_up()
        until(lambda: is_open(reader, opens=2))
    kinds = [type(item) for item in ring.take(0)]
    assert kinds == [Opened, Gap, Opened]


def test_a_port_that_is_missing_from_the_start_is_one_gap_over_many_retries(tmp_path: Path, ring: Ring) -> None:
    with started(PortReader(str(tmp_path / "sensor"), LINE, ring)):
        time.sleep(0.8)
        (gap,) = ring.take(0)
    assert isinstance(gap, Gap)
    assert gap.why is Why.UNPLUGGED
    assert gap.detail.startswith(f"{tmp_path}/sensor is not there; ")


def test_each_new_trouble_is_one_more_gap(tmp_path: Path, ring: Ring) -> None:
    link = tmp_path / "sensor"
    reader = PortReader(str(link), LINE, ring)
    with started(reader):
        until(lambda: reader.health.fault is Fault.ABSENT)
        link.symlink_to("/dev/null")
        until(lambda: reader.health.fault is Fault.NO_TERMINAL)
        link.unlink()
        with Wire(tmp_path):
            until(lambda: is_open(reader))
    absent, no_terminal = gaps_of(ring.take(0))[:2]
    assert "is not there" in absent.detail
    assert "is not a terminal" in no_terminal.detail


def test_a_port_that_another_program_holds_is_taken_when_it_is_free(wire: Wire, ring: Ring) -> None:
    reader = reader_of(wire, ring)
    with SerialPort.open(wire.path, LINE) as other, started(reader):
        until(lambda: reader.health.fault is Fault.BUSY)
        other.close()
        until(lambda: is_open(reader))
    gap, opened = ring.take(0)
    assert isinstance(gap, Gap)
    assert f"{wire.path} is held by another program" in gap.detail
    assert opened == Opened(wire.path)


def test_an_overrun_is_accounted_to_the_byte_at_its_place(wire: Wire) -> None:
    sent, rebuilt = os.urandom(300_000), b""
    ring = Ring(50_000)
    reader = reader_of(wire, ring)
    with started(reader):
        until(lambda: is_open(reader))
        for end in (100_000, 200_000, 300_000):
            wire.say(sent[reader.health.read_bytes : end])
            until(lambda end=end: reader.health.read_bytes == end)  # type: ignore[misc]  # a default binds the turn
            rebuilt = heard_or_missed(ring.take(0), rebuilt, sent)
    assert rebuilt == sent
    assert 0 < ring.dropped_bytes < len(sent)


def heard_or_missed(items: list[RingItem], rebuilt: bytes, sent: bytes) -> bytes:
    """What was heard so far, with each hole filled from what was sent."""
    for item in items:
        if isinstance(item, Chunk):
            rebuilt += item.data
        elif isinstance(item, Gap):
            rebuilt += sent[len(rebuilt) : len(rebuilt) + int(item.detail.split()[0])]
    return rebuilt


def test_a_device_that_dies_at_each_opening_does_not_make_the_reader_spin(wire: Wire, ring: Ring) -> None:
    reader = reader_of(wire, ring)
    cpu_s, end_s = time.thread_time(), time.monotonic() + 1.5
    before_s = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    with started(reader):
        while time.monotonic() < end_s:
            if reader.health.path:
                wire.unplug()
                wire.plug()
            time.sleep(0.002)
    used_s = sum(resource.getrusage(resource.RUSAGE_SELF)[:2]) - before_s - (time.thread_time() - cpu_s)
    assert 1 < reader.health.opens < 25
    assert used_s < 0.3


def test_it_stops_at_once_while_it_waits_for_bytes(wire: Wire, ring: Ring) -> None:
    assert stop_latency_s(reader_of(wire, ring), 0.05) < STOP_LATENCY_S


def test_it_stops_at_once_while_bytes_pour_in(wire: Wire, ring: Ring) -> None:
    reader = reader_of(wire, ring)
    device = threading.Thread(target=pour, args=(wire, reader))
    device.start()
    assert stop_latency_s(reader, 0.2) < STOP_LATENCY_S
    device.join(5)
    assert reader.health.read_bytes > 100_000


def pour(wire: Wire, reader: PortReader) -> None:
    """Bytes without end, as long as the reader has the port open."""
    until(lambda: is_open(reader))
    os.set_blocking(wire.far, False)
    while reader.health.path:
        with contextlib.suppress(BlockingIOError):
            os.write(wire.far, bytes(4096))


def test_it_stops_at_once_while_it_backs_off(tmp_path: Path, ring: Ring) -> None:
    assert stop_latency_s(PortReader(str(tmp_path / "sensor"), LINE, ring), 0.7) < STOP_LATENCY_S


def test_it_stops_at_once_while_a_greeting_is_stuck(wire: Wire, ring: Ring) -> None:
    reader = reader_of(wire, ring, greeting=bytes(100_000))
    assert stop_latency_s(reader, 0.2) < STOP_LATENCY_S
    assert gaps_of(ring.take(0)) == []


def test_a_stop_that_was_set_before_keeps_it_from_opening(wire: Wire, ring: Ring) -> None:
    reader = reader_of(wire, ring)
    with started(reader) as (stop, _):
        pass
    reader.run(stop)
    assert reader.health.path == ""


def test_two_hundred_stops_in_the_stream_raise_nothing_and_leave_nothing_open(wire: Wire) -> None:
    before = open_descriptors()
    for _ in range(200):
        reader = reader_of(wire, Ring())
        with started(reader):
            until(lambda reader=reader: is_open(reader))  # type: ignore[misc]  # a default binds the turn
            os.write(wire.far, bytes(3000))
    assert open_descriptors() == before


def test_the_greeting_is_said_at_each_opening(wire: Wire, ring: Ring) -> None:
    with started(reader_of(wire, ring, greeting=b"start")):
        assert wire.heard(5) == b"start"
        wire.unplug()
        wire.plug()
        assert wire.heard(5) == b"start"


def test_a_sensor_that_says_nothing_is_greeted_again(wire: Wire, ring: Ring) -> None:
    with started(reader_of(wire, ring, greeting=b"start", greet_again_s=0.02)):
        assert wire.heard(15) == b"startstartstart"
    assert ring.take(0) == [Opened(wire.path)]


def test_a_greeting_that_nobody_takes_is_a_gap(wire: Wire, ring: Ring) -> None:
    with started(reader_of(wire, ring, greeting=bytes(100_000))):
        (gap,) = taken(ring, bool)
    assert isinstance(gap, Gap)
    assert "of 100000 bytes in 2 s" in gap.detail


def test_its_health_can_be_seen_from_outside(wire: Wire, ring: Ring) -> None:
    reader = reader_of(wire, ring)
    assert reader.health == PortHealth()
    with started(reader):
        until(lambda: is_open(reader))
        wire.say(bytes(1000))
        until(lambda: reader.health.read_bytes == 1000)
        health = reader.health
        assert (health.path, health.fault, health.opens) == (wire.path, None, 1)
        assert health.last_byte_ns is not None
        assert 0 < time.monotonic_ns() - health.last_byte_ns < 5e9
        wire.unplug()
        until(lambda: reader.health.fault is Fault.ABSENT)
        assert reader.health.path == ""
        assert reader.health.read_bytes == 1000


def test_the_backoff_grows_while_a_port_dies_young_and_begins_anew_after_a_steady_life() -> None:
    assert [failures_after(7, lived_s) for lived_s in (0, 9.9, 10, 86400)] == [8, 8, 0, 0]
