"""Rion NL-43 and its kin, after serversdwn/slmm, COMMUNICATION_GUIDE.md, docs/nl43_Command_ref.md, app/services.py."""

import pytest

from drivers import rion
from drivers._types import Gap, Item, Note, Reading, Request, Why
from drivers.rion import Decoder
from drivers.tests.noise import heard

# Built after COMMUNICATION_GUIDE.md, "DOD?": main Lp, Leq, LE, Lmax, Lmin, LN1-LN5, Lpeak, LIeq, Leq,mov, Ltm5; the
# version is that of docs/nl43_Command_ref.md. No recording is public.
DISPLAY = b"R+0000\r\n 58.3, 57.1, 91.0, 71.2, 41.8, 62.0, 60.1, 56.0, 48.2, 45.0,--.-,--.-,--.-,--.-\r\n$"
STREAM = (
    b'R+0000\r\nA\r\n$R+0000\r\nF\r\n$R+0000\r\nStart\r\n$R+0000\r\n"NL-52"\r\n$R+0000\r\n"00123456"\r\n$'
    b'R+0000\r\n"01.02.0034"\r\n$' + DISPLAY
)
LEVELS = [
    Reading(name, value, "dB") for name, value in (("LAF", 58.3), ("LAeq", 57.1), ("LAFmax", 71.2), ("LAFmin", 41.8))
]
ASKED = [
    Request(f"{command}?\r\n".encode())
    for command in (
        "Frequency Weighting",
        "Time Weighting",
        "Measure",
        "DOD",
        "Type",
        "Serial Number",
        "System Version",
    )
]


def answer(text: str) -> bytes:
    return f"R+0000\r\n{text}\r\n$".encode()


def displaying(frequency: str = "A", time: str = "F", state: str = "Start") -> Decoder:
    """It was asked for its weightings and its state, and now for what it displays."""
    decoder = Decoder()
    for n, text in enumerate((frequency, time, state)):
        assert decoder.tick(2.0 * n + 1) == [ASKED[n]]
        decoder.feed(answer(text))
        assert decoder.tick(2.0 * n + 1.5) == []
    assert decoder.tick(7.0) == [ASKED[3]]
    return decoder


def test_what_it_says_of_itself_and_shows_is_told() -> None:
    about = [
        Note("measurement", "Start"),
        Note("model", "NL-52"),
        Note("serial_number", "00123456"),
        Note("firmware", "01.02.0034"),
    ]
    assert Decoder().feed(STREAM) == [*about, *LEVELS]


def test_it_asks_one_question_at_a_time_and_rests_a_second_after_each_answer() -> None:
    decoder, texts, now_s = Decoder(), ["A", "F", "Start"], 1.0
    texts += [DISPLAY.decode()[8:-3], '"NL-52"', '"00123456"', '"01.02.0034"']
    for request, text in zip(ASKED, texts, strict=True):
        assert decoder.tick(now_s) == [request]
        decoder.feed(answer(text))
        assert decoder.tick(now_s + 0.2) == []
        assert decoder.tick(now_s + 1.1) == []
        now_s += 1.25
    assert decoder.tick(now_s) == [ASKED[3]]


@pytest.mark.parametrize(
    ("frequency", "time", "level"), [("A", "F", "LAF"), ("A", "S", "LAS"), ("C", "F", "LCF"), ("Z", "S", "LZS")]
)
def test_a_level_is_of_the_weightings_that_were_read(frequency: str, time: str, level: str) -> None:
    told = displaying(frequency, time).feed(DISPLAY)
    names = [item.quantity for item in told if isinstance(item, Reading)]
    assert names == [level, f"L{frequency}eq", f"{level}max", f"{level}min"]


def test_before_the_weightings_are_known_there_is_no_reading() -> None:
    assert Decoder().feed(DISPLAY) == [Gap(Why.INVALID, "its weightings are not known, not known")]


def test_impulse_weighting_is_no_quantity_of_ours() -> None:
    assert displaying(time="I").feed(DISPLAY) == [Gap(Why.INVALID, "its weightings are A, I")]


def test_of_a_stopped_measurement_only_the_level_of_now_is_told() -> None:
    assert displaying(state="Stop").feed(DISPLAY) == LEVELS[:1]


def test_no_value_is_a_gap_and_not_a_number() -> None:
    assert displaying().feed(answer("--.-,--.-,--.-,--.-,--.-")) == [Gap(Why.INVALID, "LAF has no value")]
    assert displaying().feed(answer(" 58.3,--.-,--.-,--.-,--.-")) == LEVELS[:1]


@pytest.mark.parametrize(
    "fields", ["123, 58.3, 57.1, 71.2, 41.8", " 58.3, 41.8, 91.0, 71.2, 57.1", " 58.3", " 58.3, 57.1, 91.0, 71.2, 4#.8"]
)
def test_fields_in_another_order_or_form_are_a_gap(fields: str) -> None:
    (gap,) = displaying().feed(answer(fields + ("" if "," in fields else ",")))
    assert isinstance(gap, Gap)
    assert gap.why is Why.INVALID
    assert gap.detail.startswith("the display says")


@pytest.mark.parametrize(
    ("code", "reason"),
    [("0001", "unknown command"), ("0002", "wrong parameter"), ("0004", "not in this state"), ("0009", "code 9")],
)
def test_a_refusal_is_told_with_its_reason(code: str, reason: str) -> None:
    assert displaying().feed(f"R+{code}\r\n$".encode()) == [Gap(Why.INVALID, f"it refuses DOD?: {reason}")]


def test_a_meter_that_wants_the_channel_named_is_asked_so() -> None:
    decoder = Decoder()
    decoder.tick(1.0)
    assert decoder.feed(b"R+0001\r\n$") == []
    decoder.tick(1.2)
    assert decoder.tick(2.3) == [Request(b"Frequency Weighting (Main)?\r\n")]
    assert decoder.feed(answer("C")) == []


def test_the_echo_of_a_command_is_skipped() -> None:
    assert displaying().feed(b"DOD?\r\n" + DISPLAY) == LEVELS


def test_a_line_that_lost_its_code_or_came_late_is_noise() -> None:
    late = displaying()
    (gap,) = late.tick(10.1)
    assert isinstance(gap, Gap)
    assert gap.why is Why.SILENT
    for decoder, data in ((late, DISPLAY), (displaying(), DISPLAY[8:])):
        assert [item for item in decoder.feed(data) if isinstance(item, Reading)] == []


def test_only_questions_are_ever_asked() -> None:
    decoder, asked = Decoder(), list[Item]()
    for second in range(500):
        asked += [item for item in decoder.tick(float(second)) if isinstance(item, Request)]
        decoder.feed(b"R+0001\r\n$")
    assert len(asked) > len(ASKED)
    assert all(request.data.endswith(b"?\r\n") for request in asked if isinstance(request, Request))


def test_two_minutes_of_noise_gives_no_reading() -> None:
    assert [item for item in heard(rion) if isinstance(item, Reading)] == []
