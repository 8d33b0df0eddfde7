"""``lamppost bench dsp``: how fast the sound level meter is, beside floors and peers of the same run."""

import argparse
import os
from typing import TYPE_CHECKING

from edge.cli._output import Commands, Output, command
from edge.errors import UserError

if TYPE_CHECKING:
    from edge.cli._throughput import Speed

SECONDS = 10
HEAD = f"""{"seconds of sound a second of CPU time":>52}
{"":44}{"":6}   its time over ours, median, least to most"""
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = command(commands, "bench", _run, "measure how fast the signal processing is, beside floors and peers")
    parser.add_argument("what", choices=("dsp",), help="dsp: the sound level meter, 48 kHz, one channel, one thread")
    parser.add_argument("--seconds", type=int, default=SECONDS, help=f"of sound a round; {SECONDS} if not given")
    parser.add_argument("--rounds", type=int, default=7, help="7 if not given")


def _run(arguments: argparse.Namespace) -> int:
    if arguments.seconds < 1 or arguments.rounds < 1:
        raise UserError("there is no sound to measure on", "--seconds and --rounds are 1 or more")
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))  # read when NumPy is imported, which is from here on
    from edge.cli import _peers, _stages
    from edge.cli._throughput import speeds, street

    output = Output(arguments.json)
    peers, absent = _peers.loaded()
    ways = [_stages.ours(), *_stages.stages(), *_stages.floors(), *peers]
    found = speeds(ways, street(arguments.seconds), arguments.rounds)
    output.say(HEAD)
    for speed in found:
        output.line(_object(speed), _words(speed))
    for one in absent:
        output.line(
            {"what": one.package, "kind": "absent", "needs": one.needs}, f"{one.package} is not here; needs {one.needs}"
        )
    output.say(_against_floors(found))
    return 0


def _object(speed: "Speed") -> dict[str, object]:
    level = {"off_db": round(speed.off_db, 2), "agrees": speed.agrees} if speed.way.kind in {"ours", "peer"} else {}
    return {
        "what": speed.way.name,
        "kind": speed.way.kind,
        "channel_seconds_per_cpu_s": round(speed.channel_seconds, 1),
        "times_ours": {"median": _median(speed), "least": round(speed.times[0], 3), "most": round(speed.times[-1], 3)},
        "words": speed.way.words,
        **level,
    }


def _words(speed: "Speed") -> str:
    head = f"{speed.way.kind:6}{speed.way.name:38}{speed.channel_seconds:6.0f}"
    told = f"{head}{_median(speed):9.2f}  {speed.times[0]:.2f} to {speed.times[-1]:.2f}"
    if speed.way.kind != "peer":
        return told
    level = f"LAeq {speed.off_db:+.2f} dB" + ("" if speed.agrees else ", NOT THE SAME WORK")
    return f"{told}\n      {level}; {speed.way.words}"


def _median(speed: "Speed") -> float:
    return round(speed.times[len(speed.times) // 2], 3)


def _against_floors(found: "list[Speed]") -> str:
    """How far ours is from the floor, in words."""
    floors = [speed for speed in found if speed.way.kind == "floor"]
    each = " and ".join(f"{1 / _median(speed):.1f} of {speed.way.name}" for speed in floors)
    both = 1 / sum(_median(speed) for speed in floors)
    return f"the whole meter costs as much as {each}; {both:.1f} times both together"
