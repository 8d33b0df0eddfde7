"""``lamppost``: one program for the installer, the bench and the technician.

Each command is a module of this folder that offers ``add(commands)``; what it needs it imports when it runs. Exit: 0
fine, 1 the thing checked is not fine, 2 a person's mistake.
"""

import argparse
import importlib.metadata
import os
import sys
from collections.abc import Sequence

from edge.cli import (
    bench,
    block,
    calibrate,
    decode,
    demo,
    detectors,
    drivers,
    evidence,
    gateway,
    identify,
    init,
    key,
    label,
    locate,
    measure,
    ports,
    replay,
    run,
    sim,
    verify,
)
from edge.cli._output import Parser
from edge.errors import UserError

COMMANDS = (
    *(run, demo, replay, measure, calibrate, decode, locate, verify, key, sim, block, gateway, init),
    *(label, evidence, ports, identify, drivers, detectors, bench),
)
MISTAKE = 2
INTERRUPTED = 130  # as shells have it: 128 + SIGINT


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    made = argparse.ArgumentParser(prog="lamppost", description="Edge firmware companion for street sensor nodes.")
    made.add_argument("--version", action="version", version=f"lamppost {importlib.metadata.version('lamppost')}")
    commands = made.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)
    for command in COMMANDS:
        command.add(commands)
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command that ``argv`` names; returns the exit status."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # NumPy reads it; threads of a product spin, and cost ten times
    arguments = parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except UserError as mistake:
        print(f"lamppost: {mistake.message}\n  {mistake.hint}", file=sys.stderr)
        return MISTAKE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
