"""A simulated u-blox timing receiver: NMEA and UBX on one line, once a second.

    $GNRMC … *hh  $GNGGA … *hh  $GNZDA … *hh  B5 62 0D 01 10 00 …     0.2 s after the second that they name

Sources: NMEA 0183 4.10; u-blox M8 protocol specification UBX-13003221 (UBX-TIM-TP). The receiver stands still.
"""

import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from simulators.scenario import WORLD, World

START_UTC_S = 1_767_225_600  # 2026-01-01 00:00:00
LATENCY_S = 0.2  # a real one takes 0.1 to 0.7 s
LEAP_S = 18  # GPS is ahead of UTC, since 2017
GPS_EPOCH_S = 315_964_800  # 1980-01-06, in UTC seconds since 1970
WEEK_S = 604_800
POSITION_NOISE = 2e-6  # degrees, 0.2 m
ALTITUDE_NOISE_M = 0.5
QUANTISATION_PS = 10_000


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The receiver, on a lamp post; ``has_fix`` may be set at any time: a bus stops below it."""

    seed: int = 0
    world: World = WORLD
    start_utc_s: float = START_UTC_S
    latitude: float = 52.3731
    longitude: float = 4.8926
    altitude_m: float = 8.0
    has_fix: bool = True
    _seconds: int = field(default=0, init=False)

    def due_s(self) -> float:
        """0.2 s after each second."""
        return self._seconds + 1 + LATENCY_S

    def emit(self) -> bytes:
        """Three sentences and one UBX frame."""
        self._seconds += 1
        noise = np.random.default_rng((self.seed, self._seconds)).standard_normal(4)
        sentences = "".join(sentence(body(self, noise.tolist())) for body in SENTENCES)
        return sentences.encode("ascii") + self._tim_tp(float(noise[3]))

    def receive(self, data: bytes, at_s: float) -> None:
        """Nothing: it talks by itself."""

    def restarted(self, at_s: float) -> "Sensor":
        """The same receiver, switched on again ``at_s`` after this power-up."""
        return replace(self, start_utc_s=self.start_utc_s + int(at_s), world=self.world.later(at_s))

    def _utc(self) -> time.struct_time:
        return time.gmtime(self.start_utc_s + self._seconds)

    def _position(self, noise: list[float]) -> str:
        latitude, longitude = self.latitude + noise[0] * POSITION_NOISE, self.longitude + noise[1] * POSITION_NOISE
        return f"{degrees(latitude, 2)},{'NS'[latitude < 0]},{degrees(longitude, 3)},{'EW'[longitude < 0]}"

    def _rmc(self, noise: list[float]) -> str:
        at = self._utc()
        fix = f"A,{self._position(noise)},0.{abs(noise[3]) * 10:03.0f}," if self.has_fix else "V,,,,,,"
        return f"GNRMC,{time.strftime('%H%M%S.00', at)},{fix},{time.strftime('%d%m%y', at)},,,{'NA'[self.has_fix]}"

    def _gga(self, noise: list[float]) -> str:
        at = time.strftime("%H%M%S.00", self._utc())
        if not self.has_fix:
            return f"GNGGA,{at},,,,,0,00,99.99,,,,,,"
        altitude_m = self.altitude_m + noise[2] * ALTITUDE_NOISE_M
        return f"GNGGA,{at},{self._position(noise)},1,12,0.8,{altitude_m:.1f},M,43.5,M,,"

    def _zda(self, _noise: list[float]) -> str:
        return time.strftime("GNZDA,%H%M%S.00,%d,%m,%Y,00,00", self._utc())

    def _tim_tp(self, noise: float) -> bytes:
        week, tow_s = divmod(int(self.start_utc_s) + self._seconds + 1 + LEAP_S - GPS_EPOCH_S, WEEK_S)
        error_ps = round(np.tanh(noise) * QUANTISATION_PS)
        unknown = 0 if self.has_fix else 0x10
        return ubx(0x0D, 0x01, struct.pack("<IIiHBB", tow_s * 1000, 0, error_ps, week, 0x03 | unknown, 0))


def degrees(angle: float, width: int) -> str:
    """``ddmm.mmmmmm`` with ``width`` digits of degrees."""
    whole, minutes = divmod(round(abs(angle) * 60, 6), 60)
    return f"{whole:0{width}.0f}{minutes:09.6f}"


def sentence(body: str) -> str:
    """A sentence with its checksum and its end."""
    check = 0
    for letter in body:
        check ^= ord(letter)
    return f"${body}*{check:02X}\r\n"


def ubx(group: int, number: int, payload: bytes) -> bytes:
    """A u-blox frame with its checksum."""
    body = struct.pack("<BBH", group, number, len(payload)) + payload
    first = second = 0
    for byte in body:
        first = (first + byte) & 0xFF
        second = (second + first) & 0xFF
    return b"\xb5\x62" + body + bytes((first, second))


SENTENCES: tuple[Callable[[Sensor, list[float]], str], ...] = (Sensor._rmc, Sensor._gga, Sensor._zda)
