"""What befalls the bytes of a sensor on their way, for the bench: wrap a sensor, name the faults.

    faulty(sensor, ["flip=0.001", "stall=20:3"], seed=1)

    flip=P drop=P insert=P double=P    each byte, with probability P: one bit turned, lost, one before it, sent twice
    lose64=P lose512=P lose4095=P      each emission, with probability P: that many bytes lost from somewhere in it on
    stall=AT:FOR                       held back from AT for FOR seconds, then all at once
    silence=AT:FOR                     lost
    wrongbaud=AT:FOR                   random bytes instead
    stuck=AT:FOR                       what was sent before AT, again and again
    banner=AT    modem=AT              a bootloader's text, or the AT commands of a modem manager, amid the stream
    restart=AT                         the device loses its power for a moment

Sizes: 64 is a packet of full-speed USB, 512 of high speed, 4095 what a tty's buffer gives at once. Several faults act
in the order in which they are named.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from simulators._types import Sensor

BANNER = (
    b"\r\nets Jul 29 2019 12:21:46\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n"  # of an ESP32
)
MODEM = b"AT\r\r\nAT\r\r\nAT\r\r\n"  # echoed by a firmware that is spoken to as if it were a modem

Bytes: TypeAlias = NDArray[np.uint8]


class Device(Sensor, Protocol):
    """A sensor whose power may fail."""

    def restarted(self, at_s: float) -> "Device":
        """The same device, switched on again ``at_s`` after this power-up."""
        ...


class Fault(Protocol):
    """Changes what is emitted."""

    def __call__(self, data: bytes, at_s: float) -> bytes:
        """What arrives when ``data`` is sent at ``at_s`` after power-up."""
        ...


def _flip(data: Bytes, hit: NDArray[np.bool_], chance: np.random.Generator) -> Bytes:
    return data ^ np.where(hit, 1 << chance.integers(0, 8, data.size), 0).astype(np.uint8)


def _drop(data: Bytes, hit: NDArray[np.bool_], _chance: np.random.Generator) -> Bytes:
    return data[~hit]


def _insert(data: Bytes, hit: NDArray[np.bool_], chance: np.random.Generator) -> Bytes:
    at = np.flatnonzero(hit)
    return np.insert(data, at, chance.integers(0, 256, at.size, np.uint8))


def _double(data: Bytes, hit: NDArray[np.bool_], _chance: np.random.Generator) -> Bytes:
    return data.repeat(1 + hit)


@dataclass(frozen=True, slots=True)
class _EachByte:
    change: Callable[[Bytes, NDArray[np.bool_], np.random.Generator], Bytes]
    probability: float
    chance: np.random.Generator

    def __call__(self, data: bytes, at_s: float) -> bytes:  # noqa: ARG002  at any time
        hit = self.chance.random(len(data)) < self.probability
        return self.change(np.frombuffer(data, np.uint8), hit, self.chance).tobytes() if hit.any() else data


@dataclass(slots=True)
class _Lose:
    size: int
    probability: float
    chance: np.random.Generator
    left: int = 0

    def __call__(self, data: bytes, at_s: float) -> bytes:  # noqa: ARG002  at any time
        start = 0
        if not self.left and self.chance.random() < self.probability:
            start, self.left = int(self.chance.integers(0, len(data) + 1)), self.size
        lost = min(self.left, len(data) - start)
        self.left -= lost
        return data[:start] + data[start + lost :]


@dataclass(frozen=True, slots=True)
class _Span:
    """From a time, for a while; in seconds since power-up."""

    at_s: float
    for_s: float

    def __contains__(self, now_s: float) -> bool:
        return self.at_s <= now_s < self.at_s + self.for_s


@dataclass(slots=True)
class _Stall:
    span: _Span
    held: bytes = b""

    def __call__(self, data: bytes, at_s: float) -> bytes:
        self.held += data
        if at_s in self.span:
            return b""
        burst, self.held = self.held, b""
        return burst


@dataclass(frozen=True, slots=True)
class _Silence:
    span: _Span

    def __call__(self, data: bytes, at_s: float) -> bytes:
        return b"" if at_s in self.span else data


@dataclass(frozen=True, slots=True)
class _WrongBaud:
    span: _Span
    chance: np.random.Generator

    def __call__(self, data: bytes, at_s: float) -> bytes:
        return self.chance.bytes(len(data)) if at_s in self.span else data


@dataclass(slots=True)
class _Stuck:
    span: _Span
    last: bytes = b""

    def __call__(self, data: bytes, at_s: float) -> bytes:
        self.last = self.last if at_s in self.span else data
        return self.last


@dataclass(slots=True)
class _Intrude:
    text: bytes
    at_s: float
    said: bool = False

    def __call__(self, data: bytes, at_s: float) -> bytes:
        if self.said or at_s < self.at_s:
            return data
        self.said = True
        return data[: len(data) // 2] + self.text + data[len(data) // 2 :]


@dataclass(frozen=True, slots=True)
class Restart:
    """The device loses its power for a moment."""

    at_s: float


def _number(text: str, highest: float = math.inf) -> float:
    value = float(text)
    if not 0 <= value <= highest:
        raise ValueError(f"{text} is not in 0..{highest}")
    return value


def _span(text: str) -> _Span:
    at_s, _, for_s = text.partition(":")
    return _Span(_number(at_s), _number(for_s))


def _probability(text: str) -> float:
    return _number(text, 1.0)


FAULTS: dict[str, Callable[[str, np.random.Generator], Fault | Restart]] = {
    "flip": lambda text, chance: _EachByte(_flip, _probability(text), chance),
    "drop": lambda text, chance: _EachByte(_drop, _probability(text), chance),
    "insert": lambda text, chance: _EachByte(_insert, _probability(text), chance),
    "double": lambda text, chance: _EachByte(_double, _probability(text), chance),
    "lose64": lambda text, chance: _Lose(64, _probability(text), chance),
    "lose512": lambda text, chance: _Lose(512, _probability(text), chance),
    "lose4095": lambda text, chance: _Lose(4095, _probability(text), chance),
    "stall": lambda text, _: _Stall(_span(text)),
    "silence": lambda text, _: _Silence(_span(text)),
    "wrongbaud": lambda text, chance: _WrongBaud(_span(text), chance),
    "stuck": lambda text, _: _Stuck(_span(text)),
    "banner": lambda text, _: _Intrude(BANNER, _number(text)),
    "modem": lambda text, _: _Intrude(MODEM, _number(text)),
    "restart": lambda text, _: Restart(_number(text)),
}


@dataclass(slots=True)
class Faulty:
    """A sensor whose bytes pass through faults; ``restarts_s`` are when its power fails, in order."""

    sensor: Device
    faults: Sequence[Fault] = ()
    restarts_s: list[float] = field(default_factory=list)
    _powered_s: float = field(default=0.0, init=False)

    def due_s(self) -> float:
        """When the sensor, or what it is after a restart, speaks next."""
        if self.restarts_s and self._sensor_due_s() >= self.restarts_s[0]:
            self._restart(self.restarts_s.pop(0))
        return self._sensor_due_s()

    def emit(self) -> bytes:
        """What arrives of what the sensor emits; often nothing."""
        at_s = self.due_s()
        data = self.sensor.emit()
        for fault in self.faults:
            data = fault(data, at_s)
        return data

    def receive(self, data: bytes) -> bytes:
        """The sensor's answer; faults befall only what it says by itself."""
        return self.sensor.receive(data)

    def _sensor_due_s(self) -> float:
        return self._powered_s + self.sensor.due_s()

    def _restart(self, at_s: float) -> None:
        self.sensor = self.sensor.restarted(at_s - self._powered_s)
        self._powered_s = at_s


def faulty(sensor: Device, specs: Sequence[str], *, seed: int = 0) -> Faulty:
    """``sensor`` with the faults that ``specs`` name. ValueError for one that is not known or makes no sense."""
    parsed = [_parsed(spec, np.random.default_rng((seed, number))) for number, spec in enumerate(specs)]
    faults = [fault for fault in parsed if not isinstance(fault, Restart)]
    return Faulty(sensor, faults, sorted(fault.at_s for fault in parsed if isinstance(fault, Restart)))


def _parsed(spec: str, chance: np.random.Generator) -> Fault | Restart:
    name, _, text = spec.partition("=")
    if name not in FAULTS:
        raise ValueError(f"no fault {name!r}; there are: {', '.join(FAULTS)}")
    try:
        return FAULTS[name](text, chance)
    except ValueError as error:
        raise ValueError(f"fault {spec!r}: {error}") from error
