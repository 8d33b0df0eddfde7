"""Each sensor's simulator and driver, which share no code: what the one says the other reads, whatever befalls it.

A sensor joins by its two files alone: the folders are walked.
"""

import numpy as np
import pytest

from drivers._types import Asking, Block, Gap, Item, Reading, Why
from drivers._units import SENML_UNITS, UCUM_UNITS
from edge import plugins
from hil_tests.conversation import STEP_S, Conversation, driver, false, gaps, measured, truth, value
from simulators._faults import FAULTS

NAMES = sorted({*plugins.names("drivers"), *plugins.names("simulators.sensors")})
every_sensor = pytest.mark.parametrize("name", NAMES)

FAULTY_S = 6.0
RECOVERY_S = 10.0
"""A false head makes the GNSS driver wait for 2 KiB, which are seven seconds of the simulated receiver."""
SPECS = {
    "flip": "flip=0.001",
    "drop": "drop=0.001",
    "insert": "insert=0.001",
    "double": "double=0.001",
    "lose64": "lose64=0.2",
    "lose512": "lose512=0.1",
    "lose4095": "lose4095=0.05",
    "stall": "stall={at}:2",
    "silence": "silence={at}:2",
    "wrongbaud": "wrongbaud={at}:2",
    "stuck": "stuck={at}:2",
    "banner": "banner={at}",
    "modem": "modem={at}",
    "late": "late=0.3:0.7",
    "echo": "echo=1",
    "restart": "restart={at}",
}
ADDS_NOISE = ("wrongbaud", "banner", "modem")


def periods(name: str, count: float, least_s: float) -> float:
    """So many of the sensor's own periods, and no less than ``least_s``."""
    return max(least_s, count * driver(name).PERIOD_S)


def befallen(name: str, fault: str) -> tuple[list[Item], list[Item]]:
    """What the sensor said, and what was read of it: with a fault for some seconds, then without."""
    talk = Conversation(name, [SPECS[fault].format(at=periods(name, 2, 2.0))])
    items = talk.run(periods(name, 6, FAULTY_S))
    talk.sensor.switch(f"{fault}=off")
    items += talk.run(periods(name, 12, RECOVERY_S))
    return truth(name, talk.source), items


def test_every_driver_has_a_simulator_and_every_simulator_a_driver() -> None:
    assert plugins.names("drivers") == plugins.names("simulators.sensors")


def test_every_fault_is_tried() -> None:
    assert SPECS.keys() == FAULTS.keys()


@every_sensor
def test_a_driver_reads_its_simulator_without_a_gap(name: str) -> None:
    talk = Conversation(name)
    talk.run(periods(name, 4, 4.0))  # until it is warm
    items = talk.run(periods(name, 6, 4.0))
    assert not gaps(items)
    assert measured(items)
    assert {item.unit for item in items if isinstance(item, Reading)} <= SENML_UNITS | UCUM_UNITS
    assert not false(name, items, truth(name, talk.source))


@every_sensor
def test_a_sensor_speaks_as_often_as_its_driver_expects(name: str) -> None:
    talk = Conversation(name)
    talk.run(periods(name, 4, 4.0))
    talk.times_s.clear()
    talk.run(periods(name, 6, 6.0))
    assert np.diff(talk.times_s).max() <= 1.5 * driver(name).PERIOD_S + 2 * STEP_S


@every_sensor
def test_what_a_simulated_sensor_says_is_decided_by_its_seed(name: str) -> None:
    first, same, other = (Conversation(name, seed=seed) for seed in (3, 3, 4))
    for talk in (first, same, other):
        talk.run(periods(name, 3, 4.0))
    assert first.source.said == same.source.said
    assert other.source.said != first.source.said


@every_sensor
def test_before_a_sensor_is_warm_its_values_are_gaps(name: str) -> None:
    talk = Conversation(name, warm_up_s=periods(name, 4, 4.0))
    items = talk.run(periods(name, 3, 3.0))
    assert not [item for item in items if isinstance(item, Reading)]
    values = [item for item in talk.run(periods(name, 8, 8.0)) if isinstance(item, Reading)]
    cold = [gap for gap in gaps(items) if gap.why is Why.WARMING]
    assert bool(cold) == bool(values)  # the front-end may have no reading at all for some seconds


@every_sensor
@pytest.mark.parametrize("fault", SPECS)
def test_under_a_fault_nothing_wrong_is_read_and_the_driver_recovers(name: str, fault: str) -> None:
    true, items = befallen(name, fault)
    assert not false(name, items, true)
    assert value(measured(items)[-1]) in {value(item) for item in measured(true)[-40:]}


@every_sensor
@pytest.mark.parametrize("fault", ADDS_NOISE)
def test_bytes_that_are_not_the_sensors_are_told(name: str, fault: str) -> None:
    _, items = befallen(name, fault)
    assert gaps(items)


@every_sensor
def test_a_sensor_that_does_not_answer_is_asked_ever_more_seldom_and_heard_when_it_comes_back(name: str) -> None:
    talk = Conversation(name)
    if not isinstance(talk.decoder, Asking):
        assert talk.sent in ([], [driver(name).GREETING])
        return
    talk.run(periods(name, 4, 4.0))
    talk.sensor.switch("silence=0:1e9", talk.now_s)
    talk.sent.clear()
    silent = talk.run(periods(name, 40, 40.0))
    assert Why.SILENT in {gap.why for gap in gaps(silent)}
    assert not measured(silent)
    assert len(talk.sent) < 0.7 * 40 * max(1, len(set(talk.sent)))
    talk.sensor.switch("silence=off")
    assert measured(talk.run(periods(name, 140, 140.0)))


@pytest.mark.parametrize("fault", SPECS)
def test_no_sample_of_the_front_end_is_missing_without_a_gap(fault: str) -> None:
    """Between two blocks that do not join there is always a gap that says so."""
    _, items = befallen("pcm", fault)
    expected, told = None, True
    for item in items:
        if isinstance(item, Gap):
            told = True
        elif isinstance(item, Block):
            assert told or (item.boot, item.first) == expected
            expected, told = (item.boot, item.first + item.samples.shape[1]), False


def test_the_front_ends_samples_are_those_of_its_signal() -> None:
    talk = Conversation("pcm")
    heard = np.concatenate([item.samples for item in talk.run(1.0) if isinstance(item, Block)], axis=1)
    front_end = plugins.load("simulators.sensors", "pcm").Sensor(seed=3)
    np.testing.assert_allclose(heard, front_end.signal.samples(0, heard.shape[1]), atol=2.0**-24)
