"""SDI-12, against the examples of the standard (1.4, 4.4) and a real probe's lines (joembedded/SDI12Term, README)."""

import pytest

from drivers._checks import crc_sdi12
from drivers._meaning import Meaning
from drivers._types import Gap, Item, Note, Reading, Request, Why
from drivers.sdi12 import SHEET, Decoder, Probe, Settings

# SDI-12 1.4, 4.4.12.3
STREAM = b"0+3.14OqZ\r\n0+3.14+2.718IWO\r\n0+1.11+2.22+3.33+4.44+5.55+6.66I]q\r\n"
# SDI12Term: a pressure probe of STS, in bar and °C
STS_IDENTITY, STS_BEGUN, STS_VALUES = b"513STS AG  4900001.51157252\r\n", b"50012\r\n", b"5+0.00180+26.15\r\n"
STS = Settings({"5": Probe({"1": Meaning("water_level", scale=10.197), "2": Meaning("water_temperature")}, crc=False)})
TWO = Settings(
    {
        "0": Probe({"1": Meaning("water_level")}),
        "a": Probe({"1": Meaning("soil_moisture", "/100"), "2": Meaning("soil_moisture", "/100", channel=90)}),
    }
)
SILENT = Gap(Why.SILENT, "no answer to 30 4d 43 21 within 1 s")


def level(value: float) -> Reading:
    return Reading("water_level", value, "m")


def temperature(value: float) -> Reading:
    return Reading("water_temperature", value, "Cel")


def checked(line: bytes) -> bytes:
    return line + crc_sdi12(line) + b"\r\n"


def said(items: list[Item]) -> list[bytes]:
    return [item.data for item in items if isinstance(item, Request)]


def begun(decoder: Decoder, answer: bytes, now_s: float = 0.0) -> list[Item]:
    """The first question, and its answer."""
    assert said(decoder.tick(now_s)) == [b"0MC!"]
    return decoder.feed(answer)


def test_the_standards_examples_are_read() -> None:
    assert Decoder().feed(STREAM) == [level(3.14), level(3.14), temperature(2.718), level(1.11), temperature(2.22)]


def test_a_real_probe_is_asked_and_read_as_its_transcript_shows() -> None:
    decoder = Decoder(STS)
    assert decoder.tick(0.0) == [Request(b"5M!")]
    assert decoder.feed(STS_BEGUN) == []
    assert decoder.tick(0.5) == []
    assert decoder.tick(1.6) == [Request(b"5D0!")]
    assert decoder.feed(STS_VALUES) == [
        Reading("water_level", 0.0183546, "m", 5),
        Reading("water_temperature", 26.15, "Cel", 5),
    ]
    assert decoder.tick(1.7) == [Request(b"5I!")]
    assert decoder.feed(STS_IDENTITY) == [Note("probe", "5: STS AG 490000, version 1.5, 1157252, SDI-12 1.3")]
    assert decoder.tick(1.8) == []
    assert decoder.tick(10.0) == [Request(b"5M!")]


def test_its_transcript_is_read_as_a_recording_too() -> None:
    recording = b"5I!" + STS_IDENTITY + b"5M!" + STS_BEGUN + b"5\r\n" + b"5D0!" + STS_VALUES
    assert Decoder(STS).feed(recording) == [
        Note("probe", "5: STS AG 490000, version 1.5, 1157252, SDI-12 1.3"),
        Reading("water_level", 0.0183546, "m", 5),
        Reading("water_temperature", 26.15, "Cel", 5),
    ]


def test_a_probe_that_calls_is_asked_at_once() -> None:
    decoder = Decoder()
    begun(decoder, b"00302\r\n")
    assert decoder.tick(0.1) == []
    assert decoder.feed(b"0\r\n") == []
    assert decoder.tick(0.2) == [Request(b"0D0!")]
    assert decoder.feed(checked(b"0+3.14+2.718")) == [level(3.14), temperature(2.718)]


def test_a_probe_that_never_calls_is_asked_when_its_time_is_over() -> None:
    decoder = Decoder()
    begun(decoder, b"00302\r\n")
    decoder.tick(0.1)
    assert decoder.tick(30.0) == []
    assert decoder.tick(30.2) == [Request(b"0D0!")]


def test_values_that_do_not_fit_a_line_come_in_several() -> None:
    decoder = Decoder()
    begun(decoder, b"00002\r\n")
    assert said(decoder.tick(0.1)) == [b"0D0!"]
    assert decoder.feed(checked(b"0+3.14")) == [level(3.14)]
    assert said(decoder.tick(0.2)) == [b"0D1!"]
    assert decoder.feed(checked(b"0-2.718")) == [temperature(-2.718)]
    assert said(decoder.tick(0.3)) == [b"0I!"]


def test_a_line_whose_crc_fails_is_a_gap_and_is_asked_for_again() -> None:
    decoder = Decoder()
    begun(decoder, b"00002\r\n")
    decoder.tick(0.1)
    assert decoder.feed(b"0+3.15+2.718IWO\r\n") == []
    assert decoder.tick(1.2) == [Gap(Why.CHECKSUM, "17 bytes"), Request(b"0D0!")]
    assert decoder.feed(b"0+3.14+2.718IWO\r\n") == [level(3.14), temperature(2.718)]


def test_a_command_is_said_three_times_before_it_is_given_up() -> None:
    decoder = Decoder()
    assert [decoder.tick(float(second)) for second in range(4)] == [*[[Request(b"0MC!")]] * 3, [SILENT]]


def test_after_a_repeated_command_its_other_answer_passes_by() -> None:
    """Else the late line of D0 would be read as that of D1."""
    decoder = Decoder()
    begun(decoder, b"00002\r\n")
    decoder.tick(0.1)
    assert said(decoder.tick(1.2)) == [b"0D0!"]
    late = checked(b"0+3.14")
    assert decoder.feed(late) == [level(3.14)]
    assert decoder.tick(1.3) == []
    assert decoder.feed(late) == []
    assert decoder.tick(2.4) == [Gap(Why.NOISE, "11 bytes"), Request(b"0D1!")]


@pytest.mark.parametrize("answer", [b"0\r\n", checked(b"0")])
def test_a_measurement_that_was_broken_off_is_a_gap(answer: bytes) -> None:
    decoder = Decoder()
    begun(decoder, b"00002\r\n")
    decoder.tick(0.1)
    assert decoder.feed(answer) == [Gap(Why.INVALID, "probe 0 has no values: its measurement was broken off")]


def test_a_probe_with_fewer_values_than_the_settings_name_is_a_gap() -> None:
    decoder = Decoder()
    assert begun(decoder, b"00001\r\n") == [Gap(Why.INVALID, "probe 0 has 1 values, and none in place 2")]
    assert said(decoder.tick(0.1)) == [b"0D0!"]


def test_a_probe_without_values_is_not_asked_for_them() -> None:
    decoder = Decoder()
    assert [gap.why for gap in begun(decoder, b"00000\r\n") if isinstance(gap, Gap)] == [Why.INVALID] * 2
    assert said(decoder.tick(0.1)) == [b"0I!"]


def test_a_placeholder_beyond_the_limits_is_a_gap() -> None:
    assert Decoder().feed(checked(b"0-9999+2.718")) == [
        Gap(Why.IMPLAUSIBLE, "water_level -9999 m: beyond -1 to 100"),
        temperature(2.718),
    ]


@pytest.mark.parametrize(
    "line", [b"10+3.14+2.7\r\n", b"x0+3.14\r\n", b"1+3.10+2.7\r\n", b"3.10+2.7\r\n", b"0+3.1.4\r\n"]
)
def test_without_a_crc_only_a_whole_line_is_believed(line: bytes) -> None:
    decoder = Decoder(Settings({"0": Probe({"1": Meaning("water_level")}, crc=False)}))
    assert not [item for item in decoder.feed(line) if not isinstance(item, Gap)]


@pytest.mark.parametrize(
    ("text", "value"),
    [(b"+3", 3.0), (b"-3.", -3.0), (b"+.5", 0.5), (b"+1234567", 1234567.0), (b"-0.00180", -0.0018)],
)
def test_a_value_has_a_sign_and_up_to_seven_digits(text: bytes, value: float) -> None:
    decoder = Decoder(Settings({"0": Probe({"1": Meaning("water_level")}, crc=False)}))
    assert decoder.feed(b"0" + text + b"\r\n") == [level(value)]


def test_break_and_command_that_the_adapter_gives_back_are_skipped() -> None:
    decoder = Decoder()
    begun(decoder, b"\x000MC!00002\r\n")
    decoder.tick(0.1)
    assert decoder.feed(b"0D0!0+3.14+2.718IWO\r\n") == [level(3.14), temperature(2.718)]


def test_each_probe_of_a_bus_has_its_own_questions_and_channels() -> None:
    decoder = Decoder(TWO)
    assert said(decoder.tick(0.0)) == [b"0MC!"]
    decoder.feed(b"00001\r\n")
    assert said(decoder.tick(0.1)) == [b"0D0!"]
    assert decoder.feed(checked(b"0+3.14")) == [level(3.14)]
    assert said(decoder.tick(0.2)) == [b"aMC!"]
    decoder.feed(b"a0002\r\n")
    assert said(decoder.tick(0.3)) == [b"aD0!"]
    assert decoder.feed(checked(b"a+31.5+29.75")) == [
        Reading("soil_moisture", 31.5, "/100", 10),
        Reading("soil_moisture", 29.75, "/100", 90),
    ]


def test_a_probe_that_is_gone_does_not_hold_up_the_others() -> None:
    decoder, asked = Decoder(TWO), list[bytes]()
    for tenth in range(6000):
        for request in said(decoder.tick(tenth / 10)):
            asked.append(request)
            decoder.feed({b"aMC!": b"a0002\r\n", b"aD0!": checked(b"a+31.5+29.75")}.get(request, b""))
    assert asked.count(b"aD0!") > 50
    assert asked.count(b"0MC!") <= 3 * 10


def test_a_late_line_of_another_probe_is_noise() -> None:
    decoder = Decoder(TWO)
    decoder.tick(0.0)
    assert decoder.feed(b"a0002\r\n") == []
    assert decoder.feed(b"00001\r\n") == [Gap(Why.NOISE, "7 bytes")]


def test_other_measurements_of_a_probe_are_asked_by_their_number() -> None:
    meanings = {"1": Meaning("water_level")}
    for probe, request in ((Probe(meanings, measurement=3), b"7MC3!"), (Probe(meanings, False, 3), b"7M3!")):
        assert said(Decoder(Settings({"7": probe})).tick(0.0)) == [request]


def test_it_says_nothing_that_changes_a_probe() -> None:
    """No address change (aAb!), no extended command (aX…!), no verification, whatever the probes answer."""
    decoder, asked = Decoder(), set[bytes]()
    answers = {b"0MC!": b"00009\r\n", b"0I!": b"013STS AG  4900001.51157252\r\n"}
    for tenth in range(3000):
        for request in said(decoder.tick(tenth / 10)):
            asked.add(request)
            decoder.feed(answers.get(request, checked(b"0+1")))
    assert asked == {b"0MC!", b"0I!", *(b"0D%d!" % part for part in range(9))}


@pytest.mark.parametrize(
    ("probes", "words"),
    [
        ({}, "probes are none"),
        ({"?": Probe({"1": Meaning("water_level")})}, "address is '\\?'; expected one of 0-9, a-z, A-Z"),
        ({"10": Probe({"1": Meaning("water_level")})}, "address is '10'"),
        (
            {"0": Probe({"1": Meaning("water_level"), "2": Meaning("water_level")})},
            "water_level of channel 0 is there twice; expected a channel for each",
        ),
    ],
)
def test_settings_that_make_no_sense_are_refused_in_words(probes: dict[str, Probe], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Settings(probes)


def test_a_period_that_makes_no_sense_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"period_s is 0\.5; expected 1 to 86400"):
        Settings(period_s=0.5)


@pytest.mark.parametrize(
    ("values", "measurement", "words"),
    [
        ({}, 0, "values are none"),
        ({"0": Meaning("water_level")}, 0, "value is '0'; expected its place, '1' for the first"),
        ({"1": Meaning("water_level")}, 10, "measurement is 10; expected 0 for M"),
    ],
)
def test_a_probe_that_makes_no_sense_is_refused_in_words(
    values: dict[str, Meaning], measurement: int, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Probe(values, measurement=measurement)


def test_the_probe_asks_who_is_there() -> None:
    assert SHEET.probes == (b"0I!",)
    (note,) = Decoder().feed(b"013STS AG  4900001.51157252\r\n")
    assert isinstance(note, Note)


@pytest.mark.parametrize("bit", range(8 * (len(STREAM[:11]) - 2)))
def test_a_turned_bit_never_gives_a_reading(bit: int) -> None:
    line = bytearray(STREAM[:11])
    line[bit // 8] ^= 1 << bit % 8
    assert not [item for item in Decoder().feed(bytes(line)) if isinstance(item, Reading)]
