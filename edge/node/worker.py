"""One sensor's work: bytes from its ring, through its decoder, to bodies in the journal.

ring ─▶ decoder ─▶ Reading ─▶ readings ─▶ Measurements ─┐
                 ▶ Latch ───▶ ear, which times by it    │
                 ▶ Block ─┬─▶ ear ─────▶ Event ─────────┼─▶ journal
                          ├─▶ directions ─ where from ┤ │
                          ├─▶ what listens beside     │ │
                          └─▶ clips ─── its hash ┘      │     (and the clip itself, to its keeper)
                 ▶ Gap ─────▶ absences ▶ Absence ───────┘
                 ▶ Request ─▶ the port, and so the sensor
"""

import logging
import math
from collections.abc import Callable, Iterable, Mapping

from drivers._ring import Chunk, Opened, Ring, RingItem
from drivers._screen import Screen
from drivers._sheet import Thin
from drivers._stop import Stop
from drivers._types import Asking, Block, Gap, Item, Latch, Note, Reading, Request, Why
from edge.message.body import Absence, Body, Sense, SensorState
from edge.node.calibrations import Calibration
from edge.node.clips import Clips
from edge.node.clock import NS_PER_S, Clock
from edge.node.config import SensorTable
from edge.node.directions import Directions
from edge.node.ear import Ear, Hearing, Told
from edge.node.model import Model
from edge.node.readings import Absences, Readings
from edge.node.sampletime import NOBODY, Utc
from edge.node.shadow import Fed
from edge.node.vitality import Vitality, Watch

log = logging.getLogger(__name__)

REST_S = 0.02  # taking the ring every 20 ms costs a third less than at each chunk, and no alarm is later for it
TAKE_S = 0.25  # also the longest that a stop waits
UNATTENDED_S = 5.0  # without a look at the sensor; a look comes every quarter of a second, a card may stall for one
NOTABLE = (Why.UNPLUGGED, Why.RESTART, Why.OVERRUN)  # gaps that a person should hear of at once


class SensorWorker:
    """``run`` is the body of the sensor's thread; ``state`` may be read from others."""

    def __init__(  # noqa: PLR0913  all that it uses, passed in
        self,
        name: str,
        table: SensorTable,
        model: Model,
        ring: Ring,
        put: Callable[[Body], None],
        clock: Clock,
        *,
        say: Callable[[bytes], None],
        calibration: Calibration | None = None,
        beside: Callable[[Fed], None] = lambda _: None,
        clips: Clips | None = None,
        utc: Utc = NOBODY,
    ) -> None:
        self.name = name
        self._beside = beside
        self._calibration = calibration
        self._clips = clips or Clips.none()
        self._model = model
        self._ring = ring
        self._say = say
        self._put = put
        self._clock = clock
        self._utc = utc
        self._report_ns = int(table.report_s * NS_PER_S)
        self._reported_ns = clock.monotonic_ns()
        self._table = table
        self._readings = Readings(name, table.sample_s, table.report_s, calibration.id if calibration else b"")
        self._absences = Absences(name)
        self._vitality = Vitality(model.period_s, clock.monotonic_ns())
        self._watch = Watch(clock.wall_ns())
        self._screen = Screen(model.sheet, model.period_s, table.warm_up_s)
        self._looked_ns = clock.monotonic_ns()
        self._heard_before = False
        self._notes: dict[str, str] = {}
        self._steps: Mapping[type[Item], Callable[..., None]] = {
            Reading: self._reading,
            Block: self._block,
            Latch: self._latch,
            Gap: self._gap,
            Note: self._note,
            Request: lambda request, _: self._say(request.data),
        }

    @property
    def state(self) -> SensorState:
        """Hearing, quiet or deaf, since when, and why we think so; deaf too when nobody looks."""
        idle_ns = self._clock.monotonic_ns() - self._looked_ns
        if idle_ns < UNATTENDED_S * NS_PER_S:
            return self._watch.state
        evidence = f"its worker broke or hangs: it has not looked for {idle_ns / NS_PER_S:.0f} s"
        return SensorState(Sense.DEAF, self._clock.wall_ns() - idle_ns, evidence)

    def run(self, stop: Stop) -> None:
        """Work until ``stop`` is set; then tell what was gathered.

        Decoder and ear begin here: if this is a restart, what broke may have broken those before.
        """
        self._begin()
        self._is_open = False
        self._clips.close("listening began anew")
        table = self._table
        hearing = Hearing(table.options(), table.sample_s, table.levels, self._calibration)
        self._ear = Ear(self.name, hearing, self._clock, self._utc)
        self._directions = Directions(self.name, table.array)
        while not stop.wait(REST_S):
            self._work(TAKE_S)
            self._report()
        self._work(0)
        self._tell(self._ear.close(), self._clock.monotonic_ns())
        self._clips.close("listening ended")
        self._flush()

    def _begin(self) -> None:
        """A new stream begins."""
        self._decoder = self._model.decoder()
        self._screen.begin()

    def _work(self, timeout_s: float) -> None:
        for item in self._ring.take(timeout_s):
            self._ring_item(item)
        if self._is_open and isinstance(self._decoder, Asking):
            now_ns = self._clock.monotonic_ns()
            self._items(self._decoder.tick(now_ns / NS_PER_S), now_ns)

    def _ring_item(self, item: RingItem) -> None:
        match item:
            case Chunk(monotonic_ns, data):
                self._items(self._decoder.feed(data), monotonic_ns)
            case Opened(path):
                log.info("%s: open as %s", self.name, path)
                self._begin()
                self._is_open = True
                self._vitality.trouble("the port is open and says nothing that the driver knows")
            case Gap():
                self._is_open = self._is_open and item.why is not Why.UNPLUGGED
                self._gap(item, self._clock.monotonic_ns())

    def _items(self, decoded: Iterable[Item], monotonic_ns: int) -> None:
        for item in self._screen.items(decoded, monotonic_ns / NS_PER_S):
            self._steps[type(item)](item, monotonic_ns)

    def _reading(self, reading: Reading, monotonic_ns: int) -> None:
        if not math.isfinite(reading.value):
            self._gap(Gap(Why.INVALID, f"{reading.quantity} is {reading.value}"), monotonic_ns)
            return
        self._vitality.heard(monotonic_ns)
        self._vitality.value(reading.quantity, reading.value, monotonic_ns)
        known = self._model.sheet.reads.get(reading.quantity)
        self._readings.add(reading, monotonic_ns, self._wall_ns(monotonic_ns), known.thin if known else Thin.LAST)

    def _block(self, block: Block, monotonic_ns: int) -> None:
        self._vitality.heard(monotonic_ns)
        self._vitality.samples(block.samples.shape[1] / block.rate_hz, block.overload != 0, monotonic_ns)
        self._clips.feed(block, monotonic_ns)
        self._directions.feed(block)
        self._tell(self._ear.feed(block, monotonic_ns), monotonic_ns)
        self._beside(Fed(block, monotonic_ns, self._watch.state.sense is not Sense.DEAF))

    def _tell(self, told: Told, monotonic_ns: int) -> None:
        for event in told.events:
            log.info("%s: %s, score %.4g", self.name, event.kind, event.score)
            self._put(self._clips.named(self._directions.told(event)))
        for level, level_ns in told.levels:
            self._readings.keep(level, level_ns, self._wall_ns(level_ns))
        if told.verdicts:
            self._vitality.sounded(told.verdicts, monotonic_ns)

    def _latch(self, latch: Latch, monotonic_ns: int) -> None:
        self._vitality.heard(monotonic_ns)
        self._ear.latched(latch)

    def _gap(self, gap: Gap, monotonic_ns: int) -> None:
        self._vitality.trouble(gap.detail)
        first = self._absences.add(gap, self._wall_ns(monotonic_ns))
        if first and gap.why in NOTABLE:
            log.warning("%s: %s: %s", self.name, gap.why, gap.detail)
        if gap.why is Why.UNPLUGGED:
            self._vitality.gone()
            self._flush()

    def _note(self, note: Note, monotonic_ns: int) -> None:
        self._vitality.heard(monotonic_ns)
        if self._notes.get(note.topic) != note.text:  # said again and again by some; news only once
            self._notes[note.topic] = note.text
            log.info("%s: %s: %s", self.name, note.topic, note.text)

    def _wall_ns(self, monotonic_ns: int) -> int:
        return self._clock.wall_ns() - (self._clock.monotonic_ns() - monotonic_ns)

    def _report(self) -> None:
        now_ns = self._looked_ns = self._clock.monotonic_ns()
        self._clips.look(now_ns)
        sense, evidence = self._vitality.sense(now_ns)
        self._see(sense, evidence)
        for measurements in self._readings.due(now_ns):
            self._put(measurements)
        if now_ns - self._reported_ns >= self._report_ns:
            self._reported_ns = now_ns
            for absence in self._absences.rest():
                self._put(absence)

    def _see(self, sense: Sense, evidence: str) -> None:
        before, wall_ns = self._watch.state, self._clock.wall_ns()
        if not self._watch.see(sense, evidence, wall_ns):
            return
        (log.warning if sense is Sense.DEAF else log.info)("%s is %s: %s", self.name, sense.name.lower(), evidence)
        if before.sense is Sense.DEAF and self._heard_before:
            self._put(Absence(self.name, str(Why.SILENT), before.evidence, before.since_ns, wall_ns, 1))
        self._heard_before = True

    def _flush(self) -> None:
        for measurements in self._readings.rest():
            self._put(measurements)
        for absence in self._absences.rest():
            self._put(absence)
