"""Vaisala WXT5x0: lines of real devices, and the examples of its guides."""

import pytest

from drivers._checks import crc_sdi12
from drivers._types import Gap, Item, Note, Reading, Request, Why
from drivers.wxt import Decoder, Settings

# A WXT536 in a field, logged on 2023-07-01 (found in public code; shared/data/serial/frames.json)
FIELD = (
    b"0R0,Dn=095D,Dm=274D,Dx=352D,Sn=0.3M,Sm=5.8M,Sx=9.6M,Ta=17.9C,Ua=73.7P,Pa=1.0058B,Rc=13.02M,Rd=12480s,Ri=0.0M,"
    b"Hc=0.0M,Hd=0s,Hi=0.0M,Th=18.0C,Vh=12.1N,Vs=12.1V,Vr=3.631V\r\n"
)
# WXT510 User's Guide M210470EN-D, page 66: "Example (with CRC)"
WITH_CRC = (
    b"0r1,Sn=0.1M,Sm=0.1M,Sx=0.1MGOG\r\n"
    b"0r2,Ta=22.7C,Ua=55.5P,Pa=1004.7H@Fn\r\n"
    b"0r3,Rc=0.00M,Rd=0s,Ri=0.0MIlm\r\n"
    b"0r5,Th=25.0C,Vh=10.6#,Vs=10.8V,Vr=3.369VO]T\r\n"
)
STREAM = WITH_CRC + FIELD
# Comment of the weewx driver for the WXT5x0: a WXT520 that cannot see the wind
BLIND = (
    b"0R0,Dn=000#,Dm=106#,Dx=182#,Sn=1.1#,Sm=4.0#,Sx=6.6#,Ta=16.0C,Ua=50.0P,Pa=1018.1H,Rc=0.00M,Rd=0s,Ri=0.0M,Hc=0.0M,"
    b"Hd=0s,Hi=0.0M,Rp=0.0M,Hp=0.0M,Th=15.6C,Vh=0.0N,Vs=15.2V,Vr=3.498V,Id=Ant\r\n"
)
# The same comment: "an unexpected result: no value for Dn!"
TORN = b"0R1,Dn=0m=032D,Sm=0.1M,Ta=27.9C,Ua=39.4P,Pa=1003.2H,Rc=0.00M,Th=28.3C,Vh=0.0N\r\n"

# WXT530 User Guide M211840EN-G, "Polling with CRC"
ASK_CHECKED, ASK_PLAIN = b"0r0Kld\r\n", b"0R0\r\n"


def values(items: list[Item]) -> dict[str, float]:
    return {item.quantity: item.value for item in items if isinstance(item, Reading)}


def checked(line: bytes) -> bytes:
    return line + crc_sdi12(line) + b"\r\n"


def test_a_line_from_a_field_reads_as_it_says() -> None:
    assert values(Decoder().feed(FIELD)) == pytest.approx(
        {
            "wind_direction": 274,
            "wind_lull": 0.3,
            "wind_speed": 5.8,
            "wind_gust": 9.6,
            "temperature": 17.9,
            "humidity": 73.7,
            "pressure": 1005.8,
            "rain_total": 13.02,
            "rain_rate": 0,
            "hail": 0,
            "hail_intensity": 0,
            "heater_temperature": 18.0,
            "heater_voltage": 12.1,
            "supply": 12.1,
        }
    )


def test_fields_that_the_device_calls_invalid_are_gaps_and_the_others_are_read() -> None:
    items = Decoder().feed(BLIND)
    assert [item for item in items if isinstance(item, Gap)] == [
        Gap(Why.INVALID, f"{name}: not valid") for name in ("Dm", "Sn", "Sm", "Sx")
    ]
    read = values(items)
    assert (read["temperature"], read["humidity"], read["pressure"]) == pytest.approx((16.0, 50.0, 1018.1))
    assert not {name for name in read if name.startswith("wind")}


def test_a_line_that_lost_bytes_gives_no_direction() -> None:
    items = Decoder().feed(TORN)
    assert items[0] == Gap(Why.NOISE, "'Dn=0m=032D' is no field")
    assert values(items) == pytest.approx(
        {
            "wind_speed": 0.1,
            "temperature": 27.9,
            "humidity": 39.4,
            "pressure": 1003.2,
            "rain_total": 0,
            "heater_temperature": 28.3,
            "heater_voltage": 0,
        }
    )


@pytest.mark.parametrize(
    ("said", "letters"),
    [
        # WXT530 User Guide M211840EN-G, "Polling with CRC" and "Error messaging/text messages"
        (b"0r", b"BVT"),
        (b"0r0", b"Kld"),
        (b"0r1", b"Goe"),
        (b"0r2", b"Gje"),
        (b"0r3", b"Kid"),
        (b"0r5", b"Kcd"),
        (b"0xU", b"CCb"),
        (b"0tX,Use chksum Goe", b"IU~"),
        (b"0+3.14", b"OqZ"),  # SDI-12 1.4, 4.4.12.3
    ],
)
def test_the_crc_is_that_of_the_guides_examples(said: bytes, letters: bytes) -> None:
    assert crc_sdi12(said) == letters


def test_lines_with_a_crc_are_read() -> None:
    assert values(Decoder().feed(WITH_CRC)) == pytest.approx(
        {
            "wind_lull": 0.1,
            "wind_speed": 0.1,
            "wind_gust": 0.1,
            "temperature": 22.7,
            "humidity": 55.5,
            "pressure": 1004.7,
            "rain_total": 0,
            "rain_rate": 0,
            "heater_temperature": 25.0,
            "supply": 10.8,
        }
    )


def test_a_line_whose_crc_fails_is_told_and_not_read() -> None:
    assert Decoder().feed(WITH_CRC.replace(b"22.7", b"12.7"))[3] == Gap(Why.CHECKSUM, "37 bytes")


@pytest.mark.parametrize("bit", range(8 * len(b"0r2,Ta=22.7C,Ua=55.5P,Pa=1004.7H@Fn\r\n")))
def test_a_turned_bit_of_a_checked_answer_never_gives_a_reading(bit: int) -> None:
    decoder = Decoder()
    decoder.tick(0.0)
    line = bytearray(WITH_CRC.splitlines(keepends=True)[1])
    line[bit // 8] ^= 1 << bit % 8
    assert not values(decoder.feed(bytes(line)))


def test_a_crc_with_a_letter_that_cannot_be_printed_is_one() -> None:
    lines = [checked(b"0r0,Ta=%d.%dC" % divmod(tenths, 10)) for tenths in range(1000)]
    assert b"\x7f" in b"".join(lines)
    assert [values(Decoder().feed(line))["temperature"] for line in lines] == [tenths / 10 for tenths in range(1000)]


def test_it_asks_for_a_crc_as_the_guide_does() -> None:
    decoder = Decoder()
    assert decoder.tick(0.0) == [Request(ASK_CHECKED)]
    assert values(decoder.feed(checked(b"0r0,Sm=5.8M"))) == {"wind_speed": 5.8}
    assert decoder.tick(1.0) == []
    assert decoder.tick(5.0) == [Request(ASK_CHECKED)]


@pytest.mark.parametrize("words", [b"0TX,Unknown cmd error\r\n", checked(b"0tX,Use chksum abc")])
def test_who_refuses_is_asked_without_a_crc(words: bytes) -> None:
    decoder = Decoder()
    decoder.tick(0.0)
    (note,) = decoder.feed(words)
    assert isinstance(note, Note)
    assert decoder.tick(0.1) == [Request(ASK_PLAIN)]
    assert values(decoder.feed(b"0R0,Sm=5.8M\r\n")) == {"wind_speed": 5.8}
    assert decoder.tick(5.1) == [Request(ASK_PLAIN)]


def asked(decoder: Decoder, until_s: int, since_s: int = 0) -> list[bytes]:
    return [item.data for now in range(since_s, until_s) for item in decoder.tick(now) if isinstance(item, Request)]


def test_who_does_not_answer_is_asked_the_other_way_and_then_the_first_again() -> None:
    decoder = Decoder()
    assert asked(decoder, 300)[:9] == [*[ASK_CHECKED] * 3, *[ASK_PLAIN] * 3, *[ASK_CHECKED] * 3]
    assert len(asked(decoder, 7500, 300)) < 7200 / 150  # at last each way each five minutes


def test_who_has_answered_once_is_not_asked_without_a_crc_any_more() -> None:
    decoder = Decoder()
    decoder.tick(0.0)
    decoder.feed(checked(b"0r0,Sm=5.8M"))
    assert set(asked(decoder, 4000, 1)) == {ASK_CHECKED}


def test_an_answer_without_a_crc_to_a_question_with_one_is_noise() -> None:
    decoder = Decoder()
    decoder.tick(0.0)
    assert not values(decoder.feed(FIELD))


@pytest.mark.parametrize(
    ("field", "quantity", "value"),
    [
        ("Sm=36.0K", "wind_speed", 10.0),
        ("Sm=10.0S", "wind_speed", 4.4704),  # miles an hour
        ("Sm=10.0N", "wind_speed", 5.1444),
        ("Ta=74.6F", "temperature", 23.6667),
        ("Ta=-4.0F", "temperature", -20.0),
        ("Pa=101320.0P", "pressure", 1013.2),
        ("Pa=760.0M", "pressure", 1013.25),  # mmHg: one standard atmosphere
        ("Pa=29.9213I", "pressure", 1013.25),  # inHg
        ("Rc=0.10I", "rain_total", 2.54),
        ("Ri=1.00I", "rain_rate", 25.4),
        ("Hc=64.516I", "hail", 10.0),  # a square inch is 6.4516 cm²
        ("Vh=24.0W", "heater_voltage", 24.0),
    ],
)
def test_the_letter_after_a_number_is_its_unit(field: str, quantity: str, value: float) -> None:
    assert values(Decoder().feed(f"0R0,{field}\r\n".encode())) == pytest.approx({quantity: value}, rel=1e-5)


def test_a_unit_that_is_not_known_is_a_gap() -> None:
    assert Decoder().feed(b"0R3,Hc=12H\r\n") == [Gap(Why.INVALID, "Hc: unit 'H' is none of M, I")]


@pytest.mark.parametrize("field", ["Sm=", "Sm=5.8", "Sm=5..8M", "Sm=nanM", "Sm=1e3M", "Sm=5.8MM", "=5.8M", "5.8M", ""])
def test_a_damaged_field_is_a_gap_and_the_next_is_read(field: str) -> None:
    damaged, read = Decoder().feed(f"0R0,{field},Ta=17.9C\r\n".encode())
    assert damaged == Gap(Why.NOISE, f"{field!r} is no field")
    assert read == Reading("temperature", 17.9, "Cel")


def test_a_start_up_is_a_restart_and_an_error_of_the_device_a_gap() -> None:
    said = b"0TX,Start-up\r\n0TX,Unable to measure error\r\n0TX,Rain reset\r\n"
    assert Decoder().feed(said) == [
        Gap(Why.RESTART, "Start-up"),
        Gap(Why.INVALID, "Unable to measure error"),
        Note("text", "Rain reset"),
    ]


def test_its_address_is_a_note() -> None:
    assert Decoder().feed(b"7\r\n") == [Note("address", "7")]


def test_another_address_is_asked_and_heard() -> None:
    decoder = Decoder(Settings(address="B"))
    assert decoder.tick(0.0) == [Request(b"Br0" + crc_sdi12(b"Br0") + b"\r\n")]
    assert values(decoder.feed(checked(b"Br0,Sm=5.8M"))) == {"wind_speed": 5.8}
    assert not values(Decoder(Settings(address="B")).feed(FIELD))


@pytest.mark.parametrize("wrong", [{"address": "10"}, {"address": "*"}, {"address": ""}, {"period_s": 0.1}])
def test_settings_that_cannot_be_are_refused(wrong: dict[str, str | float]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Settings(**wrong)  # type: ignore[arg-type]  # wrong on purpose


def test_a_line_without_an_end_is_given_up() -> None:
    items = Decoder().feed(b"0R0," + b"x" * 400 + FIELD)
    assert items[0] == Gap(Why.NOISE, "404 bytes")
    assert values(items)["wind_speed"] == 5.8
