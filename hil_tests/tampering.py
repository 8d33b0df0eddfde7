"""A stored log, tampered with in every way that a hand can; whether ``verify``'s own functions find it.

A flipped bit touches one message: all before it are split off and placed as before. So a flip is tried on that message
with what follows it (a changed length may swallow more): the first item that is split off must be refused by itself.
Then it is a bad message in the summary, whatever else is there. Splitting and examining are what verify does with it.

A message that is dropped, doubled, moved or replaced leaves all bytes of the others as they were: their signatures are
examined once, and the audit alone is done again for each case.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from edge.cli import _findings
from edge.cli._archives import items
from edge.trust.audit import Audit, Examined, examine
from edge.trust.book import Book
from edge.trust.cose import Refused
from edge.trust.keys import Registry

FOLLOWING = 3  # messages behind the flipped one: one of 256 bytes more or less does not reach farther

Log = Sequence[Examined]
TAMPERINGS: Mapping[str, Callable[[Log, int, Examined], Log]] = {
    "dropped": lambda log, n, _: [*log[:n], *log[n + 1 :]],
    "doubled": lambda log, n, _: [*log[: n + 1], *log[n:]],
    "swapped with the next": lambda log, n, _: [*log[:n], *log[n + 1 : n + 2], log[n], *log[n + 2 :]],
    "replaced by another node's": lambda log, n, other: [*log[:n], other, *log[n + 1 :]],
}


def unnoticed_flips(
    log: Sequence[bytes], places: Iterable[tuple[int, int]], registry: Registry
) -> list[tuple[int, int]]:
    """Of ``places`` (message, byte) those where a flipped bit is not found. The bit is the byte's number modulo 8."""
    return [(n, at) for n, at in places if not _is_refused(log, n, at, registry)]


def _is_refused(log: Sequence[bytes], n: int, at: int, registry: Registry) -> bool:
    message = bytearray(log[n])
    message[at] ^= 1 << at % 8
    item = next(items([bytes(message), *log[n + 1 : n + 1 + FOLLOWING]]))
    return isinstance(examine(item, registry), Refused)


def unnoticed(log: Log, other: Examined, how: str, numbers: Iterable[int]) -> list[int]:
    """Of ``numbers`` of messages those that may be tampered with in this way without a finding."""
    return [n for n in numbers if not is_found(TAMPERINGS[how](log, n, other))]


def is_found(log: Log) -> bool:
    """Whether a person is told of anything that is not as it should be."""
    with Book.open(None) as book:
        audit = Audit(book)
        for one in log:
            audit.take(one)
        found = _findings.findings(audit)
    told = any(node.seen.reordered or not node.seen.vigil.stopped for node in found)
    return told or not _findings.summary(audit, found)["complete"]
