r"""A simulated Victron product on VE.Direct: a block of text a second, and HEX frames amid it.

    \r\n LABEL \t VALUE …  \r\n Checksum \t c       all bytes of a block sum to 0 modulo 256
    : command data sum \n                           the command's nibble, the bytes and the sum make 55

Source: Victron Energy, "VE.Direct Protocol". ``product`` is ``mppt``, a BlueSolar 75/15 with a load output (labels as
in the recording of one), or ``bmv``, a BMV-700, which says two blocks in turn. Every seventh second a HEX frame comes
between two blocks, every eleventh inside one. What it is told it does not hear: a node only listens.
"""

from dataclasses import dataclass, field, replace

from simulators._noise import normal
from simulators.scenario import WORLD, World

PERIOD_S = 1.0
HEX_BETWEEN, HEX_INSIDE = 7, 11  # seconds
PAST_YIELD_KWH = 0.12  # of this day, before the world began
LOAD_A = 0.42
J_A_KWH = 3.6e6
NO_VALUE = "---"


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The product; trouble ``placeholder`` takes its battery voltage away."""

    seed: int = 0
    world: World = WORLD
    product: str = "mppt"
    placeholder: bool = False
    _blocks: int = field(default=0, init=False)

    def due_s(self) -> float:
        """Each second; a monitor's second block comes with the first."""
        return (self._blocks + 1) * PERIOD_S

    def emit(self) -> bytes:
        """A second's block or blocks, and what HEX frame comes amid them."""
        self._blocks += 1
        at_s = self._blocks * PERIOD_S
        first, *others = PRODUCTS[self.product](self, at_s)
        inside = _hex(0xA, b"\xd5\xed\x00" + self._millivolts(at_s).to_bytes(2, "little"))
        blocks = _block(first, b"" if self._blocks % HEX_INSIDE else inside)
        return b"".join([blocks, *map(_block, others), b"" if self._blocks % HEX_BETWEEN else inside])

    def receive(self, data: bytes, at_s: float) -> None:
        """Nothing is heard."""

    def restarted(self, at_s: float) -> "Sensor":
        """The same, switched on again."""
        return replace(self, world=self.world.later(at_s))

    def trouble(self, name: str, value: float) -> bool:
        """``placeholder`` on or off."""
        self.placeholder = bool(value) if name == "placeholder" else self.placeholder
        return name == "placeholder"

    def _measured(self, what: str, at_s: float, noise: float) -> float:
        return self.world.value(what, at_s) + noise * normal(self.seed, at_s, len(what))

    def _millivolts(self, at_s: float) -> int:
        return 10 * round(100 * self._measured("battery_voltage", at_s, 0.01))

    def _voltage(self, at_s: float) -> str:
        return NO_VALUE if self.placeholder else str(self._millivolts(at_s))

    def _mppt(self, at_s: float) -> list[dict[str, str]]:
        watts = max(0.0, self._measured("panel_power", at_s, 0.3))
        charging_a = watts * 0.97 / (self._millivolts(at_s) / 1000) - LOAD_A
        sun_s = self.world.begun_s + at_s
        return [
            {
                "PID": "0xA042",
                "FW": "123",
                "SER#": f"HQ2504{self.seed:05}",
                "V": self._voltage(at_s),
                "I": str(10 * round(100 * charging_a)),
                "VPV": str(10 * round(100 * self._measured("panel_voltage", at_s, 0.05))),
                "PPV": str(round(watts)),
                "CS": "3",
                "ERR": "0",
                "LOAD": "ON",
                "IL": str(100 * round(10 * LOAD_A)),
                "H19": "8272",
                "H20": str(round(100 * (PAST_YIELD_KWH + watts * sun_s / J_A_KWH))),
                "H21": "25",
                "H22": "25",
                "H23": "119",
                "HSDS": "274",
            }
        ]

    def _bmv(self, at_s: float) -> list[dict[str, str]]:
        amperes = self._measured("battery_current", at_s, 0.01)
        charge = self.world.value("state_of_charge", at_s)
        now = {
            "PID": "0x203",
            "V": self._voltage(at_s),
            "I": str(round(1000 * amperes)),
            "P": str(round(amperes * self._millivolts(at_s) / 1000)),
            "CE": str(-round(1000 * (100 - charge))),
            "SOC": str(round(10 * charge)),
            "TTG": str(round(60 * charge / -amperes)) if amperes < 0 else "-1",
            "Alarm": "OFF",
            "Relay": "OFF",
            "AR": "0",
            "BMV": "700",
            "FW": "0308",
        }
        history = {"H1": "-149322", "H2": "-82854", "H7": "11733", "H8": "16161", "H17": "6843", "H18": "8527"}
        return [now, history]


PRODUCTS = {"mppt": Sensor._mppt, "bmv": Sensor._bmv}


def _block(fields: dict[str, str], amid: bytes = b"") -> bytes:
    """The fields with their checksum; ``amid`` comes after the third and is not in the sum."""
    lines = [f"\r\n{label}\t{value}".encode() for label, value in fields.items()] + [b"\r\nChecksum\t"]
    check = -sum(b"".join(lines)) % 256
    return b"".join([*lines[:3], amid, *lines[3:], bytes((check,))])


def _hex(command: int, data: bytes) -> bytes:
    check = (0x55 - command - sum(data)) % 256
    return f":{command:X}{data.hex().upper()}{check:02X}\n".encode()
