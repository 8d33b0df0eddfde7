"""Clips out of a stream of samples: which samples they have, what their hashes are of, and where they end."""

import hashlib
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from drivers._types import Block
from edge.message.body import Event
from edge.message.pcm import pcm24
from edge.node.clips import MOST_OPEN, Clips, Recorded
from edge.node.clock import NS_PER_S
from edge.node.history import HISTORY_S

RATE_HZ = 8000
SOUND: NDArray[np.float32] = (np.random.default_rng(1).integers(-(2**23), 2**23, (2, 20 * RATE_HZ)) / 2**23).astype(
    np.float32
)


def sha256(samples: NDArray[np.float32]) -> bytes:
    return hashlib.sha256(pcm24(samples)).digest()


def bang(first: int, kind: str = "gunshot", boot: int = 0, rate_hz: float = RATE_HZ) -> Event:
    return Event(kind, "mic", 7, first, first + 10, boot, rate_hz, (0, 1), 12.5, 9.0, {}, (), bytes(32))


class Street:
    """Feeds clips with sound, from sample ``first`` of the device on, and has those that ended."""

    def __init__(self, *kinds: str, first: int = 0) -> None:
        self.kept: list[Recorded] = []
        self.clips = Clips(kinds or ("gunshot",), self.kept.append)
        self.at = self.first = first
        self.ns = 0

    def plays(self, seconds: float, size: int = 400, boot: int = 0, rate_hz: float = RATE_HZ) -> None:
        end = self.at + round(seconds * RATE_HZ)
        while self.at < end:
            count = min(size, end - self.at)
            self.ns += round(count / RATE_HZ * NS_PER_S)
            self.clips.feed(Block(self.sound(self.at, self.at + count), rate_hz, self.at, boot), self.ns)
            self.at += count

    def sound(self, first: int, last: int) -> NDArray[np.float32]:
        return SOUND[:, first - self.first : last - self.first]


def test_a_clip_has_half_a_second_before_its_event_to_two_seconds_after_and_the_part_that_had_come_is_its_begin() -> (
    None
):
    street = Street(first=1_000_000)
    street.plays(3)
    told = street.clips.named(bang(1_000_000 + 2 * RATE_HZ))
    begin, end = 1_000_000 + round(1.5 * RATE_HZ), 1_000_000 + 4 * RATE_HZ
    assert told.clip == sha256(street.sound(begin, street.at))
    street.plays(0.9)
    assert street.kept == []
    street.plays(1)
    [recorded] = street.kept
    clip = recorded.clip
    assert recorded.pcm == pcm24(street.sound(begin, end))
    assert (clip.first, clip.samples, clip.channels, clip.rate_hz) == (begin, end - begin, 2, RATE_HZ)
    assert (clip.part_samples, clip.part) == (round(1.5 * RATE_HZ), told.clip)
    assert clip.whole == sha256(street.sound(begin, end))
    assert (clip.sensor, clip.kind, clip.time_ns, clip.device_boot, clip.cut) == ("mic", "gunshot", 7, 0, "")
    assert hashlib.sha256(recorded.pcm[: clip.part_samples * 6]).digest() == told.clip


@settings(deadline=None)  # sample by sample it takes its time
@given(sizes=st.lists(st.integers(1, 3 * RATE_HZ), min_size=1, max_size=5))
def test_however_the_samples_come_the_whole_is_the_same(sizes: list[int]) -> None:
    street = Street()
    street.plays(2.5, sizes[0])
    street.clips.named(bang(2 * RATE_HZ))
    for size in sizes:
        street.plays(0.5, size)
    assert [one.clip.whole for one in street.kept] == [sha256(street.sound(round(1.5 * RATE_HZ), 4 * RATE_HZ))][
        : len(street.kept)
    ]
    street.clips.close("the end")
    assert len(street.kept) == 1


def test_one_block_longer_than_the_history_loses_nothing_of_a_clip() -> None:
    street = Street()
    street.plays(2.5)
    street.clips.named(bang(2 * RATE_HZ))
    street.plays(10, size=10 * RATE_HZ)
    assert street.kept[0].clip.whole == sha256(street.sound(round(1.5 * RATE_HZ), 4 * RATE_HZ))


def test_an_event_in_the_first_half_second_has_what_there_is_before_it() -> None:
    street = Street()
    street.plays(3)
    street.clips.named(bang(100))
    street.plays(1)
    assert (street.kept[0].clip.first, street.kept[0].clip.samples) == (0, 3 * RATE_HZ)


def test_an_event_that_is_told_late_has_what_the_history_holds_up_to_then() -> None:
    street = Street("siren")
    street.plays(10)
    told = street.clips.named(bang(RATE_HZ, "siren"))
    street.plays(0.1)
    [recorded] = street.kept
    first = 10 * RATE_HZ - round(HISTORY_S * RATE_HZ)
    assert (recorded.clip.first, recorded.clip.part_samples) == (first, recorded.clip.samples)
    assert recorded.clip.whole == recorded.clip.part == told.clip == sha256(street.sound(first, 10 * RATE_HZ))


def test_events_of_a_burst_have_each_their_own_clip() -> None:
    street = Street()
    street.plays(1)
    for at in (0.9, 1.9, 2.9):
        street.clips.named(bang(round(at * RATE_HZ)))
        street.plays(1)
    street.plays(2)
    firsts = [round(at * RATE_HZ) for at in (0.4, 1.4, 2.4)]
    assert [(one.clip.first, one.clip.samples) for one in street.kept] == [(first, 20_000) for first in firsts]


@pytest.mark.parametrize(
    ("change", "cut"),
    [
        ("samples are missing", "sample 24000 is followed by 29000"),
        ("samples begin again", "sample 24000 is followed by 1000"),
        ("another boot", "the device booted again"),
        ("another rate", "rate or channels changed"),
    ],
)
def test_a_clip_ends_at_a_hole_and_says_so(change: str, cut: str) -> None:
    street = Street()
    street.plays(2.5)
    street.clips.named(bang(2 * RATE_HZ))
    street.plays(0.5)
    street.at = {"samples are missing": 29_000, "samples begin again": 1000}.get(change, street.at)
    street.plays(1, boot=change == "another boot", rate_hz=16_000 if change == "another rate" else RATE_HZ)
    [recorded] = street.kept
    assert recorded.clip.cut == cut
    assert recorded.clip.whole == sha256(street.sound(round(1.5 * RATE_HZ), 3 * RATE_HZ))


def test_an_event_that_is_told_behind_the_hole_has_the_samples_before_it_and_none_behind() -> None:
    street = Street()
    street.plays(2.5)
    street.at += 5000
    street.plays(0.1, size=800)
    told = street.clips.named(bang(2 * RATE_HZ))
    assert told.clip == sha256(street.sound(round(1.5 * RATE_HZ), round(2.5 * RATE_HZ)))
    street.plays(0.1)
    assert [(one.clip.samples, one.clip.cut) for one in street.kept] == [(8000, "sample 20000 is followed by 25000")]


def test_a_stream_that_falls_silent_ends_its_clips_and_goes_on_as_the_same() -> None:
    street = Street()
    street.plays(2.5)
    street.clips.named(bang(2 * RATE_HZ))
    street.clips.look(street.ns + 2 * NS_PER_S)
    assert street.kept == []
    street.clips.look(street.ns + 2 * NS_PER_S + 1)
    assert [(one.clip.samples, one.clip.cut) for one in street.kept] == [(8000, "no samples came for 2 s")]
    street.plays(1)
    assert street.clips.named(bang(round(2.2 * RATE_HZ))).clip != b""


def test_the_end_ends_each_clip_once_and_nothing_is_remembered_of_it() -> None:
    street = Street()
    street.plays(2.5)
    street.clips.named(bang(2 * RATE_HZ))
    street.clips.close("listening ended")
    street.clips.close("listening ended")
    assert [one.clip.cut for one in street.kept] == ["listening ended"]
    assert street.clips.named(bang(2 * RATE_HZ)).clip == b""


@pytest.mark.parametrize("event", [bang(2 * RATE_HZ, "siren"), bang(2 * RATE_HZ, boot=1), bang(3 * RATE_HZ)])
def test_an_event_of_another_kind_or_of_samples_that_are_not_here_has_no_clip(event: Event) -> None:
    street = Street()
    street.plays(2.5)
    assert street.clips.named(event) == event
    street.plays(3)
    assert street.kept == []


def test_a_detector_that_rings_without_end_has_no_more_clips_than_are_cut_at_once() -> None:
    street = Street()
    street.plays(2.5)
    named = [street.clips.named(bang(2 * RATE_HZ + number)) for number in range(MOST_OPEN + 5)]
    assert [event.clip != b"" for event in named] == [True] * MOST_OPEN + [False] * 5
    street.plays(2)
    assert len(street.kept) == MOST_OPEN


def held_bytes(thing: object, seen: set[int]) -> int:
    """Bytes of the arrays that something refers to."""
    if id(thing) in seen:
        return 0
    seen.add(id(thing))
    if isinstance(thing, np.ndarray):
        return thing.nbytes
    return sum(held_bytes(one, seen) for one in _parts(thing))


def _parts(thing: object) -> Iterator[object]:
    if hasattr(thing, "__dict__"):
        yield from vars(thing).values()
    elif hasattr(thing, "__slots__"):
        yield from (getattr(thing, name) for name in thing.__slots__)
    elif isinstance(thing, (list, tuple)) or type(thing).__name__ == "deque":
        yield from thing  # type: ignore[misc]  # a deque is iterable too


def test_memory_is_bounded_whatever_happens() -> None:
    street = Street()
    for _ in range(40):
        street.at = street.first
        street.plays(5)
        street.clips.named(bang(street.at - 100))
    assert 0 < held_bytes(street.clips, set()) < 3 * HISTORY_S * RATE_HZ * 2 * 4


def test_without_a_kind_nothing_is_remembered() -> None:
    clips = Clips.none()
    clips.feed(Block(SOUND[:, :8000], RATE_HZ, 0, 0), 0)
    assert held_bytes(clips, set()) == 0
    assert clips.named(bang(100)).clip == b""
