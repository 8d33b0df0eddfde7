"""A sensor's worker: bytes in a ring to bodies for the journal, with a driver of a test."""

import logging
import math
from collections.abc import Sequence

import numpy as np
import pytest

from drivers._ring import Chunk, Opened, Ring
from drivers._sheet import Evidence, Sheet
from drivers._stop import Stop
from drivers._types import Block, Gap, Item, Latch, Line, Note, Reading, Why
from drivers.tests.wire import started, until
from edge.message.body import Absence, Body, Event, Measurements, Sense
from edge.node.clips import Clips, Recorded
from edge.node.config import SensorTable
from edge.node.model import Model
from edge.node.shadow import Fed
from edge.node.tests.hand_clock import HandClock
from edge.node.worker import SensorWorker

RATE_HZ = 8000


class Letters:
    """Of a sensor that speaks in single letters."""

    def __init__(self) -> None:
        self._samples = 0

    def feed(self, data: bytes) -> list[Item]:
        return [self._item(chr(letter)) for letter in data]

    def _item(self, letter: str) -> Item:
        if letter == "b":
            raise ValueError("a decoder that breaks")
        items: dict[str, Item] = {
            "n": Reading("pm10", math.nan, "ug/m3"),
            "i": Reading("pm10", math.inf, "ug/m3"),
            "l": Latch(0, 0.0, 0, 0, 0, 0, 0.0, 0),
            "g": Gap(Why.LOST, "one frame"),
            "o": Gap(Why.OVERRUN, "too fast"),
            "w": Note("firmware", "1.0"),
        }
        return items.get(letter) or (self._block() if letter == "s" else Reading("pm10", float(letter), "ug/m3"))

    def _block(self) -> Block:
        samples = np.zeros((1, RATE_HZ), np.float32)
        samples[0, 4000] = 0.9
        self._samples += RATE_HZ
        return Block(samples, RATE_HZ, self._samples - RATE_HZ, 0)


LETTERS = Model(Line(9600), 1.0, b"", Sheet("letters", {}, "", "", "", Evidence.CONSTRUCTED), Letters)


class Sensor:
    """A worker with its ring, and what it put."""

    def __init__(self, kept: Sequence[str] = (), /, **detectors: object) -> None:
        self.clock = HandClock()
        self.ring = Ring()
        self.put: list[Body] = []
        table = SensorTable("letters", "port", 1.0, 10.0, detectors)
        self.said: list[bytes] = []
        self.beside: list[Fed] = []
        self.clips: list[Recorded] = []
        self.worker = SensorWorker(
            *("air", table, LETTERS, self.ring, self.put.append, self.clock),
            say=self.said.append, beside=self.beside.append, clips=Clips(kept, self.clips.append),
        )  # fmt: skip

    def says(self, letters: bytes) -> None:
        self.ring.put(Chunk(self.clock.monotonic, letters))

    def measurements(self) -> list[float]:
        return [record.value for body in self.put if isinstance(body, Measurements) for record in body.records]

    def absences(self) -> dict[str, Absence]:
        return {body.why: body for body in self.put if isinstance(body, Absence)}


@pytest.fixture
def sensor() -> Sensor:
    return Sensor()


def test_a_stop_tells_what_was_gathered_and_what_lay_in_the_ring(sensor: Sensor) -> None:
    with started(sensor.worker):
        sensor.says(b"5g")
    assert sensor.measurements() == [5.0]
    assert sensor.absences()["lost"].detail == "one frame"


def test_a_report_is_told_when_it_is_due_by_the_monotonic_clock(sensor: Sensor) -> None:
    with started(sensor.worker):
        sensor.says(b"5g")
        until(lambda: sensor.worker.state.sense is Sense.QUIET)
        sensor.clock.wall -= 3600 * 10**9  # the clock is set back by an hour
        sensor.clock.pass_s(10)
        until(lambda: len(sensor.put) == 2)
        assert sensor.measurements() == [5.0]


def test_a_reading_that_is_no_number_is_a_gap(sensor: Sensor) -> None:
    with started(sensor.worker):
        sensor.says(b"1ni")
    assert sensor.measurements() == [1.0]
    assert (sensor.absences()["invalid"].detail, sensor.absences()["invalid"].count) == ("pm10 is nan", 2)


def test_the_three_states_are_told_with_their_evidence(sensor: Sensor, caplog: pytest.LogCaptureFixture) -> None:
    def told() -> tuple[Sense, str]:
        return sensor.worker.state.sense, sensor.worker.state.evidence

    with caplog.at_level(logging.INFO), started(sensor.worker):
        assert told()[0] is Sense.DEAF
        sensor.says(b"5")
        until(lambda: told() == (Sense.QUIET, "values stand still"))
        sensor.says(b"7")
        until(lambda: told() == (Sense.HEARING, "pm10 moved from 5 to 7"))
        sensor.clock.pass_s(6)
        until(lambda: told()[0] is Sense.DEAF and told()[1].startswith("no data for 6 s"))
    assert "air is deaf: no data for 6 s" in caplog.text


def test_a_sensor_whose_worker_does_not_look_is_deaf_whatever_it_heard_before(sensor: Sensor) -> None:
    with started(sensor.worker):
        sensor.says(b"12")
        until(lambda: sensor.worker.state.sense is Sense.HEARING)
    sensor.clock.pass_s(6)
    state = sensor.worker.state
    assert state.sense is Sense.DEAF
    assert state.evidence == "its worker broke or hangs: it has not looked for 6 s"


def test_what_was_not_sensed_is_told_from_when_to_when_once_it_is_over(sensor: Sensor) -> None:
    with started(sensor.worker):
        sensor.says(b"12")
        until(lambda: sensor.worker.state.sense is not Sense.DEAF)
        sensor.clock.pass_s(6)
        until(lambda: sensor.worker.state.evidence.startswith("no data"))
        deaf_ns = sensor.worker.state.since_ns
        sensor.clock.pass_s(60)
        sensor.says(b"3")
        until(lambda: "silent" in sensor.absences())
    told = sensor.absences()["silent"]
    assert (told.start_ns, told.stop_ns - told.start_ns) == (deaf_ns, 60 * 10**9)


def test_a_port_that_goes_away_tells_at_once_what_was_gathered(sensor: Sensor) -> None:
    with started(sensor.worker):
        sensor.says(b"5")
        sensor.ring.put(Gap(Why.UNPLUGGED, "the port is not there"))
        until(lambda: "unplugged" in sensor.absences())
        assert sensor.measurements() == [5.0]


def test_a_flood_of_gaps_is_one_absence_and_one_line_of_log(sensor: Sensor, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), started(sensor.worker):
        sensor.says(b"o" * 500)
    assert sensor.absences()["overrun"].count == 500
    assert caplog.text.count("too fast") == 1


def test_an_event_is_put_as_soon_as_it_is_heard(click: str) -> None:
    sensor = Sensor(**{click: {}})
    with started(sensor.worker):
        sensor.says(b"s")
        until(lambda: any(isinstance(body, Event) for body in sensor.put))
        assert sensor.measurements() == []
    assert sensor.measurements()[0] == pytest.approx(-40, abs=1)


def test_what_listens_beside_gets_each_block_and_whether_the_sensor_hears(click: str) -> None:
    sensor = Sensor(**{click: {}})
    with started(sensor.worker):
        sensor.says(b"l")
        until(lambda: sensor.worker.state.sense is Sense.QUIET)
        sensor.says(b"s")
        until(lambda: len(sensor.beside) == 1)
        sensor.clock.pass_s(60)
        until(lambda: sensor.worker.state.evidence.startswith("no data"))
        sensor.says(b"s")
    assert [(fed.block.first, fed.seconds, fed.hears) for fed in sensor.beside] == [(0, 1, True), (RATE_HZ, 1, False)]


def test_latches_and_notes_are_signs_of_life(sensor: Sensor, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), started(sensor.worker):
        sensor.ring.put(Opened("/dev/ttyUSB0"))
        sensor.says(b"lww")
        until(lambda: sensor.worker.state.evidence == "data without values")
    assert "air: open as /dev/ttyUSB0" in caplog.text
    assert caplog.text.count("air: firmware: 1.0") == 1


def test_a_worker_that_broke_begins_anew_with_another_decoder_and_keeps_what_it_gathered(click: str) -> None:
    sensor = Sensor(**{click: {}})
    with Stop.open() as stop:
        for letters in (b"1ss", b"2s"):
            sensor.says(letters)
            sensor.says(b"b")
            with pytest.raises(ValueError, match="a decoder that breaks"):
                sensor.worker.run(stop)
    with started(sensor.worker):
        sensor.says(b"s")
        until(lambda: any(isinstance(body, Event) for body in sensor.put))
    event = next(body for body in sensor.put if isinstance(body, Event))
    assert event.first == 4000
    assert 2.0 in sensor.measurements()


def test_an_event_leaves_with_the_hash_of_what_had_come_and_its_clip_follows(click: str) -> None:
    sensor = Sensor([click], **{click: {}})
    with started(sensor.worker):
        sensor.says(b"s")
        until(lambda: any(isinstance(body, Event) for body in sensor.put))
        assert sensor.clips == []
        sensor.says(b"ss")
        until(lambda: len(sensor.clips) == 1)
    first, *rest = [body for body in sensor.put if isinstance(body, Event)]
    assert (first.clip, first.first) == (sensor.clips[0].clip.part, 4000)
    assert (sensor.clips[0].clip.first, sensor.clips[0].clip.samples, sensor.clips[0].clip.cut) == (0, 20_000, "")
    assert [event.clip for event in rest] == [one.clip.part for one in sensor.clips[1:]]
    assert {one.clip.cut for one in sensor.clips[1:]} == {"listening ended"}


def test_a_worker_that_broke_ends_its_clips_when_it_begins_anew(click: str) -> None:
    sensor = Sensor([click], **{click: {}})
    with Stop.open() as stop:
        sensor.says(b"s")
        sensor.says(b"b")
        with pytest.raises(ValueError, match="a decoder that breaks"):
            sensor.worker.run(stop)
    assert sensor.clips == []
    with started(sensor.worker):
        until(lambda: [one.clip.cut for one in sensor.clips] == ["listening began anew"])


def test_a_stream_that_stops_ends_its_clips_by_the_monotonic_clock(click: str) -> None:
    sensor = Sensor([click], **{click: {}})
    with started(sensor.worker):
        sensor.says(b"s")
        until(lambda: any(isinstance(body, Event) for body in sensor.put))
        sensor.clock.wall += 3600 * 10**9
        sensor.clock.pass_s(2.1)
        until(lambda: [one.clip.cut for one in sensor.clips] == ["no samples came for 2 s"])
