"""The life of a port: opened, greeted, read, lost, and opened again, for ever.

                       ┌──────────── back off ◀── lost: one Gap ──┐
    identity ─ resolve ┴▶ open ─▶ greet ─▶ Opened ─▶ Chunk ─▶ Chunk ┘

The thread that runs it does nothing else, but to say what the worker puts into :class:`drivers._outgoing.Outgoing`. It
waits only where a stop wakes it. What follows an Opened is a new stream: the worker makes a new decoder there, so that
half a frame never meets the half of another.

Of a line with ``modem`` its modem lines are sampled, and the states put into the ring as if they had been read.
"""

import math
import random
import select
import time
from dataclasses import dataclass, replace

from drivers._backoff import backoff_s
from drivers._fault import Fault, PortError
from drivers._identity import ROOTS, Roots, resolve
from drivers._modem import Sampler, Status
from drivers._outgoing import Outgoing
from drivers._port import SerialPort
from drivers._ring import Chunk, Opened, Ring
from drivers._stop import MS_PER_S, Stop
from drivers._types import Gap, Line, Why

BACKOFF_BASE_S = 0.1  # a re-enumerated adapter is back within about a second
BACKOFF_CAP_S = 5.0  # a technician who plugs it in waits no longer than this
STEADY_S = 10.0  # a port that lived this long and is lost is a new story: the backoff begins anew
GREET_AGAIN_S = 30.0  # a sensor that lost its power and not its USB adapter has forgotten what it was told


@dataclass(frozen=True, slots=True)
class PortHealth:
    """The port as other threads may see it. ``path`` is empty while it is not open, ``fault`` None while it is.

    ``last_byte_ns`` is the monotonic time of the last bytes, None before the first.
    """

    path: str = ""
    fault: Fault | None = None
    words: str = ""
    opens: int = 0
    read_bytes: int = 0
    last_byte_ns: int | None = None


class PortReader:
    """Reads one port into one ring. ``run`` is the body of its thread; ``health`` may be read from any other."""

    def __init__(  # noqa: PLR0913  all that it uses, passed in
        self,
        identity: str,
        line: Line,
        ring: Ring,
        greeting: bytes = b"",
        *,
        outgoing: Outgoing | None = None,
        greet_again_s: float = GREET_AGAIN_S,
        roots: Roots = ROOTS,
        modem_status: Status = SerialPort.modem_status,
    ) -> None:
        self._identity = identity
        self._line = line
        self._ring = ring
        self._greeting = greeting
        self._outgoing = outgoing or Outgoing()
        self._greet_again_s = greet_again_s
        self._roots = roots
        self._modem_status = modem_status
        self._health = PortHealth()

    @property
    def health(self) -> PortHealth:
        """A snapshot; replaced as a whole by the reading thread, never changed."""
        return self._health

    def run(self, stop: Stop) -> None:
        """Read until ``stop`` is set. Every loss is a Gap in the ring, once a change of state."""
        failures = 0
        with self._outgoing:
            while not stop.is_set():
                begun_s = time.monotonic()
                try:
                    self._listen(stop)
                except PortError as loss:
                    self._lose(loss)
                failures = failures_after(failures, time.monotonic() - begun_s)
                stop.wait(backoff_s(failures, random.random(), base_s=BACKOFF_BASE_S, cap_s=BACKOFF_CAP_S))
        self._health = replace(self._health, path="")

    def _listen(self, stop: Stop) -> None:
        with SerialPort.open(resolve(self._identity, self._roots), self._line) as port:
            port.write(self._greeting, stop)
            self._outgoing.take()  # meant for the opening before
            self._announce(port)
            self._pump(port, stop)

    def _announce(self, port: SerialPort) -> None:
        self._health = replace(self._health, path=port.info.path, fault=None, words="", opens=self._health.opens + 1)
        self._ring.put(Opened(port.info.path))

    def _pump(self, port: SerialPort, stop: Stop) -> None:
        poller = select.poll()
        for source in (port, stop, self._outgoing):
            poller.register(source, select.POLLIN)
        sampler = Sampler(port, self._modem_status, time.monotonic() if self._line.modem else math.inf)
        greet_s = time.monotonic() + self._greet_again_s
        while not stop.is_set():
            wait_s = max(0.0, min(greet_s, sampler.due_s) - time.monotonic())
            ready = {fd for fd, _ in poller.poll(math.ceil(wait_s * MS_PER_S))}
            now_s = time.monotonic()
            if self._outgoing.fileno() in ready:
                port.write(self._outgoing.take(), stop)
            if port.fileno() in ready:
                sampler.silence()
                self._hand_over(port.read())  # also after a hang-up: the read then says so
            elif now_s >= greet_s:
                port.write(self._greeting, stop)
            self._hand_over(sampler.sample(now_s))
            if ready or now_s >= greet_s:
                greet_s = now_s + self._greet_again_s

    def _hand_over(self, data: bytes) -> None:
        if not data:
            return
        now_ns = time.monotonic_ns()
        self._ring.put(Chunk(now_ns, data))
        self._health = replace(self._health, read_bytes=self._health.read_bytes + len(data), last_byte_ns=now_ns)

    def _lose(self, loss: PortError) -> None:
        if loss.fault is not self._health.fault:
            self._ring.put(Gap(Why.UNPLUGGED, str(loss)))
        self._health = replace(self._health, path="", fault=loss.fault, words=str(loss))


def failures_after(failures: int, lived_s: float) -> int:
    """How many failures on end there are after one more, of a port that lived ``lived_s`` seconds."""
    return 0 if lived_s >= STEADY_S else failures + 1
