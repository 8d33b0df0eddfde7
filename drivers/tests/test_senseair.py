"""Senseair S8: TDE2067, "Modbus on Senseair S8", its examples."""

from drivers._types import Gap, Reading, Request, Why
from drivers.senseair import Decoder

# TDE2067, 5.2: CO2 read, 400 ppm
STREAM = bytes.fromhex("fe04020190acd8")
ASK_CO2, ASK_STATUS = bytes.fromhex("fe0400030001d5c5"), bytes.fromhex("fe040000000125c5")


def test_the_documents_answer_is_400_ppm() -> None:
    assert Decoder().feed(STREAM) == [Reading("co2", 400.0, "ppm")]


def test_it_asks_as_the_document_does() -> None:
    decoder = Decoder()
    assert decoder.tick(0.0) == [Request(ASK_CO2)]
    assert decoder.feed(STREAM) == [Reading("co2", 400.0, "ppm")]
    assert decoder.tick(0.1) == [Request(ASK_STATUS)]
    assert decoder.feed(bytes.fromhex("fe04020000ad24")) == []
    assert decoder.tick(5.0) == [Request(ASK_CO2)]


def test_a_status_that_tells_of_a_fault_is_a_gap() -> None:
    decoder = Decoder()
    decoder.tick(0.0)
    decoder.feed(STREAM)
    decoder.tick(0.1)
    assert decoder.feed(bytes.fromhex("fe04020020acfc")) == [Gap(Why.INVALID, "out of range")]


def test_a_refusal_is_told_with_its_reason() -> None:
    decoder = Decoder()
    decoder.tick(0.0)
    (gap,) = decoder.feed(bytes.fromhex("fe8402f2f1"))
    assert gap == Gap(Why.INVALID, "slave 254 refuses register 3: illegal data address")
