"""A simulated GQ GMC-500+ or GMC-320: a tube that counts, and answers without frame or checksum.

    <GETVER>>      GMC-500+Re 2.22
    <GETCPM>>      counts of the last minute, big endian: 4 bytes, or 2 of a 320
    <GETSERIAL>>   7 bytes
    <HEARTBEAT1>>  from then on the counts of each second, until <HEARTBEAT0>>; a 320 says them in 14 bits of 2 bytes

Source: GQ Electronics, "GQ-RFC1201" 1.40 and "GQ-RFC1801" 1.00. The counts of a second are Poisson's, of a tube that
gives 154 a minute at 1 µSv/h. A real counter needs a minute after it is switched on; here the minute before is known.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from simulators._answers import Answers
from simulators.scenario import WORLD, World

CPM_PER_USV_H = 154.0  # M4011
WINDOW_S = 60
LATENCY_S = 0.03
COMMAND = re.compile(rb"<([A-Z0-9]+)>>")
LONGEST_COMMAND = 64
HEARTBEAT_BITS = 0x3FFF


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The counter; trouble ``placeholder`` makes its counts as many as it can say."""

    seed: int = 0
    world: World = WORLD
    version: bytes = b"GMC-500+Re 2.22"
    width: int = 4
    heartbeat: bool = False
    placeholder: bool = False
    _answers: Answers = field(default_factory=Answers, init=False)
    _heard: bytes = field(default=b"", init=False)
    _beats: int = field(default=0, init=False)

    def due_s(self) -> float:
        """When an answer is ready, or a second is over while its heart beats."""
        return min(self._answers.due_s(), self._beats + 1.0) if self.heartbeat else self._answers.due_s()

    def emit(self) -> bytes:
        """That answer, or the counts of that second."""
        if self._answers.due_s() <= self.due_s():
            return self._answers.take()
        self._beats += 1
        counts = self._counts(self._beats)
        return counts.to_bytes(4, "big") if self.width > 2 else (counts & HEARTBEAT_BITS).to_bytes(2, "big")

    def receive(self, data: bytes, at_s: float) -> None:
        """Answers the commands that are complete."""
        self._heard += data
        while found := COMMAND.search(self._heard):
            self._heard = self._heard[found.end() :]
            self._answers.put(at_s + LATENCY_S, COMMANDS.get(found[1], Sensor._silent)(self, at_s))
        self._heard = self._heard[-LONGEST_COMMAND:]

    def restarted(self, at_s: float) -> "Sensor":
        """The same, switched on again; its heart is still."""
        return replace(self, world=self.world.later(at_s), heartbeat=False)

    def trouble(self, name: str, value: float) -> bool:
        """``placeholder`` on or off."""
        self.placeholder = bool(value) if name == "placeholder" else self.placeholder
        return name == "placeholder"

    def _counts(self, second: int) -> int:
        """Of the second that ends then; seconds before it was switched on have some too."""
        mean = CPM_PER_USV_H / WINDOW_S * self.world.value("dose_rate", second)
        return int(np.random.default_rng((self.seed, second + WINDOW_S)).poisson(mean))

    def _silent(self, _at_s: float) -> bytes:
        return b""

    def _version(self, _at_s: float) -> bytes:
        return self.version

    def _serial(self, _at_s: float) -> bytes:
        return bytes.fromhex("f488aa00") + self.seed.to_bytes(3, "big")

    def _cpm(self, at_s: float) -> bytes:
        highest = (1 << 8 * self.width) - 1
        counts = sum(self._counts(int(at_s) - ago) for ago in range(WINDOW_S))
        return min(highest if self.placeholder else counts, highest).to_bytes(self.width, "big")

    def _beat(self, at_s: float) -> bytes:
        self.heartbeat, self._beats = True, int(at_s)
        return b""

    def _still(self, _at_s: float) -> bytes:
        self.heartbeat = False
        return b""


COMMANDS: dict[bytes, Callable[[Sensor, float], bytes]] = {
    b"GETVER": Sensor._version,
    b"GETCPM": Sensor._cpm,
    b"GETSERIAL": Sensor._serial,
    b"HEARTBEAT1": Sensor._beat,
    b"HEARTBEAT0": Sensor._still,
}
