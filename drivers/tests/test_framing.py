"""The framer, with a frame as plain as can be: ``< n, n bytes, sum of them``."""

from drivers._framing import Framer, Verdict
from drivers._types import Gap, Item, Note, Why

HEAD = ord("<")
LONGEST = 20


def measure(head: memoryview) -> int | Verdict:
    if len(head) < 2:
        return Verdict.MORE
    if head[1] > LONGEST:
        return Verdict.NOISE
    end = 2 + head[1]
    if len(head) <= end:
        return Verdict.MORE
    return end + 1 if sum(head[2:end]) % 256 == head[end] else Verdict.DAMAGED


def decode(frame: bytes) -> list[Item]:
    return [Note("frame", frame[2:-1].decode("latin-1"))]


def frame(words: bytes) -> bytes:
    return bytes((HEAD, len(words))) + words + bytes((sum(words) % 256,))


def framer(noise_run: int = 100) -> Framer:
    return Framer(b"<", measure, decode, noise_run)


def test_frames_come_out_in_order() -> None:
    assert framer().feed(frame(b"one") + frame(b"two")) == [Note("frame", "one"), Note("frame", "two")]


def test_a_frame_in_two_pieces_comes_with_the_second() -> None:
    cut = framer()
    assert cut.feed(frame(b"one")[:3]) == []
    assert cut.feed(frame(b"one")[3:]) == [Note("frame", "one")]


def test_a_run_of_noise_is_one_gap_before_the_frame_that_ends_it() -> None:
    assert framer().feed(b"noise" + frame(b"one")) == [Gap(Why.NOISE, "5 bytes"), Note("frame", "one")]


def test_a_damaged_frame_is_one_gap_of_its_length() -> None:
    damaged = frame(b"one")[:-1] + b"\0"
    assert framer().feed(damaged + frame(b"two")) == [Gap(Why.CHECKSUM, "6 bytes"), Note("frame", "two")]


def test_a_frame_that_begins_inside_a_damaged_one_is_found() -> None:
    damaged = bytes((HEAD, 8)) + b"xx" + frame(b"two") + b"x"
    assert framer().feed(damaged + frame(b"three")) == [
        Gap(Why.CHECKSUM, "4 bytes"),
        Note("frame", "two"),
        Gap(Why.NOISE, "1 bytes"),
        Note("frame", "three"),
    ]


def test_noise_without_an_end_is_told_in_pieces_of_a_set_size() -> None:
    assert framer(noise_run=100).feed(b"x" * 250) == [Gap(Why.NOISE, "100 bytes")] * 2


def test_noise_byte_by_byte_is_told_as_in_one() -> None:
    cut = framer(noise_run=10)
    stream = b"x" * 25 + frame(b"one")
    assert [item for at in range(len(stream)) for item in cut.feed(stream[at : at + 1])] == framer(10).feed(stream)


def test_a_false_head_holds_back_no_more_than_a_frame() -> None:
    cut = framer()
    assert cut.feed(bytes((HEAD, LONGEST))) == []
    assert cut.feed(frame(b"0123456") * 3)[0] == Gap(Why.CHECKSUM, "2 bytes")


def test_it_keeps_no_more_than_an_unfinished_frame() -> None:
    cut = framer()
    for _ in range(1000):
        cut.feed(b"x<\xff" * 100)
    assert len(cut._rest) <= LONGEST + 3
