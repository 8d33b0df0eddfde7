"""The way from a worker back to its sensor."""

from pathlib import Path

import pytest

from drivers._outgoing import LARGEST_BYTES, Outgoing
from drivers._reader import PortReader
from drivers._ring import Opened, Ring
from drivers.tests.wire import LINE, Wire, started, taken


def test_what_was_put_is_taken_once_and_in_order() -> None:
    with Outgoing() as outgoing:
        outgoing.put(b"a")
        outgoing.put(b"b")
        assert (outgoing.take(), outgoing.take()) == (b"ab", b"")


def test_for_a_port_that_is_not_open_nothing_is_kept() -> None:
    outgoing = Outgoing()
    outgoing.put(b"lost")
    with outgoing:
        assert outgoing.take() == b""


def test_what_nobody_takes_is_bounded() -> None:
    with Outgoing() as outgoing:
        for _ in range(3):
            outgoing.put(bytes(LARGEST_BYTES))
        assert len(outgoing.take()) == LARGEST_BYTES


@pytest.fixture
def wire(tmp_path: Path) -> Wire:
    return Wire(tmp_path)


def test_the_reader_says_what_its_worker_puts_and_reads_the_answer(wire: Wire) -> None:
    ring, outgoing = Ring(), Outgoing()
    with wire, started(PortReader(str(wire.link), LINE, ring, outgoing=outgoing)):
        taken(ring, lambda items: any(isinstance(item, Opened) for item in items))
        outgoing.put(b"how are you?")
        assert wire.heard(12) == b"how are you?"
        wire.say(b"fine")
        assert b"fine" in b"".join(getattr(item, "data", b"") for item in taken(ring, bool))
