"""Lufft UMB, against real frames of a WS10 (OttHydromet/node-red-umbparser, MIT) and Lufft's documents."""

import struct
from dataclasses import replace
from pathlib import Path

import pytest

from drivers._checks import crc16_mcrf4xx
from drivers._meaning import Meaning
from drivers._types import Gap, Item, Note, Reading, Request, Why
from drivers._umb import TYPES, request
from drivers.umb import SHEET, Decoder, Settings

DUMP = Path(__file__).parents[2].parent / "shared/data/serial/umb/WS10DataDump.txt"

# doc/WS10DataDump.txt, the second and the fourth frame: answers of device 7009
FIVE = bytes.fromhex(
    "011001f0097031022f1000050800c80016abf829420c00580217000000000000000008005c1214d3000000"
    "06002057120f050600245e12000003f42404"
)
ONE_OF_MANY = bytes.fromhex("011001f009700d022f1000010800c80016abf8294203dc8804")
# MARWIS user manual, 19.2.4 and 19.2.5: one answer to 23, one to 2F
MARWIS_ONE = bytes.fromhex("011001f001a00a02231000640016c3d8c24103ba2c04")
MARWIS_TWO = bytes.fromhex("011001f001a013022f10000208006400 16cb3da541 05008403 1001 033f7704")
# UMB-Protokoll 1.0, 3.11
ASK_ONE = bytes.fromhex("0110017001f00402231064000361d904")
SAY_ONE = bytes.fromhex("011001f001700a02231000640016f554e141039086 04")
STREAM = FIVE + ASK_ONE + SAY_ONE + MARWIS_ONE + MARWIS_TWO

# the question that the simulator is asked: channels 100, 200, 300, 400, 500, 620, 820
ASK = request(0x7001, 0x2F, struct.pack("<B7H", 7, 100, 200, 300, 400, 500, 620, 820))


def answered(*said: bytes, address: int = 0x7001, status: int = 0) -> bytes:
    """An answer to 2F; each said is status, channel, type, value."""
    data = bytes((status, len(said))) + b"".join(bytes((len(one),)) + one for one in said)
    frame = b"\x01\x10\x01\xf0" + struct.pack("<HB", address, 2 + len(data)) + b"\x02\x2f\x10" + data + b"\x03"
    return frame + crc16_mcrf4xx(frame).to_bytes(2, "little") + b"\x04"


def heard(frame: bytes) -> list[Item]:
    return Decoder().feed(frame)


def rounded(items: list[Item]) -> list[Item]:
    """To three places, as the documents print them."""
    return [replace(item, value=round(item.value, 3)) if isinstance(item, Reading) else item for item in items]


def test_a_real_answer_reads_as_the_parser_of_its_maker_reads_it() -> None:
    """test/test.js: 42.49 % of channel 200, 0 mm of 600; 4700, 22304 and 24100 are not known here."""
    assert rounded(heard(FIVE)) == [
        Reading("humidity", 42.493, "%RH"),
        Reading("rain_total", 0.0, "mm"),
        Note("channel 4700", "211"),
        Note("channel 22304", "1295"),
        Note("channel 24100", "0"),
    ]


def test_the_manuals_marwis_says_the_roads_temperature_and_state() -> None:
    assert rounded(heard(MARWIS_ONE)) == [Reading("road_temperature", 24.356, "Cel")]
    assert rounded(heard(MARWIS_TWO)) == [
        Reading("road_temperature", 20.655, "Cel"),
        Reading("road_condition", 1.0, "count"),
    ]


def test_the_protocols_example_says_the_airs_temperature() -> None:
    assert rounded(heard(SAY_ONE)) == [Reading("temperature", 28.166, "Cel")]


def test_questions_are_heard_and_say_nothing() -> None:
    assert heard(ASK_ONE + SAY_ONE) == heard(SAY_ONE)


def test_our_questions_are_those_of_the_documents() -> None:
    assert request(0x7001, 0x23, b"\x64\x00") == ASK_ONE
    assert request(0xA001, 0x2F, struct.pack("<BHH", 2, 100, 900)) == bytes.fromhex(
        "011001a001f007022f10026400840303c12604"
    )
    assert request(0x7009, 0x2F, struct.pack("<BH", 1, 200)) == bytes.fromhex("0110097001f005022f1001c80003e9eb04")
    assert request(0x7009, 0x26) == bytes.fromhex("0110097001f002022610 03c6cf04")


@pytest.mark.skipif(not DUMP.exists(), reason="shared/data/serial/umb is missing")
def test_a_recording_of_both_directions_is_heard_without_a_gap() -> None:
    lines = DUMP.read_text().splitlines()
    items = heard(b"".join(bytes.fromhex(line.partition(">")[2]) for line in lines))
    assert len(lines) == 31
    assert [item.quantity for item in items if isinstance(item, Reading)] == [
        *("humidity", "rain_total", "humidity", "humidity")
    ]
    assert len([item for item in items if isinstance(item, Note)]) == 3
    assert len(items) == 7


@pytest.mark.skipif(not DUMP.exists(), reason="shared/data/serial/umb is missing")
def test_each_frame_of_the_recording_is_whole_and_found_amid_noise() -> None:
    for line in DUMP.read_text().splitlines():
        frame = bytes.fromhex(line.partition(">")[2])
        items = heard(b"\x01\x10\x01" + frame + b"\x02")
        assert items[0] == Gap(Why.NOISE, "3 bytes")
        assert items[1:] == heard(frame)


def test_it_asks_for_the_usual_channels_each_ten_seconds() -> None:
    decoder = Decoder()
    assert decoder.tick(0.0) == [Request(ASK)]
    assert decoder.feed(answered(struct.pack("<BHBf", 0, 100, 0x16, 4.5))) == [Reading("temperature", 4.5, "Cel")]
    assert decoder.tick(9.0) == []
    assert decoder.tick(10.0) == [Request(ASK)]


def test_while_it_asks_another_devices_answer_is_noise() -> None:
    decoder = Decoder()
    decoder.tick(0.0)
    decoder.feed(ONE_OF_MANY)
    items = decoder.feed(answered(struct.pack("<BHBf", 0, 100, 0x16, 4.5)))
    assert items == [Gap(Why.NOISE, f"{len(ONE_OF_MANY)} bytes"), Reading("temperature", 4.5, "Cel")]


def test_an_echo_on_two_wires_is_skipped() -> None:
    decoder = Decoder()
    decoder.tick(0.0)
    assert decoder.feed(ASK + answered(struct.pack("<BHBf", 0, 100, 0x16, 4.5))) == [Reading("temperature", 4.5, "Cel")]


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        (0x10, 200),
        (0x11, -5),
        (0x12, 60_000),
        (0x13, -300),
        (0x14, 70_000),
        (0x15, -70_000),
        (0x16, 0.5),
        (0x17, -0.25),
    ],
)
def test_a_number_of_each_type_is_read(kind: int, number: float) -> None:
    value = struct.pack(TYPES[kind], number)
    assert heard(answered(struct.pack("<BHB", 0, 4711, kind) + value)) == [Note("channel 4711", f"{number:.9g}")]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("55 9001", "channel 400, wind_speed: cannot measure"),
        ("24 c900", "channel 201: invalid channel"),
        ("99 6400 16 00000000", "channel 100, temperature: status 0x99"),
        ("00 6400 18 00000000", "channel 100, temperature: 1800000000 is no value of a known type"),
        ("00 6400 16 0000", "channel 100, temperature: 160000 is no value of a known type"),
        ("00 6400", "channel 100, temperature: nothing is no value of a known type"),
        ("00 6400 16 0000c07f", "temperature is nan: no value"),
        ("", "channel 0: no status"),
    ],
)
def test_a_channel_without_a_value_is_a_gap_with_the_devices_reason(said: str, words: str) -> None:
    assert heard(answered(bytes.fromhex(said))) == [Gap(Why.INVALID, words)]


def test_a_road_of_unknown_condition_is_a_gap() -> None:
    (gap,) = heard(answered(struct.pack("<BHBB", 0, 900, 0x10, 99), address=0xA001))
    assert gap == Gap(Why.IMPLAUSIBLE, "road_condition 99 count: beyond 0 to 98")


def test_a_refused_question_is_a_gap() -> None:
    assert heard(answered(status=0x28)) == [Gap(Why.INVALID, "7001: busy")]


def test_more_channels_are_told_than_there_are() -> None:
    frame = bytearray(answered(struct.pack("<BHBf", 0, 100, 0x16, 4.5)))
    frame[11] = 2
    frame[-3:-1] = crc16_mcrf4xx(bytes(frame[:-3])).to_bytes(2, "little")
    assert heard(bytes(frame)) == [Reading("temperature", 4.5, "Cel"), Gap(Why.INVALID, "channel 0: no status")]


def test_settings_choose_the_device_and_what_its_channels_mean() -> None:
    settings = Settings(0x7009, {"200": Meaning("humidity"), "4700": Meaning("uptime", "h", scale=1 / 60)}, 60.0)
    decoder = Decoder(settings)
    assert decoder.tick(0.0) == [Request(request(0x7009, 0x2F, struct.pack("<BHH", 2, 200, 4700)))]
    said = struct.pack("<BHBf", 0, 200, 0x16, 42.5), struct.pack("<BHBI", 0, 4700, 0x14, 210)
    assert decoder.feed(answered(*said, address=0x7009)) == [
        Reading("humidity", 42.5, "%RH"),
        Reading("uptime", 3.5, "h"),
    ]


def test_many_channels_are_asked_for_in_groups() -> None:
    decoder = Decoder(Settings(channels={str(100 + n): Meaning("temperature", channel=n) for n in range(31)}))
    sizes = []
    for second in range(3):
        (asked,) = decoder.tick(float(second))
        assert isinstance(asked, Request)
        sizes.append(asked.data[10])
        decoder.feed(answered())
    assert sizes == [15, 15, 1]


def test_of_a_marwis_the_usual_channels_are_the_roads() -> None:
    (asked,) = Decoder(Settings(0xA001)).tick(0.0)
    assert isinstance(asked, Request)
    assert struct.unpack("<8H", asked.data[11:27]) == (100, 110, 120, 210, 610, 800, 820, 900)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"address": 0x0001}, "address is 0x0001; expected class and number"),
        ({"address": 0xF001}, "address is 0xf001"),
        ({"address": 0x7000}, "address is 0x7000"),
        ({"address": 0x5001}, "channels of 0x5001 are none"),
        ({"channels": {"ten": Meaning("temperature")}}, "channel is 'ten'; expected a number of 0 to 65535"),
        ({"channels": {"65536": Meaning("temperature")}}, "channel is '65536'"),
        ({"period_s": 0.0}, "period_s is 0; expected 0.1 to 3600"),
    ],
)
def test_settings_that_make_no_sense_are_refused_in_words(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Settings(**settings)  # type: ignore[arg-type]  # on purpose


def test_the_probes_ask_for_the_status_that_every_device_has() -> None:
    assert SHEET.probes == (request(0x7001, 0x26), request(0xA001, 0x26))
    # test/test.js of node-red-umbparser: device 5001 is fine, and unable to measure
    assert heard(bytes.fromhex("011001f001500302261000034df704")) == [Note("status", "ok")]
    assert heard(bytes.fromhex("011001f00150030226105503025a04")) == [Gap(Why.INVALID, "5001: cannot measure")]


@pytest.mark.parametrize("bit", range(8 * len(ONE_OF_MANY)))
def test_a_turned_bit_never_gives_a_reading(bit: int) -> None:
    frame = bytearray(ONE_OF_MANY)
    frame[bit // 8] ^= 1 << bit % 8
    items = heard(bytes(frame) + FIVE * 5)  # a false length may cover 255 bytes
    assert isinstance(items[0], Gap)
    assert items[1:] == heard(FIVE) * 5
