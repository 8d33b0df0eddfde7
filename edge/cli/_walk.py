"""An audit's walk through archives, one after the other, and where it may be taken up again.

What all files hold is one run of bytes, whatever file they are in. A checkpoint names so many of them and their
SHA-256; before anything is skipped the same bytes are read and hashed again, which is some hundred times as fast as
verifying them.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from edge.cli._archives import Archive, is_cut
from edge.cli._examining import examined
from edge.trust.audit import Audit, Examined, Verdict
from edge.trust.audit_state import packed, unpack
from edge.trust.book import VERSION, Book, Checkpoint
from edge.trust.keys import Registry

EVERY_S = 5.0  # between checkpoints, which is what a walk that is killed does again, and words on how far it is
CUT = "the file ends {size} bytes into this message: the power failed while it was written, or somebody cut it"


@dataclass(frozen=True, slots=True)
class Keys:
    """Who is believed; ``bound`` is the SHA-256 of the file that says so, and of the version of what is verified."""

    registry: Registry
    bound: bytes

    @classmethod
    def load(cls, path: Path) -> Self:
        """The keys of a COSE_KeySet. UserError if it is none."""
        registry = Registry.load(path)
        return cls(registry, hashlib.sha256(bytes([VERSION]) + path.read_bytes()).digest())


class Walk:
    """Once through the archives."""

    def __init__(
        self, archives: Sequence[Archive], keys: Keys, book: Book, audit: Audit, every_s: float = EVERY_S
    ) -> None:
        self._every_s = every_s
        self._archives = [(archive, archive.size()) for archive in archives]
        self._keys = keys
        self._book = book
        self._audit = audit
        self._sha256 = hashlib.sha256()
        self._read = 0  # bytes, of all archives
        self._total = sum(size for _, size in self._archives)
        self._whole = True  # whether what was read ends with a whole item

    def resume(self) -> str:
        """Goes to where the book's checkpoint stands. If it does not fit, says why, and the walk is from the start."""
        checkpoint = self._book.checkpoint()
        why = self._misfit(checkpoint) if checkpoint else ""
        if checkpoint and not why:
            unpack(checkpoint.state, self._audit)
            self._read = checkpoint.size
        else:
            self._sha256 = hashlib.sha256()
            self._book.clear()
        return why

    def _misfit(self, checkpoint: Checkpoint) -> str:
        if checkpoint.bound != self._keys.bound:
            return "it was made with other keys, or by another version of this program"
        if checkpoint.size > self._total:
            return f"it is of {checkpoint.size} bytes; found {self._total}"
        left = checkpoint.size
        for piece in (piece for archive, _ in self._archives for piece in archive.pieces()):
            self._sha256.update(piece[:left])
            left -= min(left, len(piece))
            if not left:
                break
        if self._sha256.digest() != checkpoint.sha256:
            return f"the first {checkpoint.size} bytes are not those that were verified"
        return ""

    def verdicts(self, tell: Callable[[int, int], None]) -> Iterator[Verdict]:
        """What is to be said of each message that follows. ``tell`` gets the bytes read and of all, now and then."""
        told_s = time.monotonic()
        for item, ends, found in examined(self._items(), self._keys.registry, self._total - self._read):
            yield self._one(item, ends, found)
            if time.monotonic() - told_s > self._every_s:
                self._save()
                tell(self._read, self._total)
                told_s = time.monotonic()
        self._save()

    def _items(self) -> Iterator[tuple[bytes, bool]]:
        """What is not read yet, and whether an item is the last of its archive."""
        skip = self._read  # read ahead of the verdicts
        for archive, size in self._archives:
            at = min(skip, size)
            skip -= at
            if at < size:
                for item in archive.items(at):
                    at += len(item)
                    yield item, at >= size

    def _one(self, item: bytes, ends: bool, found: Examined) -> Verdict:
        cut = ends and is_cut(item)
        if cut and self._read + len(item) >= self._total:
            self._save()
            self._whole = False
        verdict = self._audit.take(found)
        self._sha256.update(item)
        self._read += len(item)
        return replace(verdict, why=f"form: {CUT.format(size=len(item))}") if cut else verdict

    def _save(self) -> None:
        """A file that ends with half a message may yet get the other half: that end is looked at again next time."""
        if self._whole and self._book.lasting:
            state = packed(self._audit)
            self._book.save(Checkpoint(self._keys.bound, self._read, self._sha256.digest(), state))
