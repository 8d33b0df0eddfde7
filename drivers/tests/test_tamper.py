"""Door and tilt contacts. The bytes are Lamppost's own: nobody's document and nobody's device."""

import termios

import pytest

from drivers import tamper
from drivers._modem import LINES, SAMPLE_S, state
from drivers._types import Gap, Item, Reading, Why
from drivers.tamper import CLEAN, LINE, SAMPLES_A_SECOND, Decoder, Settings
from drivers.tests.noise import heard

# bit 0 CTS (door closed), bit 1 DSR (upright): two seconds of a closed door, then one in which it opens
STREAM = b"C" * 20 + b"CCCCCBBBBB"


def door(value: float) -> Reading:
    return Reading("door_open", value, "count")


def tilt(value: float) -> Reading:
    return Reading("tilted", value, "count")


def read(data: bytes, settings: Settings | None = None) -> list[Item]:
    return Decoder(settings or Settings()).feed(data)


def test_a_state_is_told_when_it_is_known_each_second_and_at_once_when_it_changes() -> None:
    first = [door(0), tilt(0)]
    assert read(STREAM) == [*first, *first, *first, door(1), door(1), tilt(0)]


def test_nothing_is_told_before_enough_samples_agree() -> None:
    assert read(b"CC") == []
    assert read(b"CCC") == [door(0), tilt(0)]
    assert read(b"CCC", Settings(debounce=4)) == []


@pytest.mark.parametrize("chatter", [b"B", b"BB", b"A", b"@", b"BBCBB", b"@@C@@C"])
def test_a_contact_that_chatters_changes_nothing(chatter: bytes) -> None:
    assert read(b"CCC" + chatter) == [door(0), tilt(0)]


def test_a_contact_that_chatters_all_the_time_leaves_the_last_state_standing() -> None:
    assert read(b"CCC" + b"@C" * 100)[2:] == [door(0), tilt(0)] * 20


def test_both_contacts_may_change_at_once() -> None:
    assert read(b"CCC@@@") == [door(0), tilt(0), door(1), tilt(1)]


@pytest.mark.parametrize(
    ("line", "asserted"),
    [
        ("CTS", termios.TIOCM_CTS),
        ("DSR", termios.TIOCM_DSR),
        ("DCD", termios.TIOCM_CD),
        ("RI", termios.TIOCM_RI),
    ],
)
def test_any_line_may_be_the_doors_as_the_reader_samples_it(line: str, asserted: int) -> None:
    settings = Settings(door_line=line, tilt_line="")
    assert read(state(asserted) * 3, settings) == [door(0)]
    assert read(state(sum(LINES) - asserted) * 3, settings) == [door(1)]


def test_a_contact_may_be_closed_in_alarm() -> None:
    settings = Settings(door_closes_contact=False, upright_closes_contact=False)
    assert read(b"CCC", settings) == [door(1), tilt(1)]
    assert read(b"@@@", settings) == [door(0), tilt(0)]


def test_what_is_not_wired_is_not_told() -> None:
    assert read(b"CCC", Settings(door_line="", tilt_line="DSR")) == [tilt(0)]


def test_a_pulled_cable_is_an_open_door_on_its_side() -> None:
    assert read(b"@@@") == [door(1), tilt(1)]


def test_bytes_that_are_no_states_are_noise() -> None:
    assert read(b"\x00P?" + b"C" * CLEAN) == [Gap(Why.NOISE, "3 bytes"), door(0), tilt(0)]


def test_noise_that_lasts_is_told_each_second() -> None:
    assert read(b"\xff" * 25) == [Gap(Why.NOISE, "10 bytes")] * 2


def test_samples_before_and_after_noise_do_not_add_up() -> None:
    assert read(b"CC\xffC") == [Gap(Why.NOISE, "1 bytes")]


def test_behind_a_foreign_byte_nothing_is_told_for_a_second() -> None:
    assert read(b"CC\xff" + b"C" * (CLEAN - 1)) == [Gap(Why.NOISE, "1 bytes")]
    assert read(b"CC\xff" + b"C" * 2 * CLEAN)[1:] == [door(0), tilt(0)]


def test_two_minutes_of_noise_opens_no_door() -> None:
    assert [item for item in heard(tamper) if isinstance(item, Reading)] == []


def test_a_second_is_counted_in_samples_of_the_reader() -> None:
    assert round(1 / SAMPLE_S, 9) == SAMPLES_A_SECOND
    assert LINE.modem


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"door_line": "cts"}, "door_line is 'cts'; expected one of CTS, DSR, DCD, RI"),
        ({"tilt_line": "DTR"}, "tilt_line is 'DTR'"),
        ({"tilt_line": "CTS"}, "both 'CTS'"),
        ({"door_line": "", "tilt_line": ""}, "both ''"),
        ({"debounce": 0}, "debounce is 0; expected 1 to 50 samples"),
        ({"debounce": 51}, "debounce is 51"),
    ],
)
def test_settings_that_make_no_sense_are_refused_in_words(fields: dict[str, str | int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Settings(**fields)  # type: ignore[arg-type]  # any field, with a value of its own type
