"""Many sensors at once on one node: a microphone array of four channels at 48 kHz, and as many others as are named.

    python -m hil_tests.bench.soak --seconds 600 --sensors sds011,pms,…

Everything is real but the sensors: ptys, the node in a process of its own, broker, gateway, signatures. It tells what
was told as missing, by sensor and reason, and what the node took of a core and of memory.
"""

import argparse
import os
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from edge import plugins
from edge.message.body import Absence, Health, Measurements, Sense
from hil_tests.program import Program
from hil_tests.stand import SENSORS, Stand, plugged, stand

WARM_UP_S = 10.0  # of the whole stand: reasons before this are those of a beginning
TWELVE = "sds011,pms,mhz19,senseair,maxbotix,rg15,wxt,windsonic,gnss,vedirect,ld2450,modbus"


def main() -> None:
    """Runs the stand, and prints what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--sensors", default=TWELVE, help="beside the microphones, separated by commas")
    arguments = parser.parse_args()
    names = ["pcm", *filter(None, arguments.sensors.split(","))]
    sensors = {name: plugins.load(SENSORS, name).Sensor(seed=1) for name in names}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        plugs = stack.enter_context(plugged(sensors, {}, Path(folder)))
        made = stack.enter_context(stand(plugs, Path(folder)))
        made.start()
        time.sleep(WARM_UP_S)
        since, begun_s, cpu_s = made.city.latest(), time.monotonic(), processor_s(made.node)
        time.sleep(arguments.seconds)
        took_s, cpu_s = time.monotonic() - begun_s, processor_s(made.node) - cpu_s
        resident_mb = made.node.resident_mb()
        report(made, since, took_s)
        print(f"node: {cpu_s / took_s:.1%} of a core, {resident_mb:.0f} MB resident, over {took_s:.0f} s")


def processor_s(program: Program) -> float:
    """CPU time of a program so far."""
    fields = Path(f"/proc/{program.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def report(made: Stand, since: int, took_s: float) -> None:
    """A line a sensor: readings told, and what was told as missing."""
    told = Counter[str]()
    for body in made.city.bodies(Measurements, since):
        told[body.sensor] += len(body.records)
    missing = Counter[tuple[str, str]]()
    for absence in made.city.bodies(Absence, since):
        missing[absence.sensor, absence.why] += absence.count
    beats = made.city.bodies(Health, since)
    print(f"{'sensor':12}{'readings':>10}{'a second':>10}{'deaf beats':>12}  told as missing")
    for name in made.plugs:
        deaf = sum(beat.sensors[name].sense is Sense.DEAF for beat in beats)
        gone = ", ".join(f"{why} {count}" for (sensor, why), count in missing.items() if sensor == name) or "nothing"
        print(f"{name:12}{told[name]:10}{told[name] / took_s:10.2f}{deaf:12}  {gone}")


if __name__ == "__main__":
    main()
