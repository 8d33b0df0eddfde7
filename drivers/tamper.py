"""Door and tilt contacts of a cabinet, on the modem lines of a UART.

    7 6 5 4   3    2    1    0
    0 1 0 0  RI  DCD  DSR  CTS       '@' no line is asserted … 'O' all are, ten times a second

A closed contact asserts its line. A UART's lines are sampled by the reader (``drivers._modem``); a microcontroller
that watches the contacts sends the same bytes at the same rate on its port, and nothing is sampled then. Samples come
at a fixed rate, so time is counted in samples: contacts bounce for some milliseconds and chatter while a lorry passes,
and a state is believed when some samples on end agree.

A cut wire, and a cable that was pulled out, read as open contacts: as an open door of a cabinet on its side, unless the
settings say otherwise. The bytes have no check, and need none: what is no state is noise, and a wrong state must agree
with those around it; on a line with foreign bytes nothing is told for a second behind each.

Source: Lamppost's own; lines after tty_ioctl(4), TIOCMGET.
"""

from dataclasses import dataclass

from drivers._framing import Framer, Verdict
from drivers._sheet import Evidence, Range, Sheet, Thin
from drivers._types import Item, Line
from drivers._units import reading

LINE = Line(9600, modem=True)
PERIOD_S = 1.0
GREETING = b""
SHEET = Sheet(
    models="two contacts on CTS and DSR of a UART or a USB adapter; a microcontroller that sends their states",
    reads={
        "door_open": Range("count", 0, 1, per_s=1, thin=Thin.MOST),
        "tilted": Range("count", 0, 1, per_s=1, thin=Thin.MOST),
    },
    wiring="TTL: contact from CTS, DSR to ground; RS-232: from RTS to CTS, DTR to DSR; RX free or at rest",
    check="none: two bits among sixteen states, and some samples on end that agree",
    traps="CTS of a USB CDC device is always asserted: let it send states; only contacts that open in alarm see a cut",
    evidence=Evidence.CONSTRUCTED,
)

STATES = range(0x40, 0x50)
BITS = {"CTS": 0x01, "DSR": 0x02, "DCD": 0x04, "RI": 0x08}
NO_LINE = ""
SAMPLES_A_SECOND = 10
DEBOUNCE = range(1, 50 + 1)  # five seconds: who opens a door is inside by then
CLEAN = 10
"""Samples on end behind a foreign byte before anything is told: of line-rate noise so many states on end come once in
16^10 bytes, 36 years at 960 a second; three would come twenty times a minute."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Which line (CTS, DSR, DCD, RI) is which contact, none where it is empty, and which of its states is the safe one.

    A state is believed after ``debounce`` samples, a tenth of a second each, that agree.
    """

    door_line: str = "CTS"
    door_closes_contact: bool = True
    tilt_line: str = "DSR"
    upright_closes_contact: bool = True
    debounce: int = 3

    def __post_init__(self) -> None:
        for key, line in (("door_line", self.door_line), ("tilt_line", self.tilt_line)):
            if line not in (*BITS, NO_LINE):
                raise ValueError(f"{key} is {line!r}; expected one of {', '.join(BITS)}, or nothing")
        if self.door_line == self.tilt_line:
            raise ValueError(f"door_line and tilt_line are both {self.door_line!r}; expected two lines, or one of them")
        if self.debounce not in DEBOUNCE:
            raise ValueError(f"debounce is {self.debounce}; expected {DEBOUNCE[0]} to {DEBOUNCE[-1]} samples")


class _Contact:
    """One contact: what is believed of it, and how many samples on end say otherwise."""

    def __init__(self, quantity: str, line: str, closed_is_safe: bool, debounce: int) -> None:
        self._quantity = quantity
        self._bit = BITS[line]
        self._closed_is_safe = closed_is_safe
        self._debounce = debounce
        self._alarm: bool | None = None
        self._seen: bool | None = None
        self._agreed = 0

    def doubt(self) -> None:
        """A sample was lost: those before it and those after it do not add up."""
        self._agreed = 0

    def sampled(self, state: int) -> bool:
        """Whether what is believed changes with this sample."""
        alarm = bool(state & self._bit) is not self._closed_is_safe
        self._agreed = self._agreed + 1 if alarm is self._seen else 1
        self._seen = alarm
        if alarm is self._alarm or self._agreed < self._debounce:
            return False
        self._alarm = alarm
        return True

    def told(self) -> list[Item]:
        """What is believed; nothing before anything is."""
        return [] if self._alarm is None else [reading(self._quantity, float(self._alarm))]


DEFAULTS = Settings()


class Decoder:
    """Readings ``door_open`` and ``tilted``, 0 or 1: each second, and each at once when it changes."""

    def __init__(self, settings: Settings = DEFAULTS) -> None:
        wired = (
            ("door_open", settings.door_line, settings.door_closes_contact),
            ("tilted", settings.tilt_line, settings.upright_closes_contact),
        )
        self._contacts = [_Contact(*contact, settings.debounce) for contact in wired if contact[1]]
        self._samples, self._clean = 0, CLEAN  # what begins with states is no noise
        every_byte = bytes(range(256))
        self._framer = Framer(every_byte, self._measure, self._sample, noise_run=SAMPLES_A_SECOND)

    def feed(self, data: bytes) -> list[Item]:
        """Readings; a gap for each run of bytes that are no states, and at least each second of one."""
        return self._framer.feed(data)

    def _measure(self, head: memoryview) -> int | Verdict:
        """Of each byte once, since none waits for another."""
        if head[0] in STATES:
            return 1
        self._clean = 0
        for contact in self._contacts:
            contact.doubt()
        return Verdict.NOISE

    def _sample(self, frame: bytes) -> list[Item]:
        changed = [contact for contact in self._contacts if contact.sampled(frame[0])]
        self._samples += 1
        self._clean += 1
        if self._clean < CLEAN:
            return []
        telling = changed if self._samples % SAMPLES_A_SECOND else self._contacts
        return [item for contact in telling for item in contact.told()]
