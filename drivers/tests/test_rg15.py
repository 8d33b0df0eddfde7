"""Hydreon: lines of real gauges, as their owners saw them on the line."""

from collections.abc import Iterable
from typing import cast

import pytest

from drivers import rg15
from drivers._screen import Screen
from drivers._types import Driver, Gap, Item, Note, Reading, Request, Why
from drivers.rg15 import ASK, PERIOD_S, SHEET, Decoder, Settings
from drivers.tests.noise import heard

# arendst/Tasmota#14067, Dec 22 18:58:46: an RG-15, asked twice in dry weather; its log leaves CR LF out
LINE = bytes.fromhex(
    "4163632020302E3030206D6D2C204576656E744163632020302E3030206D6D2C20546F74616C4163632020322E3033206D6D2C2052496E742020"
    "302E3030206D6D7068"
)
STREAM = (LINE + b"\r\n") * 2

# esphome/issues#3323, 12:45:12: an RG-15 in continuous mode under a watering can
HEAVY = bytes.fromhex(
    "41:63:63:20:20:30:2E:30:34:20:6D:6D:2C:20:45:76:65:6E:74:41:63:63:20:20:31:2E:36:33:20:6D:6D:2C:20:54:6F:74:61:6C:41:"
    "63:63:20:20:36:2E:35:31:20:6D:6D:2C:20:52:49:6E:74:20:39:39:2E:38:31:20:6D:6D:70:68:0D:0A".replace(":", "")
)

# esphome/issues#3248, 2022-07-18 16:32:30: an RG-15 is restarted by K and told P
RESTARTED = (
    b";************************************************************\r\n; HYDREON MODEL RG-15 RAIN GAUGE\r\n"
    b"; SOFTWARE COPYRIGHT (C) 2020 HYDREON CORPORATION\r\nSW 1.000 2020.07.06\r\n"
    b"Emitters 11 12, NormEm 24, EmTotal 23\r\nPwrDays 0\r\n\r\np\r\n"
)

# janick/esphome-RG9-rain-sensor, README, line ends restored (frames.json)
RG9 = (
    b"Reset D\r\n\r\n;************************************************************\r\n"
    b"; HYDREON MODEL RG-9 RAIN GAUGE\r\n"
    b"; SOFTWARE COPYRIGHT (C) 2020 HYDREON CORPORATION\r\nSW 1.000 2020.06.05\r\nEmitters 100, EmTotal 200\r\n"
    b"DIP 0000\r\nPwrDays 0\r\n\r\nR 0\r\n"
)


def line(acc: float, event: float, total: float, rate: float = 0.0) -> bytes:
    return f"Acc {acc:5.2f} mm, EventAcc {event:5.2f} mm, TotalAcc {total:5.2f} mm, RInt {rate:5.2f} mmph\r\n".encode()


def told(rate: float, event: float, total: float, rain: float) -> list[Reading]:
    return [
        Reading("rain_rate", rate, "mm/h"),
        Reading("rain_event", event, "mm"),
        Reading("rain_total", total, "mm"),
        Reading("rain", rain, "mm"),
    ]


def fallen(items: Iterable[Item]) -> float:
    return sum(item.value for item in items if isinstance(item, Reading) and item.quantity == "rain")


def test_the_first_line_tells_no_total_since_nothing_agrees_with_it_yet() -> None:
    assert Decoder().feed(STREAM) == [*told(0.0, 0.0, 2.03, 0.0)[:2], *told(0.0, 0.0, 2.03, 0.0)]


def test_a_real_line_in_heavy_rain_follows_from_its_acc() -> None:
    """The line after it, 12:45:18, says Acc 0.46, EventAcc 2.09, TotalAcc 6.97; the excerpt ends there."""
    items = Decoder().feed(HEAVY + line(0.46, 2.09, 6.97, 99.81))
    assert items == [*told(99.81, 1.63, 6.51, 0.0)[:2], *told(99.81, 2.09, 6.97, 0.46)]


def test_a_line_of_another_program_s_tests_is_read_as_there() -> None:
    """frames.json: find_string id 71406399276, RainLogic tests."""
    (rate, event) = Decoder().feed(b"Acc  0.01 mm, EventAcc  0.20 mm, TotalAcc 12.60 mm, RInt  0.47 mmph\r\n")
    assert [rate, event] == told(0.47, 0.20, 12.6, 0.01)[:2]


def test_inches_become_millimetres() -> None:
    """The instructions write "Acc 0.000 in, EventAcc 0.000 in, TotalAcc 0.000 in, RInt 0.000 iph"."""
    first, second = (
        "Acc 0.000 in, EventAcc 0.002 in, TotalAcc 0.503 in, RInt 0.020 iph\r\n",
        ("Acc 0.004 in, EventAcc 0.006 in, TotalAcc 0.507 in, RInt 0.100 iph\r\n"),
    )
    assert Decoder().feed((first + second).encode())[2:] == told(2.54, 0.1524, 12.8778, 0.1016)


def test_an_external_bucket_behind_it_is_overlooked() -> None:
    """Tasmota, xsns_90_hrg15.ino, its comment."""
    text = (
        b"Acc 0.001 mm, EventAcc 0.002 mm, TotalAcc 0.003 mm, RInt 0.004 mmph, XTBTips 0, XTBAcc 0.01 mm, "
        b"XTBEventAcc 0.02 mm, XTBTotalAcc 0.03 mm\r\n"
    )
    assert Decoder().feed(text) == told(0.004, 0.002, 0.0, 0.0)[:2]


def test_a_restart_is_told_once_with_what_it_says_of_itself() -> None:
    assert Decoder().feed(RESTARTED + STREAM)[:5] == [
        Note("model", "RG-15"),
        Note("firmware", "1.000 2020.07.06"),
        Note("emitters", "Emitters 11 12, NormEm 24, EmTotal 23"),
        Gap(Why.RESTART, "PwrDays 0"),
        Note("days with power", "0"),
    ]


def test_an_rg9_tells_its_level() -> None:
    assert Decoder().feed(RG9 + b"R 3\r\np\r\nR 7\r\n") == [
        Gap(Why.RESTART, "Reset D"),
        Note("model", "RG-9"),
        Note("firmware", "1.000 2020.06.05"),
        Note("emitters", "Emitters 100, EmTotal 200"),
        Note("switches", "0000"),
        Note("days with power", "0"),
        Reading("rain_level", 0.0, "count"),
        Reading("rain_level", 3.0, "count"),
        Reading("rain_level", 7.0, "count"),
    ]


def test_when_rain_begins_an_rg15_says_so_and_that_is_no_restart() -> None:
    """esphome/issues#3248, 2022-07-17 15:32:44."""
    event = b"\r\n;----------------------------------------\r\nEvent\r\nSW 1.000 2020.07.06\r\n\r\n"
    assert Decoder().feed(event) == [Note("event", "Event"), Note("firmware", "1.000 2020.07.06")]


@pytest.mark.parametrize("flag", ["LensBad", "EmSat", "TooCold"])
@pytest.mark.parametrize("text", ["{flag}", "R 0 {flag}", LINE.decode() + " {flag}", LINE.decode() + ", {flag}"])
def test_a_flag_takes_the_place_of_the_values_of_its_line(flag: str, text: str) -> None:
    (gap,) = Decoder().feed(text.format(flag=flag).encode() + b"\r\n")
    assert isinstance(gap, Gap)
    assert gap.why is Why.INVALID
    assert gap.detail.startswith(flag)


@pytest.mark.parametrize("answer", [b"p", b"c", b"h", b"m", b"", b"Baud 9600"])
def test_acknowledgements_say_nothing(answer: bytes) -> None:
    assert Decoder().feed(answer + b"\r\n") == []


def test_it_is_only_ever_asked_to_read() -> None:
    decoder, said = Decoder(), bytearray()
    for tenth in range(36_000):
        said += b"".join(item.data for item in decoder.tick(tenth / 10) if isinstance(item, Request))
        if tenth % 150 == 1:
            decoder.feed(LINE + b"\r\n")
    assert set(bytes(said)) == set(b"R\n")
    assert SHEET.probes == (ASK,) == (b"R\n",)


def test_it_is_asked_each_period_and_an_answer_ends_the_question() -> None:
    decoder = Decoder(Settings(period_s=10.0))
    assert decoder.tick(0.0) == [Request(b"R\n")]
    assert decoder.feed(b"R\n" + STREAM)  # an echo before it
    assert [at_s for at_s in range(1, 20) if decoder.tick(float(at_s)) == [Request(b"R\n")]] == [10]


def test_a_gauge_in_continuous_mode_is_heard_between_questions() -> None:
    decoder = Decoder()
    decoder.tick(0.0)
    decoder.feed(line(0.0, 0.0, 2.0))
    decoder.tick(0.1)
    assert decoder.feed(line(0.1, 0.1, 2.1, 3.0)) == told(3.0, 0.1, 2.1, 0.1)


def test_a_line_that_was_lost_in_the_rain_costs_a_moment_but_no_rain() -> None:
    decoder = Decoder()
    items = decoder.feed(line(0, 0, 2.0) + line(0.1, 0.1, 2.1) + line(0.1, 0.3, 2.3) + line(0.1, 0.4, 2.4))
    assert [item for item in items if isinstance(item, Gap)] == [
        Gap(Why.IMPLAUSIBLE, "TotalAcc 2.3 mm after 2.1, but Acc is 0.1")
    ]
    assert fallen(items) == pytest.approx(0.4)


def test_a_total_that_was_zeroed_is_told_as_such() -> None:
    items = Decoder().feed(
        line(0, 0, 2.0) + line(0, 0, 2.0) + line(0, 0, 0) + line(0.1, 0.1, 0.1) + line(0.1, 0.2, 0.2)
    )
    assert [item for item in items if isinstance(item, Gap)] == [
        Gap(Why.IMPLAUSIBLE, "TotalAcc 0 mm after 2, but Acc is 0"),
        Gap(Why.LOST, "TotalAcc fell from 2 to 0.1 mm: it was zeroed"),
    ]
    assert items[-4:] == told(0.0, 0.2, 0.2, 0.1)


RAIN = [line(0.00 if n == 0 else 0.12, 3 + 0.12 * n, 12.60 + 0.12 * n, 80.0) for n in range(12)]


@pytest.mark.parametrize("at", range(len(RAIN[4])))
@pytest.mark.parametrize("bit", range(8))
def test_a_turned_bit_in_a_line_never_makes_rain(at: int, bit: int) -> None:
    """A damaged last digit may pass, within the rounding; the next line then makes up for it."""
    damaged = bytearray(RAIN[4])
    damaged[at] ^= 1 << bit
    decoder, screen, items = Decoder(), Screen(SHEET, PERIOD_S), list[Item]()
    for number, one in enumerate([*RAIN[:4], bytes(damaged), *RAIN[5:]]):
        items += screen.items(decoder.feed(one), number * PERIOD_S)
    assert fallen(items) == pytest.approx(11 * 0.12, abs=0.011)
    totals = [item.value for item in items if isinstance(item, Reading) and item.quantity == "rain_total"]
    assert all(min(abs(total - 12.60 - 0.12 * n) for n in range(12)) < 0.022 for total in totals)
    rates = {item.value for item in items if isinstance(item, Reading) and item.quantity == "rain_rate"}
    assert rates == {80.0}


@pytest.mark.parametrize("at", range(len(LINE)))
def test_a_byte_lost_or_doubled_costs_its_line_and_no_more(at: int) -> None:
    for hurt in (LINE[:at] + LINE[at + 1 :], LINE[: at + 1] + LINE[at:]):
        items = Decoder().feed(STREAM + hurt + b"\r\n" + STREAM)
        totals = {item.value for item in items if isinstance(item, Reading) and item.quantity == "rain_total"}
        assert totals == {2.03}
        assert items[-4:] == told(0.0, 0.0, 2.03, 0.0)


def test_a_level_that_no_gauge_has_is_not_told() -> None:
    """janick/esphome-RG9-rain-sensor reports up to 9, "contrary to documentation"."""
    (gap,) = Screen(SHEET, PERIOD_S).items(Decoder().feed(b"R 9\r\n"), 0.0)
    assert isinstance(gap, Gap)


def test_a_period_that_makes_no_sense_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"period_s is 0\.1; expected 1 to 3600"):
        Settings(period_s=0.1)


def test_two_minutes_of_noise_gives_no_reading() -> None:
    items = heard(cast(Driver, rg15), 1, Decoder())
    assert not [item for item in items if isinstance(item, Reading)]
