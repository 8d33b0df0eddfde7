"""A node on its sensors, simulated or real, in fair weather."""

from collections.abc import Callable, Mapping
from itertools import pairwise

from drivers._units import SENML_UNITS, UCUM_UNITS
from edge.message.body import Boot, Health, Measurements
from hil_tests.city import schema_faults
from hil_tests.stand import Stand

HEARTBEAT_NS = 2 * 2 * 10**9  # twice as long as configured: two busy cores may be late
RESIDENT_MB = 150.0  # of a computer of 512 MB that does other things too


def units(streaming: Stand) -> Mapping[str, set[str]]:
    """What each sensor's readings are in."""
    told: dict[str, set[str]] = {}
    for message in streaming.city.bodies(Measurements):
        told.setdefault(message.sensor, set()).update(record.unit for record in message.records)
    return told


def test_every_sensor_gives_readings_in_units_of_the_one_table(streaming: Stand) -> None:
    assert units(streaming).keys() == streaming.plugs.keys()
    assert set().union(*units(streaming).values()) <= SENML_UNITS | UCUM_UNITS


def test_a_heartbeat_says_of_every_sensor_how_it_fares_and_why(streaming: Stand) -> None:
    health = streaming.city.health()
    assert health is not None
    assert health.sensors.keys() == streaming.plugs.keys()
    assert all(state.evidence for state in health.sensors.values())
    assert health.uplinks == {"bench": "connected"}


def test_what_arrives_begins_with_the_start_of_the_node(streaming: Stand) -> None:
    assert isinstance(streaming.city.messages()[0].body, Boot)


def test_every_message_keeps_to_the_schema(streaming: Stand) -> None:
    assert schema_faults(streaming.city.signed()) == []


def test_heartbeats_come_as_often_as_configured(streaming: Stand) -> None:
    times_ns = [m.time_ns for m in streaming.city.messages() if isinstance(m.body, Health)]
    assert len(times_ns) > 1
    assert all(later - time_ns < HEARTBEAT_NS for time_ns, later in pairwise(times_ns))


def test_the_node_keeps_within_its_memory(
    streaming: Stand, record_testsuite_property: Callable[[str, object], None]
) -> None:
    resident_mb = streaming.node.resident_mb()
    first_message_ns = streaming.city.messages()[0].time_ns - streaming.node.started_ns
    record_testsuite_property("node_resident_mb", round(resident_mb))
    record_testsuite_property("first_message_s", first_message_ns / 1e9)
    assert resident_mb < RESIDENT_MB
