"""Transmitters on a bus: frames of devices, of manuals and of shared/data/serial/frames.json, and settings."""

from collections.abc import Mapping

import pytest

from drivers._modbus import framed
from drivers._modbus_register import Register
from drivers._modbus_tables import TABLES
from drivers._types import Gap, Item, Reading, Request, Why
from drivers._units import UNITS
from drivers.modbus import SHEET, Decoder, Settings, Slave

# A noise transmitter of the Renke and Taidacent kind says 55.0 dB (frames.json, constructed), and 60.1 dB
STREAM = bytes.fromhex("010302022638fe") + framed(bytes.fromhex("0103020259"))

Rows = Mapping[str, Register]


def one(slave: int, registers: Rows, table: str = "") -> Settings:
    return Settings({str(slave): Slave(table, registers)})


def heard(settings: Settings, *frames: str) -> list[Item]:
    """What unasked answers say."""
    decoder = Decoder(settings)
    return [item for frame in frames for item in decoder.feed(bytes.fromhex(frame))]


def asked(settings: Settings) -> list[str]:
    """What is asked in the first second, of slaves that answer at once, each with a refusal."""
    decoder, requests = Decoder(settings), []
    for tenth in range(1, 11):
        for item in decoder.tick(tenth / 10):
            if isinstance(item, Request):
                requests.append(item.data.hex())
                decoder.feed(framed(bytes((item.data[0], item.data[1] | 0x80, 2))))
    return requests


def test_a_noise_transmitter_is_asked_and_read_without_settings() -> None:
    decoder = Decoder()
    assert decoder.tick(0.0) == [Request(bytes.fromhex("010300000001840a"))]
    assert decoder.feed(STREAM[:7]) == [Reading("LAeq", 55.0, "dB")]
    assert decoder.tick(1.9) == []
    assert decoder.tick(2.0) == [Request(bytes.fromhex("010300000001840a"))]
    assert SHEET.probes == (bytes.fromhex("010300000001840a"),)


def test_a_jxct_gas_transmitter_reads_as_its_manual_does() -> None:
    """JXBS-3001-CO: 00BD is 18.9 ppm (frames.json); JXBS-3001-O3: the same is 1.89 ppm."""
    frame = "01030200bd7835"
    assert heard(one(1, {}, "jxct_co"), frame) == [Reading("co", 18.9, "ppm")]
    assert heard(one(1, {}, "jxct_o3"), frame) == [Reading("o3", 1.89, "ppm")]
    assert asked(one(1, {}, "jxct_co")) == ["01030006000164 0b".replace(" ", "")]


def test_a_jxct_air_transmitter_reads_as_its_manual_does() -> None:
    """ "Temperature and humidity transmitter (485)": 0292 is 65.8 %, FF9B is -10.1 degrees."""
    settings = one(1, {}, "jxct_air")
    assert asked(settings) == ["010300000002c40b"]
    assert heard(settings, "0103040292ff9b5a3d") == [
        Reading("humidity", 65.8, "%RH"),
        Reading("temperature", -10.1, "Cel"),
    ]


def test_a_delta_dtb4824_reads_as_it_was_recorded() -> None:
    """minimalmodbus, tests (frames.json): registers 1000 and 1001, temperature and set point in tenths of a degree."""
    rows = {
        "furnace": Register(0x1000, "i16", scale=0.1, unit="Cel", least=-200, most=1000),
        "set_point": Register(0x1001, "i16", scale=0.1, unit="Cel"),
    }
    assert asked(one(7, rows)) == ["070310000002c0ad"]
    assert heard(one(7, rows), "070304fdde015e4dcd") == [
        Reading("furnace", -54.6, "Cel"),
        Reading("set_point", 35.0, "Cel"),
    ]
    assert heard(one(7, {"set_point": rows["set_point"]}), "0703020320316c") == [Reading("set_point", 80.0, "Cel")]


def test_an_epever_2206an_reads_as_it_was_recorded() -> None:
    """sinf/epever-2206an-scripts, test2.py: register 3104, 13.03 V."""
    rows = {"battery_voltage": TABLES["epever"]["battery_voltage"]}
    assert asked(one(1, rows)) == ["0104310400017ef7"]
    assert heard(one(1, rows), "0104020517fa6e") == [Reading("battery_voltage", 13.03, "V")]


def test_an_epever_ls1024b_reads_as_it_was_recorded() -> None:
    """Public firmware, a comment in its ls1024_read(): 15 registers from 3100."""
    names = "panel_voltage panel_power battery_voltage load_current".split()
    rows = {name: TABLES["epever"][name] for name in names}
    rows |= {f"spare_{n:x}": Register(n, unit="count", function=4) for n in (0x3101, 0x310E)}
    rows |= {f"spare_{n:x}": Register(n, unit="count", function=4) for n in range(0x3105, 0x310D)}
    assert asked(one(1, rows)) == ["01043100000fbef2"]
    items = heard(one(1, rows), "01041e006700000000000004fe00000000000004fe00000000000004fe00000000afba")
    assert [item for item in items if isinstance(item, Reading) and item.quantity in names] == [
        Reading("panel_voltage", 1.03, "V"),
        Reading("panel_power", 0.0, "W"),
        Reading("battery_voltage", 12.78, "V"),
        Reading("load_current", 0.0, "A"),
    ]


def test_each_ready_table_has_units_that_are_known_and_limits() -> None:
    for name, table in TABLES.items():
        for quantity, register in table.items():
            register.meaning(quantity)
            assert register.mask or register.most < 1e5 or quantity == "illuminance", (name, quantity)
            assert Slave(name).quantities() == table


def test_neighbours_are_asked_for_together_and_nothing_across_a_hole() -> None:
    assert asked(one(3, {}, "radar_level")) == [
        framed(bytes.fromhex("030300010001")).hex(),
        framed(bytes.fromhex("030300030001")).hex(),
    ]
    assert asked(one(2, {}, "renke_air renke_noise renke_pm renke_pressure")) == [
        framed(bytes.fromhex("020301f80006")).hex()
    ]
    assert len(asked(Settings({"2": Slave("renke_air", together=False)}))) == 2


def test_a_run_is_no_longer_than_a_small_slave_answers() -> None:
    rows = {f"number_{n}": Register(n, unit="count") for n in range(40)}
    counts = [int(request[8:12], 16) for request in asked(one(1, rows))]
    assert counts == [32, 8]


def test_holding_and_input_registers_are_never_one_request() -> None:
    rows = {"first": Register(0, unit="V", function=3), "second": Register(1, unit="V", function=4)}
    assert [request[:4] for request in asked(one(1, rows))] == ["0103", "0104"]


def test_what_is_read_more_seldom_is_a_question_of_its_own() -> None:
    rows = {"often": Register(0, unit="V"), "seldom": Register(1, unit="V", period_s=60)}
    decoder, requests = Decoder(one(1, rows)), 0
    for second in range(1, 61):
        for item in decoder.tick(float(second)):
            if isinstance(item, Request):
                requests += item.data[3] == 1
                decoder.feed(framed(b"\x01\x03\x02\x00\x07"))
    assert requests == 1


def test_a_quantity_of_several_slaves_has_their_addresses_as_channels() -> None:
    settings = Settings({"12": Slave("jxct_air"), "5": Slave("jxct_co jxct_air")})
    frames = [framed(bytes.fromhex(f"{slave:02x}03040292ff9b")).hex() for slave in (5, 12)]
    items = [item for item in heard(settings, *frames) if isinstance(item, Reading)]
    assert [(item.quantity, item.channel) for item in items] == [
        ("humidity", 5),
        ("temperature", 5),
        ("humidity", 12),
        ("temperature", 12),
    ]
    (co,) = heard(settings, framed(bytes.fromhex("05030200bd")).hex())
    assert co == Reading("co", 18.9, "ppm", 0)


def test_a_slave_may_have_a_channel_of_its_own() -> None:
    settings = Settings({"12": Slave("noise"), "5": Slave("noise", channel=0)})
    frames = [framed(bytes.fromhex(f"{slave:02x}03020226")).hex() for slave in (5, 12)]
    assert heard(settings, *frames) == [Reading("LAeq", 55.0, "dB", 0), Reading("LAeq", 55.0, "dB", 12)]
    with pytest.raises(ValueError, match="several slaves give LAeq on channel 0; expected another channel of each"):
        Settings({"12": Slave("noise", channel=0), "5": Slave("noise", channel=0)})
    with pytest.raises(ValueError, match="channel is -2; expected no less than -1"):
        Slave("noise", channel=-2)


@pytest.mark.parametrize(
    ("register", "data", "expected"),
    [
        (Register(0, "u16", scale=0.5, offset=-10), "0064", 40.0),
        (Register(0, "i16"), "ff38", -200.0),
        (Register(0, "u32"), "00010002", 65538.0),
        (Register(0, "u32", low_word_first=True), "00020001", 65538.0),
        (Register(0, "i32"), "fffffffe", -2.0),
        (Register(0, "f32"), "41d9e7ff", 27.2382793427),
        (Register(0, "u16", mask=0b1100), "fff9", 2.0),
        (Register(0, "u16", mask=0xFFFF), "ffff", 65535.0),
    ],
)
def test_a_number_is_read_as_its_row_says(register: Register, data: str, expected: float) -> None:
    items = register.items(register.meaning("battery_voltage"), bytes.fromhex(data), 1, 0)
    assert items == [Reading("battery_voltage", expected, "V")]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("u16", "ffff"),
        ("i16", "7fff"),
        ("i16", "8000"),
        ("u32", "ffffffff"),
        ("i32", "7fffffff"),
        ("i32", "80000000"),
        ("f32", "7fc00000"),
        ("f32", "ff800000"),
    ],
)
def test_what_says_that_there_is_no_value_is_a_gap(kind: str, data: str) -> None:
    gap = Gap(Why.INVALID, f"slave 9: temperature is {data}, which says: no value")
    register = Register(0, kind)
    assert register.items(register.meaning("temperature"), bytes.fromhex(data), 9, 0) == [gap]


def test_a_value_beyond_its_limits_is_a_gap_and_the_limits_are_values() -> None:
    frames = [framed(bytes.fromhex(f"010302{tenths:04x}")).hex() for tenths in (300, 1200, 299, 1201)]
    assert heard(Settings(), *frames) == [
        Reading("LAeq", 30.0, "dB"),
        Reading("LAeq", 120.0, "dB"),
        Gap(Why.IMPLAUSIBLE, "slave 1: LAeq 29.9 dB: beyond 30 to 120"),
        Gap(Why.IMPLAUSIBLE, "slave 1: LAeq 120.1 dB: beyond 30 to 120"),
    ]


def test_what_a_scale_makes_infinite_is_a_gap() -> None:
    register = Register(0, "f32", scale=1e300)
    (gap,) = register.items(register.meaning("pressure"), bytes.fromhex("7f7fffff"), 1, 0)
    assert gap == Gap(Why.IMPLAUSIBLE, "slave 1: pressure inf hPa: beyond -inf to inf")


def test_one_bad_value_leaves_its_neighbours() -> None:
    frame = framed(bytes.fromhex("010304ffffff9b")).hex()
    gap, temperature = heard(one(1, {}, "jxct_air"), frame)
    assert isinstance(gap, Gap)
    assert temperature == Reading("temperature", -10.1, "Cel")


def test_a_refused_register_is_told_and_the_others_are_read() -> None:
    settings = one(3, {}, "radar_level")
    decoder = Decoder(settings)
    decoder.tick(0.0)
    refusal = decoder.feed(framed(bytes.fromhex("038302")))
    assert refusal == [Gap(Why.INVALID, "slave 3 refuses register 1: illegal data address")]
    decoder.tick(0.1)
    assert decoder.tick(0.2) == [Request(framed(bytes.fromhex("030300030001")))]
    assert decoder.feed(framed(bytes.fromhex("03030201a4"))) == [Reading("water_level", 0.42, "m")]


def test_the_late_answer_of_another_slave_is_no_answer() -> None:
    settings = Settings({"1": Slave("noise"), "2": Slave("noise")})
    decoder = Decoder(settings)
    decoder.tick(0.0)
    (silent,) = decoder.tick(0.5)
    assert isinstance(silent, Gap)
    assert decoder.tick(1.0) == [Request(framed(bytes.fromhex("020300000001")))]
    assert decoder.feed(STREAM[:7]) == []
    own = framed(bytes.fromhex("0203020259"))
    assert decoder.feed(own) == [Gap(Why.NOISE, "7 bytes"), Reading("LAeq", 60.1, "dB", 2)]


def test_the_echo_of_a_two_wire_bus_is_skipped() -> None:
    decoder = Decoder()
    (request,) = decoder.tick(0.0)
    assert isinstance(request, Request)
    assert decoder.feed(request.data + STREAM[:7]) == [Reading("LAeq", 55.0, "dB")]


def test_nothing_but_reading_is_ever_asked() -> None:
    """Functions 5, 6, 15 and 16 change addresses, baud rates and calibrations for good."""
    settings = Settings({str(n): Slave(name) for n, name in enumerate(TABLES, 1)})
    assert {question.request[1] for question in settings.questions()} == {3, 4}
    assert {len(question.request) for question in settings.questions()} == {8}


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"type": "u8"}, "type is 'u8'; expected one of 'u16', 'i16', 'u32', 'i32', 'f32'"),
        ({"register": 70_000}, "register is 70000; expected 0 to 65535, as it is on the wire"),
        ({"register": 65_535, "type": "f32"}, "register is 65535; expected 0 to 65534, as it is on the wire"),
        ({"register": -1}, "register is -1; expected 0 to 65535, as it is on the wire"),
        ({"function": 6}, "function is 6; expected 3 (holding registers) or 4 (input registers)"),
        ({"mask": 1, "type": "i16"}, "mask is 1, type 'i16'; expected bits of an unsigned type"),
        ({"mask": 0x1_0000}, "mask is 65536, type 'u16'; expected bits of an unsigned type"),
        ({"scale": 0.0}, "co has scale 0, .* expected a scale that is not 0, least < most"),
        ({"least": 5.0, "most": 5.0}, "least 5, most 5, .* expected .* least < most"),
        ({"period_s": -1.0}, "period_s is -1; expected no less than 0"),
    ],
)
def test_a_wrong_register_is_refused_in_words(keys: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("(", "[(]").replace(")", "[)]")):
        Slave(registers={"co": Register(**({"register": 0} | keys))})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("quantity", "unit", "words"),
    [
        ("temperature", "K", "unit of temperature is 'K'; expected 'Cel': "),
        ("turbidity", "FNU", "unit of turbidity is 'FNU'; expected a SenML unit"),
        ("turbidity", "", "unit of turbidity is ''; expected a SenML unit"),
        ("wind speed", "m/s", "'wind speed' is no quantity; expected letters, digits and _"),
    ],
)
def test_a_wrong_quantity_or_unit_is_refused_in_words(quantity: str, unit: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Slave(registers={quantity: Register(0, unit=unit)})


def test_a_quantity_that_nobody_knows_may_be_read_in_a_unit_that_is_known() -> None:
    assert "turbidity" not in UNITS
    items = heard(one(1, {"turbidity": Register(0, unit="NTU")}), framed(bytes.fromhex("0103020005")).hex())
    assert items == [Reading("turbidity", 5.0, "NTU")]


@pytest.mark.parametrize("address", ["0", "248", "01", "one", "-1", ""])
def test_an_address_that_no_slave_has_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=f"slaves has '{address}'; expected addresses, 1 to 247"):
        Settings({address: Slave("noise")})


def test_other_wrong_settings_are_refused_in_words() -> None:
    slow = {"level": Register(0, unit="m", period_s=60)}
    with pytest.raises(ValueError, match="table has 'noice'; expected names, with spaces between, of: noise, "):
        Slave("noise noice")
    with pytest.raises(ValueError, match="it has neither table nor registers; expected one of them"):
        Slave()
    with pytest.raises(ValueError, match="slaves has 0 tables; expected 1 to 32"):
        Settings({})
    with pytest.raises(ValueError, match="timeout_s is 5, period_s 2; expected 0 < timeout_s <= period_s <= 3600"):
        Settings(timeout_s=5)
    with pytest.raises(ValueError, match="period_s is 2; expected 60: no register is read more often"):
        one(1, slow)
    assert Settings({"1": Slave(registers=slow)}, period_s=60).period_s == 60
