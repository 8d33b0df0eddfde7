"""What befalls sensors and their ports: each is told, with its reason, and touches no other."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from drivers._port import SerialPort
from drivers._types import Reading
from edge import plugins
from edge.message.body import Absence, Health, Measurements, Sense
from hil_tests.conversation import Recorder, driver, sensor, truth
from hil_tests.stand import SENSORS, Stand, Stands
from hil_tests.waiting import until
from simulators._faults import faulty

FAULTS = {"sds011": "flip=0.01", "gnss": "drop=0.001"}  # of ten bytes a second, and of some three hundred
DAMAGE = {"noise", "checksum"}
LIVELY_S = 1.0  # of a sensor's period: the others need not be waited for


@dataclass(frozen=True, slots=True)
class Part:
    """One sensor of a stand, as told since message ``since``."""

    stand: Stand
    name: str
    since: int = 0

    def heartbeats(self) -> list[Health]:
        return self.stand.city.bodies(Health, self.since)

    def is_deaf(self) -> bool:
        """Whether a heartbeat came, and the latest says so."""
        latest = next(reversed(self.heartbeats()), None)
        return latest is not None and latest.sensors[self.name].sense is Sense.DEAF

    def hears(self) -> bool:
        """Whether a heartbeat came, and the latest does not say deaf."""
        return bool(self.heartbeats()) and not self.is_deaf()

    def absences(self) -> set[str]:
        """Why data is missing, by what was told."""
        return {absence.why for absence in self.stand.city.bodies(Absence, self.since) if absence.sensor == self.name}

    def deaf_because(self) -> str:
        """The evidence of the first heartbeat that says deaf."""
        states = [beat.sensors[self.name] for beat in self.heartbeats()]
        return next(state.evidence for state in states if state.sense is Sense.DEAF)


GROUPS = 4  # of sensors that are unplugged together, so that the rest goes on beside them; one by one takes long


def ids(group: list[str]) -> str:
    return "+".join(group)


@pytest.fixture(scope="module", params=[plugins.names(SENSORS)[first::GROUPS] for first in range(GROUPS)], ids=ids)
def unplugged(streaming: Stand, request: pytest.FixtureRequest) -> Iterator[list[Part]]:
    """A stand that was streaming; the plugs of some sensors were pulled, and that was told."""
    since = streaming.city.latest()
    parts = [Part(streaming, name, since) for name in request.param]
    for part in parts:
        streaming.plugs[part.name].simulated().unplug()
    for part in parts:
        until(part.is_deaf, f"a heartbeat by which {part.name} is deaf")
    yield parts
    plugged_in_again(parts)


@pytest.fixture(scope="module")
def replugged(unplugged: list[Part]) -> list[Part]:
    """The same, plugged in again, and that was told."""
    return plugged_in_again(unplugged)


def plugged_in_again(lost: list[Part]) -> list[Part]:
    """The parts from then on; a heartbeat says that each hears."""
    since = lost[0].stand.city.latest()
    parts = [Part(part.stand, part.name, since) for part in lost]
    for part in parts:
        part.stand.plugs[part.name].plug_in()
    for part in parts:
        until(part.hears, f"a heartbeat by which {part.name} hears")
    return parts


def test_an_unplugged_sensor_is_deaf_and_the_heartbeat_says_why(unplugged: list[Part]) -> None:
    assert {part.name: "went away" in part.deaf_because() for part in unplugged} == {p.name: True for p in unplugged}


def test_that_the_data_of_an_unplugged_sensor_is_missing_is_told(unplugged: list[Part]) -> None:
    assert {part.name: "unplugged" in part.absences() for part in unplugged} == {p.name: True for p in unplugged}


def test_the_sensors_beside_unplugged_ones_go_on(unplugged: list[Part]) -> None:
    stand, since, lost = unplugged[0].stand, unplugged[0].since, {part.name for part in unplugged}
    others = [Part(stand, name, since) for name in stand.plugs.keys() - lost]
    lively = {part.name for part in others if driver(part.name).PERIOD_S <= LIVELY_S}
    until(lambda: lively <= sensors_told(unplugged[0]), "readings of the others that speak often")
    for part in others:
        assert all(beat.sensors[part.name].sense is not Sense.DEAF for beat in part.heartbeats())
        assert "unplugged" not in part.absences()


def test_a_sensor_that_is_plugged_in_again_is_heard_again(replugged: list[Part]) -> None:
    names = {part.name for part in replugged}
    until(lambda: names <= sensors_told(replugged[0]), "readings of each")


def sensors_told(part: Part) -> set[str]:
    """Whose readings came since then."""
    return {measured.sensor for measured in part.stand.city.bodies(Measurements, part.since)}


@dataclass(frozen=True, slots=True)
class Battered:
    """A stand whose sensors' bytes are damaged on the way, and what the sensors said before."""

    stand: Stand
    sources: dict[str, Recorder]

    def said(self) -> set[tuple[str, str, float]]:
        """Sensor, quantity and value of all that was said."""
        items = [(name, item) for name, source in self.sources.items() for item in truth(name, source)]
        return {(name, named(item), item.value) for name, item in items if isinstance(item, Reading)}

    def told(self) -> set[tuple[str, str, float]]:
        """The same, of all that was told."""
        found = self.stand.city.bodies(Measurements)
        return {(told.sensor, record.name, record.value) for told in found for record in told.records}


def named(item: Reading) -> str:
    """As a message names it."""
    return f"{item.quantity}/{item.channel}" if item.channel else item.quantity


@pytest.fixture(scope="module")
def battered(stands: Stands) -> Battered:
    """Bits are flipped and bytes lost, and that has shown."""
    sources = {name: sensor(name) for name in FAULTS}
    made = stands({name: faulty(source, [FAULTS[name]], seed=1) for name, source in sources.items()})
    for plug in made.plugs.values():
        plug.simulated()
    made.start()
    until(lambda: all(Part(made, name).absences() & DAMAGE for name in FAULTS), "damage of each is told")
    return Battered(made, sources)


def test_what_is_damaged_on_the_line_is_never_told_as_a_reading(battered: Battered) -> None:
    until(lambda: {name for name, _, _ in battered.told()} == FAULTS.keys(), "readings of each")
    assert battered.told() <= battered.said()


@pytest.fixture(scope="module")
def beset(stands: Stands) -> Iterator[Stand]:
    """A node that starts where one sensor's port is missing, and another program holds the other's."""
    made = stands({name: sensor(name) for name in ("gnss", "sds011")})
    made.plugs["gnss"].simulated().unplug()
    with SerialPort.open(str(made.plugs["sds011"].simulated().path), driver("sds011").LINE):
        made.start()
        yield made
        made.node.stop()


@pytest.mark.parametrize(("name", "words"), [("gnss", "is not there"), ("sds011", "is held by another program")])
def test_a_sensor_whose_port_cannot_be_opened_is_deaf_and_the_heartbeat_says_why(
    beset: Stand, name: str, words: str
) -> None:
    until(lambda: Part(beset, name).is_deaf(), f"a heartbeat by which {name} is deaf")
    assert words in Part(beset, name).deaf_because()
