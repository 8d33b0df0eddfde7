"""What outlives a power cut: a file's entry in its folder is on the disk only when the folder is."""

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Puts the names of a folder's files on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
