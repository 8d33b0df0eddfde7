"""What hearing bangs costs: ``python -m hil_tests.bench.gunshot [cost latency memory]``.

cost      CPU ms a second of a simulated street at 48 kHz, one channel: the trigger, the networks, the detectors,
          the sound level meter and the signs; each beside one pass of SciPy's sosfilt over the same samples
latency   from an onset until the listener tells it, in the sound's own time and the time of computing
memory    the most that a process held which did it all
"""

import resource
import sys
import time
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from dsp.hearing import Hearing
from dsp.meter import Meter
from dsp.signs import signs
from dsp.trigger import Trigger
from edge.node.listening import Listener, Options
from simulators.street import Event, Street

RATE_HZ = 48_000
SECONDS = 60
PIECE = RATE_HZ // 50  # as a front-end sends them
EVERY_S = 2.5
PLACE = (-165.0, 6.0, 1.5)
KINDS = ("gunshot", "fireworks", "explosion", "glass_break", "scream", "siren", "other", "noise_limit", "crowd_level",
         "crowd_surge")  # fmt: skip
RUNS = 3

Sound = NDArray[np.float32]


def street() -> tuple[Sound, list[float]]:
    """A minute with a shot every 2.5 s, and when they fall."""
    at_s = [1.0 + EVERY_S * n for n in range(int((SECONDS - 2) / EVERY_S))]
    events = [Event("gunshot", round(at * RATE_HZ), PLACE) for at in at_s]
    return Street(rate_hz=RATE_HZ, channels=1, seed=1, events=events).samples(0, SECONDS * RATE_HZ), at_s


def listened(kinds: Mapping[str, Options], sound: Sound) -> None:
    """All of ``sound``, in pieces."""
    listener = Listener(RATE_HZ, 1, kinds)
    for at in range(0, sound.shape[1], PIECE):
        listener.feed(sound[:, at : at + PIECE])


def triggered(sound: Sound) -> None:
    """The trigger alone."""
    trigger = Trigger(RATE_HZ)
    for at in range(0, sound.shape[1], PIECE):
        trigger.feed(sound[0, at : at + PIECE])


def judged(sound: Sound) -> None:
    """The trigger, and the networks on all that it proposes and on every half second."""
    hearing = Hearing(RATE_HZ, steady=True)
    for at in range(0, sound.shape[1], PIECE):
        for one in hearing.feed(sound[0, at : at + PIECE]):
            one.likeliest()


def metered(sound: Sound) -> None:
    """Sound levels and signs, as the node has them."""
    meter = Meter(RATE_HZ, 1)
    for at in range(0, sound.shape[1], RATE_HZ):
        meter.second(sound[:, at : at + RATE_HZ].copy())
        signs(sound[:, at : at + RATE_HZ], RATE_HZ)


def filtered(sound: Sound) -> None:
    """One pass of a filter of three sections, at once."""
    sosfilt(butter(6, 0.2, output="sos"), sound[0])


def cost() -> None:
    """A table of CPU times, least of some interleaved runs."""
    sound, _ = street()
    everything: dict[str, Options] = {kind: {} for kind in KINDS}
    parts: dict[str, Callable[[], None]] = {
        "sosfilt, three sections, one pass": lambda: filtered(sound),
        "trigger alone": lambda: triggered(sound),
        "trigger and networks, all proposals": lambda: judged(sound),
        "listener: gunshot": lambda: listened({"gunshot": {}}, sound),
        "listener: all detectors": lambda: listened(everything, sound),
        "sound levels and signs": lambda: metered(sound),
    }
    took = {name: min(_cpu_ms(part) for _ in range(RUNS)) / SECONDS for name, part in parts.items()}
    unit = took["sosfilt, three sections, one pass"]
    print(f"{'CPU at 48 kHz, one channel':40}{'ms a second':>12}{'of a core':>11}{'x sosfilt':>11}")
    for name, ms in took.items():
        print(f"{name:40}{ms:12.2f}{ms / 10:10.2f}%{ms / unit:11.1f}")


def _cpu_ms(part: Callable[[], None]) -> float:
    begun_s = time.process_time()
    part()
    return 1000 * (time.process_time() - begun_s)


def latency() -> None:
    """How long after its onset a shot is told."""
    sound, at_s = street()
    listener, late_s = Listener(RATE_HZ, 1, {kind: {} for kind in KINDS}), []
    for at in range(0, sound.shape[1], PIECE):
        begun_s = time.perf_counter()
        heard = listener.feed(sound[:, at : at + PIECE])
        took_s = time.perf_counter() - begun_s
        now_s = (at + PIECE) / RATE_HZ + took_s
        late_s += [now_s - one.detection.start / RATE_HZ for one in heard if one.kind == "gunshot"]
    middle, most = np.percentile(late_s, (50, 99))
    print(f"latency of {len(late_s)} detections, {len(at_s)} shots: p50 {middle:.2f} s, p99 {most:.2f} s")


def memory() -> None:
    """The most resident memory of this process, SciPy for the comparison included."""
    print(f"most resident memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB, SciPy included")


PARTS: dict[str, Callable[[], None]] = {"cost": cost, "latency": latency, "memory": memory}

if __name__ == "__main__":
    for chosen in sys.argv[1:] or PARTS:
        PARTS[chosen]()
