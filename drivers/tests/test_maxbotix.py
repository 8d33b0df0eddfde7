"""MaxBotix: lines as its data sheets write them; what an MB7386 says at power-up as EnviroDIY saw it."""

from typing import cast

import pytest

from drivers import maxbotix
from drivers._types import Driver, Gap, Item, Note, Reading, Why
from drivers.maxbotix import Decoder, Settings
from drivers.tests.noise import heard

# "R0480 <CR>" stands in PD12141 (of the sister with USB), the form of the others in PD11500
STREAM = b"R0480\rR1234\rR1235\r"

# EnviroDIY ModularSensors, MaxBotixSonar.cpp, its comment: an MB7386 at power-up
BANNER = b"HRXL-MaxSonar-WRL\rPN:MB7386\rCopyright 2011-2013\rMaxBotix Inc.\rRoHS 1.8b090  0713\rTempI\r"
INTRODUCED: list[Item] = [
    Gap(Why.RESTART, "the sensor introduces itself"),
    Note("model", "HRXL-MaxSonar-WRL"),
    Note("part", "MB7386"),
    Note("firmware", "1.8b090  0713"),
    Note("temperature compensation", "I"),
]


def metres(value: float) -> Reading:
    return Reading("distance", round(value, 3), "m")


def test_four_digits_are_millimetres() -> None:
    assert Decoder().feed(STREAM) == [metres(0.480), metres(1.234), metres(1.235)]


def test_three_digits_of_an_xl_are_centimetres() -> None:
    """A blog's MB1220: "R121"."""
    assert Decoder(Settings("xl-7m")).feed(b"R121\rR765\r") == [metres(1.21), Gap(Why.INVALID, "no target: R765")]


def test_four_digits_of_an_xl_of_10_m_are_centimetres() -> None:
    assert Decoder(Settings("xl-10m")).feed(b"R0121\r") == [metres(1.21)]


def test_what_it_says_at_power_up_is_no_range_but_a_restart_and_notes() -> None:
    assert Decoder().feed(BANNER + b"R1234\r") == [*INTRODUCED, metres(1.234)]


def test_each_introduction_is_one_restart() -> None:
    items = Decoder().feed((BANNER + b"R1234\r") * 2)
    assert items == [*INTRODUCED, metres(1.234)] * 2


def test_a_restart_is_told_though_its_first_line_was_lost() -> None:
    lost = BANNER.partition(b"\r")[2]
    assert Decoder().feed(b"R1234\r" + lost)[1] == INTRODUCED[0]


@pytest.mark.parametrize(
    ("model", "line", "is_none"),
    [
        ("hrxl", b"R4999\r", True),  # EnviroDIY: of 5 m models
        ("hrxl", b"R5000\r", True),
        ("hrxl", b"R9999\r", True),
        ("hrxl-10m", b"R5000\r", False),
        ("hrxl-5m", b"R5000\r", True),
    ],
)
def test_the_end_of_the_range_is_no_target(model: str, line: bytes, is_none: bool) -> None:
    (item,) = Decoder(Settings(model)).feed(line)
    assert isinstance(item, Gap if is_none else Reading)


@pytest.mark.parametrize("at", range(6))
def test_a_rogue_byte_ff_is_overlooked_wherever_it_comes(at: int) -> None:
    line = b"R1234\r"
    assert Decoder().feed(line[:at] + b"\xff" + line[at:]) == [metres(1.234)]


@pytest.mark.parametrize("line", [b"R123\r", b"R12345\r", b"R1a34\r", b"R1234 \r", b"r1234\r", b"R-123\r", b"R1234\n"])
def test_what_is_not_quite_a_range_is_none(line: bytes) -> None:
    (first, second) = Decoder().feed(line + b"R1234\r")
    assert isinstance(first, Gap)
    assert second == metres(1.234)


def test_an_inverted_line_gives_no_range() -> None:
    """An MB7066 on a TTL input, arduino.stackexchange.com/questions/7976: "43 192 6 6 179 89 30 0"."""
    items = Decoder().feed(bytes((43, 192, 6, 6, 179, 89, 30, 0)) * 100)
    assert not [item for item in items if not isinstance(item, Gap)]


def test_a_model_that_is_not_known_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="model is 'mb1'; expected one of: hrxl, hrxl-5m"):
        Settings("mb1")


def test_two_minutes_of_noise_gives_no_reading() -> None:
    items = heard(cast(Driver, maxbotix), 1, Decoder())
    assert not [item for item in items if isinstance(item, Reading)]


def test_two_minutes_of_noise_gives_no_reading_of_an_xl() -> None:
    items = heard(cast(Driver, maxbotix), 2, Decoder(Settings("xl-7m")))
    assert not [item for item in items if isinstance(item, Reading)]
