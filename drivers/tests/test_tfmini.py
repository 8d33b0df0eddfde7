"""Benewake: frames built after its manuals; frames of a TFmini Plus that came damaged, as its owner saw them."""

from typing import cast

import pytest

from drivers import tfmini
from drivers._types import Driver, Gap, Item, Reading, Why
from drivers.tests.noise import heard
from drivers.tfmini import Decoder, Settings

# frames.json, "Benewake TF-Luna / TFmini", built after the manual: 286 cm, strength 1147, 48 °C; then 287 cm and 1150
STREAM = bytes.fromhex("59591e017b048009d9 59591f017e048009dd")

# budryerson/TFMini-Plus#11: "Status: CHECKSUM"; each sum is one too small or too large
DAMAGED = (
    "5959ec0002142809e4 5959ed007115280856 5959ed000d172809f3 5959ed00271628090c 5959ec003c16280922 5959ec00451628092b"
)


def told(distance_m: float, strength: float, celsius: float) -> list[Item]:
    return [
        Reading("distance", distance_m, "m"),
        Reading("signal", strength, "count"),
        Reading("temperature", celsius, "Cel"),
    ]


def framed(distance: int, strength: int, temperature: int = 0x0980) -> bytes:
    body = b"\x59\x59" + b"".join(number.to_bytes(2, "little") for number in (distance, strength, temperature))
    return body + bytes((sum(body) % 256,))


def test_a_frame_is_distance_strength_and_temperature() -> None:
    assert Decoder().feed(STREAM) == [*told(2.86, 1147.0, 48.0), *told(2.87, 1150.0, 48.0)]


def test_real_frames_whose_sums_are_wrong_are_not_read() -> None:
    assert Decoder().feed(bytes.fromhex(DAMAGED) + STREAM) == [
        Gap(Why.CHECKSUM, "54 bytes"),
        *told(2.86, 1147.0, 48.0),
        *told(2.87, 1150.0, 48.0),
    ]


def test_the_same_frames_with_right_sums_are_what_their_owner_measured() -> None:
    """He read 236 and 237 cm between them; 37 °C is the chip's."""
    body = bytes.fromhex("5959ec0002142809")
    assert Decoder().feed(body + bytes((sum(body) % 256,))) == told(2.36, 5122.0, 37.0)


@pytest.mark.parametrize(
    ("distance", "strength", "words"),
    [
        (286, 99, "strength 99: too weak, below 100"),
        (286, 65535, "strength 65535: overexposed"),
        (0, 1147, "distance 0: no distance"),
        (65535, 1147, "distance 65535: too weak"),
        (65534, 1147, "distance 65534: overexposed"),
        (65532, 1147, "distance 65532: blinded by ambient light"),
    ],
)
def test_a_distance_that_the_sensor_calls_none_is_a_gap(distance: int, strength: int, words: str) -> None:
    items = Decoder().feed(framed(distance, strength))
    assert items[0] == Gap(Why.INVALID, words)
    assert items[-1] == Reading("temperature", 48.0, "Cel")
    assert not [item for item in items if isinstance(item, Reading) and item.value == 65535]


def test_a_strength_of_100_is_enough() -> None:
    assert Decoder().feed(framed(286, 100)) == told(2.86, 100.0, 48.0)


def test_a_first_tfmini_tells_a_mode_in_place_of_a_temperature_and_is_sure_from_20_on() -> None:
    """opensensinglab/tfmini#2: 602 cm at strength 20, 65535 cm at 19."""
    decoder = Decoder(Settings("tfmini"))
    assert decoder.feed(framed(602, 20, 0x0007)) == told(6.02, 20.0, 0.0)[:2]
    assert decoder.feed(framed(65535, 19, 0x0007))[0] == Gap(Why.INVALID, "strength 19: too weak, below 20")


def test_one_that_was_set_to_millimetres_is_read_so() -> None:
    assert Decoder(Settings(millimetres=True)).feed(framed(2861, 1147)) == told(2.861, 1147.0, 48.0)


def test_a_byte_59_before_a_frame_costs_no_frame() -> None:
    assert Decoder().feed(b"\x59" + STREAM)[1:] == [*told(2.86, 1147.0, 48.0), *told(2.87, 1150.0, 48.0)]


@pytest.mark.parametrize("bit", range(72))
def test_a_turned_bit_never_gives_a_reading(bit: int) -> None:
    frame = bytearray(STREAM[:9])
    frame[bit // 8] ^= 1 << bit % 8
    items = Decoder().feed(bytes(frame) + STREAM[9:])
    assert isinstance(items[0], Gap)
    assert items[1:] == told(2.87, 1150.0, 48.0)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"model": "tf03"}, "model is 'tf03'; expected one of: tf-luna"), ({"period_s": 0.0}, "period_s is 0; expected")],
)
def test_settings_that_make_no_sense_are_refused_in_words(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Settings(**wrong)  # type: ignore[arg-type]  # on purpose


def test_two_minutes_of_noise_gives_no_reading() -> None:
    items = heard(cast(Driver, tfmini), 1, Decoder())
    assert not [item for item in items if isinstance(item, Reading)]
