"""The ring of sealed clips on a real disk: its bounds, its modes, power cuts in the middle of a write, full disks."""

import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.tests.wire import until
from edge.node.clip_ring import PART, ClipRing, clips_in, name_of
from edge.node.clock import NS_PER_S
from edge.node.tests.hand_clock import NOON_NS

DAY_NS = 86_400 * NS_PER_S
SIZE = 1000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "evidence"


@pytest.fixture
def ring(folder: Path) -> ClipRing:
    made = ClipRing(folder, 3 * SIZE, 7 * DAY_NS)
    made.begin()
    return made


def name(second: int) -> str:
    return name_of(NOON_NS + second * NS_PER_S, bytes([second % 256]) * 32)


def seconds(folder: Path) -> list[int]:
    return [(clip.time_ns - NOON_NS) // NS_PER_S for clip in clips_in(folder)]


def test_a_clip_comes_back_by_its_time_and_hash(ring: ClipRing, folder: Path) -> None:
    assert name_of(NOON_NS + 123_999_999, bytes(range(32))) == "20261123T120000.123Z-0001020304050607.clip"
    ring.add(name_of(NOON_NS + 123_999_999, bytes(range(32))), b"sealed")
    [clip] = clips_in(folder)
    assert clip.path.read_bytes() == b"sealed"
    assert (clip.time_ns, clip.id, clip.size) == (NOON_NS + 123_000_000, bytes(range(8)), 6)


def test_nobody_but_its_owner_may_read_it(ring: ClipRing, folder: Path) -> None:
    ring.add(name(1), b"sealed")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert clips_in(folder)[0].path.stat().st_mode & 0o777 == 0o600


def test_the_oldest_give_way_when_it_is_full_and_are_named(ring: ClipRing, folder: Path) -> None:
    for second in (2, 1, 3):
        assert ring.add(name(second), bytes(SIZE)) == []
    gone = ring.add(name(4), bytes(2 * SIZE))
    assert [clip.id for clip in gone] == [bytes([1] * 8), bytes([2] * 8)]
    assert seconds(folder) == [3, 4]


def test_what_is_larger_than_the_ring_takes_nobodys_place(ring: ClipRing, folder: Path) -> None:
    ring.add(name(1), bytes(SIZE))
    with pytest.raises(OSError, match="3001 bytes; the ring holds 3000"):
        ring.add(name(2), bytes(3 * SIZE + 1))
    assert seconds(folder) == [1]


def test_what_is_too_old_is_removed_and_the_future_of_a_clock_that_was_set_back_is_not(
    ring: ClipRing, folder: Path
) -> None:
    for second in (0, 1, 2):
        ring.add(name(second), b"sealed")
    assert ring.expire(NOON_NS - 30 * DAY_NS) == []
    assert [clip.id for clip in ring.expire(NOON_NS + 7 * DAY_NS + NS_PER_S)] == [bytes(8), bytes([1] * 8)]
    assert seconds(folder) == [2]
    assert ring.until_ns(NOON_NS) == NOON_NS + 7 * DAY_NS


FOREIGN = ("notes.txt", "notes.part", "20261123T120000.000Z-0011.clip", "20269923T120000.000Z-0011223344556677.clip")


def test_files_that_are_not_ours_are_never_counted_nor_removed(folder: Path) -> None:
    folder.mkdir(parents=True)
    for foreign in FOREIGN:
        (folder / foreign).write_bytes(bytes(10 * SIZE))
    (folder / name(9)).mkdir()
    ring = ClipRing(folder, SIZE, 0)
    ring.begin()
    ring.add(name(1), bytes(SIZE))
    ring.add(name(2), bytes(SIZE))
    assert seconds(folder) == [2]
    ring.expire(NOON_NS + DAY_NS)
    ring.clear()
    assert {path.name for path in folder.iterdir()} == {*FOREIGN, name(9)}


def test_where_no_clip_is_to_be_kept_none_is_made_room_for(tmp_path: Path) -> None:
    assert ClipRing(tmp_path / "evidence", 0, 0).clear() == []
    assert not (tmp_path / "evidence").exists()
    assert clips_in(tmp_path / "evidence") == []


def test_a_lower_bound_holds_from_the_next_clip_on(ring: ClipRing, folder: Path) -> None:
    for second in (1, 2, 3):
        ring.add(name(second), bytes(SIZE))
    ClipRing(folder, SIZE, DAY_NS).add(name(4), bytes(SIZE))
    assert seconds(folder) == [4]


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """No file grows beyond ``size`` bytes: a disk that has no more room, for this process alone."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_clip_that_finds_no_room_on_the_disk_leaves_nothing(ring: ClipRing, folder: Path) -> None:
    with files_of_at_most(SIZE // 2), pytest.raises(OSError, match="File too large"):
        ring.add(name(1), bytes(SIZE))
    assert list(folder.iterdir()) == []
    ring.add(name(1), bytes(SIZE))
    assert seconds(folder) == [1]


MUCH = 4 << 20  # a clip takes some milliseconds to write: a kill falls into that more often than not
WRITER = f"""
import sys
from pathlib import Path
from edge.node.clip_ring import ClipRing, name_of
ring = ClipRing(Path(sys.argv[1]), {3 * MUCH}, 10**18)
ring.begin()
for number in range(10**6):
    ring.add(name_of(10**18 + number * 10**9, number.to_bytes(32, "big")), bytes([number % 256]) * {MUCH})
"""


def killed_while_it_writes(folder: Path, after_s: float) -> None:
    """A process that writes clips for ever, killed so long after its first."""
    with subprocess.Popen([sys.executable, "-c", WRITER, str(folder)]) as writer:
        until(lambda: len(clips_in(folder)) > 0)
        time.sleep(after_s)
        writer.kill()


def test_after_kills_at_any_moment_every_clip_is_whole_and_nothing_half_written_stays(tmp_path: Path) -> None:
    left = 0
    for kill in range(8):
        folder = tmp_path / str(kill)
        killed_while_it_writes(folder, kill * 0.007)
        left += len(list(folder.glob(f"*{PART}")))
        for clip in clips_in(folder):
            assert (clip.size, len(set(clip.path.read_bytes()))) == (MUCH, 1), clip.path
        ClipRing(folder, 3 * MUCH, 10**18).begin()
        assert list(folder.glob(f"*{PART}")) == []
    assert left > 0, "no kill fell into a write"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("a file")
    with pytest.raises(FileExistsError):
        ClipRing(tmp_path / "evidence", SIZE, DAY_NS).begin()
