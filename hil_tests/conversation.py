"""A driver and a simulated sensor that talk to each other without a clock: time is what the steps say.

    Conversation(name).run(until_s)      tick ─▶ Request ─▶ sensor ─▶ emission ─▶ (faults) ─▶ feed ─▶ Screen ─▶ items

What the sensor said before anything befell it is kept beside the question that it answered, so that the truth is known
also where an answer means nothing without its question.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from drivers._screen import STALE_PERIODS, Screen
from drivers._sheet import Range
from drivers._types import Asking, Block, Decoder, Driver, Gap, Item, Latch, Reading, Request
from edge import plugins
from simulators._faults import Device, Faulty, faulty

STEP_S = 0.05
LONG_S = 1000.0  # by then a question that is not answered is given up


def driver(name: str) -> Driver:
    return cast(Driver, plugins.load("drivers", name))


def live(name: str) -> Decoder:
    """A decoder as the node makes it: with the driver's settings, where it has any."""
    kind = getattr(driver(name), "Settings", None)
    return driver(name).Decoder(kind()) if kind else driver(name).Decoder()


@dataclass
class Recorder:
    """Remembers what a sensor says before anything befalls it, and what it was asked last."""

    sensor: Device
    said: list[bytes] = field(default_factory=list)
    asked: list[bytes] = field(default_factory=list)
    _last: bytes = b""

    def due_s(self) -> float:
        return self.sensor.due_s()

    def emit(self) -> bytes:
        self.said.append(self.sensor.emit())
        self.asked.append(self._last)
        return self.said[-1]

    def receive(self, data: bytes, at_s: float) -> None:
        self._last = data
        self.sensor.receive(data, at_s)

    def restarted(self, at_s: float) -> "Recorder":
        return Recorder(self.sensor.restarted(at_s), self.said, self.asked)


def sensor(name: str, seed: int = 3) -> Recorder:
    return Recorder(plugins.load("simulators.sensors", name).Sensor(seed=seed))


def decode(name: str, pieces: Iterable[bytes]) -> list[Item]:
    """What the driver makes of bytes that nobody asked for."""
    decoder = driver(name).Decoder()
    return [item for piece in pieces for item in decoder.feed(piece)]


def truth(name: str, source: Recorder) -> list[Item]:
    """What the driver makes of all that the sensor said, each answer heard whole and beside its question."""
    decoder, now_s, items = live(name), 0.0, list[Item]()
    for asked, said in zip(source.asked, source.said, strict=True):
        if isinstance(decoder, Asking):
            for _ in range(LONGEST_ROUND):
                now_s += LONG_S
                if any(isinstance(item, Request) and item.data == asked for item in decoder.tick(now_s)):
                    break
        items += decoder.feed(said)
    return items


LONGEST_ROUND = 100  # questions of a driver; each is asked once a round


@dataclass
class Conversation:
    """From power-up of both; ``specs`` are faults on the sensor's way."""

    name: str
    specs: Iterable[str] = ()
    warm_up_s: float = 0.0
    seed: int = 3
    now_s: float = field(default=0.0, init=False)
    times_s: list[float] = field(default_factory=list, init=False)  # of what was read
    sent: list[bytes] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.driver = driver(self.name)
        self.source = sensor(self.name, self.seed)
        self.sensor: Faulty = faulty(self.source, list(self.specs), seed=5)
        self.decoder = live(self.name)
        self.screen = Screen(self.driver.SHEET, self.driver.PERIOD_S, self.warm_up_s)
        self._say(self.driver.GREETING)

    def run(self, seconds: float) -> list[Item]:
        """Items of so many seconds more."""
        items: list[Item] = []
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            self.now_s += STEP_S
            while self.sensor.due_s() <= self.now_s:
                items += self._told(self.decoder.feed(self.sensor.emit()))
            if isinstance(self.decoder, Asking):
                items += self._told(self.decoder.tick(self.now_s))
        return items

    def _told(self, decoded: list[Item]) -> list[Item]:
        items = self.screen.items(decoded, self.now_s)
        for item in items:
            if isinstance(item, Request):
                self._say(item.data)
        self.times_s += [self.now_s] * len(measured(items))
        return [item for item in items if not isinstance(item, Request)]

    def _say(self, data: bytes) -> None:
        if data:
            self.sent.append(data)
            self.sensor.receive(data, self.now_s)


def measured(items: Iterable[Item]) -> list[Reading | Block | Latch]:
    return [item for item in items if isinstance(item, Reading | Block | Latch)]


def gaps(items: Iterable[Item]) -> list[Gap]:
    return [item for item in items if isinstance(item, Gap)]


def value(item: Item) -> Any:
    """What must not be wrong, comparable."""
    if isinstance(item, Block):
        return item.boot, item.first, item.rate_hz, item.overload, item.samples.tobytes()
    return item


def false(name: str, read: Iterable[Item], true: Iterable[Item]) -> list[Any]:
    """What was read and is not true, nor so near to it as the driver's sheet promises."""
    said = {value(item) for item in measured(true)}
    reads, period_s = driver(name).SHEET.reads, driver(name).PERIOD_S
    wrong = [item for item in measured(read) if value(item) not in said]
    return [item for item in wrong if not (isinstance(item, Reading) and _near(item, said, reads, period_s))]


def _near(item: Reading, said: set[Any], reads: Any, period_s: float) -> bool:
    known: Range | None = reads.get(item.quantity)
    same = [one.value for one in said if isinstance(one, Reading) and one.quantity == item.quantity]
    reach = known.per_s * period_s * STALE_PERIODS if known and known.per_s != float("inf") else 0.0
    return any(abs(item.value - one) <= reach for one in same)
