"""A simulated HLK-LD2410: a report ten times a second of who stands or walks before it.

    F4 F3 F2 F1 | 0D 00 | 02 AA state moving(2) energy resting(2) energy detected(2) 55 00 | F8 F7 F6 F5
    F4 F3 F2 F1 | 23 00 | 01 AA … 08 08 energies(9) energies(9) light out 55 00 | F8 F7 F6 F5      engineering mode

Source: Hi-Link, "HLK-LD2410 Serial Communication Protocol". Who walks faster than a few centimetres a second moves; the
module keeps saying where the last moving target was. It obeys no command: those are for its setting up.
"""

from dataclasses import dataclass, field, replace

from simulators._noise import normal
from simulators.scenario import WORLD, World

PERIOD_S = 0.1
SLOWEST_M_S = 0.05  # of what it takes for moving
NOISE_CM = 1.5
FARTHEST_CM = 600
NOBODY, RESTS, MOVES_AND_RESTS, MEASURES_NOISE = 0, 2, 3, 4
GATES = 8


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The module; trouble ``placeholder`` makes it measure its background noise, which is no value."""

    seed: int = 0
    world: World = WORLD
    engineering: bool = False
    placeholder: bool = False
    _reports: int = field(default=0, init=False)
    _moving_cm: int = field(default=0, init=False)

    def due_s(self) -> float:
        """Ten times a second."""
        return (self._reports + 1) * PERIOD_S

    def emit(self) -> bytes:
        """A report."""
        self._reports += 1
        at_s = self._reports * PERIOD_S
        state, cm = self._seen(at_s)
        self._moving_cm = cm if state == MOVES_AND_RESTS else self._moving_cm
        energies = (80 if state == MOVES_AND_RESTS else 0), (60 + self._reports % 5 if state else 0)
        target = b"".join(
            (
                bytes((MEASURES_NOISE if self.placeholder else state,)),
                self._moving_cm.to_bytes(2, "little"),
                bytes((energies[0],)),
                cm.to_bytes(2, "little"),
                bytes((energies[1],)),
                cm.to_bytes(2, "little"),
            )
        )
        return _report(1, target + self._gates(energies)) if self.engineering else _report(2, target)

    def receive(self, data: bytes, at_s: float) -> None:
        """Nothing is heard."""

    def restarted(self, at_s: float) -> "Sensor":
        """The same, switched on again, and in its basic mode."""
        return replace(self, world=self.world.later(at_s), engineering=False)

    def trouble(self, name: str, value: float) -> bool:
        """``placeholder`` on or off."""
        self.placeholder = bool(value) if name == "placeholder" else self.placeholder
        return name == "placeholder"

    def _seen(self, at_s: float) -> tuple[int, int]:
        """State and distance."""
        if self.world.value("persons", at_s) < 1 / 2:
            return NOBODY, 0
        here, before = (self.world.value("person_distance", at_s - ago_s) for ago_s in (0.0, PERIOD_S))
        cm = round(100 * here + NOISE_CM * normal(self.seed, at_s))
        moves = abs(here - before) > SLOWEST_M_S * PERIOD_S
        return MOVES_AND_RESTS if moves else RESTS, min(max(cm, 0), FARTHEST_CM)

    @staticmethod
    def _gates(energies: tuple[int, int]) -> bytes:
        moving, resting = energies
        return bytes((GATES, GATES, *(moving // n for n in range(1, 10)), *(resting // n for n in range(1, 10)), 90, 1))


def _report(kind: int, target: bytes) -> bytes:
    body = bytes((kind, 0xAA)) + target + b"\x55\x00"
    return b"\xf4\xf3\xf2\xf1" + len(body).to_bytes(2, "little") + body + b"\xf8\xf7\xf6\xf5"
