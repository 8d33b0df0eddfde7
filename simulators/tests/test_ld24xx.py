"""The simulated radars' encoders, against frames of the documents and of real modules."""

import re

from simulators.scenario import Change, World
from simulators.sensors import ld2410, ld2450

# Tasmota, xsns_102_ld2410.ino, logged from a module: rests at 311 cm, the last that moved was at 288 cm
ENGINEERING = "f4f3f2f1230001aa0220010037016426010808120504090c0d0f040100001f646464 64311a8c015500f8f7f6f5"
NOBODY = World(changes=(Change("persons", to=0),))
CROWD = World(changes=(Change("persons", to=5),))


def test_an_ld2410_report_is_framed_as_a_real_one() -> None:
    real = bytes.fromhex(ENGINEERING)
    assert ld2410._report(1, real[8:-6]) == real
    assert len(ld2410.Sensor(engineering=True).emit()) == len(real)
    assert len(ld2410.Sensor().emit()) == 23


def test_an_ld2410_without_anybody_says_no_target() -> None:
    assert ld2410.Sensor(world=NOBODY).emit()[8] == 0
    assert ld2410.Sensor().emit()[8] in (2, 3)


def test_an_ld2410_that_measures_its_noise_says_so() -> None:
    sensor = ld2410.Sensor()
    assert sensor.trouble("placeholder", 1.0)
    assert sensor.emit()[8] == 4


def test_an_ld2450_writes_numbers_as_its_document_does() -> None:
    """HLK-LD2450 Serial Communication Protocol V1.03, 2.3: -782 mm, 1713 mm, -16 cm/s."""
    assert b"".join(map(ld2450._word, (-782, 1713, -16))).hex() == "0e03b1861000"


def test_an_ld2450_says_as_many_as_there_are_and_three_at_most() -> None:
    assert ld2450.Sensor(world=NOBODY).emit() == b"\xaa\xff\x03\x00" + bytes(24) + b"\x55\xcc"
    crowd = ld2450.Sensor(world=CROWD).emit()
    assert [any(crowd[at : at + 8]) for at in (4, 12, 20)] == [True, True, True]
    assert re.fullmatch(rb"\xaa\xff\x03\x00[\s\S]{24}\x55\xcc", crowd)
