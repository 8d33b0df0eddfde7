"""A simulated mast: an Airmar weather station and a Boltek lightning detector, merged on one line of NMEA 0183.

    $WIMDA … *hh  $WIMWV … *hh  $WIMWD … *hh  $YXXDR … *hh  $WIMST … *hh         one after another, once a second
    $WIMLI,miles,miles,bearing*hh                                                each strike, while there is a storm

Sources: Airmar's sentences as real ones say them (shared/data/serial/frames.json); Boltek's fields: ts_ess_common. Its
checksum is a sum, Airmar's an XOR. A storm is a ``lightning_distance`` that is finite, each strike about there.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from simulators._noise import normal
from simulators.scenario import WORLD, World

PERIOD_S = 1.0
KM_IN_A_MILE = 1.609344
KNOTS = 3600 / 1852
INCHES_OF_MERCURY = 0.02953
FARTHEST_MILES = 300
CLOSE_MILES = 25
STRIKE_SECONDS = 4  # one in so many seconds, the same of each storm
WIND_M_S, WIND_DEGREES = 0.15, 2.0


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The mast; trouble ``placeholder`` makes its wind not valid: status V and empty fields."""

    seed: int = 0
    world: World = WORLD
    placeholder: bool = False
    _told: int = field(default=0, init=False)

    def due_s(self) -> float:
        """Sentence by sentence; the second has room for all."""
        return (self._told + 1) * PERIOD_S / len(SENTENCES)

    def emit(self) -> bytes:
        """The next sentence; nothing where there is no strike to tell."""
        at_s = self.due_s()
        say = SENTENCES[self._told % len(SENTENCES)]
        self._told += 1
        return say(self, at_s)

    def receive(self, data: bytes, at_s: float) -> None:
        """Nothing: it talks by itself."""

    def restarted(self, at_s: float) -> "Sensor":
        """The same, switched on again."""
        return replace(self, world=self.world.later(at_s))

    def trouble(self, name: str, value: float) -> bool:
        """``placeholder`` on or off."""
        self.placeholder = bool(value) if name == "placeholder" else self.placeholder
        return name == "placeholder"

    def _wind(self, at_s: float) -> tuple[float, float]:
        speed = abs(self.world.value("wind_speed", at_s) + WIND_M_S * normal(self.seed, at_s, 0))
        return speed, (self.world.value("wind_direction", at_s) + WIND_DEGREES * normal(self.seed, at_s, 1)) % 359.9

    def _pressure_hpa(self, at_s: float) -> float:
        return self.world.value("pressure", at_s) + 0.1 * normal(self.seed, at_s, 2)

    def _mda(self, at_s: float) -> bytes:
        hpa = self._pressure_hpa(at_s)
        celsius = self.world.value("air_temperature", at_s) + 0.1 * normal(self.seed, at_s, 3)
        humidity = min(max(self.world.value("humidity", at_s) + 0.3 * normal(self.seed, at_s, 4), 0), 100)
        dew = celsius - (100 - humidity) / 5
        air = f"{hpa * INCHES_OF_MERCURY:.4f},I,{hpa / 1000:.4f},B,{celsius:.1f},C,,,{humidity:.1f},,{dew:.1f},C"
        return nmea(f"WIMDA,{air},{self._by_compass(at_s)}")

    def _by_compass(self, at_s: float) -> str:
        if self.placeholder:
            return ",T,,M,,N,,M"
        speed, direction = self._wind(at_s)
        return f"{direction:.1f},T,{(direction - 2) % 359.9:.1f},M,{speed * KNOTS:.1f},N,{speed:.1f},M"

    def _mwv(self, at_s: float) -> bytes:
        if self.placeholder:
            return nmea("WIMWV,,R,,N,V")
        speed, direction = self._wind(at_s)
        return nmea(f"WIMWV,{direction:.1f},R,{speed * KNOTS:.1f},N,A")

    def _mwd(self, at_s: float) -> bytes:
        return nmea(f"WIMWD,{self._by_compass(at_s)}")

    def _xdr(self, at_s: float) -> bytes:
        return nmea(f"YXXDR,C,,C,WCHR,C,,C,WCHT,C,,C,HINX,P,{self._pressure_hpa(at_s) / 1000:.4f},B,STNP")

    def _miles(self, at_s: float) -> float:
        return self.world.value("lightning_distance", at_s) / KM_IN_A_MILE

    def _strikes(self, at_s: float) -> bool:
        return self._miles(at_s) <= FARTHEST_MILES and int(at_s) % STRIKE_SECONDS == 0

    def _status(self, at_s: float) -> bytes:
        storm = self._miles(at_s) <= FARTHEST_MILES
        rate = round(60 / STRIKE_SECONDS) if storm else 0
        close = rate if self._miles(at_s) <= CLOSE_MILES else 0
        return boltek(f"WIMST,{close},{rate},{int(close > 0)},0,000.0")

    def _strike(self, at_s: float) -> bytes:
        if not self._strikes(at_s):
            return b""
        miles = min(max(self._miles(at_s) * (1 + 0.05 * normal(self.seed, at_s, 5)), 0), FARTHEST_MILES)
        bearing = (232 + 8 * normal(self.seed, at_s, 6)) % 359.9
        return boltek(f"WIMLI,{math.floor(miles)},{math.floor(1.1 * miles)},{bearing:05.1f}")


SENTENCES: tuple[Callable[[Sensor, float], bytes], ...] = (
    Sensor._mda,
    Sensor._mwv,
    Sensor._mwd,
    Sensor._xdr,
    Sensor._status,
    Sensor._strike,
)


def nmea(body: str) -> bytes:
    """A sentence with the XOR of its letters."""
    check = 0
    for letter in body.encode():
        check ^= letter
    return f"${body}*{check:02X}\r\n".encode()


def boltek(body: str) -> bytes:
    """A sentence with the sum of its letters, the dollar among them."""
    return f"${body}*{sum(b'$' + body.encode()) % 256:02X}\r\n".encode()
