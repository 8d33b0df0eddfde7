"""A02YYUW and its relatives: the wiki's frame, and frames of an A01NYUB as its owner saw them on the line."""

from typing import cast

import pytest

from drivers import a02
from drivers._types import Driver, Gap, Reading, Why
from drivers.a02 import Decoder, Settings
from drivers.tests.noise import HOUR_S, SHORT_S, heard, pieces

# esphome/issues#5182, 23:29:17: an A01NYUB over an emergency tank
STREAM = (
    b"\xff\x03\x91\x93\xff\x03\x90\x92\xff\x03\x91\x93\xff\x03\x91\x93\xff\x03\x92\x94\xff\x03\x92\x94\xff\x03\x91\x93"
)


def metres(value: float) -> Reading:
    return Reading("distance", value, "m")


def framed(distance_mm: int, sum_from: int = 0) -> bytes:
    body = b"\xff" + distance_mm.to_bytes(2, "big")
    return body + bytes((sum(body[sum_from:]) % 256,))


@pytest.mark.parametrize("model", ["a02yyuw", "a01nyub", "jsn-sr04t"])
def test_real_frames_of_an_a01nyub_are_its_distances(model: str) -> None:
    """Home Assistant was told 0.912 m of the second (same log)."""
    expected = [0.913, 0.912, 0.913, 0.913, 0.914, 0.914, 0.913]
    assert Decoder(Settings(model)).feed(STREAM) == [metres(value) for value in expected]


def test_the_wikis_frame_is_1953_mm() -> None:
    """DFRobot wiki, SEN0311: FF 07 A1 A7."""
    assert Decoder().feed(bytes.fromhex("ff07a1a7")) == [metres(1.953)]


@pytest.mark.parametrize(
    ("model", "blind_mm"), [("a02yyuw", 30), ("jsn-sr04t", 250), ("a01nyub", 280), ("aj-sr04m", 250)]
)
def test_within_its_models_blind_zone_a_distance_is_none(model: str, blind_mm: int) -> None:
    sum_from = 1 if model == "aj-sr04m" else 0
    decoder = Decoder(Settings(model))
    gap, fine = decoder.feed(framed(blind_mm, sum_from) + framed(blind_mm + 1, sum_from))
    assert gap == Gap(Why.INVALID, f"{blind_mm} mm: within the blind zone of {blind_mm} mm")
    assert fine == metres((blind_mm + 1) / 1000)


def test_an_aj_sr04m_sums_two_bytes() -> None:
    """ESPHome, jsn_sr04t.cpp."""
    assert Decoder(Settings("aj-sr04m")).feed(bytes.fromhex("ff07a1a8")) == [metres(1.953)]
    assert Decoder().feed(bytes.fromhex("ff07a1a8") + STREAM[:4]) == [Gap(Why.CHECKSUM, "4 bytes"), metres(0.913)]


@pytest.mark.parametrize(
    ("frame", "words"),
    [("ff0000ff", "nothing echoed"), ("fffffdfb", "nothing echoed"), ("fffffefc", "another sensor's sound")],
)
def test_no_echo_is_a_gap(frame: str, words: str) -> None:
    assert Decoder().feed(bytes.fromhex(frame)) == [Gap(Why.INVALID, words)]


def test_beyond_its_models_reach_bytes_are_noise() -> None:
    items = Decoder().feed(framed(4501) + framed(4500))
    assert items == [Gap(Why.NOISE, "4 bytes"), metres(4.5)]
    assert Decoder(Settings("a01nyub")).feed(framed(4501)) == [metres(4.501)]


@pytest.mark.parametrize("frame", ["ff86027c42000000ba", "ff04030100051388 58"])
def test_winsens_frames_are_not_taken_for_its_own(frame: str) -> None:
    """An MH-Z19B's (PyPMS, captured) and a ZE07-CO's (frames.json)."""
    items = Decoder().feed(bytes.fromhex(frame) * 20)
    assert not [item for item in items if isinstance(item, Reading)]


@pytest.mark.parametrize("bit", range(32))
def test_a_turned_bit_costs_one_frame(bit: int) -> None:
    frame = bytearray.fromhex("ff07a1a7")
    frame[bit // 8] ^= 1 << bit % 8
    items = Decoder().feed(bytes(frame) + STREAM[:4])
    assert items[-1] == metres(0.913)
    assert [isinstance(item, Gap) for item in items[:-1]] == [True]


def test_a_line_of_zeros_says_nothing() -> None:
    """esphome/esphome#19277: an A0221AU wired wrongly, "00:00:00:01:00:00:00:00"."""
    assert Decoder().feed(bytes.fromhex("0000000100000000") * 10) == []


def test_a_model_that_is_not_known_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="model is 'a03'; expected one of: a02yyuw, a01nyub"):
        Settings("a03")


@pytest.mark.parametrize(("model", "seconds"), [("a02yyuw", SHORT_S), ("a01nyub", HOUR_S), ("aj-sr04m", SHORT_S)])
def test_noise_gives_no_reading(model: str, seconds: float) -> None:
    items = heard(cast(Driver, a02), 1, Decoder(Settings(model)), seconds)
    assert not [item for item in items if isinstance(item, Reading)]


def test_that_noise_has_frames_whose_sum_is_right() -> None:
    """So the test above can fail: without the screen they would be read."""
    decoder = Decoder(Settings("a01nyub"))
    found = [item for _, data in pieces(cast(Driver, a02), 1, HOUR_S) for item in decoder.feed(data)]
    assert len([item for item in found if isinstance(item, Reading)]) > 1
