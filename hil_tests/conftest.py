"""What tests ask for: sensors on ports, and the states that a stand can be in."""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from edge import plugins
from edge.message.body import Health, Measurements, Sense
from hil_tests.stand import SENSORS, Stand, Stands, plugged, stand
from hil_tests.waiting import until
from simulators._types import Sensor

ALL_S = 120.0  # some sensors speak each ten seconds; on a busy machine
CHILDREN = Path(f"/proc/self/task/{os.getpid()}/children")  # of the main thread, which alone starts programs here


def pytest_addoption(parser: pytest.Parser) -> None:
    words = "the real sensor MODEL at PATH instead of a simulated one; may be repeated"
    parser.addoption("--port", action="append", default=[], metavar="MODEL=PATH", help=words)


@pytest.fixture(scope="session")
def real(pytestconfig: pytest.Config) -> Mapping[str, Path]:
    """The real sensors, by model."""
    ports = {model: Path(path) for model, _, path in (one.partition("=") for one in pytestconfig.getoption("--port"))}
    if unknown := ports.keys() - set(plugins.names(SENSORS)):
        raise pytest.UsageError(f"--port: no {unknown}; there are: {', '.join(plugins.names(SENSORS))}")
    return ports


def _alive() -> set[str]:
    """Threads and processes of ours."""
    return {thread.name for thread in threading.enumerate()} | set(CHILDREN.read_text(encoding="ascii").split())


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    before = _alive()
    yield
    until(lambda: _alive() <= before, "threads and processes of the tests have ended")


@pytest.fixture(scope="module")
def stands(real: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stands]:
    """Makes stands, with nothing running on them yet; they are taken down with the module."""
    with ExitStack() as stack:

        def make(sensors: Mapping[str, Sensor]) -> Stand:
            folder = tmp_path_factory.mktemp("stand")
            plugs = stack.enter_context(plugged(sensors, real, folder))
            return stack.enter_context(stand(plugs, folder))

        yield make


@pytest.fixture(scope="module")
def streaming(stands: Stands) -> Stand:
    """Every sensor that there is, and the city has readings of each."""
    made = stands({name: plugins.load(SENSORS, name).Sensor(seed=1) for name in plugins.names(SENSORS)})
    made.start()
    until(lambda: all_told(made), "readings of each", ALL_S)
    until(lambda: all_heard(made), "heartbeats by which each sensor was heard", ALL_S)
    return made


def all_told(made: Stand) -> bool:
    """Whether readings of each sensor are in the city."""
    return {told.sensor for told in made.city.bodies(Measurements)} == made.plugs.keys()


def all_heard(made: Stand) -> bool:
    """Whether each sensor was not deaf by some heartbeat."""
    beats = made.city.bodies(Health)
    return {name for beat in beats for name, state in beat.sensors.items() if state.sense is not Sense.DEAF} == (
        made.plugs.keys()
    )
