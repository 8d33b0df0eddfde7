"""NSRT_mk3_Dev and mk4_Dev, after Convergence Instruments, "NSRT_mk4_Dev Com Protocol", 2025-02-06.

No exchange was recorded in public: requests are the table's, values are IEEE 754 numbers written out.
"""

import struct

import numpy as np
import pytest

from drivers import nsrt
from drivers._screen import Screen
from drivers._types import Gap, Item, Note, Reading, Request, Why
from drivers.nsrt import Decoder
from drivers.tests.noise import heard

LEVEL, LEQ, WEIGHTING, TAU, MODEL, SERIAL, FIRMWARE, CALIBRATED = REQUESTS = [
    bytes.fromhex(text)
    for text in (
        "100000800000000004000000",
        "110000800000000004000000",  # frames.json: Read_LEQ
        "200000800000000001000000",
        "220000800000000004000000",
        "310000800000000020000000",
        "320000800000000020000000",
        "330000800000000020000000",
        "340000800000000008000000",
    )
]
A, C, Z = b"\x01", b"\x00", b"\x02"
FAST, SLOW, HALF = bytes.fromhex("0000003e"), bytes.fromhex("0000803f"), bytes.fromhex("0000003f")
IS_58_5, IS_61_25 = bytes.fromhex("00006a42"), bytes.fromhex("00007542")
NAME = b"NSRT_mk4_Dev".ljust(32, b"\0")
DAY = bytes.fromhex("002d7fe200000000")  # 3 799 985 408 s after 1904-01-01, a day of May 2024
STREAM = WEIGHTING + A + TAU + FAST + MODEL + NAME + LEVEL + IS_58_5 + LEQ + IS_61_25 + LEVEL + IS_61_25


class Talk:
    """A driver that is ticked each 0.1 s; what it asks is answered from a table, or by what the test says."""

    def __init__(self, weighting: bytes = A, tau: bytes = FAST) -> None:
        self.decoder, self.now_s = Decoder(), 0.0
        self.answers = dict(zip(REQUESTS, (IS_58_5, IS_61_25, weighting, tau, NAME, NAME, NAME, DAY), strict=True))
        self.asked: list[bytes] = []

    def run(self, seconds: float) -> list[Item]:
        items: list[Item] = []
        for _ in range(round(10 * seconds)):
            self.now_s += 0.1
            for item in self.decoder.tick(self.now_s):
                if isinstance(item, Request):
                    self.asked.append(item.data)
                    items += self.decoder.feed(self.answers[item.data])
                else:
                    items.append(item)
        return items


def readings(items: list[Item]) -> set[Item]:
    return {item for item in items if isinstance(item, Reading)}


def test_a_recording_of_both_directions_reads_as_the_requests_in_it_say() -> None:
    assert Decoder().feed(STREAM) == [
        Note("model", "NSRT_mk4_Dev"),
        Reading("LAF", 58.5, "dB"),
        Reading("LAeq", 61.25, "dB"),
        Reading("LAF", 61.25, "dB"),
    ]


def test_in_a_recording_answers_without_their_questions_are_noise() -> None:
    assert readings(Decoder().feed(A + FAST + IS_58_5 + IS_61_25 + WEIGHTING + A + LEVEL + IS_58_5)) == set()


def test_it_asks_first_for_what_the_level_is_and_never_writes() -> None:
    talk = Talk()
    talk.run(60)
    assert talk.asked[:8] == [WEIGHTING, TAU, MODEL, SERIAL, FIRMWARE, CALIBRATED, LEVEL, LEQ]
    assert set(talk.asked) == set(REQUESTS)
    assert [request for request in talk.asked if request[3] != 0x80] == []
    assert talk.asked.count(LEQ) == pytest.approx(60, abs=3)


@pytest.mark.parametrize(
    ("weighting", "tau", "quantities"),
    [(A, FAST, {"LAF", "LAeq"}), (A, SLOW, {"LAS", "LAeq"}), (C, FAST, {"LCF", "LCeq"}), (Z, SLOW, {"LZS", "LZeq"})],
)
def test_each_setting_is_its_own_quantity(weighting: bytes, tau: bytes, quantities: set[str]) -> None:
    told = readings(Talk(weighting, tau).run(5))
    assert {item.quantity for item in told if isinstance(item, Reading)} == quantities


def test_a_time_constant_that_is_neither_fast_nor_slow_leaves_the_leq() -> None:
    items = Talk(A, HALF).run(5)
    assert readings(items) == {Reading("LAeq", 61.25, "dB")}
    assert Gap(Why.INVALID, "level of weighting A, time 0.5 s") in items


def test_before_weighting_and_time_constant_are_known_there_is_no_reading() -> None:
    talk = Talk()
    talk.answers[WEIGHTING] = b""
    assert readings(talk.run(9)) == set()


def test_the_first_leq_is_of_an_unknown_time() -> None:
    items = Talk().run(5)
    leqs = [item for item in items if "Leq" in str(item) or "LAeq" in str(item)]
    assert leqs[0] == Gap(Why.WARMING, "Leq: of the time before the first question")
    assert set(leqs[1:]) == {Reading("LAeq", 61.25, "dB")}


def test_notes_tell_what_it_is_and_when_it_was_calibrated() -> None:
    talk = Talk()
    talk.answers |= {SERIAL: b"1234".ljust(32, b"\0"), FIRMWARE: b"1.4\0" + bytes(range(28))}
    told = [item for item in talk.run(3) if isinstance(item, Note)]
    assert told == [
        Note("model", "NSRT_mk4_Dev"),
        Note("serial_number", "1234"),
        Note("firmware", "1.4"),
        Note("calibrated", "2024-05-31"),
    ]


@pytest.mark.parametrize(("setting", "told"), [(WEIGHTING, set()), (TAU, {"LAeq"})])
def test_a_setting_with_bytes_behind_it_does_not_count(setting: bytes, told: set[str]) -> None:
    talk = Talk()
    talk.answers[setting] += b"\x00"
    assert {item.quantity for item in readings(talk.run(5)) if isinstance(item, Reading)} == told


def test_an_answer_behind_a_foreign_byte_is_none() -> None:
    talk = Talk()
    talk.run(4)
    talk.answers[LEVEL] = b"\xff\xff\xff\xff" + IS_58_5
    talk.answers[LEQ] = b""
    assert readings(talk.run(10)) == set()


@pytest.mark.parametrize("value", ["0000c07f", "0000807f", "00000000", "00007a44", "000070c2"])
def test_what_no_sound_level_can_be_is_no_answer(value: str) -> None:
    """Not a number, infinity, 0, 1000 and -60 dB."""
    talk = Talk()
    talk.run(4)
    talk.answers |= {LEVEL: bytes.fromhex(value), LEQ: b""}
    items = talk.run(10)
    assert readings(items) == set()
    assert {item.why for item in items if isinstance(item, Gap)} >= {Why.NOISE, Why.SILENT}


def test_a_late_answer_is_not_taken_for_that_of_the_next_question() -> None:
    talk = Talk()
    talk.run(4)
    talk.answers |= {LEVEL: b"", LEQ: b""}
    talk.run(2)
    talk.asked.clear()
    assert readings(talk.decoder.feed(IS_58_5)) == set()


def test_nothing_is_asked_of_a_line_that_is_not_quiet() -> None:
    talk = Talk()
    talk.run(4)
    for _ in range(100):
        talk.now_s += 0.1
        talk.decoder.feed(IS_58_5)
        assert not [item for item in talk.decoder.tick(talk.now_s) if isinstance(item, Request)]


def test_the_name_alone_is_an_answer_to_the_probe() -> None:
    assert Decoder().feed(NAME) == [Note("model", "NSRT_mk4_Dev")]
    assert nsrt.SHEET.probes == (MODEL,)


def test_two_minutes_of_noise_gives_no_reading() -> None:
    assert [item for item in heard(nsrt) if isinstance(item, Reading)] == []


def test_noise_that_begins_when_all_is_known_gives_no_reading() -> None:
    talk = Talk()
    assert readings(talk.run(4))
    chance = np.random.default_rng(2)
    for _ in range(600):
        talk.now_s += 0.05
        assert readings(talk.decoder.feed(chance.bytes(48)) + talk.decoder.tick(talk.now_s)) == set()


def test_of_noise_in_place_of_an_answer_no_more_is_believed_than_what_happens_to_be_a_level() -> None:
    """The bound of a protocol without checksum: 3.2 of the 512 binades of floats are a level, one answer in 160.

    200 runs of 5 s: 4 bytes of noise answer the question for the level, nothing the others.
    """
    chance = np.random.default_rng(0)
    talk, screen, told, levels = Talk(), Screen(nsrt.SHEET, nsrt.PERIOD_S, 0.0), 0, 0
    talk.run(4)
    talk.answers = dict.fromkeys(REQUESTS, b"")
    for _ in range(200):
        talk.answers[LEVEL], asked = chance.bytes(4), talk.asked.count(LEVEL)
        told += bool(readings(screen.items(talk.run(5), talk.now_s)))
        levels += talk.asked.count(LEVEL) > asked and 15 <= struct.unpack("<f", talk.answers[LEVEL])[0] <= 145
    assert told <= levels <= 5
