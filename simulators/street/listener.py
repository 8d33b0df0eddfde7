"""What one node of a block hears, and the truth about it.

    Happening ─┤ spectrum of the source ├─┤ each way: time, spreading, air, edges ├─┤ what streets scatter ├┐
    the node's own traffic, city, wind ───────────────────────────────────────────────────────────────────(+)─ samples

Sample k is heard at ``began_s`` + k / (rate of the node's crystal) of scene time.
"""

import math
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulators.street.air import Air
from simulators.street.block import Block, Happening, Node
from simulators.street.houses import Houses
from simulators.street.propagation import absorption_db_m, speed_m_s
from simulators.street.scene import FULL_SCALE_PA, corners, tail
from simulators.street.sources import SPANS, spectrum
from simulators.street.traffic import Traffic
from simulators.street.ways import Way, ways


@dataclass(frozen=True, slots=True)
class Arrival:
    """Scene times when a sound comes to a node: straight, as if no house stood in between, and by its first way."""

    direct_s: float
    first_s: float

    @property
    def shadowed(self) -> bool:
        """Whether a house stands in between."""
        return self.first_s > self.direct_s


@dataclass(frozen=True, slots=True)
class _Sound:
    """Pressure in Pa, shape (channels, n), from sample ``start`` on."""

    pressure: NDArray[np.float32]
    start: int

    @property
    def stop(self) -> int:
        return self.start + int(self.pressure.shape[1])


class Listener:
    """One node's microphones; the same samples for the same block, in any order of calls."""

    def __init__(self, block: Block, name: str, began_s: float = 0.0) -> None:
        self._block, self.node = block, block.nodes[name]
        self._began_s = began_s
        square = corners(self.node.channels)
        self._offsets = square - square.mean(axis=0)
        self.seed = zlib.crc32(f"{block.seed} {name}".encode())
        self._traffic = Traffic(self.node.true_rate_hz, self._offsets + np.array((0, 0, self.node.z)), self.seed)
        houses = Houses(block.houses)
        found = [ways(houses, block.air, e.place, self.node.place, block.reflections) for e in block.events]
        self.arrivals = tuple(_arrival(block, e, self.node, w[0]) for e, w in zip(block.events, found, strict=True))
        self._sounds = [self._render(number, by) for number, by in enumerate(found)]

    def samples(self, first: int, count: int) -> NDArray[np.float32]:
        """Samples ``first`` to ``first + count``, shape (channels, count), full scale ±1; ``first`` may be negative."""
        total = self._traffic.samples(first, count)
        for sound in self._sounds:
            begin, end = max(sound.start, first), min(sound.stop, first + count)
            if begin < end:
                total[:, begin - first : end - first] += sound.pressure[:, begin - sound.start : end - sound.start]
        return np.asarray(np.clip(total / np.float32(FULL_SCALE_PA), -1, 1), np.float32)

    def sample_at(self, scene_s: float) -> float:
        """Which sample is heard at a scene time."""
        return (scene_s - self._began_s) * self.node.true_rate_hz

    def _render(self, number: int, by: tuple[Way, ...]) -> _Sound:
        """One happening; the same source for all nodes, scattered for each in its own way."""
        event, rate_hz, seed = self._block.events[number], self.node.true_rate_hz, self._block.seed
        span = SPANS[event.kind]
        count = round((span.before_s + span.after_s) * self.node.rate_hz)
        first = self.sample_at(event.at + by[0].time_s)
        start = math.floor(first)
        since_s = by[0].time_s - (first - start) / rate_hz
        frequency_hz = np.fft.rfftfreq(count, 1 / rate_hz)
        heard = transfer(by, self._block.air, self._microphones(), frequency_hz, since_s)
        heard *= 1 + tail(rate_hz, count, self.node.channels, np.random.default_rng([self.seed, number]))
        pressure = np.fft.irfft(
            heard * spectrum(event.kind, rate_hz, count, np.random.default_rng([seed, number])), count
        )
        before = round(span.before_s * rate_hz)
        return _Sound(np.roll(pressure, before, axis=1).astype(np.float32), start - before)

    def _microphones(self) -> NDArray[np.float64]:
        """Their places in the block."""
        turned = np.radians(self.node.heading_deg)
        x, y, z = self._offsets.T
        east, north = x * np.cos(turned) + y * np.sin(turned), y * np.cos(turned) - x * np.sin(turned)
        return np.column_stack((east, north, z)) + self.node.place


def transfer(
    by: tuple[Way, ...],
    air: Air,
    microphones: NDArray[np.float64],
    frequency_hz: NDArray[np.floating],
    since_s: float,
) -> NDArray[np.complex128]:
    """Pressure at microphones for a source of 1 Pa at 1 m, shape (n, frequencies); time is counted from ``since_s``."""
    absorbed = absorption_db_m(frequency_hz, air.temperature_c, air.humidity_percent) / 20 * np.log(10)
    total = np.zeros((len(microphones), frequency_hz.size), np.complex128)
    for way in by:
        kept = way.keeps / way.length_m * np.exp(-absorbed * way.length_m)
        if way.bend is not None:
            kept = kept * way.bend.response(frequency_hz, speed_m_s(air.temperature_c))
        late_s = air.travel_s(way.image, microphones) + way.more_s - since_s
        total += kept * np.exp(-2j * np.pi * frequency_hz * late_s[:, None])
    return total


def _arrival(block: Block, event: Happening, node: Node, first: Way) -> Arrival:
    direct_s = float(block.air.travel_s(np.array(event.place), np.array(node.place)))
    return Arrival(event.at + direct_s, event.at + first.time_s if first.bend else event.at + direct_s)
