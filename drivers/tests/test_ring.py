import threading
import time

from drivers._ring import CAPACITY_BYTES, ITEM_COST_BYTES, Chunk, Opened, Ring, RingItem
from drivers._types import Gap, Why

UNPLUGGED = Gap(Why.UNPLUGGED, "/dev/ttyUSB0 is not there")


def chunk(data: bytes) -> Chunk:
    return Chunk(0, data)


def room_for(chunks: int, size: int) -> Ring:
    return Ring(chunks * (size + ITEM_COST_BYTES))


def test_what_is_put_comes_out_once_and_in_order() -> None:
    ring = Ring()
    items: list[RingItem] = [Opened("/dev/ttyUSB0"), chunk(b"a"), UNPLUGGED, Opened("/dev/ttyUSB1"), chunk(b"b")]
    for item in items:
        ring.put(item)
    assert ring.take(0) == items
    assert ring.take(0) == []


def test_an_empty_ring_gives_nothing_when_the_time_is_over() -> None:
    begun_s = time.monotonic()
    assert Ring().take(0.03) == []
    assert 0.03 <= time.monotonic() - begun_s < 1


def test_a_waiting_taker_gets_what_comes_at_once() -> None:
    ring = Ring()
    timer = threading.Timer(0.05, ring.put, [chunk(b"a")])
    timer.start()
    begun_s = time.monotonic()
    assert ring.take(30) == [chunk(b"a")]
    assert time.monotonic() - begun_s < 5
    timer.join()


def test_the_hole_of_a_full_ring_stands_where_it_is_with_its_size() -> None:
    ring = room_for(chunks=2, size=4)
    for data in (b"aaaa", b"bbbb", b"cccc", b"ddd"):
        ring.put(chunk(data))
    assert ring.take(0) == [chunk(b"aaaa"), chunk(b"bbbb"), Gap(Why.OVERRUN, "7 bytes dropped")]
    ring.put(chunk(b"eeee"))
    assert ring.take(0) == [chunk(b"eeee")]
    assert ring.dropped_bytes == 7


def test_a_hole_is_not_interrupted_by_what_would_still_fit() -> None:
    ring = Ring(2 * ITEM_COST_BYTES + 20)
    for data in (b"a" * 10, b"b" * 11, b"c"):
        ring.put(chunk(data))
    assert ring.take(0) == [chunk(b"a" * 10), Gap(Why.OVERRUN, "12 bytes dropped")]


def test_the_state_of_the_port_survives_a_hole_in_its_latest_form() -> None:
    ring = room_for(chunks=1, size=4)
    ring.put(chunk(b"aaaa"))
    for item in (chunk(b"bbbb"), UNPLUGGED, Opened("/dev/ttyUSB1"), UNPLUGGED, Opened("/dev/ttyUSB2"), chunk(b"c")):
        ring.put(item)
    assert ring.take(0) == [chunk(b"aaaa"), Gap(Why.OVERRUN, "5 bytes dropped"), UNPLUGGED, Opened("/dev/ttyUSB2")]


def test_a_state_that_finds_no_room_is_told_without_an_overrun() -> None:
    ring = room_for(chunks=1, size=4)
    ring.put(chunk(b"aaaa"))
    ring.put(Opened("/dev/ttyUSB1"))
    ring.put(UNPLUGGED)
    assert ring.take(0) == [chunk(b"aaaa"), Opened("/dev/ttyUSB1"), UNPLUGGED]
    assert ring.take(0) == []


def test_one_byte_chunks_and_endless_reconnections_are_bounded_too() -> None:
    ring = Ring(CAPACITY_BYTES // 64)
    for _ in range(CAPACITY_BYTES // 64):
        ring.put(chunk(b"a"))
        ring.put(UNPLUGGED)
    assert len(ring.take(0)) <= CAPACITY_BYTES // 64 // ITEM_COST_BYTES + 2


def test_half_a_second_of_the_fastest_microphone_fits() -> None:
    ring = Ring()
    for _ in range(500):
        ring.put(chunk(bytes(1536)))  # 8 channels of 48 kHz, 32 bit, in pieces of a millisecond
    assert ring.dropped_bytes == 0
    assert len(ring.take(0)) == 500
