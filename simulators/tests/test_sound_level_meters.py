"""Simulated sound level meters: their bytes against the documents', commands, and troubles."""

import struct

import pytest

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


def test_troubles_are_what_the_meters_themselves_say() -> None:
    loud, held, silent, paused = sl451.Sensor(), sl451.Sensor(), rion.Sensor(), xl2.Sensor()
    for meter, name in ((loud, "placeholder"), (held, "hold"), (silent, "placeholder"), (paused, "paused")):
        assert isinstance(meter, sl451.Sensor | rion.Sensor | xl2.Sensor)
        assert meter.trouble(name, 1)
        assert not meter.trouble("nothing", 1)
    assert token(0x07) + token(0x0D, 0x13, 0x00) in loud.emit()
    assert token(0x04) in held.emit()
    silent.receive(b"DOD?\r\n", 1.0)
    assert silent.emit().startswith(b"R+0000\r\n--.-,--.-,--.-,")
    paused.receive(b"INIT START\r\nINIT:STATE?\r\n", 1.0)
    assert paused.emit() == b"PAUSED\r\n"
    paused.trouble("placeholder", 1)
    paused.receive(b"MEAS:INIT\r\nMEAS:SLM:123? LAF\r\n", 5.0)
    assert paused.emit() == b"--.- dB, OVER\r\n"


def test_an_xl2_that_is_switched_on_again_does_not_measure() -> None:
    meter = xl2.Sensor()
    meter.receive(b"INIT START\r\n", 1.0)
    again = meter.restarted(5.0)
    again.receive(b"INIT:STATE?\r\n", 1.0)
    assert again.emit() == b"STOPPED\r\n"
