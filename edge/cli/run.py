"""``lamppost run``: the node."""

import argparse
import logging
import os
from pathlib import Path

from edge.cli._output import Commands, command


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = command(commands, "run", _run, "run the node", reports=False)
    parser.add_argument(
        "-c", "--config", type=Path, required=True, metavar="NODE.toml", help="the node's configuration"
    )


def _run(arguments: argparse.Namespace) -> int:
    # NumPy's matrix library would spread a product of microseconds over all cores, and spin there; before its import
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from edge.cli._signals import stop_on_signals
    from edge.node import config, node

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    found = config.load(arguments.config)
    with stop_on_signals() as stop:
        node.run(found, stop)
    return 0
