"""Sealed clips on the disk: so many bytes and so many days, the oldest removed first.

    <state>/evidence/20261127T003044.123Z-0123456789abcdef.clip         time of the event, begin of its clip's hash
                     20261127T003044.123Z-0123456789abcdef.clip.part    being written

A clip is written under another name, put on the disk and renamed: whatever has a clip's name is whole. What a power cut
left half written is removed at the next start. A file of any other name is not ours, and is left alone.
"""

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from edge.message.body import CLIP_BYTES
from edge.node.clock import NS_PER_S
from edge.node.durable import sync_folder

EVIDENCE_FOLDER = "evidence"  # in the node's state folder
NAME = re.compile(rf"(\d{{8}}T\d{{6}}\.\d{{3}})Z-([0-9a-f]{{{2 * CLIP_BYTES}}})\.clip")
PART = ".part"
TIME = "%Y%m%dT%H%M%S.%f"
OWNER_ONLY, OWNER_ONLY_FOLDER = 0o600, 0o700


@dataclass(frozen=True, slots=True)
class ClipFile:
    """A clip on the disk: when its event was, the first bytes of its part's hash, its size."""

    path: Path
    time_ns: int
    id: bytes
    size: int


def name_of(time_ns: int, part: bytes) -> str:
    """The file name of a clip of an event at ``time_ns`` whose part has the SHA-256 ``part``."""
    stamp = datetime.fromtimestamp(time_ns // NS_PER_S, UTC).strftime("%Y%m%dT%H%M%S")
    return f"{stamp}.{time_ns // 1_000_000 % 1000:03}Z-{part[:CLIP_BYTES].hex()}.clip"


def clips_in(folder: Path) -> list[ClipFile]:
    """The clips of a folder, oldest first; none, where there is no folder."""
    with suppress(FileNotFoundError):
        return sorted(filter(None, map(_clip, folder.iterdir())), key=lambda clip: (clip.time_ns, clip.path.name))
    return []


def _clip(path: Path) -> ClipFile | None:
    named = NAME.fullmatch(path.name)
    with suppress(FileNotFoundError, ValueError):  # removed meanwhile, or the 31st of February
        if named and path.is_file():
            at = datetime.strptime(named[1], TIME).replace(tzinfo=UTC)
            return ClipFile(
                path, round(at.timestamp() * 1000) * 1_000_000, bytes.fromhex(named[2]), path.stat().st_size
            )
    return None


class ClipRing:
    """The folder of one node; used by one thread. OSError where the disk does not let it."""

    def __init__(self, folder: Path, max_bytes: int, max_age_ns: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._max_age_ns = max_age_ns

    def until_ns(self, time_ns: int) -> int:
        """When a clip of an event at ``time_ns`` is removed at the latest."""
        return time_ns + self._max_age_ns

    def begin(self) -> None:
        """Makes the folder, for its owner alone, and removes what was left half written."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(OWNER_ONLY_FOLDER)
        for path in self._folder.glob(f"*{PART}"):
            if NAME.fullmatch(path.name.removesuffix(PART)):
                path.unlink()

    def add(self, name: str, data: bytes) -> list[ClipFile]:
        """Puts a clip on the disk; the older ones that were removed for it. What cannot be written leaves no file."""
        if len(data) > self._max_bytes:
            raise OSError(f"{len(data)} bytes; the ring holds {self._max_bytes}")
        gone = self._make_room(len(data))
        part = self._folder / (name + PART)
        try:
            _write(part, data)
            part.replace(self._folder / name)
        except OSError:
            part.unlink(missing_ok=True)
            raise
        sync_folder(self._folder)
        return gone

    def _make_room(self, size: int) -> list[ClipFile]:
        clips, gone = clips_in(self._folder), []
        held = sum(clip.size for clip in clips)
        while held + size > self._max_bytes:
            oldest = clips.pop(0)
            oldest.path.unlink(missing_ok=True)
            held -= oldest.size
            gone.append(oldest)
        return gone

    def expire(self, now_ns: int) -> list[ClipFile]:
        """Removes what is older than it may be; a clip of the future, by a clock that was set back, is not."""
        gone = [clip for clip in clips_in(self._folder) if now_ns >= self.until_ns(clip.time_ns)]
        for clip in gone:
            clip.path.unlink(missing_ok=True)
        return gone

    def clear(self) -> list[ClipFile]:
        """Removes all clips."""
        if not self._folder.exists():
            return []
        self.begin()
        gone = clips_in(self._folder)
        for clip in gone:
            clip.path.unlink(missing_ok=True)
        return gone


def _write(path: Path, data: bytes) -> None:
    """A new file, on the disk when this returns."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, OWNER_ONLY)
    with open(descriptor, "wb") as file:  # noqa: PTH123  a descriptor, which Path cannot open
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
