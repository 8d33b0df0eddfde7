"""What a message can say.

A :class:`Message` is one link of a node's chain: who, in which run, which number, after what, when, how well that time
is known, and a body. Times are nanoseconds: wall-clock ones since 1970-01-01T00:00:00Z (POSIX), monotonic ones since
the machine's boot.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeAlias

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._-]{0,63}")  # SenML's characters (RFC 8428, 4.5.1) but "/", which parts ours
NO_BOUND_NS = 2**63 - 1  # an error "bound" of 292 years: nothing is known

PREV_BYTES = 16  # of the SHA-256 of the message before
BOOT_BYTES = 8
CALIBRATION_BYTES = 16  # of the SHA-256 of the signed record of a calibration
HASH_BYTES = 32  # a whole SHA-256
CLIP_BYTES = 8  # of a clip's part, where a clip is only told from others on the same disk
GENESIS = bytes(PREV_BYTES)  # what the first message of a chain has before it


class TimeSource(IntEnum):
    """What disciplines the clock that stamped a message, worst first."""

    FREE = 0  # nothing that we know of
    RTC = 1  # a battery clock, set some time ago
    NTP = 2
    GNSS = 3
    PPS = 4


@dataclass(frozen=True, slots=True)
class TimeQuality:
    """How good the wall-clock stamps of a message are: source, bound of the error, and the monotonic time beside."""

    source: TimeSource
    error_ns: int
    monotonic_ns: int


class Priority(IntEnum):
    """Which messages go first, and stay longest when the disk is full."""

    ALARM = 0
    HEALTH = 1
    READING = 2


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """Where a chain stands: the number of its last message, and that message's hash."""

    seq: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Boot:
    """The node's program started: the first message of every run. Or a run found that its disk is an old copy.

    ``found`` is where the chain stood that was on the disk, absent where there was none to go on from. ``witness`` is a
    gateway's receipt that our disk knows nothing of: an old copy of it was put back, and numbers that were given before
    may have been given again, from ``found`` back to where the copy was made. Such a message begins a chain above both.
    """

    runs: int  # runs of this outbox, this one counted
    version: str
    machine_boot: str  # the kernel's boot id: tells a restart of the program from one of the machine
    outbox: str  # "new", "kept", "damaged: …" or "rolled back: …": what was found on the disk
    found: ChainEnd | None = None
    witness: ChainEnd | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One measured value: a resolved SenML record. ``name`` is quantity or quantity/channel."""

    name: str
    unit: str
    value: float
    time_s: float


@dataclass(frozen=True, slots=True)
class Measurements:
    """Readings of one sensor, many to a message; ``calibration`` as in :class:`Event`."""

    sensor: str
    records: tuple[Record, ...]
    calibration: bytes = b""


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened, and why we think so.

    ``first`` and ``last`` are samples since boot number ``device_boot`` of the sensor, at ``rate_hz``: with them the
    event has one identity, however often it is told. ``model`` is the SHA-256 of the detector and its options.
    ``calibration`` is the id of the record by which the sensor's levels are absolute; empty where there is none.
    ``clip`` is the SHA-256 of the samples (:mod:`edge.message.pcm`) from shortly before the event to what had come by
    then; empty where no clip is kept. What became of the clip is told by an :class:`Evidence` some seconds later; where
    a :class:`Boot` comes first, the power failed before that could be told. ``time_error_ns`` bounds the error of
    ``time_ns``, which rests on ``time_source``: not on the wall clock, whose quality the message tells, where GNSS
    seconds were caught among the samples. Messages of before this was told have neither.
    """

    kind: str
    sensor: str
    time_ns: int
    first: int
    last: int
    device_boot: int
    rate_hz: float
    channels: tuple[int, ...]
    score: float
    threshold: float
    measures: Mapping[str, float]
    reasons: tuple[str, ...]
    model: bytes
    calibration: bytes = b""
    clip: bytes = b""
    time_error_ns: int | None = None
    time_source: TimeSource | None = None


@dataclass(frozen=True, slots=True)
class Clip:
    """Which samples a clip has: ``samples`` a channel from sample ``first`` on, as :mod:`edge.message.pcm` has them.

    ``whole`` is the SHA-256 of all of them; ``part`` that of the first ``part_samples``, which the event names.
    ``kind`` and ``time_ns`` are the event's; ``cut`` says why the clip ends before it should, empty if it does not.
    """

    sensor: str
    kind: str
    time_ns: int
    device_boot: int
    first: int
    rate_hz: float
    channels: int
    part_samples: int
    part: bytes
    samples: int
    whole: bytes
    cut: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A sealed clip on the node's disk: its SHA-256, its size, and until when it stays, if the room lasts so long."""

    sealed: bytes
    size: int
    until_ns: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What became of the clip of an event: its ``fate`` is that it is kept, or in words why it is not.

    ``gave_way`` are older clips that were removed for it, by the first ``CLIP_BYTES`` of their ``part``.
    """

    about: Clip
    fate: Kept | str
    gave_way: tuple[bytes, ...] = ()


class Sense(IntEnum):
    """The three states of a sensor."""

    DEAF = 0  # no data, stuck, clipped, covered, implausible
    QUIET = 1  # data, nothing happening
    HEARING = 2  # data, and it moves as it should


@dataclass(frozen=True, slots=True)
class SensorState:
    """A sensor's state, since when, and the evidence in words."""

    sense: Sense
    since_ns: int
    evidence: str


@dataclass(frozen=True, slots=True)
class Health:
    """The heartbeat, at most a minute apart: how the sensing is, how the reach is, and where the chain stands."""

    uptime_s: float
    latest: int  # the sequence number before this message's: a receiver knows of a missing tail
    waiting: int  # messages in the outbox
    evicted: int  # messages that a full outbox had to give up, in this run
    sensors: Mapping[str, SensorState]
    uplinks: Mapping[str, str]
    stopping: bool = False


@dataclass(frozen=True, slots=True)
class Absence:
    """A sensor's data is missing from ``start_ns`` to ``stop_ns``, and why."""

    sensor: str
    why: str
    detail: str
    start_ns: int
    stop_ns: int
    count: int  # gaps of this kind that are told together


@dataclass(frozen=True, slots=True)
class Dropped:
    """Messages that were in the chain and will never come: the outbox was full and they mattered least."""

    ranges: tuple[tuple[int, int], ...]  # first and last sequence number, both dropped
    count: int
    why: str


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A calibration that is in force, told at the start of each run.

    ``record`` is the whole signed record (:mod:`edge.message.calibration`), whose hash is the id in other messages.
    """

    record: bytes


@dataclass(frozen=True, slots=True)
class TimeTied:
    """On this boot of the machine, monotonic time ``monotonic_ns`` was UTC ``time_ns``, within ``error_ns``.

    ``wall_ns`` is what the wall clock showed then, or would have shown, had nobody set it. By such a record the true
    times of messages are known that were stamped before anybody knew the time (:mod:`edge.message.timeline`).
    """

    machine_boot: str  # the kernel's boot id, as in Boot
    monotonic_ns: int
    time_ns: int
    source: TimeSource
    error_ns: int
    wall_ns: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """A body of a later version of Lamppost. Its bytes are kept by whoever keeps the message."""

    type: int


Body: TypeAlias = Boot | Measurements | Event | Health | Absence | Dropped | Calibrated | Evidence | TimeTied | Unknown

PRIORITIES: Mapping[type[Body], Priority] = {
    Boot: Priority.HEALTH,
    Measurements: Priority.READING,
    Event: Priority.ALARM,
    Health: Priority.HEALTH,
    Absence: Priority.HEALTH,
    Dropped: Priority.HEALTH,
    Calibrated: Priority.HEALTH,
    Evidence: Priority.HEALTH,
    TimeTied: Priority.HEALTH,
}


@dataclass(frozen=True, slots=True)
class Message:
    """One link of a node's chain."""

    node: str
    boot: bytes
    seq: int
    prev: bytes
    time_ns: int
    quality: TimeQuality
    body: Body


@dataclass(frozen=True, slots=True)
class Receipt:
    """The gateway's word that messages of ``node`` are on its disk.

    ``ranges`` are sequence numbers, first and last included. ``head`` is the chain's hash at ``through``, up to which
    the gateway holds everything since the chain's beginning (0 and GENESIS while it does not). ``highest`` is where
    what it holds of the node ends, whatever is missing before: a node that knows nothing of it runs from an old disk.
    """

    node: str
    through: int
    head: bytes
    ranges: tuple[tuple[int, int], ...] = field(default=())
    time_ns: int = 0
    highest: ChainEnd | None = None
