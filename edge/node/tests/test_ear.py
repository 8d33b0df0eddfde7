"""The ear: where in the device's samples an event was, and when on the wall clock."""

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers._types import Block, Reading
from dsp.levels import level_db
from edge.message.body import Event
from edge.node.calibrations import Calibration
from edge.node.clock import NS_PER_S
from edge.node.config import LevelsTable
from edge.node.ear import Ear, Hearing, Told
from edge.node.tests.hand_clock import HandClock

RATE_HZ = 8000


def block(samples: NDArray[np.float32], first: int, boot: int = 0, rate_hz: float = RATE_HZ) -> Block:
    return Block(samples, rate_hz, first, boot)


def silence(count: int, *clicks: int) -> NDArray[np.float32]:
    samples = np.zeros((2, count), np.float32)
    samples[:, list(clicks)] = 0.9
    return samples


class Street:
    """Feeds an ear, block after block, and lets the time pass that the samples take."""

    def __init__(self, kind: str, level_s: float = 1.0, first: int = 0, **options: bool) -> None:
        self.clock = HandClock()
        self.ear = Ear("mic", Hearing({kind: options}, level_s, LevelsTable()), self.clock)
        self.first = first
        self.events: list[Event] = []
        self.levels: list[tuple[float, int]] = []

    def plays(self, samples: NDArray[np.float32], boot: int = 0, rate_hz: float = RATE_HZ, size: int = 400) -> None:
        for at in range(0, samples.shape[1], size):
            piece = samples[:, at : at + size]
            self.clock.pass_s(piece.shape[1] / RATE_HZ)
            self._told(self.ear.feed(block(piece, self.first, boot, rate_hz), self.clock.monotonic))
            self.first += piece.shape[1]

    def ends(self) -> None:
        self._told(self.ear.close())

    def _told(self, told: Told) -> None:
        self.events += told.events
        self.levels += [(level.value, at_ns) for level, at_ns in told.levels if _is_of_period(level)]


def _is_of_period(level: Reading) -> bool:
    return (level.quantity, level.channel) == ("LAeq_re_FS", 0)


def test_an_event_names_its_samples_since_the_devices_boot_and_its_time(click: str) -> None:
    street = Street(click, first=1_000_000)
    begun_ns = street.clock.wall
    street.plays(silence(RATE_HZ, 4000))
    (event,) = street.events
    assert (event.kind, event.sensor, event.channels) == (click, "mic", (0, 1))
    assert (event.first, event.last, event.device_boot, event.rate_hz) == (1_004_000, 1_004_001, 0, RATE_HZ)
    assert abs(event.time_ns - begun_ns - NS_PER_S // 2) < 1_000_000
    assert (event.threshold, event.reasons, len(event.model)) == (0.5, ("a click",), 32)


@pytest.mark.parametrize("calibration", [None, Calibration(b"c" * 16, {0: 120.0})])
def test_an_event_names_the_calibration_that_its_levels_stand_on(click: str, calibration: Calibration | None) -> None:
    ear = Ear("mic", Hearing({click: {}}, 1.0, LevelsTable(), calibration), HandClock())
    events = [event for at in (0, RATE_HZ) for event in ear.feed(block(silence(RATE_HZ, 4000), at), 0).events]
    assert {event.calibration for event in events} == {calibration.id if calibration else b""}


def test_a_measure_that_is_no_number_costs_no_alarm(click: str) -> None:
    street = Street(click, nan=True)
    street.plays(silence(RATE_HZ, 4000))
    assert set(street.events[0].measures) == {"level"}


@pytest.mark.parametrize("change", ["samples missing", "another boot", "another rate"])
def test_behind_a_hole_the_detectors_begin_anew_and_what_was_before_is_told(click: str, change: str) -> None:
    street = Street(click)
    street.plays(silence(RATE_HZ, RATE_HZ - 10))
    assert street.events == []
    street.first += 5000 if change == "samples missing" else 0
    second = street.first
    street.plays(
        silence(RATE_HZ, 30), boot=change == "another boot", rate_hz=16_000 if change == "another rate" else RATE_HZ
    )
    street.ends()
    assert [event.first for event in street.events] == [RATE_HZ - 10, second + 30]


def test_the_end_tells_what_was_begun_and_only_once(click: str) -> None:
    street = Street(click)
    street.plays(silence(1000, 990))
    street.ends()
    street.ends()
    assert [event.first for event in street.events] == [990]


@pytest.mark.parametrize("level_s", [1, 2, 4])
def test_a_level_is_the_energy_mean_of_its_period_however_long(click: str, level_s: int) -> None:
    street = Street(click, level_s=level_s)
    tone = np.sqrt(2) * 0.05 * np.sin(2 * np.pi * 1000 * np.arange(10 * RATE_HZ) / RATE_HZ)
    tone[: 5 * RATE_HZ] *= 0.1
    samples = np.stack((tone, tone)).astype(np.float32)
    begun_ns = street.clock.monotonic
    street.plays(samples)
    length = round(level_s * RATE_HZ)
    expected = [level_db(samples[0, at : at + length]) for at in range(0, samples.shape[1] - length + 1, length)]
    assert [level for level, _ in street.levels] == pytest.approx(expected, abs=0.07)  # told with one decimal
    ends_s = [(at_ns - begun_ns) / NS_PER_S for _, at_ns in street.levels]
    assert ends_s == pytest.approx([level_s * (n + 1) for n in range(len(expected))], abs=1e-3)


def test_a_noise_limit_stands_on_the_calibration_of_its_channel() -> None:
    options = {"noise_limit": {"averaging_s": 10, "limit_db": 90}}
    ear = Ear("mic", Hearing(options, 1.0, LevelsTable(), Calibration(b"c" * 16, {0: 114.0})), HandClock())
    tone = 0.1 * np.sqrt(2) * np.sin(2 * np.pi * 1000 * np.arange(RATE_HZ) / RATE_HZ)
    samples = np.stack((tone, tone)).astype(np.float32)
    events = [one for at in range(12) for one in ear.feed(block(samples, at * RATE_HZ), 0).events]
    assert [(event.kind, event.channels, event.calibration) for event in events] == [("noise_limit", (0,), b"c" * 16)]


@pytest.mark.parametrize(
    ("options", "warned"),
    [({"limit_db": 85.0}, True), ({"limit_db": 85.0, "full_scale_db": 120.0}, False), ({"limit_db": -20.0}, False)],
)
def test_a_limit_that_no_level_can_reach_for_want_of_a_calibration_is_told(
    options: dict[str, float], warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    Ear("mic", Hearing({"noise_limit": options}, 1.0, LevelsTable()), HandClock())
    assert ("it can never alarm; run lamppost calibrate" in caplog.text) is warned
