"""Five transmitters of different makers on one bus, and nobody waits for one that is dead."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from drivers._modbus_register import Register
from drivers._types import Item, Reading, Why
from drivers.modbus import Decoder, Settings, Slave
from edge.errors import UserError
from edge.node import config
from hil_tests.conversation import Conversation, gaps
from simulators.scenario import WHAT
from simulators.sensors.modbus import GAS, NOISE, RADAR, SOLAR, WEATHER, Sensor

WEATHER_PARTS = "wind air noise pm pressure light rain sun"
BUS: Mapping[int, Slave] = {
    NOISE: Slave("noise"),
    WEATHER: Slave(" ".join(f"renke_{part}" for part in WEATHER_PARTS.split())),
    RADAR: Slave("radar_level"),
    GAS: Slave("jxct_air jxct_pm jxct_co2 jxct_co"),
    SOLAR: Slave("epever"),
}
NAMES = {"temperature": "air_temperature", "LAeq": "sound_level", "radiation": "solar_radiation"}
"""What the world calls it; the rest has the same name."""
MEASURED_S = 120.0
FILE = """
[node]
name = "lamp-1"
key = "lamp-1.pem"
state = "state"

[sensors.bus]
driver = "modbus"
port = "/dev/serial/by-path/bus"
baud = 9600
period_s = 5
slaves.1.table = "noise"
slaves.2.table = "renke_wind renke_air"
[sensors.bus.slaves.9.registers.wind_speed]
register = 0x16
scale = 0.1
most = 60

[uplinks.city]
transport = "mqtt"
gateway_keys = "gateway.cbor"
host = "mqtt.city.example"
"""


def talk(slaves: Mapping[int, Slave], specs: tuple[str, ...] = ()) -> Conversation:
    conversation = Conversation("modbus", specs)
    conversation.decoder = Decoder(Settings({str(address): slave for address, slave in slaves.items()}))
    return conversation


def trouble(conversation: Conversation, name: str, value: float) -> None:
    sensor = conversation.source.sensor
    assert isinstance(sensor, Sensor)
    assert sensor.trouble(name, value)


def as_the_world_has_it(item: Item) -> bool:
    """Whether a reading of a quantity of the world is near it; what the world does not know passes."""
    natural = WHAT.get(NAMES.get(item.quantity, item.quantity)) if isinstance(item, Reading) else None
    if natural is None or not isinstance(item, Reading):
        return True
    return abs(item.value - natural.value) < natural.wander + 0.02 * natural.value + 1.5


def counts(items: list[Item]) -> Counter[tuple[str, int]]:
    return Counter((item.quantity, item.channel) for item in items if isinstance(item, Reading))


def test_a_bus_is_read_from_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "node.toml").write_text(FILE)
    settings = config.load(tmp_path / "node.toml").sensors["bus"].settings
    wind = Register(0x16, scale=0.1, most=60)
    slaves = {"1": Slave("noise"), "2": Slave("renke_wind renke_air"), "9": Slave(registers={"wind_speed": wind})}
    assert settings == Settings(slaves, period_s=5)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("renke_air", "renke_hair", "sensors.bus.slaves.2: table has 'renke_hair'; expected names"),
        ("slaves.1.", "slaves.300.", "sensors.bus: slaves has '300'; expected addresses, 1 to 247"),
        ("0x16", "0x16\ntype = 'u8'", "sensors.bus.slaves.9.registers.wind_speed: type is 'u8'; expected one of"),
        ("scale", "skale", "unknown key sensors.bus.slaves.9.registers.wind_speed.skale"),
        ("scale", 'unit = "km/h"\nscale', "sensors.bus.slaves.9: unit of wind_speed is 'km/h'; expected 'm/s'"),
    ],
)
def test_a_wrong_bus_is_refused_by_its_path(tmp_path: Path, old: str, new: str, words: str) -> None:
    (tmp_path / "node.toml").write_text(FILE.replace(old, new))
    with pytest.raises(UserError) as refused:
        config.load(tmp_path / "node.toml")
    assert words in str(refused.value)


def test_every_quantity_of_every_slave_is_read_as_the_world_has_it() -> None:
    items = talk(BUS).run(10.0)
    assert not gaps(items)
    assert counts(items).keys() >= {
        *((quantity, address) for quantity in ("temperature", "humidity", "pm10") for address in (WEATHER, GAS)),
        *(("LAeq", address) for address in (NOISE, WEATHER)),
        *((quantity, 0) for quantity in "wind_speed pressure illuminance water_level distance co co2".split()),
        *((quantity, 0) for quantity in "panel_voltage panel_power battery_current yield_today charger_state".split()),
    }
    assert [item for item in items if not as_the_world_has_it(item)] == []


def test_water_level_and_distance_add_up_to_the_height_of_the_radar() -> None:
    readings = [item for item in talk({RADAR: Slave("radar_level")}).run(4.0) if isinstance(item, Reading)]
    last = {item.quantity: item.value for item in readings}
    assert last["water_level"] + last["distance"] == pytest.approx(WHAT["sensor_height"].value, abs=0.02)


def test_what_the_slaves_themselves_call_no_value_is_no_value() -> None:
    conversation = talk(BUS)
    trouble(conversation, "placeholder", 1)
    items = conversation.run(6.0)
    assert {item.quantity for item in items if isinstance(item, Reading)} == {"charger_state"}  # two bits of a word
    assert {gap.why for gap in gaps(items)} == {Why.INVALID}


@pytest.mark.parametrize("dead", BUS)
def test_a_dead_slave_does_not_stall_the_others(dead: int) -> None:
    """In two minutes none of the others' quantities loses more than one reading in twenty."""
    alive, whole = talk(BUS), talk(BUS)
    trouble(alive, "dead", dead)
    items, expected = alive.run(MEASURED_S), counts(whole.run(MEASURED_S))
    assert {gap.why for gap in gaps(items)} == {Why.SILENT}
    found = counts(items)
    lost = {one: 1 - found[one] / count for one, count in expected.items() if found[one]}
    assert len(lost) >= len(expected) // 2
    assert max(lost.values()) < 0.05, lost
    asked = Counter(request[0] for request in alive.sent)
    assert asked[dead] < 10 < min(count for address, count in asked.items() if address != dead)


def test_a_slave_that_comes_back_is_read_again_and_one_that_dies_is_told() -> None:
    conversation = talk({NOISE: BUS[NOISE], GAS: BUS[GAS]})
    assert not gaps(conversation.run(10.0))
    trouble(conversation, "dead", GAS)
    (gap,) = {gap.why for gap in gaps(conversation.run(30.0))}
    assert gap is Why.SILENT
    trouble(conversation, "dead", 0)
    assert counts(conversation.run(70.0))["co", 0] > 10


@pytest.mark.parametrize("fault", ["echo=1", "late=0.2:0.7", "drop=0.01", "flip=0.01", "insert=0.01"])
def test_under_faults_of_the_bus_no_slave_is_taken_for_another(fault: str) -> None:
    conversation = talk(BUS, (fault,))
    items = conversation.run(60.0)
    assert [item for item in items if not as_the_world_has_it(item)] == []
    assert len(counts(items)) > 25
    assert Why.IMPLAUSIBLE not in {gap.why for gap in gaps(items)}
