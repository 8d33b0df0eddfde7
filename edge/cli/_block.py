"""The simulated block of a command line: a file, or the example."""

from pathlib import Path
from typing import TYPE_CHECKING

from edge.errors import UserError

if TYPE_CHECKING:
    from simulators.street.block import Block

HINT = "see `simulators/street/block.py` for a whole example"


def load(file: Path | None, start: str | None) -> "Block":
    """The block of ``file``, or the example; ``start`` stands in place of the file's own."""
    from simulators.street.block import EXAMPLE, Block, unix_s

    try:
        start_s = None if start is None else unix_s(start)
    except ValueError as error:
        raise UserError(f"--start: {error}", "the same for all that shall hear one scene") from error
    if file is None:
        return EXAMPLE if start_s is None else EXAMPLE.begun(start_s)
    try:
        return Block.load(file, start_s)
    except (OSError, ValueError) as error:
        raise UserError(f"{file} is no block: {error}", HINT) from error
