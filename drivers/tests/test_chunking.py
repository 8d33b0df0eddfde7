"""Every driver, fed whole, in odd pieces and byte by byte, says the same; and no bytes make it raise.

Its stream is ``STREAM`` of ``test_<driver>.py``: golden bytes of a document or of a real device.
"""

import importlib
import pkgutil
import random
import time
import tracemalloc
from collections.abc import Iterable
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import drivers
from drivers._sheet import Sheet
from drivers._types import Block, Driver, Gap, Item, Line, Reading
from drivers._units import SENML_UNITS, UCUM_UNITS, UNITS

NAMES = sorted(m.name for m in pkgutil.iter_modules(drivers.__path__) if not m.name.startswith("_") and not m.ispkg)
every_driver = pytest.mark.parametrize("name", NAMES)


def driver(name: str) -> Driver:
    return cast(Driver, importlib.import_module(f"drivers.{name}"))


def golden(name: str) -> bytes:
    stream: bytes = importlib.import_module(f"drivers.tests.test_{name}").STREAM
    return stream


def comparable(items: Iterable[Item]) -> list[Any]:
    """Items that compare by value: arrays as their shape and bytes."""
    return [_block(item) if isinstance(item, Block) else item for item in items]


def _block(block: Block) -> tuple[Any, ...]:
    samples = block.samples
    return samples.shape, samples.tobytes(), block.rate_hz, block.first, block.boot, block.overload


def decoded(name: str, pieces: Iterable[bytes]) -> list[Any]:
    decoder = driver(name).Decoder()
    return comparable(item for piece in pieces for item in decoder.feed(piece))


def pieces(stream: bytes, size: int) -> list[bytes]:
    return [stream[at : at + size] for at in range(0, len(stream), size)]


@every_driver
def test_a_public_module_offers_what_a_driver_must(name: str) -> None:
    module = driver(name)
    assert isinstance(module.LINE, Line)
    assert module.PERIOD_S > 0
    assert isinstance(module.GREETING, bytes)
    assert isinstance(module.SHEET, Sheet)
    assert module.Decoder().feed(b"") == []


@every_driver
def test_its_golden_stream_is_read_without_a_gap(name: str) -> None:
    items = decoded(name, [golden(name)])
    assert items
    assert not [item for item in items if isinstance(item, Gap)]


@every_driver
def test_its_units_are_senml_and_those_of_the_table(name: str) -> None:
    readings = [item for item in decoded(name, [golden(name)]) if isinstance(item, Reading)]
    assert readings
    assert {item.unit for item in readings} <= SENML_UNITS | UCUM_UNITS
    assert [item for item in readings if UNITS.get(item.quantity, item.unit) != item.unit] == []
    known = driver(name).SHEET.reads
    assert {name for name, known in known.items() if known.unit != UNITS.get(name, known.unit)} == set()
    assert {item.quantity for item in readings} <= known.keys() or not known


@every_driver
@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 4095])
def test_pieces_of_any_size_give_the_same(name: str, size: int) -> None:
    stream = b"garbage $\xaa\xa5" + golden(name) + b"\xa5\x5a between \xaa\xc0 $GP" + golden(name) + b"\xb5\x62 after"
    assert decoded(name, pieces(stream, size)) == decoded(name, [stream])


@st.composite
def torn(draw: st.DrawFn, name: str) -> list[bytes]:
    """Pieces of noise and of golden bytes, cut anywhere and in any order."""
    stream, parts = golden(name), []
    for _ in range(draw(st.integers(1, 8))):
        start = draw(st.integers(0, len(stream) - 1))
        parts.append(draw(st.binary(max_size=40) | st.just(stream) | st.just(stream[start : start + 100])))
    return parts


@every_driver
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_torn_and_noisy_streams_never_raise_and_do_not_depend_on_pieces(name: str, data: st.DataObject) -> None:
    parts = data.draw(torn(name))
    size = data.draw(st.integers(1, 50))
    assert decoded(name, parts) == decoded(name, pieces(b"".join(parts), size))


@every_driver
def test_after_garbage_it_reads_on(name: str) -> None:
    garbage = bytes(range(256)) * 20
    clean = decoded(name, [golden(name) * 2])
    assert clean[-1] in decoded(name, [garbage, golden(name) * 2])


FILLERS = (b"\0", b"\xff", b"0", b",", b"A", b" ", b"\n", b"U")
HELD_BYTES = 64 << 10
"""A decoder holds one unfinished frame at most, the longest of which has 24 kB (the front-end's), and its own state."""


@every_driver
def test_what_never_ends_takes_no_memory(name: str) -> None:
    decoder, stream = driver(name).Decoder(), golden(name)
    decoder.feed(stream)
    tracemalloc.start()
    try:
        for filler in FILLERS:
            for cut in (1, len(stream) // 2):
                decoder.feed(stream[:cut])
                for _ in range(4):
                    decoder.feed(filler * 256)
        held, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < HELD_BYTES
    assert most < 8 * HELD_BYTES


@every_driver
def test_line_rate_noise_is_read_through(name: str) -> None:
    """No head makes a decoder look at the same bytes for ever: a second of noise costs less than a minute."""
    noise = random.Random(name).randbytes(min(driver(name).LINE.baud // 10, 100_000))
    decoder, begun_s = driver(name).Decoder(), time.process_time()
    for piece in pieces(noise, 97):
        decoder.feed(piece)
    assert time.process_time() - begun_s < 60
