"""The keeper: a clip becomes a sealed file and a message, or a message that says why not."""

import hashlib
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from drivers._stop import Stop
from drivers.tests.wire import PATIENCE_S, until
from edge.message.body import Body, Clip, Evidence, Kept
from edge.node import keeper as keeping
from edge.node.clip_ring import ClipRing, clips_in
from edge.node.clips import Recorded
from edge.node.clock import NS_PER_S
from edge.node.keeper import Custody, Keeper
from edge.node.tests.hand_clock import NOON_NS, HandClock
from edge.node.tests.test_clip_ring import files_of_at_most
from edge.trust import recipient
from edge.trust.clip import open_clip

CITY = recipient.make("city")
PCM = bytes(range(240)) * 10
DAY_NS = 86_400 * NS_PER_S


def recorded(number: int = 0, cut: str = "") -> Recorded:
    digest, part = hashlib.sha256(PCM).digest(), hashlib.sha256(PCM[:240]).digest()
    time_ns = NOON_NS + number * NS_PER_S
    return Recorded(Clip("mic", "gunshot", time_ns, 0, number, 48_000.0, 2, 40, part, 400, digest, cut), PCM)


class Desk:
    """A keeper, its folder, and what it told."""

    def __init__(self, folder: Path, max_bytes: int = 10**6) -> None:
        self.folder = folder / "evidence"
        self.told: list[Body] = []
        self.clock = HandClock()
        ring = ClipRing(self.folder, max_bytes, 7 * DAY_NS)
        self.keeper = Keeper(Custody("lamp-1", CITY.public, ("gunshot",)), ring, self.told.append, self.clock)

    @contextmanager
    def works(self) -> Iterator[None]:
        with Stop.open() as stop:
            thread = threading.Thread(target=self.keeper.run, args=(stop,))
            thread.start()
            try:
                yield
            finally:
                stop.set()
                thread.join(PATIENCE_S)
                assert not thread.is_alive()

    def evidence(self) -> list[Evidence]:
        return [body for body in self.told if isinstance(body, Evidence)]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_clip_is_sealed_kept_and_told_with_its_hash_and_until_when(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), desk.works():
        desk.keeper.take(recorded())
    [file] = clips_in(desk.folder)
    sealed = file.path.read_bytes()
    kept = Kept(hashlib.sha256(sealed).digest(), len(sealed), NOON_NS + 7 * DAY_NS)
    assert desk.told == [Evidence(recorded().clip, kept)]
    label, pcm = open_clip(sealed, CITY)
    assert (label.node, label.clip, pcm) == ("lamp-1", recorded().clip, PCM)
    assert "mic: clip of gunshot, 0.0 s, is kept, sealed to city" in caplog.text


def test_no_sample_lies_in_the_clear_on_the_disk(desk: Desk) -> None:
    with desk.works():
        desk.keeper.take(recorded())
    assert PCM[:24] not in b"".join(path.read_bytes() for path in desk.folder.iterdir())


def test_a_stop_keeps_what_was_taken_before(desk: Desk) -> None:
    for number in range(keeping.WAITING):
        desk.keeper.take(recorded(number))
    with desk.works():
        pass
    assert len(clips_in(desk.folder)) == len(desk.evidence()) == keeping.WAITING


def test_a_clip_that_finds_no_place_in_memory_is_told_at_once(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(keeping.WAITING + 3):
        desk.keeper.take(recorded(number))
    assert [body.fate for body in desk.evidence()] == ["the disk did not keep up: 8 clips wait"] * 3
    assert [body.about.first for body in desk.evidence()] == [8, 9, 10]
    assert caplog.text.count("is not kept") == 1


def test_a_clip_that_cannot_be_written_is_told_with_the_reason_and_the_next_is_kept(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    with desk.works():
        with files_of_at_most(100):
            desk.keeper.take(recorded(1))
            desk.keeper.take(recorded(2))
            until(lambda: len(desk.told) == 2)
        desk.keeper.take(recorded(3))
    assert [body.fate for body in desk.evidence()[:2]] == ["cannot be written: File too large"] * 2
    assert isinstance(desk.evidence()[2].fate, Kept)
    assert len(clips_in(desk.folder)) == 1
    assert caplog.text.count("is not kept: cannot be written: File too large") == 1


def test_where_there_can_be_no_folder_each_clip_is_told_as_lost(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "evidence").write_text("a file")
    desk = Desk(tmp_path)
    with desk.works():
        desk.keeper.take(recorded())
        until(lambda: "old clips cannot be removed" in caplog.text)
    assert "no clip can be kept" in caplog.text
    assert [body.fate for body in desk.evidence()] == ["cannot be written: Not a directory"]


def test_the_clips_that_gave_way_are_named_in_the_message_of_the_one_that_took_their_place(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk(tmp_path, max_bytes=6000)
    with caplog.at_level(logging.INFO), desk.works():
        for number in range(4):
            desk.keeper.take(recorded(number))
    part = recorded().clip.part[:8]
    assert [body.gave_way for body in desk.evidence()] == [(), (), (part,), (part,)]
    assert "1 clips are removed because newer ones need the room, up to 20261123T120000.000Z" in caplog.text


def test_a_clip_that_is_too_old_is_removed_while_the_node_runs(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), desk.works():
        desk.keeper.take(recorded())
        until(lambda: len(clips_in(desk.folder)) == 1)
        desk.clock.pass_s(7 * 86_400)
        until(lambda: clips_in(desk.folder) == [])
    assert "1 clips are removed because of their age" in caplog.text


def test_a_cut_is_told_to_whoever_reads_the_log(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), desk.works():
        desk.keeper.take(recorded(cut="the device booted again"))
    assert "sealed to city, cut: the device booted again" in caplog.text
    assert replace(desk.evidence()[0].about, cut="") == recorded().clip
