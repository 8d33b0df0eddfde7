"""A node's messages, made without a node: a chain of signed bytes."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from edge.message.body import (
    GENESIS,
    Absence,
    Body,
    Dropped,
    Health,
    Message,
    TimeQuality,
    TimeSource,
)
from edge.trust import keys
from edge.trust.chain import digest
from edge.trust.verifier import sign_message

NODE = keys.make("lamp-1")
GATEWAY = keys.make("gateway")
REGISTRY = keys.Registry([NODE.public])
GATEWAYS = keys.Registry([GATEWAY.public])
QUALITY = TimeQuality(TimeSource.NTP, 1, 1)


def word(detail: str = "") -> Absence:
    return Absence("air", "lost", detail, 0, 0, 1)


def health(latest: int) -> Health:
    return Health(1.0, latest, 0, 0, {}, {})


@dataclass
class Pen:
    """Writes a chain, message by message."""

    seq: int = 100
    prev: bytes = GENESIS
    boot: int = 1
    key: keys.PrivateKey = field(default=NODE)
    node: str = "lamp-1"
    quality: TimeQuality = QUALITY

    def write(self, body: Body | None = None, time_ns: int = 0) -> bytes:
        self.seq += 1
        boot = bytes([self.boot] * 8)
        message = Message(self.node, boot, self.seq, self.prev, time_ns, self.quality, body or word())
        signed = sign_message(message, self.key)
        self.prev = digest(signed)
        return signed

    def chain(self, count: int) -> list[bytes]:
        return [self.write() for _ in range(count)]

    def skip(self, count: int) -> Dropped:
        """Writes so many and gives them up; the record that says so."""
        first = self.seq + 1
        self.chain(count)
        return Dropped(((first, self.seq),), count, "outbox full")

    def copy(self, boot: int) -> "Pen":
        """The node of an old copy of its disk."""
        return replace(self, boot=boot)


def bits(data: bytes) -> Iterator[bytes]:
    """Every message that differs by one bit in every seventh byte."""
    for at in range(0, len(data), 7):
        changed = bytearray(data)
        changed[at] ^= 1
        yield bytes(changed)
