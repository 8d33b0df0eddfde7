"""A microphone calibrated by ``lamppost calibrate`` at a simulated calibrator, and the node that runs with it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.message.body import Calibrated, Event, Measurements
from edge.node.calibrations import CALIBRATIONS_FILE
from edge.trust.calibration import verify_calibration
from edge.trust.keys import Registry
from hil_tests.city import schema_faults
from hil_tests.program import lamppost, objects
from hil_tests.stand import Stand, Stands
from hil_tests.waiting import until
from simulators.sensors import pcm
from simulators.street.scene import Street

RATE_HZ, CHANNELS = 48_000, 4
CALIBRATOR = pcm.Tone(RATE_HZ, 1000, (-20.0,) * CHANNELS)
Signal = NDArray[np.float32]


class Bent:
    """A calibrator's tone with something wrong with it; ``bend`` takes seconds and samples."""

    def __init__(self, bend: Callable[[NDArray[np.float64], Signal], NDArray[np.floating]]) -> None:
        self._bend = bend

    def samples(self, first: int, count: int) -> Signal:
        seconds = np.arange(first, first + count) / RATE_HZ
        return self._bend(seconds, CALIBRATOR.samples(first, count)).astype(np.float32)


@pytest.fixture(scope="module")
def workshop(stands: Stands) -> Stand:
    """A front-end with a calibrator on its microphones; the node does not run."""
    return stands({"pcm": pcm.Sensor(signal=CALIBRATOR)})


def hears(workshop: Stand, signal: pcm.Signal) -> None:
    device = workshop.plugs["pcm"].simulated().sensor
    assert isinstance(device, pcm.Sensor)
    device.signal = signal


def calibrated(workshop: Stand, *options: str) -> tuple[int, list[dict[str, object]], str]:
    """Exit status, what was found, and what was said."""
    common = (
        "--config",
        str(workshop.bench.config),
        "--sensor",
        "pcm",
        "--by",
        "J. Jansen",
        "--seconds",
        "3",
        "--json",
    )
    done = lamppost("calibrate", *common, *options)
    return done.returncode, list(objects(done.stdout)), done.stderr


def kept(workshop: Stand) -> bytes:
    file = workshop.bench.folder / "state" / CALIBRATIONS_FILE
    return file.read_bytes() if file.exists() else b""


REFUSED: dict[str, pcm.Signal] = {
    "off frequency": pcm.Tone(RATE_HZ, 250, (-20.0,) * CHANNELS),
    "unsteady": Bent(lambda seconds, tone: tone * (1 + 0.05 * np.sin(2 * np.pi * 0.8 * seconds))),
    "clipped": pcm.Tone(RATE_HZ, 1000, (0.0,) * CHANNELS),
    "noisy": Bent(
        lambda seconds, tone: tone + 0.01 * np.random.default_rng(int(seconds[0] * 1e6)).standard_normal(tone.shape)
    ),
    "silence": pcm.Tone(RATE_HZ, 1000, (-110.0,) * CHANNELS),
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_tone_that_is_unfit_is_refused_and_nothing_is_written(workshop: Stand, why: str) -> None:
    before = kept(workshop)
    hears(workshop, REFUSED[why])
    status, [found], _ = calibrated(workshop)
    assert status == 1
    assert found["ok"] is False
    reasons = found["reasons"]
    assert isinstance(reasons, list)
    assert any(reason.startswith(f"{why}:") for reason in reasons), reasons
    assert kept(workshop) == before


@pytest.fixture(scope="module")
def running(workshop: Stand) -> Stand:
    """Two channels were calibrated, the calibrator is gone, and the node runs."""
    hears(workshop, CALIBRATOR)
    for channel, level in ((0, "94"), (2, "114")):
        status, [found], said = calibrated(workshop, "--channel", str(channel), "--level", level)
        assert (status, said) == (0, "")
        assert found["full_scale_db"] == pytest.approx(float(level) + 20, abs=0.01)
    hears(workshop, Street(rate_hz=RATE_HZ, channels=CHANNELS, seed=1))
    workshop.start()
    until(lambda: workshop.city.bodies(Event), "a shot is told")
    until(lambda: [m for m in workshop.city.bodies(Measurements) if m.sensor == "pcm"], "levels are told")
    return workshop


def test_the_record_in_force_is_told_once_and_is_the_nodes_own_word(running: Stand) -> None:
    [told] = running.city.bodies(Calibrated)
    record = verify_calibration(told.record, Registry.load(running.bench.keys)).record
    assert kept(running).endswith(told.record)
    assert (record.sensor, record.by, set(record.channels)) == ("pcm", "J. Jansen", {0, 2})
    assert record.channels[2].full_scale_db == pytest.approx(134, abs=0.01)


def test_every_event_and_reading_of_the_sensor_names_the_record(running: Stand) -> None:
    [told] = running.city.bodies(Calibrated)
    expected = verify_calibration(told.record, Registry.load(running.bench.keys)).id
    assert {event.calibration for event in running.city.bodies(Event)} == {expected}
    assert {measured.calibration for measured in running.city.bodies(Measurements)} == {expected}
    assert schema_faults(running.city.signed()) == []


def test_the_gateway_tells_it_in_words_of_who_and_what(running: Stand) -> None:
    told = [found for found in running.found_by_gateway() if found["type"] == "calibrated"]
    assert [(found["sensor"], found["by"]) for found in told] == [("pcm", "J. Jansen")]
    assert told[0]["full_scale_db"].keys() == {"0", "2"}


def test_while_the_node_runs_nobody_calibrates(running: Stand) -> None:
    before = kept(running)
    status, found, said = calibrated(running)
    assert (status, found) == (2, [])
    assert "it holds the port, and takes calibrations when it starts" in said
    assert "systemctl stop" in said
    assert kept(running) == before


def test_the_calibrations_in_force_are_shown_with_their_age_while_the_node_runs(running: Stand) -> None:
    done = lamppost("calibrate", "-c", running.bench.config, "--show", "--json")
    shown = list(objects(done.stdout))
    assert (done.returncode, [one["channel"] for one in shown]) == (0, [0, 2])
    assert {one["age_days"] for one in shown} == {0.0}


def test_a_port_where_nothing_is_plugged_in_is_told(workshop: Stand, tmp_path: Path) -> None:
    text = workshop.bench.config.read_text(encoding="utf-8").replace('"state"', '"elsewhere"')
    config = workshop.bench.folder / "elsewhere.toml"
    config.write_text(text.replace(str(workshop.plugs["pcm"].path), str(tmp_path / "nowhere")), encoding="utf-8")
    done = lamppost("calibrate", "-c", config, "--sensor", "pcm", "--by", "me")
    assert done.returncode == 2
    assert "cannot hear pcm" in done.stderr
