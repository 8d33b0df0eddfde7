"""What befalls the bytes of a sensor on their way, for the bench: wrap a sensor, name the faults.

    faulty(sensor, ["flip=0.001", "stall=20:3"], seed=1)

    flip=P drop=P insert=P double=P    each byte, with probability P: one bit turned, lost, one before it, sent twice
    lose64=P lose512=P lose4095=P      each emission, with probability P: that many bytes lost from somewhere in it on
    stall=AT:FOR                       held back from AT for FOR seconds, then all at once
    silence=AT:FOR                     lost
    wrongbaud=AT:FOR                   random bytes instead
    stuck=AT:FOR                       what was sent before AT, again and again
    banner=AT    modem=AT              a bootloader's text, or the AT commands of a modem manager, amid the stream
    late=P:FOR                         each emission, with probability P: comes FOR seconds later
    echo=1                             what the host says comes back at once, as on a bus of two wires
    restart=AT                         the device loses its power for a moment

A simulator may know others of its own (``trouble``), as a placeholder in place of a value. AT counts from power-up, or
from the moment at which a fault is switched on while the sensor runs; 0 or ``off`` switches it off.

Sizes: 64 is a packet of full-speed USB, 512 of high speed, 4095 what a tty's buffer gives at once. Several faults act
in the order in which they are named.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from simulators._answers import Answers
from simulators._types import Sensor

K = TypeVar("K")

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


@dataclass(frozen=True, slots=True)
class Late:
    """Some emissions come later."""

    probability: float
    by_s: float
    chance: np.random.Generator

    def delay_s(self) -> float:
        """Of this emission."""
        return self.by_s if self.chance.random() < self.probability else 0.0


@dataclass(frozen=True, slots=True)
class Echo:
    """What the host says comes back."""


Kind: TypeAlias = Fault | Late | Echo | Restart


def _number(text: str, highest: float = math.inf) -> float:
    value = float(text)
    if not 0 <= value <= highest:
        raise ValueError(f"{text} is not in 0..{highest}")
    return value


def _pair(text: str) -> tuple[str, float]:
    first, _, second = text.partition(":")
    return first, _number(second)


def _span(text: str, begun_s: float) -> _Span:
    at_s, for_s = _pair(text)
    return _Span(begun_s + _number(at_s), for_s)


def _probability(text: str) -> float:
    return _number(text, 1.0)


def _late(text: str, chance: np.random.Generator) -> Late:
    probability, by_s = _pair(text)
    return Late(_probability(probability), by_s, chance)


FAULTS: dict[str, Callable[[str, np.random.Generator, float], Kind]] = {
    "flip": lambda text, chance, _: _EachByte(_flip, _probability(text), chance),
    "drop": lambda text, chance, _: _EachByte(_drop, _probability(text), chance),
    "insert": lambda text, chance, _: _EachByte(_insert, _probability(text), chance),
    "double": lambda text, chance, _: _EachByte(_double, _probability(text), chance),
    "lose64": lambda text, chance, _: _Lose(64, _probability(text), chance),
    "lose512": lambda text, chance, _: _Lose(512, _probability(text), chance),
    "lose4095": lambda text, chance, _: _Lose(4095, _probability(text), chance),
    "stall": lambda text, _, begun_s: _Stall(_span(text, begun_s)),
    "silence": lambda text, _, begun_s: _Silence(_span(text, begun_s)),
    "wrongbaud": lambda text, chance, begun_s: _WrongBaud(_span(text, begun_s), chance),
    "stuck": lambda text, _, begun_s: _Stuck(_span(text, begun_s)),
    "banner": lambda text, _, begun_s: _Intrude(BANNER, begun_s + _number(text)),
    "modem": lambda text, _, begun_s: _Intrude(MODEM, begun_s + _number(text)),
    "late": lambda text, chance, _: _late(text, chance),
    "echo": lambda _text, _chance, _begun_s: Echo(),
    "restart": lambda text, _, begun_s: Restart(begun_s + _number(text)),
}
OFF = ("0", "off")


@runtime_checkable
class Troubled(Protocol):
    """A simulator with faults of its own."""

    def trouble(self, name: str, value: float) -> bool:
        """Switches one on, or with 0 off; False where it has none of that name."""
        ...


@dataclass(slots=True)
class Faulty:
    """A sensor whose bytes pass through faults, in the order in which they were switched on."""

    sensor: Device
    seed: int = 0
    _faults: dict[str, tuple[Kind, ...]] = field(default_factory=dict, init=False)
    _delayed: Answers = field(default_factory=Answers, init=False)
    _powered_s: float = field(default=0.0, init=False)

    def switch(self, spec: str, now_s: float = 0.0) -> None:
        """A fault on, or with ``NAME=off`` off, at ``now_s`` since power-up. ValueError if there is none such."""
        name, _, text = spec.partition("=")
        if name not in FAULTS:
            self._own(name, text)
        elif text in OFF:
            self._put(name, ())
        else:
            number = sum(map(len, self._faults.values()))
            made = _made(spec, np.random.default_rng((self.seed, number)), now_s)
            self._put(name, (*self._faults.get(name, ()), made))

    def _put(self, name: str, kinds: tuple[Kind, ...]) -> None:
        """Replaced as a whole: another thread may be among them."""
        self._faults = {**self._faults, name: kinds}

    def _own(self, name: str, text: str) -> None:
        value = 0.0 if text in OFF else _value(name, text)
        if not (isinstance(self.sensor, Troubled) and self.sensor.trouble(name, value)):
            raise ValueError(f"no fault {name!r}; there are: {', '.join(FAULTS)}")

    def due_s(self) -> float:
        """When the sensor, or what it is after a restart, speaks next."""
        for restart in self._restarts():
            if restart.at_s <= self._any_due_s() < math.inf:
                self._restart(restart)
        return self._any_due_s()

    def emit(self) -> bytes:
        """What arrives of what the sensor emits; often nothing."""
        at_s = self.due_s()
        if self._delayed.due_s() <= self._sensor_due_s():
            return self._delayed.take()
        data = self.sensor.emit()
        for fault in self._in_order():
            data = fault(data, at_s)
        delay_s = max((late.delay_s() for late in self._of(Late)), default=0.0)
        if not delay_s:
            return data
        self._delayed.put(at_s + delay_s, data)
        return b""

    def receive(self, data: bytes, at_s: float) -> None:
        """What the host says reaches the sensor unharmed; it may come back."""
        for restart in self._restarts():
            if restart.at_s <= at_s:
                self._restart(restart)
        if self._of(Echo):
            self._delayed.put(at_s, data)
        self.sensor.receive(data, at_s - self._powered_s)

    def restarted(self, at_s: float) -> "Faulty":
        """The same, switched on again, its faults with it."""
        again = Faulty(self.sensor.restarted(at_s - self._powered_s), self.seed)
        again._faults = self._faults
        return again

    def _in_order(self) -> list[Fault]:
        kinds = [kind for kinds in self._faults.values() for kind in kinds]
        return [kind for kind in kinds if not isinstance(kind, Late | Echo | Restart)]

    def _of(self, kind: type[K]) -> list[K]:
        return [one for kinds in self._faults.values() for one in kinds if isinstance(one, kind)]

    def _any_due_s(self) -> float:
        return min(self._delayed.due_s(), self._sensor_due_s())

    def _sensor_due_s(self) -> float:
        return self._powered_s + self.sensor.due_s()

    def _restarts(self) -> list[Restart]:
        return sorted(self._of(Restart), key=lambda one: one.at_s)

    def _restart(self, restart: Restart) -> None:
        self._put("restart", tuple(one for one in self._faults["restart"] if one is not restart))
        self.sensor = self.sensor.restarted(restart.at_s - self._powered_s)
        self._powered_s = restart.at_s


def faulty(sensor: Device, specs: Sequence[str], *, seed: int = 0) -> Faulty:
    """``sensor`` with the faults that ``specs`` name. ValueError for one that is not known or makes no sense."""
    broken = Faulty(sensor, seed)
    for spec in specs:
        broken.switch(spec)
    return broken


def _made(spec: str, chance: np.random.Generator, now_s: float) -> Kind:
    name, _, text = spec.partition("=")
    try:
        return FAULTS[name](text, chance, now_s)
    except ValueError as error:
        raise ValueError(f"fault {spec!r}: {error}") from error


def _value(name: str, text: str) -> float:
    try:
        return float(text or 1)
    except ValueError as error:
        raise ValueError(f"fault {name!r}: {text!r} is no number") from error
