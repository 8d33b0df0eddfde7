"""Where events came from: which samples tell it, what an event then says, and what is said where nothing can be."""

import logging
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers._ring import Chunk, Ring
from drivers._sheet import Evidence, Sheet
from drivers._types import Block, Item, Line
from drivers.tests.wire import started, until
from dsp.array.tests.waves import ONSET, RATE_HZ, SQUARE, rushing, shot, toward
from edge.message.body import Event
from edge.node.arrays import ArrayTable
from edge.node.config import SensorTable
from edge.node.directions import Directions
from edge.node.history import HISTORY_S
from edge.node.model import Model
from edge.node.tests.hand_clock import HandClock
from edge.node.tests.journals import journal_at, waiting_in, writing
from edge.node.worker import SensorWorker

ARRAY = ArrayTable(tuple(map(tuple, SQUARE.tolist())), heading_deg=100.0, place_error_m=0.0)
Sound = NDArray[np.float32]


def event(first: int, last: int, boot: int = 0) -> Event:
    return Event(
        "bang", "mic", 7, first, last, boot, RATE_HZ, (0, 1), 12.5, 9.0, {"rise_db": 20.0}, ("loud",), bytes(32)
    )


def bang(azimuth_deg: float = 30.0) -> Sound:
    """0.4 s in which a bang comes from a direction of the array's own."""
    return shot(SQUARE, toward(azimuth_deg, -3)).astype(np.float32)


def fed(samples: Sound, size: int = 160, *, first: int = 0, array: ArrayTable | None = ARRAY) -> Directions:
    directions = Directions("mic", array)
    for at in range(0, samples.shape[1], size):
        directions.feed(Block(samples[:, at : at + size], RATE_HZ, first + at, 0))
    return directions


def test_azimuth_is_counted_from_north_as_the_array_is_turned() -> None:
    told = fed(bang(30.0)).told(event(ONSET, ONSET + 1))
    assert told.measures["azimuth_deg"] == pytest.approx(130, abs=0.3)
    assert 0 < told.measures["azimuth_sigma_deg"] < 0.5
    assert (told.measures["ambiguous"], told.measures["rise_db"]) == (0.0, 20.0)
    assert told.reasons[0] == "loud"
    assert "clockwise from north, by its onset" in told.reasons[1]
    assert fed(bang(290.0)).told(event(ONSET, ONSET + 1)).measures["azimuth_deg"] == pytest.approx(30, abs=0.3)


@pytest.mark.parametrize("size", [1, 7, 160, 999, 6400])
def test_however_the_samples_come_the_direction_is_the_same(size: int) -> None:
    samples = bang()
    whole = fed(samples, 6400, first=1_000_000).told(event(1_000_000 + ONSET, 1_000_000 + ONSET + 1))
    assert fed(samples, size, first=1_000_000).told(event(1_000_000 + ONSET, 1_000_000 + ONSET + 1)) == whole


def test_what_comes_behind_an_event_that_is_told_late_does_not_change_its_direction() -> None:
    later = np.concatenate((bang(), bang(200.0)), axis=1)
    assert fed(later).told(event(ONSET, ONSET + 1)) == fed(bang()).told(event(ONSET, ONSET + 1))


def test_an_event_that_lasts_has_the_average_of_its_last_two_seconds() -> None:
    pieces = [rushing(SQUARE, toward(azimuth, -3), seed=n) for n, azimuth in enumerate((200, 200, *[40] * 5))]
    samples = np.concatenate(pieces, axis=1).astype(np.float32)
    told = fed(samples).told(event(0, samples.shape[1]))
    assert told.measures["azimuth_deg"] == pytest.approx(140, abs=0.3)
    assert "on average" in told.reasons[1]


def test_the_elevation_of_a_plane_is_told_only_where_up_and_down_are_the_same() -> None:
    steep = shot(SQUARE, toward(30, -50)).astype(np.float32)
    assert "elevation_deg" not in fed(steep).told(event(ONSET, ONSET + 1)).measures
    cold = shot(SQUARE, toward(30, 0) * 1.02).astype(np.float32)  # sound so slow that it may be level alone
    measures = fed(cold).told(event(ONSET, ONSET + 1)).measures
    assert measures["elevation_deg"] == pytest.approx(0, abs=1e-3)
    assert measures["elevation_sigma_deg"] > 5


def test_an_ambiguous_azimuth_is_told_with_the_other() -> None:
    line = ArrayTable(ARRAY.microphones_m[1:3], heading_deg=0.0)
    told = fed(bang(30.0)[1:3], array=line).told(event(ONSET, ONSET + 1))
    both = (told.measures["azimuth_deg"], told.measures["other_azimuth_deg"])
    assert sorted(both) == pytest.approx([30, 150], abs=2)
    assert told.measures["ambiguous"] == 1.0
    assert any(why.startswith("or from") and "cone" in why for why in told.reasons)


def test_a_line_that_stands_tells_no_azimuth() -> None:
    mast = ArrayTable(((0.0, 0.0, 0.0), (0.0, 0.0, 0.1)), heading_deg=0.0)
    samples = shot(np.array(mast.microphones_m), toward(30, 20)).astype(np.float32)
    measures = fed(samples, array=mast).told(event(ONSET, ONSET + 1)).measures
    assert measures["elevation_deg"] == pytest.approx(20, abs=1.5)
    assert "azimuth_deg" not in measures


@pytest.mark.parametrize("channels", [1, 3])
def test_channels_that_are_not_those_of_the_array_are_told_once_and_cost_no_event(
    channels: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        told = fed(bang()[:channels]).told(event(ONSET, ONSET + 1))
    why = f"the array has 4 microphones_m and the device {channels} channel{'s' * (channels != 1)}"
    assert told.reasons == ("loud", f"no direction: {why}")
    assert told.measures == {"rise_db": 20.0}
    assert caplog.text.count(why) == 1


def test_a_bad_microphone_is_named_in_the_event() -> None:
    samples = bang()
    samples[2] = np.nan
    told = fed(samples).told(event(ONSET, ONSET + 1))
    assert told.measures["azimuth_deg"] == pytest.approx(130, abs=0.5)
    assert told.reasons[-1] == "microphone 2 is left out, for it gives no numbers"


def test_silence_has_no_direction() -> None:
    told = fed(np.zeros((4, 6400), np.float32)).told(event(ONSET, ONSET + 1))
    assert told.reasons[1] == "no direction: 0 of 4 microphones hear, and two are needed"


def test_an_event_whose_sound_is_forgotten_or_was_never_heard_has_no_direction() -> None:
    directions = fed(np.tile(bang(), round(2 * HISTORY_S / 0.4)), 1600)
    assert directions.told(event(ONSET, ONSET + 1)).reasons[1] == "no direction: its sound is no longer in memory"
    assert directions.told(event(ONSET, ONSET + 1, boot=1)) == event(ONSET, ONSET + 1, boot=1)


def test_an_event_that_is_told_behind_a_hole_has_the_direction_of_what_was_before_it() -> None:
    directions = fed(bang())
    directions.feed(Block(bang(200.0), RATE_HZ, 1_000_000, 0))
    assert directions.told(event(ONSET, ONSET + 1)) == fed(bang()).told(event(ONSET, ONSET + 1))


class Street:
    """A decoder of a test: a bang on four channels, if it is fed something, and silence."""

    def feed(self, data: bytes) -> list[Item]:
        return (
            []
            if not data
            else [Block(bang(30.0), RATE_HZ, 0, 0), Block(np.zeros((4, RATE_HZ), np.float32), RATE_HZ, 6400, 0)]
        )


def test_a_signed_message_in_the_journal_says_where_a_bang_came_from(click: str, tmp_path: Path) -> None:
    journal, ring, clock = journal_at(tmp_path), Ring(), HandClock()
    model = Model(Line(9600), 1.0, b"", Sheet("street", {}, "", "", "", Evidence.CONSTRUCTED), Street)
    table = SensorTable("street", "port", 1.0, 10.0, {click: {"threshold": 0.1}}, array=ARRAY)
    worker = SensorWorker("mic", table, model, ring, journal.put, clock, say=lambda _: None)
    journal.prepare()
    with writing(journal), started(worker):
        ring.put(Chunk(clock.monotonic, b"."))
        until(lambda: any(isinstance(one.message.body, Event) for one in waiting_in(tmp_path)))
    told = next(one.message.body for one in waiting_in(tmp_path) if isinstance(one.message.body, Event))
    assert told.measures["azimuth_deg"] == pytest.approx(130, abs=0.3)
    assert told.measures["ambiguous"] == 0


def test_without_an_array_nothing_is_told() -> None:
    assert fed(bang(), array=None).told(event(ONSET, ONSET + 1)) == event(ONSET, ONSET + 1)
