"""``lamppost sim``: a simulated sensor on a pseudo terminal."""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from edge import plugins
from edge.cli import _block
from edge.cli._output import Commands, Output, command
from edge.errors import UserError

if TYPE_CHECKING:
    from simulators._faults import Faulty
    from simulators.scenario import World

SENSORS = "simulators.sensors"
RATE_HZ, CHANNELS = 48_000, 4  # of the simulated front-end
LEVELS_DB = (-120.0, 20.0)  # of a tone: from below the last bit, to what clips by far


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = command(commands, "sim", _run, "offer a simulated sensor on a port, and print the port")
    parser.add_argument("sensor", metavar="SENSOR", help=f"one of: {', '.join(plugins.names(SENSORS))}")
    parser.add_argument("--link", type=Path, metavar="PATH", help="also under this name, which outlives a replug")
    parser.add_argument("--seconds", type=float, default=float("inf"), metavar="S", help="end after so long")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another seed, another sensor (default: 0)")
    parser.add_argument(
        "--scenario", type=Path, metavar="FILE", help="what happens in the world that it measures, in TOML; see README"
    )
    _add_signals(parser)
    parser.add_argument("--fault", action="append", default=[], metavar="SPEC", help="such as flip=0.001 or stall=20:3")
    parser.add_argument(
        "--control", action="store_true", help="take faults, unplug and replug from standard input while it runs"
    )


def _add_signals(parser: argparse.ArgumentParser) -> None:
    """What the microphones of a pcm hear."""
    parser.add_argument(
        "--street", action="store_true", help="pcm: shots, fireworks and traffic instead of a quiet night"
    )
    parser.add_argument(
        "--tone", metavar="HZ@DB", help="pcm: a calibrator's tone, such as 1000@-20 (RMS re full scale)"
    )
    words = "pcm: what --node hears in a simulated block of houses, which has its own seed; without a file, an example"
    parser.add_argument("--block", nargs="?", type=Path, const=_block.EXAMPLE, metavar="BLOCK.json", help=words)
    parser.add_argument("--node", metavar="NAME", help="which of the block's nodes")
    parser.add_argument(
        "--start", metavar="TIME", help="when the block's scene begins: RFC 3339, or seconds since 1970 (default: now)"
    )


def _run(arguments: argparse.Namespace) -> int:
    from edge.cli._control import Control
    from edge.cli._signals import stop_on_signals
    from simulators._pty import Pty

    sensor = _sensor(arguments)
    pty = Pty(sensor, arguments.link)
    try:
        with stop_on_signals() as stop, pty:
            Output(arguments.json).line({"sensor": arguments.sensor, "port": str(pty.path)}, str(pty.path))
            control = Control(sensor, pty) if arguments.control else None
            end_s = time.monotonic() + arguments.seconds
            while not stop.is_set() and (left_s := end_s - time.monotonic()) > 0:
                if control and control.open:
                    control.turn(stop, min(1.0, left_s))
                else:
                    stop.wait(min(1.0, left_s))
    except OSError as error:
        raise UserError(
            f"cannot offer a port at {arguments.link}: {error}", "name a path that you may write"
        ) from error
    return 0


def _sensor(arguments: argparse.Namespace) -> "Faulty":
    from simulators._faults import faulty
    from simulators._gps import gps_s

    module = plugins.load(SENSORS, arguments.sensor)
    heard = _heard(arguments)
    if heard and arguments.sensor != "pcm":
        raise UserError(f"{arguments.sensor} has no microphones", f"leave out {heard[0]}, or simulate pcm")
    if heard == ["--block"]:
        sensor = _block.front_end(arguments.block, arguments.node, arguments.start)
    else:
        options = _signal(arguments)
        if arguments.sensor == "pcm":  # its receiver knows the time that this computer has
            options["gnss_start_s"] = gps_s(time.time())
        sensor = module.Sensor(seed=arguments.seed, world=_world(arguments.scenario, arguments.seed), **options)
    try:
        return faulty(sensor, arguments.fault, seed=arguments.seed)
    except ValueError as error:
        raise UserError(str(error), "see README, the bench") from error


def _world(scenario: Path | None, seed: int) -> "World":
    from simulators.scenario import World

    if scenario is None:
        return World(seed)
    try:
        return World.load(scenario, seed)
    except (OSError, ValueError) as error:
        raise UserError(f"{scenario} is no scenario: {error}", "see README, the bench") from error


def _heard(arguments: argparse.Namespace) -> list[str]:
    """The option, if any, that says what the microphones hear."""
    given = {"--street": arguments.street, "--tone": arguments.tone is not None, "--block": arguments.block is not None}
    heard = [option for option, is_given in given.items() if is_given]
    if len(heard) > 1:
        raise UserError(f"{' and '.join(heard)} together", "let the microphones hear one of them")
    if heard != ["--block"] and (arguments.node is not None or arguments.start is not None):
        raise UserError("--node and --start are of a block", "add --block, or leave them out")
    return heard


def _signal(arguments: argparse.Namespace) -> dict[str, object]:
    """What the microphones hear; nothing, where the sensor's own choice stands."""
    if arguments.tone is not None:
        return {"signal": _tone(arguments.tone)}
    return {"signal": _street(arguments.seed)} if arguments.street else {}


def _tone(words: str) -> object:
    from simulators.sensors.pcm import Tone

    try:
        frequency_hz, level_db = (float(part) for part in words.split("@"))
        if not (0 < frequency_hz < RATE_HZ / 2 and LEVELS_DB[0] <= level_db <= LEVELS_DB[1]):
            raise ValueError(words)
    except ValueError as error:
        expected = f"frequency@level, below {RATE_HZ / 2:g} Hz, {LEVELS_DB[0]:g} to {LEVELS_DB[1]:g} dB re full scale"
        raise UserError(f"--tone {words}; expected {expected}", "such as 1000@-20") from error
    return Tone(RATE_HZ, frequency_hz, (level_db,) * CHANNELS)


def _street(seed: int) -> object:
    from simulators.street.scene import Street

    return Street(rate_hz=RATE_HZ, channels=CHANNELS, seed=seed)
