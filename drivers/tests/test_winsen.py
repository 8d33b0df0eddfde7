"""Winsen's gas and dust modules: frames of real ones, examples of the manuals, and some constructed after them."""

from collections.abc import Callable

import pytest

from drivers._types import Asking, Gap, Item, Reading, Request, Why
from drivers.winsen import GREETING, Decoder, Settings

# a bench's notes of a real ZE07-CO: 0.5 ppm, range 500 ppm
ZE07 = bytes.fromhex("ff0403010005138858")
# ZE08-CH2O: example of the manual, 37 ppb; and one that a user of a real one quotes, 45 ppb; range 5000 ppb
ZE08, ZE08_USER = bytes.fromhex("ff1704000025138825"), bytes.fromhex("ff170400002d1388 1d")
# ZE12A: example of the manual, CO 0 ppb, range 12,500 ppb
ZE12 = bytes.fromhex("ff04040000 0030d4f4")
# ZH03: from the tests of a public driver, PM1 13, PM2.5 17, PM10 19; and from a comment in another, 84, 110, 124
ZH03 = bytes.fromhex("424d0014000d00110013000d00110013000000000000 0105")
ZH03B = bytes.fromhex("424d00140054006e007c0054006e007c000000000000 031f")
STREAM = ZE07 + ZE08 + ZE08_USER + ZE12 + ZH03 + ZH03B
# Plantower PMS3003 of PyPMS, docs/sensors/Plantower.md; its last datum is its version
PMS3003 = bytes.fromhex("424d0014000100010001000100010001000000000051 00fa")
MHZ19 = bytes.fromhex("ff86027c42000000ba")  # PyPMS, MHZ19B.hexdump

ASK = Request(bytes.fromhex("ff0186000000000079"))


def ppm(gas: str, value: float) -> Reading:
    return Reading(gas, value, "ppm")


def dust(pm1: float, pm2_5: float, pm10: float) -> list[Item]:
    return [Reading("pm1", pm1, "ug/m3"), Reading("pm2_5", pm2_5, "ug/m3"), Reading("pm10", pm10, "ug/m3")]


def framed(body: str) -> bytes:
    data = bytes.fromhex(body)
    return b"\xff" + data + bytes((-sum(data) % 256,))


def test_frames_read_as_their_sources_say() -> None:
    assert Decoder().feed(STREAM) == [
        ppm("co", 0.5),
        ppm("hcho", 0.037),
        ppm("hcho", 0.045),
        ppm("co", 0.0),
        *dust(13, 17, 19),
        *dust(84, 110, 124),
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("2a0400001f2710", ppm("o3", 0.031)),
        ("2b040000052710", ppm("so2", 0.005)),
        ("2c040000132710", ppm("no2", 0.019)),
        ("03030201f42710", ppm("h2s", 5.0)),
        ("02030000190064", ppm("nh3", 25.0)),
    ],
    ids=["ozone", "sulphur dioxide", "nitrogen dioxide", "hydrogen sulphide, two decimals", "ammonia"],
)
def test_each_gas_and_unit_is_converted_to_ppm(body: str, expected: Reading) -> None:
    """Constructed: gas codes of radhoo/uradmonitor_smoggie, drv_ze03.h."""
    assert Decoder().feed(framed(body)) == [expected]


def test_a_value_beyond_its_own_range_is_a_gap() -> None:
    """Winsen, ZE15-CO: the top bit of the value tells a failure of the cell."""
    failed = framed("0403018005 1388")
    assert Decoder().feed(failed) == [Gap(Why.INVALID, "co 3277.3 ppm: it fails, or is beyond its 500 ppm")]


@pytest.mark.parametrize(
    "body",
    ["0003010005 1388", "0405010005 1388", "0403090005 1388"],
    ids=["a gas", "a unit", "decimals"],
)
def test_what_no_module_says_is_noise(body: str) -> None:
    assert Decoder().feed(framed(body) + ZE07) == [Gap(Why.NOISE, "9 bytes"), ppm("co", 0.5)]


def test_an_answer_is_not_read_before_somebody_says_whose_it_is() -> None:
    assert Decoder().feed(MHZ19 + ZE07) == [Gap(Why.NOISE, "9 bytes"), ppm("co", 0.5)]


@pytest.mark.parametrize(
    ("settings", "answer", "expected"),
    [
        (Settings("ZE08-CH2O"), "ff86002a0000002030", [ppm("hcho", 0.032)]),
        (Settings("ZH03B"), "ff86008500960065fa", dust(101, 133, 150)),
        (Settings("ZH03B"), "ff860016001800103c", dust(16, 22, 24)),
    ],
    ids=["ZE07-CH2O's manual, table 8", "ZH03's manual, as drivers quote it", "ZH03, of a public driver's tests"],
)
def test_documented_answers_are_read_where_the_model_is_said(
    settings: Settings, answer: str, expected: list[Item]
) -> None:
    items = Decoder(settings).feed(bytes.fromhex(answer))
    assert {item.quantity: item for item in items if isinstance(item, Reading)} == {
        item.quantity: item for item in expected if isinstance(item, Reading)
    }


@pytest.mark.parametrize(
    ("settings", "body", "expected"),
    [
        (Settings("ZE07-CO"), "86000c00000000", ppm("co", 1.2)),
        (Settings("ZE25-O3"), "8600420000001f", ppm("o3", 0.031)),
        (Settings("ZE12", gas="so2"), "86000d00000005", ppm("so2", 0.005)),
        (Settings("ZE03", gas="co", per_count=1.0), "86001904000000", ppm("co", 25.0)),
        (Settings("ZE03", gas="o2", per_count=0.1), "8600d105000000", Reading("o2", 20.9, "/100")),
    ],
    ids=["ZE07", "ZE25", "ZE12", "ZE03 of CO", "ZE03 of oxygen"],
)
def test_constructed_answers_are_read_where_the_model_is_said(settings: Settings, body: str, expected: Reading) -> None:
    assert Decoder(settings).feed(framed(body)) == [expected]


def test_it_asks_only_where_it_is_told_to() -> None:
    assert GREETING == b""
    assert not isinstance(Decoder(), Asking)
    decoder = Decoder(Settings("ZE07-CO", ask_s=5.0))
    assert isinstance(decoder, Asking)
    assert decoder.tick(0.0) == [ASK]
    assert decoder.feed(framed("86000c00000000")) == [ppm("co", 1.2)]
    assert decoder.tick(1.0) == []
    assert decoder.tick(5.0) == [ASK]
    assert decoder.feed(ZE07 + framed("86000d00000000")) == [Gap(Why.NOISE, "9 bytes"), ppm("co", 1.3)]
    assert Settings("ZE07-CO", ask_s=5.0).period_s == 5.0


def test_a_plantower_is_not_a_zh03_unless_it_is_declared_to_be_one() -> None:
    assert Decoder().feed(PMS3003 + ZH03) == [Gap(Why.NOISE, "24 bytes"), *dust(13, 17, 19)]
    assert Decoder(Settings("ZH03B")).feed(PMS3003) == dust(1, 1, 1)


def test_no_dust_at_all_is_a_gap() -> None:
    still = bytes.fromhex("424d0014" + "00" * 18 + "00a3")
    gap = Gap(Why.INVALID, "no dust at all: the fan runs up or is blocked")
    assert Decoder().feed(still) == [gap]
    assert Decoder(Settings("ZH03B")).feed(framed("86000000000000")) == [gap]


@pytest.mark.parametrize("bit", range(72))
def test_a_turned_bit_of_a_gas_frame_never_gives_a_reading(bit: int) -> None:
    frame = bytearray(ZE07)
    frame[bit // 8] ^= 1 << bit % 8
    items = Decoder().feed(bytes(frame) + ZE08)
    assert isinstance(items[0], Gap)
    assert items[1:] == [ppm("hcho", 0.037)]


@pytest.mark.parametrize("bit", range(192))
def test_a_turned_bit_of_a_dust_frame_never_gives_a_reading(bit: int) -> None:
    frame = bytearray(ZH03)
    frame[bit // 8] ^= 1 << bit % 8
    items = Decoder().feed(bytes(frame) + ZH03B)
    assert isinstance(items[0], Gap)
    assert items[1:] == dust(84, 110, 124)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: Settings(model="ZE99"), "model is 'ZE99'; expected one of: ZE07-CO, "),
        (lambda: Settings(ask_s=5.0), "ask_s is 5; expected 0, or no less than 1 and a model"),
        (lambda: Settings("ZE12", ask_s=0.1), "ask_s is 0.1; expected 0, or no less than 1 and a model"),
        (lambda: Settings(gas="he"), "gas is 'he'; expected one of: nh3, h2s, co, "),
        (lambda: Settings(per_count=0.0), "per_count is 0; expected more than 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused_in_words(wrong: Callable[[], Settings], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        wrong()
