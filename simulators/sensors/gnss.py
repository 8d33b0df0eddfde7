"""A simulated u-blox timing receiver: NMEA and UBX on one line, once a second.

    $GNRMC … *hh  $GNGGA … *hh  $GNZDA … *hh      0.2 s after the second that they name
    B5 62 01 07 5C 00 …   NAV-PVT                 the same second
    B5 62 0D 01 10 00 …   TIM-TP                  the pulse that comes next
    B5 62 0D 03 1C 00 …   TIM-TM2                 each three seconds: a frame sync of the front-end came at EXTINT0
    B5 62 01 26 18 00 …   NAV-TIMELS              each half a minute

Sources: NMEA 0183 4.10; u-blox M8 protocol specification UBX-13003221 and F9 HPG 1.32 interface description
UBX-22008968. The receiver stands still, and has its fix at once; ``trouble`` names what may befall it.
"""

import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from simulators._gps import GPS_EPOCH_S, LEAP_S, WEEK_S
from simulators.scenario import WORLD, World

START_UTC_S = 1_767_225_600  # 2026-01-01 00:00:00
LATENCY_S = 0.2  # a real one takes 0.1 to 0.7 s
POSITION_NOISE = 2e-6  # degrees, 0.2 m
ALTITUDE_NOISE_M = 0.5
GEOID_M = 43.5  # of the sea above the ellipsoid, in Amsterdam
NAV_PVT = struct.Struct("<IHBBBBBBIiBBBBiiiiIIiiiiiIIHH12x")
QUANTISATION_PS = 10_000
ROLL_OVER_WEEKS = 1024
SYNC_PERIOD = 3  # seconds between edges at EXTINT0
SYNC_NS = 100_000  # from the rising to the falling edge
LEAP_PERIOD = 30
TROUBLES = ("nofix", "clockstep", "rollover", "ppsmissing", "placeholder")


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The receiver, on a lamp post; ``has_fix`` may be set at any time: a bus stops below it.

    With ``frame_sync`` the front-end's is wired to EXTINT0.
    """

    seed: int = 0
    world: World = WORLD
    start_utc_s: float = START_UTC_S
    latitude: float = 52.3731
    longitude: float = 4.8926
    altitude_m: float = 8.0
    has_fix: bool = True
    frame_sync: bool = True
    troubles: dict[str, float] = field(default_factory=dict)
    _seconds: int = field(default=0, init=False)

    def due_s(self) -> float:
        """0.2 s after each second."""
        return self._seconds + 1 + LATENCY_S

    def emit(self) -> bytes:
        """Three sentences and the UBX frames of this second."""
        self._seconds += 1
        noise = np.random.default_rng((self.seed, self._seconds)).standard_normal(4).tolist()
        sentences = "".join(sentence(body(self, noise)) for body in SENTENCES)
        return sentences.encode("ascii") + b"".join(frame(self, noise) for frame in FRAMES)

    def trouble(self, name: str, value: float) -> bool:
        """Something befalls it while ``value`` is not 0.

        ``nofix`` no satellites; ``clockstep`` all times are so many seconds late or early; ``rollover`` and so many
        times 1024 weeks in the past; ``ppsmissing`` no pulses, and no word of them; ``placeholder`` switched on for the
        first time, it knows neither time nor place.
        """
        if name in TROUBLES:
            self.troubles[name] = value
        return name in TROUBLES

    def receive(self, data: bytes, at_s: float) -> None:
        """Nothing: it talks by itself."""

    def restarted(self, at_s: float) -> "Sensor":
        """The same receiver, switched on again ``at_s`` after this power-up."""
        return replace(self, start_utc_s=self.start_utc_s + int(at_s), world=self.world.later(at_s))

    def _is(self, name: str) -> bool:
        return bool(self.troubles.get(name))

    def _fixed(self) -> bool:
        return self.has_fix and not self._is("nofix") and not self._is("placeholder")

    def _utc_s(self) -> int:
        """The second that it tells of."""
        weeks = ROLL_OVER_WEEKS * self.troubles.get("rollover", 0)
        return round(self.start_utc_s + self._seconds + self.troubles.get("clockstep", 0) - weeks * WEEK_S)

    def _utc(self) -> time.struct_time:
        return time.gmtime(self._utc_s())

    def _gps(self) -> tuple[int, int]:
        """Week and second of the week."""
        return divmod(self._utc_s() + LEAP_S - GPS_EPOCH_S, WEEK_S)

    def _position(self, noise: list[float]) -> str:
        latitude, longitude = self.latitude + noise[0] * POSITION_NOISE, self.longitude + noise[1] * POSITION_NOISE
        return f"{degrees(latitude, 2)},{'NS'[latitude < 0]},{degrees(longitude, 3)},{'EW'[longitude < 0]}"

    def _rmc(self, noise: list[float]) -> str:
        if self._is("placeholder"):
            return "GNRMC,,V,,,,,,,,,,N"
        at = self._utc()
        fix = f"A,{self._position(noise)},0.{abs(noise[3]) * 10:03.0f}," if self._fixed() else "V,,,,,,"
        return f"GNRMC,{time.strftime('%H%M%S.00', at)},{fix},{time.strftime('%d%m%y', at)},,,{'NA'[self._fixed()]}"

    def _gga(self, noise: list[float]) -> str:
        at = "" if self._is("placeholder") else time.strftime("%H%M%S.00", self._utc())
        if not self._fixed():
            return f"GNGGA,{at},,,,,0,00,99.99,,,,,,"
        altitude_m = self.altitude_m + noise[2] * ALTITUDE_NOISE_M
        return f"GNGGA,{at},{self._position(noise)},1,12,0.8,{altitude_m:.1f},M,{GEOID_M},M,,"

    def _zda(self, _noise: list[float]) -> str:
        return (
            "GNZDA,,,,,00,00"
            if self._is("placeholder")
            else time.strftime("GNZDA,%H%M%S.00,%d,%m,%Y,00,00", self._utc())
        )

    def _nav_pvt(self, noise: list[float]) -> bytes:
        at, fixed = self._utc(), self._fixed()
        clock = (0, 0, 0, 0, 0, 0, 0, 0xFFFFFFFF) if self._is("placeholder") else (*at[:6], 0x07, 25)
        place = self._place(noise) if fixed else (0, 0, 0, 0, 0xFFFFFFFF, 0xFFFFFFFF)
        speed_mm_s = round(abs(noise[3]) * 10)
        motion = (0, 0, 0, speed_mm_s, 0, 50, 18_000_000)  # north, east, down, ground, heading, their errors
        fix = (round(noise[0] * 1000), 3 if fixed else 0, int(fixed), 0, 12 if fixed else 0)
        itow = self._gps()[1] * 1000
        return ubx(
            0x01, 0x07, NAV_PVT.pack(itow, *clock, *fix, *place, *motion, 120 if fixed else 9999, int(not fixed))
        )

    def _place(self, noise: list[float]) -> tuple[int, ...]:
        altitude_m = self.altitude_m + noise[2] * ALTITUDE_NOISE_M
        return (
            round((self.longitude + noise[1] * POSITION_NOISE) * 1e7),
            round((self.latitude + noise[0] * POSITION_NOISE) * 1e7),
            round((altitude_m + GEOID_M) * 1000),
            round(altitude_m * 1000),
            1200,
            1900,
        )

    def _tim_tp(self, noise: list[float]) -> bytes:
        if self._is("ppsmissing"):
            return b""
        week, tow_s = divmod(self._utc_s() + 1 + LEAP_S - GPS_EPOCH_S, WEEK_S)
        error_ps = round(np.tanh(noise[3]) * QUANTISATION_PS)
        unknown = 0 if self._fixed() else 0x10
        return ubx(0x0D, 0x01, struct.pack("<IIiHBB", tow_s * 1000, 0, error_ps, week, 0x02 | unknown, 0))

    def _tim_tm2(self, _noise: list[float]) -> bytes:
        """Both edges of the last frame sync, somewhere in the second before."""
        if not self.frame_sync or self._seconds % SYNC_PERIOD:
            return b""
        week, tow_s = self._gps()
        rising_ns = (tow_s - 1) % WEEK_S * 10**9 + int(
            np.random.default_rng((self.seed, self._seconds, 2)).integers(10**9)
        )
        edges = (rising_ns, rising_ns + SYNC_NS)
        weeks = (week if tow_s else week - 1 + edge_ns // (WEEK_S * 10**9) for edge_ns in edges)
        times = [part for edge_ns in edges for part in divmod(edge_ns % (WEEK_S * 10**9), 10**6)]
        flags = 0xAE | (0x40 if self._fixed() else 0)  # new edges of both kinds, base GNSS, UTC known, and valid
        count = self._seconds // SYNC_PERIOD % 65_536
        return ubx(0x0D, 0x03, struct.pack("<BBHHHIIIII", 0, flags, count, *weeks, *times, 21))

    def _nav_timels(self, _noise: list[float]) -> bytes:
        if self._seconds % LEAP_PERIOD != 1:
            return b""
        known = self._fixed()
        return ubx(
            0x01, 0x26, struct.pack("<IB3xBbBbiHH3xB", 0, 0, 2 if known else 0, LEAP_S, 0, 0, 0, 0, 0, int(known))
        )


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
FRAMES: tuple[Callable[[Sensor, list[float]], bytes], ...] = (
    Sensor._nav_pvt,
    Sensor._tim_tp,
    Sensor._tim_tm2,
    Sensor._nav_timels,
)
