"""A simulated acoustic front-end. It builds the frame of ``drivers/pcm.py`` from the design, by its own means.

    t = 0 s    log line, status         then status every 10 s
    every 5 ms PCM                      when its last sample is there
    every 1 s  PPS latch                one millisecond after the edge

Its crystal, from which sample clock and tick counter both run, may be wrong by ``drift_ppm``: sample k is heard at
k / (rate_hz · (1 + drift_ppm · 10⁻⁶)) seconds, and a signal that minds gives it so. A command is one line of ASCII,
``gain 20``; the reply is a frame of type 5. That form of commands is the bench's own.

What may befall its clocks, by ``trouble``: the GNSS pulse is missing, double, or late, or the crystal jumps.
"""

import math
import struct
import zlib
from binascii import crc_hqx
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

import cbor2
import numpy as np
from numpy.typing import NDArray

from simulators._answers import Answers
from simulators._gps import WEEK_S
from simulators.scenario import WORLD, World

PCM, LATCH, STATUS, LOG, REPLY = 1, 2, 3, 4, 5
FORMATS = {"s16": (0, 16), "s24": (1, 24), "s32": (2, 32)}  # number on the wire, bits
STATUS_PERIOD_S = 10.0
LATCH_DELAY_S = 0.001  # the firmware sends an edge in its next idle moment
TICKS_HZ = 12_000_000  # the timer that catches the edge
GNSS_START_S = 2400 * WEEK_S  # GPS time at power-up: the first second of week 2400
QUANTISATION_PS = 10_000  # the receiver's sawtooth, at most
GAIN_DB = 30.0
NOMINAL_FRAME_S = 0.005
COMMAND_BYTES = 64  # a longer line is not a command
ANSWER_S = 0.01
OVERLOAD = 1.0
PPS_VALID = 0x02
PULSE_S = 0.1  # a receiver's pulse is so long; its end is an edge too
TROUBLES = ("ppsmissing", "ppsdouble", "ppslate", "ppm")


@dataclass(frozen=True, slots=True)
class Clock:
    """A crystal at its rate since ``since_s``, when its count of samples was ``sample``."""

    rate_hz: float
    since_s: float = 0.0
    sample: float = 0.0

    def samples(self, at_s: float) -> float:
        """Its count at a time."""
        return self.sample + (at_s - self.since_s) * self.rate_hz

    def at_s(self, sample: float) -> float:
        """When its count is, or was, ``sample``."""
        return self.since_s + (sample - self.sample) / self.rate_hz


class Signal(Protocol):
    """What the microphones hear."""

    def samples(self, first: int, count: int) -> NDArray[np.float32]:
        """Samples ``first`` to ``first + count``: shape (channels, count), full scale ±1. The same when asked again."""
        ...


@dataclass(frozen=True, slots=True)
class Quiet:
    """A quiet street at night: pink noise, 60 dB below full scale, that repeats every three seconds."""

    table: NDArray[np.float32]

    @classmethod
    def of(cls, channels: int, seed: int, length: int = 1 << 17) -> "Quiet":
        """Noise of its own for each channel: white, divided by the square root of frequency."""
        white = np.fft.rfft(np.random.default_rng(seed).standard_normal((channels, length)))
        pink = np.fft.irfft(white / np.sqrt(np.maximum(np.arange(white.shape[1]), 1)), length)
        return cls((pink / pink.std() * 1e-3).astype(np.float32))

    def samples(self, first: int, count: int) -> NDArray[np.float32]:
        """A stretch of the table, round and round."""
        return self.table.take(range(first, first + count), axis=1, mode="wrap")


@dataclass(frozen=True, slots=True)
class Tone:
    """A sound calibrator on the microphones: a sine; its RMS in dB re 1.0 for each channel, a full-scale sine -3.01."""

    rate_hz: float
    frequency_hz: float
    levels_db: tuple[float, ...]

    def samples(self, first: int, count: int) -> NDArray[np.float32]:
        """The sine, from phase zero at sample 0."""
        sine = np.sin(2 * np.pi * self.frequency_hz / self.rate_hz * np.arange(first, first + count))
        amplitudes = np.sqrt(2) * 10 ** (np.array(self.levels_db) / 20)
        return np.outer(amplitudes, sine).astype(np.float32)


@dataclass(slots=True, kw_only=True)
class Sensor:
    """The front-end; ``powered_s`` is when it was switched on, in seconds of its signal and of GPS time, from
    ``gnss_start_s``. Its pulses are latched early or late by ``jitter_s``, RMS.
    """

    seed: int = 0
    world: World = WORLD
    rate_hz: int = 48_000
    channels: int = 4
    sample_format: str = "s24"
    frame_samples: int = 0  # 0: as many as 5 ms have
    boot: int = 1
    drift_ppm: float = 0.0
    gnss_start_s: float = GNSS_START_S
    powered_s: float = 0.0
    jitter_s: float = 0.0
    signal: Signal | None = None
    troubles: dict[str, float] = field(default_factory=dict)
    gain_db: float = field(default=GAIN_DB, init=False)
    _sent: dict[int, int] = field(
        default_factory=lambda: dict.fromkeys((LOG, STATUS, LATCH, PCM, REPLY), 0), init=False
    )
    _clock: Clock = field(init=False)
    _skipped: int = field(init=False)  # samples of the signal, before it was switched on
    _second: int = field(init=False)  # the last whose pulse was latched, counted from the whole one before gnss_start_s
    _pulse_is_on: bool = field(default=False, init=False)  # and whether its end is still to be
    _line: bytes = field(default=b"", init=False)
    _answers: Answers = field(default_factory=Answers, init=False)

    def __post_init__(self) -> None:
        self.frame_samples = self.frame_samples or round(self.rate_hz * NOMINAL_FRAME_S)
        self.signal = self.signal or Quiet.of(self.channels, self.seed)
        self._clock = Clock(self._clock_hz())
        self._skipped = round(self.powered_s * self._clock_hz())
        self._second = math.floor(self._phase_s)

    def due_s(self) -> float:
        """When the next frame is ready."""
        return min(self._answers.due_s(), self._frame_due_s())

    def emit(self) -> bytes:
        """The frame that is due."""
        if self._answers.due_s() <= self._frame_due_s():
            return self._answers.take()
        return self._frame(*STREAMS[min(STREAMS, key=self._due_s)](self))

    def receive(self, data: bytes, at_s: float) -> None:
        """A reply frame to each line that came."""
        *lines, rest = (self._line + data).replace(b"\r", b"\n").split(b"\n")
        self._line = rest[:COMMAND_BYTES]
        for line in lines:
            if line:
                self._answers.put(at_s + ANSWER_S, self._obey(line.decode(errors="replace")))

    def restarted(self, at_s: float) -> "Sensor":
        """The same device, switched on again ``at_s`` after this power-up."""
        return replace(self, boot=(self.boot + 1) % 256, powered_s=self.powered_s + at_s, world=self.world.later(at_s))

    def trouble(self, name: str, value: float) -> bool:
        """Something befalls its clocks while ``value`` is not 0.

        ``ppsmissing`` no pulse comes; ``ppsdouble`` the end of each pulse is latched too, with a count of its own and
        the name of its second; ``ppslate`` each edge is latched so many microseconds late; ``ppm`` the crystal is off
        by so many more from here on.
        """
        if name not in TROUBLES:
            return False
        now_s = self._now_s()
        self.troubles[name] = value
        if name == "ppsmissing":
            self._second, self._pulse_is_on = max(self._second, math.floor(self._phase_s + now_s)), False
        if name == "ppm":
            self._clock = Clock(self._clock_hz(), now_s, self._clock.samples(now_s))
        return True

    def _now_s(self) -> float:
        """When the last frame of samples was ready."""
        return self._clock.at_s(self._first())

    def _clock_hz(self) -> float:
        """The sample rate that its crystal makes."""
        return self.rate_hz * (1 + (self.drift_ppm + self.troubles.get("ppm", 0.0)) * 1e-6)

    def _edge_s(self) -> float:
        """When the edge that is latched next comes."""
        if self.troubles.get("ppsmissing"):
            return math.inf
        return self._second + (PULSE_S if self._pulse_is_on else 1.0) - self._phase_s

    @property
    def _phase_s(self) -> float:
        """From the whole second of GPS before ``gnss_start_s`` to this power-up; small, and so exact."""
        return self.gnss_start_s % 1 + self.powered_s

    def _frame_due_s(self) -> float:
        return min(self._due_s(stream) for stream in STREAMS)

    def _due_s(self, stream: int) -> float:
        return DUE_S[stream](self, self._sent[stream])

    def _pcm(self) -> tuple[int, bytes, int]:
        first = self._first()
        assert self.signal is not None
        heard = self.signal.samples(first + self._skipped, self.frame_samples)
        loud = heard * np.float32(10 ** ((self.gain_db - GAIN_DB) / 20))
        clipped = np.abs(loud).max(axis=1) >= OVERLOAD
        return PCM, interleaved(loud, FORMATS[self.sample_format][1]), int(np.packbits(clipped, bitorder="little")[0])

    def _latch(self) -> tuple[int, bytes, int]:
        pulse = self._sent[LATCH] + 1
        rng = np.random.default_rng((self.seed, pulse))
        error_ps = int(rng.integers(-QUANTISATION_PS, QUANTISATION_PS))
        late_s = self.troubles.get("ppslate", 0.0) * 1e-6 + self.jitter_s * float(rng.standard_normal())
        edge_s = self._edge_s() + late_s
        self._second += not self._pulse_is_on
        self._pulse_is_on = bool(self.troubles.get("ppsdouble")) and not self._pulse_is_on
        fraction, sample = math.modf(self._clock.samples(edge_s))
        ticks_a_sample = TICKS_HZ / self.rate_hz
        week, tow_s = divmod(int(self.gnss_start_s) + self._second, WEEK_S)
        ticks = int(fraction * ticks_a_sample), round(ticks_a_sample * 65_536)
        return LATCH, struct.pack("<QIIIiBIH", int(sample), *ticks, pulse, error_ps, 3, tow_s, week), 0

    def _status(self) -> tuple[int, bytes, int]:
        fields = {"gain": self.gain_db, "supply": 4.97, "temperature": 24.5}
        words = {"firmware": "bench 1", "unique_id": self.seed.to_bytes(8, "big")}
        return STATUS, cbor2.dumps(fields | words), 0

    def _log(self) -> tuple[int, bytes, int]:
        return LOG, f"boot {self.boot}: {self.channels} x {self.rate_hz} Hz {self.sample_format}".encode(), 0

    def _obey(self, line: str) -> bytes:
        match line.split():
            case ["gain", value] if value.lstrip("-").isdecimal():
                self.gain_db = float(value)
                return self._frame(REPLY, cbor2.dumps({"ok": True, "gain": self.gain_db}), 0)
        return self._frame(REPLY, cbor2.dumps({"ok": False, "unknown": line[:COMMAND_BYTES]}), 0)

    def _first(self) -> int:
        """Index of the first sample of the frame that comes next."""
        return self._sent[PCM] * self.frame_samples

    def _frame(self, stream: int, payload: bytes, overload: int) -> bytes:
        shape = (self.frame_samples, self.channels, FORMATS[self.sample_format][0], self.rate_hz // 25)
        counts = (len(payload), self._sent[stream], self._first())
        flags = 0 if self.troubles.get("ppsmissing") else PPS_VALID
        head = struct.pack("<BBHIQHBBHBBBb", 1, stream, *counts, *shape, overload, flags, self.boot, 24)
        self._sent[stream] += 1
        body = head + crc_hqx(head, 0xFFFF).to_bytes(2, "little") + payload
        return b"\xa5\x5a\xc3\x3c" + body + zlib.crc32(body).to_bytes(4, "little")


def interleaved(samples: NDArray[np.float32], bits: int) -> bytes:
    """Samples of shape (channels, n), full scale ±1, as packed little-endian integers of ``bits``; louder ones clip."""
    full = 2.0 ** (bits - 1)
    whole = np.clip(np.rint(samples.T.astype(np.float64) * full), -full, full - 1).astype("<i4")
    return np.ascontiguousarray(whole).view(np.uint8).reshape(*whole.shape, 4)[..., : bits // 8].tobytes()


STREAMS: dict[int, Callable[[Sensor], tuple[int, bytes, int]]] = {
    LOG: Sensor._log,
    STATUS: Sensor._status,
    LATCH: Sensor._latch,
    PCM: Sensor._pcm,
}

DUE_S: dict[int, Callable[[Sensor, int], float]] = {
    LOG: lambda _, sent: math.inf if sent else 0.0,
    STATUS: lambda _, sent: sent * STATUS_PERIOD_S,
    LATCH: lambda sensor, _: sensor._edge_s() + LATCH_DELAY_S,
    PCM: lambda sensor, sent: sensor._clock.at_s((sent + 1) * sensor.frame_samples),
}
