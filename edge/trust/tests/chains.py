"""A node's messages, made without a node: every kind of body, signed and chained."""

from collections.abc import Callable, Iterable, Sequence

from edge.message import body as b
from edge.trust.audit import Audit, Verdict, examine
from edge.trust.book import Book
from edge.trust.chain import digest
from edge.trust.keys import PrivateKey, Registry, make
from edge.trust.verifier import sign_message

NODE = make("lamp-1")
OTHER = make("lamp-2")
REGISTRY = Registry([NODE.public, OTHER.public])
START = 1_795_439_000_000
EVERY_NS = 5 * 10**9  # a message

_CLIP = b.Clip("mic", "gunshot", 1, 1, 2, 48000.0, 4, 24000, bytes(32), 120000, bytes(32))
_MIC = {"mic": b.SensorState(b.Sense.QUIET, 1, "noise floor 31.2 dB")}
_RECORDS = tuple(b.Record("pm10", "ug/m3", 12.5 + n, 1.795e9 + n) for n in range(4))
BODIES: tuple[Callable[[int], b.Body], ...] = (
    lambda _: b.Measurements("air", _RECORDS),
    lambda seq: b.Health(5.0, seq - 1, 3, 0, _MIC, {"city": "connected"}),
    lambda _: b.Event("gunshot", "mic", 1, 10, 20, 0, 48e3, (0,), 12.5, 9.0, {"rise_db": 12.5}, ("loud",), bytes(32)),
    lambda _: b.Absence("air", "lost", "unplugged", 1, 2, 1),
    lambda _: b.Dropped(((1, 1),), 1, "outbox full"),
    lambda _: b.Evidence(_CLIP, "the disk did not keep up"),
    lambda _: b.Calibrated(bytes(60)),
)


def stopping(seq: int) -> b.Body:
    """The last heartbeat of a run."""
    return b.Health(9.0, seq - 1, 0, 0, {}, {}, stopping=True)


def chain(count: int, key: PrivateKey = NODE, boot: int = 1) -> list[bytes]:
    """A run's messages: its boot, all kinds in turn, and the last heartbeat."""
    bodies = [b.Boot(1, "0", "", "new"), *(BODIES[n % len(BODIES)](START + n) for n in range(1, count - 1))]
    return signed([*bodies, stopping(START + count - 1)][:count], key, boot)


def signed(
    bodies: Iterable[b.Body], key: PrivateKey = NODE, boot: int = 1, seq: int = START, prev: bytes = b.GENESIS
) -> list[bytes]:
    """Bodies, chained from ``seq`` on, one each ``EVERY_NS``."""
    made: list[bytes] = []
    for number, body in enumerate(bodies, seq):
        at_ns = (number - START) * EVERY_NS
        quality = b.TimeQuality(b.TimeSource.NTP, 1, at_ns)
        message = b.Message(key.public.name, bytes([boot] * 8), number, prev, START * 10**6 + at_ns, quality, body)
        made.append(sign_message(message, key))
        prev = digest(made[-1])
    return made


def audited(messages: Sequence[bytes]) -> tuple[Audit, list[Verdict]]:
    """What an audit says of messages in this order; it knows its gaps also when its book is closed."""
    with Book.open(None) as book:
        audit = Audit(book)
        verdicts = [audit.take(examine(message, REGISTRY)) for message in messages]
        audit.gaps()
        return audit, verdicts
