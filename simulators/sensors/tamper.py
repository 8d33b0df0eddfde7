"""A simulated microcontroller on the contacts of a cabinet: one byte ten times a second.

    0x40 | CTS | DSR << 1 | DCD << 2 | RI << 3        CTS: door closed, DSR: upright; nothing is wired to the others

A tilt switch is a ball in a cage, and a door's reed sits on a door: when a lorry passes each chatters, for one sample
at a time. The rate is the one at which Lamppost samples the modem lines of a UART.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from simulators.scenario import WORLD, World

SAMPLE_S = 0.1
CTS, DSR = 0x01, 0x02
CONTACTS = {"door_open": CTS, "tilted": DSR}
CHATTER = 0.1  # of every second sample: never two on end
PLACEHOLDER = 0xFF  # of a port expander that does not answer


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The contacts; ``door_open`` and ``tilted`` of the world open them."""

    seed: int = 0
    world: World = WORLD
    troubles: dict[str, float] = field(default_factory=dict)
    _samples: int = field(default=0, init=False)

    def due_s(self) -> float:
        """Ten times a second."""
        return (self._samples + 1) * SAMPLE_S

    def emit(self) -> bytes:
        """The state of the contacts."""
        at_s = self.due_s()
        self._samples += 1
        if self.troubles.get("placeholder"):
            return bytes((PLACEHOLDER,))
        closed = sum(bit for what, bit in CONTACTS.items() if self.world.value(what, at_s) < 0.5)
        return bytes((0x40 | closed ^ self._chatter(),))

    def receive(self, data: bytes, at_s: float) -> None:
        """Nothing: it talks by itself."""

    def restarted(self, at_s: float) -> "Sensor":
        """The same device, switched on again ``at_s`` after this power-up."""
        return replace(self, world=self.world.later(at_s))

    def trouble(self, name: str, value: float) -> bool:
        """``placeholder``: FF in place of each state; ``bounce``: both contacts change with each sample."""
        if name in TROUBLES:
            self.troubles[name] = value
        return name in TROUBLES

    def _chatter(self) -> int:
        """Contacts that are the other way round for this sample."""
        if self.troubles.get("bounce"):
            return (CTS | DSR) * (self._samples % 2)
        shaken = np.random.default_rng((self.seed, self._samples)).random(len(CONTACTS)) < CHATTER
        hit = sum(bit for bit, shakes in zip(CONTACTS.values(), shaken, strict=True) if shakes)
        return hit * (self._samples % 2)


TROUBLES = ("placeholder", "bounce")
