"""GQ Geiger counters: answers recorded by pygmc 0.14.2 (its tests, MIT); documents GQ-RFC1201 and GQ-RFC1801."""

import numpy as np
import pytest

from drivers._screen import Screen
from drivers._types import Gap, Item, Note, Reading, Request, Why
from drivers.gmc import GREETING, LINE, PERIOD_S, SHEET, Decoder, Settings

# test_gmc500_plus_device_rfc_1801.py: a GMC-500+ answers <GETCPM>>; its version
COUNTS, VERSION = bytes.fromhex("000004ba"), b"GMC-500+Re 2.22"
# test_gmc320_plus_device_rfc1201.py
COUNTS_320, VERSION_320 = bytes.fromhex("01b6"), b"GMC-320Re 4.26"
STREAM = VERSION + COUNTS + VERSION

ASK_VERSION, ASK_COUNTS = Request(b"<GETVER>>"), Request(b"<GETCPM>>")
INTRODUCED = Note("version", "GMC-500+Re 2.22")
READ = Reading("counts", 1210.0, "/min")
STEP_S = 0.05


def introduced() -> Decoder:
    """A decoder that was told the version at 0 s and asked for counts at 2.05 s."""
    decoder = Decoder()
    assert decoder.tick(0.0) == [ASK_VERSION]
    assert decoder.feed(VERSION) == [INTRODUCED]
    assert decoder.tick(0.05) == []
    assert decoder.tick(2.05) == [ASK_COUNTS]
    return decoder


def test_a_recorded_count_of_four_bytes_is_read() -> None:
    assert Decoder().feed(STREAM) == [INTRODUCED, READ]


def test_a_recorded_count_of_two_bytes_is_read() -> None:
    items = Decoder().feed(VERSION_320 + COUNTS_320 + VERSION_320)
    assert items == [Note("version", "GMC-320Re 4.26"), Reading("counts", 438.0, "/min")]


@pytest.mark.parametrize(
    ("version", "counts"),
    [
        ("GMC-300Re 2.10", "001c"),  # GQ-RFC1201, 1 and 2: 28 counts
        ("GMC-300SRe 1.14", "001c"),  # versions of pygmc's list of devices
        ("GMC-320+Re 4.26", "001c"),
        ("GMC-320SRe 1.15", "001c"),
        ("GMC-SE Re 1.05", "001c"),
        ("GMC-600+Re 1.14", "0000001c"),  # GQ-RFC1801, 1 and 2
        ("GMC-800Re1.08", "0000001c"),
    ],
)
def test_the_model_says_how_wide_its_counts_are(version: str, counts: str) -> None:
    items = Decoder().feed(version.encode() + bytes.fromhex(counts) + version.encode())
    assert items == [Note("version", version), Reading("counts", 28.0, "/min")]


def test_it_asks_for_the_version_before_and_after_each_count() -> None:
    decoder = introduced()
    assert decoder.feed(COUNTS) == []
    assert decoder.tick(2.10) == [ASK_VERSION]
    assert decoder.feed(VERSION) == [READ]
    assert decoder.tick(2.15) == []
    assert decoder.tick(4.15) == [ASK_COUNTS]


def test_at_opening_the_heartbeat_is_ended_and_nothing_else_is_told() -> None:
    """GQ-RFC1201, 4."""
    assert GREETING == b"<HEARTBEAT0>>"


def test_a_dose_rate_is_told_where_the_tube_is_known() -> None:
    items = Decoder(Settings(cpm_per_usv_h=154.0)).feed(STREAM)
    assert items == [INTRODUCED, READ, Reading("dose_rate", 1210 / 154, "uSv/h")]


def test_settings_that_make_no_sense_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match="cpm_per_usv_h is -1; expected"):
        Settings(cpm_per_usv_h=-1.0)
    with pytest.raises(ValueError, match="count_bytes is 3; expected 2, 4"):
        Settings(count_bytes=3)


def test_a_model_that_is_not_known_is_told_until_somebody_says_how_wide_its_counts_are() -> None:
    version = b"GMC-999Re 1.00"
    note, gap = Decoder().feed(version)
    assert note == Note("version", "GMC-999Re 1.00")
    assert gap == Gap(Why.INVALID, "GMC-999 is not known: set count_bytes to 2 or 4")
    told = Decoder(Settings(count_bytes=2)).feed(version + COUNTS_320 + version)
    assert told == [note, Reading("counts", 438.0, "/min")]


@pytest.mark.parametrize("answer", [COUNTS[:3], COUNTS + b"\x00", b"\x00" + COUNTS, COUNTS + COUNTS])
def test_an_answer_cut_or_too_long_gives_no_count_and_shifts_none(answer: bytes) -> None:
    """The next count, after what is left was passed by, is read as it is."""
    decoder, items, sent = introduced(), list[Item](), 0
    now_s = 2.05
    items += decoder.feed(answer)
    for _ in range(round(20 / STEP_S)):
        now_s += STEP_S
        told = decoder.tick(now_s)
        items += told
        for item in told:
            if isinstance(item, Request):
                sent += item == ASK_COUNTS
                items += decoder.feed(VERSION if item == ASK_VERSION else COUNTS)
    assert sent > 3
    readings = [item for item in items if isinstance(item, Reading)]
    assert readings == sent * [READ]
    assert Gap in map(type, items)


def test_an_answer_that_comes_after_the_next_question_is_not_its_answer() -> None:
    """The count of before is taken for the one at hand; then two come, and neither is told."""
    decoder = introduced()
    late, now = COUNTS, bytes.fromhex("00000010")
    assert decoder.feed(late) == []
    assert decoder.tick(2.10) == [ASK_VERSION]
    items = decoder.feed(now + VERSION)
    assert items == [Gap(Why.NOISE, "4 bytes")]


def test_a_heartbeat_amid_the_answers_shifts_nothing() -> None:
    decoder, beat = introduced(), bytes.fromhex("00000014")
    decoder.feed(COUNTS + beat)
    assert [type(item) for item in decoder.tick(2.10)] == [Gap, Request]
    assert decoder.feed(VERSION) == []
    decoder.tick(2.15)
    assert decoder.feed(beat) == []
    assert decoder.tick(4.15) == [Gap(Why.NOISE, "4 bytes"), ASK_COUNTS]
    decoder.feed(COUNTS)
    decoder.tick(4.20)
    assert decoder.feed(VERSION) == [READ]


def test_another_counter_on_the_port_is_noted_and_the_count_before_it_not_told() -> None:
    assert Decoder().feed(STREAM[:-15] + VERSION_320 + COUNTS_320 + VERSION_320) == [
        INTRODUCED,
        Note("version", "GMC-320Re 4.26"),
        Reading("counts", 438.0, "/min"),
    ]


def test_counts_without_a_version_between_them_are_no_counts() -> None:
    """A recording in which others were asked for too."""
    assert Decoder().feed(VERSION + 3 * COUNTS + VERSION + COUNTS + VERSION) == [
        INTRODUCED,
        Gap(Why.NOISE, "3 counts without a version between them"),
        READ,
    ]


def test_a_counter_that_can_count_no_more_says_no_value() -> None:
    assert Decoder().feed(VERSION_320 + b"\xff\xff" + VERSION_320)[1:] == [
        Gap(Why.INVALID, "65535 counts: it can count no more")
    ]


def test_the_answer_to_the_probe_is_a_note() -> None:
    assert SHEET.probes == (b"<GETVER>>",)
    assert Decoder().feed(VERSION) == [INTRODUCED]


NOISE_S = 20
"""Of an hour, whose 41 million bytes are each looked at, this is a 180th: a false reading needs the 15 bytes of
the version by chance, 2^-120 a byte, and so 3e-29 an hour."""


@pytest.mark.parametrize("begun", [b"", VERSION])
def test_noise_at_line_rate_is_no_reading(begun: bytes) -> None:
    """From the opening on, and from when the version is known."""
    rng, decoder, screen = np.random.default_rng(5), Decoder(), Screen(SHEET, PERIOD_S, 0.0)
    decoder.tick(0.0)
    decoder.feed(begun)
    told = list[Item]()
    for tenth in range(10 * NOISE_S):
        noise = [*decoder.tick(tenth / 10), *decoder.feed(rng.bytes(LINE.baud // 100))]
        told += screen.items(noise, tenth / 10)
    assert {type(item) for item in told} <= {Gap, Request}
