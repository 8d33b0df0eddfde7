"""NTi XL2, after XL2NoiseScout, References/command.md, and ntixl2 (github.com/qwe900), ntixl2/message.py."""

import re

import pytest

from drivers import xl2
from drivers._types import Gap, Item, Note, Reading, Request, Why
from drivers.tests.noise import heard
from drivers.xl2 import COMMANDS, Decoder, Settings

# command.md: "e.g. "53.8 dB, OK""; the identity in the form that ntixl2 and XL2NoiseScout's README-RaspberryPi.md give
IDENTITY = b"NTiAudio,XL2,A2A-10242-E0,FW3.03\r\n"
LEVEL = b"53.8 dB, OK\r\n"
STREAM = IDENTITY + LEVEL + b"RUNNING\r\n" + b"108.4 dB, OK\r\n"

ASK_STATE, ASK_IDENTITY = Request(b"INIT:STATE?\r\n"), Request(b"*IDN?\r\n")
ASK_LAF = Request(b"MEAS:INIT\r\nMEAS:SLM:123? LAF\r\n")


def running(settings: Settings = xl2.DEFAULTS) -> Decoder:
    """It was asked whether it measures, and does."""
    decoder = Decoder(settings)
    assert decoder.tick(0.1) == [ASK_STATE]
    assert decoder.feed(b"RUNNING\r\n") == []
    return decoder


def told(answer: bytes) -> list[Item]:
    decoder = running()
    assert decoder.tick(0.2) == [ASK_LAF]
    return decoder.feed(answer)


def test_the_documents_answer_is_53_8_db_of_what_was_asked_for() -> None:
    assert Decoder(Settings("LAS")).feed(LEVEL) == [Reading("LAS", 53.8, "dB")]
    assert Decoder().feed(STREAM) == [
        Note("serial_number", "A2A-10242-E0"),
        Note("firmware", "FW3.03"),
        Reading("LAF", 53.8, "dB"),
        Reading("LAF", 108.4, "dB"),
    ]


def test_it_asks_whether_it_measures_then_each_second_for_a_snapshot_and_once_who_it_is() -> None:
    decoder = running()
    assert decoder.tick(0.2) == [ASK_LAF]
    assert decoder.feed(LEVEL) == [Reading("LAF", 53.8, "dB")]
    assert decoder.tick(0.3) == [ASK_IDENTITY]
    decoder.feed(IDENTITY)
    assert decoder.tick(0.4) == []
    assert decoder.tick(1.3) == [ASK_LAF]


def test_a_stopped_measurement_is_begun_and_its_state_asked_at_once() -> None:
    decoder = Decoder()
    decoder.tick(0.1)
    assert decoder.feed(b"STOPPED\r\n") == []
    assert decoder.tick(0.2) == [Request(b"INIT START\r\nINIT:STATE?\r\n")]
    assert decoder.feed(b"SETTLING\r\n") == []
    assert decoder.tick(0.3) == [ASK_LAF]


@pytest.mark.parametrize("state", ["PAUSED", "FROZEN"])
def test_what_a_person_paused_is_not_begun(state: str) -> None:
    decoder = Decoder()
    decoder.tick(0.1)
    assert decoder.feed(f"{state}\r\n".encode()) == [Gap(Why.INVALID, f"its measurement is {state.lower()}")]
    assert decoder.tick(0.2) == [ASK_LAF]


@pytest.mark.parametrize(
    "answer", ["--.- dB, UNDEF", "53.8 dB, OVER", "--.- dB, OK", "53.8 dB, LOW", "q53.8 dB, OK", "5b.8 dB, OK"]
)
def test_a_status_other_than_ok_or_no_number_is_a_gap(answer: str) -> None:
    assert told(f"{answer}\r\n".encode()) == [Gap(Why.INVALID, f"LAF is {answer!r}")]


@pytest.mark.parametrize("answer", [";", "OPTION_REQUIRED"])
def test_a_refusal_is_told(answer: str) -> None:
    gap = Gap(Why.INVALID, f"it refuses 'MEAS:SLM:123? LAF': {answer}")
    assert told(f"{answer}\r\n".encode()) == [gap]


def test_the_end_of_a_damaged_line_is_not_believed() -> None:
    assert told(b"1\xff3.8 dB, OK\r\n") == [Gap(Why.INVALID, "LAF is '1\ufffd3.8 dB, OK'")]
    assert told(b"1,53.8 dB, OK\r\n") == [Gap(Why.NOISE, "15 bytes")]


def one_round(decoder: Decoder, now_s: float) -> list[Item]:
    """LAF, LCF and LAeq are asked and answered."""
    assert decoder.tick(now_s) == [ASK_LAF]
    items = decoder.feed(LEVEL)
    assert decoder.tick(now_s + 0.1) == [Request(b"MEAS:SLM:123? LCF\r\n")]
    items += decoder.feed(b"57.0 dB, OK\r\n")
    assert decoder.tick(now_s + 0.2) == [Request(b"MEAS:SLM:123:DT? LAEQ\r\n")]
    return items + decoder.feed(b"55.1 dB, OK\r\n")


def test_levels_of_one_snapshot_are_asked_one_after_the_other() -> None:
    decoder = running(Settings("LAF LCF LAeq"))
    now = [Reading("LAF", 53.8, "dB"), Reading("LCF", 57.0, "dB")]
    assert one_round(decoder, 1.0) == [*now, Gap(Why.WARMING, "LAeq: of the time before the first snapshot")]
    decoder.tick(1.3)
    decoder.feed(IDENTITY)
    assert one_round(decoder, 2.0) == [*now, Reading("LAeq", 55.1, "dB")]


def test_an_answer_after_its_time_is_not_taken_for_that_of_another_level() -> None:
    decoder = running(Settings("LAF LCF"))
    decoder.tick(0.2)
    (late,) = decoder.tick(2.3)
    assert isinstance(late, Gap)
    assert late.why is Why.SILENT
    assert [item for item in decoder.feed(LEVEL) if isinstance(item, Reading)] == []


def test_only_reading_and_starting_is_ever_asked() -> None:
    assert all(re.fullmatch(r"MEAS:SLM:123(:DT)?\? L[ACZ](F|S|EQ)", command) for command in COMMANDS.values())


@pytest.mark.parametrize("levels", ["", "LAX", "LAF LAEQ"])
def test_a_level_that_it_cannot_be_asked_for_is_refused(levels: str) -> None:
    with pytest.raises(ValueError, match="expected some of: LAF LAS"):
        Settings(levels)


def test_two_minutes_of_noise_gives_no_reading() -> None:
    assert [item for item in heard(xl2) if isinstance(item, Reading)] == []
