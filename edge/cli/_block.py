"""The simulated block of a command line: a file, or the example."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from edge import plugins
from edge.errors import UserError

if TYPE_CHECKING:
    from simulators.sensors.pcm import Sensor
    from simulators.street.block import Block

EXAMPLE = Path()
"""No file: the example."""


def load(file: Path, start: str | None) -> "Block":
    """The block of ``file``; ``start`` stands in place of its own."""
    from simulators.street import block

    try:
        start_s = None if start is None else block.unix_s(start)
    except ValueError as error:
        raise UserError(f"--start: {error}", "give the same to all that shall hear one scene") from error
    if file == EXAMPLE:
        return block.EXAMPLE if start_s is None else block.EXAMPLE.begun(start_s)
    try:
        return block.Block.load(file, start_s)
    except (OSError, ValueError) as error:
        raise UserError(f"{file} is no block: {error}", "see README, simulated sensors") from error


def front_end(file: Path, node: str | None, start: str | None) -> "Sensor":
    """The front-end of a node, switched on now; a scene without a start begins with this second."""
    from simulators.street import front_end
    from simulators.street.listener import Listener

    block = load(file, start)
    if node is None or node not in block.nodes:
        found = "no --node" if node is None else f"no node {node!r} in the block"
        raise UserError(found, plugins.nearest(node or "", sorted(block.nodes)))
    listener = Listener(block, node)
    now_s = time.time()
    return front_end.front_end(listener, int(now_s) if block.start_s is None else block.start_s, now_s)
