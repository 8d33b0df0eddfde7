"""Other sound level meters in Python, doing what ours does as nearly as they can, in blocks of a tenth of a second.

A-weighted Fast, LAeq of each second, C-weighted peak, 31 third octaves
"""

import importlib
import importlib.metadata
import importlib.util
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.cli._throughput import BLOCK, RATE_HZ, Hear, Sound, Way, blocks

BLOCKS_A_SECOND = RATE_HZ // BLOCK
NEEDS = (3, 13)  # phonometry and soundlevelmeter say so


@dataclass(frozen=True, slots=True)
class Peer:
    """A package on the index: its name there and here, what it leaves out, and how it is used."""

    package: str
    module: str
    leaves_out: str
    make: Callable[[], Hear]
    label: str = "{}"
    python: tuple[int, int] = (3, 11)

    @property
    def missing(self) -> str:
        """How to get it, or nothing where it is here."""
        if sys.version_info < self.python:
            return f"Python {'.'.join(map(str, self.python))} and pip install 'lamppost[bench]'"
        return "" if importlib.util.find_spec(self.module) else "pip install 'lamppost[bench]'"

    def way(self) -> Way:
        """Ready to be fed; OSError where a library of the system is missing to it."""
        version = f"{self.package} {importlib.metadata.version(self.package)}"
        return Way(self.label.format(version), "peer", f"leaves out {self.leaves_out}", self.make())


def octave_bank(module: str) -> Hear:
    """PyOctaveBand and its successor phonometry, which share their classes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of its own renaming
        package = importlib.import_module(module)
    a, c = (package.WeightingFilter(RATE_HZ, curve, stateful=True) for curve in "AC")
    fast = package.TimeWeighting(RATE_HZ, "fast")
    bank = package.OctaveFilterBank(RATE_HZ, fraction=3, limits=[20, 20_000], stateful=True, resample=False)

    def hear(sound: Sound) -> float:
        exposure = 0.0
        for block in blocks(sound):
            weighted = a.filter(block)
            exposure += float(weighted @ weighted)
            _ = fast.process(weighted).max(), np.abs(c.filter(block)).max(), bank.filter(block, detrend=False)
        return float(10 * np.log10(exposure / sound.size))

    return hear


class Source:
    """Where soundlevelmeter reads its blocks from."""

    samplerate, blocksize, sensitivity = RATE_HZ, BLOCK, 1.0

    def __init__(self) -> None:
        self.coming: Iterator[tuple[int, Sound]] = iter(())

    def read_block(self) -> tuple[NDArray[np.float64], int]:
        """The next block, shape (n, 1), and its number; StopIteration behind the last."""
        at, block = next(self.coming)
        return block[:, None].astype(np.float64), at


def sound_level_meter() -> Hear:
    """Its engine, with the metrics that make the same work."""
    slm: Any = importlib.import_module("slm")
    source = Source()
    names = ("LAeq_1s", "LAFmax_1s", "LCeq_1s", "LZeq_1s:bands:1/3:20-20000")
    engine, columns = slm.assemble_engine([slm.parse_metric(name) for name in names], source, 1.0)
    _add_peak(engine.get_bus("C"))
    exposures: list[float] = []

    def record(timestamp: Any, _: float) -> None:
        if round(timestamp.total_seconds() * BLOCKS_A_SECOND) % BLOCKS_A_SECOND == BLOCKS_A_SECOND - 1:
            read = [column.plugin.read_lin(column.meter_name) for column in columns]
            exposures.append(float(read[0][0]))

    def hear(sound: Sound) -> float:
        exposures.clear()
        source.coming = enumerate(blocks(sound))
        engine.on_record = record
        engine.run(duration=sound.size / RATE_HZ)
        return float(10 * np.log10(np.mean(exposures)))

    return hear


def _add_peak(bus: Any) -> None:
    meters, weightings = (importlib.import_module(f"slm.{name}") for name in ("meter", "time_weighting"))
    square = bus.add_plugin(weightings.PluginSquare(input=bus.frequency_weighting, width=1))
    square.create_meter(meters.MaxMovingMeter, name="peak", t=1.0)


def numba_meter(*, plain: bool) -> Hear:
    """The compiled one, as noisesensor has it, or in ``plain`` functions."""
    from edge.cli._peers_numba import Meter, compiled_class, compiled_functions

    return Meter(compiled_functions() if plain else compiled_class()).hear


MOST = "Slow, Impulse and peaks between samples; A and C are bilinear"
LEAST = "Fast, Slow, Impulse and peaks; A and C are bilinear"
PEERS = (
    Peer("phonometry", "phonometry", MOST, lambda: octave_bank("phonometry"), "{} streaming", NEEDS),
    Peer("soundlevelmeter", "slm", MOST, sound_level_meter, python=NEEDS),
    Peer("PyOctaveBand", "pyoctaveband", MOST, lambda: octave_bank("pyoctaveband"), "{} streaming"),
    Peer("numba", "numba", LEAST, lambda: numba_meter(plain=False), "noisesensor-style, {}"),
    Peer("numba", "numba", LEAST, lambda: numba_meter(plain=True), "the same as functions, {}"),
)


@dataclass(frozen=True, slots=True)
class Absent:
    """A peer that cannot be run here, and what it needs."""

    package: str
    needs: str


def loaded() -> tuple[list[Way], list[Absent]]:
    """Those that can run, and those that cannot.

    From Python 3.13 on PyOctaveBand is another name of phonometry, and is not run twice.
    """
    ways, absent = [], {peer.package: Absent(peer.package, peer.missing) for peer in PEERS if peer.missing}
    twice = "PyOctaveBand" if "phonometry" not in absent else ""
    for peer in PEERS:
        if peer.package in absent or peer.package == twice:
            continue
        try:
            ways.append(peer.way())
        except OSError as error:
            absent[peer.package] = Absent(peer.package, f"a library of the system: {error}")
    return ways, list(absent.values())
