"""Simulated sound level meters: their bytes against the documents', and what their troubles make the drivers say."""

import struct

import pytest

from drivers._types import Gap, Why
from hil_tests.conversation import Conversation, gaps, measured
from simulators.scenario import Change, World
from simulators.sensors import nsrt, rion, sl451, xl2
from simulators.sensors.sl451 import bcd, token

LOUD = World(changes=(Change("sound_level", to=56.7),))


def test_the_level_of_an_sl451_is_binary_coded_decimal() -> None:
    """frames.json, "CEM DT-8852": 56.7 dB."""
    assert token(0x0D, bcd(567 // 100), bcd(567 % 100)) == bytes.fromhex("a50d0567")


def test_an_nsrt_answers_reads_and_nothing_else() -> None:
    meter = nsrt.Sensor(world=LOUD)
    meter.receive(bytes.fromhex("200000000000000001000000"), 1.0)  # would write the weighting
    assert meter.due_s() == float("inf")
    meter.receive(bytes.fromhex("100000800000000004000000"), 9.0)
    assert struct.unpack("<f", meter.emit())[0] == pytest.approx(56.7, abs=6)
    meter.receive(bytes.fromhex("310000800000000020000000"), 9.0)
    assert meter.emit() == b"NSRT_mk4_Dev" + bytes(20)


def test_an_xl2_takes_a_snapshot_and_answers_for_it() -> None:
    meter = xl2.Sensor(world=LOUD)
    meter.receive(b"MEAS:INIT\r\nMEAS:SLM:123? LAS\r\n", 1.0)
    assert meter.emit() == b"--.- dB, UNDEF\r\n"
    meter.receive(b"INIT START\r\nINIT:STATE?\r\n", 2.0)
    assert meter.emit() == b"SETTLING\r\n"
    meter.receive(b"MEAS:INIT\r\nMEAS:SLM:123? LAS\r\nINIT:STATE?\r\n", 4.0)
    level, status = meter.emit().decode().split(" dB, ")
    assert float(level) == pytest.approx(56.7, abs=6)
    assert (status, meter.emit()) == ("OK\r\n", b"RUNNING\r\n")


def test_a_rion_does_not_hear_a_command_that_comes_within_its_second() -> None:
    meter = rion.Sensor()
    meter.receive(b"Time Weighting?\r\nFrequency Weighting?\r\n", 1.0)
    assert meter.emit() == b"R+0000\r\nF\r\n$"
    assert meter.due_s() == float("inf")
    meter.receive(b"Nonsense?\r\n", 2.2)
    assert meter.emit() == b"R+0001\r\n$"
    meter.receive(b"DOD?\r\n", 4.0)
    assert len(meter.emit().split(b",")) == 64  # "Parsed 64 data points", slmm's log of an NL-43


@pytest.mark.parametrize("name", ["xl2", "rion", "sl451"])
def test_what_a_meter_itself_calls_no_value_is_a_gap_and_never_a_reading(name: str) -> None:
    talk = Conversation(name)
    talk.run(12)
    talk.sensor.switch("placeholder=1")
    talk.run(3)
    items = talk.run(12)
    assert not measured(items)
    assert {gap.why for gap in gaps(items)} == {Why.INVALID}


def test_a_maximum_that_an_sl451_holds_is_a_gap() -> None:
    talk = Conversation("sl451")
    talk.sensor.switch("hold=1")
    assert measured(talk.run(10)) == []
    assert "maximum held" in gaps(talk.run(10))[-1].detail


def test_of_a_rion_that_was_stopped_only_the_level_is_told() -> None:
    talk = Conversation("rion")
    talk.sensor.switch("stop=1")
    assert {getattr(item, "quantity", "") for item in measured(talk.run(20))} == {"LAF"}


def test_an_xl2_that_a_person_paused_is_told_and_left_alone() -> None:
    talk = Conversation("xl2")
    talk.run(5)
    talk.sensor.switch("paused=1")
    talk.sent.clear()
    assert Gap(Why.INVALID, "its measurement is paused") in talk.run(20)
    assert not [request for request in talk.sent if b"START" in request]
